import { homekitCategory } from '../../device/homekit.ts'
import { matterDeviceType, matterVendor } from '../../device/matter.ts'
import type { Context, Party } from '../context.ts'
import { observeGivenName, tell } from './lan.ts'
import { defined, merge } from './login.ts'
import { observeSoftware } from './software.ts'

/** A service's TXT pairs, by key in lower case (RFC 6763, section 6.4: keys are in either case). */
type Txt = ReadonlyMap<string, string>
type Reader = (txt: Txt, sender: Party, context: Context, frame: number, instance: string) => void

/** What the home's protocols say in the TXT pairs of their services, each in keys of its own. */
export function observeHomeService(
  type: string,
  instance: string,
  pairs: Readonly<Record<string, string>>,
  sender: Party,
  context: Context,
  frame: number,
): void {
  if (!Object.hasOwn(READERS, type)) return
  READERS[type]!(
    new Map(Object.entries(pairs).map(([key, value]) => [key.toLowerCase(), value])),
    sender,
    context,
    frame,
    instance,
  )
}

const READERS: Readonly<Record<string, Reader>> = {
  '_matterc._udp': readMatter,
  '_matterd._udp': readMatter,
  '_meshcop._udp': readThread,
  '_hap._tcp': readHomekit,
  '_airplay._tcp': readAirplay,
  '_raop._tcp': readAirplay,
  '_esphomelib._tcp': readEsphome,
  '_shelly._tcp': readShelly,
  '_ewelink._tcp': readEwelink,
  '_miio._udp': readMiio,
  '_nanoleafapi._tcp': (txt, sender, context, frame) =>
    observeSoftware(context, sender, frame, 'firmware', txt.get('srcvers'), 'mdns'),
}

/** Core Specification, section 4.3.1.3: VP vendor and product, DT device type, CM commissioning mode, DN its name. */
function readMatter(txt: Txt, sender: Party, context: Context, frame: number): void {
  const [vendor, product] = (txt.get('vp') ?? '').split('+', 2).map(number)
  const type = number(txt.get('dt'))
  if (vendor !== undefined) {
    tell(context, sender, 'matter.vendor', matterVendor(vendor) ?? hex(vendor), frame)
    if (product !== undefined) tell(context, sender, 'matter.product', `${hex(vendor)}:${hex(product)}`, frame)
  }
  if (type !== undefined) tell(context, sender, 'matter.device-type', matterDeviceType(type) ?? hex(type), frame)
  observeGivenName(context, sender, txt.get('dn'), frame)
  const mode = txt.get('cm')
  announced(context, sender, frame, 'matter', {
    vendor: vendor === undefined ? undefined : (matterVendor(vendor) ?? hex(vendor)),
    'device type': type === undefined ? undefined : (matterDeviceType(type) ?? hex(type)),
    // whoever knows its code may take it over now
    commissioning: mode === undefined ? undefined : mode === '0' ? 'closed' : 'open',
  })
}

/** A border router's own words (Thread Specification, Border Agent discovery): vn and mn vendor and model, nn the network's name, tv Thread's version. */
function readThread(txt: Txt, sender: Party, context: Context, frame: number): void {
  tell(context, sender, 'thread.vendor', txt.get('vn'), frame)
  tell(context, sender, 'thread.model', txt.get('mn'), frame)
  announced(context, sender, frame, 'thread', {
    network: txt.get('nn'),
    version: txt.get('tv'),
    vendor: txt.get('vn'),
    model: txt.get('mn'),
  })
  observeSoftware(context, sender, frame, 'Thread', txt.get('tv'), 'mdns')
}

/** HAP Specification, table 6-7: md model, ci category, sf status (bit 0: not paired), pv version of the protocol. */
function readHomekit(txt: Txt, sender: Party, context: Context, frame: number): void {
  const category = number(txt.get('ci'))
  const status = number(txt.get('sf'))
  if (category !== undefined) tell(context, sender, 'hap.category', homekitCategory(category) ?? String(category), frame)
  tell(context, sender, 'hap.model', txt.get('md'), frame)
  announced(context, sender, frame, 'hap', {
    category: category === undefined ? undefined : homekitCategory(category),
    // whoever comes first with its code may pair with it
    paired: status === undefined ? undefined : status & 1 ? 'no' : 'yes',
    version: txt.get('pv'),
  })
}

/** srcvers (AirPlay) or vs (RAOP): of AirPlay's own software; osvers or ov, and fv: of what it runs on. */
function readAirplay(txt: Txt, sender: Party, context: Context, frame: number): void {
  observeSoftware(context, sender, frame, 'AirPlay', txt.get('srcvers') ?? txt.get('vs'), 'mdns')
  observeSoftware(context, sender, frame, 'operating system', txt.get('osvers') ?? txt.get('ov'), 'mdns')
  observeSoftware(context, sender, frame, 'firmware', txt.get('fv'), 'mdns')
}

function readEsphome(txt: Txt, sender: Party, context: Context, frame: number): void {
  const project = txt.get('project_name')
  tell(context, sender, 'esphome.project', project, frame)
  tell(context, sender, 'esphome.board', txt.get('board'), frame)
  observeGivenName(context, sender, txt.get('friendly_name'), frame)
  observeSoftware(context, sender, frame, 'ESPHome', txt.get('version'), 'mdns')
  if (project !== undefined) observeSoftware(context, sender, frame, project, txt.get('project_version'), 'mdns')
}

/** Of the second generation on; the first says nothing in its pairs but its identifier. */
function readShelly(txt: Txt, sender: Party, context: Context, frame: number): void {
  tell(context, sender, 'shelly.app', txt.get('app'), frame)
  observeSoftware(context, sender, frame, 'firmware', txt.get('ver'), 'mdns')
}

/** eWeLink (Sonoff): what it is, and whether what it says and obeys is encrypted under its own key (not in "DIY mode"). */
function readEwelink(txt: Txt, sender: Party, context: Context, frame: number): void {
  const type = txt.get('type')
  const encrypted = txt.get('encrypt')
  tell(context, sender, 'ewelink.type', type, frame)
  announced(context, sender, frame, 'ewelink', {
    type,
    encrypted: encrypted === undefined ? undefined : encrypted === 'true' ? 'yes' : 'no',
    'api version': txt.get('apivers'),
  })
}

/** Xiaomi's instances are "zhimi-airpurifier-m1_miio53214567": model and number. */
function readMiio(_txt: Txt, sender: Party, context: Context, frame: number, instance: string): void {
  const model = /^([a-z0-9]{2,24}-[a-z0-9-]{2,40})_mi[a-z]{2,4}\d/i.exec(instance)?.[1]
  tell(context, sender, 'miio.model', model?.replaceAll('-', '.'), frame)
}

/** It serves this protocol, as it says to everyone. */
function announced(
  context: Context,
  sender: Party,
  frame: number,
  protocol: string,
  detail: Record<string, string | undefined>,
): void {
  const told = defined(detail)
  const group = sender === context.client ? context.server : context.client
  const peer = context.peer(group, sender)
  context.add(sender, 'protocol', `${protocol} announced`, { protocol, role: 'server', peer, detail: { ...told } }, frame, {
    update: (kept) => merge(kept.detail, told),
  })
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : undefined
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(4, '0')}`
}

import { A, AAAA, PTR, SRV, TXT } from '../../decode/protocols/dns-message.ts'
import type { DnsRecord } from '../../decode/protocols/dns-message.ts'
import type { MdnsMessage } from '../../decode/protocols/mdns.ts'
import { lower } from '../../decode/text.ts'
import { type Context, type Party, senderOf, receiverOf } from '../context.ts'
import type { Kinds } from '../kinds.ts'
import { observeHomeService } from './home-services.ts'
import { observeResolution } from './resolve.ts'
import { shown } from './shown.ts'

/** TXT keys whose values say what a thing is, or which one it is. */
const TELLING: readonly string[] = [
  'md',
  'model',
  'ty',
  'am',
  'manufacturer',
  'mf',
  'mfg',
  'vendor',
  'product',
  'usb_mdl',
  'usb_mfg',
  'fn',
  'deviceid',
  'modelname',
  'rpmd',
  'bridgeid',
  'modelid',
  'model_number',
  'model_name',
]
const MAX_PAIRS = 32
const MAX_VALUE = 128
/** RFC 6763 section 9: the list of service types. */
const SERVICE_TYPES = '_services._dns-sd._udp.local'

/**
 * Questions are facts about who asks; records are what their sender says of itself, unless they can be told to be another's: a
 * sleep proxy, a bridge or a reflector speaks for things whose address is not its own.
 */
export function observeMdns(message: MdnsMessage, context: Context): void {
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  // a probe (RFC 6762 section 8.1) asks whether a name is free, and is no question about another
  if (!message.response && message.authorities.length === 0) observeResolution(message, sender, receiver, context)
  if (sender.host < 0) return
  // a probe carries the records its sender is about to claim in the authority section (RFC 6762 section 8.2)
  const records = message.response ? [...message.answers, ...message.additionals] : message.authorities
  if (records.length === 0) return
  const foreign = foreignHosts(records, sender.ip)
  const others = foreignInstances(records, foreign)
  for (const record of records) observeRecord(record, foreign, others, sender, context, message.frame)
}

/** Host names whose addresses can be told not to be the sender's. */
function foreignHosts(records: readonly DnsRecord[], ip: string): ReadonlySet<string> {
  if (!records.some(({ type, name, target }) => comparable(type, target, ip) || (type === AAAA && isMeshHost(name))))
    return NOBODY
  const own = new Set<string>()
  const foreign = new Set<string>()
  for (const { type, name, target } of records) {
    if (type === AAAA && isMeshHost(name)) foreign.add(lower(name))
    if (!comparable(type, target, ip)) continue
    const host = lower(name)
    if (target === ip) own.add(host)
    else foreign.add(host)
  }
  for (const host of own) foreign.delete(host)
  return foreign
}

/** An address says something about the sender only beside one of its family and, for IPv6, of its scope: a thing has several. */
function comparable(type: number, address: string, ip: string): boolean {
  if (type === A) return address !== '' && !ip.includes(':')
  return type === AAAA && address.startsWith('fe80:') && ip.startsWith('fe80:')
}

/** Service instances that run on such hosts. */
function foreignInstances(records: readonly DnsRecord[], foreign: ReadonlySet<string>): ReadonlySet<string> {
  const instances = new Set<string>()
  for (const { type, name, target } of records) {
    if (type === SRV && (foreign.has(lower(target)) || (isMeshHost(target) && MESH_SERVICE.test(name))))
      instances.add(lower(name))
  }
  return instances
}

/**
 * A thing behind a Thread border router, which announces it (they register with it, RFC 9665): Matter names its host by the mesh's
 * address of 64 bits, where Wi-Fi and Ethernet have 48 (Core Specification, section 4.3.1.1).
 */
function isMeshHost(name: string): boolean {
  return name.length === MESH_HOST_LENGTH && MESH_HOST.test(name)
}

const MESH_HOST_LENGTH = 'A1B2C3D4E5F60708.local'.length
const MESH_HOST = /^[0-9a-f]{16}\.local$/i
const MESH_SERVICE = /\._(?:matter\._tcp|matter[cd]\._udp|hap\._udp)\.local$/i

const NOBODY: ReadonlySet<string> = new Set()

function observeRecord(
  record: DnsRecord,
  foreign: ReadonlySet<string>,
  others: ReadonlySet<string>,
  sender: Party,
  context: Context,
  frame: number,
): void {
  const { type, name, target } = record
  switch (type) {
    case A:
    case AAAA:
      if (!foreign.has(lower(name)) && lower(name).endsWith('.local')) observeHost(name.slice(0, -6), sender, context, frame)
      return
    case PTR:
      if (lower(name) === SERVICE_TYPES) {
        const listed = SERVICE.exec(`.${target}`)
        if (listed?.[1] === '') context.signal(sender, 'mdns.service', listed[2]!.toLowerCase(), frame)
      } else if (!others.has(lower(target))) observeService(target, {}, sender, context, frame)
      return
    case SRV:
      if (!others.has(lower(name))) observeService(name, { port: record.port }, sender, context, frame)
      return
    case TXT:
      if (!others.has(lower(name))) observeService(name, { texts: record.texts }, sender, context, frame)
      return
    default:
  }
}

function observeHost(host: string, sender: Party, context: Context, frame: number): void {
  const name = shown(host)
  context.add(sender, 'name', `mdns ${name}`, { via: 'mdns', name }, frame)
  context.signal(sender, 'mdns.host', name, frame)
}

/** Instance, then the service's two labels, then the domain. An instance may hold dots, so the last pair of labels counts. */
const SERVICE = /^(.*)\.(_[^.]{1,63}\._(?:tcp|udp))\.[^.]+$/i

function observeService(
  full: string,
  told: { port?: number; texts?: readonly string[] },
  sender: Party,
  context: Context,
  frame: number,
): void {
  const parts = SERVICE.exec(full)
  if (parts === null || parts[1] === '') return
  const type = parts[2]!.toLowerCase()
  const instance = shown(parts[1]!)
  const txt = pairs(told.texts ?? [])
  const data: Kinds['mdns.service'] = { type, instance, txt }
  if (told.port !== undefined && told.port > 0) data.port = told.port
  context.add(sender, 'mdns.service', `${type} ${instance}`, data, frame, {
    update(kept) {
      // what it said first stays: the first frames show it
      kept.port ??= data.port
      if (Object.keys(kept.txt).length === 0) kept.txt = txt
    },
  })
  context.add(sender, 'name', `mdns ${instance}`, { via: 'mdns', name: instance }, frame)
  context.signal(sender, 'mdns.service', type, frame)
  context.signal(sender, 'mdns.instance', instance, frame)
  for (const [key, value] of Object.entries(txt)) {
    if (value === '' || !TELLING.includes(key.toLowerCase())) continue
    context.signal(sender, 'mdns.txt', `${key}=${value}`, frame)
    // Cast's friendly name is what its owner called it
    if (key === 'fn') context.add(sender, 'name', `mdns ${value}`, { via: 'mdns', name: value }, frame)
  }
  if (told.texts !== undefined) observeHomeService(type, instance, txt, sender, context, frame)
}

/** RFC 6763 section 6.4: 'key=value', 'key=' or 'key'; the first of a name counts; a string that begins with '=' is ignored. */
function pairs(texts: readonly string[]): Record<string, string> {
  const found = new Map<string, string>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    const key = shown(equals < 0 ? text : text.slice(0, equals), 64)
    if (key !== '' && found.size < MAX_PAIRS && !found.has(key))
      found.set(key, equals < 0 ? '' : shown(text.slice(equals + 1), MAX_VALUE))
  }
  // fromEntries defines properties: a key of '__proto__' is a key like any other
  return Object.fromEntries(found)
}

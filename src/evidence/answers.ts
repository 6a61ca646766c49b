import type { Signal } from '../device/identity.ts'
import { askedOf } from './beside.ts'
import type { Observation } from './evidence.ts'
import { isEntry } from './pointer.ts'

/** Kinds of signals (as observers of traffic have them) by the protocol of a service whose greeting or server it is. */
const BANNERS: Readonly<Record<string, string>> = {
  http: 'http.server',
  ssdp: 'ssdp.server',
  rtsp: 'rtsp.server',
  sip: 'sip.agent',
  ssh: 'banner',
  telnet: 'banner',
  ftp: 'banner',
  smtp: 'banner',
  snmp: 'banner',
}

/** By protocol and detail of what it tells to anybody. */
const DETAILS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  upnp: { name: 'upnp.friendly-name', manufacturer: 'upnp.manufacturer', model: 'upnp.model' },
  onvif: { manufacturer: 'onvif.manufacturer', model: 'onvif.model', hardware: 'onvif.hardware' },
  kasa: { model: 'kasa.model', name: 'kasa.alias' },
  wiz: { module: 'wiz.module' },
  lifx: { product: 'lifx.product' },
  modbus: { vendor: 'control.vendor', model: 'control.model', name: 'control.name' },
  enip: { vendor: 'control.vendor', model: 'control.model', name: 'control.name' },
  bacnet: { vendor: 'control.vendor', model: 'control.model', name: 'control.name' },
  knxip: { vendor: 'control.vendor', model: 'control.model', name: 'control.name' },
  s7: { vendor: 'control.vendor', model: 'control.model', name: 'control.name' },
}

/** What a device's answers say of what it is: the same signals that traffic gives, shown by the questions. */
export function answers(asked: readonly Observation[]): Signal[] {
  const found = new Map<string, Signal>()
  const say = (kind: string | undefined, value: string | undefined, { exemplars }: Observation) => {
    if (kind === undefined || value === undefined || value === '') return
    const key = `${kind} ${value}`
    if (!found.has(key)) found.set(key, { kind, value, count: 1, frames: exemplars.filter(isEntry) })
  }
  for (const one of askedOf(asked, 'probe.service')) {
    const { protocol, within, banner } = one.data
    say(BANNERS[within ?? protocol], banner?.replace(/^SSH-[\d.]+-/, ''), one)
  }
  for (const one of askedOf(asked, 'probe.page')) say('http.title', one.data.title, one)
  for (const one of askedOf(asked, 'probe.interface')) {
    const { protocol, detail = {} } = one.data
    for (const [name, kind] of Object.entries(DETAILS[protocol] ?? {})) say(kind, detail[name], one)
    if (protocol === 'mdns') say('mdns.service', /^mdns (_[^.]+\._(?:tcp|udp))/.exec(one.key)?.[1]?.toLowerCase(), one)
  }
  return [...found.values()]
}

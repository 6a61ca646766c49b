import type { AddressKey } from '../device/addresses.ts'
import type { Host } from '../device/hosts.ts'
import { identify, type Signal } from '../device/identity.ts'
import type { Collector } from './collector.ts'
import type { DeviceEvidence, Endpoint, FrameRef, NetworkEvidence, Observation, Service } from './evidence.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import type { Kind, Kinds } from './kinds.ts'
import type { EndpointTally } from './endpoint-table.ts'
import { exemplar, type Ledger } from './ledger.ts'
import { countryOf } from './countries.ts'
import { thirdPartyOf } from './third-parties.ts'

const TRANSPORTS = ['tcp', 'udp', 'icmp', 'other'] as const
const MAX_IPS = 16
const HOUR_US = 3_600_000_000

export interface Survey {
  network: NetworkEvidence
  /** Each made when asked for and then forgotten by the collector: thousands of things need not be in memory at once. Once only. */
  devices: Iterable<DeviceEvidence>
}

/** Who on the captured network is a thing, and all that is known of each. Call when every capture has ended. */
export function survey(collector: Collector): Survey {
  const { hosts, addresses } = collector
  const owners = new Map<AddressKey, Host>()
  for (const host of hosts.all)
    if (host.mac !== undefined) for (const key of hosts.own(host)) if (host.sent > 0) owners.set(key, host)

  const gateways: { macs: string[]; ips: string[] }[] = []
  const things: Host[] = []
  const byIp = new Map<string, string>()
  let first = Infinity
  let last = -Infinity
  for (const host of hosts.all) {
    const own = hosts.own(host)
    if (hosts.isRouter(host)) {
      gateways.push({ macs: host.mac === undefined ? [] : [host.mac], ips: own.map((k) => addresses.text(k)) })
      continue
    }
    // never heard of but as a destination: there may be nobody
    if (host.sent === 0) continue
    // seen without a hardware address here, and with one elsewhere: the same thing
    if (host.mac === undefined && own.some((k) => owners.has(k))) continue
    things.push(host)
    for (const key of own) byIp.set(addresses.text(key), deviceId(host, collector))
    first = Math.min(first, host.first)
    last = Math.max(last, host.last)
  }
  const resolvers = [...hosts.resolvers].map((k) => addresses.text(k))
  return { network: { gateways, resolvers, first, last, deviceOf: (ip) => byIp.get(ip) }, devices: describe(collector, things) }
}

function* describe(collector: Collector, things: readonly Host[]): Generator<DeviceEvidence> {
  for (const host of things) {
    yield new Device(collector, host, collector.hosts.own(host))
    collector.forget(host)
  }
}

function deviceId(host: Host, collector: Collector): string {
  if (host.mac !== undefined) return `mac-${host.mac.replaceAll(':', '')}`
  const [ip] = collector.hosts.own(host)
  return `ip-${ip === undefined ? 'unknown' : collector.addresses.text(ip)}`
}

class Device implements DeviceEvidence {
  readonly id: string
  readonly macs: readonly string[]
  readonly ips: readonly string[]
  readonly identity
  readonly endpoints: readonly Endpoint[]
  readonly services: readonly Service[]
  readonly packets: number
  readonly bytesOut: number
  readonly bytesIn: number
  readonly first: number
  readonly last: number
  private readonly ledger: Ledger
  private readonly derived: { [K in Kind]?: Observation<K>[] }

  constructor(collector: Collector, host: Host, own: AddressKey[]) {
    this.ledger = collector.ledger(host.handle)
    this.macs = host.mac === undefined ? [] : [host.mac]
    this.ips = own.map((k) => collector.addresses.text(k))
    this.id = deviceId(host, collector)
    this.packets = this.ledger.packets
    this.bytesOut = this.ledger.bytesOut
    this.bytesIn = this.ledger.bytesIn
    this.first = host.first
    this.last = host.last
    this.endpoints = endpoints(collector, host)
    this.services = services(this.ledger)
    this.derived = {
      'traffic.hour': hours(this.ledger),
      'traffic.day': days(this.ledger),
      address: ipv6(host, own, collector, this.ledger),
    }
    const mac: Signal[] =
      host.mac === undefined ? [] : [{ kind: 'mac', value: host.mac, count: this.packets, frames: firstFrames(this.endpoints) }]
    this.identity = identify([...mac, ...this.ledger.signals.values()])
  }

  of<K extends Kind>(kind: K): readonly Observation<K>[] {
    return this.derived[kind] ?? this.ledger.of(kind)
  }
}

/** Tallies by name (or address), port, transport, protocol: those of no known protocol join one that has it. */
function endpoints(collector: Collector, host: Host): Endpoint[] {
  const merged = new Map<string, Endpoint[]>()
  for (const tally of collector.endpoints.of(host.handle)) {
    const name = tally.name > 0 ? collector.names[tally.name] : undefined
    const ips = tally.ips.map((k) => collector.addresses.text(k))
    const key = `${tally.overflow ? '*' : (name ?? ips[0])} ${tally.port} ${tally.transport} ${tally.byPeer} ${tally.scope}`
    const list = merged.get(key) ?? []
    merged.set(key, list)
    const protocol = collector.protocolName(tally.protocol)
    const same = list.find(
      (e) => (e.protocol === protocol && e.protection === tally.protection) || e.protocol === '' || protocol === '',
    )
    if (same) join(same, tally, protocol, ips)
    else list.push(fresh(tally, protocol, name, ips))
  }
  const all = [...merged.values()].flat()
  for (const e of all) {
    if (e.scope !== 'internet') continue
    const key = e.ips[0] === undefined ? undefined : collector.addresses.parse(e.ips[0])
    const country = key === undefined ? undefined : countryOf(collector.addresses.bytes(key))
    if (country !== undefined) e.country = country
    const party = e.name === undefined ? undefined : thirdPartyOf(e.name)
    if (party) e.thirdParty = party
  }
  return all.sort((a, b) => a.first - b.first)
}

function fresh(t: EndpointTally, protocol: string, name: string | undefined, ips: string[]): Endpoint {
  return {
    ...(name === undefined ? {} : { name }),
    ips,
    port: t.port,
    transport: TRANSPORTS[t.transport]!,
    protocol,
    protection: t.protection,
    scope: t.scope,
    initiator: t.byPeer ? 'peer' : 'device',
    bytesOut: t.bytesOut,
    bytesIn: t.bytesIn,
    packetsOut: t.packetsOut,
    packetsIn: t.packetsIn,
    flows: t.flows,
    answered: t.answered,
    first: t.first,
    last: t.last,
    exemplars: t.exemplars,
    ...(t.overflow ? { overflow: true } : {}),
  }
}

function join(e: Endpoint, t: EndpointTally, protocol: string, ips: string[]): void {
  if (e.protocol === '') {
    e.protocol = protocol
    e.protection = t.protection
  }
  for (const ip of ips) if (e.ips.length < MAX_IPS && !e.ips.includes(ip)) e.ips.push(ip)
  e.bytesOut += t.bytesOut
  e.bytesIn += t.bytesIn
  e.packetsOut += t.packetsOut
  e.packetsIn += t.packetsIn
  e.flows += t.flows
  e.answered += t.answered
  e.first = Math.min(e.first, t.first)
  e.last = Math.max(e.last, t.last)
  for (const at of t.exemplars) exemplar(e.exemplars, at, MAX_EXEMPLARS)
}

function services(ledger: Ledger): Service[] {
  return [...ledger.services.values()]
    .map((s) => ({
      port: s.port,
      transport: s.transport === 0 ? ('tcp' as const) : ('udp' as const),
      protocol: s.protocol,
      protection: s.protection,
      reachedFrom: [...s.reachedFrom],
      answered: s.answered,
      exemplars: s.exemplars,
    }))
    .sort((a, b) => a.port - b.port)
}

function hours(ledger: Ledger): Observation<'traffic.hour'>[] {
  return [...ledger.hours]
    .sort((a, b) => a[0] - b[0])
    .map(([hour, t]) => {
      const name = new Date(hour * 3_600_000).toISOString().slice(0, 13)
      const data = { hour: name, bytesOut: t.bytesOut, bytesIn: t.bytesIn, packets: t.packets, internetBytes: t.internetBytes }
      return {
        kind: 'traffic.hour',
        key: name,
        data,
        count: t.packets,
        bytes: t.bytesOut + t.bytesIn,
        first: hour * HOUR_US,
        last: (hour + 1) * HOUR_US,
        exemplars: t.exemplars,
      }
    })
}

function days(ledger: Ledger): Observation<'traffic.day'>[] {
  const out = new Map<string, Observation<'traffic.day'>>()
  for (const h of hours(ledger)) {
    const day = h.data.hour.slice(0, 10)
    const kept = out.get(day)
    if (!kept) {
      const { bytesOut, bytesIn, packets, internetBytes } = h.data
      out.set(day, {
        kind: 'traffic.day',
        key: day,
        data: { day, bytesOut, bytesIn, packets, internetBytes },
        count: packets,
        bytes: h.bytes,
        first: h.first,
        last: h.last,
        exemplars: [...h.exemplars],
      })
      continue
    }
    for (const k of ['bytesOut', 'bytesIn', 'packets', 'internetBytes'] as const) kept.data[k] += h.data[k]
    kept.count += h.count
    kept.bytes += h.bytes
    kept.last = h.last
    for (const at of h.exemplars) exemplar(kept.exemplars, at, MAX_EXEMPLARS)
  }
  return [...out.values()]
}

function ipv6(host: Host, own: AddressKey[], collector: Collector, ledger: Ledger): Observation<'address'>[] {
  const frames = [...ledger.hours.values()].flatMap((h) => h.exemplars).slice(0, 1)
  return own
    .filter((k) => collector.addresses.isIpv6(k))
    .map((k) => {
      const ip = collector.addresses.text(k)
      const held = host.held.get(k)!
      const scope: Kinds['address']['scope'] =
        collector.addresses.range(k) === 'internet' ? 'global' : ip.startsWith('fe') ? 'link-local' : 'ula'
      return {
        kind: 'address',
        key: ip,
        data: { ip, scope, eui64: isEui64(ip, host.mac) },
        count: 1,
        bytes: 0,
        first: held.first,
        last: held.last,
        exemplars: held.frame ? [held.frame] : frames,
      }
    })
}

/** RFC 4291, appendix A: the hardware address with ff:fe in its middle and the universal bit turned. */
function isEui64(ip: string, mac: string | undefined): boolean {
  if (mac === undefined) return false
  const [a, b, c, d, e, f] = mac.split(':').map((h) => Number.parseInt(h, 16))
  const g = [((a! ^ 2) << 8) | b!, (c! << 8) | 0xff, 0xfe00 | d!, (e! << 8) | f!]
  return ip.endsWith(`:${g.map((v) => v.toString(16)).join(':')}`)
}

function firstFrames(list: readonly Endpoint[]): FrameRef[] {
  return list.flatMap((e) => e.exemplars).slice(0, 1)
}

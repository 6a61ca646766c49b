import type { AddressKey, Addresses } from '../device/addresses.ts'
import { type Manner, type Trait, traitsOf } from '../device/first-packets.ts'
import type { Host } from '../device/hosts.ts'
import { identify, type Signal } from '../device/identity.ts'
import type { Knowledge } from '../device/knowledge.ts'
import type { Bookkeeper } from './bookkeeper.ts'
import type { Collector } from './collector.ts'
import type { DeviceEvidence, Endpoint, FrameRef, NetworkEvidence, Observation, Service } from './evidence.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import { answers } from './answers.ts'
import { askedOf, type Beside, declaredOf } from './beside.ts'
import type { Declared } from './declared.ts'
import type { Kind, Kinds } from './kinds.ts'
import type { EndpointTally } from './endpoint-table.ts'
import { habits } from './habits.ts'
import { protectionOf } from './protection.ts'
import { exemplar, refsOf } from './frames.ts'
import type { Ledger } from './ledger.ts'
import { countryOf } from './countries.ts'
import { thirdPartyOf } from './third-parties.ts'

const TRANSPORTS = ['tcp', 'udp', 'icmp', 'other'] as const
const MAX_IPS = 16
const HOUR_US = 3_600_000_000

/** What the collector knows of a device, as plain data: it may go to another thread, where the device's ledger is. */
export interface Thing {
  handle: number
  id: string
  mac?: string
  /** Its own, IPv4 before IPv6. */
  ips: string[]
  ipv6: { ip: string; scope: Kinds['address']['scope']; first: number; last: number; frame: FrameRef }[]
  packets: number
  bytesOut: number
  bytesIn: number
  /** Microseconds since 1970. */
  first: number
  last: number
  /** Not audited, since it is no thing: it forwards, or was only ever sent to. Its threats are told of all the same. */
  role?: 'router' | 'silent'
  /** What its first packets show of its programs and its TCP/IP stack. */
  manner: Manner
}

export interface Survey {
  things: Thing[]
  /** Who is no thing, and may have part in a threat. */
  others: Thing[]
  network: NetworkFound
}

/** The network as plain data. */
export interface NetworkFound extends Omit<NetworkEvidence, 'deviceOf'> {
  /** Ids of devices by address. */
  devices: ReadonlyMap<string, string>
}

/** Who on the captured network is a thing. Call when every capture has ended. */
export function survey({ hosts, addresses, signed }: Collector): Survey {
  const owners = new Map<AddressKey, Host>()
  for (const host of hosts.all)
    if (host.mac !== undefined) for (const key of hosts.own(host)) if (host.sent > 0) owners.set(key, host)

  const gateways: { macs: string[]; ips: string[] }[] = []
  const things: Thing[] = []
  const others: Thing[] = []
  for (const host of hosts.all) {
    const own = hosts.own(host)
    if (hosts.isRouter(host)) {
      gateways.push({ macs: host.mac === undefined ? [] : [host.mac], ips: own.map((k) => addresses.text(k)) })
      others.push({ ...thing(host, own, addresses), role: 'router' })
      continue
    }
    // never heard of but as a destination: there may be nobody
    if (host.sent === 0) {
      if (signed.has(host.handle)) others.push({ ...thing(host, own, addresses), ...calledBy(host, addresses), role: 'silent' })
      continue
    }
    // seen without a hardware address here, and with one elsewhere: the same thing
    if (host.mac === undefined && own.some((k) => owners.has(k))) continue
    things.push(thing(host, own, addresses))
  }
  return {
    things,
    others,
    network: {
      gateways,
      resolvers: [...hosts.resolvers].map((k) => addresses.text(k)),
      first: things.reduce((least, t) => Math.min(least, t.first), Infinity),
      last: things.reduce((most, t) => Math.max(most, t.last), -Infinity),
      devices: new Map(things.flatMap((t) => t.ips.map((ip) => [ip, t.id]))),
    },
  }
}

/** The network as checks see it: with whose each address is. */
export function networkOf({ devices, ...network }: NetworkFound): NetworkEvidence {
  return { ...network, deviceOf: (ip) => devices.get(ip) }
}

/** Who never sent is known by what others call it. */
function calledBy({ called }: Host, addresses: Addresses): Pick<Thing, 'ips'> | undefined {
  return called === undefined || addresses.isOverflow(called) ? undefined : { ips: [addresses.text(called)] }
}

function thing(host: Host, own: readonly AddressKey[], addresses: Addresses): Thing {
  const ips = own.map((k) => addresses.text(k))
  return {
    handle: host.handle,
    id: host.mac === undefined ? `ip-${ips[0] ?? 'unknown'}` : `mac-${host.mac.replaceAll(':', '')}`,
    ...(host.mac === undefined ? {} : { mac: host.mac }),
    ips,
    ipv6: own
      .filter((k) => addresses.isIpv6(k))
      .map((k) => {
        const ip = addresses.text(k)
        const { first, last, frame } = host.held.get(k)!
        const scope = addresses.range(k) === 'internet' ? 'global' : ip.startsWith('fe') ? 'link-local' : 'ula'
        return { ip, scope, first, last, frame }
      }),
    packets: host.packets,
    bytesOut: host.bytesOut,
    bytesIn: host.bytesIn,
    first: host.first,
    last: host.last,
    manner: host.firstPackets.manner(),
  }
}

/** All that is known of each; made when asked for and then forgotten by the books: thousands of things need not be in memory at once. */
export function* describe(keeper: Bookkeeper, things: Iterable<Thing>, beside: Beside): Generator<Described> {
  for (const one of things) {
    yield new Device(keeper, one, beside)
    keeper.books.forget(one.handle)
  }
}

/** With what its identity was weighed from. */
export interface Described extends DeviceEvidence {
  readonly signals: readonly Signal[]
  readonly habits: readonly Trait[]
}

class Device implements Described {
  readonly id: string
  readonly macs: readonly string[]
  readonly ips: readonly string[]
  readonly identity
  readonly declared?: Declared
  readonly signals: readonly Signal[]
  readonly habits: readonly Trait[]
  readonly endpoints: readonly Endpoint[]
  readonly services: readonly Service[]
  readonly packets: number
  readonly bytesOut: number
  readonly bytesIn: number
  readonly first: number
  readonly last: number
  private readonly ledger: Ledger
  /** What was asked for before, and what is derived. */
  private readonly told: { [K in Kind]?: Observation<K>[] }
  private readonly asked: readonly Observation[]
  /** What was seen of it. */
  private observed: Map<Kind, Observation[]> | undefined

  constructor(keeper: Bookkeeper, thing: Thing, beside: Beside) {
    const { handle, id, mac, ips, ipv6, packets, bytesOut, bytesIn, first, last, manner } = thing
    this.ledger = keeper.books.ledger(handle)
    this.id = id
    this.macs = mac === undefined ? [] : [mac]
    this.ips = ips
    this.packets = packets
    this.bytesOut = bytesOut
    this.bytesIn = bytesIn
    this.first = first
    this.last = last
    this.endpoints = endpoints(keeper, handle)
    this.asked = beside.asked.get(id) ?? []
    const seen = services(this.ledger)
    this.services = withAsked(seen, askedOf(this.asked, 'probe.service'))
    this.told = {
      'traffic.hour': hours(this.ledger),
      'traffic.day': days(this.ledger),
      address: ipv6.map((a) => addressOf(a, mac)),
    }
    const seenSignals: SeenSignal[] = [
      ...(mac === undefined ? [] : [{ kind: 'mac', value: mac, count: packets, frames: firstFrames(this.endpoints) }]),
      ...this.ledger.signals.map((s) => ({ ...s, frames: refsOf(s.frames) })),
      ...telling(seen, keeper.knowledge),
    ]
    this.signals = [...seenSignals, ...answers(this.asked)]
    this.habits = habits(traitsOf(manner), this.endpoints, seenSignals)
    this.identity = identify(this.signals, keeper.knowledge, this.habits)
    const declared = declaredOf(this, beside)
    if (declared !== undefined) this.declared = declared
  }

  of<K extends Kind>(kind: K): readonly Observation<K>[] {
    const told = this.told as { [kind: string]: Observation<K>[] | undefined }
    return (told[kind] ??= this.seenOf(kind))
  }

  private seenOf<K extends Kind>(kind: K): Observation<K>[] {
    this.observed ??= this.ledger.byKind()
    const seen = (this.observed.get(kind) ?? []) as unknown as Observation<K>[]
    return this.asked.length === 0 ? seen : [...seen, ...askedOf(this.asked, kind)]
  }
}

/** Tallies by name (or address), port, transport, protocol: those of no known protocol join one that has it. */
function endpoints(keeper: Bookkeeper, handle: number): Endpoint[] {
  const { books } = keeper
  const merged = new Map<string, Endpoint[]>()
  for (const tally of keeper.endpoints.of(handle)) {
    const name = tally.name > 0 ? books.names[tally.name] : undefined
    const ips = tally.ips.map((k) => books.addresses.text(k))
    const key = `${tally.overflow ? '*' : (name ?? ips[0])} ${tally.port} ${tally.transport} ${tally.byPeer} ${tally.scope}`
    const list = merged.get(key) ?? []
    merged.set(key, list)
    const protocol = keeper.protocolName(tally.protocol)
    const same = list.find(
      (e) => (e.protocol === protocol && e.protection === tally.protection) || e.protocol === '' || protocol === '',
    )
    if (same) join(same, tally, protocol, ips)
    else list.push(fresh(tally, protocol, name, ips))
  }
  const all = [...merged.values()].flat()
  for (const e of all) {
    if (e.scope !== 'internet') continue
    const key = e.ips[0] === undefined ? undefined : books.addresses.parse(e.ips[0])
    const country = key === undefined ? undefined : countryOf(books.addresses.bytes(key))
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
  for (const at of t.exemplars) e.exemplars = exemplar(e.exemplars, at, MAX_EXEMPLARS)
}

function services(ledger: Ledger): SeenService[] {
  return [...ledger.services.values()]
    .map((s) => ({
      port: s.port,
      transport: s.transport === 0 ? ('tcp' as const) : ('udp' as const),
      protocol: s.protocol,
      protection: s.protection,
      reachedFrom: [...s.reachedFrom],
      answered: s.answered,
      exemplars: refsOf(s.frames),
    }))
    .sort((a, b) => a.port - b.port)
}

/** In traffic. */
type SeenSignal = Signal & { frames: FrameRef[] }
type SeenService = Service & { exemplars: FrameRef[] }

/** What answered when it was asked is a service like any other: it says what it speaks, where traffic did not. */
function withAsked(seen: readonly SeenService[], asked: readonly Observation<'probe.service'>[]): Service[] {
  const all: Service[] = [...seen]
  for (const { data, exemplars } of asked) {
    const { transport, port, protocol } = data
    const known = all.findIndex((s) => s.transport === transport && s.port === port)
    if (known < 0) {
      const reachedFrom: Service['reachedFrom'] = ['local']
      all.push({
        port,
        transport,
        protocol,
        protection: protectionOf(protocol),
        reachedFrom,
        answered: 1,
        exemplars: [...exemplars],
      })
      continue
    }
    const service = all[known]!
    const named = service.protocol === '' ? { protocol, protection: protectionOf(protocol) } : {}
    // frames first, and room for what was asked
    const shown = [...service.exemplars.slice(0, MAX_EXEMPLARS - 2), ...exemplars].slice(0, MAX_EXEMPLARS)
    all[known] = { ...service, ...named, answered: service.answered + 1, exemplars: shown }
  }
  return all.sort((a, b) => a.port - b.port)
}

/** Services that only things of a kind offer. */
function telling(list: readonly SeenService[], knowledge: Knowledge): SeenSignal[] {
  return list
    .map((s) => ({ kind: 'service', value: `${s.transport}/${s.port}`, count: s.answered, frames: [...s.exemplars] }))
    .filter((signal) => knowledge.knows(signal))
}

/** In traffic. */
type Seen<K extends Kind> = Observation<K> & { exemplars: FrameRef[] }

function hours(ledger: Ledger): Seen<'traffic.hour'>[] {
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
        exemplars: refsOf(t.frames),
      }
    })
}

function days(ledger: Ledger): Seen<'traffic.day'>[] {
  const out = new Map<string, Seen<'traffic.day'>>()
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
    for (const at of h.exemplars) kept.exemplars = exemplar(kept.exemplars, at, MAX_EXEMPLARS)
  }
  return [...out.values()]
}

function addressOf({ ip, scope, first, last, frame }: Thing['ipv6'][number], mac: string | undefined): Observation<'address'> {
  return {
    kind: 'address',
    key: ip,
    data: { ip, scope, eui64: isEui64(ip, mac) },
    count: 1,
    bytes: 0,
    first,
    last,
    exemplars: [frame],
  }
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

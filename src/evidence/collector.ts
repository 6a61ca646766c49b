import { Addresses, type AddressKey } from '../device/addresses.ts'
import { type Host, Hosts } from '../device/hosts.ts'
import { readArp } from '../decode/arp.ts'
import { NEIGHBOUR_ADVERTISEMENT, readNeighbour, readRouterAdvertisement } from '../decode/icmpv6.ts'
import type { MessageBase } from '../decode/message.ts'
import { ANOMALIES, FRAGMENT_NONE, type Packet, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../decode/packet.ts'
import type { Datagram } from '../decode/stream.ts'
import { type Decoders, Dissector } from '../flow/dissector.ts'
import {
  ACCEPTED,
  ANSWER_FRAME,
  FIRST_FRAME,
  FLAGS,
  FlowTable,
  HI_SHIFT,
  LO_HOST,
  LO_PACKETS,
  NAME,
  PAYLOAD_FRAME,
  PROTECTION_SHIFT,
  PROTOCOL_SHIFT,
  ROW_WORDS,
  SENT,
  SENT_RST,
  TO_GROUP,
} from '../flow/table.ts'
import {
  type EndpointKey,
  EndpointTable,
  PROTECTIONS,
  TRANSPORT_ICMP,
  TRANSPORT_OTHER,
  TRANSPORT_TCP,
  TRANSPORT_UDP,
} from './endpoint-table.ts'
import type { AddOptions, Context, Observer, Party } from './context.ts'
import type { FrameRef } from './evidence.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import type { Kind, Kinds, Peer, Scope } from './kinds.ts'
import { type Budget, exemplar, Ledger, type ServiceTally } from './ledger.ts'
import { protectionOf } from './protection.ts'
import { Repeats } from './repeats.ts'

const MAX_NAME_IDS = 1 << 16
const MAX_ASKED = 4096
const MAX_LEARNT = 64
/** An ARP packet for IPv4 over Ethernet (RFC 826). */
const ARP_BYTES = 28

export interface AnomalyTally {
  kind: string
  count: number
  exemplars: FrameRef[]
}

/**
 * From packets to tallies: the one place where flows, hosts and messages meet. Everything it keeps is bounded; what finds no room
 * is counted in `anomalies`.
 */
export class Collector {
  readonly addresses = new Addresses()
  readonly hosts = new Hosts(this.addresses)
  private readonly ledgers: (Ledger | undefined)[] = []
  readonly anomalies = new Map<string, AnomalyTally>()
  readonly table: FlowTable
  readonly names: string[] = ['']
  packets = 0
  /** Captured bytes. */
  bytes = 0
  /** Packets that are a part of one: only the first part has ports and is decoded further. */
  fragments = 0
  private readonly nameIds = new Map<string, number>([['', 0]])
  private readonly dissector: Dissector
  /** Addresses and ports from which someone asked a group (SSDP, Kasa, mDNS), the oldest making room. */
  private readonly asked = new Set<number>()
  private readonly observers: Readonly<Record<string, Observer<never>>>
  private readonly context: FlowContext
  readonly endpoints = new EndpointTable()
  readonly repeats = new Repeats()
  private readonly key: EndpointKey = {
    host: 0,
    ip: 0,
    name: 0,
    port: 0,
    transport: 0,
    byPeer: false,
    protocol: 0,
    protection: 0,
    scope: 'internet',
  }
  /** Index into PROTECTIONS, by protocol id. */
  private readonly protections: number[] = []
  private readonly budget: Budget = { hours: 1 << 18, observations: 1 << 18, names: 1 << 18 }
  private capture = 0

  constructor(
    decoders: Decoders,
    observers: Readonly<Record<string, Observer<never>>>,
    canaries: readonly string[],
    onMessage?: (message: MessageBase) => void,
    flowCapacity?: number,
  ) {
    this.observers = observers
    this.table = new FlowTable((row, final) => this.fold(row, final), flowCapacity)
    this.context = new FlowContext(this, canaries)
    this.dissector = new Dissector(
      this.table,
      decoders,
      (row, message) => {
        onMessage?.(message)
        this.observe(row, message)
      },
      // who listens to messages wants each of them
      onMessage
        ? undefined
        : { seen: (row, d, time) => this.repeated(row, d, time), end: (decoded) => this.repeats.end(decoded) },
    )
  }

  /** Take one decoded packet. */
  packet(p: Packet): void {
    this.packets++
    this.bytes += p.end - p.start
    this.capture = p.capture
    if (p.anomaly !== 0) this.anomaly(ANOMALIES[p.anomaly]!, p.capture, p.frame)
    if (p.fragment !== FRAGMENT_NONE) this.fragments++
    if (p.srcIp >= 0) {
      const row = this.table.touch(p)
      if (this.table.created) this.begin(p, row)
      else if (this.table.answers) this.answer(p, row)
      this.dissector.packet(p, row)
      if (p.protocol === PROTO_ICMPV6) this.neighbourDiscovery(p)
    } else if (p.etherType === 0x0806) this.arp(p)
  }

  /** The capture has ended: every flow is decoded and counted. */
  endCapture(): void {
    this.table.flush()
  }

  /** All captures have ended: say what found no room, and keep only what reports are made of. */
  report(): void {
    this.table.release()
    this.dissector.release()
    this.repeats.release()
    if (this.hosts.overflowed > 0) this.anomaly('hosts-bounded', 0, 0, this.hosts.overflowed)
    if (this.addresses.overflowed > 0) this.anomaly('addresses-bounded', 0, 0, this.addresses.overflowed)
    for (const ledger of this.ledgers)
      if (ledger) for (const [kind, count] of ledger.dropped) this.anomaly(`bounded: ${kind}`, 0, 0, count)
  }

  anomaly(kind: string, capture: number, frame: number, count = 1): void {
    let tally = this.anomalies.get(kind)
    if (!tally) this.anomalies.set(kind, (tally = { kind, count: 0, exemplars: [] }))
    tally.count += count
    exemplar(tally.exemplars, { capture, frame }, MAX_EXEMPLARS)
  }

  ledger(handle: number): Ledger {
    return (this.ledgers[handle] ??= new Ledger(this.budget))
  }

  /** The host has been reported. */
  forget(host: Host): void {
    this.ledgers[host.handle] = undefined
  }

  nameId(name: string): number {
    let id = this.nameIds.get(name)
    if (id === undefined) {
      if (this.names.length >= MAX_NAME_IDS) {
        this.anomaly('names-bounded', this.capture, 0)
        return 0
      }
      id = this.names.push(name) - 1
      this.nameIds.set(name, id)
    }
    return id
  }

  /** First packet of a flow: who is at its ends. */
  private begin(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    const side = this.table.side
    const length = p.ipVersion === 6 ? 16 : 4
    const src = this.addresses.key(p.buf, p.srcIp, length)
    const dst = this.addresses.key(p.buf, p.dstIp, length)
    const group = (p.dstMac >= 0 && (p.buf[p.dstMac]! & 1) === 1) || this.addresses.range(dst) === 'multicast'
    const from = p.srcMac >= 0 ? this.hosts.withMac(p.buf, p.srcMac) : this.hosts.withIp(src, at(p))
    const to = group ? -1 : p.dstMac >= 0 ? this.hosts.withMac(p.buf, p.dstMac) : this.hosts.withIp(dst, at(p))
    w[o + LO_HOST + side] = from
    w[o + LO_HOST + 1 - side] = to
    if (group) w[o + FLAGS]! |= TO_GROUP
    if (p.protocol === PROTO_UDP && p.transport >= 0) {
      if (group) this.remember(src * 65536 + p.srcPort)
      // what comes back to the port that asked everyone is an answer, though its addresses make it a flow of its own
      else if (this.asked.has(dst * 65536 + p.dstPort)) this.table.setInitiator(row, 1 - side)
    }
    if (from >= 0) this.hosts.sentFrom(this.hosts.all[from]!, src, p.hopLimit, p.time, p.capture, p.frame)
    if (to < 0) return
    this.hosts.sentTo(this.hosts.all[to]!, dst)
    if (from >= 0 && from !== to) this.hosts.called(this.hosts.all[from]!, src, dst)
  }

  /** First packet of a flow's other side: who only ever answers is known by it. */
  private answer(p: Packet, row: number): void {
    const word = row * ROW_WORDS + LO_HOST + this.table.side
    const src = this.addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4)
    const from = p.srcMac >= 0 ? this.hosts.withMac(p.buf, p.srcMac) : this.hosts.withIp(src, at(p))
    if (from < 0) return
    const known = this.table.words[word]!
    // Linux's "cooked" links tell the sender's hardware address only: it is better than the address alone
    if (known < 0 || this.hosts.all[known]!.mac === undefined) this.table.words[word] = from
    this.hosts.sentFrom(this.hosts.all[from]!, src, p.hopLimit, p.time, p.capture, p.frame)
  }

  /** What the network says of itself is a handful, or a flood. */
  learn(set: Set<AddressKey>, key: AddressKey): void {
    if (set.size < MAX_LEARNT) set.add(key)
  }

  private remember(askedFrom: number): void {
    if (this.asked.has(askedFrom)) return
    if (this.asked.size >= MAX_ASKED) this.asked.delete(this.asked.values().next().value!)
    this.asked.add(askedFrom)
  }

  private arp(p: Packet): void {
    const arp = readArp(p)
    if (!arp) return
    const handle = this.hosts.withMac(p.buf, arp.senderMac)
    if (handle < 0) return
    const host = this.hosts.all[handle]!
    this.sighted(host, p)
    this.hosts.claim(host, this.addresses.key(p.buf, arp.senderIp, 4), p.time, at(p))
  }

  /** A frame that is no flow of IP, but shows that a thing is there. */
  private sighted(host: Host, p: Packet): void {
    host.sent++
    if (p.time < host.first) host.first = p.time
    if (p.time > host.last) host.last = p.time
    const ledger = this.ledger(host.handle)
    ledger.packets++
    // its packet without link framing and padding, as for IP
    ledger.bytesOut += ARP_BYTES
  }

  /** RFC 4861: such messages come from neighbours only (hop limit 255), so their source is the sender's own address. */
  private neighbourDiscovery(p: Packet): void {
    if (p.srcMac < 0) return
    const advertisement = readRouterAdvertisement(p)
    const neighbour = advertisement ? undefined : readNeighbour(p)
    if (!advertisement && !neighbour) return
    const handle = this.hosts.withMac(p.buf, p.srcMac)
    if (handle < 0) return
    const host = this.hosts.all[handle]!
    const src = this.addresses.key(p.buf, p.srcIp, 16)
    this.hosts.claim(host, src, p.time, at(p))
    if (advertisement) {
      if (advertisement.lifetime > 0) this.learn(this.hosts.routers, src)
      for (const { addresses } of advertisement.resolvers)
        for (const offset of addresses) this.learn(this.hosts.resolvers, this.addresses.key(p.buf, offset, 16))
    } else if (neighbour && (p.srcPort === NEIGHBOUR_ADVERTISEMENT || this.addresses.text(src) === '::')) {
      // an advertisement's target, or a solicitation's from "::" (duplicate address detection, RFC 4862), is the sender's
      this.hosts.claim(host, this.addresses.key(p.buf, neighbour.target, 16), p.time, at(p))
    }
  }

  private repeated(row: number, d: Datagram, time: number): boolean {
    const sender = this.table.side
    const host = this.table.words[row * ROW_WORDS + LO_HOST + sender]!
    return (
      host >= 0 &&
      this.repeats.seen(host, this.addressKey(row, 1 - sender), (d.srcPort << 16) | d.dstPort, d.bytes, d.start, d.end, time)
    )
  }

  private observe(row: number, message: MessageBase): void {
    const observer = this.observers[message.protocol] as Observer<MessageBase> | undefined
    if (!observer) return
    this.context.enter(row, this.capture)
    observer(message, this.context)
  }

  addressKey(row: number, side: number): AddressKey {
    if (this.table.ipVersion(row) !== 6) return this.table.words[row * ROW_WORDS + side]! >>> 0
    const length = this.table.address(row, side, scratch)
    return this.addresses.key(scratch, 0, length)
  }

  scope(row: number, side: number, key: AddressKey): Scope {
    const w = this.table.words
    const o = row * ROW_WORDS
    const range = this.addresses.range(key)
    if (range === 'multicast') return 'multicast'
    const host = w[o + LO_HOST + side]!
    if (host < 0 && w[o + FLAGS]! & TO_GROUP) return 'multicast'
    if (range === 'private') return 'local'
    return host >= 0 && this.hosts.owns(this.hosts.all[host]!, key) ? 'local' : 'internet'
  }

  /** Add a flow's counters to the ledgers of its ends. */
  private fold(row: number, final: boolean): void {
    if (final) this.dissector.finish(row)
    const w = this.table.words
    const o = row * ROW_WORDS
    // who never sent a packet opened nothing: answers to questions that others asked in its name (reflection)
    if (this.table.isUnasked(row)) this.table.setInitiator(row, 1 - this.table.initiator(row))
    for (let side = 0; side < 2; side++) {
      const handle = w[o + LO_HOST + side]!
      if (handle < 0) continue
      const host = this.hosts.all[handle]!
      const key = this.addressKey(row, side)
      if (!this.hosts.owns(host, key)) continue
      // what a thing says to itself is counted once, as its client's doing
      if (handle === w[o + LO_HOST + 1 - side] && side !== this.table.initiator(row)) continue
      this.foldSide(row, side, host, final)
    }
    this.table.clear(row)
  }

  private foldSide(row: number, side: number, host: Host, final: boolean): void {
    const t = this.table
    const w = t.words
    const o = row * ROW_WORDS
    const flags = w[o + FLAGS]!
    const other = 1 - side
    const out = w[o + LO_PACKETS + side]!
    const back = w[o + LO_PACKETS + other]!
    const first = t.first(row)
    const last = t.last(row)
    const ledger = this.ledger(host.handle)
    if (out > 0) {
      host.sent += out
      if (first < host.first) host.first = first
      if (last > host.last) host.last = last
    }
    const bytesOut = t.bytes(row, side)
    const bytesIn = t.bytes(row, other)
    ledger.packets += out + back
    ledger.bytesOut += bytesOut
    ledger.bytesIn += bytesIn

    const transport = transportOf(t, row)
    const initiator = t.initiator(row)
    const byPeer = initiator !== side
    const peer = this.addressKey(row, other)
    const scope = this.scope(row, other, peer)
    const protocol = (flags >>> PROTOCOL_SHIFT) & 0xff
    const protection = (flags >>> PROTECTION_SHIFT) & 3 || this.protectionIndex(protocol)
    const name = byPeer ? 0 : w[o + NAME]! || ledger.names.get(peer) || 0
    const port = transport <= TRANSPORT_UDP ? t.port(row, 1 - initiator) : 0
    const key = this.key
    key.host = host.handle
    key.ip = peer
    key.name = name
    key.port = port
    key.transport = transport
    key.byPeer = byPeer
    key.protocol = protocol
    key.protection = protection
    key.scope = scope
    const endpoint = this.endpoints.row(key)
    const frame = w[o + PAYLOAD_FRAME]! || w[o + FIRST_FRAME]!
    this.endpoints.add(endpoint, out, back, bytesOut, bytesIn, first, last, this.capture, frame)

    const hour = ledger.hour(t.hourOf(row))
    hour.bytesOut += bytesOut
    hour.bytesIn += bytesIn
    hour.packets += out + back
    if (scope === 'internet') hour.internetBytes += bytesOut + bytesIn
    if (hour.exemplars.length < 2) exemplar(hour.exemplars, { capture: this.capture, frame }, 2)

    if (!final) return
    const answered = this.answered(flags, transport, initiator)
    this.endpoints.count(endpoint, answered)
    if (answered && byPeer && transport <= TRANSPORT_UDP)
      this.foldService(ledger, row, port, transport, this.dissector.names[protocol]!, PROTECTIONS[protection]!, scope)
  }

  private protectionIndex(protocol: number): number {
    return (this.protections[protocol] ??= PROTECTIONS.indexOf(protectionOf(this.dissector.names[protocol]!)))
  }

  protocolName(protocol: number): string {
    return this.dissector.names[protocol]!
  }

  /** Did the side that was called answer (TCP: accept)? */
  private answered(flags: number, transport: number, initiator: number): boolean {
    const shift = initiator === 0 ? HI_SHIFT : 0
    const said = (flags >>> shift) & 0xf
    if (transport !== TRANSPORT_TCP) return (said & SENT) !== 0
    return (said & SENT) !== 0 && ((flags & ACCEPTED) !== 0 || (said & SENT_RST) === 0)
  }

  private foldService(
    ledger: Ledger,
    row: number,
    port: number,
    transport: number,
    protocol: string,
    protection: ServiceTally['protection'],
    scope: Scope,
  ): void {
    const service = ledger.service(port, transport)
    if (!service) return
    service.answered++
    service.reachedFrom.add(scope)
    if (protocol !== '' && (service.protocol === '' || protectionOf(service.protocol) === 'unknown')) {
      service.protocol = protocol
      service.protection = protection
    }
    const o = row * ROW_WORDS
    const w = this.table.words
    exemplar(service.exemplars, { capture: this.capture, frame: w[o + ANSWER_FRAME]! || w[o + FIRST_FRAME]! }, MAX_EXEMPLARS)
  }
}

function transportOf(t: FlowTable, row: number): number {
  if (t.isFragment(row)) return TRANSPORT_OTHER
  switch (t.protocolNumber(row)) {
    case PROTO_TCP:
      return TRANSPORT_TCP
    case PROTO_UDP:
      return TRANSPORT_UDP
    case PROTO_ICMP:
    case PROTO_ICMPV6:
      return TRANSPORT_ICMP
    default:
      return TRANSPORT_OTHER
  }
}

function at(p: Packet): FrameRef {
  return { capture: p.capture, frame: p.frame }
}

const scratch = new Uint8Array(16)

/** Address text and scope are made when asked for: most messages need one of them, or neither. */
class FlowParty implements Party {
  host = -1
  port = 0
  mac: string | undefined
  key: AddressKey = 0
  private row = -1
  private side = 0
  private addressText: string | undefined
  private seenScope: Scope | undefined
  private readonly collector: Collector

  constructor(collector: Collector) {
    this.collector = collector
  }

  /** Become the end of the flow in `row` on `side`. */
  enter(row: number, side: number): void {
    const { hosts, table } = this.collector
    this.row = row
    this.side = side
    this.key = this.collector.addressKey(row, side)
    this.port = table.port(row, side)
    this.addressText = undefined
    this.seenScope = undefined
    const handle = table.words[row * ROW_WORDS + LO_HOST + side]!
    // what is behind a router is not the router's doing
    this.host = handle >= 0 && hosts.owns(hosts.all[handle]!, this.key) ? handle : -1
    this.mac = this.host >= 0 ? hosts.all[this.host]!.mac : undefined
  }

  get ip(): string {
    return (this.addressText ??= this.key < 0 ? '' : this.collector.addresses.text(this.key))
  }

  get scope(): Scope {
    return (this.seenScope ??= this.row < 0 ? 'local' : this.collector.scope(this.row, this.side, this.key))
  }
}

/** The one Context, moved from flow to flow. */
class FlowContext implements Context {
  readonly client: FlowParty
  readonly server: FlowParty
  readonly canaries: readonly string[]
  transport: 'tcp' | 'udp' = 'tcp'
  capture = 0
  time = 0
  private row = -1
  private readonly collector: Collector

  constructor(collector: Collector, canaries: readonly string[]) {
    this.collector = collector
    this.client = new FlowParty(collector)
    this.server = new FlowParty(collector)
    this.canaries = canaries
  }

  enter(row: number, capture: number): void {
    const { table } = this.collector
    this.row = row
    this.capture = capture
    this.time = table.last(row)
    this.transport = table.protocolNumber(row) === PROTO_UDP ? 'udp' : 'tcp'
    const initiator = table.initiator(row)
    this.client.enter(row, initiator)
    this.server.enter(row, 1 - initiator)
    // nothing is known of what it did: it was only sent to
    if (table.isUnasked(row)) this.client.host = -1
  }

  peer(party: Party, of: Party): Peer {
    const { collector } = this
    const p = party as FlowParty
    const server = party === this.server
    const id =
      (server ? collector.table.words[this.row * ROW_WORDS + NAME]! : 0) ||
      (of.host >= 0 ? collector.ledger(of.host).names.get(p.key) : 0) ||
      0
    const peer: Peer = { ip: p.ip, port: p.port, scope: p.scope }
    if (id > 0) peer.name = collector.names[id]!
    return peer
  }

  owner(mac: string): Party {
    const party = new FlowParty(this.collector)
    const { hosts } = this.collector
    party.host = hosts.find(mac)
    party.mac = mac
    party.key = (party.host >= 0 ? hosts.own(hosts.all[party.host]!)[0] : undefined) ?? -1
    return party
  }

  add<K extends Kind>(party: Party, kind: K, key: string, data: Kinds[K], frame: number, options: AddOptions<K> = {}): void {
    if (party.host < 0) return
    const { bytes = 0, count = 1, update } = options
    const { collector, capture, time } = this
    collector.repeats.note(
      collector.ledger(party.host).add(kind, key, data, { capture, frame }, time, bytes, update, count),
      count,
    )
  }

  signal(party: Party, kind: string, value: string, frame: number): void {
    if (party.host < 0) return
    const { collector, capture } = this
    collector.repeats.noteSignal(collector.ledger(party.host).signal(kind, value, { capture, frame }))
  }

  learnName(party: Party, ip: string, name: string): void {
    if (party.host < 0) return
    const key = this.collector.addresses.parse(ip)
    const id = this.collector.nameId(name)
    if (key !== undefined && id > 0) this.collector.ledger(party.host).learnName(key, id)
  }

  learnNetwork(what: 'router' | 'resolver', ip: string): void {
    const key = this.collector.addresses.parse(ip)
    if (key === undefined) return
    const set = what === 'router' ? this.collector.hosts.routers : this.collector.hosts.resolvers
    this.collector.learn(set, key)
  }

  learnLease(mac: string, ip: string, frame: number): void {
    const key = this.collector.addresses.parse(ip)
    const handle = this.collector.hosts.find(mac)
    if (key !== undefined && handle >= 0)
      this.collector.hosts.claim(this.collector.hosts.all[handle]!, key, this.time, { capture: this.capture, frame })
  }

  protect(protection: 'encrypted' | 'broken' | 'clear'): void {
    const at = this.row * ROW_WORDS + FLAGS
    const w = this.collector.table.words
    w[at] = (w[at]! & ~(3 << PROTECTION_SHIFT)) | (PROTECTIONS.indexOf(protection) << PROTECTION_SHIFT)
  }

  serverName(name: string): void {
    this.collector.table.words[this.row * ROW_WORDS + NAME] = this.collector.nameId(name)
  }
}

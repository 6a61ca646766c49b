import { Addresses, type AddressKey } from '../device/addresses.ts'
import { type Host, Hosts } from '../device/hosts.ts'
import { readArp } from '../decode/arp.ts'
import { NEIGHBOUR_ADVERTISEMENT, readNeighbour, readRouterAdvertisement } from '../decode/icmpv6.ts'
import { ANOMALIES, FRAGMENT_NONE, type Packet, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../decode/packet.ts'
import type { Datagram } from '../decode/stream.ts'
import { type Decoders, Dissector } from '../flow/dissector.ts'
import type { Stream } from '../flow/prefix.ts'
import {
  ACCEPTED,
  ANSWER_FRAME,
  FIRST_FRAME,
  FLAGS,
  FLOW,
  FlowTable,
  HI_SHIFT,
  LO_HOST,
  LO_PACKETS,
  PAYLOAD_FRAME,
  PROTOCOL_SHIFT,
  ROW_WORDS,
  SENT,
  SENT_RST,
  TO_GROUP,
} from '../flow/table.ts'
import { TRANSPORT_ICMP, TRANSPORT_OTHER, TRANSPORT_TCP, TRANSPORT_UDP } from './endpoint-table.ts'
import * as event from './events.ts'
import { MAX_DATAGRAM, type Outlet, type Outlets } from './events.ts'
import type { FrameRef } from './evidence.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import { interestIn } from './interest.ts'
import { SCOPES } from './kinds.ts'
import { exemplar } from './ledger.ts'
import { ANYBODY, type Learner, learners, type NetworkFacts } from './network.ts'

const MAX_ASKED = 4096
const MAX_LEARNT = 64
/** An ARP packet for IPv4 over Ethernet (RFC 826). */
const ARP_BYTES = 28

const INTERNET = SCOPES.indexOf('internet')
const LOCAL = SCOPES.indexOf('local')
const MULTICAST = SCOPES.indexOf('multicast')

export interface AnomalyTally {
  kind: string
  count: number
  exemplars: FrameRef[]
}

export interface CollectorOptions {
  /** Flows held at once, a power of two. */
  flowCapacity?: number
  /** Pass on everything that is recognised, also what no host here has part in. */
  every?: boolean
}

/**
 * From packets to what is worth recording: the one place where packets, flows and hosts meet. Who recognised conversations and
 * datagrams are between and what each flow carried goes as events to the outlets, each of which leads to who keeps the
 * books of some of the hosts. Nothing comes back from there, so that they may be other threads.
 *
 * Everything kept here is bounded; what finds no room is counted in `anomalies`.
 */
export class Collector {
  readonly addresses = new Addresses()
  readonly hosts: Hosts
  readonly anomalies = new Map<string, AnomalyTally>()
  readonly table: FlowTable
  packets = 0
  /** Captured bytes. */
  bytes = 0
  /** Packets that are a part of one: only the first part has ports and is decoded further. */
  fragments = 0
  private readonly dissector: Dissector
  private readonly decoders: Decoders
  /** By index of the datagram decoder. */
  private readonly interests: readonly ((datagram: Datagram) => number)[]
  private readonly learners: readonly (Learner | undefined)[]
  /** Addresses and ports from which someone asked a group (SSDP, Kasa, mDNS), the oldest making room. */
  private readonly asked = new Set<number>()
  private readonly outlets: readonly Outlet[]
  private readonly shares: readonly number[]
  private readonly every: boolean
  private capture = 0
  /** Time of the message that tells of the network. */
  private time = 0
  private readonly facts: NetworkFacts = {
    router: (ip) => this.learnText(this.hosts.routers, ip),
    resolver: (ip) => this.learnText(this.hosts.resolvers, ip),
    lease: (mac, ip, frame) => {
      const key = this.addresses.parse(ip)
      const handle = this.hosts.find(mac)
      if (key !== undefined && handle >= 0)
        this.hosts.claim(this.hosts.all[handle]!, key, this.time, { capture: this.capture, frame })
    },
  }

  /** @param macs of the hosts, by handle (device/hosts.ts): written here, read by whoever takes the events */
  constructor(decoders: Decoders, { outlets, shares }: Outlets, macs: Float64Array, options: CollectorOptions = {}) {
    this.outlets = outlets
    this.shares = shares
    this.every = options.every ?? false
    this.decoders = decoders
    this.interests = decoders.datagram.map((d) => interestIn(d.protocol))
    this.learners = decoders.datagram.map((d) => learners[d.protocol])
    this.hosts = new Hosts(this.addresses, macs)
    this.table = new FlowTable((row, final) => this.fold(row, final), options.flowCapacity)
    this.dissector = new Dissector(this.table, decoders, {
      conversation: (row, stream, decoder) => this.conversation(row, stream, decoder),
      datagram: (row, datagram, decoder) => this.datagram(row, datagram, decoder),
    })
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
    if (this.hosts.overflowed > 0) this.anomaly('hosts-bounded', 0, 0, this.hosts.overflowed)
    if (this.addresses.overflowed > 0) this.anomaly('addresses-bounded', 0, 0, this.addresses.overflowed)
  }

  anomaly(kind: string, capture: number, frame: number, count = 1): void {
    let tally = this.anomalies.get(kind)
    if (!tally) this.anomalies.set(kind, (tally = { kind, count: 0, exemplars: [] }))
    tally.count += count
    exemplar(tally.exemplars, { capture, frame }, MAX_EXEMPLARS)
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
  private learn(set: Set<AddressKey>, key: AddressKey): void {
    if (set.size < MAX_LEARNT) set.add(key)
  }

  private learnText(set: Set<AddressKey>, ip: string): void {
    const key = this.addresses.parse(ip)
    if (key !== undefined) this.learn(set, key)
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
    host.packets++
    // its packet without link framing and padding, as for IP
    host.bytesOut += ARP_BYTES
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

  /** A recognised conversation: to who keeps the books of its ends. */
  private conversation(row: number, stream: Stream, decoder: number): void {
    const { client, server } = stream
    const words = even(
      event.CONVERSATION_WORDS +
        client.marks.length +
        server.marks.length +
        ((client.length + 3) >> 2) +
        ((server.length + 3) >> 2),
    )
    const [first, second] = this.concerned(row, -1, 3)
    for (const part of [first, second]) {
      if (part < 0) continue
      const out = this.outlets[part]!
      const at = out.room(words)
      this.found(out, at, words, event.CONVERSATION, row, decoder)
      const w = out.words
      let o = at + event.CONVERSATION_WORDS
      for (const [direction, where] of [
        [client, at + event.CLIENT],
        [server, at + event.SERVER],
      ] as const) {
        w[where + event.HELD] = direction.length
        w[where + event.STATE] = (direction.marks.length << 1) | (direction.midstream ? 2 : 0) | (direction.truncated ? 1 : 0)
        for (let i = 1; i < direction.marks.length; i += 2) w[o++] = direction.marks[i]!
      }
      for (const { marks } of [client, server]) for (let i = 0; i < marks.length; i += 2) w[o++] = marks[i]!
      for (const direction of [client, server]) {
        const end = o + ((direction.length + 3) >> 2)
        // what fills the last word is the same for the same bytes
        if (end > o) w[end - 1] = 0
        out.bytes.set(direction.held(), o * 4)
        o = end
      }
      out.done(words)
    }
  }

  /** The same of a datagram; what the network says in it of itself is learnt here. */
  private datagram(row: number, d: Datagram, decoder: number): void {
    const learner = this.learners[decoder]
    const mac = learner === undefined ? NOBODY : learner.about(d)
    // a jumbogram (RFC 2675), or what a network card had yet to cut, is read as far as a datagram goes
    if (d.end - d.start > MAX_DATAGRAM) {
      d.end = d.start + MAX_DATAGRAM
      d.truncated = true
    }
    const length = d.end - d.start
    const words = even(event.DATAGRAM_WORDS + ((length + 3) >> 2))
    if (mac === ANYBODY) for (let part = 0; part < this.outlets.length; part++) this.writeDatagram(part, row, d, decoder, words)
    else {
      const about = mac === NOBODY ? -1 : this.hosts.handleOf(d.bytes, mac)
      const third = about < 0 ? -1 : this.share(about)
      const whom = this.interests[decoder]!(d)
      const [first, second] = this.concerned(row, third, this.table.side === 0 ? whom : (whom >> 1) | ((whom & 1) << 1))
      if (first >= 0) this.writeDatagram(first, row, d, decoder, words)
      if (second >= 0) this.writeDatagram(second, row, d, decoder, words)
      if (third >= 0 && third !== first && third !== second) this.writeDatagram(third, row, d, decoder, words)
    }
    if (learner?.tells(d) !== true) return
    this.time = this.table.last(row)
    this.decoders.datagram[decoder]!.decode({ ...d, memory: {} }, (message) => learner.learn(message as never, this.facts))
  }

  private writeDatagram(part: number, row: number, d: Datagram, decoder: number, words: number): void {
    const out = this.outlets[part]!
    const at = out.room(words)
    this.found(out, at, words, event.DATAGRAM, row, decoder)
    const w = out.words
    w[at + event.FRAME] = d.frame
    w[at + event.WAY] = (d.srcPort << 16) | d.dstPort
    w[at + event.HOW] =
      (d.fromClient ? event.FROM_CLIENT : 0) | (d.truncated ? event.TRUNCATED : 0) | (this.table.side === 1 ? event.SENDER_HI : 0)
    w[at + event.LENGTH] = d.end - d.start
    w[at + words - 1] = 0
    w[at + words - 2] = 0
    copy(out.bytes, (at + event.DATAGRAM_WORDS) * 4, d.bytes, d.start, d.end)
    out.done(words)
  }

  /** What conversations and datagrams have in common: the flow and its ends. */
  private found(out: Outlet, at: number, words: number, kind: number, row: number, decoder: number): void {
    const t = this.table
    const w = out.words
    const o = row * ROW_WORDS
    const lo = this.addressKey(row, 0)
    const hi = this.addressKey(row, 1)
    w[at + event.SIZE] = words
    w[at + event.KIND] = kind
    w[at + event.CAPTURE] = this.capture
    w[at + event.ROW] = row
    w[at + event.FLOW] = t.words[o + FLOW]!
    w[at + event.HOSTS] = this.hosts.all.length
    w[at + event.LO_HOST] = this.owner(row, 0, lo)
    w[at + event.LO_HOST + 1] = this.owner(row, 1, hi)
    w[at + event.PORTS] = (t.port(row, 0) << 16) | t.port(row, 1)
    w[at + event.META] =
      (t.ipVersion(row) === 6 ? event.IPV6 : 0) |
      (t.initiator(row) === 1 ? event.INITIATOR_HI : 0) |
      (t.protocolNumber(row) === PROTO_UDP ? event.UDP : 0) |
      (t.isUnasked(row) ? event.UNASKED : 0) |
      (this.scope(row, 0, lo) << event.LO_SCOPE_SHIFT) |
      (this.scope(row, 1, hi) << event.HI_SCOPE_SHIFT)
    out.floats[(at >> 1) + event.TIME] = t.last(row)
    w[at + event.DECODER] = decoder
    t.address(row, 0, out.bytes, (at + event.LO_IP) * 4)
    t.address(row, 1, out.bytes, (at + event.HI_IP) * 4)
  }

  private readonly pair: [number, number] = [-1, -1]

  /**
   * The outlets that keep the books of a flow's ends: two, one, or none (-1). `told` is an outlet that is told
   * anyway, or -1; `sides` those of whom it tells anything (1 lo, 2 hi).
   */
  private concerned(row: number, told: number, sides: number): readonly [number, number] {
    const lo = sides & 1 ? this.owner(row, 0, this.addressKey(row, 0)) : -1
    const hi = sides & 2 ? this.owner(row, 1, this.addressKey(row, 1)) : -1
    const { pair } = this
    pair[0] = lo >= 0 ? this.share(lo) : -1
    pair[1] = hi >= 0 ? this.share(hi) : -1
    if (pair[1] === pair[0]) pair[1] = -1
    if (this.every && pair[0] < 0 && pair[1] < 0 && told < 0) pair[0] = 0
    return pair
  }

  /** The outlet that is told of a host. */
  private share(handle: number): number {
    return this.shares[handle % this.shares.length]!
  }

  /** The host on that side if the address is its own: what is behind a router is not the router's doing. */
  private owner(row: number, side: number, key: AddressKey): number {
    const handle = this.table.words[row * ROW_WORDS + LO_HOST + side]!
    return handle >= 0 && this.hosts.owns(this.hosts.all[handle]!, key) ? handle : -1
  }

  private addressKey(row: number, side: number): AddressKey {
    if (this.table.ipVersion(row) !== 6) return this.table.words[row * ROW_WORDS + side]! >>> 0
    const length = this.table.address(row, side, scratch)
    return this.addresses.key(scratch, 0, length)
  }

  /** Index into SCOPES. */
  private scope(row: number, side: number, key: AddressKey): number {
    const range = this.addresses.range(key)
    if (range === 'multicast') return MULTICAST
    const w = this.table.words
    const o = row * ROW_WORDS
    const host = w[o + LO_HOST + side]!
    if (host < 0 && w[o + FLAGS]! & TO_GROUP) return MULTICAST
    if (range === 'private') return LOCAL
    return host >= 0 && this.hosts.owns(this.hosts.all[host]!, key) ? LOCAL : INTERNET
  }

  /** A flow's counters, to who keeps the books of its ends. */
  private fold(row: number, final: boolean): void {
    if (final) this.dissector.finish(row)
    const w = this.table.words
    const o = row * ROW_WORDS
    // who never sent a packet opened nothing: answers to questions that others asked in its name (reflection)
    if (this.table.isUnasked(row)) this.table.setInitiator(row, 1 - this.table.initiator(row))
    const lo = this.addressKey(row, 0)
    const hi = this.addressKey(row, 1)
    for (let side = 0; side < 2; side++) {
      const handle = w[o + LO_HOST + side]!
      if (handle < 0) continue
      const host = this.hosts.all[handle]!
      if (!this.hosts.owns(host, side === 0 ? lo : hi)) continue
      // what a thing says to itself is counted once, as its client's doing
      if (handle === w[o + LO_HOST + 1 - side] && side !== this.table.initiator(row)) continue
      this.foldSide(row, side, host, side === 0 ? hi : lo, final)
    }
    this.table.clear(row)
  }

  private foldSide(row: number, side: number, host: Host, peer: AddressKey, final: boolean): void {
    const t = this.table
    const o = row * ROW_WORDS
    const flags = t.words[o + FLAGS]!
    const other = 1 - side
    const sent = t.words[o + LO_PACKETS + side]!
    const got = t.words[o + LO_PACKETS + other]!
    const first = t.first(row)
    const last = t.last(row)
    if (sent > 0) {
      host.sent += sent
      if (first < host.first) host.first = first
      if (last > host.last) host.last = last
    }
    const bytesOut = t.bytes(row, side)
    const bytesIn = t.bytes(row, other)
    host.packets += sent + got
    host.bytesOut += bytesOut
    host.bytesIn += bytesIn

    const transport = transportOf(t, row)
    const initiator = t.initiator(row)
    const out = this.outlets[this.share(host.handle)]!
    const at = out.room(event.FOLD_WORDS)
    const w = out.words
    const half = at >> 1
    w[at + event.SIZE] = event.FOLD_WORDS
    w[at + event.KIND] = event.FOLD
    w[at + event.CAPTURE] = this.capture
    w[at + event.ROW] = row
    w[at + event.FLOW] = t.words[o + FLOW]!
    w[at + event.HOST] = host.handle
    w[at + event.FOLD_FRAME] = t.words[o + PAYLOAD_FRAME]! || t.words[o + FIRST_FRAME]!
    w[at + event.FOLD_ANSWER] = t.words[o + ANSWER_FRAME]! || t.words[o + FIRST_FRAME]!
    w[at + event.PACKETS_OUT] = sent
    w[at + event.PACKETS_IN] = got
    out.floats[half + event.BYTES_OUT] = bytesOut
    out.floats[half + event.BYTES_IN] = bytesIn
    out.floats[half + event.FIRST] = first
    out.floats[half + event.LAST] = last
    w[at + event.HOUR] = t.hourOf(row)
    w[at + event.FOLD_META] =
      (t.ipVersion(row) === 6 ? event.IPV6 : 0) |
      (initiator === side ? 0 : event.BY_PEER) |
      (answered(flags, transport, initiator) ? event.ANSWERED : 0) |
      (final ? event.FINAL : 0) |
      (transport << event.TRANSPORT_SHIFT) |
      (this.scope(row, other, peer) << event.PEER_SCOPE_SHIFT)
    w[at + event.PORT] = transport <= TRANSPORT_UDP ? t.port(row, 1 - initiator) : 0
    w[at + event.PROTOCOL] = (flags >>> PROTOCOL_SHIFT) & 0xff
    t.address(row, other, out.bytes, (at + event.PEER_IP) * 4)
    out.done(event.FOLD_WORDS)
  }
}

const NOBODY = -2

/** Did the side that was called answer (TCP: accept)? */
function answered(flags: number, transport: number, initiator: number): boolean {
  const shift = initiator === 0 ? HI_SHIFT : 0
  const said = (flags >>> shift) & 0xf
  if (transport !== TRANSPORT_TCP) return (said & SENT) !== 0
  return (said & SENT) !== 0 && ((flags & ACCEPTED) !== 0 || (said & SENT_RST) === 0)
}

function even(words: number): number {
  return (words + 1) & ~1
}

/** Short copies are cheaper by hand than through subarray(). */
function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): void {
  if (end - start <= 96) for (let i = start; i < end; i++) to[at++] = from[i]!
  else to.set(from.subarray(start, end), at)
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

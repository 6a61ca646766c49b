import { Addresses, type AddressKey } from '../device/addresses.ts'
import { LOOKED_AT } from '../device/first-packets.ts'
import { type Host, Hosts, MAX_HOSTS } from '../device/hosts.ts'
import { readArp } from '../decode/arp.ts'
import { decodeInner } from '../decode/decode.ts'
import { ETHERTYPE_ARP, FRAME_WITHIN } from '../decode/ether-types.ts'
import { NEIGHBOUR_ADVERTISEMENT, readNeighbour, readRouterAdvertisement } from '../decode/icmpv6.ts'
import { ANOMALIES, FRAGMENT_NONE, type Packet, PROTO_ICMPV6, PROTO_UDP } from '../decode/packet.ts'
import type { Datagram } from '../decode/stream.ts'
import { type Decoders, Dissector, UNRECOGNISED } from '../flow/dissector.ts'
import { FLAGS, FlowTable, LO_HOST, ROW_WORDS, TO_GROUP, WITHIN } from '../flow/table.ts'
import { addAnomaly, type Anomalies } from './anomalies.ts'
import type { Outlets } from './events.ts'
import type { FrameRef } from './evidence.ts'
import { BOTH, interestIn } from './interest.ts'
import { ANYBODY, type Learner, learners, NOBODY, type NetworkFacts } from './network.ts'
import type { MakeSensor } from './sensor.ts'
import { Teller } from './teller.ts'
import { Watch } from './watch.ts'

const MAX_ASKED = 4096
const MAX_LEARNT = 64
/** An ARP packet for IPv4 over Ethernet (RFC 826). */
const ARP_BYTES = 28
/** Tunnels within each other that are looked into: honest ones are one or two. */
const MAX_DEPTH = 4

export interface CollectorOptions {
  /** Flows held at once, a power of two. */
  flowCapacity?: number
  /** Pass on everything that is recognised, also what no host here has part in. */
  every?: boolean
  /** What looks at packets and flows for misuse, where they pass. */
  sensors?: readonly MakeSensor[]
  /** Somebody looks at bytes: pass on also what no decoder recognises, and to both ends. */
  inspected?: boolean
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
  readonly anomalies: Anomalies = new Map()
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
  private readonly teller: Teller
  private readonly watch: Watch
  private readonly inspected: boolean
  /** Packets of each host that were looked at for how it behaves. */
  private readonly looked = new Uint8Array(MAX_HOSTS)
  /** Of the packet taken last. */
  private row = 0
  /** Of a tunnel that carries bare IP: the hosts at its ends (-1 for none). */
  private tunnelFrom = -1
  private tunnelTo = -1
  /** Time of the message that tells of the network. */
  private time = 0
  private readonly facts: NetworkFacts = {
    router: (ip) => this.learnText(this.hosts.routers, ip),
    resolver: (ip) => this.learnText(this.hosts.resolvers, ip),
    lease: (mac, ip, frame) => {
      const key = this.addresses.parse(ip)
      const handle = this.hosts.find(mac)
      if (key !== undefined && handle >= 0)
        this.hosts.claim(this.hosts.all[handle]!, key, this.time, { capture: this.teller.capture, frame })
    },
  }

  /** @param macs of the hosts, by handle (device/hosts.ts): written here, read by whoever takes the events */
  constructor(decoders: Decoders, outlets: Outlets, macs: Float64Array, options: CollectorOptions = {}) {
    this.decoders = decoders
    this.inspected = options.inspected ?? false
    this.interests = decoders.datagram.map((d) => (this.inspected ? () => BOTH : interestIn(d.protocol)))
    this.learners = decoders.datagram.map((d) => learners[d.protocol])
    this.hosts = new Hosts(this.addresses, macs)
    this.table = new FlowTable((row, final) => this.fold(row, final), options.flowCapacity)
    this.teller = new Teller(this.table, this.hosts, this.addresses, outlets, options.every ?? false)
    this.watch = new Watch(this, (handle, key, told) => this.teller.sign(handle, key, told), options.sensors ?? [])
    this.dissector = new Dissector(
      this.table,
      decoders,
      {
        conversation: (row, stream, decoder) => this.teller.conversation(row, stream, decoder),
        datagram: (row, datagram, decoder) => this.datagram(row, datagram, decoder),
        contradiction: (frame) => this.anomaly('tcp-overlap', this.teller.capture, frame),
      },
      this.inspected,
    )
  }

  /** Take one decoded packet. */
  packet(p: Packet): void {
    this.packets++
    this.bytes += p.end - p.start
    this.teller.capture = p.capture
    this.take(p)
    if (p.tunnel !== 0) this.tunnelled(p)
  }

  private take(p: Packet): void {
    if (p.anomaly !== 0) this.anomaly(ANOMALIES[p.anomaly]!, p.capture, p.frame)
    if (p.fragment !== FRAGMENT_NONE) this.fragments++
    if (p.srcIp >= 0) {
      const row = this.table.touch(p)
      this.row = row
      if (this.table.created) this.begin(p, row)
      else if (this.table.answers) this.answer(p, row)
      this.manner(p, row)
      this.dissector.packet(p, row)
      this.watch.packet(p, row)
      if (p.protocol === PROTO_ICMPV6) this.neighbourDiscovery(p)
    } else if (p.etherType === ETHERTYPE_ARP) this.arp(p)
  }

  /** The capture has ended: every flow is decoded and counted. */
  endCapture(): void {
    this.table.flush()
  }

  /** All captures have ended: say what found no room, and keep only what reports are made of. */
  report(): void {
    this.watch.report()
    this.table.release()
    this.dissector.release()
    if (this.hosts.overflowed > 0) this.anomaly('hosts-bounded', 0, 0, this.hosts.overflowed)
    if (this.watch.dropped > 0) this.anomaly('signs-bounded', 0, 0, this.watch.dropped)
    if (this.addresses.overflowed > 0) this.anomaly('addresses-bounded', 0, 0, this.addresses.overflowed)
  }

  anomaly(kind: string, capture: number, frame: number, count = 1): void {
    addAnomaly(this.anomalies, kind, { capture, frame }, count)
  }

  /** Hosts of which sensors told something. */
  get signed(): ReadonlyMap<number, unknown> {
    return this.watch.told
  }

  /** How its sender behaves, as long as that is news. */
  private manner(p: Packet, row: number): void {
    const { side } = this.table
    const handle = this.table.words[row * ROW_WORDS + LO_HOST + side]!
    if (handle < 0 || this.looked[handle] === LOOKED_AT) return
    this.looked[handle]!++
    this.hosts.all[handle]!.firstPackets.take(p, this.table.initiator(row) === side)
  }

  /**
   * What a tunnel carries is taken like any other packet; its evidence is the frame that carried it. Whose it is hangs on the tunnel: a
   * frame within (a mirror port's, an overlay network's) has hardware addresses of its own. A bare IP packet is the doing of who put it
   * in the tunnel, or meant for who takes it out: of the tunnel's ends, as far as they are devices here.
   */
  private tunnelled(p: Packet): void {
    let here = true
    for (let depth = 0; p.tunnel !== 0 && depth < MAX_DEPTH; depth++) {
      here &&= this.staysHere(p)
      if (p.innerType !== FRAME_WITHIN) this.enterTunnel(p)
      else if (here) this.table.within = false
      else break
      decodeInner(p)
      this.take(p)
    }
    this.table.within = false
  }

  /** Between here and the Internet, frames within would be a stranger's tales of hardware that nobody here has. */
  private staysHere(p: Packet): boolean {
    const src = this.addresses.range(this.addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4))
    const dst = this.addresses.range(this.addresses.key(p.buf, p.dstIp, p.ipVersion === 6 ? 16 : 4))
    return (src === 'internet') === (dst === 'internet')
  }

  private enterTunnel(p: Packet): void {
    const length = p.ipVersion === 6 ? 16 : 4
    const w = this.table.words
    const o = this.row * ROW_WORDS + LO_HOST
    const side = this.table.side
    this.tunnelFrom = this.owner(w[o + side]!, p, p.srcIp, length)
    this.tunnelTo = this.owner(w[o + 1 - side]!, p, p.dstIp, length)
    this.table.within = true
  }

  /** The host if it is the end itself, and not only on the way to it. */
  private owner(handle: number, p: Packet, ip: number, length: number): number {
    return handle >= 0 && this.hosts.owns(this.hosts.all[handle]!, this.addresses.key(p.buf, ip, length)) ? handle : -1
  }

  /** First packet of a flow: who is at its ends. */
  private begin(p: Packet, row: number): void {
    if (this.table.within) {
      this.beginWithin(p, row)
      return
    }
    const length = p.ipVersion === 6 ? 16 : 4
    const src = this.addresses.key(p.buf, p.srcIp, length)
    const dst = this.addresses.key(p.buf, p.dstIp, length)
    this.ends(p, row, src, dst)
    if (!this.watch.idle) this.watch.begin(p, row, src, dst)
  }

  private ends(p: Packet, row: number, src: AddressKey, dst: AddressKey): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    const side = this.table.side
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
    if (from >= 0) this.hosts.sentFrom(this.hosts.all[from]!, src, p)
    if (to < 0) return
    this.hosts.sentTo(this.hosts.all[to]!, dst)
    if (from >= 0 && from !== to) this.hosts.called(this.hosts.all[from]!, src, dst)
  }

  /**
   * The same in a tunnel that carries bare IP: nobody's hardware address is seen, and nothing said there is about this network. Only what
   * was not forwarded is the tunnel's end's own doing, and only what it used so is its address.
   */
  private beginWithin(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    const side = this.table.side
    const length = p.ipVersion === 6 ? 16 : 4
    const to = this.tunnelTo
    w[o + LO_HOST + side] = this.senderWithin(p)
    const dst = this.addresses.key(p.buf, p.dstIp, length)
    if (to >= 0 && this.hosts.all[to]!.held.has(dst)) w[o + LO_HOST + 1 - side] = to
    w[o + FLAGS]! |= WITHIN
    if (!this.watch.idle) this.watch.begin(p, row, this.addresses.key(p.buf, p.srcIp, length), dst)
  }

  private senderWithin(p: Packet): number {
    const from = this.tunnelFrom
    if (from < 0) return -1
    return this.hosts.usedWithin(this.hosts.all[from]!, this.addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4), p)
      ? from
      : -1
  }

  /** First packet of a flow's other side: who only ever answers is known by it. */
  private answer(p: Packet, row: number): void {
    const word = row * ROW_WORDS + LO_HOST + this.table.side
    if (this.table.within) {
      this.table.words[word] = this.senderWithin(p)
      return
    }
    const src = this.addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4)
    const from = p.srcMac >= 0 ? this.hosts.withMac(p.buf, p.srcMac) : this.hosts.withIp(src, at(p))
    if (from >= 0) {
      const known = this.table.words[word]!
      // Linux's "cooked" links tell the sender's hardware address only: it is better than the address alone
      if (known < 0 || this.hosts.all[known]!.mac === undefined) this.table.words[word] = from
      this.hosts.sentFrom(this.hosts.all[from]!, src, p)
    }
    if (!this.watch.idle) this.watch.answer(p, row, src)
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
    this.watch.arp(p, arp, handle)
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

  /** A datagram goes to who keeps the books of its ends; what the network says in it of itself is learnt here. */
  private datagram(row: number, d: Datagram, decoder: number): void {
    if (decoder === UNRECOGNISED) {
      this.teller.datagram(row, d, decoder, BOTH, NOBODY)
      return
    }
    const within = (this.table.words[row * ROW_WORDS + FLAGS]! & WITHIN) !== 0
    const learner = within ? undefined : this.learners[decoder]
    this.teller.datagram(row, d, decoder, this.interests[decoder]!(d), learner === undefined ? NOBODY : this.about(learner, d))
    if (learner?.tells(d) !== true) return
    this.time = this.table.last(row)
    this.decoders.datagram[decoder]!.decode({ ...d, memory: {} }, (message) => learner.learn(message as never, this.facts))
  }

  /** Handle of the host that the datagram is about; ANYBODY or NOBODY. */
  private about(learner: Learner, d: Datagram): number {
    const mac = learner.about(d)
    if (mac === ANYBODY) return ANYBODY
    const handle = this.hosts.handleOf(d.bytes, mac)
    return handle < 0 ? NOBODY : handle
  }

  private fold(row: number, final: boolean): void {
    if (final) {
      this.dissector.finish(row)
      this.watch.end(row)
    }
    // who never sent a packet opened nothing: answers to questions that others asked in its name (reflection)
    if (this.table.isUnasked(row)) this.table.setInitiator(row, 1 - this.table.initiator(row))
    this.teller.fold(row, final)
    this.table.clear(row)
  }
}

function at(p: Packet): FrameRef {
  return { capture: p.capture, frame: p.frame }
}

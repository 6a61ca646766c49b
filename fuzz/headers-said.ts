import { FirstPackets, traitsOf } from '../src/device/first-packets.ts'
import { ipv4Text, ipv6Text, macText } from '../src/decode/address.ts'
import { readArp } from '../src/decode/arp.ts'
import { decodeInner, decodePacket } from '../src/decode/decode.ts'
import { readNeighbour, readRouterAdvertisement } from '../src/decode/icmpv6.ts'
import {
  ANOMALIES,
  FRAGMENT_LATER,
  FRAGMENT_NONE,
  Packet,
  PROTO_ICMP,
  PROTO_ICMPV6,
  PROTO_TCP,
  PROTO_UDP,
  TCP_RST,
  TCP_SYN,
} from '../src/decode/packet.ts'
import { TUNNELS } from '../src/decode/tunnel.ts'
import type { Wrapped } from './wrapped.ts'

/** A frame, and how long it was before the capture cut it. */
export interface Probe extends Wrapped {
  readonly wireLength: number
}

/** What is compared, by tshark's names. */
export const FIELDS = [
  'eth.src',
  'eth.dst',
  'wlan.sa',
  'wlan.da',
  'sll.src.eth',
  'vlan.id',
  'ieee8021ad.id',
  'ieee8021ad.svid',
  'ip.src',
  'ip.dst',
  'ip.ttl',
  'ip.proto',
  'ip.frag_offset',
  'ip.flags.mf',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.hw_mac',
  'arp.dst.proto_ipv4',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.flags',
  'tcp.len',
  'tcp.payload',
  'tcp.option_kind',
  'tcp.options.mss_val',
  'tcp.options.wscale.shift',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'udp.payload',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
  'icmpv6.nd.ra.cur_hop_limit',
  'icmpv6.nd.ra.router_lifetime',
  'icmpv6.nd.ns.target_address',
  'icmpv6.nd.na.target_address',
  'icmpv6.opt.linkaddr',
  'icmpv6.opt.prefix',
  'icmpv6.opt.prefix.length',
  'icmpv6.opt.rdnss',
  'icmpv6.opt.mtu',
] as const
export type Field = (typeof FIELDS)[number]

/** What our decoders say of a frame, the outermost packet first. */
export interface Said {
  readonly fields: Partial<Record<Field, string[]>>
  readonly anomalies: string[]
  /** Names of the tunnels that were looked into. */
  readonly tunnels: string[]
  /** One of the packets is a first or a later fragment. */
  fragment: boolean
  /** One of the packets has options of IPv4. */
  options: boolean
}

export function says(probe: Probe): Said {
  const said: Said = { fields: {}, anomalies: [], tunnels: [], fragment: false, options: false }
  const p = new Packet()
  // amid other bytes, which are nobody's
  p.buf = new Uint8Array(probe.bytes.length + 64).fill(0x45)
  p.buf.set(probe.bytes, 31)
  p.start = 31
  p.end = 31 + probe.bytes.length
  p.wireLength = probe.wireLength
  p.linkType = probe.linkType
  p.frame = 1
  decodePacket(p)
  for (let depth = 0; ; depth++) {
    said.anomalies.push(ANOMALIES[p.anomaly]!)
    said.fragment ||= p.fragment !== FRAGMENT_NONE
    packet(said, p, depth)
    if (p.tunnel === 0 || depth === 8) return said
    said.tunnels.push(TUNNELS[p.tunnel]!)
    decodeInner(p)
  }
}

function packet(said: Said, p: Packet, depth: number): void {
  const say = (field: Field, value: string | number) => (said.fields[field] ??= []).push(String(value))
  const b = p.buf
  const [sender, receiver] = depth > 0 || p.linkType === 1 ? ETHERNET : (ADDRESSES[p.linkType] ?? ETHERNET)
  if (p.srcMac >= 0) say(sender, macText(b, p.srcMac))
  if (p.dstMac >= 0) say(receiver, macText(b, p.dstMac))
  if (p.vlan >= 0) say('vlan.id', p.vlan)
  if (p.ipVersion === 4) {
    say('ip.src', ipv4Text(b, p.srcIp))
    say('ip.dst', ipv4Text(b, p.dstIp))
    say('ip.ttl', p.hopLimit)
    said.options ||= (b[p.network]! & 15) > 5
    if (p.fragment === FRAGMENT_LATER || b[p.network + 9] !== AUTHENTICATION) say('ip.proto', p.protocol)
    if (p.transport >= 0 || p.tunnel !== 0) {
      say('ip.frag_offset', 0)
      say('ip.flags.mf', p.fragment === FRAGMENT_NONE ? 0 : 1)
    }
  } else if (p.ipVersion === 6) {
    say('ipv6.src', ipv6Text(b, p.srcIp))
    say('ipv6.dst', ipv6Text(b, p.dstIp))
    say('ipv6.hlim', p.hopLimit)
  }
  arp(say, p)
  if (p.transport < 0) return
  const sound = said.anomalies.every((name) => name === 'none')
  const payload = Buffer.from(b.subarray(p.payload, p.payloadEnd)).toString('hex')
  if (p.protocol === PROTO_TCP) {
    tcp(say, p)
    if (sound) say('tcp.len', p.payloadWire)
    // a reset's is about it, and no payload to tshark either
    if (payload !== '' && !(p.tcpFlags & TCP_RST)) say('tcp.payload', payload)
  } else if (p.protocol === PROTO_UDP) {
    say('udp.srcport', p.srcPort)
    say('udp.dstport', p.dstPort)
    if (sound) say('udp.length', p.payloadWire + 8)
    if (payload !== '') say('udp.payload', payload)
  } else if (p.protocol === PROTO_ICMP) {
    say('icmp.type', p.srcPort)
    say('icmp.code', p.dstPort)
  } else if (p.protocol === PROTO_ICMPV6) {
    say('icmpv6.type', p.srcPort)
    say('icmpv6.code', p.dstPort)
    discovery(say, p)
  }
}

type Say = (field: Field, value: string | number) => void

const AUTHENTICATION = 51
const ETHERNET = ['eth.src', 'eth.dst'] as const
/** By link type: fields of the sender's and the receiver's hardware address. */
const ADDRESSES: Readonly<Record<number, readonly [Field, Field]>> = {
  105: ['wlan.sa', 'wlan.da'],
  127: ['wlan.sa', 'wlan.da'],
  113: ['sll.src.eth', 'wlan.da'],
  276: ['sll.src.eth', 'wlan.da'],
}

function arp(say: Say, p: Packet): void {
  const said = readArp(p)
  if (said === undefined) return
  say('arp.opcode', said.operation)
  say('arp.src.hw_mac', macText(p.buf, said.senderMac))
  say('arp.src.proto_ipv4', ipv4Text(p.buf, said.senderIp))
  say('arp.dst.hw_mac', macText(p.buf, said.targetMac))
  say('arp.dst.proto_ipv4', ipv4Text(p.buf, said.targetIp))
}

function tcp(say: Say, p: Packet): void {
  say('tcp.srcport', p.srcPort)
  say('tcp.dstport', p.dstPort)
  say('tcp.seq_raw', p.tcpSeq)
  say('tcp.ack_raw', p.tcpAck)
  say('tcp.flags', p.tcpFlags)
  if (!(p.tcpFlags & TCP_SYN) || p.anomaly !== 0) return
  const first = new FirstPackets()
  first.take(p, true)
  const [, size, scale, options] = / segment (\d+) scale (\d+) options (.*)$/.exec(traitsOf(first.manner())[0]!.trait)!
  for (const [letter] of options!.matchAll(/[A-Z]|\?\d+/g)) {
    const kind = letter.startsWith('?') ? letter.slice(1) : KINDS[letter]!
    say('tcp.option_kind', kind)
  }
  if (Number(size) > 0) say('tcp.options.mss_val', size!)
  if (Number(scale) > 0) say('tcp.options.wscale.shift', scale!)
}

const KINDS: Readonly<Record<string, string>> = { E: '0', N: '1', M: '2', W: '3', S: '4', K: '5', T: '8', F: '34' }

function discovery(say: Say, p: Packet): void {
  const b = p.buf
  const router = readRouterAdvertisement(p)
  if (router !== undefined) {
    say('icmpv6.nd.ra.cur_hop_limit', router.hopLimit)
    say('icmpv6.nd.ra.router_lifetime', router.lifetime)
    if (router.linkAddress >= 0) say('icmpv6.opt.linkaddr', macText(b, router.linkAddress))
    if (router.mtu !== undefined) say('icmpv6.opt.mtu', router.mtu)
    for (const prefix of router.prefixes) {
      say('icmpv6.opt.prefix', ipv6Text(b, prefix.offset))
      say('icmpv6.opt.prefix.length', prefix.length)
    }
    for (const { addresses } of router.resolvers) for (const o of addresses) say('icmpv6.opt.rdnss', ipv6Text(b, o))
  }
  const neighbour = readNeighbour(p)
  if (neighbour === undefined) return
  say(p.srcPort === 135 ? 'icmpv6.nd.ns.target_address' : 'icmpv6.nd.na.target_address', ipv6Text(b, neighbour.target))
  if (neighbour.linkAddress >= 0) say('icmpv6.opt.linkaddr', macText(b, neighbour.linkAddress))
}

import { ICMP_TRUNCATED, ICMPV6_OPTION, TCP_DATA_OFFSET, TCP_TRUNCATED, UDP_LENGTH, UDP_TRUNCATED } from './anomaly.ts'
import { FRAGMENT_NONE, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP, type Packet } from './packet.ts'
import { FIRST_TUNNEL_PORT, LAST_TUNNEL_PORT, tunnelOfPort, tunnelOfProtocol } from './tunnel.ts'

/**
 * The header at `o` by p.protocol. Captured bytes of the IP packet end at `end` (link padding is outside); by its own header the
 * IP packet ends at `wireEnd`, beyond `end` where the capture cut it.
 */
export function decodeTransport(p: Packet, o: number, end: number, wireEnd: number): void {
  const protocol = p.protocol
  if (protocol === PROTO_TCP) tcp(p, o, end, wireEnd)
  else if (protocol === PROTO_UDP) udp(p, o, end, wireEnd)
  else if (protocol === PROTO_ICMP || protocol === PROTO_ICMPV6) icmp(p, o, end, wireEnd)
  else tunnelOfProtocol(p, o, end)
}

/** RFC 9293, section 3.1. */
function tcp(p: Packet, o: number, end: number, wireEnd: number): void {
  if (end - o < 20) {
    p.anomaly = TCP_TRUNCATED
    return
  }
  const b = p.buf
  p.transport = o
  p.srcPort = (b[o]! << 8) | b[o + 1]!
  p.dstPort = (b[o + 2]! << 8) | b[o + 3]!
  p.tcpSeq = ((b[o + 4]! << 24) | (b[o + 5]! << 16) | (b[o + 6]! << 8) | b[o + 7]!) >>> 0
  p.tcpAck = ((b[o + 8]! << 24) | (b[o + 9]! << 16) | (b[o + 10]! << 8) | b[o + 11]!) >>> 0
  p.tcpFlags = b[o + 13]!
  const data = o + ((b[o + 12]! >> 4) << 2)
  if (data < o + 20 || data > wireEnd) {
    p.anomaly = TCP_DATA_OFFSET
    p.payload = p.payloadEnd = end
    return
  }
  p.payload = data < end ? data : end
  p.payloadEnd = end
  p.payloadWire = wireEnd - data
}

/** RFC 768. */
function udp(p: Packet, o: number, end: number, wireEnd: number): void {
  if (end - o < 8) {
    p.anomaly = UDP_TRUNCATED
    return
  }
  const b = p.buf
  p.transport = o
  p.srcPort = (b[o]! << 8) | b[o + 1]!
  p.dstPort = (b[o + 2]! << 8) | b[o + 3]!
  p.payload = o + 8
  const length = (b[o + 4]! << 8) | b[o + 5]!
  if (length === 0 && p.ipVersion === 6) {
    // a jumbogram (RFC 2675, section 4); over IPv4 eight is the least, and nobody takes it
    p.payloadEnd = end
    p.payloadWire = wireEnd - o - 8
    return
  }
  if (length < 8) {
    p.anomaly = UDP_LENGTH
    p.payloadEnd = p.payload
    return
  }
  // a first fragment carries the whole datagram's length: the rest is in later fragments
  if (o + length > wireEnd && p.fragment === FRAGMENT_NONE) {
    p.anomaly = UDP_LENGTH
    p.payloadWire = wireEnd - o - 8
  } else {
    p.payloadWire = length - 8
  }
  p.payloadEnd = o + length < end ? o + length : end
  if (p.dstPort >= FIRST_TUNNEL_PORT && p.dstPort <= LAST_TUNNEL_PORT) tunnelOfPort(p)
}

/** RFC 792 and RFC 4443: type and code stand where other protocols have ports. Every message in use has eight bytes of header. */
function icmp(p: Packet, o: number, end: number, wireEnd: number): void {
  if (end - o < 8) {
    p.anomaly = ICMP_TRUNCATED
    return
  }
  p.transport = o
  p.srcPort = p.buf[o]!
  p.dstPort = p.buf[o + 1]!
  p.payload = o + 8
  p.payloadEnd = end
  p.payloadWire = wireEnd - o - 8
  if (p.protocol === PROTO_ICMPV6 && p.anomaly === 0 && end === wireEnd) checkOptions(p, o, end)
}

/** Of the messages of neighbour discovery (RFC 4861, section 4), from router solicitation (133) on: where their options begin. */
const OPTIONS_AT = [8, 16, 24, 24, 40]

/** An option without length, or one that leads past the message, makes it one to be discarded (RFC 4861, section 4.6). */
function checkOptions(p: Packet, o: number, end: number): void {
  const first = OPTIONS_AT[p.srcPort - 133]
  if (first === undefined || p.fragment !== FRAGMENT_NONE) return
  if (o + first > end) p.anomaly = ICMP_TRUNCATED
  for (let at = o + first; at < end;) {
    const length = at + 1 < end ? p.buf[at + 1]! * 8 : 0
    if (length === 0 || at + length > end) {
      p.anomaly = ICMPV6_OPTION
      return
    }
    at += length
  }
}

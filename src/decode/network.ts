import {
  ARP_MALFORMED,
  IP_VERSION,
  IPV4_HEADER_LENGTH,
  IPV4_TOTAL_LENGTH,
  IPV4_TRUNCATED,
  IPV6_EXTENSION_CHAIN,
  IPV6_TRUNCATED,
} from './anomaly.ts'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-types.ts'
import { FRAGMENT_FIRST, FRAGMENT_LATER, type Packet } from './packet.ts'
import { decodeTransport } from './transport.ts'

const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const AUTHENTICATION = 51
const NO_NEXT_HEADER = 59
const DESTINATION = 60
/** RFC 8504, section 5.3: a limit on the extension chain is wise; no honest packet comes near. */
const MAX_EXTENSIONS = 16

/** What `etherType` says stands at `o`; the link's payload ends at `end` (captured). */
export function decodeNetwork(p: Packet, etherType: number, o: number, end: number): void {
  p.etherType = etherType
  p.network = o
  if (etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6) decodeIp(p, o, end)
  else if (etherType === ETHERTYPE_ARP) arp(p, o, end)
}

/**
 * The version is the first nibble's; links that carry both are told apart by it alone. IPv6 under the name of IPv4 comes from links that
 * have no other; nobody reads IPv4 under the name of IPv6.
 */
function decodeIp(p: Packet, o: number, end: number): void {
  if (o >= end) {
    p.anomaly = p.etherType === ETHERTYPE_IPV6 ? IPV6_TRUNCATED : IPV4_TRUNCATED
    return
  }
  const version = p.buf[o]! >> 4
  if (version === 4 && p.etherType !== ETHERTYPE_IPV6) ipv4(p, o, end)
  else if (version === 6) ipv6(p, o, end)
  else p.anomaly = IP_VERSION
}

/** Where the link's payload ended on the wire: beyond `end` only where the capture cut it, not where the link's own length ends it. */
function wireEndOf(p: Packet, end: number): number {
  const cut = p.wireLength - (p.end - p.start)
  return end === p.end && cut > 0 ? end + cut : end
}

/** RFC 791, section 3.1. */
function ipv4(p: Packet, o: number, end: number): void {
  if (end - o < 20) {
    p.anomaly = IPV4_TRUNCATED
    return
  }
  const b = p.buf
  p.ipVersion = 4
  p.hopLimit = b[o + 8]!
  p.protocol = b[o + 9]!
  p.srcIp = o + 12
  p.dstIp = o + 16
  const header = (b[o]! & 15) << 2
  if (header < 20) {
    p.anomaly = IPV4_HEADER_LENGTH
    return
  }
  const linkEnd = wireEndOf(p, end)
  const total = (b[o + 2]! << 8) | b[o + 3]!
  let wireEnd = o + total
  if (total === 0) {
    // captured before the network card cut it into segments: the length does not fit the field
    wireEnd = linkEnd
  } else if (total < header) {
    p.anomaly = IPV4_TOTAL_LENGTH
    return
  } else if (wireEnd > linkEnd) {
    // claims more than was on the wire
    p.anomaly = IPV4_TOTAL_LENGTH
    wireEnd = linkEnd
  }
  const ipEnd = wireEnd < end ? wireEnd : end
  if (o + header > ipEnd) {
    p.anomaly = IPV4_HEADER_LENGTH
    return
  }
  const fragment = ((b[o + 6]! << 8) | b[o + 7]!) & 0x3fff
  if ((fragment & 0x1fff) !== 0) {
    p.fragment = FRAGMENT_LATER
    return
  }
  if (fragment !== 0) p.fragment = FRAGMENT_FIRST
  let next = o + header
  if (p.protocol === AUTHENTICATION) {
    if (ipEnd - next < 12) return
    p.protocol = b[next]!
    next += (b[next + 1]! + 2) << 2
    if (next > ipEnd) return
  }
  decodeTransport(p, next, ipEnd, wireEnd)
}

/** RFC 8200, section 3. */
function ipv6(p: Packet, o: number, end: number): void {
  if (end - o < 40) {
    p.anomaly = IPV6_TRUNCATED
    return
  }
  const b = p.buf
  p.ipVersion = 6
  p.hopLimit = b[o + 7]!
  p.srcIp = o + 8
  p.dstIp = o + 24
  const linkEnd = wireEndOf(p, end)
  const length = (b[o + 4]! << 8) | b[o + 5]!
  let wireEnd = o + 40 + length
  if (length === 0) {
    // a jumbogram (RFC 2675), or segments that the network card had yet to cut
    wireEnd = linkEnd
  } else if (wireEnd > linkEnd) {
    p.anomaly = IPV6_TRUNCATED
    wireEnd = linkEnd
  }
  const ipEnd = wireEnd < end ? wireEnd : end
  const next = b[o + 6]!
  if (isExtension(next)) extensions(p, next, o + 40, ipEnd, wireEnd)
  else {
    p.protocol = next
    if (next !== NO_NEXT_HEADER) decodeTransport(p, o + 40, ipEnd, wireEnd)
  }
}

function isExtension(next: number): boolean {
  return next === HOP_BY_HOP || next === ROUTING || next === FRAGMENT || next === AUTHENTICATION || next === DESTINATION
}

/** RFC 8200, section 4: walks the chain to the upper-layer header. */
function extensions(p: Packet, first: number, start: number, end: number, wireEnd: number): void {
  const b = p.buf
  let next = first
  let o = start
  for (let i = 0; isExtension(next); i++) {
    if (i === MAX_EXTENSIONS || end - o < 8) {
      p.anomaly = IPV6_EXTENSION_CHAIN
      return
    }
    let length = (b[o + 1]! + 1) << 3
    if (next === FRAGMENT) {
      length = 8
      const field = (b[o + 2]! << 8) | b[o + 3]!
      if ((field & 0xfff8) !== 0) {
        p.fragment = FRAGMENT_LATER
        p.protocol = b[o]!
        return
      }
      // an atomic fragment (RFC 6946) has neither offset nor more to come: it is whole
      if ((field & 1) !== 0) p.fragment = FRAGMENT_FIRST
    } else if (next === AUTHENTICATION) length = (b[o + 1]! + 2) << 2
    next = b[o]!
    o += length
    if (o > end) {
      p.anomaly = IPV6_EXTENSION_CHAIN
      return
    }
  }
  p.protocol = next
  if (next !== NO_NEXT_HEADER) decodeTransport(p, o, end, wireEnd)
}

/** RFC 826: the fixed part, and room for the four addresses whose lengths it states. */
function arp(p: Packet, o: number, end: number): void {
  if (end - o < 8 || end - o < 8 + 2 * (p.buf[o + 4]! + p.buf[o + 5]!)) p.anomaly = ARP_MALFORMED
}

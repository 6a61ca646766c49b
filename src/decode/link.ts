import { LINK_ENCRYPTED, LINK_TRUNCATED, LINK_UNSUPPORTED } from './anomaly.ts'
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_PPPOE_SESSION,
  ETHERTYPE_QINQ,
  ETHERTYPE_QINQ_OLD,
  ETHERTYPE_VLAN,
  FRAME_WITHIN,
  MIN_ETHERTYPE,
  PPP_WITHIN,
} from './ether-types.ts'
import { decodeNetwork } from './network.ts'
import type { Packet } from './packet.ts'

// https://www.tcpdump.org/linktypes.html; 12 and 14 are the raw IP values of some systems' own libraries
const LINKTYPE_NULL = 0
const LINKTYPE_ETHERNET = 1
const LINKTYPE_PPP = 9
const LINKTYPE_PPP_HDLC = 50
const LINKTYPE_PPP_ETHER = 51
const LINKTYPE_RAW = 101
const LINKTYPE_C_HDLC = 104
const LINKTYPE_IEEE802_11 = 105
const LINKTYPE_LOOP = 108
const LINKTYPE_LINUX_SLL = 113
const LINKTYPE_IEEE802_11_RADIOTAP = 127
const LINKTYPE_IPV4 = 228
const LINKTYPE_IPV6 = 229
const LINKTYPE_LINUX_SLL2 = 276

const MAX_VLAN_TAGS = 8

/** Link header, then what it carries. */
export function decodeLink(p: Packet): void {
  if (p.linkType === LINKTYPE_ETHERNET) ethernet(p, p.start, p.end)
  else otherLink(p)
}

/** What a tunnel carries. */
export function decodeWithin(p: Packet, type: number, o: number, end: number): void {
  if (type === FRAME_WITHIN) ethernet(p, o, end)
  else if (type === PPP_WITHIN) ppp(p, o, end)
  else decodeNetwork(p, type, o, end)
}

function otherLink(p: Packet): void {
  const o = p.start
  const end = p.end
  switch (p.linkType) {
    case LINKTYPE_RAW:
    case 12:
    case 14:
      rawIp(p, o, end, 0)
      break
    case LINKTYPE_IPV4:
      rawIp(p, o, end, 4)
      break
    case LINKTYPE_IPV6:
      rawIp(p, o, end, 6)
      break
    case LINKTYPE_LINUX_SLL:
      sll(p, o, end)
      break
    case LINKTYPE_LINUX_SLL2:
      sll2(p, o, end)
      break
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
      loopback(p, o, end)
      break
    case LINKTYPE_IEEE802_11:
      ieee80211(p, o, end, 0)
      break
    case LINKTYPE_IEEE802_11_RADIOTAP:
      radiotap(p, o, end)
      break
    case LINKTYPE_PPP:
    case LINKTYPE_PPP_HDLC:
      ppp(p, o, end)
      break
    case LINKTYPE_PPP_ETHER:
      pppoe(p, o, end)
      break
    case LINKTYPE_C_HDLC:
      if (end - o < 4) p.anomaly = LINK_TRUNCATED
      else decodeNetwork(p, uint16(p.buf, o + 2), o + 4, end)
      break
    default:
      p.anomaly = LINK_UNSUPPORTED
  }
}

function uint16(b: Uint8Array, o: number): number {
  return (b[o]! << 8) | b[o + 1]!
}

/** IEEE 802.3: destination, source, EtherType or length. */
function ethernet(p: Packet, o: number, end: number): void {
  if (end - o < 14) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  p.dstMac = o
  p.srcMac = o + 6
  typed(p, uint16(p.buf, o + 12), o + 14, end)
}

/** Behind an EtherType field: tags, PPPoE, a length with LLC, or a network header at `o`. */
function typed(p: Packet, type: number, o: number, end: number): void {
  if (type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ || type === ETHERTYPE_QINQ_OLD) tagged(p, type, o, end)
  else if (type < MIN_ETHERTYPE) {
    if (type <= 1500) llc(p, o, o + type < end ? o + type : end)
  } else if (type === ETHERTYPE_PPPOE_SESSION) pppoe(p, o, end)
  else decodeNetwork(p, type, o, end)
}

/** IEEE 802.1Q tags, of which the outermost names the network. */
function tagged(p: Packet, first: number, start: number, end: number): void {
  let type = first
  let o = start
  for (let i = 0; type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ || type === ETHERTYPE_QINQ_OLD; i++) {
    if (end - o < 4 || i === MAX_VLAN_TAGS) {
      p.anomaly = LINK_TRUNCATED
      return
    }
    if (i === 0) p.vlan = uint16(p.buf, o) & 0xfff
    type = uint16(p.buf, o + 2)
    o += 4
  }
  typed(p, type, o, end)
}

/** IEEE 802.2. Only SNAP with an encapsulated EtherType (RFC 1042) and the old IP SAP carry what we read; the rest is other protocols. */
function llc(p: Packet, o: number, end: number): void {
  const b = p.buf
  if (end - o < 3) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  if (b[o] === 0xaa && b[o + 1] === 0xaa && b[o + 2] === 3) {
    if (end - o < 8) p.anomaly = LINK_TRUNCATED
    // 00-00-F8 is IEEE 802.1H's bridge tunnel; behind either stands an EtherType, never a length
    else if (b[o + 3] === 0 && b[o + 4] === 0 && (b[o + 5] === 0 || b[o + 5] === 0xf8) && uint16(b, o + 6) >= MIN_ETHERTYPE)
      typed(p, uint16(b, o + 6), o + 8, end)
  } else if (b[o] === 6 && b[o + 1] === 6 && b[o + 2] === 3) decodeNetwork(p, ETHERTYPE_IPV4, o + 3, end)
}

/** No link header: the version nibble tells; `version` is what the link type promises, 0 for either. */
function rawIp(p: Packet, o: number, end: number, version: number): void {
  const seen = version || (o < end ? p.buf[o]! >> 4 : 0)
  if (seen === 4) decodeNetwork(p, ETHERTYPE_IPV4, o, end)
  else if (seen === 6) decodeNetwork(p, ETHERTYPE_IPV6, o, end)
  else p.anomaly = LINK_TRUNCATED
}

const ARPHRD_ETHER = 1
const ARPHRD_IEEE80211_RADIOTAP = 803
const ARPHRD_NETLINK = 824
const SLL_8022 = 4

/** Linux "cooked" capture, version 1: only the sender's address is kept. */
function sll(p: Packet, o: number, end: number): void {
  if (end - o < 16) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  cooked(p, uint16(p.buf, o + 2), uint16(p.buf, o + 4), o + 6, uint16(p.buf, o + 14), o + 16, end)
}

/** Version 2 (LINKTYPE_LINUX_SLL2): protocol first, then the interface. */
function sll2(p: Packet, o: number, end: number): void {
  if (end - o < 20) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  cooked(p, uint16(p.buf, o + 8), p.buf[o + 11]!, o + 12, uint16(p.buf, o), o + 20, end)
}

function cooked(
  p: Packet,
  hardware: number,
  addressLength: number,
  address: number,
  protocol: number,
  o: number,
  end: number,
): void {
  if (hardware === ARPHRD_NETLINK) return
  if (hardware === ARPHRD_IEEE80211_RADIOTAP) {
    radiotap(p, o, end)
    return
  }
  if (addressLength === 6 && hardware === ARPHRD_ETHER) p.srcMac = address
  // below the EtherTypes stand Linux's own numbers, of which only LLC carries anything here
  if (protocol >= MIN_ETHERTYPE) typed(p, protocol, o, end)
  else if (protocol === SLL_8022) llc(p, o, end)
}

/** Address family of the capturing system in its own byte order (NULL) or big-endian (LOOP). */
function loopback(p: Packet, o: number, end: number): void {
  if (end - o < 4) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  const b = p.buf
  const family =
    b[o] === 0 && b[o + 1] === 0 ? uint16(b, o + 2) : b[o + 2] === 0 && b[o + 3] === 0 ? (b[o + 1]! << 8) | b[o]! : -1
  // AF_INET is 2 everywhere; AF_INET6 is 10 (Linux), 23 (Windows), 24 (NetBSD, OpenBSD), 28 (FreeBSD), 30 (macOS)
  if (family === 2) decodeNetwork(p, ETHERTYPE_IPV4, o + 4, end)
  else if (family === 10 || family === 23 || family === 24 || family === 28 || family === 30)
    decodeNetwork(p, ETHERTYPE_IPV6, o + 4, end)
  else if (family >= MIN_ETHERTYPE) typed(p, family, o + 4, end)
}

/** RFC 2516, section 4: version and type, code, session, length; then PPP. */
function pppoe(p: Packet, o: number, end: number): void {
  if (end - o < 6) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  const stop = o + 6 + uint16(p.buf, o + 4)
  if (p.buf[o + 1] === 0) pppProtocol(p, o + 6, stop < end ? stop : end)
}

/** RFC 1662: address and control may be left out. */
function ppp(p: Packet, o: number, end: number): void {
  const framed = end - o >= 2 && p.buf[o] === 0xff && p.buf[o + 1] === 3
  pppProtocol(p, framed ? o + 2 : o, end)
}

/** RFC 1661, section 2: two bytes, or one where compressed (odd). */
function pppProtocol(p: Packet, o: number, end: number): void {
  if (end - o < 2) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  const short = (p.buf[o]! & 1) === 1
  const protocol = short ? p.buf[o]! : uint16(p.buf, o)
  const next = short ? o + 1 : o + 2
  if (protocol === 0x21) decodeNetwork(p, ETHERTYPE_IPV4, next, end)
  else if (protocol === 0x57) decodeNetwork(p, ETHERTYPE_IPV6, next, end)
}

const RADIOTAP_TSFT = 1
const RADIOTAP_FLAGS = 2
const RADIOTAP_EXT = 0x80
const RADIOTAP_FLAG_FCS = 0x10
const RADIOTAP_FLAG_PAD = 0x20

/** https://www.radiotap.org: little-endian; of its fields we want only the flags, which tell of padding and checksum. */
function radiotap(p: Packet, o: number, end: number): void {
  const b = p.buf
  if (end - o < 8) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  // another version may mean anything else
  if (b[o] !== 0) {
    p.anomaly = LINK_UNSUPPORTED
    return
  }
  const length = (b[o + 3]! << 8) | b[o + 2]!
  if (length < 8 || o + length > end) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  let flags = 0
  if ((b[o + 4]! & RADIOTAP_FLAGS) !== 0) {
    let at = 8
    for (let word = 4; at <= length && (b[o + word + 3]! & RADIOTAP_EXT) !== 0; word += 4) at += 4
    if ((b[o + 4]! & RADIOTAP_TSFT) !== 0) at = ((at + 7) & ~7) + 8
    if (at < length) flags = b[o + at]!
  }
  // the checksum was on the wire's last four bytes; a cut capture lost some or all of it
  const cut = Math.max(0, p.wireLength - (p.end - p.start))
  const fcs = (flags & RADIOTAP_FLAG_FCS) !== 0 && cut < 4 ? 4 - cut : 0
  ieee80211(p, o + length, end - fcs, flags & RADIOTAP_FLAG_PAD)
}

const TO_DS = 1
const FROM_DS = 2
const PROTECTED = 0x40
const ORDER = 0x80
const TYPE_MANAGEMENT = 0
const TYPE_DATA = 2
const SUBTYPE_NO_DATA = 4
const SUBTYPE_QOS = 8
const AMSDU_PRESENT = 0x80

/** IEEE 802.11-2020, section 9.3: of the frames only data frames in clear carry packets. `pad`: header padded to four bytes. */
function ieee80211(p: Packet, o: number, end: number, pad: number): void {
  const b = p.buf
  if (end - o < 2) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  if ((b[o]! & 3) !== 0) {
    p.anomaly = LINK_UNSUPPORTED
    return
  }
  const type = (b[o]! >> 2) & 3
  const subtype = b[o]! >> 4
  const flags = b[o + 1]!
  if (type !== TYPE_DATA && type !== TYPE_MANAGEMENT) return
  if (end - o < 24) {
    p.anomaly = LINK_TRUNCATED
    return
  }
  p.dstMac = o + 4
  p.srcMac = o + 10
  if (type === TYPE_MANAGEMENT) return
  let header = 24
  // table 9-30: which of the four addresses are source and destination
  const ds = flags & (TO_DS | FROM_DS)
  if (ds === TO_DS) p.dstMac = o + 16
  else if (ds === FROM_DS) p.srcMac = o + 16
  else if (ds === (TO_DS | FROM_DS)) {
    p.dstMac = o + 16
    p.srcMac = o + 24
    header = 30
  }
  const qos = (subtype & SUBTYPE_QOS) !== 0
  const control = o + header
  if (qos) header += 2
  if (qos && (flags & ORDER) !== 0) header += 4
  if (pad !== 0) header = (header + 3) & ~3
  if (end - o < header) {
    p.anomaly = LINK_TRUNCATED
    if (end - o < 30) p.srcMac = p.dstMac = -1
    return
  }
  if ((subtype & SUBTYPE_NO_DATA) !== 0) return
  const several = qos && (b[control]! & AMSDU_PRESENT) !== 0
  if (several) {
    // each MSDU has addresses of its own: the third and fourth here are no more than the cell's
    if ((flags & TO_DS) !== 0) p.dstMac = -1
    if ((flags & FROM_DS) !== 0) p.srcMac = -1
  }
  if ((flags & PROTECTED) !== 0) {
    p.anomaly = LINK_ENCRYPTED
    return
  }
  // aggregated MSDUs, and later fragments of one, do not start with LLC
  if (several || (b[o + 22]! & 15) !== 0) return
  llc(p, o + header, end)
}

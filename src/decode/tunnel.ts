import {
  ETHERTYPE_ERSPAN_2,
  ETHERTYPE_ERSPAN_3,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  FRAME_WITHIN,
  PPP_WITHIN,
} from './ether-types.ts'
import { FRAGMENT_NONE, type Packet } from './packet.ts'

/**
 * Tunnels whose inside is looked into: by IP protocol number GRE (RFC 2784, 2890; PPTP's of RFC 2637; ERSPAN within it) and IP in IP (RFC
 * 2003, 4213, 2473), and by their UDP ports VXLAN (RFC 7348) and Geneve (RFC 8926). What a packet carries is only noted here, and decoded by
 * `decodeInner` when somebody asks for it. Not looked into: fragments, and what is encrypted.
 */
export const TUNNELS = ['', 'gre', 'erspan', 'ipip', '6in4', '4in6', '6in6', 'vxlan', 'geneve'] as const
const GRE = TUNNELS.indexOf('gre')
const ERSPAN = TUNNELS.indexOf('erspan')
const VXLAN = TUNNELS.indexOf('vxlan')
const GENEVE = TUNNELS.indexOf('geneve')

const PROTO_IPV4 = 4
const PROTO_IPV6 = 41
const PROTO_GRE = 47

/** The UDP ports called lie between these: one comparison for all others. */
export const FIRST_TUNNEL_PORT = 4789
export const LAST_TUNNEL_PORT = 8472
const VXLAN_PORT = 4789
const VXLAN_GPE_PORT = 4790
/** Linux's own, from before the standard's. */
const VXLAN_PORT_OLD = 8472
const GENEVE_PORT = 6081
/** There is a network number. */
const VXLAN_FLAGS = 0x08
/** And what is within is named. */
const GPE_FLAGS = 0x0c

/** A protocol number that is no transport's: does it carry another packet, at b[o, end)? */
export function tunnelOfProtocol(p: Packet, o: number, end: number): void {
  if (p.fragment !== FRAGMENT_NONE) return
  const { protocol } = p
  if (protocol === PROTO_GRE) gre(p, o, end)
  else if ((protocol === PROTO_IPV4 || protocol === PROTO_IPV6) && end > o) {
    const version = protocol === PROTO_IPV4 ? 4 : 6
    if (p.buf[o]! >> 4 !== version) return
    const name = p.ipVersion === 4 ? (version === 4 ? 'ipip' : '6in4') : version === 4 ? '4in6' : '6in6'
    carries(p, TUNNELS.indexOf(name), version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6, o, end)
  }
}

/** UDP to a port between FIRST_TUNNEL_PORT and LAST_TUNNEL_PORT. */
export function tunnelOfPort(p: Packet): void {
  if (p.fragment !== FRAGMENT_NONE) return
  if (p.dstPort === VXLAN_PORT || p.dstPort === VXLAN_PORT_OLD || p.dstPort === VXLAN_GPE_PORT) {
    const flags = p.buf[p.payload]!
    if (flags === GPE_FLAGS) vxlanGpe(p)
    // on its own port nothing else than Ethernet goes unnamed (draft-ietf-nvo3-vxlan-gpe section 3), and policies have no bit
    else if (flags === VXLAN_FLAGS || p.dstPort !== VXLAN_GPE_PORT) vxlan(p)
  }
  if (p.dstPort === GENEVE_PORT) geneve(p)
}

function carries(p: Packet, tunnel: number, type: number, o: number, end: number): void {
  p.tunnel = tunnel
  p.innerType = type
  p.inner = o
  p.innerEnd = end
}

const GRE_CHECKSUM = 0x8000
const GRE_ROUTING = 0x4000
const GRE_KEY = 0x2000
const GRE_SEQUENCE = 0x1000
const GRE_ACKNOWLEDGEMENT = 0x0080
const GRE_VERSION = 7

/** RFC 2784 with key and sequence number (RFC 2890), or PPTP's version 1 (RFC 2637 section 4.1). No packet within without a known type. */
function gre(p: Packet, o: number, end: number): void {
  const b = p.buf
  if (end - o < 4) return
  const flags = (b[o]! << 8) | b[o + 1]!
  const type = (b[o + 2]! << 8) | b[o + 3]!
  const version = flags & GRE_VERSION
  // source routes (RFC 1701) are not in use any more
  if (version > 1 || flags & GRE_ROUTING || (version === 1) !== (type === PPP_WITHIN)) return
  let at = o + 4
  if (flags & GRE_CHECKSUM) at += 4
  if (flags & GRE_KEY) at += 4
  if (flags & GRE_SEQUENCE) at += 4
  if (version === 1 && flags & GRE_ACKNOWLEDGEMENT) at += 4
  if (at >= end) return
  if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 || type === FRAME_WITHIN || type === PPP_WITHIN)
    carries(p, GRE, type, at, end)
  else if (type === ETHERTYPE_ERSPAN_2) erspan2(p, at, end, (flags & GRE_SEQUENCE) !== 0)
  else if (type === ETHERTYPE_ERSPAN_3) erspan3(p, at, end)
}

/** Mirrored frames (draft-foschiano-erspan-03): type II has a sequence number in GRE and a header of eight bytes, type I neither. */
function erspan2(p: Packet, o: number, end: number, numbered: boolean): void {
  if (!numbered) carries(p, ERSPAN, FRAME_WITHIN, o, end)
  else if (end - o > 8 && p.buf[o]! >> 4 === 1) carries(p, ERSPAN, FRAME_WITHIN, o + 8, end)
}

/** Type III: twelve bytes, and eight more where the last bit says so; it may carry IP alone (frame type 2). */
function erspan3(p: Packet, o: number, end: number): void {
  const b = p.buf
  if (end - o <= 12 || b[o]! >> 4 !== 2) return
  const at = o + 12 + (b[o + 11]! & 1 ? 8 : 0)
  if (at >= end) return
  const frameType = (b[o + 10]! >> 2) & 0x1f
  if (frameType === 0) carries(p, ERSPAN, FRAME_WITHIN, at, end)
  else if (frameType === 2) carries(p, ERSPAN, b[at]! >> 4 === 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, at, end)
}

/** RFC 7348 section 5: only the bit that says that there is a network number; with the group of a policy (0x80) as some send it. */
function vxlan(p: Packet): void {
  const b = p.buf
  const o = p.payload
  if (p.payloadEnd - o < 8 + 14 || (b[o]! & 0x7f) !== 0x08 || b[o + 7] !== 0) return
  if (b[o] === VXLAN_FLAGS && (b[o + 1]! | b[o + 2]! | b[o + 3]!) !== 0) return
  carries(p, VXLAN, FRAME_WITHIN, o + 8, p.payloadEnd)
}

/**
 * draft-ietf-nvo3-vxlan-gpe section 3: the last byte of the first word names what is within. Some send it to VXLAN's own port, where
 * receivers have to pass over that bit (RFC 7348 section 5).
 */
function vxlanGpe(p: Packet): void {
  const b = p.buf
  const o = p.payload
  if (p.payloadEnd - o <= 8 || (b[o + 1]! | b[o + 2]! | b[o + 7]!) !== 0) return
  const type = [0, ETHERTYPE_IPV4, ETHERTYPE_IPV6, FRAME_WITHIN][b[o + 3]!]
  if (type !== undefined && type !== 0) carries(p, VXLAN, type, o + 8, p.payloadEnd)
}

/** RFC 8926 section 3.4: version 0, options in words of four bytes, reserved bits that are zero. */
function geneve(p: Packet): void {
  const b = p.buf
  const o = p.payload
  if (p.payloadEnd - o < 8 || b[o]! > 0x3f || (b[o + 1]! & 0x3f) !== 0 || b[o + 7] !== 0) return
  const type = (b[o + 2]! << 8) | b[o + 3]!
  const at = o + 8 + (b[o]! << 2)
  if (at < p.payloadEnd && (type === FRAME_WITHIN || type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6))
    carries(p, GENEVE, type, at, p.payloadEnd)
}

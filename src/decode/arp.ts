import { ETHERTYPE_ARP } from './ether-types.ts'
import type { Packet } from './packet.ts'

/** Offsets into the packet's buffer. */
interface Arp {
  /** REQUEST or REPLY. */
  operation: number
  /** Six bytes. */
  senderMac: number
  /** Four bytes; 0.0.0.0 in a probe for an address not yet taken (RFC 5227, section 1.1). */
  senderIp: number
  targetMac: number
  targetIp: number
}

const HARDWARE_ETHERNET = 1
/** IEEE 802 networks; the same six-byte addresses. */
const HARDWARE_IEEE802 = 6

const REQUEST = 1
const REPLY = 2

/**
 * RFC 826 for IPv4 over six-byte addresses; undefined for a packet that is none, or is malformed, or is neither request nor reply: hosts
 * learn nothing from others, whose addresses mean other things (RFC 903).
 */
export function readArp(p: Packet): Arp | undefined {
  const b = p.buf
  const o = p.network
  // where the link's payload ends was looked at there
  if (p.etherType !== ETHERTYPE_ARP || o < 0 || p.anomaly !== 0 || p.end - o < 28) return undefined
  const hardware = (b[o]! << 8) | b[o + 1]!
  if (hardware !== HARDWARE_ETHERNET && hardware !== HARDWARE_IEEE802) return undefined
  if (b[o + 2] !== 8 || b[o + 3] !== 0 || b[o + 4] !== 6 || b[o + 5] !== 4) return undefined
  const operation = (b[o + 6]! << 8) | b[o + 7]!
  if (operation !== REQUEST && operation !== REPLY) return undefined
  return { operation, senderMac: o + 8, senderIp: o + 14, targetMac: o + 18, targetIp: o + 24 }
}

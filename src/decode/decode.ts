import { decodeLink, decodeWithin } from './link.ts'
import { FRAGMENT_NONE, type Packet } from './packet.ts'

/**
 * Fills everything but the capture's own fields. Every field is first set to "not there", so that nothing of the packet before
 * can be taken for this one's. Never throws and never reads outside buf[start, end): what is malformed becomes `anomaly`.
 */
export function decodePacket(p: Packet): void {
  clear(p)
  decodeLink(p)
}

/** Makes the cursor show the packet that the tunnel it showed carries (`p.tunnel` is not 0): all fields are then that packet's. */
export function decodeInner(p: Packet): void {
  const { innerType, inner, innerEnd } = p
  clear(p)
  decodeWithin(p, innerType, inner, innerEnd)
}

function clear(p: Packet): void {
  p.srcMac = -1
  p.dstMac = -1
  p.etherType = -1
  p.vlan = -1
  p.network = -1
  p.ipVersion = 0
  p.srcIp = -1
  p.dstIp = -1
  p.protocol = -1
  p.hopLimit = 0
  p.fragment = FRAGMENT_NONE
  p.srcPort = -1
  p.dstPort = -1
  p.tcpFlags = 0
  p.tcpSeq = 0
  p.tcpAck = 0
  p.transport = -1
  p.payload = p.start
  p.payloadEnd = p.start
  p.payloadWire = 0
  p.anomaly = 0
  p.tunnel = 0
}

/** Why a packet could not be decoded to its end. Order is stable: the number is stored, the name is reported. */
export const ANOMALIES = [
  'none',
  'link-truncated',
  'link-unsupported',
  'link-encrypted',
  'arp-malformed',
  'ipv4-truncated',
  'ipv4-header-length',
  'ipv4-total-length',
  'ipv6-truncated',
  'ipv6-extension-chain',
  'icmp-truncated',
  'tcp-truncated',
  'tcp-data-offset',
  'udp-truncated',
  'udp-length',
  'ip-version',
  'icmpv6-option',
] as const
export type Anomaly = (typeof ANOMALIES)[number]

export const FRAGMENT_NONE = 0
export const FRAGMENT_FIRST = 1
export const FRAGMENT_LATER = 2

export const PROTO_ICMP = 1
export const PROTO_IGMP = 2
export const PROTO_TCP = 6
export const PROTO_UDP = 17
export const PROTO_ICMPV6 = 58

export const TCP_FIN = 1
export const TCP_SYN = 2
export const TCP_RST = 4
export const TCP_PSH = 8
export const TCP_ACK = 16

const EMPTY = new Uint8Array(0)

/**
 * One packet under decoding: a cursor over the capture's buffer, reused for every packet and never retained.
 * All positions are offsets into `buf`; -1 means "not there". Nothing is copied and nothing is allocated.
 */
export class Packet {
  // set by the capture reader
  /** Valid only until the reader goes on: copy what must outlive the callback. */
  buf: Uint8Array = EMPTY
  /** Captured bytes are buf[start, end). */
  start = 0
  end = 0
  /** Length on the wire, in bytes (may exceed end - start: snap length). */
  wireLength = 0
  /** Index of the capture in this audit. */
  capture = 0
  /** Frame number within its capture, from 1, as Wireshark counts. */
  frame = 0
  /** Microseconds since 1970 (exact in a double); 0 where the capture gives none (pcapng simple packets). */
  time = 0
  /** LINKTYPE_ value (https://www.tcpdump.org/linktypes.html). */
  linkType = 0

  // set by decode/link.ts
  /** Offsets of six-byte hardware addresses, -1 where the link has none. */
  srcMac = -1
  dstMac = -1
  /** See ether-types.ts; -1 where there is none (802.11 management, LLC without SNAP). */
  etherType = -1
  /** Outermost VLAN identifier, -1 when untagged. */
  vlan = -1
  /** Offset of the network header. */
  network = -1

  // set by decode/network.ts
  /** 4, 6 or 0 (not IP). */
  ipVersion = 0
  /** Offsets of 4 or 16 bytes. */
  srcIp = -1
  dstIp = -1
  /** IP protocol number after any extension headers, -1 when there is none. */
  protocol = -1
  hopLimit = 0
  fragment = FRAGMENT_NONE

  // set by decode/transport.ts
  /** Ports; for ICMP and ICMPv6 type and code. -1 when there is no transport header (later fragment, other protocol). */
  srcPort = -1
  dstPort = -1
  tcpFlags = 0
  /** Unsigned 32 bit. */
  tcpSeq = 0
  tcpAck = 0
  /** Offset of the TCP, UDP or ICMP header, -1 if none was decoded. */
  transport = -1
  /** Captured application payload is buf[payload, payloadEnd): never link padding. Equal when there is none. */
  payload = 0
  payloadEnd = 0
  /** Payload length by the headers; larger than payloadEnd - payload when the capture cut the packet. */
  payloadWire = 0

  /** Index into ANOMALIES. */
  anomaly = 0

  // set by decode/tunnel.ts
  /** Index into TUNNELS; 0 where the packet carries no other. */
  tunnel = 0
  /** The packet within: buf[inner, innerEnd), of EtherType `innerType` or FRAME_WITHIN or PPP_WITHIN. */
  inner = 0
  innerEnd = 0
  innerType = 0
}

import type { Datagram } from '../decode/stream.ts'

/** Ends of a flow of whom a datagram tells something (two bits). */
const SENDER = 1
const RECEIVER = 2
export const BOTH = SENDER | RECEIVER

/**
 * Of whom observers take something from a protocol's datagrams, where it is not both ends: whoever keeps the books of the other
 * need not be told. Only protocols whose observers say nothing of the flow (protection, server's name).
 */
const interests: Readonly<Record<string, (datagram: Datagram) => number>> = {
  // who asked: QR (RFC 1035 section 4.1.1)
  dns: ({ bytes, start }) => (bytes[start + 2]! & 0x80 ? RECEIVER : SENDER),
  // what they say they say of themselves
  mdns: () => SENDER,
  nbns: () => SENDER,
  nbdgm: () => SENDER,
  ssdp: () => SENDER,
  wsd: () => SENDER,
  // of the client, which is not an end of the flow but named in the message (network.ts)
  dhcp: () => 0,
}

export function interestIn(protocol: string): (datagram: Datagram) => number {
  return interests[protocol] ?? (() => BOTH)
}

import type { DatagramDecoder, MessageBase } from '../message.ts'
import { u32 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'

/** Key exchange of IPsec (IKEv1, RFC 2408 and 2409; IKEv2, RFC 7296): the header says all that is read. */
export interface IkeMessage extends MessageBase {
  readonly protocol: 'ike'
  readonly version: 1 | 2
  /** 2 main mode, 4 aggressive mode (IKEv1); 34 IKE_SA_INIT, 35 IKE_AUTH and so on (IKEv2). */
  readonly exchange: number
  /** What is behind the header: all but the first exchange of IKEv2 (RFC 7296 section 1.2); as a flag says in IKEv1 (RFC 2408 section 3.1). */
  readonly encrypted: boolean
}

const HEADER = 28
const IKE_SA_INIT = 34
/** NAT traversal (RFC 3948): four zeros set IKE apart from the packets that share the port. */
const PORT_BESIDE_ESP = 4500

export const ike: DatagramDecoder<IkeMessage> = {
  protocol: 'ike',
  ports: [],
  remembers: true,
  /** A header whose length is the datagram's; in a flow known for it at the port of NAT traversal also what it protects (ESP). */
  recognise(d) {
    if (headerOf(d) >= 0) return true
    return d.memory['ike'] !== undefined && (d.srcPort === PORT_BESIDE_ESP || d.dstPort === PORT_BESIDE_ESP)
  },
  decode(d, emit) {
    const at = headerOf(d)
    if (at < 0) return
    d.memory['ike'] = true
    const { bytes } = d
    const version = bytes[at + 17]! >> 4 === 2 ? 2 : 1
    const exchange = bytes[at + 18]!
    emit({
      protocol: 'ike',
      frame: d.frame,
      fromClient: d.fromClient,
      version,
      exchange,
      encrypted: version === 2 ? exchange !== IKE_SA_INIT : (bytes[at + 19]! & 1) === 1,
    })
  },
}

/** Where the header is; -1 without one (RFC 7296 section 3.1, RFC 2408 section 3.1). */
function headerOf({ bytes: b, start, end, srcPort, dstPort, truncated }: Datagram): number {
  const marked = (srcPort === PORT_BESIDE_ESP || dstPort === PORT_BESIDE_ESP) && end - start > 4 && u32(b, start) === 0
  const at = marked ? start + 4 : start
  if (end - at < HEADER) return -1
  const length = u32(b, at + 24)
  if (length !== end - at && !(truncated && length > end - at)) return -1
  // who begins has a number of its own
  if ((u32(b, at) | u32(b, at + 4)) === 0) return -1
  const exchange = b[at + 18]!
  if (b[at + 17] === 0x10) return exchange === 2 || exchange === 4 || exchange === 5 || exchange === 32 ? at : -1
  // reserved bits of the flags are zero
  return b[at + 17] === 0x20 && exchange >= 34 && exchange <= 37 && (b[at + 19]! & 0xc7) === 0 ? at : -1
}

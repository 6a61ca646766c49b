import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { text } from '../text.ts'

/** A compound packet of RTP's control protocol (RFC 3550 section 6): who takes part. */
export interface RtcpMessage extends MessageBase {
  readonly protocol: 'rtcp'
  /** Packet types in order: 200 sender's report, 201 receiver's, 202 description… */
  readonly types: readonly number[]
  /** Names the participant for as long as it takes part; often user@host. */
  readonly cname?: string
  /** Software. */
  readonly tool?: string
}

const SENDER = 200
const RECEIVER = 201
const DESCRIPTION = 202
const LAST = 207
const MAX_PACKETS = 32
/** Items of a description (section 6.5). */
const CNAME = 1
const TOOL = 6

/** In clear: of SRTCP only the first packet's header can be read, and what follows does not fit. */
export const rtcp: DatagramDecoder<RtcpMessage> = {
  protocol: 'rtcp',
  ports: [],
  // appendix A.2: a report first, every packet of version 2, their lengths up to the datagram's end, and a description among them
  recognise({ bytes, start, end }: Datagram): boolean {
    if (end - start < 8 || (bytes[start + 1] !== SENDER && bytes[start + 1] !== RECEIVER)) return false
    let described = false
    let at = start
    for (let count = 0; at < end && count < MAX_PACKETS; count++) {
      const next = packetEnd(bytes, at, end)
      if (next < 0) return false
      if (bytes[at + 1] === DESCRIPTION) described ||= namesItself(bytes, at, next)
      at = next
    }
    return at === end && described
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<RtcpMessage>): void {
    const types: number[] = []
    const items: Items = {}
    for (let at = start; at < end && types.length < MAX_PACKETS;) {
      const next = packetEnd(bytes, at, end)
      if (next < 0) break
      types.push(bytes[at + 1]!)
      if (bytes[at + 1] === DESCRIPTION) readItems(bytes, at, next, items)
      at = next
    }
    if (types.length > 0) emit({ protocol: 'rtcp', frame, fromClient, types, ...items })
  },
}

/** Where the packet ends, by its length in words; -1 where it is none. */
function packetEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end || bytes[at]! >> 6 !== 2 || bytes[at + 1]! < SENDER || bytes[at + 1]! > LAST) return -1
  const next = at + 4 + 4 * u16(bytes, at + 2)
  return next <= end ? next : -1
}

/** The first chunk begins with a CNAME of printable characters (every description has one). */
function namesItself(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 10 > end || bytes[at + 8] !== CNAME) return false
  const stop = at + 10 + bytes[at + 9]!
  if (bytes[at + 9] === 0 || stop > end) return false
  for (let o = at + 10; o < stop; o++) if (bytes[o]! < 0x20 || bytes[o]! > 0x7e) return false
  return true
}

interface Items {
  cname?: string
  tool?: string
}

/** Items of the first chunk, after its source; what was told before stays. */
function readItems(bytes: Uint8Array, at: number, end: number, items: Items): void {
  for (let o = at + 8; o + 2 <= end && bytes[o] !== 0; o += 2 + bytes[o + 1]!) {
    const stop = o + 2 + bytes[o + 1]!
    if (stop > end) break
    if (bytes[o] === CNAME) items.cname ??= text(bytes, o + 2, stop, 255)
    else if (bytes[o] === TOOL) items.tool ??= text(bytes, o + 2, stop, 255)
  }
}

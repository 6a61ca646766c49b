import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16, u32 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { classify } from './bytes.ts'

/** A packet of sound or pictures (RFC 3550 section 5.1). SRTP (RFC 3711) has the same header: from it nobody can tell them apart. */
export interface RtpMessage extends MessageBase {
  readonly protocol: 'rtp'
  readonly payloadType: number
  readonly sequence: number
  readonly timestamp: number
  readonly source: number
  /** Enough was seen that no cipher makes: sound of telephones (G.711), as it is. */
  readonly readable: boolean
}

const NAME = 'rtp'
const HEADER = 12
/** Datagrams of one source, in order, before it is believed: two bits alone tell it from anything. */
const ENOUGH = 4
const MAX_SKIPPED = 3
/** Between two packets: ten seconds of a video's clock. */
const MAX_ELAPSED = 900_000
/** Of G.711: a packet that long whose bytes are not evenly spread is no ciphertext; this many of them leave no chance. */
const MIN_SAMPLE = 160
const READABLE = 3

export const rtp: DatagramDecoder<RtpMessage> = {
  protocol: NAME,
  ports: [],
  remembers: true,
  recognise(datagram: Datagram): boolean {
    if (payloadAt(datagram) < 0) return false
    return datagram.memory[NAME] !== undefined || continues(datagram)
  },
  decode(datagram: Datagram, emit: Emit<RtpMessage>): void {
    const payload = payloadAt(datagram)
    if (payload < 0) return
    const { bytes, start, end, frame, fromClient, memory } = datagram
    const payloadType = bytes[start + 1]! & 0x7f
    let plain = typeof memory[NAME] === 'number' ? memory[NAME] : 0
    const telephone = payloadType === 0 || payloadType === 8
    if (telephone && end - payload >= MIN_SAMPLE && classify(bytes, payload, end) === 'low-entropy') plain++
    memory[NAME] = plain
    emit({
      protocol: NAME,
      frame,
      fromClient,
      payloadType,
      sequence: u16(bytes, start + 2),
      timestamp: u32(bytes, start + 4),
      source: u32(bytes, start + 8),
      readable: plain >= READABLE,
    })
  },
}

/** Where the payload starts, -1 where these bytes cannot be RTP: version, a payload type that is assigned or dynamic (RFC 3551, RFC 5761), sizes. */
function payloadAt({ bytes, start, end }: Datagram): number {
  if (end - start <= HEADER || bytes[start]! >> 6 !== 2) return -1
  const type = bytes[start + 1]! & 0x7f
  if ((type > 34 && type < 96) || u32(bytes, start + 8) === 0) return -1
  let at = start + HEADER + 4 * (bytes[start]! & 15)
  if (bytes[start]! & 0x10) at += at + 4 <= end ? 4 + 4 * u16(bytes, at + 2) : end
  return at < end ? at : -1
}

/*
 * What was seen last of each source (`Datagram.recent`): its ports, packet and time. A source that falls on another's place makes it begin
 * anew: then something is missed, and never claimed.
 */
const SLOTS = 1024
const WORDS = 6

/** Does it go on where the datagrams before it stopped: same source, ports and kind, the next number, a later time? */
function continues({ bytes, start, srcPort, dstPort, frame, recent }: Datagram): boolean {
  const sources = (recent[NAME] ??= new Int32Array(SLOTS * WORDS)) as Int32Array
  const source = u32(bytes, start + 8) | 0
  const ports = (srcPort << 16) | dstPort
  const sequence = u16(bytes, start + 2)
  const time = u32(bytes, start + 4) | 0
  const type = bytes[start + 1]! & 0x7f
  const hash = Math.imul(source ^ Math.imul(ports, 0x85ebca77), 0x9e3779b1)
  const o = (hash >>> 22) * WORDS
  const skipped = (sequence - (sources[o + 2]! & 0xffff)) & 0xffff
  const elapsed = (time - sources[o + 3]!) | 0
  const known = sources[o] === source && sources[o + 1] === ports && sources[o + 2]! >>> 16 === type && frame > sources[o + 4]!
  const follows = known && skipped >= 1 && skipped <= MAX_SKIPPED && elapsed >= 0 && elapsed <= MAX_ELAPSED
  // count in the upper bits, whether time went on in the lowest: pictures come in many packets of one time
  const before = follows ? sources[o + 5]! : 0
  const state = ((before | (follows && elapsed > 0 ? 1 : 0)) + 2) | 0
  sources[o] = source
  sources[o + 1] = ports
  sources[o + 2] = (type << 16) | sequence
  sources[o + 3] = time
  sources[o + 4] = frame
  sources[o + 5] = state
  return state >> 1 >= ENOUGH && (state & 1) === 1
}

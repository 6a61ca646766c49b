import type { DatagramDecoder, MessageBase } from '../message.ts'
import { u16le } from '../numbers.ts'
import type { Datagram } from '../stream.ts'

/**
 * Matter's messages over UDP (Core Specification 1.4, section 4.4): a header in clear, and inside, except while a session is being
 * made, everything encrypted by AES-CCM. What shows is how sessions are made: by pass code when a thing is commissioned (PASE), by
 * certificate ever after (CASE).
 */
export interface MatterMessage extends MessageBase {
  readonly protocol: 'matter'
  /** A step of a session's making, or a message within a session. */
  readonly type: 'step' | 'secured'
  /** 'PBKDFParamRequest', 'Sigma1'… (sections 4.14.1 and 4.14.2). */
  readonly step?: string
  /** Which of the two the step belongs to. */
  readonly handshake?: 'PASE' | 'CASE'
  /** StatusReport of a handshake: it succeeded (general and protocol code 0: appendix D). */
  readonly succeeded?: boolean
}

const PORT = 5540
const NAME = 'matter'
/** Opcodes of the secure channel's protocol (0x0000). */
const STEPS: Readonly<Record<number, string>> = {
  0x10: 'StandaloneAck',
  0x20: 'PBKDFParamRequest',
  0x21: 'PBKDFParamResponse',
  0x22: 'Pake1',
  0x23: 'Pake2',
  0x24: 'Pake3',
  0x30: 'Sigma1',
  0x31: 'Sigma2',
  0x32: 'Sigma3',
  0x33: 'Sigma2_Resume',
  0x40: 'StatusReport',
}
const STATUS_REPORT = 0x40
/** First byte of a structure in Matter's TLV (appendix A): what the handshakes' messages are. */
const STRUCTURE = 0x15
/** Shortest message within a session: header, protocol header and the tag of 16 bytes. */
const MIN_SECURED = 8 + 6 + 16

export const matter: DatagramDecoder<MatterMessage> = {
  protocol: NAME,
  ports: [],
  remembers: true,

  recognise({ bytes, start, end, srcPort, dstPort, memory }: Datagram): boolean {
    const atPort = srcPort === PORT || dstPort === PORT
    const step = stepOf(bytes, start, end)
    if (step >= 0) {
      if (atPort || memory[NAME] === true) return true
      // away from its port only what must begin a session, and is a structure
      return step === 0x20 || step === 0x30
    }
    return (atPort || memory[NAME] === true) && isSecured(bytes, start, end)
  },

  decode({ bytes, start, end, frame, fromClient, memory }, emit) {
    const step = stepOf(bytes, start, end)
    if (step < 0) {
      if (isSecured(bytes, start, end)) emit({ protocol: NAME, type: 'secured', frame, fromClient })
      return
    }
    memory[NAME] = true
    const handshake = step >= 0x20 && step <= 0x24 ? 'PASE' : step >= 0x30 && step <= 0x33 ? 'CASE' : undefined
    const report = step === STATUS_REPORT ? payloadAt(bytes, start, end) : -1
    emit({
      protocol: NAME,
      type: 'step',
      frame,
      fromClient,
      step: STEPS[step]!,
      ...(handshake === undefined ? {} : { handshake }),
      // general code, protocol id (4 bytes), protocol code
      ...(report >= 0 && report + 8 <= end
        ? {
            succeeded:
              u16le(bytes, report) === 0 &&
              u16le(bytes, report + 2) === 0 &&
              u16le(bytes, report + 4) === 0 &&
              u16le(bytes, report + 6) === 0,
          }
        : {}),
    })
  },
}

/** Opcode of a step: an unsecured message (session 0, no security flags) of the secure channel's protocol. -1 for anything else. */
function stepOf(bytes: Uint8Array, start: number, end: number): number {
  const at = exchangeAt(bytes, start, end)
  if (at < 0 || u16le(bytes, start + 1) !== 0 || bytes[start + 3] !== 0) return -1
  // exchange flags, opcode, exchange, protocol; a vendor's own protocol (flag V) is none of these
  if (at + 6 > end || bytes[at]! & 0xf0 || u16le(bytes, at + 4) !== 0) return -1
  const opcode = bytes[at + 1]!
  if (STEPS[opcode] === undefined) return -1
  const payload = payloadAt(bytes, start, end)
  if (payload < 0 || payload > end) return -1
  if (opcode === 0x10) return payload === end ? opcode : -1
  if (opcode === STATUS_REPORT) return payload + 8 <= end ? opcode : -1
  return payload < end && bytes[payload] === STRUCTURE ? opcode : -1
}

/** Offset of an unsecured message's payload: behind the acknowledged counter (flag A) and secured extensions (flag SX). -1 when cut. */
function payloadAt(bytes: Uint8Array, start: number, end: number): number {
  let at = exchangeAt(bytes, start, end)
  if (at < 0 || at + 6 > end) return -1
  const flags = bytes[at]!
  at += 6
  if (flags & 0x02) at += 4
  if (flags & 0x08) {
    if (at + 2 > end) return -1
    at += 2 + u16le(bytes, at)
  }
  return at
}

/** Offset behind the message header: version 0, no reserved bits, source of 8 bytes (flag S), destination of 8 or 2 (DSIZ). -1 for none. */
function exchangeAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 8) return -1
  const flags = bytes[start]!
  const destination = flags & 3
  // the upper bits are the version, bit 3 is reserved; security flags: session type 0 or 1, bits 2 to 4 reserved
  if (flags & 0xf8 || destination === 3 || (bytes[start + 3]! & 0x1e) !== 0) return -1
  const at = start + 8 + (flags & 4 ? 8 : 0) + (destination === 1 ? 8 : destination === 2 ? 2 : 0)
  return at <= end ? at : -1
}

/** Within a session between two (type 0), which has neither source nor destination in its header, or in a group (type 1), which has both. */
function isSecured(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < MIN_SECURED || u16le(bytes, start + 1) === 0 || exchangeAt(bytes, start, end) < 0) return false
  const group = (bytes[start + 3]! & 1) === 1
  return group ? (bytes[start]! & 7) === 6 : bytes[start] === 0
}

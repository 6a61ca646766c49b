import type { DatagramDecoder, Emit, StreamDecoder } from '../message.ts'
import { u16le } from '../numbers.ts'
import type { Datagram, StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import type { ControlIdentity, ControlRequest, Operations } from './control.ts'

/** A request of DNP3, or the answer to one (IEEE 1815). */
export interface Dnp3Request extends ControlRequest<'dnp3'> {
  readonly function: number
  readonly source: number
  readonly destination: number
}

export type Dnp3Message = Dnp3Request | ControlIdentity<'dnp3'>

const PORT = 20000
/** Start (05 64), length, control, destination, source (little-endian), checksum. */
const HEADER = 10
const MAX_FRAMES = 256
/** Application bytes that are put together of a frame's blocks: one frame's, at most. */
const MAX_USER_DATA = 250

/** IEEE 1815 table 4-2. Those that ask for nothing (confirm) are left out. */
const FUNCTIONS: Operations = {
  1: ['READ', 'read'],
  2: ['WRITE', 'write'],
  3: ['SELECT', 'command'],
  4: ['OPERATE', 'command'],
  5: ['DIRECT_OPERATE', 'command'],
  6: ['DIRECT_OPERATE_NR', 'command'],
  7: ['IMMED_FREEZE', 'command'],
  8: ['IMMED_FREEZE_NR', 'command'],
  9: ['FREEZE_CLEAR', 'command'],
  10: ['FREEZE_CLEAR_NR', 'command'],
  11: ['FREEZE_AT_TIME', 'command'],
  12: ['FREEZE_AT_TIME_NR', 'command'],
  13: ['COLD_RESTART', 'stop'],
  14: ['WARM_RESTART', 'stop'],
  15: ['INITIALIZE_DATA', 'write'],
  16: ['INITIALIZE_APPL', 'command'],
  17: ['START_APPL', 'command'],
  18: ['STOP_APPL', 'stop'],
  19: ['SAVE_CONFIG', 'write'],
  20: ['ENABLE_UNSOLICITED', 'write'],
  21: ['DISABLE_UNSOLICITED', 'write'],
  22: ['ASSIGN_CLASS', 'write'],
  23: ['DELAY_MEASURE', 'read'],
  24: ['RECORD_CURRENT_TIME', 'read'],
  25: ['OPEN_FILE', 'program'],
  26: ['CLOSE_FILE', 'program'],
  27: ['DELETE_FILE', 'program'],
  28: ['GET_FILE_INFO', 'read'],
  29: ['AUTHENTICATE_FILE', 'program'],
  30: ['ABORT_FILE', 'program'],
  31: ['ACTIVATE_CONFIG', 'program'],
}
const RESPONSE = 129
const AUTHENTICATE = [32, 33, 131]
/** Group of the objects of secure authentication: an aggressive mode's request has one before what it asks for. */
const AUTHENTICATION_GROUP = 120

/** DNP3 over TCP. Its secure authentication (function 32, group 120) proves who commands; nothing is ever encrypted. */
export const dnp3Stream: StreamDecoder<Dnp3Message> = {
  protocol: 'dnp3',
  recognise({ client, server }) {
    const fits = (stream: StreamPrefix) => stream.length === 0 || framed(stream.bytes, 0, stream.length)
    return client.length + server.length > 0 && fits(client) && fits(server)
  },
  decode({ client, server }, emit) {
    const authenticated = proves(client) || proves(server)
    // either may have called: a master its outstation, or an outstation its master
    for (const fromClient of [true, false]) {
      const stream = fromClient ? client : server
      const fates = fatesOf(fromClient ? server : client)
      each(stream.bytes, 0, stream.length, (at, end) =>
        readFrame(stream.bytes, at, end, stream.frameAt(at), fromClient, authenticated, emit, fates),
      )
    }
  },
}

/** The same over UDP. */
export const dnp3: DatagramDecoder<Dnp3Message> = {
  protocol: 'dnp3',
  ports: [PORT],
  recognise: ({ bytes, start, end }: Datagram) => framed(bytes, start, end),
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<Dnp3Message>): void {
    each(bytes, start, end, (at, stop) => readFrame(bytes, at, stop, frame, fromClient, false, emit))
  },
}

/** Start bytes, a possible length, and a header whose checksum is right: chance has one in 2^32. */
function framed(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + HEADER > end || bytes[at] !== 0x05 || bytes[at + 1] !== 0x64 || bytes[at + 2]! < 5) return false
  return crc(bytes, at, at + 8) === u16le(bytes, at + 8)
}

/** Blocks of at most 16 bytes, each with two of checksum (IEEE 1815 section 9.2.4). */
function frameSize(bytes: Uint8Array, at: number): number {
  const data = bytes[at + 2]! - 5
  return HEADER + data + 2 * Math.ceil(data / 16)
}

function each(bytes: Uint8Array, start: number, end: number, visit: (at: number, end: number) => void): void {
  for (let at = start, count = 0; count < MAX_FRAMES && framed(bytes, at, end); count++) {
    const next = at + frameSize(bytes, at)
    visit(at, Math.min(next, end))
    at = next
  }
}

/** Was secure authentication spoken? */
function proves(stream: StreamPrefix): boolean {
  let found = false
  each(stream.bytes, 0, stream.length, (at, end) => {
    const count = userData(stream.bytes, at, end)
    if (count >= 3 && AUTHENTICATE.includes(scratch[2]!)) found = true
    if (count >= 4 && FUNCTIONS[scratch[2]!] !== undefined && scratch[3] === AUTHENTICATION_GROUP) found = true
  })
  return found
}

/** By sequence number, first to last from the end: whether what was asked was done; undefined where the answer is cut. */
type Fates = Map<number, (boolean | undefined)[]>

function fatesOf(stream: StreamPrefix): Fates {
  const fates: Fates = new Map()
  each(stream.bytes, 0, stream.length, (at, end) => {
    const count = userData(stream.bytes, at, end)
    if (count < 5 || (scratch[0]! & 0x40) === 0 || scratch[2] !== RESPONSE) return
    // internal indications, second byte: no such function, object unknown, parameter wrong (table 4-6)
    const done = (scratch[4]! & 7) === 0 && controlled(count)
    const of = fates.get(scratch[1]! & 15)
    if (of === undefined) fates.set(scratch[1]! & 15, [done])
    else of.push(done)
  })
  for (const of of fates.values()) of.reverse()
  return fates
}

/** Bytes of a control as it comes back, by group << 8 | variation; the last is its status (IEEE 1815 annex A.8 and A.19). */
const CONTROLS: Readonly<Record<number, number>> = { 0x0c01: 11, 0x2901: 5, 0x2902: 3, 0x2903: 5, 0x2904: 9 }

/**
 * An answer to SELECT and OPERATE repeats each control block, with a status of its own: was every one carried out (0)? True also of an
 * answer without any; undefined where they are cut.
 */
function controlled(count: number): boolean | undefined {
  for (let o = 5; o + 3 <= count;) {
    const size = CONTROLS[(scratch[o]! << 8) | scratch[o + 1]!]
    // a count and indexes of one byte each, or of two
    const wide = scratch[o + 2] === 0x28 ? 2 : scratch[o + 2] === 0x17 ? 1 : 0
    if (size === undefined || wide === 0) return true
    o += 3 + wide
    if (o > count) return undefined
    const blocks = wide === 1 ? scratch[o - 1]! : u16le(scratch, o - 2)
    for (let i = 0; i < blocks; i++) {
      o += wide + size
      if (o > count) return undefined
      if ((scratch[o - 1]! & 0x7f) !== 0) return false
    }
  }
  return true
}

const scratch = new Uint8Array(MAX_USER_DATA)

/** Primary, and user data that is to be confirmed or is not (IEEE 1815 table 9-1): whatever else a frame has behind its header is none. */
const PRIMARY = 0x40
const CONFIRMED = 3
const UNCONFIRMED = 4

/** A frame's user data without checksums, put in `scratch`; how many bytes, 0 where it has none, or a block is damaged or cut. */
function userData(bytes: Uint8Array, at: number, end: number): number {
  const control = bytes[at + 3]!
  if ((control & PRIMARY) === 0 || ((control & 15) !== CONFIRMED && (control & 15) !== UNCONFIRMED)) return 0
  let left = bytes[at + 2]! - 5
  let count = 0
  for (let block = at + HEADER; left > 0;) {
    const size = Math.min(16, left)
    if (block + size + 2 > end || crc(bytes, block, block + size) !== u16le(bytes, block + size)) return 0
    for (let i = 0; i < size; i++) scratch[count++] = bytes[block + i]!
    left -= size
    block += size + 2
  }
  return count
}

function readFrame(
  bytes: Uint8Array,
  at: number,
  end: number,
  frame: number,
  fromClient: boolean,
  authenticated: boolean,
  emit: Emit<Dnp3Message>,
  fates?: Fates,
): void {
  const count = userData(bytes, at, end)
  // transport: last, first, sequence. What is not the first segment begins in the midst of something
  if (count < 3 || (scratch[0]! & 0x40) === 0) return
  const code = scratch[2]!
  const base = {
    protocol: 'dnp3',
    frame,
    fromClient,
    function: code,
    destination: u16le(bytes, at + 4),
    source: u16le(bytes, at + 6),
  } as const
  const known = FUNCTIONS[code]
  if (known !== undefined) {
    const [operation, deed] = known
    const authentication = authenticated ? 'used' : 'none'
    const done = fates?.get(scratch[1]! & 15)?.pop()
    const outcome = done === undefined ? 'unknown' : done ? 'done' : 'refused'
    return emit({ ...base, type: 'request', deed, operation, outcome, authentication })
  }
  if (code === RESPONSE) readAttributes(count, frame, fromClient, emit)
}

/** Group 0 (device attributes), whose texts name the device: IEEE 1815 annex A.2. */
const ATTRIBUTES: Readonly<Record<number, 'vendor' | 'model' | 'firmware' | 'serial' | 'name' | 'location'>> = {
  242: 'firmware',
  245: 'location',
  247: 'name',
  248: 'serial',
  250: 'model',
  252: 'vendor',
}

function readAttributes(count: number, frame: number, fromClient: boolean, emit: Emit<Dnp3Message>): void {
  const told: Partial<Record<(typeof ATTRIBUTES)[number], string>> = {}
  // after two bytes of internal indications: group 0, variation, one index from 0 to 0; type (1: text), length, value
  for (let o = 5; o + 7 <= count && scratch[o] === 0 && scratch[o + 2] === 0 && scratch[o + 3] === scratch[o + 4];) {
    const name = ATTRIBUTES[scratch[o + 1]!]
    const start = o + 7
    const stop = start + scratch[o + 6]!
    // types of attributes end at 8, but for two lists at the end: behind others nobody knows where the next begins
    if (stop > count || (scratch[o + 5]! > 8 && scratch[o + 5]! < 254)) break
    if (name !== undefined && scratch[o + 5] === 1) told[name] = text(scratch, start, stop, 128).trim()
    o = stop
  }
  const { location, ...known } = told
  if (Object.keys(told).length === 0) return
  emit({
    protocol: 'dnp3',
    type: 'identity',
    frame,
    fromClient,
    ...known,
    ...(location === undefined ? {} : { detail: { location } }),
  })
}

/** CRC-16 of polynomial 0x3d65, bits reversed, complemented (IEEE 1815 annex E). */
function crc(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    value ^= bytes[i]!
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xa6bc : value >>> 1
  }
  return ~value & 0xffff
}

import type { Emit, StreamDecoder } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { StreamPrefix } from '../stream.ts'
import { latin1, text } from '../text.ts'
import type { ControlIdentity, ControlRequest, Deed, Operations } from './control.ts'

/** A job of S7 communication, with its answer's fate where the conversation holds it. */
export interface S7Request extends ControlRequest<'s7'> {
  readonly reference: number
  /** Of a job; of user data the group and the number within. */
  readonly function: number
}

/** S7CommPlus, of later controllers: what is in it is for its makers to say. */
interface S7Plus {
  readonly protocol: 's7'
  readonly type: 'plus'
  readonly frame: number
  readonly fromClient: boolean
  readonly version: number
}

export type S7Message = S7Request | S7Plus | ControlIdentity<'s7'>

/** TPKT (RFC 1006 section 6), and behind it the shortest data unit of COTP class 0 (ISO 8073): length 2, DT, last. */
const TPKT = 4
const DATA = 0xf0
const LAST = 0x80
const CONNECT = [0xe0, 0xd0]
const CLASSIC = 0x32
const PLUS = 0x72
/** Kinds of classic units (ROSCTR). */
const JOB = 1
const ACK = 2
const ACK_DATA = 3
const USER_DATA = 7
const MAX_UNITS = 256

/** Siemens' S7 communication, over ISO on TCP: the format is unpublished, and known from those who measured it (Wireshark's s7comm). */
const JOBS: Operations = {
  0x04: ['Read Var', 'read'],
  0x05: ['Write Var', 'write'],
  0x1a: ['Request download', 'program'],
  0x1b: ['Download block', 'program'],
  0x1c: ['Download ended', 'program'],
  0x1d: ['Start upload', 'program'],
  0x1e: ['Upload', 'program'],
  0x1f: ['End upload', 'program'],
  0x28: ['PI-Service', 'command'],
  0x29: ['PLC Stop', 'stop'],
  0xf0: ['Setup communication', 'read'],
}
/** Program invocation services that are met, by name. */
const SERVICES: Readonly<Record<string, Deed>> = {
  _INSE: 'program',
  _DELE: 'program',
  _MODU: 'program',
  _GARB: 'command',
  P_PROGRAM: 'command',
}
const PI_SERVICE = 0x28
/** Group << 8 | number. */
const USER: Operations = {
  0x0101: ['Block status', 'read'],
  0x0102: ['Variable status', 'read'],
  0x0107: ['Force selection', 'command'],
  0x0108: ['Modify variable', 'write'],
  0x0109: ['Force', 'write'],
  0x010a: ['Breakpoint', 'command'],
  0x010b: ['Exit HOLD', 'command'],
  0x010c: ['Memory reset', 'program'],
  0x010d: ['Disable job', 'command'],
  0x010e: ['Enable job', 'command'],
  0x010f: ['Delete job', 'command'],
  0x0110: ['Read job list', 'read'],
  0x0111: ['Read job', 'read'],
  0x0112: ['Replace job', 'command'],
  0x0113: ['Block status', 'read'],
  0x0116: ['Flash LED', 'command'],
  0x0301: ['List blocks', 'read'],
  0x0302: ['List blocks of type', 'read'],
  0x0303: ['Get block info', 'read'],
  0x0401: ['Read SZL', 'read'],
  0x0402: ['Message service', 'read'],
  0x0407: ['ALARM_8 lock', 'command'],
  0x0408: ['ALARM_8 unlock', 'command'],
  0x040b: ['ALARM ack', 'command'],
  0x0501: ['PLC password', 'read'],
  0x0502: ['Remove PLC password', 'read'],
  0x0701: ['Read clock', 'read'],
  0x0702: ['Set clock', 'write'],
  0x0704: ['Set clock', 'write'],
  0x0f01: ['NC request download', 'program'],
  0x0f02: ['NC download block', 'program'],
  0x0f03: ['NC continue download', 'program'],
  0x0f04: ['NC download ended', 'program'],
  0x0f06: ['NC start upload', 'program'],
  0x0f07: ['NC upload', 'program'],
  0x0f08: ['NC continue upload', 'program'],
}
/** Kinds of user data: of requests, and of their answers; with numerical controls others. */
const USER_REQUESTS: readonly number[] = [4, 7]
const USER_ANSWERS: readonly number[] = [8, 11]
/** Group of blocks that controllers send each other. */
const BLOCK_SEND = 6

export const s7: StreamDecoder<S7Message> = {
  protocol: 's7',

  // ISO on TCP carries much else (remote desktops, telephony, substations): what tells is a unit of S7 within
  recognise({ client, server }) {
    return client.length + server.length > 0 && (bears(client) || bears(server)) && isIso(client) && isIso(server)
  },

  decode({ client, server }, emit) {
    // clients that use one reference for all are answered in order: the last answer first, to be popped from the end
    const fates = new Map<number, boolean[]>()
    each(server, (at, end) => {
      const done = fateOf(server.bytes, at, end)
      if (done !== undefined) {
        const reference = u16(server.bytes, at + 4)
        fates.set(reference, [done, ...(fates.get(reference) ?? [])])
      }
      readSystem(server, at, end, emit)
    })
    let password = false
    let plus = false
    // what went before is not known of a conversation that was joined later
    const begun = !client.midstream || CONNECT.includes(client.bytes[TPKT + 1]!)
    each(client, (at, end) => {
      const { bytes } = client
      if (bytes[at] === PLUS) {
        if (!plus) emit({ protocol: 's7', type: 'plus', frame: client.frameAt(at), fromClient: true, version: bytes[at + 1]! })
        plus = true
        return
      }
      const asked = askedOf(bytes, at, end)
      if (asked === undefined) return
      const reference = u16(bytes, at + 4)
      const done = fates.get(reference)?.pop()
      if (asked.code === 0x0501 && done === true) password = true
      emit({
        protocol: 's7',
        type: 'request',
        frame: client.frameAt(at),
        fromClient: true,
        deed: asked.deed,
        operation: asked.operation,
        outcome: done === undefined ? 'unknown' : done ? 'done' : 'refused',
        authentication: password ? 'used' : begun ? 'none' : 'unknown',
        reference,
        function: asked.code,
      })
    })
  },
}

/** A conversation's first units, up to the third: connection, set-up. */
function bears(stream: StreamPrefix): boolean {
  let at = 0
  for (let i = 0; i < 3; i++) {
    const next = unitEnd(stream, at)
    if (next < 0) return false
    const unit = at + TPKT + 3
    if (stream.bytes[at + TPKT + 1] === DATA && unit + 8 <= stream.length && isUnit(stream.bytes, unit)) return true
    at = next
  }
  return false
}

function isIso(stream: StreamPrefix): boolean {
  return stream.length === 0 || unitEnd(stream, 0) > 0
}

function isUnit(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === PLUS) return bytes[at + 1]! >= 1 && bytes[at + 1]! <= 3
  const kind = bytes[at + 1]!
  // the two bytes after the kind are reserved
  return bytes[at] === CLASSIC && (kind === USER_DATA || (kind >= JOB && kind <= ACK_DATA)) && u16(bytes, at + 2) === 0
}

/** Where the unit that starts here ends, by its own word; -1 where none does. */
function unitEnd({ bytes, length }: StreamPrefix, at: number): number {
  if (at + TPKT + 3 > length || bytes[at] !== 3 || bytes[at + 1] !== 0) return -1
  const size = u16(bytes, at + 2)
  const kind = bytes[at + TPKT + 1]!
  const header = bytes[at + TPKT]!
  if (size < TPKT + 3 || TPKT + 1 + header > size) return -1
  if (kind === DATA ? header !== 2 : !CONNECT.includes(kind)) return -1
  return at + size
}

/** Units of S7: `at` is their first byte. */
function each(stream: StreamPrefix, visit: (at: number, end: number) => void): void {
  let goesOn = false
  for (let at = 0, count = 0; count < MAX_UNITS; count++) {
    const next = unitEnd(stream, at)
    if (next < 0) return
    const unit = at + TPKT + 3
    const end = Math.min(next, stream.length)
    if (stream.bytes[at + TPKT + 1] === DATA) {
      if (!goesOn && unit + 10 <= end && isUnit(stream.bytes, unit)) visit(unit, end)
      // the last of a unit's pieces says so (ISO 8073 section 13.7.3)
      goesOn = unit <= end && (stream.bytes[unit - 1]! & LAST) === 0
    }
    at = next
  }
}

/** Where the parameters of a classic unit start: answers have an error's class and code before them. */
function parametersOf(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1]!
  return at + (kind === ACK || kind === ACK_DATA ? 12 : 10)
}

function askedOf(bytes: Uint8Array, at: number, end: number): { operation: string; deed: Deed; code: number } | undefined {
  const o = parametersOf(bytes, at)
  const length = u16(bytes, at + 6)
  if (bytes[at + 1] === JOB && length > 0 && o < end) {
    const code = bytes[o]!
    const [operation, deed] = (code === PI_SERVICE ? serviceOf(bytes, o, end) : undefined) ??
      JOBS[code] ?? [`function ${code}`, 'command' as const]
    return { operation, deed, code }
  }
  // user data: head (00 01 12), length, method, kind and group, number
  if (
    bytes[at + 1] !== USER_DATA ||
    length < 7 ||
    o + 7 > end ||
    u16(bytes, o) !== 1 ||
    bytes[o + 2] !== 0x12 ||
    !USER_REQUESTS.includes(bytes[o + 5]! >> 4)
  )
    return undefined
  const code = ((bytes[o + 5]! & 15) << 8) | bytes[o + 6]!
  const [operation, deed] =
    code >> 8 === BLOCK_SEND
      ? ['BSEND', 'write' as const]
      : (USER[code] ?? [`user data ${code >> 8}/${code & 255}`, 'read' as const])
  return { operation, deed, code }
}

/** Behind seven bytes an argument, then the service's name, each with its length. */
function serviceOf(bytes: Uint8Array, at: number, end: number): readonly [string, Deed] | undefined {
  if (at + 10 > end) return undefined
  const named = at + 10 + u16(bytes, at + 8)
  if (named >= end || named + 1 + bytes[named]! > end) return undefined
  const name = latin1(bytes, named + 1, named + 1 + bytes[named]!)
  const deed = Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined
  return deed === undefined ? undefined : [`PI-Service ${name}`, deed]
}

/** Whether an answer says that it was done; undefined where it is none, or does not say. */
function fateOf(bytes: Uint8Array, at: number, end: number): boolean | undefined {
  const kind = bytes[at + 1]!
  if (bytes[at] !== CLASSIC) return undefined
  const o = parametersOf(bytes, at)
  if (kind === ACK || kind === ACK_DATA) {
    if (o > end) return undefined
    if (u16(bytes, at + 10) !== 0) return false
    // of variables each has a result of its own: 0xff is success
    const data = o + u16(bytes, at + 6)
    const variables = o < end && (bytes[o] === 0x04 || bytes[o] === 0x05)
    return variables && data < end ? bytes[data] === 0xff : true
  }
  if (kind !== USER_DATA || o + 12 > end || !USER_ANSWERS.includes(bytes[o + 5]! >> 4)) return undefined
  return u16(bytes, o + 10) === 0
}

/** System state lists 0x0011 (what the module is) and 0x001c (what it is called), in answers to Read SZL. */
function readSystem(server: StreamPrefix, at: number, end: number, emit: Emit<S7Message>): void {
  const { bytes } = server
  const o = parametersOf(bytes, at)
  if (bytes[at + 1] !== USER_DATA || o + 7 > end || bytes[o + 5] !== 0x84 || bytes[o + 6] !== 1) return
  // result, transport, length, list, index, size of a record, number of them
  const data = o + u16(bytes, at + 6)
  const stop = Math.min(end, data + u16(bytes, at + 8))
  if (data + 12 > stop || bytes[data] !== 0xff) return
  const list = u16(bytes, data + 4)
  const size = u16(bytes, data + 8)
  const count = size < 28 ? 0 : Math.min(u16(bytes, data + 10), 16)
  const told: { model?: string; firmware?: string; serial?: string; name?: string } = {}
  const detail: Record<string, string> = {}
  for (let i = 0, record = data + 12; i < count && record + size <= stop; i++, record += size) {
    const index = u16(bytes, record)
    const words = (length: number) =>
      text(bytes, record + 2, record + 2 + length, 64)
        .replace(/[\uFFFD ]+$/, '')
        .trim()
    if (list === 0x0011) {
      if (index === 1) detail['order number'] = words(20)
      // 'V', then three numbers
      if (index === 7 && bytes[record + 24] === 0x56)
        told.firmware = `${bytes[record + 25]}.${bytes[record + 26]}.${bytes[record + 27]}`
    } else if (list === 0x001c && size >= 34) {
      if (index === 1) told.name = words(24)
      else if (index === 5) told.serial = words(24)
      else if (index === 7) told.model = words(32)
    }
  }
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== ''))
  if (Object.keys(given).length + Object.keys(detail).length === 0) return
  emit({ protocol: 's7', type: 'identity', frame: server.frameAt(at), fromClient: false, vendor: 'Siemens', ...given, detail })
}

import type { Emit, StreamDecoder } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import type { ControlIdentity, ControlRequest, Deed, Operations } from './control.ts'

/** A request, with its answer's fate where the conversation holds it. */
export interface ModbusRequest extends ControlRequest<'modbus'> {
  readonly transaction: number
  readonly unit: number
  readonly function: number
  /** Exception code of the answer. */
  readonly exception?: number
}

export type ModbusMessage = ModbusRequest | ControlIdentity<'modbus'>

const PORT = 502
/** Modbus application header: transaction, protocol 0, length of what follows, unit; then the function. */
const HEADER = 7
const MAX_MESSAGES = 512

/** MODBUS Application Protocol Specification v1.1b3, section 6. */
const FUNCTIONS: Operations = {
  1: ['Read Coils', 'read'],
  2: ['Read Discrete Inputs', 'read'],
  3: ['Read Holding Registers', 'read'],
  4: ['Read Input Registers', 'read'],
  5: ['Write Single Coil', 'write'],
  6: ['Write Single Register', 'write'],
  7: ['Read Exception Status', 'read'],
  8: ['Diagnostics', 'read'],
  11: ['Get Comm Event Counter', 'read'],
  12: ['Get Comm Event Log', 'read'],
  15: ['Write Multiple Coils', 'write'],
  16: ['Write Multiple Registers', 'write'],
  17: ['Report Server ID', 'read'],
  20: ['Read File Record', 'read'],
  21: ['Write File Record', 'write'],
  22: ['Mask Write Register', 'write'],
  23: ['Read/Write Multiple Registers', 'write'],
  24: ['Read FIFO Queue', 'read'],
  43: ['Encapsulated Interface Transport', 'command'],
  90: ['UMAS', 'command'],
}
const DIAGNOSTICS = 8
const IDENTIFY = 43
const IDENTIFY_DEVICE = 14
const UMAS = 90
/** Of function 8: what does more than count (section 6.8.1). */
const DIAGNOSES: Operations = {
  1: ['Restart Communications', 'stop'],
  3: ['Change ASCII Input Delimiter', 'write'],
  4: ['Force Listen Only Mode', 'stop'],
  10: ['Clear Counters', 'write'],
  20: ['Clear Overrun Counter', 'write'],
}
/** Of function 43: by CANopen's general reference objects are read and written (CiA 309-2). */
const INTERFACES: Operations = {
  13: ['CANopen General Reference', 'command'],
  14: ['Read Device Identification', 'read'],
}
/**
 * Schneider Electric's own, by which its programming tools read, load and halt; unpublished, and known from those who measured it
 * (Kaspersky ICS CERT 2022, Wireshark's umas).
 */
const UMAS_FUNCTIONS: Operations = {
  0x01: ['UMAS INIT_COMM', 'read'],
  0x02: ['UMAS READ_ID', 'read'],
  0x03: ['UMAS READ_PROJECT_INFO', 'read'],
  0x04: ['UMAS READ_PLC_INFO', 'read'],
  0x06: ['UMAS READ_CARD_INFO', 'read'],
  0x0a: ['UMAS REPEAT', 'read'],
  0x12: ['UMAS KEEP_ALIVE', 'read'],
  0x20: ['UMAS READ_MEMORY_BLOCK', 'read'],
  0x22: ['UMAS READ_VARIABLES', 'read'],
  0x23: ['UMAS WRITE_VARIABLES', 'write'],
  0x24: ['UMAS READ_COILS_REGISTERS', 'read'],
  0x25: ['UMAS WRITE_COILS_REGISTERS', 'write'],
  0x26: ['UMAS DATA_DICTIONARY', 'read'],
  0x30: ['UMAS INITIALIZE_UPLOAD', 'program'],
  0x31: ['UMAS UPLOAD_BLOCK', 'program'],
  0x32: ['UMAS END_STRATEGY_UPLOAD', 'program'],
  0x33: ['UMAS INITIALIZE_DOWNLOAD', 'program'],
  0x34: ['UMAS DOWNLOAD_BLOCK', 'program'],
  0x35: ['UMAS END_STRATEGY_DOWNLOAD', 'program'],
  0x39: ['UMAS READ_ETH_MASTER_DATA', 'read'],
  0x40: ['UMAS START_PLC', 'command'],
  0x41: ['UMAS STOP_PLC', 'stop'],
}
/** What an answer by UMAS begins with where it refuses. */
const UMAS_ERROR = 0xfd

/** MODBUS Messaging on TCP/IP Implementation Guide v1.0b. It knows neither log-in nor encryption. */
export const modbus: StreamDecoder<ModbusMessage> = {
  protocol: 'modbus',

  recognise({ client, server, serverPort }) {
    const asks = client.length > 0
    const answers = server.length > 0
    if ((asks && !framed(client, 0)) || (answers && !framed(server, 0))) return false
    if (answers && !isAnswer(server.bytes, server.length)) return false
    const fits = asks && isRequest(client.bytes, client.length)
    // away from its port both must speak, and of the same
    if (serverPort !== PORT) return fits && answers && agree(client.bytes, server.bytes)
    // on it a request of the wrong size counts where it is answered as one
    return asks ? fits || (answers && agree(client.bytes, server.bytes)) : answers
  },

  decode({ client, server }, emit) {
    const answers = new Map<number, number[]>()
    each(server, (at) => {
      const of = answers.get(u16(server.bytes, at))
      if (of === undefined) answers.set(u16(server.bytes, at), [at])
      else of.push(at)
    })
    // clients that use one number for all are answered in order
    for (const of of answers.values()) of.reverse()
    each(client, (at, end) => {
      // the upper half says exception, which no request is (section 4.1)
      if (client.bytes[at + HEADER]! < 0x80)
        emit(request(client, at, end, server, answers.get(u16(client.bytes, at))?.pop() ?? -1))
    })
    identify(server, emit)
  },
}

function request(client: StreamPrefix, at: number, end: number, server: StreamPrefix, answer: number): ModbusRequest {
  const { bytes } = client
  const code = bytes[at + HEADER]!
  const [operation, deed] = askedFor(bytes, at, end)
  const said = answer < 0 ? -1 : server.bytes[answer + HEADER]!
  const refused =
    said === (code | 0x80) ||
    (said === UMAS && answer + HEADER + 2 < server.length && server.bytes[answer + HEADER + 2] === UMAS_ERROR)
  const exception = said === (code | 0x80) && answer + HEADER + 1 < server.length ? server.bytes[answer + HEADER + 1] : undefined
  return {
    protocol: 'modbus',
    type: 'request',
    frame: client.frameAt(at),
    fromClient: true,
    deed,
    operation,
    outcome: refused ? 'refused' : said === code ? 'done' : 'unknown',
    authentication: 'none',
    transaction: u16(bytes, at),
    unit: bytes[at + 6]!,
    function: code,
    ...(exception === undefined ? {} : { exception }),
  }
}

/** By the function, and of some by the function within. */
function askedFor(bytes: Uint8Array, at: number, length: number): readonly [string, Deed] {
  const code = bytes[at + HEADER]!
  const end = Math.min(length, at + 6 + u16(bytes, at + 4))
  const within = at + HEADER + 1
  const known = FUNCTIONS[code] ?? ([`function ${code}`, 'command'] as const)
  if (code === DIAGNOSTICS && within + 2 <= end) return DIAGNOSES[u16(bytes, within)] ?? known
  if (code === IDENTIFY && within < end) return INTERFACES[bytes[within]!] ?? known
  // behind the key of the session
  if (code !== UMAS || within + 1 >= end) return known
  const function_ = bytes[within + 1]!
  return UMAS_FUNCTIONS[function_] ?? [`UMAS 0x${function_.toString(16).padStart(2, '0')}`, 'command']
}

/** Objects of Read Device Identification (section 6.21), together where one unit answers: more are behind a gateway, and not the sender. */
function identify(server: StreamPrefix, emit: Emit<ModbusMessage>): void {
  const { bytes } = server
  const told = new Map<number, string>()
  const units = new Set<number>()
  let frame = -1
  each(server, (at, end) => {
    units.add(bytes[at + 6]!)
    const o = at + HEADER
    if (bytes[o] !== IDENTIFY || bytes[o + 1] !== IDENTIFY_DEVICE || o + 7 > end) return
    let left = bytes[o + 6]!
    for (let object = o + 7; left > 0 && object + 2 <= end && object + 2 + bytes[object + 1]! <= end; left--) {
      const value = text(bytes, object + 2, object + 2 + bytes[object + 1]!, 128).trim()
      if (value !== '' && bytes[object]! <= 6) told.set(bytes[object]!, value)
      if (frame < 0) frame = server.frameAt(at)
      object += 2 + bytes[object + 1]!
    }
  })
  if (told.size === 0 || units.size > 1) return
  const code = told.get(1)
  emit({
    protocol: 'modbus',
    type: 'identity',
    frame,
    fromClient: false,
    ...given('vendor', told.get(0)),
    ...given('model', told.get(5) ?? told.get(4) ?? code),
    ...given('firmware', told.get(2)),
    ...(code === undefined ? {} : { detail: { code } }),
  })
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

/** Every message of a direction that is framed and whole up to its function. */
function each(stream: StreamPrefix, visit: (at: number, end: number) => void): void {
  for (let at = 0, count = 0; count < MAX_MESSAGES && framed(stream, at); count++) {
    const next = at + 6 + u16(stream.bytes, at + 4)
    visit(at, Math.min(next, stream.length))
    at = next
  }
}

function framed({ bytes, length }: StreamPrefix, at: number): boolean {
  if (at + HEADER + 1 > length || bytes[at + 2] !== 0 || bytes[at + 3] !== 0) return false
  const size = u16(bytes, at + 4)
  // unit and function; a whole message has at most 260 bytes
  return size >= 2 && size <= 254 && (bytes[at + HEADER]! & 0x7f) !== 0
}

/** Does the first request's length fit its function? */
function isRequest(bytes: Uint8Array, length: number): boolean {
  const size = u16(bytes, 4)
  const code = bytes[HEADER]!
  const counted = (at: number, before: number) => length <= at || size === before + bytes[at]!
  if (code <= 6) return size === 6
  if (code === 15 || code === 16) return counted(HEADER + 5, 7)
  if (code === 23) return counted(HEADER + 9, 11)
  if (code === 20 || code === 21) return counted(HEADER + 1, 3)
  if (code === 22) return size === 8
  if (code === 24) return size === 4
  if (code === 7 || code === 11 || code === 12 || code === 17) return size === 2
  if (code === 8) return size >= 6
  if (code === IDENTIFY) return size >= 3
  // what makers may define for themselves (section 5.1), and Schneider's
  return code === 90 || (code >= 65 && code <= 72) || (code >= 100 && code <= 110)
}

/** The first answer is to the first request: transaction, unit, function. */
function agree(client: Uint8Array, server: Uint8Array): boolean {
  return u16(client, 0) === u16(server, 0) && client[6] === server[6] && client[HEADER] === (server[HEADER]! & 0x7f)
}

function isAnswer(bytes: Uint8Array, length: number): boolean {
  const size = u16(bytes, 4)
  const code = bytes[HEADER]!
  if (code >= 0x80) return size === 3
  if (code <= 4) return length <= HEADER + 1 || size === 3 + bytes[HEADER + 1]!
  if (code <= 6 || code === 15 || code === 16) return size === 6
  return FUNCTIONS[code] !== undefined || (code >= 65 && code <= 72) || (code >= 100 && code <= 110)
}

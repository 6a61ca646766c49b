import type { Emit, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import type { ControlIdentity, ControlRequest, Operations } from './control.ts'
import { u16 } from './dns-message.ts'

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
  43: ['Encapsulated Interface Transport', 'read'],
  // Schneider Electric's own: UMAS, by which its programming tools read, load and halt
  90: ['UMAS', 'command'],
}
/** Of function 8: restart communications, and listen only (section 6.8.1). */
const HALTS: Readonly<Record<number, string>> = { 1: 'Restart Communications', 4: 'Force Listen Only Mode' }
const IDENTIFY = 43
const IDENTIFY_DEVICE = 14

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
  const [operation, deed] = FUNCTIONS[code] ?? [`function ${code}`, 'command']
  const halts = code === 8 && at + HEADER + 3 <= end ? HALTS[u16(bytes, at + HEADER + 1)] : undefined
  const said = answer < 0 ? -1 : server.bytes[answer + HEADER]!
  const exception = said === (code | 0x80) && answer + HEADER + 1 < server.length ? server.bytes[answer + HEADER + 1] : undefined
  return {
    protocol: 'modbus',
    type: 'request',
    frame: client.frameAt(at),
    fromClient: true,
    deed: halts === undefined ? deed : 'stop',
    operation: halts ?? operation,
    outcome: said === code ? 'done' : said === (code | 0x80) ? 'refused' : 'unknown',
    authentication: 'none',
    transaction: u16(bytes, at),
    unit: bytes[at + 6]!,
    function: code,
    ...(exception === undefined ? {} : { exception }),
  }
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

import type { DatagramDecoder, Emit, StreamDecoder } from '../message.ts'
import { u16le, u32le } from '../numbers.ts'
import type { Datagram, StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import { askedBy, isDone, statusBy } from './cip.ts'
import type { ControlIdentity, ControlRequest } from './control.ts'

/** A request by EtherNet/IP, or the answer to one: of the encapsulation itself, or of CIP within it. */
export interface EnipRequest extends ControlRequest<'enip'> {
  readonly command: number
  /** CIP's service, without the bit that says answer. */
  readonly service?: number
  /** General status of an answer by CIP. */
  readonly status?: number
}

export type EnipMessage = EnipRequest | ControlIdentity<'enip'>

const PORT = 44818
/** Command, length, session, status, context of the sender, options: little-endian (CIP Networks Library volume 2, section 2-3). */
const HEADER = 24
const MAX_MESSAGES = 256
const LIST_SERVICES = 0x04
const LIST_IDENTITY = 0x63
const LIST_INTERFACES = 0x64
const REGISTER = 0x65
const UNREGISTER = 0x66
const SEND_REQUEST = 0x6f
const SEND_CONNECTED = 0x70
const STATUSES: readonly number[] = [0, 1, 2, 3, 0x64, 0x65, 0x69]

/** EtherNet/IP over TCP. CIP Security is TLS on another port: here nothing is protected, and nobody asked who he is. */
export const enipStream: StreamDecoder<EnipMessage> = {
  protocol: 'enip',
  recognise({ client, server, serverPort }) {
    if (client.length + server.length === 0) return false
    const fits = (stream: StreamPrefix) => stream.length === 0 || framed(stream.bytes, 0, stream.length)
    return fits(client) && fits(server) && (serverPort === PORT || opens(client, server))
  },
  decode({ client, server }, emit) {
    const answers = new Map<string, Place[]>()
    each(server, (at, end) => {
      const key = keyOf(server.bytes, at)
      const of = answers.get(key)
      if (of === undefined) answers.set(key, [{ at, end }])
      else of.push({ at, end })
      readIdentity(server.bytes, at, end, server.frameAt(at), false, emit)
    })
    for (const of of answers.values()) of.reverse()
    each(client, (at, end) => {
      const answer = answers.get(keyOf(client.bytes, at))?.pop()
      eachAsked(client.bytes, at, end, client.frameAt(at), true, (request, part) => {
        const status = answer === undefined ? -1 : statusOf(server.bytes, answer, part)
        emit(status < 0 ? request : { ...request, outcome: isDone(status) ? 'done' : 'refused', status })
      })
    })
  },
}

/** The same over UDP, where things are looked for. */
export const enip: DatagramDecoder<EnipMessage> = {
  protocol: 'enip',
  ports: [PORT],
  recognise({ bytes, start, end, srcPort, dstPort, truncated }: Datagram): boolean {
    // a question is little more than a number and zeros: without its port it could be anybody's
    if ((srcPort !== PORT && dstPort !== PORT) || !framed(bytes, start, end)) return false
    const command = u16le(bytes, start)
    // what needs a session is for TCP
    if (command !== LIST_SERVICES && command !== LIST_IDENTITY && command !== LIST_INTERFACES) return false
    const stop = start + HEADER + u16le(bytes, start + 2)
    return stop === end || (truncated && stop > end)
  },
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<EnipMessage>): void {
    if (!framed(bytes, start, end)) return
    const stop = Math.min(end, start + HEADER + u16le(bytes, start + 2))
    if (u16le(bytes, start + 2) > 0) return readIdentity(bytes, start, stop, frame, fromClient, emit)
    eachAsked(bytes, start, stop, frame, fromClient, emit)
  },
}

/** A header of a known command, with a length that fits it, a known status and no options. */
function framed(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + HEADER > end || bytes[at + 1] !== 0) return false
  const length = u16le(bytes, at + 2)
  if (u32le(bytes, at + 20) !== 0 || !STATUSES.includes(u32le(bytes, at + 8))) return false
  switch (bytes[at]) {
    case LIST_SERVICES:
    case LIST_IDENTITY:
    case LIST_INTERFACES:
      // a question is empty; an answer is a list of items
      return length === 0 || (length >= 2 && at + HEADER + 2 <= end && u16le(bytes, at + HEADER) <= 16)
    case REGISTER:
      return length === 4 && (at + HEADER + 4 > end || u16le(bytes, at + HEADER) === 1)
    case UNREGISTER:
      return length === 0
    case SEND_REQUEST:
    case SEND_CONNECTED:
      // interface handle 0 is CIP's; an error comes without it
      return length === 0 ? u32le(bytes, at + 8) !== 0 : length >= 8 && at + HEADER + 4 <= end && u32le(bytes, at + HEADER) === 0
    default:
      return false
  }
}

/** What conversations begin with: away from the port nothing else tells enough. To a list it takes an answer. */
function opens(client: StreamPrefix, server: StreamPrefix): boolean {
  const command = (client.length > 0 ? client : server).bytes[0]
  if (command === REGISTER) return true
  const both = client.length > 0 && server.length > 0 && server.bytes[0] === command
  return both && (command === LIST_IDENTITY || command === LIST_SERVICES)
}

interface Place {
  at: number
  end: number
}

function each(stream: StreamPrefix, visit: (at: number, end: number) => void): void {
  for (let at = 0, count = 0; count < MAX_MESSAGES && framed(stream.bytes, at, stream.length); count++) {
    const next = at + HEADER + u16le(stream.bytes, at + 2)
    visit(at, Math.min(next, stream.length))
    at = next
  }
}

/** What an answer repeats of its request: the command, and the sender's context, or of a connection its sequence number. */
function keyOf(bytes: Uint8Array, at: number): string {
  const command = bytes[at]!
  if (command !== SEND_CONNECTED) return `${command} ${u32le(bytes, at + 12)} ${u32le(bytes, at + 16)}`
  return `${command}`
}

/** Of an answer to that part of a request: the encapsulation's status where it is an error (+ 256), else CIP's; -1 where it is cut off. */
function statusOf(bytes: Uint8Array, { at, end }: Place, part: number): number {
  const outer = u32le(bytes, at + 8)
  if (outer !== 0) return outer + 256
  if (bytes[at] !== SEND_REQUEST && bytes[at] !== SEND_CONNECTED) return 0
  const cip = cipAt(bytes, at, end)
  return cip < 0 ? -1 : statusBy(bytes, cip, end, part)
}

const LISTS: Readonly<Record<number, string>> = {
  [LIST_IDENTITY]: 'ListIdentity',
  [LIST_SERVICES]: 'ListServices',
  [LIST_INTERFACES]: 'ListInterfaces',
}

/** What a message asks for; `part` tells which it is of several that CIP packs in one, else it is -1. */
function eachAsked(
  bytes: Uint8Array,
  at: number,
  end: number,
  frame: number,
  fromClient: boolean,
  visit: (request: EnipRequest, part: number) => void,
): void {
  const command = bytes[at]!
  const base = {
    protocol: 'enip',
    type: 'request',
    frame,
    fromClient,
    outcome: 'unknown',
    authentication: 'none',
    command,
  } as const
  const list = LISTS[command]
  if (list !== undefined) return visit({ ...base, deed: 'find', operation: list }, -1)
  if (command === REGISTER) return visit({ ...base, deed: 'read', operation: 'RegisterSession' }, -1)
  const cip = cipAt(bytes, at, end)
  if (cip < 0) return
  for (const { operation, deed, service, part } of askedBy(bytes, cip, end)) visit({ ...base, deed, operation, service }, part)
}

/** What comes before data: no address, that of a connection, the same with a sequence number. */
const ADDRESSES: readonly number[] = [0, 0xa1, 0x8002]

/** Offset of CIP in the data item of a common packet (section 2-6), -1 where there is none. */
function cipAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== SEND_REQUEST && bytes[at] !== SEND_CONNECTED) return -1
  const stop = at + HEADER + u16le(bytes, at + 2)
  let o = at + HEADER + 6
  if (o + 2 > end) return -1
  const items = Math.min(u16le(bytes, o), 8)
  o += 2
  for (let i = 0; i < items && o + 4 <= end; i++) {
    const type = u16le(bytes, o)
    const next = o + 4 + u16le(bytes, o + 2)
    // no item is longer than what it is in
    if (next > stop) return -1
    if (type === 0xb2) return next - o < 6 ? -1 : o + 4
    // a connection's data begins with its sequence number
    if (type === 0xb1) return next - o < 8 ? -1 : o + 6
    if (!ADDRESSES.includes(type)) return -1
    o = next
  }
  return -1
}

/** Items of ListIdentity's answer (section 2-4.3). */
function readIdentity(
  bytes: Uint8Array,
  at: number,
  end: number,
  frame: number,
  fromClient: boolean,
  emit: Emit<EnipMessage>,
): void {
  if (bytes[at] !== LIST_IDENTITY) return
  const o = at + HEADER + 6
  // version, socket address (16), vendor, type, product, revision (2), status, serial (4), name, state
  if (o + 33 > end || u16le(bytes, o - 6) < 1 || u16le(bytes, o - 4) !== 0x0c) return
  const vendor = u16le(bytes, o + 18)
  const type = u16le(bytes, o + 20)
  const length = bytes[o + 32]!
  // within the item as within the message
  if (o + 33 + length > end || 33 + length > u16le(bytes, o - 2)) return
  const named = VENDORS[vendor]
  const model = text(bytes, o + 33, o + 33 + length, 128).trim()
  emit({
    protocol: 'enip',
    type: 'identity',
    frame,
    fromClient,
    ...(named === undefined ? {} : { vendor: named }),
    ...(model === '' ? {} : { model }),
    firmware: `${bytes[o + 24]}.${String(bytes[o + 25]).padStart(3, '0')}`,
    serial: u32le(bytes, o + 28)
      .toString(16)
      .padStart(8, '0'),
    detail: {
      'vendor id': String(vendor),
      'device type': TYPES[type] ?? String(type),
      'product code': String(u16le(bytes, o + 22)),
    },
  })
}

/** Makers by the number that ODVA gives them: those that are met most. */
const VENDORS: Readonly<Record<number, string>> = {
  1: 'Rockwell Automation',
  7: 'SMC',
  12: 'Banner Engineering',
  26: 'Festo',
  40: 'WAGO',
  43: 'Balluff',
  46: 'ABB',
  47: 'Omron',
  48: 'Turck',
  57: 'Pepperl+Fuchs',
  90: 'HMS Networks',
  97: 'Danfoss',
  108: 'Beckhoff',
  161: 'Mitsubishi Electric',
  243: 'Schneider Electric',
  255: 'Bosch Rexroth',
  283: 'Hilscher',
  309: 'ProSoft Technology',
  315: 'SEW-Eurodrive',
  322: 'ifm',
  356: 'Fanuc',
  367: 'Keyence',
  445: 'Lenze',
  562: 'Phoenix Contact',
  591: 'Fanuc',
  678: 'Cognex',
  808: 'SICK',
  991: 'Moxa',
}

/** Device profiles (volume 1, chapter 6). */
const TYPES: Readonly<Record<number, string>> = {
  0x02: 'AC drive',
  0x07: 'general purpose discrete I/O',
  0x0c: 'communications adapter',
  0x0e: 'programmable logic controller',
  0x18: 'human-machine interface',
  0x2b: 'generic device',
  0x2c: 'managed Ethernet switch',
}

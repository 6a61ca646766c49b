import type { DatagramDecoder, Emit, StreamDecoder } from '../message.ts'
import type { Datagram, StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import type { ControlIdentity, ControlRequest, Deed } from './control.ts'

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
    const outcomes = new Map<string, (number | undefined)[]>()
    each(server, (at, end) => {
      const key = keyOf(server.bytes, at)
      const status = statusOf(server.bytes, at, end)
      const of = outcomes.get(key)
      if (of === undefined) outcomes.set(key, [status])
      else of.push(status)
      readIdentity(server.bytes, at, end, server.frameAt(at), false, emit)
    })
    for (const of of outcomes.values()) of.reverse()
    each(client, (at, end) => {
      const made = requestOf(client.bytes, at, end, client.frameAt(at), true)
      const status = outcomes.get(keyOf(client.bytes, at))?.pop()
      if (made === undefined) return
      emit(status === undefined ? made : { ...made, outcome: isDone(status) ? 'done' : 'refused', status })
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
    const made = requestOf(bytes, start, stop, frame, fromClient)
    if (made !== undefined) emit(made)
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

/** Of an answer: the encapsulation's status where it is an error (+ 256), else CIP's; undefined where CIP should be and is not. */
function statusOf(bytes: Uint8Array, at: number, end: number): number | undefined {
  const outer = u32le(bytes, at + 8)
  if (outer !== 0) return outer + 256
  if (bytes[at] !== SEND_REQUEST && bytes[at] !== SEND_CONNECTED) return 0
  const cip = cipAt(bytes, at, end)
  // an answer says so by the upper bit of its service
  return cip < 0 || cip + 3 > end || bytes[cip]! < 0x80 ? undefined : bytes[cip + 2]!
}

/** 6: a part of what was asked; the rest follows. */
function isDone(status: number): boolean {
  return status === 0 || status === 6
}

/** Encapsulated services of CIP (volume 1, appendix A), and of the classes that controllers have. */
const SERVICES: Readonly<Record<number, readonly [string, Deed]>> = {
  0x01: ['Get_Attributes_All', 'read'],
  0x02: ['Set_Attributes_All', 'write'],
  0x03: ['Get_Attribute_List', 'read'],
  0x04: ['Set_Attribute_List', 'write'],
  0x05: ['Reset', 'stop'],
  0x06: ['Start', 'command'],
  0x07: ['Stop', 'stop'],
  0x08: ['Create', 'write'],
  0x09: ['Delete', 'write'],
  0x0a: ['Multiple_Service_Packet', 'read'],
  0x0e: ['Get_Attribute_Single', 'read'],
  0x10: ['Set_Attribute_Single', 'write'],
  0x11: ['Find_Next_Object_Instance', 'read'],
  0x15: ['Restore', 'program'],
  0x16: ['Save', 'write'],
  0x4b: ['Execute PCCC', 'command'],
  0x4c: ['Read Tag', 'read'],
  0x4d: ['Write Tag', 'write'],
  0x53: ['Write Tag Fragmented', 'write'],
  0x54: ['Forward_Open', 'read'],
  0x55: ['Get Instance Attribute List', 'read'],
  0x5b: ['Large_Forward_Open', 'read'],
}
/** Two services have another meaning at the connection manager (class 6) than at tags. */
const MANAGER: typeof SERVICES = { 0x4e: ['Forward_Close', 'read'], 0x52: ['Unconnected_Send', 'read'] }
const TAGS: typeof SERVICES = { 0x4e: ['Read Modify Write Tag', 'write'], 0x52: ['Read Tag Fragmented', 'read'] }

function requestOf(bytes: Uint8Array, at: number, end: number, frame: number, fromClient: boolean): EnipRequest | undefined {
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
  if (command === LIST_IDENTITY) return { ...base, deed: 'find', operation: 'ListIdentity' }
  if (command === LIST_SERVICES) return { ...base, deed: 'find', operation: 'ListServices' }
  if (command === LIST_INTERFACES) return { ...base, deed: 'find', operation: 'ListInterfaces' }
  if (command === REGISTER) return { ...base, deed: 'read', operation: 'RegisterSession' }
  if (command !== SEND_REQUEST && command !== SEND_CONNECTED) return undefined
  let cip = cipAt(bytes, at, end)
  if (cip < 0 || cip + 2 > end) return undefined
  let service = bytes[cip]!
  if (service === 0x52 && isManager(bytes, cip, end)) {
    // another request within, for whom it is to be handed to: priority, ticks, length (volume 1, section 3-5.5.4)
    const inner = cip + 2 + 2 * bytes[cip + 1]! + 4
    const size = inner + 2 <= end ? u16le(bytes, inner - 2) : 0
    if (size >= 2 && inner + size <= at + HEADER + u16le(bytes, at + 2)) {
      cip = inner
      service = bytes[cip]!
    }
  }
  const [operation, deed] = SERVICES[service] ??
    (isManager(bytes, cip, end) ? MANAGER : TAGS)[service] ?? [`service ${service}`, 'command' as const]
  return service >= 0x80 ? undefined : { ...base, deed, operation, service }
}

/** The path's first segment is class 6. */
function isManager(bytes: Uint8Array, cip: number, end: number): boolean {
  return cip + 4 <= end && bytes[cip + 1]! >= 1 && bytes[cip + 2] === 0x20 && bytes[cip + 3] === 6
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

function u16le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}

function u32le(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

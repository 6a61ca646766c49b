import type { Emit, MessageBase, StreamDecoder } from '../message.ts'
import { u16, u32 } from '../numbers.ts'
import type { StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import type { LoginAttempt } from './dialogue.ts'

/** What a side said first: which AMQP, and how it is protected. */
interface AmqpOpen extends MessageBase {
  readonly protocol: 'amqp'
  readonly type: 'open'
  /** '0-9-1', '1.0'. */
  readonly version: string
  /** TLS was asked for within the protocol, and agreed to (1.0's security layer 2: part 5.2.1). */
  readonly tls: boolean
  /** No TLS was asked for, and the server answered. */
  readonly clear: boolean
}

/** What a side says it is: product, version, platform (0-9-1), container and host name (1.0). */
interface AmqpPeer extends MessageBase {
  readonly protocol: 'amqp'
  readonly type: 'peer'
  readonly product?: string
  readonly version?: string
  readonly platform?: string
  readonly container?: string
  /** Offered by the server. */
  readonly mechanisms?: string
}

/** SASL, with its fate. User and password only where they could be read: never to be stored unmasked. */
interface AmqpLogin extends MessageBase, LoginAttempt {
  readonly protocol: 'amqp'
  readonly type: 'login'
  readonly mechanism: string
}

export type AmqpMessage = AmqpOpen | AmqpPeer | AmqpLogin

const HEADER = 8
const MAX_FRAMES = 128
/** Of 1.0, what is read comes before larger frames than 512 bytes are agreed on (parts 2.4.1 and 5.3.1); some send larger ones. */
const MAX_FRAME = 1 << 20
/** Protocol headers: "AMQP", then id, major, minor, revision (1.0 part 2.2; 0-9-1 section 4.2.2). */
const VERSIONS: Readonly<Record<string, string>> = {
  '0 0 9 1': '0-9-1',
  '1 1 0 9': '0-9',
  '1 1 8 0': '0-8',
  '0 1 0 0': '1.0',
  '2 1 0 0': '1.0',
  '3 1 0 0': '1.0',
}
/** Methods of 0-9-1's class 10, connection. */
const START = 10
const START_OK = 11
const TUNE = 30
const CLOSE = 50
const ACCESS_REFUSED = 403
/** 1.0: descriptors of SASL's frames (part 5.3.3), and of the one that opens (2.7.1). */
const OPEN = 0x10
const MECHANISMS = 0x40
const INIT = 0x41
const OUTCOME = 0x44

/** AMQP 0-9-1 (and its forebears' headers) and 1.0 (ISO/IEC 19464). */
export const amqp: StreamDecoder<AmqpMessage> = {
  protocol: 'amqp',

  recognise({ client, server }) {
    const fits = (stream: StreamPrefix) => stream.length === 0 || versionAt(stream, 0) !== undefined || isStart(stream)
    // a server is silent until it is greeted
    return client.length > 0
      ? versionAt(client, 0) !== undefined && fits(server)
      : versionAt(server, 0) !== undefined || isStart(server)
  },

  decode({ client, server }, emit) {
    const version = versionAt(client, 0)
    if (version !== undefined)
      emit({
        protocol: 'amqp',
        type: 'open',
        frame: client.frameAt(0),
        fromClient: true,
        version,
        tls: asksTls(client) && asksTls(server),
        clear: !asksTls(client) && server.length > 0,
      })
    // what follows a start of TLS is TLS
    if (asksTls(client)) return
    if (version === '1.0') readOne(client, server, emit)
    else readNine(client, server, emit)
  },
}

function asksTls(stream: StreamPrefix): boolean {
  return versionAt(stream, 0) !== undefined && stream.bytes[4] === 2
}

function versionAt({ bytes, length }: StreamPrefix, at: number): string | undefined {
  if (at + HEADER > length || u32(bytes, at) !== 0x414d5150) return undefined
  return VERSIONS[`${bytes[at + 4]} ${bytes[at + 5]} ${bytes[at + 6]} ${bytes[at + 7]}`]
}

/** A method's frame on channel 0: connection.start, version 0-9. */
function isStart({ bytes, length }: StreamPrefix): boolean {
  return (
    length >= 13 &&
    bytes[0] === 1 &&
    u16(bytes, 1) === 0 &&
    u32(bytes, 7) === ((10 << 16) | START) &&
    bytes[11] === 0 &&
    bytes[12] === 9
  )
}

function readNine(client: StreamPrefix, server: StreamPrefix, emit: Emit<AmqpMessage>): void {
  let outcome: LoginAttempt['outcome'] = 'unknown'
  const { bytes } = server
  eachNine(server, (method, at, end) => {
    if (method === START) {
      const table = tableOf(bytes, at + 2, end)
      const list = at + 6 + u32(bytes, at + 2)
      const mechanisms = list + 4 <= end ? text(bytes, list + 4, Math.min(end, list + 4 + u32(bytes, list)), 128) : undefined
      emit({
        protocol: 'amqp',
        type: 'peer',
        frame: server.frameAt(at),
        fromClient: false,
        ...described(table),
        ...(mechanisms === undefined ? {} : { mechanisms }),
      })
    } else if (method === TUNE) outcome = 'accepted'
    else if (method === CLOSE && outcome === 'unknown' && at + 2 <= end && u16(bytes, at) === ACCESS_REFUSED) outcome = 'refused'
  })
  eachNine(client, (method, at, end) => {
    if (method !== START_OK || at + 4 > end) return
    const frame = client.frameAt(at)
    emit({ protocol: 'amqp', type: 'peer', frame, fromClient: true, ...described(tableOf(client.bytes, at, end)) })
    const o = at + 4 + u32(client.bytes, at)
    if (o + 1 > end) return
    const mechanism = text(client.bytes, o + 1, Math.min(end, o + 1 + client.bytes[o]!), 32)
    const response = o + 1 + client.bytes[o]!
    if (response + 4 > end) return
    const stop = Math.min(end, response + 4 + u32(client.bytes, response))
    const shown =
      mechanism === 'PLAIN'
        ? plain(client.bytes, response + 4, stop)
        : mechanism === 'AMQPLAIN'
          ? pairOf(entriesOf(client.bytes, response + 4, stop))
          : {}
    emit({ protocol: 'amqp', type: 'login', frame, fromClient: true, mechanism, ...shown, outcome })
  })
}

/** Methods of the connection class: `at` is the first argument. */
function eachNine(stream: StreamPrefix, visit: (method: number, at: number, end: number) => void): void {
  const { bytes, length } = stream
  for (let at = versionAt(stream, 0) === undefined ? 0 : HEADER, count = 0; at + 7 <= length && count < MAX_FRAMES; count++) {
    const size = u32(bytes, at + 3)
    // method, header, body, heartbeat
    if (bytes[at] !== 1 && bytes[at] !== 2 && bytes[at] !== 3 && bytes[at] !== 8) return
    const end = Math.min(length, at + 7 + size)
    if (bytes[at] === 1 && at + 11 < end && u16(bytes, at + 7) === 10) visit(u16(bytes, at + 9), at + 11, end)
    at += 8 + size
  }
}

type Table = ReadonlyMap<string, string>

function tableOf(bytes: Uint8Array, at: number, end: number): Table {
  return at + 4 > end ? new Map() : entriesOf(bytes, at + 4, Math.min(end, at + 4 + u32(bytes, at)))
}

/** A table's texts (section 4.2.5.5); it stops at the first type it does not know the size of. */
function entriesOf(bytes: Uint8Array, at: number, end: number): Table {
  const table = new Map<string, string>()
  for (let o = at, count = 0; o + 2 <= end && count < 64; count++) {
    const value = o + 2 + bytes[o]!
    if (value > end) break
    const name = text(bytes, o + 1, value - 1, 64)
    const type = String.fromCharCode(bytes[value - 1]!)
    const sized = type === 'S' || type === 'F' || type === 'A' || type === 'x'
    const size = sized && value + 4 <= end ? 4 + u32(bytes, value) : SIZES[type]
    if (size === undefined || value + size > end) break
    if (type === 'S') table.set(name, text(bytes, value + 4, value + size, 128))
    o = value + size
  }
  return table
}

const SIZES: Readonly<Record<string, number>> = {
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  u: 2,
  I: 4,
  i: 4,
  l: 8,
  L: 8,
  f: 4,
  d: 8,
  D: 5,
  T: 8,
  V: 0,
}

function described(table: Table): { product?: string; version?: string; platform?: string } {
  const told: Record<string, string> = {}
  for (const name of ['product', 'version', 'platform'] as const) if (table.has(name)) told[name] = table.get(name)!
  return told
}

function pairOf(table: Table): { user?: string; password?: string } {
  const user = table.get('LOGIN')
  const password = table.get('PASSWORD')
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) }
}

/** RFC 4616: whom to act for, NUL, user, NUL, password. */
function plain(bytes: Uint8Array, at: number, end: number): { user?: string; password?: string } {
  const first = bytes.indexOf(0, at)
  const second = first < 0 ? -1 : bytes.indexOf(0, first + 1)
  if (first < 0 || second < 0 || second >= end) return {}
  return { user: text(bytes, first + 1, second, 128), password: text(bytes, second + 1, end, 128) }
}

function readOne(client: StreamPrefix, server: StreamPrefix, emit: Emit<AmqpMessage>): void {
  let outcome: LoginAttempt['outcome'] = 'unknown'
  let mechanisms: string | undefined
  const peers: AmqpPeer[] = []
  const opened = (stream: StreamPrefix, at: number, end: number, fromClient: boolean) => {
    const container = new Fields(stream.bytes, at, end).text(128)
    if (container !== undefined) peers.push({ protocol: 'amqp', type: 'peer', frame: stream.frameAt(at), fromClient, container })
  }
  eachOne(server, (code, at, end) => {
    const fields = new Fields(server.bytes, at, end)
    if (code === MECHANISMS) {
      mechanisms = fields.text(128)
      if (mechanisms !== undefined)
        peers.push({ protocol: 'amqp', type: 'peer', frame: server.frameAt(at), fromClient: false, mechanisms })
    } else if (code === OUTCOME) outcome = fields.number() === 0 ? 'accepted' : 'refused'
    else if (code === OPEN) opened(server, at, end, false)
  })
  eachOne(client, (code, at, end) => {
    if (code === OPEN) opened(client, at, end, true)
    if (code !== INIT) return
    const fields = new Fields(client.bytes, at, end)
    const mechanism = fields.text(32)
    if (mechanism === undefined) return
    const shown = mechanism === 'PLAIN' && fields.next() ? plain(client.bytes, fields.start, fields.end) : {}
    emit({ protocol: 'amqp', type: 'login', frame: client.frameAt(at), fromClient: true, mechanism, ...shown, outcome })
  })
  for (const peer of peers) emit(peer)
}

/** Frames of 1.0 whose performative is described by a small number: `at` is its list. A second header comes after SASL. */
function eachOne(stream: StreamPrefix, visit: (code: number, at: number, end: number) => void): void {
  const { bytes, length } = stream
  for (let at = 0, count = 0; at + 8 <= length && count < MAX_FRAMES; count++) {
    if (versionAt(stream, at) !== undefined) {
      at += HEADER
      continue
    }
    const size = u32(bytes, at)
    const body = at + 4 * bytes[at + 4]!
    if (size < 8 || size > MAX_FRAME || bytes[at + 4]! < 2 || bytes[at + 5]! > 1) return
    const end = Math.min(length, at + size)
    // described, by a ulong of one byte
    const code = body + 3 < end && bytes[body] === 0 && bytes[body + 1] === 0x53 ? bytes[body + 2]! : -1
    // frames of type 1 are SASL's, and nothing else is (part 5.3.1)
    if (code >= 0 && (bytes[at + 5] === 1) === (code >= MECHANISMS && code <= OUTCOME)) visit(code, body + 3, end)
    at += size
  }
}

/** Over the fields of a list (part 1.6.22): texts, symbols, binaries, small numbers, arrays of symbols. */
class Fields {
  start = 0
  end = 0
  private readonly bytes: Uint8Array
  private at: number
  private readonly stop: number
  private code = 0
  /** Fields that are still to come. */
  private left = 0

  constructor(bytes: Uint8Array, at: number, stop: number) {
    this.bytes = bytes
    this.stop = stop
    const form = at < stop ? bytes[at]! : 0
    // list8: size and count of a byte each; list32. Each field has a byte at least
    const small = form === 0xc0 && at + 3 <= stop && bytes[at + 2]! < bytes[at + 1]!
    const large = form === 0xd0 && at + 9 <= stop && u32(bytes, at + 5) < u32(bytes, at + 1)
    this.at = small ? at + 3 : large ? at + 9 : stop
    this.left = small ? bytes[at + 2]! : large ? u32(bytes, at + 5) : 0
  }

  next(): boolean {
    const { bytes, stop } = this
    if (this.at >= stop || this.left-- <= 0) return false
    this.code = bytes[this.at]!
    const wide = this.code >> 4
    this.start = this.at + 1
    if (wide === 0xa || wide === 0xe) this.start += 1
    else if (wide === 0xb || wide === 0xf) this.start += 4
    const size =
      wide === 0xa || wide === 0xe
        ? (bytes[this.at + 1] ?? 0)
        : wide === 0xb || wide === 0xf
          ? u32(bytes, this.at + 1)
          : (FIXED[wide] ?? stop)
    this.end = this.start + size
    this.at = this.end
    return this.start <= stop && this.end <= stop
  }

  text(max: number): string | undefined {
    if (!this.next()) return undefined
    // symbols and strings; an array of symbols has its count, their kind, and of each the length
    if (this.code === 0xa1 || this.code === 0xa3 || this.code === 0xb1 || this.code === 0xb3)
      return text(this.bytes, this.start, this.end, max)
    if (this.code !== 0xe0 || this.bytes[this.start + 1] !== 0xa3) return undefined
    const words: string[] = []
    for (let o = this.start + 2; o < this.end && words.length < 16; o += 1 + this.bytes[o]!)
      words.push(text(this.bytes, o + 1, Math.min(this.end, o + 1 + this.bytes[o]!), 32))
    return words.join(' ')
  }

  /** A ubyte; -1 for anything else. */
  number(): number {
    return this.next() && this.code === 0x50 ? this.bytes[this.start]! : -1
  }
}

/** Sizes by the code's upper half. */
const FIXED: Readonly<Record<number, number>> = { 4: 0, 5: 1, 6: 2, 7: 4, 8: 8, 9: 16 }

import type { Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'

/** What one end says of itself in the clear: of the device's answers only what was read is there. */
interface EsphomeFacts {
  /** HelloRequest: the program that controls. */
  readonly client?: string
  /** API version: "1.10". */
  readonly api?: string
  /** Host name of the node. */
  readonly name?: string
  readonly friendlyName?: string
  readonly version?: string
  readonly mac?: string
  readonly model?: string
  readonly manufacturer?: string
  readonly project?: string
  readonly projectVersion?: string
  /** The node says that it wants a password. */
  readonly usesPassword?: boolean
  /** Sent in clear, up to ESPHome 2025; empty where the node has none. In memory only. */
  readonly password?: string
  /** The answer to it; undefined where none was seen. */
  readonly refused?: boolean
  /** Of a node that speaks Noise: the handshake was done, as both have the key. */
  readonly agreed?: boolean
}

export interface EsphomeMessage extends MessageBase, EsphomeFacts {
  readonly protocol: 'esphome'
  readonly type: 'hello' | 'info' | 'password' | 'command' | 'noise'
}

const PORT = 6053
const MAX_MESSAGES = 256
const MAX_PAYLOAD = 0xffff
const MAX_TEXT = 128

const HELLO = 1
const HELLO_ANSWER = 2
const PASSWORD = 3
const PASSWORD_ANSWER = 4
const DEVICE_INFO = 10
/** Cover, fan, light, switch, service, climate, number, select, siren, lock, button, media player, alarm panel, text, date, time, valve. */
const COMMANDS = new Set([30, 31, 32, 33, 42, 48, 51, 54, 57, 60, 62, 65, 96, 99, 101, 104, 110, 113])

/**
 * ESPHome's native API, as the project documents it (api.proto). Each frame begins with 0x00 (length, type, protocol buffer; all readable)
 * or 0x01 (length; Noise_NNpsk0_25519_ChaChaPoly_SHA256 under a key that the owner gave the node).
 */
export const esphome: StreamDecoder<EsphomeMessage> = {
  protocol: 'esphome',
  repeats: () => true,

  recognise({ client, server, serverPort }) {
    if (startsNoise(client)) return true
    if (isHello(client)) return true
    // without the client's first bytes its port must speak for it
    return serverPort === PORT && client.length === 0 && isHelloAnswer(server)
  },

  decode({ client, server }, emit) {
    if (startsNoise(client)) {
      emit({ protocol: 'esphome', type: 'noise', frame: client.frameAt(0), fromClient: true })
      readNoiseAnswer(server, emit)
      return
    }
    const told: EsphomeMessage[] = []
    let refused: boolean | undefined
    if (!server.midstream)
      readFrames(server, false, (message) => {
        if (message.type === 'password') refused ??= message.refused
        else told.push(message)
      })
    if (!client.midstream)
      readFrames(client, true, (message) =>
        emit(message.type === 'password' && refused !== undefined ? { ...message, refused } : message),
      )
    for (const message of told) emit(message)
  },
}

/** An empty hello, then a frame with the handshake's first message: 0, a key of 32 bytes and a tag of 16. */
function startsNoise({ bytes, length, midstream }: StreamPrefix): boolean {
  return (
    !midstream &&
    length >= 7 &&
    bytes[0] === 1 &&
    bytes[1] === 0 &&
    bytes[2] === 0 &&
    bytes[3] === 1 &&
    bytes[4] === 0 &&
    bytes[5] === 49 &&
    bytes[6] === 0
  )
}

/**
 * The protocol that it chose (1), then its name and, since 2025, its hardware address, each ended by a zero. In the next frame 0 and the
 * handshake's second message, or 1 and why there is none: another key.
 */
function readNoiseAnswer(server: StreamPrefix, emit: Emit<EsphomeMessage>): void {
  const { bytes, length, midstream } = server
  if (midstream || length < 4 || bytes[0] !== 1 || bytes[3] !== 1) return
  const next = 3 + ((bytes[1]! << 8) | bytes[2]!)
  const end = Math.min(length, next)
  const parts: string[] = []
  for (let at = 4, from = 4; at < end && parts.length < 2; at++) {
    if (bytes[at] !== 0) continue
    parts.push(text(bytes, from, at, MAX_TEXT))
    from = at + 1
  }
  const [name = '', mac = ''] = parts
  emit({
    protocol: 'esphome',
    type: 'noise',
    frame: server.frameAt(0),
    fromClient: false,
    agreed: next + 4 <= length && bytes[next] === 1 && bytes[next + 3] === 0,
    ...said('name', name),
    ...said('mac', mac),
  })
}

/** A frame of the type that must come first, whose protocol buffer begins as it must. */
function isHello({ bytes, length, midstream }: StreamPrefix): boolean {
  // "client_info": field 1, a text; one of more than 127 bytes nobody sends
  return (
    !midstream &&
    length >= 6 &&
    bytes[0] === 0 &&
    bytes[1]! >= 4 &&
    bytes[1]! < 128 &&
    bytes[2] === HELLO &&
    isText(bytes, 3, length, bytes[1]!)
  )
}

function isText(bytes: Uint8Array, at: number, length: number, size: number): boolean {
  if (bytes[at] !== 0x0a) return false
  const said = bytes[at + 1]!
  if (said === 0 || said + 2 > size) return false
  const end = Math.min(length, at + 2 + said)
  for (let i = at + 2; i < end; i++) if (bytes[i]! < 0x20 || bytes[i] === 0x7f) return false
  // what comes after it, as far as it is there, is the API's major version: field 2, a number
  return at + 2 + said === 3 + size || end >= length || bytes[end] === 0x10
}

/** Major and minor version (fields 1 and 2), then a text (3). */
function isHelloAnswer({ bytes, length, midstream }: StreamPrefix): boolean {
  return (
    !midstream &&
    length >= 9 &&
    bytes[0] === 0 &&
    bytes[1]! >= 6 &&
    bytes[1]! < 128 &&
    bytes[2] === HELLO_ANSWER &&
    bytes[3] === 0x08 &&
    bytes[5] === 0x10 &&
    bytes[7] === 0x1a
  )
}

function readFrames(stream: StreamPrefix, fromClient: boolean, emit: Emit<EsphomeMessage>): void {
  const cursor = new Cursor(stream.bytes, 0, stream.length)
  let commanded = false
  for (let count = 0; count < MAX_MESSAGES && cursor.at < stream.length; count++) {
    const from = cursor.at
    if (stream.bytes[cursor.at++] !== 0) return
    const size = cursor.number()
    const kind = cursor.number()
    if (size < 0 || kind < 0 || size > MAX_PAYLOAD) return
    const end = Math.min(stream.length, cursor.at + size)
    const frame = stream.frameAt(from)
    const message = fromClient ? asked(kind, stream.bytes, cursor.at, end) : told(kind, stream.bytes, cursor.at, end)
    // one command says as much as a hundred
    if (message !== undefined && !(message.type === 'command' && commanded)) {
      commanded ||= message.type === 'command'
      emit({ protocol: 'esphome', frame, fromClient, ...message })
    }
    cursor.at += size
  }
}

type Read = Omit<EsphomeMessage, keyof MessageBase>

function asked(kind: number, bytes: Uint8Array, at: number, end: number): Read | undefined {
  if (kind === HELLO) {
    const fields = fieldsOf(bytes, at, end)
    return { type: 'hello', ...said('client', fields.texts.get(1)) }
  }
  if (kind === PASSWORD) {
    const { texts } = fieldsOf(bytes, at, end)
    return { type: 'password', password: texts.get(1) ?? '' }
  }
  return COMMANDS.has(kind) ? { type: 'command' } : undefined
}

function told(kind: number, bytes: Uint8Array, at: number, end: number): Read | undefined {
  if (kind !== HELLO_ANSWER && kind !== PASSWORD_ANSWER && kind !== DEVICE_INFO) return undefined
  const { texts, numbers } = fieldsOf(bytes, at, end)
  if (kind === PASSWORD_ANSWER) return { type: 'password', refused: numbers.get(1) === 1 }
  if (kind === HELLO_ANSWER)
    return {
      type: 'hello',
      ...(numbers.has(1) ? { api: `${numbers.get(1)}.${numbers.get(2) ?? 0}` } : {}),
      // "kitchen (esphome v2023.5.0)" before it was the version alone
      ...said('version', versionIn(texts.get(3) ?? '')),
      ...said('name', texts.get(4)),
    }
  return {
    type: 'info',
    usesPassword: numbers.get(1) === 1,
    ...said('name', texts.get(2)),
    ...said('mac', texts.get(3)),
    ...said('version', texts.get(4)),
    ...said('model', texts.get(6)),
    ...said('project', texts.get(8)),
    ...said('projectVersion', texts.get(9)),
    ...said('manufacturer', texts.get(12)),
    ...said('friendlyName', texts.get(13)),
  }
}

function said<K extends keyof EsphomeFacts>(name: K, value: string | undefined): { [k in K]?: string } {
  return value === undefined || value === '' ? {} : ({ [name]: value } as { [k in K]: string })
}

function versionIn(server: string): string | undefined {
  return /(?:^|esphome v)(\d{1,4}\.\d{1,3}\.[\w.-]{1,24})/.exec(server)?.[1]
}

/** A protocol buffer's texts and numbers by field number, the first of each. Other wire types are passed over. */
function fieldsOf(bytes: Uint8Array, at: number, end: number): { texts: Map<number, string>; numbers: Map<number, number> } {
  const texts = new Map<number, string>()
  const numbers = new Map<number, number>()
  const cursor = new Cursor(bytes, at, end)
  while (cursor.at < end) {
    const tag = cursor.number()
    if (tag < 8) break
    const field = tag >> 3
    const wire = tag & 7
    if (wire === 0) {
      const value = cursor.number()
      if (value < 0) break
      if (!numbers.has(field)) numbers.set(field, value)
    } else if (wire === 2) {
      const size = cursor.number()
      if (size < 0 || cursor.at + size > end) break
      if (!texts.has(field) && texts.size < 32) texts.set(field, text(bytes, cursor.at, cursor.at + size, MAX_TEXT))
      cursor.at += size
    } else if (wire === 5) cursor.at += 4
    else if (wire === 1) cursor.at += 8
    else break
  }
  return { texts, numbers }
}

class Cursor {
  at: number
  private readonly bytes: Uint8Array
  private readonly end: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** A varint of at most 31 bits; -1 where it is cut or longer. */
  number(): number {
    let value = 0
    for (let shift = 0; shift < 35 && this.at < this.end; shift += 7) {
      const byte = this.bytes[this.at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value <= 0x7fffffff ? value : -1
    }
    return -1
  }
}

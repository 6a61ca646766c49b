import type { Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { Conversation, StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'

/** CONNECT, with the answer where the conversation holds it. */
interface MqttConnect extends MessageBase {
  readonly protocol: 'mqtt'
  readonly type: 'connect'
  /** '3.1', '3.1.1', '5', or the level's number. */
  readonly version: string
  readonly clientId: string
  readonly user?: string
  /** As on the wire: never to be stored unmasked. */
  readonly password?: string
  readonly hasPassword: boolean
  /** Authentication method of MQTT 5's enhanced authentication. */
  readonly authentication?: string
  readonly willTopic?: string
  /** Seconds. */
  readonly keepAlive: number
  /** Return or reason code of the CONNACK, and its name. */
  readonly code?: number
  readonly result?: string
}

interface MqttConnack extends MessageBase {
  readonly protocol: 'mqtt'
  readonly type: 'connack'
  readonly code: number
  readonly result: string
}

interface MqttPublish extends MessageBase {
  readonly protocol: 'mqtt'
  readonly type: 'publish'
  /** Empty where MQTT 5 names it by an alias that this conversation has not shown. */
  readonly topic: string
  readonly retain: boolean
  /** First characters of the application message. */
  readonly payload: string
  /** Its length in bytes, as sent. */
  readonly payloadLength: number
}

interface MqttSubscribe extends MessageBase {
  readonly protocol: 'mqtt'
  readonly type: 'subscribe'
  readonly topics: readonly string[]
}

export type MqttMessage = MqttConnect | MqttConnack | MqttPublish | MqttSubscribe

const MAX_PACKETS = 512
const MAX_TOPICS = 64
const MAX_TOPIC = 256
const MAX_PAYLOAD = 512

const CONNECT = 1
const CONNACK = 2
const PUBLISH = 3
const SUBSCRIBE = 8

/**
 * OASIS MQTT 3.1.1 and 5.0, and IBM's 3.1: a fixed header (type, flags, remaining length), then by type. What the prefix cuts is
 * read as far as it goes.
 */
export const mqtt: StreamDecoder<MqttMessage> = {
  protocol: 'mqtt',

  recognise({ client, server, serverPort }) {
    if (startsWithConnect(client)) return true
    // without a CONNECT (capture began late): the registered port, and bytes that are a control packet of either side
    if (serverPort === 1883 || serverPort === 8883) {
      if (client.length > 0) return startsWithPacket(client, true) && (server.length === 0 || startsWithPacket(server, false))
      return server.length > 0 && startsWithPacket(server, false)
    }
    return client.midstream && server.midstream && goesOnAsMqtt(client, server)
  },

  decode(conversation: Conversation, emit: Emit<MqttMessage>) {
    const { client, server } = conversation
    const answers: MqttConnack[] = []
    // the CONNACK follows the CONNECT's version: 3.1 and 3.1.1 have five codes, 5 has reason codes from 128
    const version = startsWithConnect(client) ? levelOf(client) : 4
    const fromServer: MqttMessage[] = []
    readPackets(server, false, version, (message) => {
      if (message.type === 'connack') answers.push(message)
      fromServer.push(message)
    })
    readPackets(client, true, version, (message) => {
      if (message.type !== 'connect') return emit(message)
      const answer = answers.shift()
      emit(answer === undefined ? message : { ...message, code: answer.code, result: answer.result })
    })
    for (const message of fromServer) emit(message)
  },
}

interface Packet {
  type: number
  flags: number
  /** Variable header and payload that are there: [body, end). `stop` is where they would end. */
  body: number
  end: number
  stop: number
}

/** The control packet at `at`, or undefined where its header is not whole or not valid (MQTT 5.0 §2.1). */
function packetAt(stream: StreamPrefix, at: number): Packet | undefined {
  let length = 0
  let body = at + 1
  for (let shift = 0; ; shift += 7, body++) {
    if (shift > 21 || body >= stream.length) return undefined
    const byte = stream.bytes[body]!
    length += (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  body++
  const head = stream.bytes[at]!
  const stop = body + length
  return { type: head >> 4, flags: head & 15, body, end: Math.min(stop, stream.length), stop }
}

function startsWithConnect({ bytes, length }: StreamPrefix): boolean {
  if (length < 10 || bytes[0] !== 0x10) return false
  let at = 1
  while (at < 5 && bytes[at]! >= 0x80) at++
  at++
  // protocol name, a UTF-8 string with its length: "MQTT" or, in 3.1, "MQIsdp"; bridges set the level's top bit
  if (at + 7 > length || bytes[at] !== 0 || bytes[at + 2] !== 0x4d || bytes[at + 3] !== 0x51) return false
  if (bytes[at + 1] === 4) return bytes[at + 4] === 0x54 && bytes[at + 5] === 0x54
  return bytes[at + 1] === 6 && bytes[at + 4] === 0x49 && bytes[at + 5] === 0x73
}

function levelOf(stream: StreamPrefix): number {
  const packet = packetAt(stream, 0)
  if (packet === undefined) return 4
  const nameEnd = packet.body + 2 + u16(stream.bytes, packet.body)
  return nameEnd < packet.end ? stream.bytes[nameEnd]! & 0x7f : 4
}

/** Is the first control packet one that this side may send? */
function startsWithPacket(stream: StreamPrefix, fromClient: boolean): boolean {
  const packet = packetAt(stream, 0)
  return packet !== undefined && isSent(stream, packet, fromClient)
}

/** On any port: several control packets one after another from both sides, and an application message among them. */
function goesOnAsMqtt(client: StreamPrefix, server: StreamPrefix): boolean {
  const sent = follow(client, true)
  if (sent < 0) return false
  const got = follow(server, false)
  return got >= 0 && (sent === 1 || got === 1)
}

const FOLLOWED = 3

/** -1 when the first control packets are not FOLLOWED that this side may send, 1 when there is a PUBLISH among them, else 0. */
function follow(stream: StreamPrefix, fromClient: boolean): number {
  let published = 0
  let at = 0
  for (let i = 0; i < FOLLOWED; i++) {
    const packet = at < stream.length ? packetAt(stream, at) : undefined
    if (packet === undefined || !isSent(stream, packet, fromClient)) return -1
    if (packet.type === PUBLISH) published = 1
    at = packet.stop
  }
  return published
}

/** Is it one that this side may send, with the flags and the least length that its type demands (MQTT 5.0 §2.1)? */
function isSent(stream: StreamPrefix, packet: Packet, fromClient: boolean): boolean {
  const { bytes } = stream
  const { type, flags, body, end, stop } = packet
  const length = stop - body
  switch (type) {
    case CONNACK:
      return !fromClient && flags === 0 && length >= 2 && body < end && bytes[body]! <= 1
    case PUBLISH: {
      const topic = body + 2 <= end ? u16(bytes, body) : 0
      return (
        (flags & 6) !== 6 && topic > 0 && topic + 2 <= length && printableAscii(bytes, body + 2, Math.min(end, body + 2 + topic))
      )
    }
    // PUBACK, PUBREC, PUBREL, PUBCOMP: a packet's identifier
    case 4:
    case 5:
    case 7:
      return flags === 0 && length === 2
    case 6:
      return flags === 2 && length === 2
    case SUBSCRIBE:
    case 10:
      return fromClient && flags === 2 && length >= 5
    case 9: // SUBACK
      return !fromClient && flags === 0 && length >= 3
    case 12:
      return fromClient && flags === 0 && length === 0
    case 13:
      return !fromClient && flags === 0 && length === 0
    default:
      return false
  }
}

function printableAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) return false
  return true
}

function readPackets(stream: StreamPrefix, fromClient: boolean, version: number, emit: Emit<MqttMessage>): void {
  const aliases = new Map<number, string>()
  for (let at = 0, count = 0; at < stream.length && count < MAX_PACKETS; count++) {
    const packet = packetAt(stream, at)
    // what has flags that its type forbids is no packet, and the connection ends (MQTT 5.0 §2.1.3)
    if (packet === undefined || !flagsFit(packet)) return
    const frame = stream.frameAt(at)
    const message = readPacket(stream.bytes, packet, version, aliases, frame, fromClient)
    if (message !== undefined) emit(message)
    at = packet.stop
  }
}

function flagsFit({ type, flags }: Packet): boolean {
  if (type === PUBLISH) return (flags & 6) !== 6
  return type !== 0 && flags === (type === 6 || type === SUBSCRIBE || type === 10 ? 2 : 0)
}

function readPacket(
  bytes: Uint8Array,
  packet: Packet,
  version: number,
  aliases: Map<number, string>,
  frame: number,
  fromClient: boolean,
): MqttMessage | undefined {
  switch (packet.type) {
    case CONNECT:
      return fromClient ? readConnect(bytes, packet, frame) : undefined
    case CONNACK:
      if (fromClient || packet.end - packet.body < 2 || !isConnack(bytes, packet, version)) return undefined
      return {
        protocol: 'mqtt',
        type: 'connack',
        frame,
        fromClient,
        code: bytes[packet.body + 1]!,
        result: resultName(version, bytes[packet.body + 1]!),
      }
    case PUBLISH:
      return readPublish(bytes, packet, version, aliases, frame, fromClient)
    case SUBSCRIBE:
      return fromClient ? readSubscribe(bytes, packet, version, frame) : undefined
    default:
      return undefined
  }
}

/** One flag, session present; nothing behind the code before 5.0 (MQTT 3.1.1 §3.2). */
function isConnack(bytes: Uint8Array, { body, stop }: Packet, version: number): boolean {
  return bytes[body]! <= 1 && (version >= 5 || stop - body === 2)
}

function readConnect(bytes: Uint8Array, { body, end, stop }: Packet, frame: number): MqttConnect | undefined {
  const cursor: Cursor = { bytes, at: body, end, stop, whole: true }
  cursor.at += 2 + u16(bytes, body)
  if (cursor.at + 4 > end) return undefined
  const level = bytes[cursor.at]! & 0x7f
  const flags = bytes[cursor.at + 1]!
  const keepAlive = u16(bytes, cursor.at + 2)
  cursor.at += 4
  // what a level that there is not means, nobody knows
  cursor.whole = level >= 3 && level <= 5
  // MQTT 5.0 §3.1.2.11: properties stand before the payload, and again before the will
  const authentication = level === 5 ? readProperties(cursor).authentication : undefined
  const clientId = readString(cursor, MAX_TOPIC)
  let willTopic: string | undefined
  if ((flags & 4) !== 0) {
    if (level === 5) readProperties(cursor)
    willTopic = readString(cursor, MAX_TOPIC)
    readString(cursor, 0)
  }
  const user = (flags & 0x80) !== 0 ? readString(cursor, MAX_TOPIC) : undefined
  const hasPassword = (flags & 0x40) !== 0
  const password = hasPassword ? readString(cursor, MAX_TOPIC) : undefined
  return {
    protocol: 'mqtt',
    type: 'connect',
    frame,
    fromClient: true,
    version: level === 3 ? '3.1' : level === 4 ? '3.1.1' : String(level),
    clientId: clientId ?? '',
    user,
    password,
    hasPassword,
    authentication,
    willTopic,
    keepAlive,
  }
}

function readPublish(
  bytes: Uint8Array,
  { flags, body, end, stop }: Packet,
  version: number,
  aliases: Map<number, string>,
  frame: number,
  fromClient: boolean,
): MqttPublish | undefined {
  const cursor: Cursor = { bytes, at: body, end, stop, whole: true }
  let topic = readString(cursor, MAX_TOPIC)
  if (topic === undefined) return undefined
  if ((flags & 6) !== 0) cursor.at += 2 // packet identifier, of QoS 1 and 2
  if (version === 5) {
    const { alias } = readProperties(cursor)
    if (alias !== undefined && topic === '') topic = aliases.get(alias) ?? ''
    else if (alias !== undefined && aliases.size < MAX_TOPICS) aliases.set(alias, topic)
  }
  // behind properties that do not fit nobody knows where it begins
  const payloadLength = cursor.whole ? Math.max(0, stop - cursor.at) : 0
  const payload = cursor.whole ? text(bytes, cursor.at, end, MAX_PAYLOAD) : ''
  return { protocol: 'mqtt', type: 'publish', frame, fromClient, topic, retain: (flags & 1) !== 0, payload, payloadLength }
}

function readSubscribe(
  bytes: Uint8Array,
  { body, end, stop }: Packet,
  version: number,
  frame: number,
): MqttSubscribe | undefined {
  const cursor: Cursor = { bytes, at: body + 2, end, stop, whole: true }
  if (version === 5) readProperties(cursor)
  const topics: string[] = []
  while (cursor.at < end && topics.length < MAX_TOPICS) {
    const topic = readString(cursor, MAX_TOPIC)
    if (topic === undefined) break
    topics.push(topic)
    cursor.at++ // subscription options
  }
  return topics.length === 0 ? undefined : { protocol: 'mqtt', type: 'subscribe', frame, fromClient: true, topics }
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
  /** End of what is there. */
  readonly end: number
  /** Where it would end: what goes beyond is no part of it. */
  readonly stop: number
  /** False once something was cut: nothing after it can be read. */
  whole: boolean
}

/** A string with its two-byte length. One that the prefix cuts gives what there is, and ends the reading; one that its packet cuts is none. */
function readString(cursor: Cursor, max: number): string | undefined {
  const { bytes, at, end } = cursor
  if (!cursor.whole || at + 2 > end) {
    cursor.whole = false
    return undefined
  }
  const stop = at + 2 + u16(bytes, at)
  cursor.whole = stop <= end
  cursor.at = stop
  if (stop > cursor.stop) return undefined
  return text(bytes, at + 2, Math.min(stop, end), max)
}

/** Properties of MQTT 5.0 §2.2.2: a length, then identifier and value each. Only what is of use is kept. */
function readProperties(cursor: Cursor): { alias?: number; authentication?: string } {
  const found: { alias?: number; authentication?: string } = {}
  const length = readVarint(cursor)
  const stop = cursor.at + length
  if (!cursor.whole || stop > cursor.end) {
    cursor.whole = false
    return found
  }
  const inside: Cursor = { bytes: cursor.bytes, at: cursor.at, end: stop, stop, whole: true }
  while (inside.whole && inside.at < stop) {
    const id = inside.bytes[inside.at++]!
    if (id === 0x23 && inside.at + 2 <= stop) found.alias = u16(inside.bytes, inside.at)
    if (id === 0x15) found.authentication = readString(inside, 64)
    else skipProperty(inside, id)
  }
  cursor.at = stop
  return found
}

/** MQTT 5.0 table 2-4: which type each property has. */
function skipProperty(cursor: Cursor, id: number): void {
  switch (id) {
    case 0x01:
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2a:
      cursor.at += 1
      return
    case 0x13:
    case 0x21:
    case 0x22:
    case 0x23:
      cursor.at += 2
      return
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27:
      cursor.at += 4
      return
    case 0x0b:
      readVarint(cursor)
      return
    case 0x26:
      readString(cursor, 0)
      readString(cursor, 0)
      return
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x16:
    case 0x1a:
    case 0x1c:
    case 0x1f:
      readString(cursor, 0)
      return
    default:
      cursor.whole = false
  }
}

function readVarint(cursor: Cursor): number {
  let value = 0
  for (let shift = 0; shift <= 21; shift += 7) {
    if (cursor.at >= cursor.end) break
    const byte = cursor.bytes[cursor.at++]!
    value += (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  cursor.whole = false
  return 0
}

function u16(bytes: Uint8Array, at: number): number {
  return at + 1 < bytes.length ? (bytes[at]! << 8) | bytes[at + 1]! : 0
}

const RETURN_CODES = [
  'accepted',
  'unacceptable protocol version',
  'identifier rejected',
  'server unavailable',
  'bad user name or password',
  'not authorized',
]
const REASON_CODES: Readonly<Record<number, string>> = {
  0x00: 'accepted',
  0x80: 'unspecified error',
  0x81: 'malformed packet',
  0x82: 'protocol error',
  0x83: 'implementation specific error',
  0x84: 'unsupported protocol version',
  0x85: 'client identifier not valid',
  0x86: 'bad user name or password',
  0x87: 'not authorized',
  0x88: 'server unavailable',
  0x89: 'server busy',
  0x8a: 'banned',
  0x8c: 'bad authentication method',
  0x90: 'topic name invalid',
  0x95: 'packet too large',
  0x97: 'quota exceeded',
  0x99: 'payload format invalid',
  0x9a: 'retain not supported',
  0x9b: 'QoS not supported',
  0x9c: 'use another server',
  0x9d: 'server moved',
  0x9f: 'connection rate exceeded',
}

function resultName(version: number, code: number): string {
  return (version >= 5 ? REASON_CODES[code] : RETURN_CODES[code]) ?? `code ${code}`
}

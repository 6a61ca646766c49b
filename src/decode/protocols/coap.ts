import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { text } from '../text.ts'
import { isObjectPath, type Lwm2mRegistration, registrationOf } from './lwm2m.ts'

/** CoAP over UDP (RFC 7252). */
export interface CoapMessage extends MessageBase {
  readonly protocol: 'coap'
  readonly type: 'confirmable' | 'non-confirmable' | 'acknowledgement' | 'reset'
  /** '0.01' GET … '2.05' Content: RFC 7252 section 12.1. */
  readonly code: string
  readonly messageId: number
  readonly tokenLength: number
  readonly host?: string
  /** '/' and the Uri-Path options; undefined without one. */
  readonly path?: string
  /** Names of the Uri-Query options; values stay out. */
  readonly queryKeys: readonly string[]
  /** Content-Format (IANA's number; 0 is text/plain). */
  readonly contentFormat?: number
  readonly observe: boolean
  /** OSCORE protects what is inside (RFC 8613). */
  readonly oscore: boolean
  /** An option leads past the end, or a marker has no payload behind it (RFC 7252 section 3). */
  readonly damaged: boolean
  readonly payloadLength: number
  /** CoIoT, Shelly's use of CoAP: type of the thing that sent it, 'SHSW-25', out of 'SHSW-25#B8B0EC#1' (type, identifier, revision). */
  readonly shelly?: string
  /** A device registers with its LwM2M manager. */
  readonly registration?: Lwm2mRegistration
  /** A request for an object, in the flow of such a registration. */
  readonly managed?: boolean
}

const PORT = 5683
const NAME = 'coap'
const LWM2M = 'lwm2m'
const POST = 2
const TYPES = ['confirmable', 'non-confirmable', 'acknowledgement', 'reset'] as const
const MAX_SEGMENTS = 32
const URI_HOST = 3
const OBSERVE = 6
const OSCORE = 9
const URI_PATH = 11
const CONTENT_FORMAT = 12
const URI_QUERY = 15
/** CoIoT ("Global device id"), and the code of its announcements of state, which no standard knows. */
const COIOT_DEVICE = 3332
const COIOT_STATUS = 30

export const coap: DatagramDecoder<CoapMessage> = {
  protocol: NAME,
  ports: [PORT],
  remembers: true,
  recognise({ bytes, start, end, srcPort, dstPort, memory }: Datagram): boolean {
    if (!headerFits(bytes, start, end)) return false
    if (bytes[start + 1] === COIOT_STATUS) return (srcPort === PORT || dstPort === PORT) && hasShelly(bytes, start, end)
    // an answer alone is too weak a sign; after a request it is not
    if (srcPort === PORT || dstPort === PORT || memory[NAME] === true) return true
    return strongRequest(bytes, start, end)
  },
  decode({ bytes, start, end, frame, fromClient, memory }: Datagram, emit: Emit<CoapMessage>): void {
    if (!headerFits(bytes, start, end)) return
    memory[NAME] = true
    const tokenLength = bytes[start]! & 15
    const code = bytes[start + 1]!
    const segments: string[] = []
    const queries: string[] = []
    const found: { host?: string; contentFormat?: number; shelly?: string } = {}
    let observe = false
    let oscore = false
    const cursor = new Options(bytes, start + 4 + tokenLength, end)
    while (cursor.next()) {
      const { number, value, valueEnd } = cursor
      if (number === URI_PATH && segments.length < MAX_SEGMENTS) segments.push(text(bytes, value, valueEnd, 255))
      else if (number === URI_QUERY && queries.length < MAX_SEGMENTS) queries.push(text(bytes, value, valueEnd, 255))
      // of what may be there once, the first counts, and only of a length that it may have (RFC 7252 sections 5.4.3 and 5.4.5)
      else if (number === URI_HOST && valueEnd > value) found.host ??= text(bytes, value, valueEnd, 255)
      else if (number === CONTENT_FORMAT && valueEnd - value <= 2) found.contentFormat ??= uint(bytes, value, valueEnd)
      else if (number === OBSERVE) observe = true
      else if (number === OSCORE) oscore = true
      else if (number === COIOT_DEVICE) found.shelly ??= shellyType(bytes, value, valueEnd)
    }
    const registration = code === POST ? registrationOf(segments, queries, bytes, end - cursor.payloadLength, end) : undefined
    if (registration !== undefined) memory[LWM2M] = true
    const managed = code > 0 && code < 8 && memory[LWM2M] === true && isObjectPath(segments)
    emit({
      protocol: 'coap',
      frame,
      fromClient,
      type: TYPES[(bytes[start]! >> 4) & 3]!,
      code: `${code >> 5}.${String(code & 31).padStart(2, '0')}`,
      messageId: u16(bytes, start + 2),
      tokenLength,
      ...found,
      ...(segments.length > 0 ? { path: `/${segments.join('/')}` } : {}),
      queryKeys: queries.map(key),
      observe,
      oscore,
      damaged: cursor.damaged,
      payloadLength: cursor.payloadLength,
      ...(registration === undefined ? {} : { registration }),
      ...(managed ? { managed } : {}),
    })
  },
}

/** Version 1, a token that fits, a code of a known class; an empty message is its header alone (RFC 7252 sections 3 and 4.1). */
function headerFits(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 4 || bytes[start]! >> 6 !== 1) return false
  const tokenLength = bytes[start]! & 15
  const code = bytes[start + 1]!
  if (tokenLength > 8 || start + 4 + tokenLength > end) return false
  if (code === 0) return tokenLength === 0 && end - start === 4
  const kind = code >> 5
  return kind === 0 ? code <= 7 || code === COIOT_STATUS : kind === 2 || kind === 4 || kind === 5
}

function hasShelly(bytes: Uint8Array, start: number, end: number): boolean {
  const cursor = new Options(bytes, start + 4 + (bytes[start]! & 15), end)
  while (cursor.next()) if (cursor.number === COIOT_DEVICE) return shellyType(bytes, cursor.value, cursor.valueEnd) !== undefined
  return false
}

/** Three parts, by '#'. */
function shellyType(bytes: Uint8Array, at: number, end: number): string | undefined {
  return /^([A-Z0-9-]{3,24})#[0-9A-Fa-f]{6,12}#\d{1,2}$/.exec(text(bytes, at, end, 64))?.[1]
}

/** Away from its port: a request for a path whose segments are printable, and options that parse to the end. */
function strongRequest(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start + 1]! > 7 || bytes[start + 1] === 0 || (bytes[start]! & 0x20) !== 0) return false
  let segments = 0
  const cursor = new Options(bytes, start + 4 + (bytes[start]! & 15), end)
  while (cursor.next()) {
    const { number, value, valueEnd } = cursor
    if (!KNOWN.includes(number)) return false
    if (number !== URI_PATH) continue
    segments++
    if (valueEnd === value) return false
    for (let o = value; o < valueEnd; o++) if (bytes[o]! <= 0x20 || bytes[o]! >= 0x7f) return false
  }
  return segments > 0 && !cursor.damaged
}

/** Options of RFC 7252, 7641, 7959, 8613, 8768 that a request may carry. */
const KNOWN: readonly number[] = [
  1,
  URI_HOST,
  4,
  5,
  OBSERVE,
  7,
  OSCORE,
  URI_PATH,
  CONTENT_FORMAT,
  14,
  URI_QUERY,
  16,
  17,
  23,
  27,
  28,
  35,
  39,
  60,
]

/** RFC 7252 section 3.1: deltas and lengths of a nibble, one byte (13) or two (14); 0xff begins the payload. */
class Options {
  number = 0
  value = 0
  valueEnd = 0
  damaged = false
  payloadLength = 0
  private readonly bytes: Uint8Array
  private readonly end: number
  private at: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  next(): boolean {
    if (this.at >= this.end) return false
    const first = this.bytes[this.at++]!
    if (first === 0xff) {
      this.payloadLength = this.end - this.at
      // a marker with nothing after it is a format error
      this.damaged = this.payloadLength === 0
      this.at = this.end
      return false
    }
    const delta = this.extended(first >> 4)
    const length = this.extended(first & 15)
    if (delta < 0 || length < 0 || this.at + length > this.end) {
      this.damaged = true
      this.at = this.end
      return false
    }
    this.number += delta
    this.value = this.at
    this.valueEnd = this.at += length
    return true
  }

  private extended(nibble: number): number {
    if (nibble < 13) return nibble
    const size = nibble - 12
    if (size > 2 || this.at + size > this.end) return -1
    const value = size === 1 ? this.bytes[this.at]! + 13 : u16(this.bytes, this.at) + 269
    this.at += size
    return value
  }
}

function key(query: string): string {
  const equals = query.indexOf('=')
  return equals < 0 ? query : query.slice(0, equals)
}

function uint(bytes: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let o = at; o < Math.min(end, at + 4); o++) value = value * 256 + bytes[o]!
  return value
}

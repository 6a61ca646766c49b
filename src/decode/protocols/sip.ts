import type { DatagramDecoder, Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { Datagram, StreamPrefix } from '../stream.ts'
import { latin1, printable } from '../text.ts'
import { fromBase64, hasControls, schemeOf } from './dialogue.ts'

/** Streams that a body offers or takes (SDP, RFC 8866): 'audio RTP/AVP', 'video RTP/SAVP'. */
type Media = readonly string[]

/** A request of SIP (RFC 3261). */
export interface SipRequest extends MessageBase {
  readonly protocol: 'sip'
  readonly type: 'request'
  readonly method: string
  /** Whom the request is for, without user and parameters: 'sip:example.com'. */
  readonly domain: string
  /** User part of From: never to be stored unmasked. */
  readonly user?: string
  readonly agent?: string
  /** Scheme of the Authorization or Proxy-Authorization header. */
  readonly authorization?: string
  /** As on the wire (Basic, which RFC 3261 section 22.1 forbids): never to be stored unmasked. */
  readonly password?: string
  readonly media: Media
}

export interface SipResponse extends MessageBase {
  readonly protocol: 'sip'
  readonly type: 'response'
  readonly status: number
  /** The method that it answers (CSeq). */
  readonly method?: string
  readonly server?: string
  /** Schemes that it demands (WWW-Authenticate, Proxy-Authenticate). */
  readonly demands: readonly string[]
  readonly media: Media
}

export type SipMessage = SipRequest | SipResponse

const VERSION = 'SIP/2.0'
/** IANA's registry of SIP methods. */
const METHODS = [
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
  'UPDATE',
] as const
const MAX_MESSAGES = 64
const MAX_HEADERS = 96
const MAX_LINE = 512
const MAX_MEDIA = 8

/** SIP over UDP. */
export const sip: DatagramDecoder<SipMessage> = {
  protocol: 'sip',
  ports: [5060],
  recognise: ({ bytes, start, end }: Datagram) => startsMessage(bytes, start, end),
  decode({ bytes, start, end, frame, fromClient }: Datagram, emit: Emit<SipMessage>): void {
    const { message } = readMessage(bytes, start, end, frame, fromClient)
    if (message !== undefined) emit(message)
  },
}

/** SIP over TCP: the same messages, one after the other. */
export const sipStream: StreamDecoder<SipMessage> = {
  protocol: 'sip',
  recognise({ client, server }) {
    const fits = ({ bytes, length }: StreamPrefix) => length === 0 || startsMessage(bytes, 0, length)
    return client.length + server.length > 0 && fits(client) && fits(server)
  },
  decode({ client, server }, emit) {
    for (const fromClient of [true, false]) {
      const stream = fromClient ? client : server
      const { bytes, length } = stream
      for (let at = 0, count = 0; at < length && count < MAX_MESSAGES; count++) {
        // empty lines between messages keep the connection alive (RFC 5626 section 4.4.1)
        while (at < length && (bytes[at] === 13 || bytes[at] === 10)) at++
        if (at >= length) break
        const { message, next } = readMessage(bytes, at, length, stream.frameAt(at), fromClient)
        if (message === undefined) break
        emit(message)
        at = next
      }
    }
  },
}

/** A status line, or a method with a URI that is SIP's (or a telephone number's). */
function startsMessage(bytes: Uint8Array, at: number, end: number): boolean {
  // "SIP/2.0 200": a digit of a class that exists
  if (spells(bytes, at, end, VERSION))
    return at + 9 < end && bytes[at + 7] === 0x20 && bytes[at + 8]! >= 0x31 && bytes[at + 8]! <= 0x36
  for (let i = 0; i < METHODS.length; i++) {
    const method = METHODS[i]!
    const uri = at + method.length + 1
    if (!spells(bytes, at, end, method) || bytes[uri - 1] !== 0x20) continue
    return spells(bytes, uri, end, 'sip:') || spells(bytes, uri, end, 'sips:') || spells(bytes, uri, end, 'tel:')
  }
  return false
}

function spells(bytes: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false
  return true
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Draft = Writable<SipRequest> | Writable<SipResponse>

function readMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  frame: number,
  fromClient: boolean,
): { message: SipMessage | undefined; next: number } {
  let stop = lineEnd(bytes, start, end)
  const message = firstLine(latin1(bytes, start, Math.min(stop, start + MAX_LINE)), frame, fromClient)
  if (message === undefined) return { message, next: end }
  let at = afterLine(bytes, stop, end)
  let body: number | undefined
  let described = false
  for (let count = 0; at < end && count < MAX_HEADERS; count++) {
    stop = lineEnd(bytes, at, end)
    const line = latin1(bytes, at, Math.min(stop, at + MAX_LINE))
    at = afterLine(bytes, stop, end)
    if (line === '') break
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const written = line.slice(0, colon).trim().toLowerCase()
    const name = COMPACT[written] ?? written
    const value = line.slice(colon + 1).trim()
    if (name === 'content-length') body = /^\d{1,6}$/.test(value) ? Number(value) : undefined
    else if (name === 'content-type') described = /^application\/sdp *(?:;|$)/i.test(value)
    else noteHeader(message, name, value)
  }
  // a datagram's body may come without a length; in a stream it may not (section 18.3), and nobody knows what is behind it
  const next = body === undefined ? end : at + body
  if (described) message.media = readMedia(bytes, at, Math.min(end, next))
  return { message, next }
}

/** RFC 3261 section 7.3.3. */
const COMPACT: Readonly<Record<string, string>> = { f: 'from', l: 'content-length', c: 'content-type' }

/** Lines end with CRLF (section 7); LF alone is let pass, CR alone ends none. */
function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== 10) at++
  return at > from && bytes[at - 1] === 13 ? at - 1 : at
}

function afterLine(bytes: Uint8Array, stop: number, end: number): number {
  return Math.min(end, bytes[stop] === 13 ? stop + 2 : stop + 1)
}

function firstLine(line: string, frame: number, fromClient: boolean): Draft | undefined {
  if (hasControls(line)) return undefined
  if (line.startsWith('SIP/2.0 ')) {
    const status = /^(\d{3}) $/.exec(line.slice(8, 12))
    return status === null
      ? undefined
      : { protocol: 'sip', type: 'response', frame, fromClient, status: Number(status[1]), demands: [], media: [] }
  }
  // method, URI, version, and one blank between them (section 7.1)
  const [method, uri = '', version, more] = line.split(' ', 4)
  if (!METHODS.includes(method as 'ACK') || !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri)) return undefined
  if (line.length < MAX_LINE && (version !== VERSION || more !== undefined)) return undefined
  return { protocol: 'sip', type: 'request', frame, fromClient, method: method!, domain: domainOf(uri), media: [] }
}

/** Scheme and host of a URI; of a telephone number its scheme alone. */
function domainOf(uri: string): string {
  const colon = uri.indexOf(':')
  const scheme = uri.slice(0, colon + 1)
  if (colon < 0 || /^tel:/i.test(uri)) return printable(scheme, 16)
  const rest = uri.slice(uri.lastIndexOf('@') < 0 ? colon + 1 : uri.lastIndexOf('@') + 1)
  return printable(scheme + (/^[\w.:[\]-]*(?=[;?>]|$)/.exec(rest)?.[0] ?? ''), 128)
}

function noteHeader(message: Draft, name: string, value: string): void {
  if (message.type === 'response') {
    // (some servers name themselves as agents do)
    if (name === 'server' || name === 'user-agent') message.server ??= printable(value, 256)
    else if (name === 'cseq') {
      const method = /^\d{1,10}[ \t]+([A-Z]+)$/.exec(value)?.[1]
      if (METHODS.includes(method as 'ACK')) message.method = method!
    } else if ((name === 'www-authenticate' || name === 'proxy-authenticate') && message.demands.length < 4) {
      const scheme = schemeOf(value)
      if (scheme !== undefined) message.demands = [...message.demands, scheme]
    }
  } else if (name === 'user-agent') message.agent ??= printable(value, 256)
  else if (name === 'from') {
    // in angle brackets (section 20.10), or without
    const user = (value.includes('<') ? /<sips?:([^@;>]{1,128})@[^>]*>/i : /^sips?:([^@;>]{1,128})@/i).exec(value)
    if (user !== null) message.user = printable(user[1]!.split(':', 1)[0]!, 128)
  } else if (name === 'authorization' || name === 'proxy-authorization') {
    message.authorization = schemeOf(value)
    if (message.authorization?.toLowerCase() === 'basic') {
      // RFC 7617: base64 of user, colon, password
      const decoded = fromBase64(value.slice(5).trim())
      if (decoded !== undefined) message.password = printable(decoded.slice(decoded.indexOf(':') + 1), 128)
    }
  }
}

/** The lines "m=audio 49170 RTP/AVP 0": kind and transport. */
function readMedia(bytes: Uint8Array, from: number, end: number): string[] {
  const media: string[] = []
  for (let at = from; at < end && media.length < MAX_MEDIA;) {
    const stop = lineEnd(bytes, at, end)
    if (spells(bytes, at, end, 'm=')) {
      // kind, port, transport, formats (RFC 8866 section 5.14)
      const [kind, port = '', transport, format] = latin1(bytes, at + 2, Math.min(stop, at + 128)).split(' ', 4)
      if (format !== undefined && /^\d/.test(port)) media.push(printable(`${kind} ${transport}`, 48))
    }
    at = afterLine(bytes, stop, end)
  }
  return media
}

import type { Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { Conversation, StreamPrefix } from '../stream.ts'
import { latin1, text } from '../text.ts'

/**
 * HTTP/1.0 and 1.1 (RFC 9112), with the methods of WebDAV (RFC 4918) and UPnP (Device Architecture 2.0). What a conversation's
 * two prefixes hold is read in order: one HttpExchange a request, with the response that answered it where one was seen.
 */
export interface HttpExchange extends MessageBase {
  readonly protocol: 'http'
  /** `fromClient` (MessageBase): the request's sender is the conversation's client, which a capture begun midway may have guessed wrong. */
  readonly request?: HttpRequest
  readonly response?: HttpResponse
}

interface HttpPart {
  /** Of the message's first byte. */
  readonly frame: number
  /** 0 or 1: HTTP/1.0, HTTP/1.1. */
  readonly minor: number
  readonly contentType?: string
  readonly contentEncoding?: string
  /** By Content-Length; undefined where there is none. */
  readonly contentLength?: number
  readonly chunked: boolean
  /** "websocket", "h2c"… */
  readonly upgrade?: string
  /** Names only, at most MAX_COOKIES. */
  readonly cookies: readonly string[]
  /**
   * Start line and fields as on the wire, without the empty line; the body's first bytes (at most MAX_BODY, chunks joined). Views
   * on the decoder's input, valid only during the call, and the frames that carried their bytes.
   */
  readonly head: Uint8Array
  readonly body: Uint8Array
  frameOfHead(offset: number): number
  frameOfBody(offset: number): number
}

export interface HttpRequest extends HttpPart {
  readonly method: string
  readonly target: string
  readonly host?: string
  readonly hostFrame?: number
  readonly agent?: string
  readonly agentFrame?: number
  /** Authorization and Proxy-Authorization. */
  readonly authorization: readonly HttpAuthorization[]
  readonly soapAction?: string
}

export interface HttpAuthorization {
  /** As written: "Basic", "Digest", "Bearer"… */
  readonly scheme: string
  /** Of Basic and Digest. */
  readonly user?: string
  /** Of Basic and Bearer. In memory only: whoever stores or shows it must `mask` it. */
  readonly secret?: string
  /** Parameters of Digest (RFC 7616), by lower-case name. */
  readonly parameters: ReadonlyMap<string, string>
  readonly frame: number
}

interface HttpChallenge {
  readonly scheme: string
  readonly realm?: string
  /** Digest: the answer was right, but for an old nonce (RFC 7616 section 3.3). */
  readonly stale: boolean
  readonly frame: number
}

export interface HttpResponse extends HttpPart {
  readonly status: number
  readonly server?: string
  readonly serverFrame?: number
  readonly location?: string
  readonly challenges: readonly HttpChallenge[]
}

/** Start line and fields beyond this are not read; the message ends the direction. */
const MAX_HEAD = 16384
const MAX_FIELDS = 128
/** First bytes of a body that a message shows. */
export const MAX_BODY = 4096
const MAX_COOKIES = 32
/** Messages read of one direction. */
export const MAX_MESSAGES = 256

export const http: StreamDecoder<HttpExchange> = {
  protocol: 'http',
  // where the server's side asks, the client's port is the one that serves; midway, frames tell which answer is whose
  repeats: ({ client, server }) => !server.midstream && isRequest(client.bytes, 0, client.length),
  recognise: ({ client, server }) => startsMessage(client) || startsMessage(server),
  decode: decodeHttp,
}

function decodeHttp({ client, server }: Conversation, emit: Emit<HttpExchange>): void {
  // who sends requests is the HTTP client, whoever the flow layer took for it
  const swapped = requestStart(client) < 0 && (requestStart(server) >= 0 || responseStart(client) >= 0)
  const [asks, answers] = swapped ? [server, client] : [client, server]
  const fromClient = !swapped
  const requests = readRequests(sideOf(asks), requestStart(asks))
  const responses = readResponses(sideOf(answers), responseStart(answers), requests)
  let next = 0
  for (const request of requests) {
    // a capture begun midway may hold answers to requests that it does not
    while (answers.midstream && next < responses.length && responses[next]!.frame < request.frame) emitAnswer(responses[next++]!)
    const response = responses[next++]
    emit({ protocol: 'http', frame: request.frame, fromClient, request, response })
  }
  while (next < responses.length) emitAnswer(responses[next++]!)

  function emitAnswer(response: HttpResponse): void {
    emit({ protocol: 'http', frame: response.frame, fromClient, response })
  }
}

interface Side {
  bytes: Uint8Array
  end: number
  frameAt(offset: number): number
}

function sideOf(prefix: StreamPrefix): Side {
  const end = Math.min(prefix.length, prefix.bytes.length)
  // past the end (an empty part there) the last byte's frame is the nearest
  return { bytes: prefix.bytes, end, frameAt: (offset) => prefix.frameAt(Math.max(0, Math.min(offset, end - 1))) }
}

function startsMessage({ bytes, length }: StreamPrefix): boolean {
  const start = skipEmptyLines(bytes, 0, length)
  return isRequest(bytes, start, length) || isResponse(bytes, start, length)
}

/** RFC 9112 section 2.2: a recipient ignores an empty line before a request line. */
function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && at < start + 4 && (bytes[at] === CR || bytes[at] === LF)) at++
  return at
}

function requestStart(prefix: StreamPrefix): number {
  return firstStart(prefix, isRequest)
}

function responseStart(prefix: StreamPrefix): number {
  return firstStart(prefix, isResponse)
}

/** Offset of the first message, -1 for none. Only where the start is missing is it searched for, at the starts of lines. */
function firstStart(
  { bytes, length, midstream }: StreamPrefix,
  is: (bytes: Uint8Array, at: number, end: number) => boolean,
): number {
  const start = skipEmptyLines(bytes, 0, length)
  if (is(bytes, start, length)) return start
  if (!midstream) return -1
  for (let at = start; at < length; at++) if (bytes[at] === LF && is(bytes, at + 1, length)) return at + 1
  return -1
}

const CR = 0x0d
const LF = 0x0a
const SP = 0x20
const HT = 0x09
const COLON = 0x3a
const EMPTY = new Uint8Array(0)

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'CONNECT',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'NOTIFY',
  'M-SEARCH',
  'M-POST',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'ACL',
  'MERGE',
  'CHECKOUT',
  'MKACTIVITY',
  'MKCALENDAR',
  'VERSION-CONTROL',
  'BIND',
  'REBIND',
  'UNBIND',
  'LINK',
  'UNLINK',
  'PURGE',
  'POLL',
  'BPROPFIND',
  'BPROPPATCH',
  'RPC_CONNECT',
  'RPC_IN_DATA',
  'RPC_OUT_DATA',
  'CCM_POST',
  'SSTP_DUPLEX_POST',
].map((method) => Uint8Array.from(method, (c) => c.charCodeAt(0)))
const METHOD_BY_FIRST: readonly (readonly Uint8Array[])[] = Array.from({ length: 128 }, (_, c) =>
  METHODS.filter((m) => m[0] === c),
)

/** A known method, a space, and the start of a target in one of RFC 9112's forms (not RTSP's or SIP's). */
function isRequest(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end || bytes[at]! > 127) return false
  const methods = METHOD_BY_FIRST[bytes[at]!]!
  for (let i = 0; i < methods.length; i++) {
    const method = methods[i]!
    const after = at + method.length
    if (after + 1 >= end || bytes[after] !== SP || !same(bytes, at, method)) continue
    return isTarget(bytes, after + 1, end, method)
  }
  return false
}

function isTarget(bytes: Uint8Array, at: number, end: number, method: Uint8Array): boolean {
  const c = bytes[at]!
  if (c === 0x2f) return true // origin-form
  // authority-form: "example.com:443", "[::1]:443"; of NATS, which connects with JSON, it is none
  if (method[0] === 0x43 && method[2] === 0x4e) return isDigit(c) || (c > 0x40 && c < 0x7b)
  // asterisk-form, which RTSP has too: what follows tells
  if (c === 0x2a) return at + 2 >= end || (bytes[at + 1] === SP && bytes[at + 2] === 0x48)
  return startsWith(bytes, at, end, HTTP_SCHEME)
}

const HTTP_SCHEME = Uint8Array.from('http', (c) => c.charCodeAt(0))
const HTTP_1 = Uint8Array.from('HTTP/1.', (c) => c.charCodeAt(0))

function isResponse(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 9 <= end && same(bytes, at, HTTP_1) && isDigit(bytes[at + 7]!) && bytes[at + 8] === SP
}

function same(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

/** `wanted` in either case, or as much of it as is there. */
function startsWith(bytes: Uint8Array, at: number, end: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length && at + i < end; i++) if ((bytes[at + i]! | 0x20) !== wanted[i]) return false
  return at < end
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39
}

function readRequests(side: Side, start: number): HttpRequest[] {
  const requests: HttpRequest[] = []
  let at = start
  while (at >= 0 && at < side.end && requests.length < MAX_MESSAGES) {
    at = skipEmptyLines(side.bytes, at, side.end)
    if (!isRequest(side.bytes, at, side.end)) break
    const head = readHead(side, at)
    const line = requestLine(side.bytes, at, head.lineEnd, head.lineCut)
    if (line === undefined) break
    const length = head.transferEncoding !== undefined ? undefined : (head.contentLength ?? 0)
    const body = readBody(side, head, length)
    requests.push(new Request(side, at, head, body, line))
    // after CONNECT the connection is another protocol's
    if (line.method === 'CONNECT') break
    at = body.next
  }
  return requests
}

function readResponses(side: Side, start: number, requests: readonly HttpRequest[]): HttpResponse[] {
  const responses: HttpResponse[] = []
  let at = start
  while (at >= 0 && at < side.end && responses.length < MAX_MESSAGES) {
    at = skipEmptyLines(side.bytes, at, side.end)
    if (!isResponse(side.bytes, at, side.end)) break
    const head = readHead(side, at)
    const line = statusLine(side.bytes, at, head.lineEnd)
    if (line === undefined) break
    const { status } = line
    const interim = status >= 100 && status < 200 && status !== 101
    const method = requests[responses.length]?.method
    const tunnel = status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)
    // RFC 9112 section 6.3: these have no body, whatever their fields say
    const bodyless = method === 'HEAD' || interim || tunnel || status === 204 || status === 304
    const length = bodyless ? 0 : head.transferEncoding !== undefined ? undefined : (head.contentLength ?? Infinity)
    const body = readBody(side, head, length)
    if (!interim) responses.push(new Response(side, at, head, body, line))
    if (tunnel) break
    at = body.next
  }
  return responses
}

interface RequestLine {
  method: string
  target: string
  minor: number
}

function requestLine(bytes: Uint8Array, start: number, end: number, cut: boolean): RequestLine | undefined {
  const space = bytes.indexOf(SP, start)
  let last = end - 1
  while (last > space && bytes[last] !== SP) last--
  // HTTP/0.9 (no version) is no HTTP/1.x
  if (space < 0 || last <= space || !isVersion(bytes, last + 1, end, cut)) return undefined
  const minor = bytes[last + 8]!
  return {
    method: latin1(bytes, start, space),
    target: text(bytes, space + 1, last),
    minor: last + 8 < end && minor === 0x30 ? 0 : 1,
  }
}

/** "HTTP/1." and a digit; where the capture cut the line (`cut`) as much of it as is there, and at least a letter. */
function isVersion(bytes: Uint8Array, at: number, end: number, cut: boolean): boolean {
  for (let i = 0; i < HTTP_1.length; i++) {
    if (at + i >= end) return cut && i > 0
    if (bytes[at + i] !== HTTP_1[i]) return false
  }
  return at + HTTP_1.length < end ? isDigit(bytes[at + HTTP_1.length]!) : cut
}

interface StatusLine {
  status: number
  minor: number
}

function statusLine(bytes: Uint8Array, start: number, end: number): StatusLine | undefined {
  const at = start + 9
  if (at + 3 > end || !isDigit(bytes[at]!) || !isDigit(bytes[at + 1]!) || !isDigit(bytes[at + 2]!)) return undefined
  if (at + 3 < end && bytes[at + 3] !== SP) return undefined
  return {
    status: (bytes[at]! - 0x30) * 100 + (bytes[at + 1]! - 0x30) * 10 + (bytes[at + 2]! - 0x30),
    minor: bytes[start + 7]! - 0x30,
  }
}

/** Fields as they are read; one object whatever the message, so that one loop reads both. */
interface Head {
  /** End of the start line, without its line break. */
  lineEnd: number
  /** There was no line break. */
  lineCut: boolean
  /** End of the last field, and start of the body; -1 when the head is not whole. */
  end: number
  body: number
  host?: string
  hostFrame?: number
  agent?: string
  agentFrame?: number
  server?: string
  serverFrame?: number
  location?: string
  contentType?: string
  contentEncoding?: string
  contentLength?: number
  transferEncoding?: string
  upgrade?: string
  soapAction?: string
  cookies: string[]
  authorization: HttpAuthorization[]
  challenges: HttpChallenge[]
}

function readHead(side: Side, start: number): Head {
  const { bytes } = side
  const limit = Math.min(side.end, start + MAX_HEAD)
  let feed = lineFeed(bytes, start, limit)
  const lineEnd = endOfText(bytes, start, feed, limit)
  const head: Head = {
    lineEnd,
    lineCut: feed === limit,
    end: lineEnd,
    body: -1,
    cookies: NO_COOKIES,
    authorization: NO_AUTHORIZATION,
    challenges: NO_CHALLENGES,
  }
  for (let fields = 0; feed + 1 < limit && fields < MAX_FIELDS; fields++) {
    const at = feed + 1
    feed = lineFeed(bytes, at, limit)
    const end = endOfText(bytes, at, feed, limit)
    if (end === at) {
      head.body = feed + 1
      break
    }
    head.end = end
    // a field cut by the prefix's end is read no further than its name allows: its value may be half
    if (feed < limit) readField(side, at, end, head)
  }
  return head
}

const NO_COOKIES: string[] = []
const NO_AUTHORIZATION: HttpAuthorization[] = []
const NO_CHALLENGES: HttpChallenge[] = []

/** Offset of the line's LF, or the limit. */
function lineFeed(bytes: Uint8Array, at: number, limit: number): number {
  let i = at
  while (i < limit && bytes[i] !== LF) i++
  return i
}

/** End of a line's text: before LF or CR LF, or the limit. */
function endOfText(bytes: Uint8Array, at: number, feed: number, limit: number): number {
  return feed < limit && feed > at && bytes[feed - 1] === CR ? feed - 1 : feed
}

/** Line ends at LF, with or without CR (RFC 9112 section 2.2). `next` is -1 when the limit came first. */
function endOfLine(bytes: Uint8Array, at: number, limit: number): { lineEnd: number; next: number } {
  let i = at
  while (i < limit && bytes[i] !== LF) i++
  if (i === limit) return { lineEnd: limit, next: -1 }
  return { lineEnd: i > at && bytes[i - 1] === CR ? i - 1 : i, next: i + 1 }
}

const LONGEST_NAME = 'proxy-authorization'.length

/** By length and first letter: the fields that are read below. Most others fail here, before anything is compared. */
const READ: { name: string; bytes: Uint8Array }[][] = Array.from({ length: 32 * (LONGEST_NAME + 1) }, () => [])
for (const name of [
  'host',
  'user-agent',
  'server',
  'location',
  'content-type',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'soapaction',
  '01-soapaction',
  'cookie',
  'set-cookie',
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
])
  READ[32 * name.length + (name.charCodeAt(0) & 31)]!.push({ name, bytes: Uint8Array.from(name, (c) => c.charCodeAt(0)) })

/** The name in bytes[start, end), in lower case, if it is one of those. */
function fieldName(bytes: Uint8Array, start: number, end: number): string {
  const names = READ[32 * (end - start) + (bytes[start]! & 31)]!
  for (let n = 0; n < names.length; n++) {
    const { name, bytes: wanted } = names[n]!
    let i = 0
    for (; i < wanted.length; i++) {
      const c = bytes[start + i]!
      if ((c >= 0x41 && c <= 0x5a ? c + 0x20 : c) !== wanted[i]) break
    }
    if (i === wanted.length) return name
  }
  return ''
}

function readField(side: Side, start: number, end: number, head: Head): void {
  const { bytes } = side
  let colon = start
  while (colon < end && colon <= start + LONGEST_NAME && bytes[colon] !== COLON) colon++
  if (colon >= end || colon > start + LONGEST_NAME) return
  const name = fieldName(bytes, start, colon)
  if (name === '') return
  let from = colon + 1
  let to = end
  while (from < to && (bytes[from] === SP || bytes[from] === HT)) from++
  while (to > from && (bytes[to - 1] === SP || bytes[to - 1] === HT)) to--
  // the first of repeated fields counts, as in most implementations
  switch (name) {
    case 'host':
      if (head.host !== undefined) return
      head.host = text(bytes, from, to)
      head.hostFrame = side.frameAt(start)
      return
    case 'user-agent':
      if (head.agent !== undefined) return
      head.agent = text(bytes, from, to)
      head.agentFrame = side.frameAt(start)
      return
    case 'server':
      if (head.server !== undefined) return
      head.server = text(bytes, from, to)
      head.serverFrame = side.frameAt(start)
      return
    case 'location':
      head.location ??= text(bytes, from, to)
      return
    case 'content-type':
      head.contentType ??= text(bytes, from, to)
      return
    case 'content-encoding':
      head.contentEncoding ??= text(bytes, from, to, 64)
      return
    case 'content-length':
      head.contentLength ??= digits(bytes, from, to)
      return
    case 'transfer-encoding':
      head.transferEncoding ??= text(bytes, from, to, 64).toLowerCase()
      return
    case 'upgrade':
      head.upgrade ??= text(bytes, from, to, 64).toLowerCase()
      return
    case 'soapaction':
      head.soapAction ??= text(bytes, from, to)
      return
    // RFC 2774 (M-POST): "01-SOAPACTION" where Man's ns is 01
    case '01-soapaction':
      head.soapAction ??= text(bytes, from, to)
      return
    case 'cookie':
      for (const pair of text(bytes, from, to).split(';', MAX_COOKIES)) addCookie(head, pair)
      return
    case 'set-cookie':
      addCookie(head, text(bytes, from, to))
      return
    case 'authorization':
    case 'proxy-authorization':
      if (head.authorization.length < 2)
        head.authorization = [
          ...head.authorization,
          authorization(latin1(bytes, from, Math.min(to, from + 4096)), side.frameAt(start)),
        ]
      return
    case 'www-authenticate':
    case 'proxy-authenticate':
      if (head.challenges.length < 4)
        head.challenges = [...head.challenges, challenge(text(bytes, from, to), side.frameAt(start))]
  }
}

function addCookie(head: Head, pair: string): void {
  const equals = pair.indexOf('=')
  const name = (equals < 0 ? '' : pair.slice(0, equals)).trim().slice(0, 128)
  if (name !== '' && head.cookies.length < MAX_COOKIES) head.cookies = [...head.cookies, name]
}

/** Undefined where it is no number (RFC 9112 section 6.3 makes that an error: the body then ends the direction). */
function digits(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to <= from || to - from > 15) return undefined
  let value = 0
  for (let i = from; i < to; i++) {
    if (!isDigit(bytes[i]!)) return undefined
    value = value * 10 + (bytes[i]! - 0x30)
  }
  return value
}

/** RFC 7617 (Basic), 7616 (Digest), 6750 (Bearer). `value` has one character a byte. */
function authorization(value: string, frame: number): HttpAuthorization {
  const space = value.indexOf(' ')
  const scheme = printableText(space < 0 ? value : value.slice(0, space), 32)
  const rest = space < 0 ? '' : value.slice(space + 1).trim()
  switch (scheme.toLowerCase()) {
    case 'basic': {
      const pair = base64(rest)
      const colon = pair.indexOf(':')
      if (colon < 0) return { scheme, parameters: NO_PARAMETERS, frame }
      return {
        scheme,
        user: printableText(pair.slice(0, colon)),
        secret: printableText(pair.slice(colon + 1)),
        parameters: NO_PARAMETERS,
        frame,
      }
    }
    case 'bearer':
      return { scheme, secret: printableText(rest), parameters: NO_PARAMETERS, frame }
    case 'digest': {
      const found = parameters(rest)
      return { scheme, user: found.get('username'), parameters: found, frame }
    }
    default:
      return { scheme, parameters: NO_PARAMETERS, frame }
  }
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map()

function challenge(value: string, frame: number): HttpChallenge {
  const space = value.indexOf(' ')
  if (space < 0) return { scheme: value.slice(0, 32), stale: false, frame }
  const found = parameters(value.slice(space + 1))
  return {
    scheme: value.slice(0, Math.min(space, 32)),
    realm: found.get('realm'),
    stale: found.get('stale')?.toLowerCase() === 'true',
    frame,
  }
}

/** auth-param list (RFC 9110 section 11.2): name=token or name="quoted", by commas. One pass, at most 16 pairs. */
function parameters(value: string): Map<string, string> {
  const found = new Map<string, string>()
  let at = 0
  while (at < value.length && found.size < 16) {
    while (at < value.length && (value[at] === ',' || value[at] === ' ' || value[at] === '\t')) at++
    const equals = value.indexOf('=', at)
    if (equals < 0) break
    const name = value
      .slice(at, Math.min(equals, at + 32))
      .trim()
      .toLowerCase()
    at = equals + 1
    while (value[at] === ' ') at++
    let content = ''
    if (value[at] === '"') {
      at++
      while (at < value.length && value[at] !== '"') {
        if (value[at] === '\\') at++
        content += value[at++] ?? ''
      }
      at++
    } else {
      const from = at
      while (at < value.length && value[at] !== ',') at++
      content = value.slice(from, at).trim()
    }
    if (!found.has(name)) found.set(name, printableText(content))
  }
  return found
}

/** Text of one character a byte as printable text, as `text` does for bytes. */
function printableText(value: string, max?: number): string {
  const bytes = new Uint8Array(value.length)
  for (let i = 0; i < value.length; i++) bytes[i] = value.charCodeAt(i)
  return text(bytes, 0, bytes.length, max)
}

/** Lenient: what is no base64 ends it. One character a byte. */
function base64(value: string): string {
  const end = value.search(/[^A-Za-z0-9+/]/)
  const clean = (end < 0 ? value : value.slice(0, end)).slice(0, 2048)
  return atob(clean.length % 4 === 1 ? clean.slice(0, -1) : clean)
}

interface Body {
  bytes: Uint8Array
  /** Offset in the side of a byte of `bytes`. */
  offset(at: number): number
  /** Where the next message starts; at or past the side's end when this body goes on to there. */
  next: number
}

/** `length`: undefined when by chunks, Infinity when up to the connection's end. */
function readBody(side: Side, head: Head, length: number | undefined): Body {
  const start = head.body
  if (start < 0) return { bytes: EMPTY, offset: () => head.end, next: side.end }
  if (length !== undefined) {
    const end = Math.min(side.end, start + length)
    return {
      bytes: side.bytes.subarray(start, Math.min(end, start + MAX_BODY)),
      offset: (at) => start + at,
      next: start + length,
    }
  }
  // a transfer coding other than chunked ends with the connection (RFC 9112 section 6.3)
  if (!head.transferEncoding!.endsWith('chunked')) {
    return { bytes: side.bytes.subarray(start, Math.min(side.end, start + MAX_BODY)), offset: (at) => start + at, next: side.end }
  }
  return readChunks(side, start)
}

/** RFC 9112 section 7.1. */
function readChunks(side: Side, start: number): Body {
  const { bytes } = side
  const kept: { from: number; length: number; at: number }[] = []
  let total = 0
  let at = start
  let next = side.end
  while (at < side.end) {
    const { lineEnd, next: data } = endOfLine(bytes, at, Math.min(side.end, at + 256))
    const size = data < 0 ? -1 : chunkSize(bytes, at, lineEnd)
    if (size < 0) break
    if (size === 0) {
      next = endOfTrailer(bytes, data, side.end)
      break
    }
    const here = Math.min(size, side.end - data, MAX_BODY - total)
    if (here > 0) kept.push({ from: data, length: here, at: total })
    total += Math.max(here, 0)
    at = data + size
    at = skipLineBreak(bytes, at, side.end)
  }
  if (kept.length === 1) {
    const { from, length } = kept[0]!
    return { bytes: bytes.subarray(from, from + length), offset: (i) => from + i, next }
  }
  const joined = new Uint8Array(total)
  for (const chunk of kept) joined.set(bytes.subarray(chunk.from, chunk.from + chunk.length), chunk.at)
  return {
    bytes: joined,
    offset(i) {
      const chunk = kept.findLast((c) => c.at <= i)
      return chunk === undefined ? start : chunk.from + i - chunk.at
    },
    next,
  }
}

/** Hexadecimal, extensions after ';' ignored; -1 where it is none. */
function chunkSize(bytes: Uint8Array, from: number, to: number): number {
  let size = 0
  let i = from
  for (; i < to && i < from + 8; i++) {
    const c = bytes[i]!
    const digit = isDigit(c) ? c - 0x30 : (c | 0x20) >= 0x61 && (c | 0x20) <= 0x66 ? (c | 0x20) - 0x57 : -1
    if (digit < 0) break
    size = size * 16 + digit
  }
  const ended = i === to || bytes[i] === 0x3b || bytes[i] === SP || bytes[i] === HT
  return i === from || !ended ? -1 : size
}

function skipLineBreak(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && bytes[at] === CR) at++
  if (at < end && bytes[at] === LF) at++
  return at
}

function endOfTrailer(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  for (let lines = 0; lines < MAX_FIELDS; lines++) {
    const { lineEnd, next } = endOfLine(bytes, at, end)
    if (next < 0) return end
    if (lineEnd === at) return next
    at = next
  }
  return end
}

abstract class Part implements HttpPart {
  readonly frame: number
  readonly minor: number
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly contentLength: number | undefined
  readonly chunked: boolean
  readonly upgrade: string | undefined
  readonly cookies: readonly string[]
  readonly head: Uint8Array
  readonly body: Uint8Array
  private readonly side: Side
  private readonly start: number
  private readonly content: Body

  constructor(side: Side, start: number, head: Head, body: Body, minor: number) {
    this.frame = side.frameAt(start)
    this.minor = minor
    this.contentType = head.contentType
    this.contentEncoding = head.contentEncoding
    this.contentLength = head.contentLength
    this.chunked = head.transferEncoding?.endsWith('chunked') ?? false
    this.upgrade = head.upgrade
    this.cookies = head.cookies
    this.head = side.bytes.subarray(start, head.end)
    this.body = body.bytes
    this.side = side
    this.start = start
    this.content = body
  }

  frameOfHead(offset: number): number {
    return this.side.frameAt(this.start + offset)
  }

  frameOfBody(offset: number): number {
    return this.side.frameAt(this.content.offset(offset))
  }
}

class Request extends Part implements HttpRequest {
  readonly method: string
  readonly target: string
  readonly host: string | undefined
  readonly hostFrame: number | undefined
  readonly agent: string | undefined
  readonly agentFrame: number | undefined
  readonly authorization: readonly HttpAuthorization[]
  readonly soapAction: string | undefined

  constructor(side: Side, start: number, head: Head, body: Body, { method, target, minor }: RequestLine) {
    super(side, start, head, body, minor)
    this.method = method
    this.target = target
    this.host = head.host
    this.hostFrame = head.hostFrame
    this.agent = head.agent
    this.agentFrame = head.agentFrame
    this.authorization = head.authorization
    this.soapAction = head.soapAction
  }
}

class Response extends Part implements HttpResponse {
  readonly status: number
  readonly server: string | undefined
  readonly serverFrame: number | undefined
  readonly location: string | undefined
  readonly challenges: readonly HttpChallenge[]

  constructor(side: Side, start: number, head: Head, body: Body, { status, minor }: StatusLine) {
    super(side, start, head, body, minor)
    this.status = status
    this.server = head.server
    this.serverFrame = head.serverFrame
    this.location = head.location
    this.challenges = head.challenges
  }
}

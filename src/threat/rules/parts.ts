import type { MessageBase } from '../../decode/message.ts'
import type { DnsFields } from '../../decode/protocols/dns-message.ts'
import type { HttpExchange, HttpRequest, HttpResponse } from '../../decode/protocols/http.ts'
import type { ClientHello } from '../../decode/protocols/tls-hello.ts'
import { lower } from '../automaton.ts'
import type { BufferName } from './rule.ts'

/** Bytes that rules look at: one side's payload, or a part of a message. */
export class Part {
  readonly bytes: Buffer
  readonly frameOf: (offset: number) => number
  private folded: Buffer | undefined

  constructor(bytes: Uint8Array, frameOf: (offset: number) => number) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.frameOf = frameOf
  }

  /** With letters of ASCII in lower case. */
  get lower(): Buffer {
    return (this.folded ??= Buffer.from(this.bytes.map(lower)))
  }
}

/** A message, as far as rules look at it. */
export interface Said {
  fromClient: boolean
  parts: Map<BufferName, Part>
}

export type Wanted = ReadonlySet<BufferName>

/** What a message holds of what is wanted. Its bytes are valid as long as those that it was read from, or are its own. */
export function saidIn(message: MessageBase, wanted: Wanted): Said[] {
  switch (message.protocol) {
    case 'http':
      return ofHttp(message as HttpExchange, wanted)
    case 'dns':
      return ofDns(message as MessageBase & DnsFields, wanted)
    case 'tls':
    case 'quic':
      return ofHello(message, wanted)
    case 'dtls':
      return (message as unknown as { stage: string }).stage === 'hello' ? ofHello(message, wanted) : []
    default:
      return []
  }
}

function ofDns(message: MessageBase & DnsFields, wanted: Wanted): Said[] {
  if (message.response || !wanted.has('dns.query')) return []
  return message.questions.map(({ name }) => ({
    fromClient: message.fromClient,
    parts: new Map([['dns.query', textPart(nameOf(name), message.frame)]]),
  }))
}

function ofHello({ hello, fromClient, frame }: MessageBase & { hello?: ClientHello }, wanted: Wanted): Said[] {
  const parts = new Map<BufferName, Part>()
  if (wanted.has('tls.sni') && hello?.sni !== undefined) parts.set('tls.sni', textPart(hello.sni, frame))
  if (wanted.has('ja4') && hello?.ja4 !== undefined) parts.set('ja4', textPart(hello.ja4, frame))
  return parts.size === 0 ? [] : [{ fromClient, parts }]
}

function ofHttp({ request, response, fromClient }: HttpExchange, wanted: Wanted): Said[] {
  const out: Said[] = []
  if (request !== undefined) out.push({ fromClient, parts: ofRequest(request, wanted) })
  if (response !== undefined) out.push({ fromClient: !fromClient, parts: ofResponse(response, wanted) })
  return out.filter(({ parts }) => parts.size > 0)
}

function ofRequest(request: HttpRequest, wanted: Wanted): Map<BufferName, Part> {
  const parts = new Map<BufferName, Part>()
  const { head, body, frame } = request
  const frameOf = (offset: number) => request.frameOfHead(offset)
  const lineEnd = endOfLine(head, 0)
  if (wanted.has('http.method')) parts.set('http.method', textPart(request.method, frame))
  const from = head.indexOf(0x20) + 1
  const to = head.lastIndexOf(0x20, lineEnd - 1)
  if (from > 0 && (wanted.has('http.uri') || wanted.has('http.uri.raw'))) {
    const raw = head.subarray(from, to > from ? to : lineEnd)
    const at = () => frameOf(from)
    if (wanted.has('http.uri.raw')) parts.set('http.uri.raw', new Part(raw, at))
    if (wanted.has('http.uri')) parts.set('http.uri', new Part(undone(raw), at))
  }
  if (wanted.has('http.host') && request.host !== undefined)
    parts.set('http.host', textPart(hostOf(request.host), request.hostFrame ?? frame))
  fields(head, lineEnd, wanted, parts, frameOf, REQUEST_FIELDS)
  if (wanted.has('http.request_body') && body.length > 0)
    parts.set('http.request_body', new Part(body.slice(), (offset) => request.frameOfBody(offset)))
  return parts
}

function ofResponse(response: HttpResponse, wanted: Wanted): Map<BufferName, Part> {
  const parts = new Map<BufferName, Part>()
  const { head, body, frame } = response
  if (wanted.has('http.stat_code')) parts.set('http.stat_code', textPart(`${response.status}`, frame))
  fields(head, endOfLine(head, 0), wanted, parts, (offset) => response.frameOfHead(offset), RESPONSE_FIELDS)
  // in a rule, headers are those of the question
  if (wanted.has('http.response_body') && body.length > 0)
    parts.set('http.response_body', new Part(body.slice(), (offset) => response.frameOfBody(offset)))
  return parts
}

const REQUEST_FIELDS: readonly [BufferName, string][] = [
  ['http.user_agent', 'user-agent:'],
  ['http.cookie', 'cookie:'],
]
const RESPONSE_FIELDS: readonly [BufferName, string][] = [['http.server', 'server:']]

/** Fields of the head after its first line: all of them, and the first of some names. */
function fields(
  head: Uint8Array,
  lineEnd: number,
  wanted: Wanted,
  parts: Map<BufferName, Part>,
  frameOf: (offset: number) => number,
  named: readonly [BufferName, string][],
): void {
  const begin = Math.min(lineEnd + 2, head.length)
  if (named === REQUEST_FIELDS && wanted.has('http.header')) parts.set('http.header', partAt(head, begin, head.length, frameOf))
  const asked = named.filter(([buffer]) => wanted.has(buffer))
  if (asked.length === 0) return
  for (let at = begin; at < head.length;) {
    const end = endOfLine(head, at)
    for (const [buffer, name] of asked) {
      if (parts.has(buffer) || !startsWith(head, at, end, name)) continue
      let from = at + name.length
      while (from < end && (head[from] === 0x20 || head[from] === 0x09)) from++
      let to = end
      while (to > from && (head[to - 1] === 0x20 || head[to - 1] === 0x09)) to--
      parts.set(buffer, partAt(head, from, to, frameOf))
    }
    at = end + (head[end] === 0x0d ? 2 : 1)
  }
}

function partAt(head: Uint8Array, from: number, to: number, frameOf: (offset: number) => number): Part {
  return new Part(head.subarray(from, to), (offset) => frameOf(from + offset))
}

function textPart(text: string, frame: number): Part {
  return new Part(Buffer.from(text, 'utf8'), () => frame)
}

function endOfLine(head: Uint8Array, from: number): number {
  const feed = head.indexOf(0x0a, from)
  if (feed < 0) return head.length
  return feed > from && head[feed - 1] === 0x0d ? feed - 1 : feed
}

function startsWith(head: Uint8Array, at: number, end: number, name: string): boolean {
  if (at + name.length > end) return false
  for (let i = 0; i < name.length; i++) if (lower(head[at + i]!) !== name.charCodeAt(i)) return false
  return true
}

/** Percent-encoding undone once (RFC 3986 section 2.1); what is none stays. */
function undone(raw: Uint8Array): Uint8Array {
  if (!raw.includes(0x25)) return raw
  const out: number[] = []
  for (let i = 0; i < raw.length; i++) {
    const high = raw[i] === 0x25 ? digit(raw[i + 1]) : -1
    const low = high < 0 ? -1 : digit(raw[i + 2])
    if (low < 0) out.push(raw[i]!)
    else {
      out.push(high * 16 + low)
      i += 2
    }
  }
  return Uint8Array.from(out)
}

function digit(b: number | undefined): number {
  if (b === undefined) return -1
  if (b >= 0x30 && b <= 0x39) return b - 0x30
  const letter = b | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** In lower case, without the last dot. */
export function nameOf(name: string): string {
  const small = name.toLowerCase()
  return small.length > 1 && small.endsWith('.') ? small.slice(0, -1) : small
}

/** Of a Host field, without port. */
export function hostOf(host: string): string {
  return nameOf(host.replace(/:\d*$/, ''))
}

import type { MessageBase, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { latin1, printable } from '../text.ts'
import { fromBase64, schemeOf, spells } from './dialogue.ts'

/** A request, with its answer's status where the conversation holds it (matched by CSeq). */
interface RtspRequest extends MessageBase {
  readonly protocol: 'rtsp'
  readonly type: 'request'
  readonly method: string
  /** Without user information and the values of parameters that are named like users or passwords. */
  readonly url: string
  readonly agent?: string
  /** Scheme of the Authorization header; 'url' where the credentials stand in the URL itself. */
  readonly authorization?: string
  readonly user?: string
  /** As on the wire (Basic, URL): never to be stored unmasked. */
  readonly password?: string
  readonly status?: number
}

interface RtspResponse extends MessageBase {
  readonly protocol: 'rtsp'
  readonly type: 'response'
  readonly status: number
  /** The method that it answers, where known. */
  readonly method?: string
  readonly server?: string
  /** Schemes that it demands (WWW-Authenticate). */
  readonly demands: readonly string[]
}

export type RtspMessage = RtspRequest | RtspResponse

const MAX_MESSAGES = 256
const MAX_HEADERS = 64
const MAX_VALUE = 512
export const METHODS: readonly string[] = [
  'OPTIONS',
  'DESCRIBE',
  'SETUP',
  'PLAY',
  'PAUSE',
  'TEARDOWN',
  'ANNOUNCE',
  'RECORD',
  'GET_PARAMETER',
  'SET_PARAMETER',
  'REDIRECT',
]

/** RTSP 1.0 and 2.0: RFC 2326, RFC 7826. */
export const rtsp: StreamDecoder<RtspMessage> = {
  protocol: 'rtsp',

  recognise({ client, server }) {
    if (spells(server, 0, 'RTSP/') || spells(client, 0, 'RTSP/')) return true
    return asksForRtsp(client) || asksForRtsp(server)
  },

  decode({ client, server }, emit) {
    const asked = readSide(client, true)
    const answered = readSide(server, false)
    pair(asked, answered)
    pair(answered, asked)
    for (const { message } of asked) emit(message)
    for (const { message } of answered) emit(message)
  },
}

/** A method that RTSP shares with no other protocol, or one it shares with HTTP (OPTIONS) or SIP and an rtsp URL. */
function asksForRtsp(stream: StreamPrefix): boolean {
  for (let i = 0; i < METHODS.length; i++) {
    const method = METHODS[i]!
    if (!spells(stream, 0, method) || stream.bytes[method.length] !== 0x20) continue
    return (
      spells(stream, method.length + 1, 'RTSP') ||
      (stream.bytes[method.length + 1] === 0x2a && spells(stream, method.length + 2, ' RTSP/'))
    )
  }
  return false
}

interface Read {
  sequence: string
  message: Writable<RtspRequest> | Writable<RtspResponse>
}
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Gives each request its answer's status, and each answer its request's method. */
function pair(requests: readonly Read[], responses: readonly Read[]): void {
  const bySequence = new Map<string, Writable<RtspResponse>>()
  for (const { sequence, message } of responses)
    if (message.type === 'response' && !bySequence.has(sequence)) bySequence.set(sequence, message)
  for (const { sequence, message } of requests) {
    if (message.type !== 'request' || sequence === '') continue
    const answer = bySequence.get(sequence)
    if (answer === undefined) continue
    message.status = answer.status
    answer.method = message.method
  }
}

function readSide(stream: StreamPrefix, fromClient: boolean): Read[] {
  const { bytes, length } = stream
  const read: Read[] = []
  let at = 0
  while (at < length && read.length < MAX_MESSAGES) {
    // interleaved media: "$", channel, length (RFC 2326 §10.12)
    if (bytes[at] === 0x24) {
      if (at + 4 > length) break
      at += 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
      continue
    }
    if (bytes[at] === 13 || bytes[at] === 10) {
      at++
      continue
    }
    const end = lineEnd(stream, at)
    const message = readFirstLine(latin1(bytes, at, Math.min(end, at + MAX_VALUE)), stream.frameAt(at), fromClient)
    if (message === undefined) break
    const one: Read = { sequence: '', message }
    at = readHeaders(stream, afterLine(stream, end), one)
    read.push(one)
  }
  return read
}

/** Lines end with CRLF (RFC 2326 section 4); LF alone is let pass, CR alone ends none. */
function lineEnd({ bytes, length }: StreamPrefix, from: number): number {
  let at = from
  while (at < length && bytes[at] !== 10) at++
  return at > from && bytes[at - 1] === 13 ? at - 1 : at
}

function afterLine({ bytes }: StreamPrefix, end: number): number {
  return bytes[end] === 13 ? end + 2 : end + 1
}

function readFirstLine(line: string, frame: number, fromClient: boolean): Read['message'] | undefined {
  if (line.startsWith('RTSP/')) {
    const status = /^RTSP\/\d\.\d (\d{3})(?: |$)/.exec(line)
    return status === null
      ? undefined
      : { protocol: 'rtsp', type: 'response', frame, fromClient, status: Number(status[1]), demands: [] }
  }
  const space = line.indexOf(' ')
  const method = line.slice(0, space)
  if (space < 3 || space > 20 || !/^[A-Z_]+$/.test(method)) return undefined
  const second = line.indexOf(' ', space + 1)
  // the version (RFC 2326 section 6.1), unless the line is longer than what is looked at
  if (second < 0 ? line.length < MAX_VALUE : !/^RTSP\/\d\.\d *$/.test(line.slice(second + 1))) return undefined
  const raw = line.slice(space + 1, second < 0 ? undefined : second)
  const { url, user, password } = withoutSecrets(raw)
  const message: Writable<RtspRequest> = {
    protocol: 'rtsp',
    type: 'request',
    frame,
    fromClient,
    method,
    url: printable(url, MAX_VALUE),
  }
  if (password !== undefined)
    Object.assign(message, { authorization: 'url', user: printable(user ?? '', 128), password: printable(password, 128) })
  return message
}

/** Headers from `at`; where the next message starts. */
function readHeaders(stream: StreamPrefix, at: number, one: Read): number {
  const { bytes, length } = stream
  let body = 0
  for (let count = 0; at < length && count < MAX_HEADERS; count++) {
    const end = lineEnd(stream, at)
    const next = afterLine(stream, end)
    if (end === at) {
      at = next
      break
    }
    const line = latin1(bytes, at, Math.min(end, at + MAX_VALUE))
    at = next
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const value = line.slice(colon + 1).trim()
    const name = line.slice(0, colon).toLowerCase()
    if (name === 'content-length') body = /^\d{1,7}$/.test(value) ? Number(value) : 0
    else if (name === 'cseq') one.sequence = value
    else noteHeader(one.message, name, value)
  }
  return at + body
}

function noteHeader(message: Read['message'], name: string, value: string): void {
  if (message.type === 'response') {
    if (name === 'server') message.server = printable(value, 256)
    else if (name === 'www-authenticate' && message.demands.length < 4) {
      const scheme = schemeOf(value)
      if (scheme !== undefined) message.demands = [...message.demands, scheme]
    }
    return
  }
  if (name === 'user-agent') message.agent = printable(value, 256)
  else if (name === 'authorization') readAuthorization(message, value)
}

function readAuthorization(message: Writable<RtspRequest>, value: string): void {
  const scheme = schemeOf(value)
  if (scheme === undefined) return
  message.authorization = scheme
  if (/^basic$/i.test(scheme)) {
    // RFC 7617: base64 of user, colon, password
    const decoded = fromBase64(value.slice(scheme.length).trim())
    if (decoded === undefined) return
    const colon = decoded.indexOf(':')
    message.user = printable(colon < 0 ? decoded : decoded.slice(0, colon), 128)
    message.password = colon < 0 ? undefined : printable(decoded.slice(colon + 1), 128)
  } else if (/^digest$/i.test(scheme)) {
    message.user = printable(/username="([^"]{0,128})"/i.exec(value)?.[1] ?? '', 128)
    message.password = undefined
  }
}

/** Cameras take credentials as user information, as query parameters, and within the path ("user=admin_password=x_channel=1"). */
function withoutSecrets(raw: string): { url: string; user?: string; password?: string } {
  let url = raw
  let user: string | undefined
  let password: string | undefined
  const authority = /^rtsps?:\/\/([^/?]*)@/i.exec(raw)
  if (authority !== null) {
    const info = authority[1]!
    const colon = info.indexOf(':')
    user = colon < 0 ? info : info.slice(0, colon)
    if (colon >= 0) password = info.slice(colon + 1)
    url = raw.slice(0, raw.indexOf('://') + 3) + raw.slice(authority[0].length)
  }
  url = url.replace(PARAMETER, (_, name: string, value: string) => {
    if (/^us/i.test(name)) user ??= value
    else if (/^pass|^pwd|^psw/i.test(name)) password ??= value
    return `${name}=…`
  })
  return { url, user, password }
}

const PARAMETER = /(user(?:name)?|usr|pass(?:word|wd)?|pwd|psw|token|auth|key)=(.*?)(?=&|_[a-z]+=|\/|$)/gi

import type { Emit, StreamDecoder } from '../message.ts'
import { u32le } from '../numbers.ts'
import type { StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import type { ControlIdentity, ControlRequest, Operations } from './control.ts'

/** A service that was asked for in clear, with its answer's fate where the conversation holds it. */
export interface OpcuaRequest extends ControlRequest<'opcua'> {
  /** Identifier of the request's binary encoding. */
  readonly service: number
}

/** The channel that was opened: how it is protected, and by what policy. */
export interface OpcuaChannel {
  readonly protocol: 'opcua'
  readonly type: 'channel'
  readonly frame: number
  readonly fromClient: boolean
  /** URL that the client asked for. */
  readonly url?: string
  /** Last part of the policy's URI: 'None', 'Basic256Sha256'; of one that is not the OPC Foundation's all of it. */
  readonly policy?: string
  /** 'encrypted' only where messages were seen, and could not be read. */
  readonly protection: 'clear' | 'encrypted' | 'unknown'
}

/** A session that a user began, with what he showed. */
export interface OpcuaLogin {
  readonly protocol: 'opcua'
  readonly type: 'login'
  readonly frame: number
  readonly fromClient: boolean
  readonly token: 'anonymous' | 'user name' | 'certificate' | 'issued'
  readonly user?: string
  /** Only where it was not encrypted by itself: never to be stored unmasked. */
  readonly password?: string
  readonly outcome: 'accepted' | 'refused' | 'unknown'
}

export type OpcuaMessage = OpcuaRequest | OpcuaChannel | OpcuaLogin | ControlIdentity<'opcua'>

const HEADER = 8
const MAX_MESSAGES = 256
const MAX_SIZE = 1 << 24

/** Binary encodings of requests (OPC 10000-6 annex A, NodeIds.csv); an answer's is three more. */
const SERVICES: Operations = {
  422: ['FindServers', 'find'],
  428: ['GetEndpoints', 'find'],
  461: ['CreateSession', 'read'],
  467: ['ActivateSession', 'read'],
  473: ['CloseSession', 'read'],
  488: ['AddNodes', 'write'],
  494: ['AddReferences', 'write'],
  500: ['DeleteNodes', 'write'],
  506: ['DeleteReferences', 'write'],
  527: ['Browse', 'find'],
  533: ['BrowseNext', 'find'],
  554: ['TranslateBrowsePathsToNodeIds', 'find'],
  560: ['RegisterNodes', 'read'],
  631: ['Read', 'read'],
  664: ['HistoryRead', 'read'],
  673: ['Write', 'write'],
  700: ['HistoryUpdate', 'write'],
  712: ['Call', 'command'],
  751: ['CreateMonitoredItems', 'read'],
  787: ['CreateSubscription', 'read'],
  826: ['Publish', 'read'],
}
const GET_ENDPOINTS_ANSWER = 431
const CREATE_SESSION_ANSWER = 464
const ACTIVATE_SESSION = 467
const FAULT = 397
/** Encodings of user identity tokens. */
const TOKENS: Readonly<Record<number, OpcuaLogin['token']>> = {
  321: 'anonymous',
  324: 'user name',
  327: 'certificate',
  940: 'issued',
}

/** OPC UA's binary protocol (OPC 10000-6 section 7.1). */
export const opcua: StreamDecoder<OpcuaMessage> = {
  protocol: 'opcua',

  recognise({ client, server }) {
    const fits = (stream: StreamPrefix, first: readonly number[]) =>
      stream.length === 0 || (first.includes(kindAt(stream, 0)) && sizeAt(stream, 0) >= (kindAt(stream, 0) === HEL ? 32 : 16))
    return client.length + server.length > 0 && fits(client, [HEL, RHE]) && fits(server, [ACK, ERR, HEL])
  },

  decode({ client, server }, emit) {
    // a server may call its client (reverse hello): then it is the client who says hello
    const reversed = client.length > 0 && kindAt(client, 0) === RHE
    read(reversed ? server : client, reversed ? client : server, !reversed, emit)
  },
}

/** The first three letters, as a number; 0 where no message starts. */
function kindAt({ bytes, length }: StreamPrefix, at: number): number {
  if (at + HEADER > length) return 0
  const last = bytes[at + 3]!
  // F: final, C: more follows, A: given up
  if (last !== 0x46 && last !== 0x43 && last !== 0x41) return 0
  const size = u32le(bytes, at + 4)
  return size < HEADER || size > MAX_SIZE ? 0 : (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
}

function sizeAt({ bytes }: StreamPrefix, at: number): number {
  return u32le(bytes, at + 4)
}

const word = (letters: string) => (letters.charCodeAt(0) << 16) | (letters.charCodeAt(1) << 8) | letters.charCodeAt(2)
const HEL = word('HEL')
const ACK = word('ACK')
const ERR = word('ERR')
const RHE = word('RHE')
const OPN = word('OPN')
const MSG = word('MSG')
const CHUNK = 0x43

/** Messages, and of those that come in chunks (C, the last F) the first: only it begins with what is asked. */
function each(stream: StreamPrefix, visit: (kind: number, at: number, end: number) => void): void {
  // requests of which a chunk came (OPC 10000-6 section 6.7.2), by their number
  const begun = new Set<number>()
  for (let at = 0, count = 0; count < MAX_MESSAGES; count++) {
    const kind = kindAt(stream, at)
    if (kind === 0) return
    const next = at + sizeAt(stream, at)
    const request = kind === MSG && at + 24 <= stream.length ? u32le(stream.bytes, at + 20) : -1
    if (!begun.has(request)) visit(kind, at, Math.min(next, stream.length))
    if (stream.bytes[at + 3] !== CHUNK) begun.delete(request)
    else if (request >= 0) begun.add(request)
    at = next
  }
}

function read(client: StreamPrefix, server: StreamPrefix, fromClient: boolean, emit: Emit<OpcuaMessage>): void {
  const answers = new Map<number, { service: number; good: boolean }>()
  const channel: { url?: string; policy?: string } = {}
  let readable = 0
  let hidden = 0
  each(server, (kind, at, end) => {
    if (kind !== MSG) return
    const cursor = new Cursor(server.bytes, at + 24, end)
    const service = cursor.node()
    if (!isService(service)) {
      hidden++
      return
    }
    readable++
    // time, handle, result
    cursor.skip(12)
    const good = cursor.u32() >>> 30 === 0
    answers.set(u32le(server.bytes, at + 20), { service, good })
    if (service === GET_ENDPOINTS_ANSWER || service === CREATE_SESSION_ANSWER)
      readEndpoints(cursor, service, server.frameAt(at), !fromClient, emit)
  })
  let shown: OpcuaRequest['authentication'] = 'unknown'
  const requests: (OpcuaRequest | OpcuaLogin)[] = []
  each(client, (kind, at, end) => {
    const cursor = new Cursor(client.bytes, at + HEADER, end)
    if (kind === HEL) {
      cursor.skip(20)
      const url = cursor.string(256)
      if (url !== undefined && url !== '') channel.url = url
    } else if (kind === OPN) {
      cursor.skip(4)
      const policy = cursor.string(256)
      if (policy !== undefined) channel.policy = policyOf(policy)
    } else if (kind === MSG) {
      cursor.skip(16)
      const service = cursor.node()
      if (!isService(service)) {
        hidden++
        return
      }
      readable++
      const answer = answers.get(u32le(client.bytes, at + 20))
      const frame = client.frameAt(at)
      const good = answer === undefined ? undefined : answer.good && answer.service !== FAULT
      if (service === ACTIVATE_SESSION) {
        const login = loginOf(cursor, frame, fromClient, good)
        if (login !== undefined) {
          requests.push(login)
          shown = login.token === 'anonymous' ? 'none' : 'used'
        }
        return
      }
      const known = SERVICES[service]
      if (known === undefined) return
      const [operation, deed] = known
      const outcome = good === undefined ? 'unknown' : good ? 'done' : 'refused'
      const base = { protocol: 'opcua', type: 'request', frame, fromClient } as const
      requests.push({ ...base, deed, operation, outcome, authentication: shown, service })
    }
  })
  if (client.length > 0) {
    const protection = readable > 0 ? 'clear' : hidden > 0 && channel.policy !== 'None' ? 'encrypted' : 'unknown'
    emit({ protocol: 'opcua', type: 'channel', frame: client.frameAt(0), fromClient, ...channel, protection })
  }
  for (const request of requests) emit(request)
}

const POLICY = 'http://opcfoundation.org/UA/SecurityPolicy#'

/** A policy of the OPC Foundation (OPC 10000-7) by its last part, any other by its whole URI. */
function policyOf(uri: string): string {
  return uri.startsWith(POLICY) ? uri.slice(POLICY.length) : uri
}

/** Of what can be read, all that may follow the header: requests, answers, faults. */
function isService(id: number): boolean {
  return id === FAULT || (id >= 420 && id <= 850)
}

/** ActivateSession (OPC 10000-4 section 5.6.3): after the request's header the client's signature, certificates, locales, and the token. */
function loginOf(cursor: Cursor, frame: number, fromClient: boolean, good: boolean | undefined): OpcuaLogin | undefined {
  requestHeader(cursor)
  cursor.string(0)
  cursor.string(0)
  // software certificates, each of two byte strings; locales
  for (let n = cursor.count(); n > 0; n--) {
    cursor.string(0)
    cursor.string(0)
  }
  for (let n = cursor.count(); n > 0; n--) cursor.string(0)
  const token = TOKENS[cursor.node()]
  if (token === undefined || cursor.failed) return undefined
  const outcome = good === undefined ? 'unknown' : good ? 'accepted' : 'refused'
  const base = { protocol: 'opcua', type: 'login', frame, fromClient, token, outcome } as const
  if (token !== 'user name') return base
  // the body is a byte string: its length, policy, name, password, algorithm
  cursor.skip(5)
  cursor.string(0)
  const user = cursor.string(128)
  const password = cursor.string(128)
  const algorithm = cursor.string(128)
  if (cursor.failed || user === undefined) return base
  const clear = algorithm === undefined || algorithm === ''
  return { ...base, user, ...(clear && password !== undefined ? { password } : {}) }
}

/** Token, time, handle, diagnostics, audit entry, time-out, more (section 7.33). */
function requestHeader(cursor: Cursor): void {
  cursor.node()
  cursor.skip(16)
  cursor.string(0)
  cursor.skip(4)
  cursor.extension()
}

/** Endpoints that the server offers (section 7.14): who it says it is, and whether it can be spoken to without protection. */
function readEndpoints(cursor: Cursor, service: number, frame: number, fromClient: boolean, emit: Emit<OpcuaMessage>): void {
  // the rest of the answer's header: diagnostics (none, or it is left alone), texts, more
  if (cursor.byte() !== 0) return
  for (let n = cursor.count(); n > 0; n--) cursor.string(0)
  cursor.extension()
  if (service === CREATE_SESSION_ANSWER) {
    cursor.node()
    cursor.node()
    cursor.skip(8)
    cursor.string(0)
    cursor.string(0)
  }
  let name: string | undefined
  let product: string | undefined
  const offers = new Set<string>()
  for (let n = Math.min(cursor.count(), 32); n > 0 && !cursor.failed; n--) {
    cursor.string(0)
    cursor.string(0)
    const uri = cursor.string(256)
    const called = cursor.localized()
    cursor.skip(4)
    cursor.string(0)
    cursor.string(0)
    for (let urls = cursor.count(); urls > 0; urls--) cursor.string(0)
    cursor.string(0)
    const mode = MODES[cursor.u32()]
    const policy = cursor.string(256)
    for (let tokens = cursor.count(); tokens > 0; tokens--) {
      cursor.string(0)
      cursor.skip(4)
      cursor.string(0)
      cursor.string(0)
      cursor.string(0)
    }
    cursor.string(0)
    cursor.skip(1)
    if (cursor.failed) break
    name ??= called
    product ??= uri
    if (mode !== undefined && policy !== undefined && offers.size < 16)
      offers.add(mode === 'None' ? mode : `${mode} ${policyOf(policy)}`)
  }
  if (offers.size === 0) return
  emit({
    protocol: 'opcua',
    type: 'identity',
    frame,
    fromClient,
    ...(name === undefined || name === '' ? {} : { name }),
    detail: { ...(product === undefined ? {} : { product }), security: [...offers].join(', ') },
  })
}

const MODES: Readonly<Record<number, string>> = { 1: 'None', 2: 'Sign', 3: 'SignAndEncrypt' }

/** Over values in UA's binary encoding (OPC 10000-6 section 5.2); `failed` once something did not fit, and zeros from then on. */
class Cursor {
  failed = false
  private readonly bytes: Uint8Array
  private at: number
  private readonly end: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  skip(count: number): void {
    this.take(count)
  }

  /** Moves over so many bytes; where they begin, or -1. */
  private take(count: number): number {
    const at = this.at
    if (this.failed || count < 0 || at + count > this.end) {
      this.failed = true
      return -1
    }
    this.at += count
    return at
  }

  byte(): number {
    const at = this.take(1)
    return at < 0 ? 0 : this.bytes[at]!
  }

  u32(): number {
    const at = this.take(4)
    return at < 0 ? 0 : u32le(this.bytes, at)
  }

  /** Length of an array: -1 is none. No longer than the bytes that are left. */
  count(): number {
    const count = this.u32()
    if (count === 0xffffffff) return 0
    if (count > this.end - this.at) this.failed = true
    return this.failed ? 0 : count
  }

  /** A string or byte string; undefined for none. */
  string(max: number): string | undefined {
    const length = this.u32()
    if (length === 0xffffffff) return undefined
    const at = this.take(length)
    return at < 0 ? undefined : text(this.bytes, at, at + length, max)
  }

  /** Numeric identifier of a node of namespace 0, -1 for any other. */
  node(): number {
    const form = this.byte() & 0x3f
    if (form === 0) return this.byte()
    if (form === 1) {
      const at = this.take(3)
      return at < 0 || this.bytes[at] !== 0 ? -1 : this.bytes[at + 1]! | (this.bytes[at + 2]! << 8)
    }
    if (form === 2) this.skip(6)
    else if (form === 3 || form === 5) {
      this.skip(2)
      this.string(0)
    } else if (form === 4) this.skip(18)
    else this.failed = true
    return -1
  }

  /** An extension object, whatever it is. */
  extension(): void {
    this.node()
    if (this.byte() !== 0) this.string(0)
  }

  /** Its text, without its locale. */
  localized(): string | undefined {
    const has = this.byte()
    if (has & 1) this.string(0)
    return has & 2 ? this.string(128) : undefined
  }
}

import type { Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { Conversation, StreamPrefix } from '../stream.ts'
import { type ClientHello, isRetry, plainHello, readClientHello, readServerHello, type ServerHello } from './tls-hello.ts'
import { alertName, isTls13 } from './tls-names.ts'
import { readChain } from './tls-certificates.ts'
import { serverKeyExchange } from './tls-key-exchange.ts'
import type { Certificate } from './x509.ts'

export interface TlsAlert {
  by: 'client' | 'server'
  /** RFC 8446 name, or 'encrypted' where only its presence can be told. */
  name: string
  fatal: boolean
  frame: number
}

/** A TLS connection, as far as the two prefixes show it. Client and server are TLS's: who sent the ClientHello. */
export interface TlsMessage extends MessageBase {
  readonly protocol: 'tls'
  /** `fromClient` false: the TLS client is the side that did not open the TCP conversation. */
  readonly fromClient: boolean
  hello?: ClientHello
  /** The second ClientHello, after a HelloRetryRequest. */
  retryHello?: ClientHello
  /** The ClientHello came in SSL 2.0's form (RFC 5246 appendix E.2); of it only version and suites are read. */
  sslv2: boolean
  /** What the server chose; never a HelloRetryRequest. */
  server?: ServerHello
  retried: boolean
  /** The server's own certificate (up to TLS 1.2, where it is readable), those of its issuers, and how many it sent in all. */
  certificate?: Certificate
  issuers: Certificate[]
  chainLength: number
  /** Group of an ECDHE exchange, or size of a DHE prime, from the ServerKeyExchange (up to TLS 1.2). */
  curve?: number
  primeBits?: number
  /** The server asked the client for a certificate (readable up to TLS 1.2), and whether it sent one. */
  clientCertificate: 'not-asked' | 'asked' | 'sent'
  /** An earlier session was taken up again: the server showed no certificate. */
  resumed: boolean
  /** See `completion` for the rule. */
  clientFinished: boolean
  serverFinished: boolean
  /** The client sent application data after its Finished. */
  clientData: boolean
  /** Records of application data were seen, whichever side's: what is in them is protected. */
  carries: boolean
  completed: boolean
  alerts: TlsAlert[]
  /** A ClientHello's lists lead past its end (RFC 8446 section 4.1.2). */
  damaged: boolean
  /** The capture missed the beginning: nothing of the handshake is known, only that these are TLS records. */
  midstream: boolean
  /** Protocol that began in clear and changed to TLS (STARTTLS): its name. */
  upgraded?: string
  /** Frames of the server's choice, its certificate, and the client's Finished. */
  frames: { server?: number; certificate?: number; finished?: number }
}

const CHANGE_CIPHER_SPEC = 20
const ALERT = 21
const HANDSHAKE = 22
const APPLICATION_DATA = 23
/** RFC 5246 section 6.2.3: at most 2^14 + 2048 bytes. */
const MAX_RECORD = (1 << 14) + 2048
const MAX_RECORDS = 1024
const MAX_ALERTS = 8

const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const CERTIFICATE = 11
const SERVER_KEY_EXCHANGE = 12
const CERTIFICATE_REQUEST = 13
const SERVER_HELLO_DONE = 14

/** A record's fragment: bytes[start, end) of its prefix. */
interface Fragment {
  start: number
  end: number
}

/** Consecutive records of a prefix. Used again for the next: there may be a thousand of them, of which few are looked at twice. */
class Records {
  count = 0
  prefix: StreamPrefix | undefined
  private bytes: Uint8Array = NOTHING
  private readonly offsets = new Int32Array(MAX_RECORDS)

  /** From an offset, up to the first that is not one. */
  read(prefix: StreamPrefix, from: number): void {
    this.prefix = prefix
    this.bytes = prefix.bytes
    this.count = 0
    for (let at = from; at >= 0 && this.count < MAX_RECORDS && isRecord(prefix, at); at += 5 + lengthAt(prefix.bytes, at))
      this.offsets[this.count++] = at
  }

  type(i: number): number {
    return this.bytes[this.offsets[i]!]!
  }

  /** By its header: more than is there when the prefix ends in it. */
  length(i: number): number {
    return lengthAt(this.bytes, this.offsets[i]!)
  }

  isWhole(i: number): boolean {
    return this.offsets[i]! + 5 + this.length(i) <= this.prefix!.length
  }

  frame(i: number): number {
    return this.prefix!.frameAt(this.offsets[i]!)
  }

  fragment(i: number): Fragment {
    const start = this.offsets[i]! + 5
    return { start, end: Math.min(start + this.length(i), this.prefix!.length) }
  }
}

const NOTHING = new Uint8Array(0)

function lengthAt(b: Uint8Array, at: number): number {
  return (b[at + 3]! << 8) | b[at + 4]!
}

const clientRecords = new Records()
const serverRecords = new Records()

/** A handshake message: body is bytes[start, end); `at` is where it starts in the prefix. */
interface Handshake {
  type: number
  bytes: Uint8Array
  start: number
  end: number
  complete: boolean
  at: number
}

/** TLS and SSL 3.0 over TCP. */
export const tls: StreamDecoder<TlsMessage> = {
  protocol: 'tls',
  recognise: ({ client, server }) =>
    startOf(client, 0) !== 'other' ||
    startOf(server, 0) !== 'other' ||
    (client.midstream || server.midstream ? isMidstream(client, server) : false),
  decode: (conversation, emit) => {
    decodeTls(conversation, { client: 0, server: 0 }, emit)
  },
}

/**
 * Decodes the TLS that begins at an offset of each direction: for protocols that change to it (STARTTLS, a proxy's CONNECT),
 * named in `upgraded`. Emits one message, or none, and returns false, when no TLS is there. Never throws.
 */
export function decodeTls(
  conversation: Conversation,
  from: { client: number; server: number },
  emit: Emit<TlsMessage>,
  upgraded?: string,
): boolean {
  let [client, server] = [conversation.client, conversation.server]
  let [clientFrom, serverFrom] = [from.client, from.server]
  // who opened the TCP conversation is not always who sends the ClientHello (FTP's data, a wrong guess in a capture begun late)
  const swapped =
    startOf(client, clientFrom) === 'server' ||
    (startOf(server, serverFrom) === 'client' && startOf(client, clientFrom) !== 'client')
  if (swapped) [client, server, clientFrom, serverFrom] = [server, client, serverFrom, clientFrom]
  const message = read(client, clientFrom, server, serverFrom, !swapped)
  if (message === undefined) return false
  if (upgraded !== undefined) message.upgraded = upgraded
  emit(message)
  return true
}

/** What a direction begins with: a ClientHello (either form), a ServerHello, or something else. */
function startOf(prefix: StreamPrefix, from: number): 'client' | 'server' | 'other' {
  const b = prefix.bytes
  if (isRecord(prefix, from) && b[from] === HANDSHAKE && prefix.length - from > 5) {
    const type = b[from + 5]
    // the handshake's length has 24 bits: no hello has more than 17 of them (a record may end before they begin)
    if (prefix.length - from > 6 && lengthAt(b, from) > 1 && b[from + 6]! > 1) return 'other'
    if (type === CLIENT_HELLO) return 'client'
    if (type === SERVER_HELLO) return 'server'
    return 'other'
  }
  return isSslv2Hello(prefix, from) ? 'client' : 'other'
}

function isRecord(prefix: StreamPrefix, at: number): boolean {
  const b = prefix.bytes
  if (prefix.length - at < 5) return false
  return (
    b[at]! >= CHANGE_CIPHER_SPEC &&
    b[at]! <= APPLICATION_DATA &&
    b[at + 1] === 3 &&
    b[at + 2]! <= 4 &&
    lengthAt(b, at) <= MAX_RECORD
  )
}

/** CLIENT-HELLO of SSL 2.0 that offers version 3 (RFC 5246 appendix E.2): its four lengths must agree. */
function isSslv2Hello(prefix: StreamPrefix, at: number): boolean {
  const b = prefix.bytes
  if (prefix.length - at < 11 || !(b[at]! & 0x80) || b[at + 2] !== 1 || b[at + 3] !== 3 || b[at + 4]! > 4) return false
  const length = ((b[at]! & 0x7f) << 8) | b[at + 1]!
  const [suites, session, challenge] = [5, 7, 9].map((o) => (b[at + o]! << 8) | b[at + o + 1]!) as [number, number, number]
  return (
    suites > 0 &&
    suites % 3 === 0 &&
    session <= 32 &&
    challenge >= 16 &&
    challenge <= 32 &&
    length === 9 + suites + session + challenge
  )
}

/** Records amid a connection: the bytes seen first must be a record's start, and be followed by another's (or both sides' be). */
function isMidstream(client: StreamPrefix, server: StreamPrefix): boolean {
  const one = isRecord(client, 0)
  const other = isRecord(server, 0)
  return (one && other) || (one && followed(client)) || (other && followed(server))
}

function followed(prefix: StreamPrefix): boolean {
  return isRecord(prefix, 5 + lengthAt(prefix.bytes, 0))
}

function read(
  client: StreamPrefix,
  clientFrom: number,
  server: StreamPrefix,
  serverFrom: number,
  fromClient: boolean,
): TlsMessage | undefined {
  serverRecords.read(server, serverFrom)
  const sslv2 = isSslv2Hello(client, clientFrom)
  const sslv2Length = sslv2 ? 2 + (((client.bytes[clientFrom]! & 0x7f) << 8) | client.bytes[clientFrom + 1]!) : 0
  clientRecords.read(client, clientFrom + sslv2Length)
  if (!sslv2 && clientRecords.count === 0 && serverRecords.count === 0) return undefined
  const message: TlsMessage = {
    protocol: 'tls',
    frame: 0,
    fromClient,
    sslv2,
    retried: false,
    issuers: [],
    chainLength: 0,
    clientCertificate: 'not-asked',
    resumed: false,
    clientFinished: false,
    serverFinished: false,
    clientData: false,
    carries: false,
    completed: false,
    alerts: [],
    damaged: false,
    midstream: false,
    frames: {},
  }
  const said = readServer(message, server)
  readClient(message, client, clientFrom)
  message.carries = nextOf(clientRecords, APPLICATION_DATA, 0) >= 0 || nextOf(serverRecords, APPLICATION_DATA, 0) >= 0
  message.midstream = message.hello === undefined && message.server === undefined
  readAlerts(message, 'client', clientRecords)
  readAlerts(message, 'server', serverRecords)
  if (!message.midstream) completion(message, said)
  const frame = sslv2 || clientRecords.count > 0 ? client.frameAt(clientFrom) : server.frameAt(serverFrom)
  return { ...message, frame }
}

/** Handshake messages in the given records' fragments, reassembled across them. The last may be cut. */
function messages(prefix: StreamPrefix, parts: readonly Fragment[]): Handshake[] {
  if (parts.length === 0) return []
  let bytes = prefix.bytes
  let [at, end] = [parts[0]!.start, parts[0]!.end]
  if (parts.length > 1) {
    bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.end - part.start, 0))
    at = end = 0
    for (const part of parts) {
      bytes.set(prefix.bytes.subarray(part.start, part.end), end)
      end += part.end - part.start
    }
  }
  const list: Handshake[] = []
  let part = 0
  let partFrom = at
  while (at + 4 <= end) {
    const stop = at + 4 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
    // the record that holds this message's first byte
    while (part < parts.length - 1 && at >= partFrom + parts[part]!.end - parts[part]!.start)
      partFrom += parts[part]!.end - parts[part++]!.start
    list.push({
      type: bytes[at]!,
      bytes,
      start: at + 4,
      end: Math.min(stop, end),
      complete: stop <= end,
      at: parts[part]!.start + at - partFrom,
    })
    at = stop
  }
  return list
}

interface ServerSaid {
  certificate: boolean
  keyExchange: boolean
  helloDone: boolean
}

function readServer(message: TlsMessage, prefix: StreamPrefix): ServerSaid {
  const b = prefix.bytes
  const said: ServerSaid = { certificate: false, keyExchange: false, helloDone: false }
  // what is sent after ChangeCipherSpec is encrypted, but for what follows a HelloRetryRequest (RFC 8446 appendix D.4)
  const plain: Fragment[] = []
  for (let i = 0; i < serverRecords.count; i++) {
    const type = serverRecords.type(i)
    if (type === APPLICATION_DATA || (type === CHANGE_CIPHER_SPEC && !message.retried)) break
    if (type !== HANDSHAKE) continue
    const fragment = serverRecords.fragment(i)
    plain.push(fragment)
    const { start, end } = fragment
    if (i === 0) message.retried = end - start >= 38 && b[start] === SERVER_HELLO && isRetry(b, start + 6, end)
  }
  for (const m of messages(prefix, plain)) {
    switch (m.type) {
      case SERVER_HELLO: {
        if (message.server !== undefined) break
        const hello = readServerHello(m.bytes, m.start, m.end)
        if (hello === undefined || hello.retry) break
        message.server = hello
        message.frames.server = prefix.frameAt(m.at)
        break
      }
      case CERTIFICATE:
        if (said.certificate) break
        said.certificate = true
        takeChain(message, m)
        message.frames.certificate = prefix.frameAt(m.at)
        break
      case SERVER_KEY_EXCHANGE:
        said.keyExchange = true
        if (m.complete) readKeyExchange(message, m)
        break
      case CERTIFICATE_REQUEST:
        message.clientCertificate = 'asked'
        break
      case SERVER_HELLO_DONE:
        said.helloDone = true
    }
  }
  return said
}

function takeChain(message: TlsMessage, m: Handshake): void {
  const { certificate, issuers, length } = readChain(m.bytes, m.start, m.end)
  if (certificate !== undefined) message.certificate = certificate
  message.issuers = issuers
  message.chainLength = length
}

function readKeyExchange(message: TlsMessage, m: Handshake): void {
  Object.assign(message, serverKeyExchange(m.bytes, m.start, m.end, message.server?.suite ?? 0))
}

function readClient(message: TlsMessage, prefix: StreamPrefix, from: number): void {
  if (message.sslv2) message.hello = readSslv2(prefix, from)
  const b = prefix.bytes
  const plain: Fragment[] = []
  let ccs = false
  for (let i = 0; i < clientRecords.count; i++) {
    const type = clientRecords.type(i)
    if (type === APPLICATION_DATA) break
    if (type === CHANGE_CIPHER_SPEC) ccs = true
    if (type !== HANDSHAKE) continue
    const fragment = clientRecords.fragment(i)
    // a second ClientHello may follow a ChangeCipherSpec that means nothing; it has the first's random (RFC 8446 section 4.1.2)
    if (!ccs || repeatsHello(b, plain[0], fragment)) plain.push(fragment)
  }
  for (const m of messages(prefix, plain)) {
    if (m.type === CLIENT_HELLO) {
      const hello = readClientHello(m.bytes, m.start, m.end, m.complete, 'tcp')
      if (m.complete && hello?.complete !== true) message.damaged = true
      if (hello === undefined) continue
      if (message.hello === undefined) message.hello = hello
      else message.retryHello ??= hello
    } else if (m.type === CERTIFICATE && m.complete && m.end - m.start > 6 && !chose13(message)) {
      message.clientCertificate = 'sent'
    }
  }
}

function repeatsHello(b: Uint8Array, first: Fragment | undefined, record: Fragment): boolean {
  if (first === undefined || first.end - first.start < 38 || record.end - record.start < 38 || b[record.start] !== CLIENT_HELLO)
    return false
  for (let i = 6; i < 38; i++) if (b[first.start + i] !== b[record.start + i]) return false
  return true
}

/** Of a hello in SSL 2.0's form: the version, and the suites whose three bytes begin with 0. */
function readSslv2(prefix: StreamPrefix, at: number): ClientHello {
  const b = prefix.bytes
  const version = (b[at + 3]! << 8) | b[at + 4]!
  const end = Math.min(at + 11 + ((b[at + 5]! << 8) | b[at + 6]!), prefix.length)
  const suites: number[] = []
  for (let i = at + 11; i + 3 <= end; i += 3) if (b[i] === 0) suites.push((b[i + 1]! << 8) | b[i + 2]!)
  return plainHello(version, suites)
}

function readAlerts(message: TlsMessage, by: 'client' | 'server', records: Records): void {
  let encrypted = message.midstream
  for (let i = 0; i < records.count; i++) {
    const type = records.type(i)
    // TLS 1.3 may send this one at any time, and goes on in clear only with alerts before the keys (RFC 8446 section 5)
    if (type === CHANGE_CIPHER_SPEC && !chose13(message)) encrypted = true
    if (type !== ALERT || message.alerts.length >= MAX_ALERTS || !records.isWhole(i)) continue
    const frame = records.frame(i)
    if (encrypted) message.alerts.push({ by, name: 'encrypted', fatal: false, frame })
    else if (records.length(i) === 2) {
      const { bytes } = records.prefix!
      const { start } = records.fragment(i)
      message.alerts.push({ by, name: alertName(bytes[start + 1]!), fatal: bytes[start] === 2, frame })
    }
  }
}

function chose13(message: TlsMessage): boolean {
  return message.server !== undefined && isTls13(message.server.version)
}

/**
 * Did the handshake complete, the client accepting the server? A finding that a device accepted a bad certificate rests on this,
 * so it must never be guessed. It takes two things: the client's Finished, and application data that it sent after it. The
 * Finished alone is not enough: by the RFC a client has accepted the certificate by then (RFC 5246 section 7.3; one that rejects
 * it sends a fatal alert instead, section 7.2.2), but many programs let the library finish, look at certificate or name
 * afterwards, and leave.
 *
 * Up to TLS 1.2 a side's Finished is the handshake record right after its ChangeCipherSpec (RFC 5246 sections 7.1 and 7.4.9), and
 * what follows says in clear what it is: application_data or alert.
 *
 * In TLS 1.3 all after the ServerHello is application_data records on the outside (RFC 8446 section 5.2): what tells them apart
 * is length. A Finished has 4 bytes and one hash (section 4.4.4), a type byte and the tag; an alert 2 bytes, a type byte and the
 * tag, always less. The client's first protected record must be long enough to hold a Finished, and be followed by one of another
 * length than an alert's (so that close_notify is not taken for data; two bytes of data are then not seen as such). A client
 * whose first protected record is as short as an alert's sent an alert. With early data (section 4.2.10) the client's first
 * records are not its Finished: then it is looked for by its exact length, after the server's hello.
 */
function completion(message: TlsMessage, said: ServerSaid): void {
  if (chose13(message)) {
    message.resumed = message.server!.preSharedKey
    completion13(message)
  } else {
    completion12(message, said)
  }
  if (message.alerts.some((alert) => alert.fatal)) message.completed = false
}

function completion12(message: TlsMessage, said: ServerSaid): void {
  const mine = finishedAt(clientRecords)
  const theirs = finishedAt(serverRecords)
  message.serverFinished = theirs >= 0
  // a server that goes from its hello to ChangeCipherSpec at once takes up an old session (RFC 5246 section 7.3, figure 2; 5077)
  message.resumed = message.server !== undefined && !said.certificate && !said.keyExchange && !said.helloDone && theirs >= 0
  // a client seen alone whose ChangeCipherSpec is followed by application_data speaks TLS 1.3 (RFC 8446 appendix D.4): no
  // Finished
  if (mine < 0) return
  message.clientFinished = true
  message.frames.finished = clientRecords.frame(mine)
  message.clientData = nextOf(clientRecords, APPLICATION_DATA, mine + 1) >= 0
  message.completed = message.clientData
}

/** Index of the first record of that type from an index on, -1 for none. */
function nextOf(records: Records, type: number, from: number): number {
  for (let i = from; i < records.count; i++) if (records.type(i) === type) return i
  return -1
}

/** Index of the Finished: the whole handshake record right after the first ChangeCipherSpec; -1 without one. */
function finishedAt(records: Records): number {
  const next = nextOf(records, CHANGE_CIPHER_SPEC, 0) + 1
  // 4 bytes of header and 12 of verify_data at least, whatever the cipher adds (RFC 5246 section 7.4.9)
  const is =
    next > 0 && next < records.count && records.type(next) === HANDSHAKE && records.length(next) >= 16 && records.isWhole(next)
  return is ? next : -1
}

function completion13(message: TlsMessage): void {
  const suite = message.server!.suite
  // AES_128_CCM_8 has a tag of 8 bytes; only AES_256_GCM goes with SHA-384 (RFC 8446 appendix B.4)
  const tag = suite === 0x1305 ? 8 : 16
  const finished = 4 + (suite === 0x1302 ? 48 : 32) + 1 + tag
  const alert = 2 + 1 + tag
  for (let i = 0; i < serverRecords.count && !message.serverFinished; i++)
    message.serverFinished = serverRecords.type(i) === APPLICATION_DATA && serverRecords.length(i) >= finished
  const early = message.hello?.earlyData === true && !message.retried
  const answered = message.frames.server ?? 0
  const isData = (i: number) => clientRecords.type(i) === APPLICATION_DATA && clientRecords.isWhole(i)
  // early data is application data too: the Finished is told from it by its length, and by coming after the answer
  const isFirst = (i: number) =>
    isData(i) && (!early || (clientRecords.length(i) === finished && clientRecords.frame(i) > answered))
  let first = 0
  while (first < clientRecords.count && !isFirst(first)) first++
  if (first === clientRecords.count) return
  const length = clientRecords.length(first)
  const frame = clientRecords.frame(first)
  if (length === alert && !early && message.alerts.length < MAX_ALERTS) {
    message.alerts.push({ by: 'client', name: 'encrypted', fatal: false, frame })
  }
  if (length < finished) return
  message.clientFinished = true
  message.frames.finished = frame
  for (let i = first + 1; i < clientRecords.count && !message.clientData; i++)
    message.clientData = isData(i) && clientRecords.length(i) !== alert
  message.completed = message.serverFinished && message.clientData
}

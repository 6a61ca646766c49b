import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u16, u24 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { type CertificateChain, readChain } from './tls-certificates.ts'
import { type ClientHello, readClientHello, readServerHello, type ServerHello } from './tls-hello.ts'
import { alertName, DTLS_1_0, DTLS_1_2, DTLS_BAD, isTls13 } from './tls-names.ts'

/**
 * A DTLS connection as its datagrams show it (RFC 6347, RFC 9147). Told when the ClientHello is whole (`stage` hello), when the server
 * has chosen (choice), when it has shown its certificate (certificate: up to DTLS 1.2), when a side gave up in clear (alert), and when
 * the client went on to protected data (completed); each once, and with all that was known before.
 */
export interface DtlsMessage extends MessageBase {
  readonly protocol: 'dtls'
  readonly stage: 'hello' | 'choice' | 'certificate' | 'alert' | 'completed'
  readonly hello: ClientHello
  /** The server had the client prove its address first (HelloVerifyRequest). */
  readonly cookie: boolean
  readonly server?: ServerHello
  readonly chain?: CertificateChain
  readonly alert?: { by: 'client' | 'server'; name: string }
}

/** What is kept between the datagrams of a flow. */
interface Memory {
  /** `Datagram.fromClient` of the DTLS client's datagrams. */
  client: boolean
  hello?: ClientHello
  cookie: boolean
  server?: ServerHello
  chain?: CertificateChain
  /** The client's Finished was seen: its first handshake record of epoch 1 (RFC 6347 section 4.1). */
  finished: boolean
  /** Handshake messages of which a part has come. */
  parts: Part[]
  /** Nothing more to learn. */
  done: boolean
}

/** A handshake message that comes in fragments (RFC 6347 section 4.2.3). */
interface Part {
  fromClient: boolean
  sequence: number
  type: number
  bytes: Uint8Array
  /** 1 for each byte that has come. */
  come: Uint8Array
  left: number
}

const CHANGE_CIPHER_SPEC = 20
const ALERT = 21
const HANDSHAKE = 22
const APPLICATION_DATA = 23

const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const HELLO_VERIFY_REQUEST = 3
const CERTIFICATE = 11

const RECORD = 13
const MESSAGE = 12
/** RFC 6347 section 4.1.1: at most 2^14 bytes and what encryption adds. */
const MAX_RECORD = (1 << 14) + 2048
const MAX_MESSAGE = 16 * 1024
/** Of both sides; the oldest makes room. */
const MAX_PARTS = 4
/** Fragments that a message is begun for are no smaller a part of it: memory is made for the whole. */
const MOST_FRAGMENTS = 128
/** Records looked at in one datagram. */
const MAX_RECORDS = 32

export const dtls: DatagramDecoder<DtlsMessage> = {
  protocol: 'dtls',
  ports: [],
  remembers: true,
  /** Records one after the other up to the very end, the first of them a hello or protected; and of a flow known for DTLS any record. */
  recognise(d) {
    const { bytes: b, start, end } = d
    const known = d.memory['dtls'] !== undefined
    if (known && start < end && isUnified(b[start]!)) return true
    if (end - start < RECORD + 1 || !isRecord(b, start)) return false
    if (known) return true
    if (!d.truncated && !fills(b, start, end)) return false
    return begins(b, start, end)
  },
  decode(d, emit) {
    let memory = d.memory['dtls'] as Memory | undefined
    if (memory?.done) return
    const { bytes: b, end } = d
    let at = d.start
    for (let i = 0; i < MAX_RECORDS && at < end; i++) {
      if (isUnified(b[at]!)) {
        if (memory !== undefined) unified(d, memory, b[at]!, emit)
        return
      }
      if (end - at < RECORD || !isRecord(b, at)) return
      const from = at + RECORD
      const to = from + u16(b, at + 11)
      if (to > end) return
      const epoch = u16(b, at + 3)
      if (b[at] === HANDSHAKE && epoch === 0) memory = handshake(d, from, to, memory, emit)
      else if (memory !== undefined) later(d, memory, b[at]!, epoch, from, to, emit)
      at = to
    }
  },
}

/** DTLSPlaintext or, up to DTLS 1.2, DTLSCiphertext: type, version, epoch, sequence number, length. */
function isRecord(b: Uint8Array, at: number): boolean {
  const version = u16(b, at + 1)
  return (
    b[at]! >= CHANGE_CIPHER_SPEC &&
    b[at]! <= APPLICATION_DATA &&
    (version === DTLS_1_2 || version === DTLS_1_0 || version === DTLS_BAD) &&
    u16(b, at + 11) > 0 &&
    u16(b, at + 11) <= MAX_RECORD
  )
}

/** The unified header of DTLS 1.3's protected records: 001, then four bits about what follows (RFC 9147 section 4). */
function isUnified(first: number): boolean {
  return first >> 5 === 1
}

/** Records fill [start, end) exactly; or end where DTLS 1.3's begin. */
function fills(b: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    if (at > start && isUnified(b[at]!)) return true
    if (end - at < RECORD || !isRecord(b, at)) return false
    at += RECORD + u16(b, at + 11)
  }
  return at === end
}

/**
 * What a flow may be known by: a hello (its message's lengths agree with the record's), or a record of a later epoch, of which only a
 * few come in a connection's life (RFC 6347 section 4.1), large enough for an explicit nonce and a tag of 8 bytes (RFC 6655).
 */
function begins(b: Uint8Array, start: number, end: number): boolean {
  const epoch = u16(b, start + 3)
  const length = u16(b, start + 11)
  if (epoch > 0) return b[start] !== CHANGE_CIPHER_SPEC && epoch < 16 && length >= 16
  if (b[start] !== HANDSHAKE || length < MESSAGE || end - start < RECORD + MESSAGE) return false
  const at = start + RECORD
  const type = b[at]!
  if (type !== CLIENT_HELLO && type !== SERVER_HELLO && type !== HELLO_VERIFY_REQUEST) return false
  const [whole, offset, part] = [u24(b, at + 1), u24(b, at + 6), u24(b, at + 9)]
  return whole > 0 && whole <= MAX_MESSAGE && part > 0 && offset + part <= whole && part + MESSAGE <= length
}

/** The handshake messages of a record in clear, or parts of them. */
function handshake(d: Datagram, from: number, to: number, kept: Memory | undefined, emit: Emit<DtlsMessage>): Memory | undefined {
  const b = d.bytes
  let memory = kept
  for (let at = from; to - at >= MESSAGE;) {
    const type = b[at]!
    const [whole, sequence, offset, part] = [u24(b, at + 1), u16(b, at + 4), u24(b, at + 6), u24(b, at + 9)]
    const body = at + MESSAGE
    if (whole > MAX_MESSAGE || offset + part > whole || body + part > to) return memory
    if (memory === undefined) {
      if (type !== CLIENT_HELLO && type !== SERVER_HELLO && type !== HELLO_VERIFY_REQUEST) return undefined
      memory = {
        client: type === CLIENT_HELLO ? d.fromClient : !d.fromClient,
        cookie: false,
        finished: false,
        parts: [],
        done: false,
      }
      d.memory['dtls'] = memory
    }
    if (isWanted(memory, type, d.fromClient)) {
      const message =
        part === whole ? b.subarray(body, body + part) : joined(memory, d, type, sequence, whole, offset, body, part)
      if (message !== undefined) take(d, memory, type, message, emit)
    }
    at = body + part
  }
  return memory
}

/** Of each side only what says something that is not known. */
function isWanted(memory: Memory, type: number, fromClient: boolean): boolean {
  if (fromClient === memory.client) return type === CLIENT_HELLO
  if (type === HELLO_VERIFY_REQUEST) return true
  if (type === SERVER_HELLO) return memory.server === undefined
  return type === CERTIFICATE && memory.chain === undefined
}

/** Adds a fragment; the message once it is whole. */
function joined(
  memory: Memory,
  { bytes, fromClient }: Datagram,
  type: number,
  sequence: number,
  whole: number,
  offset: number,
  from: number,
  length: number,
): Uint8Array | undefined {
  const { parts } = memory
  let part = parts.find((p) => p.fromClient === fromClient && p.sequence === sequence && p.type === type)
  if (part === undefined || part.bytes.length !== whole) {
    if (length * MOST_FRAGMENTS < whole) return undefined
    part = { fromClient, sequence, type, bytes: new Uint8Array(whole), come: new Uint8Array(whole), left: whole }
    if (parts.length >= MAX_PARTS) parts.shift()
    parts.push(part)
  }
  part.bytes.set(bytes.subarray(from, from + length), offset)
  for (let i = offset; i < offset + length; i++) if (part.come[i] === 0) part.left--
  part.come.fill(1, offset, offset + length)
  if (part.left > 0) return undefined
  parts.splice(parts.indexOf(part), 1)
  return part.bytes
}

function take(d: Datagram, memory: Memory, type: number, b: Uint8Array, emit: Emit<DtlsMessage>): void {
  switch (type) {
    case CLIENT_HELLO: {
      const hello = readClientHello(b, 0, b.length, true, 'dtls')
      if (hello === undefined) return
      // the same again with the cookie, or because an answer was slow
      const known = memory.hello !== undefined && memory.hello.ja4 === hello.ja4 && memory.hello.sni === hello.sni
      memory.hello = hello
      if (!known) tell(d, memory, 'hello', emit)
      return
    }
    case HELLO_VERIFY_REQUEST:
      memory.cookie = true
      return
    case SERVER_HELLO: {
      const server = readServerHello(b, 0, b.length)
      if (server === undefined || server.retry) return
      memory.server = server
      tell(d, memory, 'choice', emit)
      return
    }
    case CERTIFICATE: {
      if (memory.server === undefined || isTls13(memory.server.version)) return
      const chain = readChain(b, 0, b.length)
      if (chain.certificate === undefined) return
      memory.chain = chain
      tell(d, memory, 'certificate', emit)
    }
  }
}

/**
 * Records after the handshake's first ones. The client has accepted the server when it sends data after its Finished; the Finished alone
 * does not show it (see tls.ts). An alert in clear ends what was begun.
 */
function later(
  d: Datagram,
  memory: Memory,
  type: number,
  epoch: number,
  from: number,
  to: number,
  emit: Emit<DtlsMessage>,
): void {
  const byClient = d.fromClient === memory.client
  if (type === ALERT && epoch === 0 && to - from === 2 && d.bytes[from] === 2) {
    memory.done = true
    tell(d, memory, 'alert', emit, { by: byClient ? 'client' : 'server', name: alertName(d.bytes[from + 1]!) })
  } else if (byClient && epoch === 1 && type === HANDSHAKE) memory.finished = true
  else if (byClient && epoch === 1 && type === APPLICATION_DATA && memory.finished) complete(d, memory, emit)
}

/** DTLS 1.3: a record by the client under the keys for data (epoch 3, of which two bits show), which it has from the server's Finished. */
function unified(d: Datagram, memory: Memory, first: number, emit: Emit<DtlsMessage>): void {
  const chose13 = memory.server !== undefined && isTls13(memory.server.version)
  if (chose13 && d.fromClient === memory.client && (first & 3) === 3) complete(d, memory, emit)
}

function complete(d: Datagram, memory: Memory, emit: Emit<DtlsMessage>): void {
  if (memory.server === undefined) return
  memory.done = true
  tell(d, memory, 'completed', emit)
}

/** Nothing is told of a connection whose hello was not seen: what its server chose hangs on what was offered. */
function tell(
  d: Datagram,
  memory: Memory,
  stage: DtlsMessage['stage'],
  emit: Emit<DtlsMessage>,
  alert?: DtlsMessage['alert'],
): void {
  if (memory.hello === undefined) return
  emit({
    protocol: 'dtls',
    frame: d.frame,
    fromClient: memory.client,
    stage,
    hello: memory.hello,
    cookie: memory.cookie,
    ...(memory.server && { server: memory.server }),
    ...(memory.chain && { chain: memory.chain }),
    ...(alert && { alert }),
  })
}

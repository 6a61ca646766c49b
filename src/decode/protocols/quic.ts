import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { DatagramDecoder, Emit, MessageBase } from '../message.ts'
import { u32 } from '../numbers.ts'
import type { Datagram } from '../stream.ts'
import { type ClientHello, readClientHello, readServerHello, type ServerHello } from './tls-hello.ts'

/**
 * A QUIC connection as its Initial packets show it. Emitted when the ClientHello is whole, and once more (`completed`) when the
 * client has gone on to protected data.
 */
export interface QuicMessage extends MessageBase {
  readonly protocol: 'quic'
  /** As of the packet: 1, 0x6b3343cf (version 2), 0xff0000NN (drafts), 0xfaceb00N (Facebook's). */
  readonly version: number
  readonly hello: ClientHello
  readonly server?: ServerHello
  /**
   * The client sent a packet with 1-RTT keys after the ServerHello: it has them only once the server's Finished is verified, and
   * its certificate accepted (RFC 9001 sections 4.1.1 and 5.7).
   */
  readonly completed: boolean
}

interface Version {
  salt: Uint8Array
  /** Prefix of the labels for key, iv and header protection. */
  label: string
  /** Long packet type of Initial: RFC 9369 section 3.2 moved it. */
  initial: number
}

const V1: Version = { salt: bytes('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'), label: 'quic', initial: 0 }
const V2: Version = { salt: bytes('0dede3def700a6db819381be6e269dcbf9bd2ed9'), label: 'quicv2', initial: 1 }
const DRAFT_29: Version = { ...V1, salt: bytes('afbfec289993d24c9e9786f19c6111e04390a899') }
const DRAFT_23: Version = { ...V1, salt: bytes('c3eef712c72ebb5a11a7d2432bb46365bef9f502') }

function versionOf(version: number): Version | undefined {
  if (version === 1) return V1
  if (version === 0x6b3343cf) return V2
  // Facebook's mvfst, made after draft 27
  if (version === 0xfaceb002 || version === 0xfaceb00e) return DRAFT_23
  if (version >>> 8 !== 0xff0000) return undefined
  const draft = version & 0xff
  if (draft >= 33 && draft <= 34) return V1
  if (draft >= 29) return draft <= 32 ? DRAFT_29 : undefined
  return draft >= 23 ? DRAFT_23 : undefined
}

/**
 * Versions whose packets are known for QUIC's and not read: Google's from before the standard ("Q0" or "T0", then two digits), the
 * older drafts, and Facebook's whose keys are made otherwise.
 */
function isForeign(version: number): boolean {
  if (version >>> 8 === 0xfaceb0) return true
  // drafts before the keys that are known
  if (version >>> 8 === 0xff0000) return (version & 0xff) > 0 && (version & 0xff) < 23
  const prefix = version >>> 16
  return (prefix === 0x5130 || prefix === 0x5430) && isDigit((version >> 8) & 0xff) && isDigit(version & 0xff)
}

/**
 * A foreign version's connection ids fit the datagram, and are no longer than these versions have them: each with a byte for its length
 * (drafts from 22, Google's from 49 on, Facebook's), or both lengths in one byte.
 */
function hasIds(b: Uint8Array, o: number, end: number, version: number): boolean {
  const first = b[o + 5]!
  const old = version >>> 8 === 0xff0000 ? (version & 0xff) < 22 : version >>> 8 !== 0xfaceb0 && (version & 0xffff) < 0x3439
  // none, or three more than the half byte says (draft-ietf-quic-transport-18 section 17.2)
  if (old) return o + 6 + shortLength(first >> 4) + shortLength(first & 15) <= end
  if (first > MAX_CONNECTION_ID || o + 6 + first >= end) return false
  const second = b[o + 6 + first]!
  return second <= MAX_CONNECTION_ID && o + 7 + first + second <= end
}

const shortLength = (nibble: number) => (nibble === 0 ? 0 : nibble + 3)

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39

/**
 * Google's packets up to Q043 begin with flags of their own: a client that asks has a version in them (1) and a connection id of eight
 * bytes (8); the upper bit is never set.
 */
function isGoogles(b: Uint8Array, o: number, end: number): boolean {
  return end - o >= 14 && (b[o]! & 0x8b) === 0x09 && b[o + 9] === 0x51 && isForeign(u32(b, o + 9))
}

interface Keys {
  key: Uint8Array
  iv: Uint8Array
  hp: Uint8Array
}

/** What is kept between the datagrams of a flow; at most two CRYPTO streams of MAX_CRYPTO bytes. */
interface Memory {
  /** `Datagram.fromClient` of the QUIC client's datagrams. */
  client: boolean
  version: number
  /** Destination connection id that the Initial keys come from: of the client's first Initial, or the one after a Retry. */
  dcid: Uint8Array
  keys: { client: Keys; server: Keys }
  clientCrypto: CryptoStream | undefined
  serverCrypto: CryptoStream | undefined
  hello?: ClientHello
  server?: ServerHello
  /** Nothing more to learn. */
  done: boolean
  failures: number
}

const MAX_CRYPTO = 16 * 1024
const MAX_FAILURES = 8
/** Coalesced packets looked at in one datagram. */
const MAX_PACKETS = 8
const MAX_CONNECTION_ID = 20
/** A client's datagram with an Initial is no smaller: a server discards it (RFC 9000 section 14.1). Making keys takes long. */
const LEAST_INITIAL = 1200
/** AEAD_AES_128_GCM's tag, and the sample of header protection (RFC 9001 sections 5.3 and 5.4.2). */
const TAG = 16

export const quic: DatagramDecoder<QuicMessage> = {
  protocol: 'quic',
  ports: [],
  remembers: true,
  /** A long header of a version that is known (32 bits that are not chance), or a flow known for one. */
  recognise(d) {
    if (d.memory['quic'] !== undefined) return true
    const { bytes: b, start: o } = d
    if (d.end - o < 7) return false
    if ((b[o]! & 0xc0) !== 0xc0) return isGoogles(b, o, d.end)
    const version = u32(b, o + 1)
    if (isForeign(version) && versionOf(version) === undefined) return d.truncated || hasIds(b, o, d.end, version)
    return (
      versionOf(version) !== undefined && b[o + 5]! <= MAX_CONNECTION_ID && (d.truncated || longHeader(b, o, d.end) !== undefined)
    )
  },
  decode(d, emit) {
    const memory = d.memory['quic'] as Memory | undefined
    if (memory?.done) return
    let at = d.start
    let dcid: Uint8Array | undefined
    for (let i = 0; i < MAX_PACKETS && at < d.end; i++) {
      const header = longHeader(d.bytes, at, d.end)
      if (header === undefined) {
        oneRtt(d, at, emit)
        return
      }
      // packets of other connections are not put together with it, and are passed over (RFC 9000 section 12.2)
      dcid ??= header.dcid
      if (!same(dcid, header.dcid)) return
      if (header.initial) initial(d, header, emit)
      at = header.end
    }
  },
}

interface LongHeader {
  at: number
  version: number
  dcid: Uint8Array
  initial: boolean
  /** Of the packet number field; -1 for a packet without one (Retry). */
  number: number
  /** End of the packet by its Length field. */
  end: number
}

/** A long header packet of a known version wholly inside [at, end) (RFC 9000 section 17.2); undefined for anything else. */
function longHeader(b: Uint8Array, at: number, end: number): LongHeader | undefined {
  if (end - at < 7 || (b[at]! & 0xc0) !== 0xc0) return undefined
  const version = u32(b, at + 1)
  const known = versionOf(version)
  if (known === undefined) return undefined
  let o = at + 5
  const dcidLength = b[o++]!
  if (dcidLength > MAX_CONNECTION_ID || o + dcidLength >= end) return undefined
  const dcid = b.subarray(o, (o += dcidLength))
  const scidLength = b[o++]!
  if (scidLength > MAX_CONNECTION_ID || o + scidLength > end) return undefined
  o += scidLength
  const type = ((b[at]! >> 4) - known.initial) & 3
  const header = { at, version, dcid, initial: type === 0 }
  // Initial, 0-RTT, Handshake, Retry in both versions' order, shifted by one in version 2; a Retry fills its datagram: the server's new
  // id, a token, and a tag (section 17.2.5)
  if (type === 3) return scidLength > 0 && end - o > TAG ? { ...header, number: -1, end } : undefined
  if (type === 0) {
    const token = varint(b, o, end)
    if (token < 0) return undefined
    o += varintSize(b, o) + token
  }
  const length = varint(b, o, end)
  if (length < 0) return undefined
  o += varintSize(b, o)
  // no shorter than what header protection samples (RFC 9001 section 5.4.2)
  return length >= 4 + TAG && o + length <= end ? { ...header, number: o, end: o + length } : undefined
}

/** Variable-length integer (RFC 9000 section 16); -1 when it is not all there, or larger than any datagram. */
function varint(b: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const size = varintSize(b, at)
  if (at + size > end) return -1
  let value = b[at]! & 0x3f
  for (let i = 1; i < size; i++) value = value * 256 + b[at + i]!
  return value <= 0xffffff ? value : -1
}

function varintSize(b: Uint8Array, at: number): number {
  return 1 << (b[at]! >> 6)
}

function initial(d: Datagram, header: LongHeader, emit: Emit<QuicMessage>): void {
  let memory = d.memory['quic'] as Memory | undefined
  let payload: Uint8Array | undefined
  if (memory === undefined || d.fromClient === memory.client) {
    if (memory !== undefined) payload = unprotect(d.bytes, header, keysFor(memory, header.version).client)
    // the first Initial; or another connection of the same ports; or the same one after a Retry, whose id makes new keys (RFC
    // 9001 section 5.2)
    const large = d.end - d.start >= LEAST_INITIAL || d.truncated
    const another = memory === undefined || (memory.failures < MAX_FAILURES && !same(memory.dcid, header.dcid))
    if (payload === undefined && large && another) {
      const keys = initialKeys(header.version, header.dcid)
      payload = unprotect(d.bytes, header, keys.client)
      if (payload === undefined) {
        if (memory !== undefined) memory.failures++
        return
      }
      memory = {
        client: d.fromClient,
        version: header.version,
        dcid: header.dcid.slice(),
        keys,
        clientCrypto: new CryptoStream(),
        serverCrypto: new CryptoStream(),
        done: false,
        failures: memory?.failures ?? 0,
        ...(memory?.hello && { hello: memory.hello }),
      }
      d.memory['quic'] = memory
    }
    if (payload === undefined || memory === undefined || memory.clientCrypto === undefined) return
    frames(payload, memory.clientCrypto)
    readHello(d, memory, header.version, emit)
    return
  }
  payload = unprotect(d.bytes, header, keysFor(memory, header.version).server)
  if (payload === undefined || memory.serverCrypto === undefined) return
  frames(payload, memory.serverCrypto)
  for (let message = memory.serverCrypto.next(); message !== undefined; message = memory.serverCrypto.next()) {
    // ServerHello; a HelloRetryRequest comes before it
    const server = message[0] === 2 ? readServerHello(message, 4, message.length) : undefined
    if (server === undefined || server.retry) continue
    memory.server = server
    memory.serverCrypto = undefined
    return
  }
}

function readHello(d: Datagram, memory: Memory, version: number, emit: Emit<QuicMessage>): void {
  const message = memory.clientCrypto!.next()
  // ClientHello
  if (message === undefined) return
  memory.clientCrypto = undefined
  const hello = message[0] === 1 ? readClientHello(message, 4, message.length, true, 'quic') : undefined
  // after a Retry the same hello comes again
  const known = memory.hello !== undefined && memory.hello.ja4 === hello?.ja4 && memory.hello.sni === hello?.sni
  if (hello === undefined || known) return
  memory.hello = hello
  emit({ protocol: 'quic', frame: d.frame, fromClient: d.fromClient, version, hello, completed: false })
}

/**
 * A 1-RTT packet (RFC 9000 section 17.3.1): fixed bit, the receiver's connection id, which may be one that was agreed under
 * encryption, then four bytes that are sampled and a tag at least.
 */
function oneRtt(d: Datagram, at: number, emit: Emit<QuicMessage>): void {
  const memory = d.memory['quic'] as Memory | undefined
  if (memory?.hello === undefined || memory.server === undefined || d.fromClient !== memory.client) return
  if ((d.bytes[at]! & 0xc0) !== 0x40 || d.end - at < 1 + 4 + TAG) return
  memory.done = true
  emit({
    protocol: 'quic',
    frame: d.frame,
    fromClient: d.fromClient,
    version: memory.version,
    hello: memory.hello,
    server: memory.server,
    completed: true,
  })
}

/** Keys for a packet's version: the server may answer in another than it was asked in (RFC 9368). */
function keysFor(memory: Memory, version: number): { client: Keys; server: Keys } {
  if (version !== memory.version) {
    memory.version = version
    memory.keys = initialKeys(version, memory.dcid)
  }
  return memory.keys
}

/** RFC 9001 section 5.2, RFC 9369 section 3.3. */
export function initialKeys(version: number, dcid: Uint8Array): { client: Keys; server: Keys } {
  const { salt, label } = versionOf(version)!
  const secret = hmac(salt, dcid)
  const side = (name: string): Keys => {
    const own = expandLabel(secret, name, 32)
    return {
      key: expandLabel(own, `${label} key`, 16),
      iv: expandLabel(own, `${label} iv`, 12),
      hp: expandLabel(own, `${label} hp`, 16),
    }
  }
  let server: Keys | undefined
  return {
    client: side('client in'),
    // made when there is an answer: of many that ask there is none
    get server() {
      return (server ??= side('server in'))
    },
  }
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  // a copy: a Buffer's slice() would share its bytes, and nonces are made in a slice
  return Uint8Array.from(createHmac('sha256', key).update(data).digest())
}

/** HKDF-Expand-Label with an empty context (RFC 8446 section 7.1), of at most 32 bytes. */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = `tls13 ${label}`
  const info = new Uint8Array(name.length + 5)
  info[1] = length
  info[2] = name.length
  for (let i = 0; i < name.length; i++) info[3 + i] = name.charCodeAt(i)
  // the context's length is 0; then HKDF-Expand's counter (RFC 5869 section 2.3)
  info[info.length - 1] = 1
  return hmac(secret, info).subarray(0, length)
}

/** Removes header protection and decrypts (RFC 9001 sections 5.3 and 5.4); undefined when the tag does not verify. */
function unprotect(b: Uint8Array, header: LongHeader, keys: Keys): Uint8Array | undefined {
  const o = header.number
  // four bytes of packet number are assumed for the sample
  if (o < 0) return undefined
  try {
    const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(b.subarray(o + 4, o + 4 + 16))
    const first = b[header.at]! ^ (mask[0]! & 0x0f)
    const size = (first & 3) + 1
    const aad = b.slice(header.at, o + size)
    aad[0] = first
    const nonce = keys.iv.slice()
    for (let i = 0; i < size; i++) {
      const clear = b[o + i]! ^ mask[1 + i]!
      aad[o - header.at + i] = clear
      nonce[12 - size + i]! ^= clear
    }
    const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce, { authTagLength: TAG })
    decipher.setAAD(aad)
    decipher.setAuthTag(b.subarray(header.end - TAG, header.end))
    const clear = decipher.update(b.subarray(o + size, header.end - TAG))
    decipher.final()
    return clear
  } catch {
    return undefined
  }
}

/**
 * Takes the CRYPTO frames of a payload; an Initial has only PADDING, PING, ACK, CRYPTO and CONNECTION_CLOSE (RFC 9000 section
 * 17.2.2).
 */
function frames(b: Uint8Array, crypto: CryptoStream): void {
  let at = 0
  const number = (): number => {
    const value = varint(b, at, b.length)
    at = value < 0 ? b.length : at + varintSize(b, at)
    return value
  }
  const skip = (): void => {
    at = at < b.length && at + varintSize(b, at) <= b.length ? at + varintSize(b, at) : b.length
  }
  while (at < b.length) {
    const type = b[at++]!
    if (type === 0x00 || type === 0x01) continue
    if (type === 0x02 || type === 0x03) {
      skip() // largest acknowledged
      skip() // delay
      const ranges = number()
      skip() // first range
      for (let i = 0; i < ranges && at < b.length; i++) {
        skip()
        skip()
      }
      if (type === 0x03) for (let i = 0; i < 3; i++) skip()
    } else if (type === 0x06) {
      const offset = number()
      const length = number()
      if (offset < 0 || length < 0 || at + length > b.length) return
      crypto.take(offset, b, at, at + length)
      at += length
    } else {
      return
    }
  }
}

/**
 * Bytes of a CRYPTO stream, in whatever order and pieces they come (RFC 9000 section 19.6): browsers cut their hello into dozens
 * of shuffled frames. Bounded: what lies beyond MAX_CRYPTO is left out.
 */
class CryptoStream {
  private bytes = new Uint8Array(2048)
  /** 1 for each byte that has come. */
  private come = new Uint8Array(2048)
  /** Bytes without a gap, from the start; and those of messages already given out. */
  private held = 0
  private given = 0

  take(offset: number, b: Uint8Array, start: number, end: number): void {
    const to = offset + end - start
    if (to > MAX_CRYPTO) return
    if (to > this.bytes.length) {
      const size = Math.min(MAX_CRYPTO, Math.max(to, this.bytes.length * 2))
      this.bytes = grown(this.bytes, size)
      this.come = grown(this.come, size)
    }
    // what came first stays: it may have been handed on (RFC 9000 section 2.2 has one who says otherwise later closed)
    for (let i = Math.max(offset, this.held); i < to; i++) {
      if (this.come[i] === 1) continue
      this.bytes[i] = b[start + i - offset]!
      this.come[i] = 1
    }
    while (this.come[this.held] === 1) this.held++
  }

  /** The next handshake message with its header, once it is whole. */
  next(): Uint8Array | undefined {
    const at = this.given
    if (this.held - at < 4) return undefined
    const end = at + 4 + ((this.bytes[at + 1]! << 16) | (this.bytes[at + 2]! << 8) | this.bytes[at + 3]!)
    if (end > this.held) return undefined
    this.given = end
    return this.bytes.subarray(at, end)
  }
}

function grown(from: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size)
  larger.set(from)
  return larger
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16))
}

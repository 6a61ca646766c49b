import { u16, u24 } from '../../decode/numbers.ts'
import { readServerHello, type ServerHello } from '../../decode/protocols/tls-hello.ts'
import { serverKeyExchange } from '../../decode/protocols/tls-key-exchange.ts'
import { alertName, isTls13, suiteName } from '../../decode/protocols/tls-names.ts'
import { SSL2_KINDS, SSL_3_0 } from './offer.ts'

/** What a server said in clear to one ClientHello, so far. */
export interface Flight {
  /** It has said what it says in clear: the rest would need our keys. */
  done: boolean
  hello?: ServerHello
  /** DER, its own first; at most MAX_CERTIFICATES of them. `chainLength` counts all that it sent. */
  certificates: Uint8Array[]
  chainLength: number
  curve?: number
  primeBits?: number
  /** The alert that ended it (RFC 8446 section 6.2). */
  alert?: string
  /** Why these bytes are not an answer that TLS allows. */
  damage?: string
}

const MAX_CERTIFICATES = 8
/** RFC 5246 section 6.2.1: what is sent in clear has at most 2^14 bytes a record. */
const MAX_RECORD = 1 << 14
/** A Certificate may be long; nothing honest is longer. */
const MAX_MESSAGE = 1 << 16

/** One is known that servers send before they answer. */
const MAX_WARNINGS = 8

const ALERT = 21
const HANDSHAKE = 22
const SERVER_HELLO = 2
const CERTIFICATE = 11
const SERVER_KEY_EXCHANGE = 12
const SERVER_HELLO_DONE = 14

/** Reads the records of a server's first flight, as far as they came. Never throws. */
export function readFlight(bytes: Uint8Array): Flight {
  const flight: Flight = { done: false, certificates: [], chainLength: 0 }
  const pieces: Uint8Array[] = []
  let warnings = 0
  for (let at = 0; at < bytes.length && !flight.done;) {
    const damage = notARecord(bytes, at)
    if (damage !== undefined) return { ...flight, damage }
    if (at + 5 > bytes.length) break
    const stop = at + 5 + u16(bytes, at + 3)
    if (stop > bytes.length) break
    const body = bytes.subarray(at + 5, stop)
    if (bytes[at] === ALERT) {
      if (body.length !== 2) return { ...flight, damage: 'its alert does not have two bytes (RFC 8446 section 6)' }
      // a warning goes before the answer (unrecognized_name, RFC 6066 section 3)
      if (body[0] !== 1 || body[1] === 0) {
        flight.alert = alertName(body[1]!)
        flight.done = true
      } else if (++warnings > MAX_WARNINGS)
        return { ...flight, damage: `it sent more than ${MAX_WARNINGS} warnings instead of an answer` }
    } else if (bytes[at] === HANDSHAKE) {
      pieces.push(body)
      readMessages(flight, pieces.length === 1 ? body : Buffer.concat(pieces))
      if (flight.damage !== undefined) return flight
    } else return { ...flight, damage: 'it sent protected data before it answered the ClientHello' }
    at = stop
  }
  return flight
}

/** Why no record begins there; undefined where one does, or may, when more comes. */
function notARecord(bytes: Uint8Array, at: number): string | undefined {
  if (bytes[at]! < 20 || bytes[at]! > 24) {
    if (Buffer.from(bytes.subarray(at, at + 5)).toString('latin1') === 'HTTP/') return 'it answered in HTTP, not TLS'
    return `it answered with something that is not TLS (first byte ${bytes[at]!})`
  }
  if (at + 1 < bytes.length && bytes[at + 1] !== 3) return `it answered in an unknown version of TLS records (${bytes[at + 1]!})`
  if (at + 5 <= bytes.length && u16(bytes, at + 3) > MAX_RECORD)
    return `it sent a record of ${u16(bytes, at + 3)} bytes (RFC 8446 section 5.1 allows ${MAX_RECORD})`
  return undefined
}

function readMessages(flight: Flight, bytes: Uint8Array): void {
  flight.certificates = []
  flight.chainLength = 0
  delete flight.hello
  for (let at = 0; at + 4 <= bytes.length;) {
    const type = bytes[at]!
    const length = u24(bytes, at + 1)
    const [start, end] = [at + 4, at + 4 + length]
    if (flight.hello === undefined && type !== SERVER_HELLO) {
      // HelloRequest, which may come at any time (RFC 5246 section 7.4.1.1)
      if (type === 0 && length === 0) {
        at = end
        continue
      }
      flight.damage = `it answered the ClientHello with a handshake message of type ${type}`
      return
    }
    if (length > MAX_MESSAGE) {
      flight.damage = `it sent a handshake message of ${length} bytes`
      return
    }
    if (end > bytes.length) return
    readMessage(flight, type, bytes, start, end)
    if (flight.done || flight.damage !== undefined) return
    at = end
  }
}

function readMessage(flight: Flight, type: number, bytes: Uint8Array, start: number, end: number): void {
  switch (type) {
    case SERVER_HELLO: {
      if (flight.hello !== undefined) {
        flight.damage = 'it sent two ServerHellos'
        return
      }
      const damage = helloDamage(bytes, start, end)
      if (damage !== undefined) {
        flight.damage = damage
        return
      }
      flight.hello = readServerHello(bytes, start, end)!
      // all that follows is protected in TLS 1.3 (RFC 8446 section 2)
      flight.done = isTls13(flight.hello.version)
      return
    }
    case CERTIFICATE:
      readCertificates(flight, bytes, start, end)
      return
    case SERVER_KEY_EXCHANGE:
      Object.assign(flight, serverKeyExchange(bytes, start, end, flight.hello!.suite))
      return
    case SERVER_HELLO_DONE:
      flight.done = true
  }
}

/** RFC 8446 section 4.1.3 and RFC 5246 section 7.4.1.3: every length must lead to the end. */
function helloDamage(bytes: Uint8Array, start: number, end: number): string | undefined {
  const session = start + 34
  if (session >= end) return 'its ServerHello is cut'
  if (bytes[session]! > 32) return `its ServerHello has a session id of ${bytes[session]!} bytes (32 are allowed)`
  const extensions = session + 1 + bytes[session]! + 3
  if (extensions > end) return 'its ServerHello is cut'
  if (extensions === end) return undefined
  if (extensions + 2 > end || extensions + 2 + u16(bytes, extensions) !== end)
    return "the lengths in its ServerHello do not lead to the message's end"
  for (let at = extensions + 2; at < end;) {
    if (at + 4 > end || at + 4 + u16(bytes, at + 2) > end) return 'an extension of its ServerHello leads past its end'
    at += 4 + u16(bytes, at + 2)
  }
  return undefined
}

/** RFC 5246 section 7.4.2. */
function readCertificates(flight: Flight, bytes: Uint8Array, start: number, end: number): void {
  if (flight.chainLength > 0) {
    flight.damage = 'it sent two chains of certificates'
    return
  }
  if (end - start < 3 || start + 3 + u24(bytes, start) !== end) {
    flight.damage = "the lengths in its Certificate do not lead to the message's end"
    return
  }
  for (let at = start + 3; at < end;) {
    if (at + 3 > end || at + 3 + u24(bytes, at) > end) {
      flight.damage = 'a certificate leads past the end of its message'
      return
    }
    const stop = at + 3 + u24(bytes, at)
    if (++flight.chainLength <= MAX_CERTIFICATES) flight.certificates.push(bytes.subarray(at + 3, stop))
    at = stop
  }
}

/** What a server said to a CLIENT-HELLO of SSL 2.0. `kinds` undefined: it does not speak it, or has not answered in full. */
export interface Sslv2Flight {
  done: boolean
  kinds?: string[]
  certificate?: Uint8Array
}

/** SERVER-HELLO of SSL 2.0 (its draft, section 2.6). An alert of TLS, an error, or anything else: it is not spoken. */
export function readSslv2Flight(bytes: Uint8Array): Sslv2Flight {
  if (bytes.length < 3) return { done: false }
  if (!(bytes[0]! & 0x80)) return { done: true }
  const end = 2 + (u16(bytes, 0) & 0x7fff)
  if (bytes[2] !== 4) return { done: true }
  if (bytes.length < end) return { done: false }
  if (end < 13 || u16(bytes, 5) !== 2) return { done: true }
  const [certificate, kinds, session] = [u16(bytes, 7), u16(bytes, 9), u16(bytes, 11)]
  if (13 + certificate + kinds + session !== end || kinds % 3 !== 0) return { done: true }
  const list: string[] = []
  for (let at = 13 + certificate; at < 13 + certificate + kinds; at += 3) {
    const name = SSL2_KINDS[u24(bytes, at)]
    // only what was offered may be chosen
    if (name !== undefined && !list.includes(name)) list.push(name)
  }
  return { done: true, kinds: list, certificate: bytes.subarray(13, 13 + certificate) }
}

/** Why a whole answer is not one to this offer; undefined where it is. */
export function notOffered(hello: ServerHello, offered: { version: number; suites: readonly number[] }): string | undefined {
  if (hello.version > offered.version || hello.version < SSL_3_0)
    return `it chose version 0x${hello.version.toString(16)}, which was not offered`
  if (!offered.suites.includes(hello.suite)) return `it chose ${suiteName(hello.suite)}, which was not offered`
  return undefined
}

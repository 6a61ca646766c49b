import { text } from '../text.ts'
import { ja4, type TlsTransport } from './ja4.ts'
import { isGrease, isLater, isPostQuantum } from './tls-names.ts'

/** Lists of numbers are in the order sent, GREASE values (RFC 8701) included. */
export interface ClientHello {
  legacyVersion: number
  /** The highest version offered (RFC 8446 section 4.2.1: supported_versions counts, the legacy field only without it). */
  highestVersion: number
  supportedVersions: number[]
  suites: number[]
  extensions: number[]
  groups: number[]
  signatureAlgorithms: number[]
  alpn: string[]
  /** The name as sent; of an encrypted ClientHello's outer part where `ech`. */
  sni?: string
  /** encrypted_client_hello (or its draft, ESNI) was sent; real or GREASE cannot be told. */
  ech: boolean
  keyShares: number[]
  /** A key share for a post-quantum group was sent. */
  postQuantum: boolean
  earlyData: boolean
  /** False when the message was cut: what is here was read before the cut. */
  complete: boolean
  /** Only of a complete message. */
  ja4?: string
}

export interface ServerHello {
  version: number
  suite: number
  /** Compression method: 0 is none, 1 DEFLATE (RFC 3749). */
  compression: number
  /** Types of its extensions, as sent. */
  extensions: number[]
  /** Up to TLS 1.2; TLS 1.3 encrypts it. */
  alpn?: string
  group?: number
  /** The server took up an earlier session's key (TLS 1.3: pre_shared_key). */
  preSharedKey: boolean
  /** HelloRetryRequest: asks for another ClientHello (RFC 8446 section 4.1.4). */
  retry: boolean
}

const EXT_SERVER_NAME = 0
const EXT_GROUPS = 10
const EXT_SIGNATURE_ALGORITHMS = 13
const EXT_ALPN = 16
const EXT_PRE_SHARED_KEY = 41
const EXT_EARLY_DATA = 42
const EXT_SUPPORTED_VERSIONS = 43
const EXT_KEY_SHARE = 51
const EXT_ECH = 0xfe0d
const EXT_ESNI = 0xffce

/** RFC 1035: a name has at most 255 octets; a longer one is not one. */
const MAX_NAME = 255
const MAX_ALPN = 64
const EMPTY = new Uint8Array(0)

/** The "random" of a HelloRetryRequest: SHA-256 of that word (RFC 8446 section 4.1.3). */
const RETRY = [
  0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a,
  0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
] as const

/** Reads numbers within bounds; once past the end everything is 0 and `failed`. */
class Cursor {
  readonly bytes: Uint8Array
  readonly end: number
  at: number
  failed = false

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = Math.min(end, bytes.length)
  }

  get more(): boolean {
    return !this.failed && this.at < this.end
  }

  u8(): number {
    return this.has(1) ? this.bytes[this.at++]! : 0
  }

  u16(): number {
    if (!this.has(2)) return 0
    this.at += 2
    return (this.bytes[this.at - 2]! << 8) | this.bytes[this.at - 1]!
  }

  skip(length: number): void {
    if (this.has(length)) this.at += length
  }

  /** The next `length` bytes for themselves: empty, and this failed, when they are not all there. */
  sub(length: number): Cursor {
    const start = this.at
    this.skip(length)
    return new Cursor(this.bytes, start, this.failed ? start : start + length)
  }

  /** The rest as 16-bit numbers; an odd last byte is left. */
  numbers(): number[] {
    const list: number[] = []
    while (this.end - this.at >= 2) list.push(this.u16())
    return list
  }

  private has(length: number): boolean {
    if (!this.failed && this.end - this.at >= length) return true
    this.failed = true
    return false
  }
}

/** A hello that says no more than its version and suites, as far as that has been read. */
export function plainHello(version: number, suites: number[]): ClientHello {
  return {
    legacyVersion: version,
    highestVersion: version,
    supportedVersions: [],
    suites,
    extensions: [],
    groups: [],
    signatureAlgorithms: [],
    alpn: [],
    ech: false,
    keyShares: [],
    postQuantum: false,
    earlyData: false,
    complete: false,
  }
}

/**
 * The body of a ClientHello, bytes[start, end) (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2, RFC 6347 section 4.2.1). `complete`: these are all its
 * bytes. Undefined when not even its cipher suites are there.
 */
export function readClientHello(
  bytes: Uint8Array,
  start: number,
  end: number,
  complete: boolean,
  transport: TlsTransport,
): ClientHello | undefined {
  const c = new Cursor(bytes, start, end)
  const legacyVersion = c.u16()
  c.skip(32)
  c.skip(c.u8())
  // what a HelloVerifyRequest asked to be sent back (RFC 6347 section 4.2.1); empty in DTLS 1.3
  if (transport === 'dtls') c.skip(c.u8())
  const suites = c.sub(c.u16())
  if (c.failed) return undefined
  const hello = plainHello(legacyVersion, suites.numbers())
  c.skip(c.u8())
  let firstAlpn: Uint8Array = EMPTY
  // a hello may end without extensions (RFC 5246 section 7.4.1.2)
  if (c.more) {
    const extensions = c.u16()
    const list = complete ? c.sub(extensions) : c
    while (list.more) {
      const type = list.u16()
      const body = list.sub(list.u16())
      if (list.failed) break
      hello.extensions.push(type)
      if (type === EXT_ALPN) firstAlpn = firstAlpnOf(body)
      readClientExtension(hello, type, body)
    }
    if (list.failed) c.failed = true
  }
  for (const version of hello.supportedVersions) {
    if (!isGrease(version) && (hello.highestVersion === legacyVersion || isLater(version, hello.highestVersion)))
      hello.highestVersion = version
  }
  hello.postQuantum = hello.keyShares.some(isPostQuantum)
  hello.complete = complete && !c.failed
  if (hello.complete) hello.ja4 = ja4({ ...hello, transport, firstAlpn })
  return hello
}

function readClientExtension(hello: ClientHello, type: number, body: Cursor): void {
  switch (type) {
    case EXT_SERVER_NAME: {
      const list = body.sub(body.u16())
      // RFC 6066 section 3: host_name is 0, and no two names of one type
      if (list.u8() !== 0) return
      const name = list.sub(list.u16())
      if (!list.failed && name.more && name.end - name.at <= MAX_NAME) hello.sni = text(name.bytes, name.at, name.end)
      return
    }
    case EXT_GROUPS:
      hello.groups = body.sub(body.u16()).numbers()
      return
    case EXT_SIGNATURE_ALGORITHMS:
      hello.signatureAlgorithms = body.sub(body.u16()).numbers()
      return
    case EXT_ALPN:
      hello.alpn = alpnList(body)
      return
    case EXT_EARLY_DATA:
      hello.earlyData = true
      return
    case EXT_SUPPORTED_VERSIONS:
      hello.supportedVersions = body.sub(body.u8()).numbers()
      return
    case EXT_KEY_SHARE: {
      const list = body.sub(body.u16())
      while (list.more) {
        const group = list.u16()
        list.skip(list.u16())
        if (!list.failed) hello.keyShares.push(group)
      }
      return
    }
    case EXT_ECH:
    case EXT_ESNI:
      hello.ech = true
  }
}

/** The body of a ServerHello or HelloRetryRequest; undefined when its cipher suite is not there. */
export function readServerHello(bytes: Uint8Array, start: number, end: number): ServerHello | undefined {
  const c = new Cursor(bytes, start, end)
  const legacyVersion = c.u16()
  const retry = isRetry(bytes, start + 2, end)
  c.skip(32)
  // drafts 16 to 21 of TLS 1.3 had neither session id nor compression here
  const draft = legacyVersion >>> 8 === 0x7f
  if (!draft) c.skip(c.u8())
  const suite = c.u16()
  if (c.failed) return undefined
  const compression = draft ? 0 : c.u8()
  const hello: ServerHello = { version: legacyVersion, suite, compression, extensions: [], preSharedKey: false, retry }
  const list = c.sub(c.u16())
  while (list.more) {
    const type = list.u16()
    const body = list.sub(list.u16())
    if (list.failed) break
    hello.extensions.push(type)
    if (type === EXT_SUPPORTED_VERSIONS && body.end - body.at === 2) hello.version = body.u16()
    else if (type === EXT_ALPN) hello.alpn = alpnList(body)[0]
    else if (type === EXT_KEY_SHARE && body.end - body.at >= 2) hello.group = body.u16()
    else if (type === EXT_PRE_SHARED_KEY) hello.preSharedKey = true
  }
  return hello
}

/** Are these 32 bytes the random of a HelloRetryRequest? */
export function isRetry(bytes: Uint8Array, random: number, end: number): boolean {
  if (random + 32 > end) return false
  for (let i = 0; i < 32; i++) if (bytes[random + i] !== RETRY[i]) return false
  return true
}

function alpnList(body: Cursor): string[] {
  const list = body.sub(body.u16())
  const names: string[] = []
  while (list.more && names.length < MAX_ALPN) {
    const name = list.sub(list.u8())
    if (!list.failed) names.push(text(name.bytes, name.at, name.end))
  }
  return names
}

function firstAlpnOf(body: Cursor): Uint8Array {
  const c = new Cursor(body.bytes, body.at, body.end)
  const list = c.sub(c.u16())
  const name = list.sub(list.u8())
  return name.bytes.subarray(name.at, name.end)
}

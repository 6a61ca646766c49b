import { createHash } from 'node:crypto'
import { ByteMemo } from '../memo.ts'
import { DTLS_1_0, DTLS_1_2, DTLS_1_3, isGrease, isLater } from './tls-names.ts'

/** TLS over TCP, inside QUIC, or over datagrams (DTLS). */
export type TlsTransport = 'tcp' | 'quic' | 'dtls'

/** What JA4 is made of: the numbers of a ClientHello, in the order in which they were sent. */
export interface Ja4Input {
  transport: TlsTransport
  legacyVersion: number
  /** Of the supported_versions extension; empty without one. */
  supportedVersions: readonly number[]
  suites: readonly number[]
  /** Types, GREASE and all. */
  extensions: readonly number[]
  signatureAlgorithms: readonly number[]
  /** The first protocol of the ALPN extension as sent; empty without one. */
  firstAlpn: Uint8Array
}

const SNI = 0x0000
const ALPN = 0x0010
const NOTHING = '000000000000'
const TRANSPORTS = { tcp: 't', quic: 'q', dtls: 'd' } as const

/**
 * JA4, the fingerprint of a TLS client (FoxIO, BSD 3-Clause; the other methods of JA4+ have another licence and are not here):
 * transport, version, SNI, number of suites and extensions, ALPN; then a hash of the sorted suites; then one of the sorted
 * extensions and the signature algorithms as sent. GREASE values count nowhere.
 */
export function ja4(hello: Ja4Input): string {
  const length = write(hello)
  return length > scratch.length ? fingerprint(hello) : known.get(hello.transport, scratch, length, () => fingerprint(hello))
}

const known = new ByteMemo<string>(1 << 18)
const scratch = new Uint8Array(2048)

/** All that the fingerprint is made of, into `scratch`: numbers of 16 bits, each list with its length before it. Its length; more than fits is not written. */
function write({ legacyVersion, firstAlpn, suites, extensions, signatureAlgorithms, supportedVersions }: Ja4Input): number {
  scratch[0] = legacyVersion >> 8
  scratch[1] = legacyVersion
  scratch[2] = firstAlpn.length
  let at = 3
  for (let i = 0; i < firstAlpn.length; i++) scratch[at++] = firstAlpn[i]!
  at = writeList(suites, at)
  at = writeList(extensions, at)
  at = writeList(signatureAlgorithms, at)
  return writeList(supportedVersions, at)
}

function writeList(list: readonly number[], at: number): number {
  scratch[at++] = list.length >> 8
  scratch[at++] = list.length
  for (let i = 0; i < list.length; i++) {
    const value = list[i]!
    scratch[at++] = value >> 8
    scratch[at++] = value
  }
  return at
}

function fingerprint(hello: Ja4Input): string {
  const suites = hello.suites.filter((value) => !isGrease(value))
  const extensions = hello.extensions.filter((value) => !isGrease(value))
  const algorithms = hello.signatureAlgorithms.filter((value) => !isGrease(value))
  const sni = extensions.includes(SNI) ? 'd' : 'i'
  const a = TRANSPORTS[hello.transport] + version(hello) + sni + count(suites) + count(extensions) + alpn(hello.firstAlpn)
  const sorted = extensions
    .filter((value) => value !== SNI && value !== ALPN)
    .map(hex4)
    .sort()
    .join(',')
  const signed = algorithms.length > 0 ? `_${algorithms.map(hex4).join(',')}` : ''
  return `${a}_${digest(suites.map(hex4).sort().join(','))}_${sorted === '' ? NOTHING : digest(sorted + signed)}`
}

/** The highest version offered, as two characters. */
function version(hello: Ja4Input): string {
  let highest = 0
  for (const value of hello.supportedVersions) if (!isGrease(value) && (highest === 0 || isLater(value, highest))) highest = value
  switch (highest === 0 ? hello.legacyVersion : highest) {
    case 0x0304:
      return '13'
    case 0x0303:
      return '12'
    case 0x0302:
      return '11'
    case 0x0301:
      return '10'
    case 0x0300:
      return 's3'
    case 0x0002:
      return 's2'
    case DTLS_1_0:
      return 'd1'
    case DTLS_1_2:
      return 'd2'
    case DTLS_1_3:
      return 'd3'
    default:
      return '00'
  }
}

function count(values: readonly number[]): string {
  return String(Math.min(values.length, 99)).padStart(2, '0')
}

/**
 * First and last character of the first ALPN value. The published vectors have 99 where it does not begin with an ASCII character
 * (tls-non-ascii-alpn); for other values that are not letters and digits at both ends, JA4's description takes the first and the
 * last digit of the value in hexadecimal.
 */
function alpn(value: Uint8Array): string {
  if (value.length === 0) return '00'
  const first = value[0]!
  const last = value[value.length - 1]!
  if (first > 0x7f) return '99'
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last)
  return (first >>> 4).toString(16) + (last & 15).toString(16)
}

function isAlphanumeric(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a)
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0')
}

function digest(list: string): string {
  return list === '' ? NOTHING : createHash('sha256').update(list).digest('hex').slice(0, 12)
}

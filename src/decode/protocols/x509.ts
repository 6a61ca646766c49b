import { createHash, X509Certificate } from 'node:crypto'
import { ipv4Text, ipv6Text } from '../address.ts'
import { Memo } from '../memo.ts'
import { text } from '../text.ts'

/** What a certificate says (RFC 5280). Read from its DER; nothing about it is judged here but by `certificateProblems`. */
export interface Certificate {
  /**
   * Distinguished names as RFC 4514 strings, but in the order of the certificate (most general first), at most 256 characters.
   */
  subject: string
  issuer: string
  /** dNSName and iPAddress entries, or the common name where there are none; at most MAX_NAMES. */
  names: string[]
  /** Microseconds since 1970. */
  notBefore: number
  notAfter: number
  /** Issued by itself: same name, and its signature verifies with its own key (RFC 5280 section 3.2). */
  selfSigned: boolean
  /** 'RSA', 'EC', 'Ed25519', 'DSA'… */
  keyType: string
  /** 0 where not known. */
  keyBits: number
  /** 'sha256WithRSAEncryption' and the like (RFC 8017, RFC 5758, RFC 8410), or the dotted object identifier. */
  signatureAlgorithm: string
  sha256: string
}

export type CertificateProblem = 'expired' | 'not-yet-valid' | 'self-signed' | 'wrong-name' | 'weak-key' | 'weak-signature'

const MAX_DN = 256
/** More than fits a certificate of sane size: a name must not seem to be missing because a list was cut. */
const MAX_NAMES = 1024

/** One DER element: contents are bytes[start, end). */
interface Element {
  tag: number
  /** Where its tag is. */
  at: number
  start: number
  end: number
}

const SEQUENCE = 0x30
const SET = 0x31
const OID = 0x06
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const INTEGER = 0x02
const BOOLEAN = 0x01

/** Reads a certificate; undefined when the bytes are not one. Never throws. */
export function readCertificate(der: Uint8Array): Certificate | undefined {
  // servers show the same certificate to everyone, every time
  return known.get(sha256(der), () => parseCertificate(der))
}

const known = new Memo<Certificate | undefined>(1024)

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function parseCertificate(der: Uint8Array): Certificate | undefined {
  const certificate = element(der, 0, der.length)
  if (certificate?.tag !== SEQUENCE) return undefined
  const tbs = element(der, certificate.start, certificate.end)
  if (tbs?.tag !== SEQUENCE) return undefined
  const algorithm = element(der, tbs.end, certificate.end)
  if (algorithm?.tag !== SEQUENCE) return undefined
  const parts = children(der, tbs, 16)
  // version [0] is left out of version 1
  let i = parts[0]?.tag === 0xa0 ? 1 : 0
  const [serial, , issuer, validity, subject, key] = [parts[i++], parts[i++], parts[i++], parts[i++], parts[i++], parts[i++]]
  if (
    serial?.tag !== INTEGER ||
    issuer?.tag !== SEQUENCE ||
    validity?.tag !== SEQUENCE ||
    subject?.tag !== SEQUENCE ||
    key?.tag !== SEQUENCE
  )
    return undefined
  const [notBefore, notAfter] = children(der, validity, 2).map((e) => time(der, e))
  if (notBefore === undefined || notAfter === undefined) return undefined
  const extensions = parts.slice(i).find((e) => e.tag === 0xa3)
  const names = extensions === undefined ? [] : subjectAltNames(der, extensions)
  const commonName = names.length === 0 ? commonNameOf(der, subject) : undefined
  return {
    subject: distinguishedName(der, subject),
    issuer: distinguishedName(der, issuer),
    names: commonName === undefined ? names : [commonName],
    notBefore,
    notAfter,
    selfSigned: same(der, issuer, subject) && verifiesItself(der.subarray(certificate.at, certificate.end)),
    ...publicKey(der, key),
    signatureAlgorithm: oidName(der, element(der, algorithm.start, algorithm.end)),
    sha256: sha256(der.subarray(certificate.at, certificate.end)),
  }
}

/**
 * What is wrong with a certificate that a server showed at `time` (microseconds since 1970, 0 unknown: validity is not judged) to
 * a client that asked for `sni` (undefined: the name is not judged). The chain is not judged: which roots a device trusts cannot
 * be seen.
 */
export function certificateProblems(certificate: Certificate, at: number, sni: string | undefined): CertificateProblem[] {
  const problems: CertificateProblem[] = []
  if (at > 0 && at > certificate.notAfter) problems.push('expired')
  if (at > 0 && at < certificate.notBefore) problems.push('not-yet-valid')
  if (certificate.selfSigned) problems.push('self-signed')
  if (sni !== undefined && certificate.names.length < MAX_NAMES && !certificate.names.some((name) => matchesName(name, sni)))
    problems.push('wrong-name')
  if (isWeakKey(certificate)) problems.push('weak-key')
  // nobody relies on the signature that a self-signed certificate puts under itself
  if (!certificate.selfSigned && /md2|md5|sha1|SHA1/.test(certificate.signatureAlgorithm)) problems.push('weak-signature')
  return problems
}

/**
 * Does a name of the certificate stand for the name asked for? RFC 9525 section 6.3 (and RFC 6125 section 6.4.3): labels compared
 * without regard to case; '*' only as the whole left-most label, for exactly one label. Addresses are compared as they are.
 */
export function matchesName(presented: string, wanted: string): boolean {
  const p = withoutDot(presented.toLowerCase())
  // some clients put the port into the name, though RFC 6066 section 3 has no place for it
  const w = withoutDot(wanted.toLowerCase().replace(/^([^:]+):\d{1,5}$/, '$1'))
  if (w === '') return false
  if (!p.startsWith('*.')) return p === w
  if (isAddress(w)) return false
  const dot = w.indexOf('.')
  return dot > 0 && w.slice(dot + 1) === p.slice(2)
}

function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)
}

/** RFC 9325 section 4.5 (RSA and DSA under 2048 bits) and NIST SP 800-131A (curves under 224 bits). */
function isWeakKey(certificate: Certificate): boolean {
  if (certificate.keyBits === 0) return false
  if (certificate.keyType === 'RSA' || certificate.keyType === 'DSA') return certificate.keyBits < 2048
  return certificate.keyType === 'EC' && certificate.keyBits < 224
}

function verifiesItself(der: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(der)
    return certificate.verify(certificate.publicKey)
  } catch {
    // a key or signature algorithm that OpenSSL no longer knows: self-issued is all that can be said, and no authority signs so
    return true
  }
}

/** The element at `at`, wholly inside [at, end); undefined when it is not, or has an indefinite or absurd length. */
function element(bytes: Uint8Array, at: number, end: number): Element | undefined {
  if (at + 2 > end) return undefined
  const tag = bytes[at]!
  // no field of a certificate has a tag number over 30
  if ((tag & 0x1f) === 0x1f) return undefined
  let length = bytes[at + 1]!
  let start = at + 2
  if (length >= 0x80) {
    const digits = length & 0x7f
    if (digits === 0 || digits > 3 || start + digits > end) return undefined
    length = 0
    for (let i = 0; i < digits; i++) length = (length << 8) | bytes[start + i]!
    start += digits
  }
  return start + length <= end ? { tag, at, start, end: start + length } : undefined
}

function children(bytes: Uint8Array, parent: Element, max: number): Element[] {
  const list: Element[] = []
  for (let at = parent.start; list.length < max;) {
    const e = element(bytes, at, parent.end)
    if (e === undefined) break
    list.push(e)
    at = e.end
  }
  return list
}

function same(bytes: Uint8Array, a: Element, b: Element): boolean {
  if (a.end - a.start !== b.end - b.start) return false
  for (let i = 0; i < a.end - a.start; i++) if (bytes[a.start + i] !== bytes[b.start + i]) return false
  return true
}

/** Object identifier as dotted numbers, at most 32 of them. */
function oid(bytes: Uint8Array, e: Element | undefined): string {
  if (e?.tag !== OID || e.start === e.end) return ''
  const numbers: number[] = []
  let value = 0
  for (let i = e.start; i < e.end && numbers.length < 32; i++) {
    const b = bytes[i]!
    value = value * 128 + (b & 0x7f)
    if (b & 0x80) continue
    if (numbers.length === 0) numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)))
    else numbers.push(value)
    value = 0
  }
  return numbers.join('.')
}

const NAMES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.10045.2.1': 'EC',
  '1.2.840.10040.4.1': 'DSA',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.3.101.110': 'X25519',
  '1.3.101.111': 'X448',
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.3.14.3.2.29': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.1': 'ecdsa-with-SHA224',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.2.840.10040.4.3': 'dsa-with-sha1',
  '2.16.840.1.101.3.4.3.2': 'dsa-with-sha256',
}

const CURVE_BITS: Readonly<Record<string, number>> = {
  '1.2.840.10045.3.1.1': 192,
  '1.2.840.10045.3.1.7': 256,
  '1.3.132.0.10': 256,
  '1.3.132.0.33': 224,
  '1.3.132.0.34': 384,
  '1.3.132.0.35': 521,
  '1.3.132.0.31': 192,
  '1.3.132.0.32': 224,
  '1.3.132.0.8': 160,
  '1.3.132.0.9': 160,
  '1.3.132.0.30': 160,
  '1.3.36.3.3.2.8.1.1.7': 256,
  '1.3.36.3.3.2.8.1.1.11': 384,
  '1.3.36.3.3.2.8.1.1.13': 512,
}

function oidName(bytes: Uint8Array, e: Element | undefined): string {
  const dotted = oid(bytes, e)
  return NAMES[dotted] ?? dotted
}

/** SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7, RFC 3279, RFC 5480). */
function publicKey(bytes: Uint8Array, info: Element): { keyType: string; keyBits: number } {
  const [algorithm, key] = children(bytes, info, 2)
  if (algorithm?.tag !== SEQUENCE || key?.tag !== BIT_STRING) return { keyType: '', keyBits: 0 }
  const [type, parameters] = children(bytes, algorithm, 2)
  const dotted = oid(bytes, type)
  const keyType = (NAMES[dotted] ?? dotted).replace('RSASSA-PSS', 'RSA')
  switch (keyType) {
    case 'RSA': {
      // BIT STRING with no unused bits, holding SEQUENCE { modulus, exponent }
      const pair = element(bytes, key.start + 1, key.end)
      return { keyType, keyBits: pair?.tag === SEQUENCE ? integerBits(bytes, element(bytes, pair.start, pair.end)) : 0 }
    }
    case 'DSA':
      return {
        keyType,
        keyBits: parameters?.tag === SEQUENCE ? integerBits(bytes, element(bytes, parameters.start, parameters.end)) : 0,
      }
    case 'EC':
      return { keyType, keyBits: CURVE_BITS[oid(bytes, parameters)] ?? 0 }
    case 'Ed25519':
      return { keyType, keyBits: 256 }
    case 'Ed448':
      return { keyType, keyBits: 456 }
  }
  return { keyType, keyBits: 0 }
}

function integerBits(bytes: Uint8Array, e: Element | undefined): number {
  if (e?.tag !== INTEGER) return 0
  let i = e.start
  while (i < e.end && bytes[i] === 0) i++
  return i === e.end ? 0 : (e.end - i) * 8 - (Math.clz32(bytes[i]!) - 24)
}

/** UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5: seconds given, Zulu), as microseconds since 1970. */
function time(bytes: Uint8Array, e: Element): number | undefined {
  const digits = e.tag === 0x17 ? 12 : e.tag === 0x18 ? 14 : 0
  if (digits === 0 || e.end - e.start < digits) return undefined
  const n: number[] = []
  for (let i = 0; i < digits; i += 2) {
    const [tens, units] = [bytes[e.start + i]! - 0x30, bytes[e.start + i + 1]! - 0x30]
    if (tens < 0 || tens > 9 || units < 0 || units > 9) return undefined
    n.push(tens * 10 + units)
  }
  // two digits: 50 and above are 19NN
  const year = digits === 14 ? n.shift()! * 100 + n.shift()! : (n[0]! >= 50 ? 1900 : 2000) + n.shift()!
  const [month, day, hour, minute, second] = n as [number, number, number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  return date.getTime() * 1000
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
}

function distinguishedName(bytes: Uint8Array, name: Element): string {
  let s = ''
  for (const [type, value] of attributes(bytes, name)) {
    if (s !== '') s += ', '
    s += `${ATTRIBUTES[type] ?? type}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`
    if (s.length > MAX_DN) return `${s.slice(0, MAX_DN - 1)}…`
  }
  return s
}

function commonNameOf(bytes: Uint8Array, name: Element): string | undefined {
  // the last is the most specific
  return attributes(bytes, name).findLast(([type]) => type === '2.5.4.3')?.[1]
}

function attributes(bytes: Uint8Array, name: Element): [type: string, value: string][] {
  const list: [string, string][] = []
  for (const set of children(bytes, name, 32)) {
    if (set.tag !== SET) continue
    for (const pair of children(bytes, set, 4)) {
      const [type, value] = pair.tag === SEQUENCE ? children(bytes, pair, 2) : []
      if (type !== undefined && value !== undefined) list.push([oid(bytes, type), string(bytes, value)])
    }
  }
  return list
}

/** UTF8String and its ASCII kin; BMPString is UTF-16, TeletexString in practice Latin 1. */
function string(bytes: Uint8Array, e: Element): string {
  if (e.tag === 0x1e || e.tag === 0x14) {
    const width = e.tag === 0x1e ? 2 : 1
    const utf8: string[] = []
    for (let i = e.start; i + width <= e.end && utf8.length < MAX_DN; i += width) {
      utf8.push(String.fromCharCode(width === 2 ? (bytes[i]! << 8) | bytes[i + 1]! : bytes[i]!))
    }
    const encoded = new TextEncoder().encode(utf8.join(''))
    return text(encoded, 0, encoded.length, MAX_DN)
  }
  return text(bytes, e.start, e.end, MAX_DN)
}

/** dNSName and iPAddress entries of subjectAltName (RFC 5280 section 4.2.1.6). */
function subjectAltNames(bytes: Uint8Array, wrapper: Element): string[] {
  const list = element(bytes, wrapper.start, wrapper.end)
  if (list?.tag !== SEQUENCE) return []
  for (const extension of children(bytes, list, 64)) {
    const fields = children(bytes, extension, 3)
    if (oid(bytes, fields[0]) !== '2.5.29.17') continue
    const value = fields[1]?.tag === BOOLEAN ? fields[2] : fields[1]
    const names = value?.tag === OCTET_STRING ? element(bytes, value.start, value.end) : undefined
    return names?.tag === SEQUENCE ? generalNames(bytes, names) : []
  }
  return []
}

function generalNames(bytes: Uint8Array, sequence: Element): string[] {
  const names: string[] = []
  // 2 dNSName, 7 iPAddress; e-mail addresses, URIs and directory names do not name servers
  for (const e of children(bytes, sequence, MAX_NAMES)) {
    if (e.tag === 0x82) names.push(text(bytes, e.start, e.end, 255))
    else if (e.tag === 0x87 && e.end - e.start === 4) names.push(ipv4Text(bytes, e.start))
    else if (e.tag === 0x87 && e.end - e.start === 16) names.push(ipv6Text(bytes, e.start))
  }
  return names
}

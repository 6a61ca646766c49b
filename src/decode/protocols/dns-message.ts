import { ipv4Text, ipv6Text } from '../address.ts'
import { u16, u32 } from '../numbers.ts'
import { latin1, text } from '../text.ts'

/**
 * The message that DNS, mDNS, LLMNR and (with its own names) NBNS share: RFC 1035 section 4. One reader for all of them.
 * Nothing here trusts a count or a length: sections end where the bytes end, names where RFC 1035 says they must.
 */
export interface DnsFields {
  readonly id: number
  readonly response: boolean
  readonly opcode: number
  readonly authoritative: boolean
  /** The TC bit: the sender cut the message. */
  readonly cut: boolean
  readonly recursionDesired: boolean
  /** With EDNS the whole twelve bits (RFC 6891 section 6.1.3). */
  readonly rcode: number
  readonly questions: readonly DnsQuestion[]
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
  readonly edns?: { readonly udpSize: number; readonly version: number; readonly options: readonly number[] }
  /** The bytes ended, or broke the rules, before the counts in the header were reached: what came before is here. Not where MAX_RECORDS were read. */
  readonly damaged: boolean
}

export interface DnsQuestion {
  readonly name: string
  readonly type: number
  readonly class: number
  /** mDNS: a unicast answer will do (RFC 6762 section 5.4); elsewhere the top bit of the class, which should be clear. */
  readonly unicast: boolean
}

export interface DnsRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  /** mDNS: replaces what was known (RFC 6762 section 10.2). */
  readonly flush: boolean
  readonly ttl: number
  /** A and AAAA: the address. Types that point at a name: that name. SOA: the primary server. '' for other types and damaged data. */
  readonly target: string
  /** TXT and SPF: the character-strings, in order. */
  readonly texts: readonly string[]
  /** SRV. */
  readonly port: number
  /** MX preference, SRV and SVCB priority. */
  readonly priority: number
  readonly service?: ServiceParameters
  /** NBNS only: group flag and addresses, or the node's name table. */
  readonly netbios?: Netbios
}

/** SVCB and HTTPS parameters (RFC 9460 section 7). */
export interface ServiceParameters {
  readonly alpn: readonly string[]
  readonly port?: number
  readonly ipv4hint: readonly string[]
  readonly ipv6hint: readonly string[]
  /** Encrypted ClientHello is offered (RFC 9848). */
  readonly ech: boolean
}

export interface Netbios {
  readonly group: boolean
  readonly addresses: readonly string[]
  readonly names: readonly { readonly name: string; readonly suffix: number; readonly group: boolean }[]
  /** Node status: the adapter's hardware address. */
  readonly mac?: string
}

/** Records and questions kept of one message: more than any resolver sends, less than an attacker would like. */
const MAX_RECORDS = 512
/** RFC 1035 section 2.3.4: 255 octets a name, of which the first length and the root are not in the text. */
const MAX_NAME = 255
/** Each compression pointer must lead back, so a chain ends; this keeps it short too. */
const MAX_JUMPS = 64
const MAX_LIST = 64

export const A = 1
export const NS = 2
export const CNAME = 5
export const SOA = 6
export const PTR = 12
export const MX = 15
export const TXT = 16
export const AAAA = 28
export const SRV = 33
export const DNAME = 39
export const OPT = 41
export const SVCB = 64
export const HTTPS = 65
export const SPF = 99
/** NetBIOS name service (RFC 1002 section 4.2.1.3). NBSTAT shares its number with SRV. */
export const NB = 32
export const NBSTAT = 33

/** Reads a name of the message in bytes[base, end) at `at`; returns the offset after it, -1 when it is not one. The text is left in `lastName`. */
export type NameReader = (bytes: Uint8Array, base: number, at: number, end: number) => number

let lastName = ''
const scratch = new Uint8Array(MAX_NAME + 1)

/** The text that the latest successful `NameReader` found. */
export function takenName(): string {
  return lastName
}

export function setName(name: string): void {
  lastName = name
}

/**
 * RFC 1035 section 4.1.4. A pointer must lead to before the name (or the part of it) that holds it: "a prior occurrence"; that
 * refuses loops and forward pointers, which some decoders follow. Labels are joined with dots as every tool prints them, so a dot
 * inside a label (a DNS-SD instance name) is not told apart. The root is '.'.
 */
export function readName(bytes: Uint8Array, base: number, at: number, end: number): number {
  const length = scanName(bytes, base, at, end)
  if (length < 0) return -1
  lastName = length === 0 ? '.' : nameText(scratch, length)
  return afterName
}

let afterName = 0

/** Unpacks a name into `scratch`; its length there, or -1. `afterName` is set to the offset after it. */
function scanName(bytes: Uint8Array, base: number, at: number, end: number): number {
  let length = 0
  let jumps = 0
  let segment = at
  afterName = -1
  for (let o = at; ;) {
    if (o >= end) return -1
    const size = bytes[o]!
    if (size === 0) {
      if (afterName < 0) afterName = o + 1
      return length
    }
    if (size >= 0xc0) {
      if (o + 1 >= end || ++jumps > MAX_JUMPS) return -1
      const target = base + (((size & 0x3f) << 8) | bytes[o + 1]!)
      if (target >= segment) return -1
      if (afterName < 0) afterName = o + 2
      segment = o = target
      continue
    }
    // 0x40 was for bit labels (RFC 6891 section 5 withdraws them), 0x80 never used
    if (size >= 0x40 || o + 1 + size > end || length + size + 1 > MAX_NAME - 2) return -1
    if (length > 0) scratch[length++] = 0x2e
    for (let i = o + 1; i <= o + size; i++) scratch[length++] = bytes[i]!
    o += 1 + size
  }
}

/** Name bytes as tshark prints them: UTF-8 as it is, control characters in C's notation (\t, \033, \u202E), U+FFFD for what is neither. */
export function nameText(bytes: Uint8Array, length: number): string {
  let plain = true
  for (let i = 0; i < length && plain; i++) plain = bytes[i]! >= 0x20 && bytes[i]! < 0x7f
  if (plain) return latin1(bytes, 0, length)
  return utf8.decode(bytes.subarray(0, length)).replace(UNSAFE, escape)
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
// the characters that decode/text.ts takes out: here they are written out, so that two names stay two
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const C_ESCAPES: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }

function escape(character: string): string {
  const code = character.charCodeAt(0)
  if (code >= 0x80) return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
  return C_ESCAPES[code] ?? `\\${code.toString(8).padStart(3, '0')}`
}

/**
 * The message of `protocol` in bytes[start, end), or undefined when there is no header. `name` reads owner names (NBNS has its own).
 */
export function readDns<P extends string>(
  protocol: P,
  frame: number,
  fromClient: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
  name: NameReader = readName,
): (DnsFields & { readonly protocol: P; readonly frame: number; readonly fromClient: boolean }) | undefined {
  if (end - start < 12) return undefined
  const flags = u16(bytes, start + 2)
  const r: Reader = {
    bytes,
    base: start,
    end,
    at: start + 12,
    left: MAX_RECORDS,
    damaged: false,
    edns: undefined,
    highRcode: 0,
    name,
  }
  const questions: DnsQuestion[] = []
  const asked = u16(bytes, start + 4)
  for (let i = 0; i < asked && more(r); i++) readQuestion(r, questions)
  const answers = readRecords(r, u16(bytes, start + 6))
  const authorities = readRecords(r, u16(bytes, start + 8))
  const additionals = readRecords(r, u16(bytes, start + 10))
  const message = {
    protocol,
    frame,
    fromClient,
    id: u16(bytes, start),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    authoritative: (flags & 0x0400) !== 0,
    cut: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    rcode: (flags & 15) | (r.highRcode << 4),
    questions,
    answers,
    authorities,
    additionals,
    damaged: r.damaged,
  }
  return r.edns === undefined ? message : { ...message, edns: r.edns }
}

interface Reader {
  readonly bytes: Uint8Array
  readonly base: number
  readonly end: number
  readonly name: NameReader
  at: number
  left: number
  damaged: boolean
  edns: DnsFields['edns']
  highRcode: number
}

/** Nothing was wrong so far, and there is room for another record. */
function more(r: Reader): boolean {
  return !r.damaged && r.left-- > 0
}

function readQuestion(r: Reader, into: DnsQuestion[]): void {
  const after = r.name(r.bytes, r.base, r.at, r.end)
  if (after < 0 || after + 4 > r.end) {
    r.damaged = true
    return
  }
  const name = lastName
  const klass = u16(r.bytes, after + 2)
  into.push({ name, type: u16(r.bytes, after), class: klass & 0x7fff, unicast: klass >= 0x8000 })
  r.at = after + 4
}

const NO_RECORDS: readonly DnsRecord[] = []
const NO_TEXTS: readonly string[] = []

function readRecords(r: Reader, count: number): readonly DnsRecord[] {
  if (count === 0 || r.damaged) return NO_RECORDS
  const records: DnsRecord[] = []
  for (let i = 0; i < count && more(r); i++) readRecord(r, records)
  return records
}

function readRecord(r: Reader, into: DnsRecord[]): void {
  const { bytes } = r
  const after = r.name(bytes, r.base, r.at, r.end)
  if (after < 0 || after + 10 > r.end) {
    r.damaged = true
    return
  }
  const name = lastName
  const type = u16(bytes, after)
  const klass = u16(bytes, after + 2)
  const data = after + 10
  const dataEnd = data + u16(bytes, after + 8)
  if (dataEnd > r.end) {
    r.damaged = true
    return
  }
  r.at = dataEnd
  if (type === OPT) {
    if (r.edns !== undefined) return
    r.highRcode = bytes[after + 4]!
    r.edns = { udpSize: klass, version: bytes[after + 5]!, options: ednsOptions(bytes, data, dataEnd) }
    return
  }
  // filled in place: one object a record
  const record: Filling = {
    name,
    type,
    class: klass & 0x7fff,
    flush: klass >= 0x8000,
    ttl: u32(bytes, after + 4),
    target: '',
    texts: NO_TEXTS,
    port: 0,
    priority: 0,
  }
  if (r.name === readName) readData(r, record, data, dataEnd)
  else readNetbiosData(record, bytes, data, dataEnd)
  into.push(record)
}

type Filling = { -readonly [K in keyof DnsRecord]: DnsRecord[K] }

function readData(r: Reader, record: Filling, at: number, end: number): void {
  const { bytes } = r
  switch (record.type) {
    case A:
      if (end - at === 4) record.target = ipv4Text(bytes, at)
      return
    case AAAA:
      if (end - at === 16) record.target = ipv6Text(bytes, at)
      return
    case NS:
    case CNAME:
    case PTR:
    case DNAME:
    case SOA:
      record.target = nameAt(r, at, end)
      return
    case MX:
      record.target = nameAt(r, at + 2, end)
      if (at + 2 <= end) record.priority = u16(bytes, at)
      return
    case SRV:
      record.target = nameAt(r, at + 6, end)
      if (at + 6 > end) return
      record.port = u16(bytes, at + 4)
      record.priority = u16(bytes, at)
      return
    case TXT:
    case SPF:
      record.texts = characterStrings(bytes, at, end)
      return
    case SVCB:
    case HTTPS:
      readServiceBinding(r, record, at, end)
  }
}

/** A name inside record data: it may point outside of the data but must itself end in it. */
function nameAt(r: Reader, at: number, end: number): string {
  return at < end && readName(r.bytes, r.base, at, end) >= 0 ? lastName : ''
}

/** RFC 1035 section 3.3; one that does not fit into the record ends the list. */
function characterStrings(bytes: Uint8Array, at: number, end: number): string[] {
  const strings: string[] = []
  while (at < end && strings.length < MAX_LIST) {
    const stop = at + 1 + bytes[at]!
    if (stop > end) break
    strings.push(text(bytes, at + 1, stop))
    at = stop
  }
  return strings
}

/** RFC 9460 section 7.1.1: identifiers of 1 to 255 octets; one that is empty or does not fit ends the list. */
function readAlpn(bytes: Uint8Array, at: number, end: number, into: string[]): void {
  while (at < end && into.length < MAX_LIST) {
    const stop = at + 1 + bytes[at]!
    if (stop === at + 1 || stop > end) return
    into.push(text(bytes, at + 1, stop))
    at = stop
  }
}

function ednsOptions(bytes: Uint8Array, at: number, end: number): number[] {
  const codes: number[] = []
  for (; at + 4 <= end && codes.length < MAX_LIST; at += 4 + u16(bytes, at + 2)) codes.push(u16(bytes, at))
  return codes
}

function readServiceBinding(r: Reader, record: Filling, at: number, end: number): void {
  const { bytes } = r
  if (at + 3 > end) return
  let o = readName(bytes, r.base, at + 2, end)
  if (o < 0) return
  record.target = lastName
  record.priority = u16(bytes, at)
  const alpn: string[] = []
  const ipv4hint: string[] = []
  const ipv6hint: string[] = []
  let ech = false
  let port: number | undefined
  while (o + 4 <= end) {
    const key = u16(bytes, o)
    const value = o + 4
    const stop = value + u16(bytes, o + 2)
    if (stop > end) break
    if (key === 1) readAlpn(bytes, value, stop, alpn)
    else if (key === 3 && stop - value === 2) port = u16(bytes, value)
    else if (key === 4) for (let i = value; i + 4 <= stop && ipv4hint.length < MAX_LIST; i += 4) ipv4hint.push(ipv4Text(bytes, i))
    else if (key === 5) ech = true
    else if (key === 6)
      for (let i = value; i + 16 <= stop && ipv6hint.length < MAX_LIST; i += 16) ipv6hint.push(ipv6Text(bytes, i))
    o = stop
  }
  record.service = { alpn, ipv4hint, ipv6hint, ech, ...(port === undefined ? {} : { port }) }
  record.port = port ?? 0
}

/** RFC 1002 sections 4.2.2 (NB) and 4.2.18 (NBSTAT). */
function readNetbiosData(record: Filling, bytes: Uint8Array, at: number, end: number): void {
  const { type } = record
  const addresses: string[] = []
  const names: { name: string; suffix: number; group: boolean }[] = []
  let group = false
  let mac: string | undefined
  if (type === NB) {
    for (; at + 6 <= end && addresses.length < MAX_LIST; at += 6) {
      group = (bytes[at]! & 0x80) !== 0
      addresses.push(ipv4Text(bytes, at + 2))
    }
  } else if (type === NBSTAT && at < end) {
    const count = Math.min(bytes[at]!, MAX_LIST)
    let o = at + 1
    for (let i = 0; i < count && o + 18 <= end; i++, o += 18) {
      names.push({ name: netbiosText(bytes, o), suffix: bytes[o + 15]!, group: (bytes[o + 16]! & 0x80) !== 0 })
    }
    if (names.length === count && o + 6 <= end) mac = macHex(bytes, o)
  }
  record.target = addresses[0] ?? ''
  record.netbios = { group, addresses, names, ...(mac === undefined ? {} : { mac }) }
}

function macHex(bytes: Uint8Array, at: number): string {
  return Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Fifteen bytes of a NetBIOS name, padded with spaces (or, by some, zeros). */
export function netbiosText(bytes: Uint8Array, at: number): string {
  let stop = at + 15
  while (stop > at && (bytes[stop - 1] === 0x20 || bytes[stop - 1] === 0)) stop--
  return text(bytes, at, stop)
}

/**
 * Do bytes[start, end) hold a plausible DNS query or answer, whatever the port? Reads the header and the first question only.
 * Strict, since a header of twelve bytes is easily met by chance: a standard query, one question of a known type and class IN,
 * a name of printable labels without pointers, and counts that could fit.
 */
export function looksLikeDns(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 17) return false
  const high = bytes[start + 2]!
  const low = bytes[start + 3]!
  // opcode QUERY, the reserved bit clear (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6), one question
  if ((high & 0x78) !== 0 || (low & 0x40) !== 0 || bytes[start + 4] !== 0 || bytes[start + 5] !== 1) return false
  const records = u16(bytes, start + 6) + u16(bytes, start + 8) + u16(bytes, start + 10)
  const response = (high & 0x80) !== 0
  if (!response && (records > u16(bytes, start + 10) || records > 2 || (low & 15) !== 0 || (high & 4) !== 0)) return false
  if (records * 11 > end - start) return false
  const after = plainName(bytes, start + 12, end)
  if (after < 0 || after + 4 > end) return false
  const type = u16(bytes, after)
  if (!(type >= 1 && type <= 65) && !(type >= 250 && type <= 258) && type !== SPF) return false
  if (u16(bytes, after + 2) !== 1) return false
  return response || records > 0 || after + 4 === end
}

/** Offset after a name of at least one printable label and no pointers, or -1. */
function plainName(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + MAX_NAME)
  let o = at
  while (o < limit) {
    const size = bytes[o]!
    if (size === 0) return o > at ? o + 1 : -1
    if (size > 63 || o + 1 + size >= limit) return -1
    for (let i = o + 1; i <= o + size; i++) if (bytes[i]! <= 0x20 || bytes[i]! >= 0x7f) return -1
    o += 1 + size
  }
  return -1
}

const TYPES: Record<number, string> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  11: 'WKS',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  17: 'RP',
  18: 'AFSDB',
  24: 'SIG',
  25: 'KEY',
  28: 'AAAA',
  29: 'LOC',
  33: 'SRV',
  35: 'NAPTR',
  37: 'CERT',
  39: 'DNAME',
  41: 'OPT',
  42: 'APL',
  43: 'DS',
  44: 'SSHFP',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  49: 'DHCID',
  50: 'NSEC3',
  51: 'NSEC3PARAM',
  52: 'TLSA',
  53: 'SMIMEA',
  55: 'HIP',
  59: 'CDS',
  60: 'CDNSKEY',
  61: 'OPENPGPKEY',
  62: 'CSYNC',
  63: 'ZONEMD',
  64: 'SVCB',
  65: 'HTTPS',
  99: 'SPF',
  108: 'EUI48',
  109: 'EUI64',
  249: 'TKEY',
  250: 'TSIG',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
  256: 'URI',
  257: 'CAA',
}

/** IANA's name of a record type; RFC 3597's TYPE1234 for the others. */
export function typeName(type: number): string {
  return TYPES[type] ?? `TYPE${type}`
}

const RCODES: Record<number, string> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADVERS',
  23: 'BADCOOKIE',
}

export function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? `RCODE${rcode}`
}

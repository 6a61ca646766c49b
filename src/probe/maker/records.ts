import { ipv6Text } from '../../decode/address.ts'
import { printable } from '../../decode/text.ts'
import { readName, type Rr, TYPES } from './message.ts'

/** What records say, each by its RFC; undefined where the data break it. */

/** RFC 1035 section 3.4.1, RFC 3596. */
export function addressOf({ type, data }: Rr): string | undefined {
  if (type === TYPES.A) return data.length === 4 ? data.join('.') : undefined
  return type === TYPES.AAAA && data.length === 16 ? ipv6Text(data, 0) : undefined
}

/** The name in the data of CNAME and NS. */
export function targetOf({ data }: Rr): string | undefined {
  return readName(data, 0)?.text
}

/** RFC 1035 section 3.3.9. `host` is '' for a null MX (RFC 7505). */
export function mxOf({ data }: Rr): { preference: number; host: string } | undefined {
  const host = data.length > 2 ? readName(data, 2)?.text : undefined
  return host === undefined ? undefined : { preference: data.readUInt16BE(0), host }
}

/** More than any policy or key needs. */
const MAX_TXT = 4096

/** All character-strings as one, as SPF, DKIM and DMARC take them (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2). */
export function textOf({ data }: Rr): string {
  const parts: Buffer[] = []
  for (let at = 0; at < data.length; at += 1 + data[at]!) parts.push(data.subarray(at + 1, at + 1 + data[at]!))
  return printable(Buffer.concat(parts).toString('utf8'), MAX_TXT)
}

/** RFC 8659 section 4.1. */
export function caaOf({ data }: Rr): { critical: boolean; tag: string; value: string } | undefined {
  if (data.length < 2 || data.length < 2 + data[1]!) return undefined
  const tag = printable(data.toString('latin1', 2, 2 + data[1]!)).toLowerCase()
  return { critical: (data[0]! & 0x80) !== 0, tag, value: printable(data.toString('utf8', 2 + data[1]!), 512) }
}

/** RFC 6698 section 2.1. */
export interface Tlsa {
  usage: number
  selector: number
  matching: number
  data: Buffer
}

export function tlsaOf({ data }: Rr): Tlsa | undefined {
  return data.length > 3 ? { usage: data[0]!, selector: data[1]!, matching: data[2]!, data: data.subarray(3) } : undefined
}

/** RFC 4034 section 5.1. */
export interface Ds {
  keyTag: number
  algorithm: number
  digestType: number
  digest: Buffer
}

export function dsOf({ data }: Pick<Rr, 'data'>): Ds | undefined {
  if (data.length < 5) return undefined
  return { keyTag: data.readUInt16BE(0), algorithm: data[2]!, digestType: data[3]!, digest: data.subarray(4) }
}

/** RFC 4034 section 2.1. */
export interface DnsKey {
  flags: number
  protocol: number
  algorithm: number
  key: Buffer
  tag: number
  data: Buffer
}

export function keyOf({ data }: Rr): DnsKey | undefined {
  if (data.length < 5) return undefined
  return {
    flags: data.readUInt16BE(0),
    protocol: data[2]!,
    algorithm: data[3]!,
    key: data.subarray(4),
    tag: keyTag(data),
    data,
  }
}

/** RFC 4034 appendix B. */
function keyTag(data: Buffer): number {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += i & 1 ? data[i]! : data[i]! << 8
  return (sum + (sum >>> 16)) & 0xffff
}

/** RFC 4034 section 3.1. Times in seconds since 1970. */
export interface Signature {
  covered: number
  algorithm: number
  labels: number
  ttl: number
  expires: number
  begins: number
  keyTag: number
  signer: string
  /** All before the signature: it is signed, too. */
  head: Buffer
  signature: Buffer
}

export function signatureOf({ data }: Rr): Signature | undefined {
  const signer = data.length > 18 ? readName(data, 18) : undefined
  if (signer === undefined) return undefined
  return {
    covered: data.readUInt16BE(0),
    algorithm: data[2]!,
    labels: data[3]!,
    ttl: data.readUInt32BE(4),
    expires: data.readUInt32BE(8),
    begins: data.readUInt32BE(12),
    keyTag: data.readUInt16BE(16),
    signer: signer.text,
    head: data.subarray(0, signer.after),
    signature: data.subarray(signer.after),
  }
}

/** RFC 4034 section 4.1. */
export function nsecOf({ data }: Rr): { next: string; types: Set<number> } | undefined {
  const next = readName(data, 0)
  const types = next && bitmap(data.subarray(next.after))
  return next === undefined || types === undefined ? undefined : { next: next.text, types }
}

/** RFC 5155 section 3.2. */
export interface Nsec3 {
  algorithm: number
  optOut: boolean
  iterations: number
  salt: Buffer
  next: Buffer
  types: Set<number>
}

export function nsec3Of({ data }: Rr): Nsec3 | undefined {
  if (data.length < 6) return undefined
  const salt = data.subarray(5, 5 + data[4]!)
  const at = 5 + data[4]!
  const size = data[at]
  if (size === undefined || at + 1 + size > data.length) return undefined
  const types = bitmap(data.subarray(at + 1 + size))
  if (types === undefined) return undefined
  return {
    algorithm: data[0]!,
    optOut: (data[1]! & 1) !== 0,
    iterations: data.readUInt16BE(2),
    salt,
    next: data.subarray(at + 1, at + 1 + size),
    types,
  }
}

/** RFC 4034 section 4.1.2. */
function bitmap(data: Buffer): Set<number> | undefined {
  const types = new Set<number>()
  for (let at = 0; at < data.length;) {
    const size = data[at + 1]
    if (size === undefined || size < 1 || size > 32 || at + 2 + size > data.length) return undefined
    for (let i = 0; i < size * 8; i++) if (data[at + 2 + (i >> 3)]! & (0x80 >> (i & 7))) types.add((data[at]! << 8) | i)
    at += 2 + size
  }
  return types
}

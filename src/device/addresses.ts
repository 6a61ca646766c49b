import { ipv4OfNumber, ipv6Text } from '../decode/address.ts'

/**
 * Addresses as numbers: an IPv4 address is itself, as a signed number of 32 bits (which costs no memory of its own), an IPv6 address
 * 2^32 plus a small id, so that either is a cheap map key. Bounded: beyond MAX_IPV6 distinct addresses, new ones share OVERFLOW (a flood of made-up sources must not grow memory).
 */
export type AddressKey = number
export const IPV6_BASE = 2 ** 32
const MAX_IPV6 = 1 << 16
/** Room beside it for IPv6 addresses that no packet carried, but somebody spoke of (DNS answers). */
const MAX_SPOKEN = 1 << 15

export type Range = 'private' | 'multicast' | 'internet'
/** In the order of the keys that stand for all addresses beyond the bound. */
const RANGES: readonly Range[] = ['internet', 'private', 'multicast']

export class Addresses {
  private readonly ids = new Map<string, number>()
  /** The same by text. */
  private readonly keys = new Map<string, AddressKey>()
  private readonly texts: string[] = []
  private readonly ranges: Range[] = []
  /** How often an IPv6 address found no room. */
  overflowed = 0
  /** Addresses known because somebody spoke of them. */
  private spoken = 0
  private readonly mostSpoken: number

  /** @param share of the room for addresses spoken of */
  constructor(share = 1) {
    this.mostSpoken = MAX_SPOKEN * share
    for (const range of RANGES) {
      this.texts.push(`(more IPv6 addresses: ${range})`)
      this.ranges.push(range)
    }
  }

  /** Key of the `length` (4 or 16) address bytes at b[o]. */
  key(b: Uint8Array, o: number, length: number): AddressKey {
    if (length === 4) return (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!
    const raw = rawOf(b, o)
    const id = this.ids.get(raw)
    if (id !== undefined) return IPV6_BASE + id
    if (this.texts.length - this.spoken >= MAX_IPV6) {
      this.overflowed++
      return IPV6_BASE + RANGES.indexOf(ipv6Range(b, o))
    }
    return this.create(raw, b, o)
  }

  private create(raw: string, b: Uint8Array, o: number): AddressKey {
    const id = this.texts.push(ipv6Text(b, o)) - 1
    this.ranges.push(ipv6Range(b, o))
    this.ids.set(raw, id)
    this.keys.set(this.texts[id]!, IPV6_BASE + id)
    return IPV6_BASE + id
  }

  /** Key of an address in text, undefined when it is none. */
  parse(text: string): AddressKey | undefined {
    const known = this.known(text)
    if (known !== undefined) return known
    const b = parseIpv6(text)
    if (!b) return undefined
    const key = this.key(b, 0, 16)
    return this.isOverflow(key) ? undefined : key
  }

  /** The same of an address that somebody spoke of: such take no room from those that packets carry. Undefined also beyond their bound. */
  spokenOf(text: string): AddressKey | undefined {
    const known = this.known(text)
    const b = known === undefined && this.spoken < this.mostSpoken ? parseIpv6(text) : undefined
    if (!b) return known
    this.spoken++
    return this.create(rawOf(b, 0), b, 0)
  }

  private known(text: string): AddressKey | undefined {
    return parseIpv4(text) ?? this.keys.get(text)
  }

  text(key: AddressKey): string {
    return key < IPV6_BASE ? ipv4OfNumber(key) : this.texts[key - IPV6_BASE]!
  }

  /** Its four or sixteen bytes. */
  bytes(key: AddressKey): Uint8Array {
    return key < IPV6_BASE ? quad(key) : (parseIpv6(this.texts[key - IPV6_BASE]!) ?? new Uint8Array(16))
  }

  range(key: AddressKey): Range {
    return key < IPV6_BASE ? ipv4Range(key) : this.ranges[key - IPV6_BASE]!
  }

  /** RFC 1918. */
  isInside(key: AddressKey): boolean {
    return key < IPV6_BASE && (key >>> 24 === 10 || key >>> 16 === 0xc0a8 || key >>> 20 === 0xac1)
  }

  /** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3. */
  isLoopback(key: AddressKey): boolean {
    return key < IPV6_BASE ? key >>> 24 === 127 : this.texts[key - IPV6_BASE] === '::1'
  }

  /** Stands for many: nothing can be told from it. */
  isOverflow(key: AddressKey): boolean {
    return key >= IPV6_BASE && key < IPV6_BASE + RANGES.length
  }

  isIpv6(key: AddressKey): boolean {
    return key >= IPV6_BASE
  }
}

/** Sixteen address bytes as a text of eight characters: a map's key. */
function rawOf(b: Uint8Array, o: number): string {
  return String.fromCharCode(
    (b[o]! << 8) | b[o + 1]!,
    (b[o + 2]! << 8) | b[o + 3]!,
    (b[o + 4]! << 8) | b[o + 5]!,
    (b[o + 6]! << 8) | b[o + 7]!,
    (b[o + 8]! << 8) | b[o + 9]!,
    (b[o + 10]! << 8) | b[o + 11]!,
    (b[o + 12]! << 8) | b[o + 13]!,
    (b[o + 14]! << 8) | b[o + 15]!,
  )
}

/** RFC 1918, 6598 (shared), 3927 (link-local), 1122 (loopback, "this host"): all that a home network uses inside. */
function ipv4Range(ip: number): Range {
  const a = ip >>> 24
  if (a >= 224 && a < 240) return 'multicast'
  if (ip === -1) return 'multicast'
  const ab = ip >>> 16
  if (
    a === 10 ||
    a === 127 ||
    a === 0 ||
    ab === 0xc0a8 ||
    ab === 0xa9fe ||
    (ab >= 0xac10 && ab <= 0xac1f) ||
    (ab >= 0x6440 && ab <= 0x647f)
  )
    return 'private'
  return 'internet'
}

/** RFC 4291: multicast, link-local, loopback and unspecified; RFC 4193: unique local. */
function ipv6Range(b: Uint8Array, o: number): Range {
  if (b[o] === 0xff) return 'multicast'
  if ((b[o]! & 0xfe) === 0xfc) return 'private'
  if (b[o] === 0xfe && (b[o + 1]! & 0xc0) === 0x80) return 'private'
  for (let i = 0; i < 15; i++) if (b[o + i] !== 0) return 'internet'
  return b[o + 15]! <= 1 ? 'private' : 'internet'
}

function quad(key: number): Uint8Array {
  return Uint8Array.of(key >>> 24, key >>> 16, key >>> 8, key)
}

/** A dotted quad of at most three digits each, undefined for anything else: answers of DNS come as text, so it is done by hand. */
function parseIpv4(text: string): number | undefined {
  let ip = 0
  let part = 0
  let digits = 0
  let parts = 1
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x2e) {
      if (digits === 0 || ++parts > 4) return undefined
      ip = (ip << 8) | part
      part = digits = 0
    } else {
      if (c < 0x30 || c > 0x39 || ++digits > 3) return undefined
      part = part * 10 + c - 0x30
      if (part > 255) return undefined
    }
  }
  return parts === 4 && digits > 0 ? (ip << 8) | part : undefined
}

/** RFC 4291, 2.2; undefined for anything else (zone identifiers included). */
function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0]!)
  const tail = halves.length === 2 ? groups(halves[1]!) : []
  if (!head || !tail) return undefined
  const gap = 8 - head.length - tail.length
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined
  const all = [...head, ...Array.from({ length: halves.length === 2 ? gap : 0 }, () => 0), ...tail]
  return Uint8Array.from(all.flatMap((g) => [g >> 8, g & 255]))
}

function groups(part: string): number[] | undefined {
  if (part === '') return []
  const out: number[] = []
  for (const g of part.split(':')) {
    const four = IPV4.exec(g)
    if (four) out.push((Number(four[1]) << 8) | Number(four[2]), (Number(four[3]) << 8) | Number(four[4]))
    else if (/^[0-9a-fA-F]{1,4}$/.test(g)) out.push(Number.parseInt(g, 16))
    else return undefined
  }
  return out
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

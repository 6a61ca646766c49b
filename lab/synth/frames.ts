/**
 * Frames as bytes: Ethernet, ARP, IPv4 and IPv6, TCP, UDP, ICMP and GRE, with right lengths and checksums. Only bytes: nothing of the
 * synthesiser opens a socket.
 */
export type Bytes = Uint8Array

export const FIN = 1
export const SYN = 2
export const RST = 4
export const PSH = 8
export const ACK = 16
export const URG = 32

export const NOTHING: Bytes = new Uint8Array(0)

/** One byte a character. */
export const latin = (text: string): Bytes => Uint8Array.from(text, (c) => c.charCodeAt(0))

export function joined(...parts: readonly (Bytes | readonly number[] | string)[]): Bytes {
  const pieces = parts.map((p) => (typeof p === 'string' ? latin(p) : p))
  const out = new Uint8Array(pieces.reduce((sum, p) => sum + p.length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}

export const be16 = (n: number): number[] => [(n >>> 8) & 255, n & 255]
export const be32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]

/** A length of `width` bytes, then the body. */
export function sized(width: number, ...parts: readonly (Bytes | readonly number[] | string)[]): Bytes {
  const body = joined(...parts)
  return joined(
    Array.from({ length: width }, (_, i) => (body.length >>> (8 * (width - 1 - i))) & 255),
    body,
  )
}

/** "aa:bb:…" to six bytes. */
export const macBytes = (text: string): Bytes => Uint8Array.from(text.split(':'), (h) => Number.parseInt(h, 16))

/** Dotted IPv4 or any spelling of IPv6 without a zone to 4 or 16 bytes. */
export function ipBytes(text: string): Bytes {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number)
  const [head, tail] = text.split('::') as [string, string | undefined]
  const groups = (s: string) => (s === '' ? [] : s.split(':').map((g) => Number.parseInt(g, 16)))
  const [a, b] = [groups(head), groups(tail ?? '')]
  const all = tail === undefined ? a : [...a, ...Array.from({ length: 8 - a.length - b.length }, () => 0), ...b]
  return Uint8Array.from(all.flatMap(be16))
}

/** Internet checksum (RFC 1071) of bytes, going on from a sum. */
function checksum(bytes: Bytes, from: number, to: number, start = 0): number {
  let sum = start
  for (let at = from; at + 1 < to; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!
  if ((to - from) & 1) sum += bytes[to - 1]! << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/** The sum of a pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1). */
function pseudo(source: Bytes, target: Bytes, protocol: number, length: number): number {
  let sum = protocol + (length & 0xffff) + (length >>> 16)
  for (const ip of [source, target]) for (let i = 0; i < ip.length; i += 2) sum += (ip[i]! << 8) | ip[i + 1]!
  return sum
}

export interface IpOptions {
  readonly ttl?: number
  readonly id?: number
  readonly tos?: number
  readonly dontFragment?: boolean
}

export const TCP = 6
export const UDP = 17
export const GRE = 47
export const ICMP = 1
export const ICMP6 = 58

/** An IP packet of either version, by the length of the addresses. */
export function ip(source: Bytes, target: Bytes, protocol: number, body: Bytes, o: IpOptions = {}): Bytes {
  if (source.length === 16) return joined([0x60, 0, 0, 0, ...be16(body.length), protocol, o.ttl ?? 64], source, target, body)
  const head = joined(
    [0x45, o.tos ?? 0, ...be16(20 + body.length), ...be16(o.id ?? 0), o.dontFragment === false ? 0 : 0x40, 0],
    [o.ttl ?? 64, protocol, 0, 0],
    source,
    target,
  )
  head.set(be16(checksum(head, 0, 20)), 10)
  return joined(head, body)
}

/** The same IPv4 packet in pieces that carry `size` bytes each, a multiple of 8 (RFC 791 section 3.2). */
export function fragments(packet: Bytes, size: number): Bytes[] {
  const body = packet.subarray(20)
  const out: Bytes[] = []
  for (let at = 0; at < body.length; at += size) {
    const last = at + size >= body.length
    const piece = joined(packet.subarray(0, 20), body.subarray(at, at + size))
    piece.set(be16(piece.length), 2)
    piece.set(be16((last ? 0 : 0x2000) | (at >>> 3)), 6)
    piece.set([0, 0], 10)
    piece.set(be16(checksum(piece, 0, 20)), 10)
    out.push(piece)
  }
  return out
}

export interface TcpFields {
  readonly from: number
  readonly to: number
  readonly seq: number
  readonly ack?: number
  readonly flags: number
  readonly window?: number
  /** Padded to a multiple of 4 by who gives them. */
  readonly options?: Bytes | readonly number[]
  readonly payload?: Bytes
}

export function tcp(source: Bytes, target: Bytes, f: TcpFields): Bytes {
  const options = f.options ?? []
  const out = joined(
    [...be16(f.from), ...be16(f.to), ...be32(f.seq), ...be32(f.ack ?? 0)],
    [(5 + options.length / 4) << 4, f.flags, ...be16(f.window ?? 64240), 0, 0, 0, 0],
    options,
    f.payload ?? NOTHING,
  )
  out.set(be16(checksum(out, 0, out.length, pseudo(source, target, TCP, out.length))), 16)
  return out
}

export function udp(source: Bytes, target: Bytes, from: number, to: number, payload: Bytes): Bytes {
  const out = joined([...be16(from), ...be16(to), ...be16(8 + payload.length), 0, 0], payload)
  const sum = checksum(out, 0, out.length, pseudo(source, target, UDP, out.length))
  out.set(be16(sum === 0 ? 0xffff : sum), 6)
  return out
}

/** ICMP or ICMPv6, by the length of the addresses. `rest`: all after the checksum. */
export function icmp(source: Bytes, target: Bytes, type: number, code: number, rest: Bytes): Bytes {
  const out = joined([type, code, 0, 0], rest)
  const start = source.length === 16 ? pseudo(source, target, ICMP6, out.length) : 0
  out.set(be16(checksum(out, 0, out.length, start)), 2)
  return out
}

export function ethernet(to: Bytes, from: Bytes, packet: Bytes): Bytes {
  return joined(to, from, packet[0]! >>> 4 === 6 ? [0x86, 0xdd] : [8, 0], packet)
}

/** RFC 826. `op` 1 asks, 2 answers. */
export function arp(to: Bytes, from: Bytes, op: number, mac: Bytes, own: Bytes, targetMac: Bytes, target: Bytes): Bytes {
  return joined(to, from, [8, 6, 0, 1, 8, 0, 6, 4, 0, op], mac, own, targetMac, target)
}

export const BROADCAST = macBytes('ff:ff:ff:ff:ff:ff')

/** Where a multicast or broadcast packet goes on Ethernet (RFC 1112 section 6.4, RFC 2464 section 7); undefined for others. */
export function groupMac(target: Bytes): Bytes | undefined {
  if (target.length === 16) return target[0] === 0xff ? joined([0x33, 0x33], target.subarray(12)) : undefined
  if (target[0]! >= 224 && target[0]! < 240) return joined([1, 0, 0x5e, target[1]! & 127], target.subarray(2))
  return target[3] === 255 ? BROADCAST : undefined
}

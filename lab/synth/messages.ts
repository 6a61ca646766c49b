import { be16, be32, type Bytes, joined, latin, sized } from './frames.ts'
import type { Random } from '../random.ts'

/* Messages of the protocols that more than one generator speaks. */

/** RFC 1035 section 3.1. */
export const dnsName = (name: string): Bytes =>
  joined(...(name === '' ? [] : name.split('.').map((label) => sized(1, latin(label)))), [0])

export function dnsQuery(id: number, name: string, type = 1): Bytes {
  return joined(be16(id), [1, 0, 0, 1, 0, 0, 0, 0, 0, 0], dnsName(name), be16(type), [0, 1])
}

/** The answer with these records' data, all of the type asked for; none: no such name (RCODE 3). */
export function dnsAnswer(id: number, name: string, type: number, data: readonly Bytes[], ttl = 300): Bytes {
  const records = data.map((d) => joined([0xc0, 12], be16(type), [0, 1], be32(ttl), sized(2, d)))
  const flags = [0x81, data.length ? 0x80 : 0x83]
  return joined(be16(id), flags, [0, 1], be16(data.length), [0, 0, 0, 0], dnsName(name), be16(type), [0, 1], ...records)
}

const random = (chance: Random, n: number): Bytes => Uint8Array.from({ length: n }, () => chance.below(256))

/** RFC 8446 section 4.1.2; the name in SNI (RFC 6066 section 3) where there is one. */
export function clientHello(chance: Random, name?: string): Bytes {
  const suites = [0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2b, 0xc0, 0x2f]
  const extensions = [
    ...(name === undefined ? [] : [joined([0, 0], sized(2, sized(2, [0], sized(2, name))))]),
    joined([0, 10], sized(2, sized(2, [0, 29, 0, 23]))),
    joined([0, 13], sized(2, sized(2, [4, 3, 8, 4]))),
    joined([0, 43], sized(2, sized(1, [3, 4, 3, 3]))),
    joined([0, 51], sized(2, sized(2, [0, 29], sized(2, random(chance, 32))))),
  ]
  const hello = joined(
    [3, 3],
    random(chance, 32),
    sized(1, random(chance, 32)),
    sized(2, suites),
    [1, 0],
    sized(2, ...extensions),
  )
  return joined([22, 3, 1], sized(2, [1], sized(3, hello)))
}

/** RFC 8446 section 4.1.3, and the change of cipher of appendix D.4. */
export function serverHello(chance: Random): Bytes {
  const extensions = [joined([0, 43], sized(2, [3, 4])), joined([0, 51], sized(2, [0, 29], sized(2, random(chance, 32))))]
  const hello = joined([3, 3], random(chance, 32), sized(1, random(chance, 32)), [0x13, 0x01, 0], sized(2, ...extensions))
  return joined([22, 3, 3], sized(2, [2], sized(3, hello)), [20, 3, 3, 0, 1, 1])
}

/** A record of application data, as the eye sees it. */
export const tlsRecord = (chance: Random, n: number): Bytes => joined([23, 3, 3], sized(2, random(chance, n)))

/** RFC 5905 section 7.3: what a client sends, or (mode 4) gets. */
export function ntp(chance: Random, mode: 3 | 4): Bytes {
  const out = new Uint8Array(48)
  out[0] = 0x20 | mode
  out[1] = mode === 4 ? 2 : 0
  out[2] = 6
  out[3] = 0xec
  // 2026-01-14 in NTP's era 0
  out.set([...be32(0xed11f200 + chance.below(80_000)), ...random(chance, 4)], 40)
  if (mode === 4) out.set(out.subarray(40, 48), 24)
  if (mode === 4) out.set(out.subarray(40, 48), 32)
  return out
}

/** MQTT 3.1.1 section 2.2: type and flags, remaining length, body. */
export function mqtt(first: number, body: Bytes): Bytes {
  const length: number[] = []
  let n = body.length
  do {
    length.push((n & 127) | (n > 127 ? 128 : 0))
    n >>>= 7
  } while (n > 0)
  return joined([first, ...length], body)
}

/** BER (X.690): a tag, a length of up to 65,535, the body. */
export function ber(tag: number, ...parts: readonly (Bytes | readonly number[] | string)[]): Bytes {
  const body = joined(...parts)
  const n = body.length
  return joined([tag, ...(n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, ...be16(n)])], body)
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** Six bytes as 00:11:22:aa:bb:cc. */
export function macText(b: Uint8Array, o: number): string {
  return `${HEX[b[o]!]}:${HEX[b[o + 1]!]}:${HEX[b[o + 2]!]}:${HEX[b[o + 3]!]}:${HEX[b[o + 4]!]}:${HEX[b[o + 5]!]}`
}

/** The same of 48 bits as a number. */
export function macOfNumber(n: number): string {
  const low = n % 2 ** 32
  const high = (n - low) / 2 ** 32
  return `${HEX[high >>> 8]}:${HEX[high & 255]}:${HEX[low >>> 24]}:${HEX[(low >>> 16) & 255]}:${HEX[(low >>> 8) & 255]}:${HEX[low & 255]}`
}

/** Four bytes as dotted quad. */
export function ipv4Text(b: Uint8Array, o: number): string {
  return ipv4OfNumber((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!)
}

/** The same of 32 bits as a number. */
export function ipv4OfNumber(n: number): string {
  n |= 0
  const slot = Math.imul(n, 0x9e3779b1) >>> (32 - WRITTEN_BITS)
  if (numbers[slot] === n) return written[slot]!
  numbers[slot] = n
  return (written[slot] = `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`)
}

/** Quads written last: a network's are few. One makes room for the next that falls on its place. */
const WRITTEN_BITS = 11
const numbers = new Int32Array(1 << WRITTEN_BITS)
const written = Array.from(numbers, () => '0.0.0.0')

/** Sixteen bytes in RFC 5952 form (longest run of two or more zero groups shortened, the first of equals; IPv4-mapped as dotted quad). */
export function ipv6Text(b: Uint8Array, o: number): string {
  const g: number[] = []
  for (let i = 0; i < 8; i++) g.push((b[o + 2 * i]! << 8) | b[o + 2 * i + 1]!)
  if (g[0] === 0 && g[1] === 0 && g[2] === 0 && g[3] === 0 && g[4] === 0 && g[5] === 0xffff)
    return `::ffff:${ipv4Text(b, o + 12)}`
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8;) {
    let j = i
    while (j < 8 && g[j] === 0) j++
    if (j - i > bestLength) [best, bestLength] = [i, j - i]
    i = j + 1
  }
  const part = (from: number, to: number) =>
    g
      .slice(from, to)
      .map((v) => v.toString(16))
      .join(':')
  return best < 0 ? part(0, 8) : `${part(0, best)}::${part(best + bestLength, 8)}`
}

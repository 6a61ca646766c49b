/** Seeded random choices: what differs between two runs with different seeds, and not between two with the same. */
export interface Random {
  /** 0 .. n-1 */
  below(n: number): number
  pick<T>(list: readonly T[]): T
  hex(digits: number): string
  digits(n: number): string
  /** Independent stream: a device's choices do not move when another is added. */
  fork(name: string): Random
}

/** Mulberry32 (public domain, Tommy Ettinger), seeded with FNV-1a of the text. */
export function random(seed: string): Random {
  let state = 0x811c9dc5
  for (const c of seed) state = Math.imul(state ^ c.codePointAt(0)!, 0x01000193)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number): number => Math.floor(next() * n)
  const string = (alphabet: string, n: number): string =>
    Array.from({ length: n }, () => alphabet[below(alphabet.length)]).join('')
  return {
    below,
    pick: (list) => list[below(list.length)]!,
    hex: (n) => string('0123456789abcdef', n),
    digits: (n) => string('0123456789', n),
    fork: (name) => random(`${seed}/${name}`),
  }
}

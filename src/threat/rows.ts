import { randomInt } from 'node:crypto'
import { mix } from '../decode/mix.ts'
import type { Packet } from '../decode/packet.ts'

/*
 * Figures kept by key, in a room that never grows: rows of words in one array, found by hash in buckets of sixteen (whose hashes are one cache line). In a full bucket the row
 * of least worth makes room, of several the one that was used longest ago. Word offsets within a row:
 */
const KEY = 0 // three words
/** What keeps it from making room. */
export const WORTH = 3
/** float64: microseconds. */
const FIRST = 2
const LAST = 3
/** Frames that show it: capture and frame, eight times. */
const FRAMES = 8
const FRAMES_KEPT = 8
/** The packet seen last. */
const LATEST = 24
/** What who uses the row may fill. */
export const OWN = 26

const BUCKET = 16

export class Rows {
  readonly words: Int32Array<ArrayBuffer>
  readonly floats: Float64Array<ArrayBuffer>
  readonly count: number
  /** Hash of each row's key, 0 where there is none. */
  private readonly tags: Int32Array
  private readonly size: number
  private readonly mask: number
  private readonly leaves: (row: number) => void
  /** Against chosen collisions. */
  protected readonly seed = randomInt(2 ** 32)

  /**
   * @param size words a row, even
   * @param count rows, a power of two
   * @param leaves is told of a row that makes room
   */
  constructor(size: number, count: number, leaves: (row: number) => void = () => {}) {
    this.size = size
    this.count = count
    this.mask = count / BUCKET - 1
    this.leaves = leaves
    this.tags = new Int32Array(count)
    this.words = new Int32Array(size * count)
    this.floats = new Float64Array(this.words.buffer)
  }

  /** Offset of a row's words; half of it that of its floats. */
  at(row: number): number {
    return row * this.size
  }

  find(a: number, b: number, c: number): number {
    const h = this.hash(a, b, c)
    const first = ((h >>> 1) & this.mask) * BUCKET
    for (let row = first; row < first + BUCKET; row++) {
      const tag = this.tags[row]!
      if (tag === 0) return -1
      if (tag === h && this.isOf(row, a, b, c)) return row
    }
    return -1
  }

  /** The row of the key, made where there is none. */
  of(a: number, b: number, c: number): number {
    const h = this.hash(a, b, c)
    const first = ((h >>> 1) & this.mask) * BUCKET
    for (let row = first; row < first + BUCKET; row++) {
      const tag = this.tags[row]!
      if (tag === 0) return this.make(row, h, a, b, c)
      if (tag === h && this.isOf(row, a, b, c)) return row
    }
    const least = this.least(first)
    this.leaves(least)
    this.words.fill(0, least * this.size, (least + 1) * this.size)
    return this.make(least, h, a, b, c)
  }

  /** Count a packet to the row: when, and whether it is one of those that show it. */
  note(row: number, p: Packet, shows: boolean): void {
    const o = row * this.size
    const w = this.words
    const f = this.floats
    const half = o >> 1
    if (f[half + FIRST] === 0) f[half + FIRST] = p.time
    f[half + LAST] = p.time
    w[o + LATEST] = p.capture
    w[o + LATEST + 1] = p.frame
    if (!shows || w[o + FRAMES + 2 * FRAMES_KEPT - 1] !== 0) return
    for (let i = FRAMES; i < FRAMES + 2 * FRAMES_KEPT; i += 2)
      if (w[o + i + 1] === 0) {
        w[o + i] = p.capture
        w[o + i + 1] = p.frame
        return
      }
  }

  /** Forget all but its key. */
  clear(row: number): void {
    const o = row * this.size
    this.words.fill(0, o + WORTH, o + this.size)
    this.words[o + WORTH] = 1
  }

  /** One of the three words of its key. */
  key(row: number, word: number): number {
    return this.words[row * this.size + KEY + word]!
  }

  /** When it was first and last used. */
  first(row: number): number {
    return this.floats[((row * this.size) >> 1) + FIRST]!
  }

  last(row: number): number {
    return this.floats[((row * this.size) >> 1) + LAST]!
  }

  frames(row: number): { capture: number; frame: number }[] {
    const o = row * this.size
    return Array.from({ length: FRAMES_KEPT }, (_, i) => this.frameAt(o + FRAMES + 2 * i)).filter(({ frame }) => frame !== 0)
  }

  latest(row: number): { capture: number; frame: number } {
    return this.frameAt(row * this.size + LATEST)
  }

  *all(): Generator<number> {
    for (let row = 0; row < this.count; row++) if (this.tags[row] !== 0) yield row
  }

  private frameAt(o: number): { capture: number; frame: number } {
    return { capture: this.words[o]!, frame: this.words[o + 1]! >>> 0 }
  }

  private make(row: number, h: number, a: number, b: number, c: number): number {
    const o = row * this.size
    const w = this.words
    this.tags[row] = h
    w[o + KEY] = a
    w[o + KEY + 1] = b
    w[o + KEY + 2] = c
    w[o + WORTH] = 1
    return row
  }

  private isOf(row: number, a: number, b: number, c: number): boolean {
    const w = this.words
    const o = row * this.size
    return w[o] === a && w[o + 1] === b && w[o + 2] === c
  }

  private least(first: number): number {
    let least = first
    for (let row = first + 1; row < first + BUCKET; row++) if (this.isLess(row * this.size, least * this.size)) least = row
    return least
  }

  private isLess(a: number, b: number): boolean {
    const less = this.words[a + WORTH]! - this.words[b + WORTH]!
    return less < 0 || (less === 0 && this.floats[(a >> 1) + LAST]! < this.floats[(b >> 1) + LAST]!)
  }

  /** Never 0. */
  private hash(a: number, b: number, c: number): number {
    return mix(mix(mix(this.seed, a), b), c) | 1
  }
}

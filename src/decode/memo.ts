import { randomInt } from 'node:crypto'

/**
 * Remembers what a pure function made of an input: devices say the same thing over and over. Bounded: the oldest entry makes room.
 */
export class Memo<V> {
  private readonly kept = new Map<string, V>()
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  get(key: string, make: (key: string) => V): V {
    const kept = this.kept.get(key)
    if (kept !== undefined || this.kept.has(key)) return kept as V
    const made = make(key)
    if (this.kept.size >= this.max) this.kept.delete(this.kept.keys().next().value!)
    this.kept.set(key, made)
    return made
  }
}

const SEEN = 1 << 16

/**
 * Whether a hash was met not long before: what comes once is not worth remembering. May forget, and may take one for another's;
 * who asks compares what it then finds.
 */
export class Seen {
  private readonly hashes = new Int32Array(SEEN)

  again(hash: number): boolean {
    const at = (hash ^ (hash >>> 16)) & (SEEN - 1)
    if (this.hashes[at] === (hash | 0)) return true
    this.hashes[at] = hash
    return false
  }
}

/** Longer contents are not remembered. */
const MAX_CONTENT = 4096
/** What an entry costs beside its bytes, roughly. */
const ENTRY = 256

/** What was made of the bytes that `owner` sent. */
interface Made<V> {
  owner: number | string
  bytes: Uint8Array
  value: V
}

/**
 * The same for bytes that one sender sends again and again: the same owner and every byte alike, so nothing is taken for something
 * else, and no device's content for another's. Remembered is what comes the second time. Holds at most `budget` bytes; the oldest make room.
 */
export class ByteMemo<V> {
  private readonly kept = new Map<number, Made<V>>()
  // the hash cannot be foreseen: whoever makes two contents share one would only make them cost what they cost without it
  private readonly seed = randomInt(0x7fffffff)
  private readonly budget: number
  private held = 0
  private readonly before = new Seen()

  constructor(budget: number) {
    this.budget = budget
  }

  /** The content is bytes[0, end). */
  get(owner: number | string, bytes: Uint8Array, end: number, make: () => V): V {
    if (end > MAX_CONTENT) return make()
    const hash = this.hash(owner, bytes, end)
    const kept = this.kept.get(hash)
    if (kept !== undefined && kept.owner === owner && sameBytes(kept.bytes, bytes, 0, end)) return kept.value
    const value = make()
    if (!this.before.again(hash)) return value
    if (kept !== undefined) this.drop(hash, kept)
    this.held += end + ENTRY
    for (const [oldest, made] of this.kept) {
      if (this.held <= this.budget) break
      this.drop(oldest, made)
    }
    this.kept.set(hash, { owner, bytes: bytes.slice(0, end), value })
    return value
  }

  private drop(hash: number, made: Made<V>): void {
    this.kept.delete(hash)
    this.held -= made.bytes.length + ENTRY
  }

  private hash(owner: number | string, bytes: Uint8Array, end: number): number {
    let h = this.seed ^ end
    if (typeof owner === 'number') h = Math.imul(h ^ owner, 0x9e3779b1)
    else for (let i = 0; i < owner.length; i++) h = Math.imul(h ^ owner.charCodeAt(i), 0x01000193)
    return hashBytes(h, bytes, 0, end)
  }
}

/** `h` mixed with bytes[start, end). For tables that compare the bytes as well; what is secret about it is the `h` it begins with. */
export function hashBytes(h: number, bytes: Uint8Array, start: number, end: number): number {
  let i = start
  // four bytes a step: the multiplications wait for one another
  for (; i + 4 <= end; i += 4) {
    h = Math.imul(h ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)), 0x9e3779b1)
    h ^= h >>> 15
  }
  for (; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193)
  return h
}

/** Is `kept` just what bytes[start, end) are? */
export function sameBytes(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false
  for (let i = 0; i < kept.length; i++) if (kept[i] !== bytes[start + i]) return false
  return true
}

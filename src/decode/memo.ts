import { randomInt } from 'node:crypto'
import { copyBytes } from './copy.ts'
import { grown, type Place, Recent } from './recent.ts'

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
interface Made<V> extends Place {
  owner: number | string
  value: V
}

/**
 * The same for bytes that one sender sends again and again: the same owner and every byte alike, so nothing is taken for something
 * else, and no device's content for another's. Remembered is what comes the second time. Holds `budget` bytes, and as
 * many entries as are worth as much; the oldest make room.
 */
export class ByteMemo<V> {
  private readonly kept: Recent<Made<V>>
  private memory = new Uint8Array(0)
  private readonly budget: number
  // the hash cannot be foreseen: whoever makes two contents share one would only make them cost what they cost without it
  private readonly seed = randomInt(0x7fffffff)
  private readonly before = new Seen()

  constructor(budget: number) {
    this.budget = budget
    this.kept = new Recent(budget, budget / ENTRY)
  }

  /** The content is bytes[0, end). */
  get(owner: number | string, bytes: Uint8Array, end: number, make: () => V): V {
    if (end > MAX_CONTENT || end > this.budget) return make()
    const hash = this.hash(owner, bytes, end)
    const known = this.kept.get(hash)
    if (known !== undefined && known.owner === owner && sameBytes(this.memory, known.start, known.end, bytes, end))
      return known.value
    const value = make()
    if (!this.before.again(hash)) return value
    const start = this.kept.room(end)
    this.memory = grown(this.memory, start + end, this.budget)
    copyBytes(this.memory, start, bytes, 0, end)
    this.kept.set(hash, { owner, start, end: start + end, value })
    return value
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

/** Is memory[start, stop) just what bytes[0, end) are? */
function sameBytes(memory: Uint8Array, start: number, stop: number, bytes: Uint8Array, end: number): boolean {
  if (stop - start !== end) return false
  for (let i = 0; i < end; i++) if (memory[start + i] !== bytes[i]) return false
  return true
}

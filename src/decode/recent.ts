/** Where something is kept: [start, end) of a piece of memory. */
export interface Place {
  readonly start: number
  readonly end: number
}

/** Room for what ends at `end` of a piece of memory that grows to `most` at most: it begins small, since most audits are. */
export function grown<M extends Int32Array | Uint8Array>(memory: M, end: number, most: number): M {
  if (end <= memory.length) return memory
  const larger = new (memory.constructor as new (length: number) => M)(Math.min(most, Math.max(end, 2 * memory.length, 4096)))
  larger.set(memory)
  return larger
}

/**
 * What was met last, by hash, each with a place in one piece of memory that is written round and round: the oldest make room, and
 * nothing is allocated for contents. Who finds an entry compares its content.
 */
export class Recent<E extends Place> {
  private readonly entries = new Map<number, E>()
  private readonly size: number
  private readonly most: number
  private at = 0

  /** @param size of the memory, in its units; @param most entries */
  constructor(size: number, most = Infinity) {
    this.size = size
    this.most = most
  }

  get(hash: number): E | undefined {
    return this.entries.get(hash)
  }

  /** The start of so many units (at most `size`; one where there are none) that are nobody's any more. */
  room(units: number): number {
    const length = Math.max(1, units)
    if (this.at + length > this.size) {
      this.evict(this.at, this.size)
      this.at = 0
    }
    const start = this.at
    this.at += length
    this.evict(start, this.at)
    return start
  }

  /** Keeps an entry, instead of what had its hash. */
  set(hash: number, entry: E): void {
    // at the end of the order, where the newest are
    this.entries.delete(hash)
    if (this.entries.size >= this.most) this.entries.delete(this.entries.keys().next().value!)
    this.entries.set(hash, entry)
  }

  clear(): void {
    this.entries.clear()
  }

  /** The oldest lie next, in order: as many of them go as have a part in [start, end). */
  private evict(start: number, end: number): void {
    for (const [hash, entry] of this.entries) {
      if (entry.start >= end || Math.max(entry.end, entry.start + 1) <= start) break
      this.entries.delete(hash)
    }
  }
}

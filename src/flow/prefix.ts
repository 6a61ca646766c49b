import { copyBytes } from '../decode/copy.ts'
import type { Conversation, StreamPrefix } from '../decode/stream.ts'

/** Bytes kept of each direction, at most: holds a TLS 1.2 certificate chain, or a web page's head. */
export const PREFIX_BYTES = 16 * 1024
const SMALLEST = 1024
/** Segments of a direction whose frames are known, at most. */
export const MAX_MARKS = 96
const MAX_HOLES = 8

/**
 * One direction's first bytes, rebuilt by sequence number: late and repeated segments fall into place, and where segments
 * disagree the first to arrive stays. `length` counts what is there without a gap.
 */
export class Direction implements StreamPrefix {
  bytes: Uint8Array<ArrayBuffer> = NOTHING
  length = 0
  truncated = false
  midstream = false
  /** Sequence number of bytes[0]; meaningless until `begun`. */
  private base = 0
  begun = false
  /** Covered beyond `length`: [start, end) pairs in order. */
  private readonly islands: number[] = []
  /** Offset and frame of each segment, by offset. */
  readonly marks: number[] = []

  reset(): void {
    this.bytes = NOTHING
    this.length = 0
    this.truncated = false
    this.midstream = false
    this.begun = false
    this.islands.length = 0
    this.marks.length = 0
  }

  begin(seq: number, midstream: boolean): void {
    this.base = seq
    this.begun = true
    this.midstream = midstream
  }

  /** The sequence number that would come next. */
  get next(): number {
    return (this.base + this.length) >>> 0
  }

  get full(): boolean {
    return this.length >= PREFIX_BYTES
  }

  /**
   * Take a segment's payload b[from, to); `sent` is its length on the wire. Returns the bytes of memory that it took.
   * `room` is asked for larger buffers.
   */
  take(b: Uint8Array, from: number, to: number, sent: number, seq: number, frame: number, pool: BufferPool): void {
    if (!this.begun) this.begin(seq, true)
    let start = (seq - this.base) | 0 // signed distance: sequence numbers wrap (RFC 9293, 3.4)
    if (start > PREFIX_BYTES || start < -0x100000) {
      if (start > 0) this.truncated = true
      return
    }
    let end = start + (to - from)
    if (start < 0) {
      if (end <= 0) return
      from -= start
      start = 0
    }
    if (sent > to - from) this.truncated = true // cut by the snap length
    if (end > PREFIX_BYTES) {
      this.truncated = true
      end = PREFIX_BYTES
    }
    if (end <= this.length || end <= start) return
    if (this.bytes.length < end) {
      const larger = pool.grow(this.bytes, this.extent, end)
      if (!larger) {
        this.truncated = true
        return
      }
      this.bytes = larger
    }
    this.fill(b, from - start, Math.max(start, this.length), end)
    this.mark(start, frame)
  }

  /** Copy [start, end) from b (at b[shift + i]) where nothing is yet, and join what touches. */
  private fill(b: Uint8Array, shift: number, start: number, end: number): void {
    const islands = this.islands
    if (islands.length === 0 && start === this.length) {
      copyBytes(this.bytes, start, b, shift + start, shift + end)
      this.length = end
      return
    }
    let at = start
    for (let i = 0; i < islands.length && at < end; i += 2) {
      if (islands[i + 1]! <= at) continue
      if (islands[i]! >= end) break
      if (at < islands[i]!) copyBytes(this.bytes, at, b, shift + at, shift + islands[i]!)
      at = islands[i + 1]!
    }
    if (at < end) copyBytes(this.bytes, at, b, shift + at, shift + end)
    this.join(start, end)
  }

  private join(start: number, end: number): void {
    const islands = this.islands
    let i = 0
    while (i < islands.length && islands[i + 1]! < start) i += 2
    let j = i
    while (j < islands.length && islands[j]! <= end) {
      start = Math.min(start, islands[j]!)
      end = Math.max(end, islands[j + 1]!)
      j += 2
    }
    islands.splice(i, j - i, start, end)
    if (islands[0]! <= this.length) {
      this.length = Math.max(this.length, islands[1]!)
      islands.splice(0, 2)
    } else if (islands.length > 2 * MAX_HOLES) {
      // too torn to mend: keep what is whole
      islands.length = 2 * MAX_HOLES
      this.truncated = true
    }
  }

  private get extent(): number {
    return this.islands.length > 0 ? this.islands[this.islands.length - 1]! : this.length
  }

  private mark(offset: number, frame: number): void {
    const m = this.marks
    if (m.length >= 2 * MAX_MARKS) return
    let i = m.length
    // mostly at the end
    m.push(offset, frame)
    for (; i > 0 && m[i - 2]! > offset; i -= 2) {
      m[i] = m[i - 2]!
      m[i + 1] = m[i - 1]!
    }
    m[i] = offset
    m[i + 1] = frame
  }

  frameAt(offset: number): number {
    const m = this.marks
    let i = m.length - 2
    while (i > 0 && m[i]! > offset) i -= 2
    return m[i + 1] ?? 0
  }
}

/** Both directions of one conversation under collection. Pooled: used again for another when decoded. */
export class Stream implements Conversation {
  readonly lo = new Direction()
  readonly hi = new Direction()
  row = -1
  /** Packets with payload since a direction became full. */
  overdue = 0
  initiator = 0
  clientPort = 0
  serverPort = 0

  get client(): Direction {
    return this.initiator === 0 ? this.lo : this.hi
  }

  get server(): Direction {
    return this.initiator === 0 ? this.hi : this.lo
  }
}

/** Buffers in sizes of powers of two from 1 KiB to 16 KiB, kept for use again; `budget` bounds what is out at once. */
export class BufferPool {
  private readonly spare: Uint8Array<ArrayBuffer>[][] = [[], [], [], [], []]
  private out = 0
  private readonly budget: number

  constructor(budget: number) {
    this.budget = budget
  }

  get exhausted(): boolean {
    return this.out + PREFIX_BYTES > this.budget
  }

  /** A buffer of at least `need` bytes that begins with the first `used` bytes of `old`, which is given back. */
  grow(old: Uint8Array<ArrayBuffer>, used: number, need: number): Uint8Array<ArrayBuffer> | undefined {
    let size = SMALLEST
    let k = 0
    while (size < need) {
      size *= 2
      k++
    }
    if (this.out + size - old.length > this.budget) return undefined
    const buffer = this.spare[k]!.pop() ?? new Uint8Array(size)
    if (used > 0) buffer.set(old.subarray(0, used))
    this.out += size
    this.give(old)
    return buffer
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length < SMALLEST) return
    this.out -= buffer.length
    this.spare[31 - Math.clz32(buffer.length / SMALLEST)]!.push(buffer)
  }

  /** Give the memory of what is not out back, now and not when garbage is next collected. */
  release(): void {
    for (const list of this.spare) for (const { buffer } of list.splice(0)) buffer.transfer(0)
  }
}

const NOTHING = new Uint8Array(0)

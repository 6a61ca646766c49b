import { copyBytes } from '../decode/copy.ts'
import type { Conversation, StreamPrefix } from '../decode/stream.ts'

/** Bytes kept of each direction, at most: holds a TLS 1.2 certificate chain, or a web page's head. */
export const PREFIX_BYTES = 16 * 1024
const SMALLEST = 1024
/** Pieces of a direction whose frames are known, at most: of smaller segments than 16 bytes fewer bytes are kept. */
export const MAX_MARKS = PREFIX_BYTES / 16
/** Marks by which room grows, and what they take of the memory for prefixes; the first are the stream's own. */
const MARKS_STEP = 64
const MARKS_STEP_BYTES = 1024
const MAX_HOLES = 32

/**
 * One direction's first bytes, rebuilt by sequence number: late and repeated segments fall into place. `length` counts what is
 * there without a gap.
 *
 * Where segments disagree, what a receiver would have read stays: bytes that were in order had been handed on, and are never
 * replaced (RFC 9293, section 3.10.7.4); of those that wait behind a gap, the segments that begin first count, as Linux and
 * tshark have it.
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
  /** Where pieces begin and the frames that carried them, by offset. What it says of bytes that are not there means nothing. */
  readonly marks: number[] = []
  /** Marks that there is memory for. */
  private room = MARKS_STEP
  /** Offset at which the sender was done (its FIN), -1 while none was seen. */
  private end = -1

  /** Give the memory back. */
  reset(pool: BufferPool): void {
    pool.give(this.bytes)
    pool.giveMarks(this.room - MARKS_STEP)
    this.bytes = NOTHING
    this.length = 0
    this.truncated = false
    this.midstream = false
    this.begun = false
    this.islands.length = 0
    this.marks.length = 0
    this.room = MARKS_STEP
    this.end = -1
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

  /** The sender has said, by a FIN after the byte before `seq`, that there will be no more. */
  finish(seq: number): void {
    if (this.begun) this.end = (seq - this.base) | 0
  }

  /** Nothing that was sent before the FIN is still to come. */
  get whole(): boolean {
    return this.islands.length === 0 && Math.min(this.end, PREFIX_BYTES) <= this.length
  }

  /**
   * Take a segment's payload b[from, to); `sent` is its length on the wire, `pool` is asked for memory. False when it says
   * something else than what is here already.
   */
  take(b: Uint8Array, from: number, to: number, sent: number, seq: number, frame: number, pool: BufferPool): boolean {
    if (!this.begun) this.begin(seq, true)
    let start = (seq - this.base) | 0 // signed distance: sequence numbers wrap (RFC 9293, section 3.4)
    if (start > PREFIX_BYTES || start < -0x100000) {
      if (start > 0) this.truncated = true
      return true
    }
    let end = start + (to - from)
    if (start < 0) {
      if (end <= 0) return true
      from -= start
      start = 0
    }
    if (sent > to - from) this.truncated = true // cut by the snap length
    if (end > PREFIX_BYTES) {
      this.truncated = true
      end = PREFIX_BYTES
    }
    if (end <= start) return true
    const agrees = this.agrees(b, from - start, start, end)
    if (end <= this.length) return agrees
    if (!this.hasRoom(end, pool)) {
      this.truncated = true
      return agrees
    }
    this.fill(b, from - start, Math.max(start, this.length), end, frame)
    return agrees
  }

  /** Bytes that came before are the same at b[shift + i]. A keep-alive's one byte may be anything (RFC 9293, section 3.8.4). */
  private agrees(b: Uint8Array, shift: number, start: number, end: number): boolean {
    if (end - start === 1) return true
    if (!same(this.bytes, b, shift, start, Math.min(end, this.length))) return false
    const islands = this.islands
    for (let i = 0; i < islands.length && islands[i]! < end; i += 2)
      if (!same(this.bytes, b, shift, Math.max(start, islands[i]!), Math.min(end, islands[i + 1]!))) return false
    return true
  }

  private hasRoom(end: number, pool: BufferPool): boolean {
    if (this.marks.length + 4 > 2 * this.room) {
      if (this.room >= MAX_MARKS || !pool.takeMarks()) return false
      this.room += MARKS_STEP
    }
    if (this.bytes.length >= end) return true
    const larger = pool.grow(this.bytes, this.extent, end)
    if (larger) this.bytes = larger
    return larger !== undefined
  }

  /** Copy [start, end) from b (at b[shift + i]) but for what an island has that began no later, and join what touches. */
  private fill(b: Uint8Array, shift: number, start: number, end: number, frame: number): void {
    const islands = this.islands
    if (islands.length === 0 && start === this.length) {
      copyBytes(this.bytes, start, b, shift + start, shift + end)
      this.length = end
      this.mark(start, end, frame)
      return
    }
    let i = 0
    while (i < islands.length && islands[i + 1]! <= start) i += 2
    const at = i < islands.length && islands[i]! <= start ? islands[i + 1]! : start
    if (at < end) {
      copyBytes(this.bytes, at, b, shift + at, shift + end)
      this.mark(at, end, frame)
    }
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

  /** [from, to) was carried by `frame`, whoever was said to have carried it before. */
  private mark(from: number, to: number, frame: number): void {
    const m = this.marks
    // mostly at the end
    if (m.length === 0 || m[m.length - 2]! < from) {
      m.push(from, frame)
      return
    }
    const first = this.markAfter(from - 1)
    const last = this.markAfter(to - 1)
    if (last > 0 && m[last] !== to) m.splice(first, last - first, from, frame, to, m[last - 1]!)
    else m.splice(first, last - first, from, frame)
  }

  /** Index of the first mark beyond `offset`. */
  private markAfter(offset: number): number {
    const m = this.marks
    let low = 0
    let high = m.length >> 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (m[2 * middle]! > offset) high = middle
      else low = middle + 1
    }
    return 2 * low
  }

  frameAt(offset: number): number {
    return this.marks[Math.max(this.markAfter(offset), 2) - 1] ?? 0
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

  /** What the side (0 lo, 1 hi) sent. */
  of(side: number): Direction {
    return side === 0 ? this.lo : this.hi
  }

  get client(): Direction {
    return this.of(this.initiator)
  }

  get server(): Direction {
    return this.of(1 - this.initiator)
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

  /** Memory for some more marks; false when there is none. */
  takeMarks(): boolean {
    if (this.out + MARKS_STEP_BYTES > this.budget) return false
    this.out += MARKS_STEP_BYTES
    return true
  }

  giveMarks(marks: number): void {
    this.out -= (marks / MARKS_STEP) * MARKS_STEP_BYTES
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

/** a[start, end) is b[shift + start, shift + end). */
function same(a: Uint8Array, b: Uint8Array, shift: number, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (a[i] !== b[shift + i]) return false
  return true
}

import { createHash, type Hash } from 'node:crypto'

/** Bytes of one file that are followed: bots have tens of kilobytes to some megabytes. */
const MAX_BYTES = 32 << 20
/** Bytes that wait behind a gap. */
const MAX_WAITING = 256 << 10
const MAX_PIECES = 256

/** How a transfer is told to end: after so many bytes, in chunks (RFC 9112, section 7.1), or with the connection. */
export interface Framing {
  readonly length?: number
  readonly chunked?: boolean
  /** The file is whole when the transfer is: no part of it, no other form of it. */
  readonly whole: boolean
}

interface Piece {
  seq: number
  bytes: Uint8Array
}

/** The bytes of a file as they come, in order: counted and hashed; the first are kept for who must see more than a packet of them. */
class Contents {
  size = 0
  readonly opening: Uint8Array
  opened = 0
  /** Undefined once it was asked for. */
  private hash: Hash | undefined = createHash('sha256')
  private digest = ''

  constructor(opening: number) {
    this.opening = new Uint8Array(opening)
  }

  /** False where there are too many. */
  write(b: Uint8Array, from: number, to: number): boolean {
    if (this.size + to - from > MAX_BYTES) return false
    if (this.opened < this.opening.length) {
      const end = Math.min(to, from + this.opening.length - this.opened)
      this.opening.set(b.subarray(from, end), this.opened)
      this.opened += end - from
    }
    this.hash?.update(b.subarray(from, to))
    this.size += to - from
    return true
  }

  get sha256(): string {
    if (this.hash) this.digest = this.hash.digest('hex')
    this.hash = undefined
    return this.digest
  }
}

/** What is followed, however it travels. */
export interface Following {
  readonly contents: { readonly size: number; readonly opening: Uint8Array; readonly opened: number }
  /** All of it came. */
  readonly done: boolean
  /** Some of it will never come. */
  readonly broken: boolean
  /** SHA-256 of the file, when the capture held all of it. */
  readonly sha256: string | undefined
  /** The connection is gone. */
  close(): void
}

/**
 * One file on its way in a TCP conversation: its bytes are put in order by sequence number (what came first stays, RFC 9293 section 3.10.7.4),
 * freed from chunks and hashed as they come. Bounded; where bytes are missing for good it is `broken`, and has no hash.
 */
export class Transfer implements Following {
  readonly contents: Contents
  done = false
  broken = false
  private next: number
  private readonly framing: Framing
  private readonly waiting: Piece[] = []
  private held = 0
  /** Sequence number after the sender's last byte, where its FIN was seen. */
  private fin: number | undefined
  private readonly chunks: Chunks | undefined

  /**
   * @param seq sequence number of its first byte (with its framing)
   * @param opening first bytes of the file that are kept
   */
  constructor(seq: number, framing: Framing, opening = 0) {
    this.next = seq >>> 0
    this.framing = framing
    this.contents = new Contents(opening)
    this.chunks = framing.chunked === true ? new Chunks() : undefined
  }

  get sha256(): string | undefined {
    return this.done && !this.broken && this.framing.whole ? this.contents.sha256 : undefined
  }

  /** A segment's payload b[from, to), of which `sent` bytes were sent; its FIN stands after them. */
  take(b: Uint8Array, from: number, to: number, sent: number, seq: number, fin: boolean): void {
    if (this.done || this.broken) return
    if (fin) this.fin = (seq + sent) >>> 0
    if (to > from) this.place(b, from, to, seq)
    // what the capture cut is missing for good
    if (sent > to - from && ((seq + sent - this.next) | 0) > 0 && ((this.next - seq) | 0) >= to - from) this.broken = true
    if (!this.done && this.fin !== undefined && this.next === this.fin) this.end()
  }

  close(): void {
    if (!this.done) this.broken = true
    this.waiting.length = 0
    this.held = 0
  }

  private place(b: Uint8Array, from: number, to: number, seq: number): void {
    const gap = (seq - this.next) | 0
    if (gap > 0) {
      this.keep(b, from, to, seq)
      return
    }
    if (gap + (to - from) <= 0) return
    this.accept(b, from - gap, to)
    while (!this.done && !this.broken && this.waiting.length > 0) {
      const first = this.waiting[0]!
      const offset = (first.seq - this.next) | 0
      if (offset > 0) break
      this.waiting.shift()
      this.held -= first.bytes.length
      if (offset + first.bytes.length > 0) this.accept(first.bytes, -offset, first.bytes.length)
    }
  }

  private keep(b: Uint8Array, from: number, to: number, seq: number): void {
    if (this.held + to - from > MAX_WAITING || this.waiting.length >= MAX_PIECES) {
      this.broken = true
      this.waiting.length = 0
      return
    }
    let i = this.waiting.length
    while (i > 0 && ((this.waiting[i - 1]!.seq - seq) | 0) > 0) i--
    this.waiting.splice(i, 0, { seq, bytes: b.slice(from, to) })
    this.held += to - from
  }

  /** Bytes that are next. */
  private accept(b: Uint8Array, from: number, to: number): void {
    this.next = (this.next + (to - from)) >>> 0
    if (!this.chunks) {
      const rest = (this.framing.length ?? Infinity) - this.contents.size
      this.write(b, from, Math.min(to, from + rest))
      if (this.contents.size === this.framing.length) this.end()
      return
    }
    this.chunks.take(b, from, to, this.writer)
    if (this.chunks.failed) this.broken = true
    else if (this.chunks.done) this.end()
  }

  private readonly writer = (b: Uint8Array, from: number, to: number) => this.write(b, from, to)

  private write(b: Uint8Array, from: number, to: number): void {
    if (to > from && !this.contents.write(b, from, to)) this.broken = true
  }

  private end(): void {
    const { length, chunked } = this.framing
    if ((length !== undefined && this.contents.size < length) || (chunked === true && !this.chunks!.done)) this.broken = true
    else this.done = true
    this.waiting.length = 0
    this.held = 0
  }
}

const MAX_LINE = 64

/** Takes a body out of its chunks. */
class Chunks {
  done = false
  failed = false
  /** Bytes of the chunk that are still to come; behind them a line break. */
  private left = 0
  private line = ''
  /** In a chunk's line break, in a line of its size, in its bytes, in the trailer. */
  private at: 'size' | 'bytes' | 'break' | 'trailer' = 'size'

  take(b: Uint8Array, from: number, to: number, write: (b: Uint8Array, from: number, to: number) => void): void {
    while (from < to && !this.done && !this.failed) {
      if (this.at === 'bytes') {
        const n = Math.min(this.left, to - from)
        write(b, from, from + n)
        from += n
        this.left -= n
        if (this.left === 0) this.at = 'break'
        continue
      }
      const byte = b[from++]!
      if (byte !== 10) {
        if (byte !== 13) this.line += String.fromCharCode(byte)
        if (this.line.length > MAX_LINE) this.failed = true
        continue
      }
      this.endLine()
      this.line = ''
    }
  }

  private endLine(): void {
    if (this.at === 'break') {
      this.failed = this.line !== ''
      this.at = 'size'
    } else if (this.at === 'trailer') this.done = this.line === ''
    else {
      const size = /^[0-9a-f]{1,8}(?=$|[ ;])/i.exec(this.line)?.[0]
      if (size === undefined) this.failed = true
      this.left = Number.parseInt(size ?? '0', 16)
      this.at = this.left === 0 ? 'trailer' : 'bytes'
    }
  }
}

/** Blocks that come again, of those before: a sender that heard no answer. */
const OLD = 64

/** One file on its way by TFTP (RFC 1350): blocks in order, the last of which is shorter than the others. */
export class Blocks implements Following {
  readonly contents: Contents
  done = false
  broken = false
  private next = 1
  private readonly block: number

  /** @param block bytes of each block but the last (RFC 2348) */
  constructor(block: number, opening: number) {
    this.block = block
    this.contents = new Contents(opening)
  }

  get sha256(): string | undefined {
    return this.done && !this.broken ? this.contents.sha256 : undefined
  }

  /** Block `number`'s bytes b[from, to), of which `sent` were sent. */
  take(number: number, b: Uint8Array, from: number, to: number, sent: number): void {
    if (this.done || this.broken) return
    if (number !== this.next) {
      this.broken = ((this.next - number) & 0xffff) > OLD
      return
    }
    // after 65,535 comes 0, as most have it
    this.next = (this.next + 1) & 0xffff
    if (sent > to - from || !this.contents.write(b, from, to)) this.broken = true
    else if (to - from < this.block) this.done = true
  }

  close(): void {
    if (!this.done) this.broken = true
  }
}

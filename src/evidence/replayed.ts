import { copyBytes } from '../decode/copy.ts'
import type { StreamPrefix } from '../decode/stream.ts'
import { PREFIX_BYTES } from '../flow/prefix.ts'
import * as event from './events.ts'
import { wordsFor } from './events.ts'

/** One direction of a conversation, as it comes with an event. */
export class Replayed implements StreamPrefix {
  // copied from the event: what is shared between threads is no argument for text decoders
  readonly bytes = new Uint8Array(PREFIX_BYTES)
  length = 0
  truncated = false
  midstream = false
  /** Of segments. */
  count = 0
  private words: Int32Array = NO_WORDS
  private framesAt = 0
  private offsetsAt = 0

  /** Reads what is said at `where`; the segments' frames are at `at`. Returns where they end. */
  begin(words: Int32Array, where: number, at: number): number {
    this.length = words[where + event.HELD]!
    const state = words[where + event.STATE]!
    this.truncated = (state & 1) !== 0
    this.midstream = (state & 2) !== 0
    this.words = words
    this.framesAt = at
    this.count = state >> 2
    return at + this.count
  }

  /** The segments' offsets are at `at`. Returns where they end. */
  offsets(at: number): number {
    this.offsetsAt = at
    return at + this.count
  }

  /** Copies the bytes at word `at`. Returns the word after them. */
  fill(bytes: Uint8Array, at: number): number {
    copyBytes(this.bytes, 0, bytes, at * 4, at * 4 + this.length)
    return at + wordsFor(this.length)
  }

  frameAt(offset: number): number {
    // by halves: the last that begins no later, or else the first
    let low = 0
    for (let high = this.count - 1; low < high;) {
      const middle = (low + high + 1) >> 1
      if (this.words[this.offsetsAt + middle]! > offset) high = middle - 1
      else low = middle
    }
    return this.count === 0 ? 0 : this.words[this.framesAt + low]! >>> 0
  }
}

const NO_WORDS = new Int32Array(0)

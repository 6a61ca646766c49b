import type { FrameRef } from '../evidence/evidence.ts'
import type { Packet } from '../decode/packet.ts'

/** Beyond a second's count of a million nothing is learnt. */
const COUNT_BITS = 20
const COUNT = (1 << COUNT_BITS) - 1
const FIRST_ROOM = 1 << 10
const CAPTURES = 2 ** 32

/**
 * How often something happened in the running second, by slot (a host and what it does): one word a slot, so that what is asked for every
 * packet is one load and one store. Grows with the highest slot asked for, which its user bounds.
 */
export class Rates {
  /** The second's lower bits, and the count. */
  private words = new Int32Array(FIRST_ROOM)
  private times = new Float64Array(FIRST_ROOM)
  private frames = new Float64Array(FIRST_ROOM)
  private second = 0
  private from = Infinity
  private until = -Infinity

  /** One more, at the packet's time: how many in its second. */
  count(slot: number, p: Packet): number {
    const { time } = p
    if (time < this.from || time >= this.until) {
      const second = Math.floor(time / 1e6)
      this.second = (second & 0x7ff) << COUNT_BITS
      this.from = second * 1e6
      this.until = this.from + 1e6
    }
    if (slot >= this.words.length) this.grow(slot)
    const word = this.words[slot]!
    const counted = word & COUNT
    if ((word & ~COUNT) !== this.second || counted === 0) {
      this.words[slot] = this.second | 1
      this.times[slot] = time
      this.frames[slot] = p.capture * CAPTURES + p.frame
      return 1
    }
    if (counted < COUNT) this.words[slot] = word + 1
    return counted + 1
  }

  /** Time of the first in the second counted last (microseconds). */
  firstTime(slot: number): number {
    return this.times[slot]!
  }

  firstFrame(slot: number): FrameRef {
    const at = this.frames[slot]!
    return { capture: Math.floor(at / CAPTURES), frame: at % CAPTURES }
  }

  private grow(slot: number): void {
    let size = this.words.length
    while (size <= slot) size *= 2
    const words = new Int32Array(size)
    const times = new Float64Array(size)
    const frames = new Float64Array(size)
    words.set(this.words)
    times.set(this.times)
    frames.set(this.frames)
    this.words = words
    this.times = times
    this.frames = frames
  }
}

import { place } from '../capture/frame-ref.ts'
import { randomInt } from 'node:crypto'
import { Seen } from '../decode/memo.ts'
import { grown, type Place, Recent } from '../decode/recent.ts'
import { MAX_MARKS } from '../flow/prefix.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import { withFrame } from './frames.ts'
import { type Kept, MAX_SIGNAL_FRAMES, raise, type SignalTally } from './ledger.ts'

/** Remembered by all together. */
const MAX_ECHOES = 8192
/** Longer contents are not remembered. */
const MAX_WORDS = 2048
/** Words of content remembered by all together. */
const MAX_HELD = 3 << 18
const MAX_TOUCHED = 64
/** Numbers that say between whom, from where, and what was known of them; and how many frames carried it. */
const SIGNATURE = 16

/** What was decoded and observed, and all that it counted towards. */
export interface Echo extends Place {
  notes: { observation: Kept; count: number; bytes: number; frame: number }[]
  signals: { signal: SignalTally; frame: number }[]
  /** What the observers left said of the flow, by side (FlowNotes.of). */
  left: [lo: number, hi: number]
  full: boolean
}

/**
 * Announcements (mDNS, SSDP) and polls (HTTP) come again and again word for word. From the third time on they need neither decoding nor
 * observing: what the first one counted towards is counted on. Between the same ends, of whom the same is known, and every byte
 * alike and cut into segments alike: nothing is taken for something else, and the frames that show it are the ones that would have
 * been found. Bounded; the oldest makes room.
 */
export class Repeats {
  /** Filled by the caller before `seen`, as many as SIGNATURE. */
  readonly signature = new Int32Array(SIGNATURE)
  /** The frames that carried the content, in order, and how many; filled by the caller. */
  readonly frames = new Uint32Array(2 * MAX_MARKS)
  frameCount = 0
  private readonly echoes: Recent<Echo>
  /** Signatures, each with the content after it. */
  private memory = new Int32Array(0)
  private readonly most: number
  private readonly before = new Seen()
  private readonly seed = randomInt(0x7fffffff)
  private recording: Echo | undefined

  /** @param share of the room that all have together */
  constructor(share = 1) {
    this.most = Math.floor(MAX_HELD * share)
    this.echoes = new Recent(this.most, MAX_ECHOES * share)
  }

  /**
   * Has the content words[from, to) been seen between these ends? Then it has been counted, and what it left in the flow is
   * returned. Else, from the second time on, what is noted until `end` will be counted when it comes again.
   */
  seen(words: Int32Array, from: number, to: number, time: number, capture: number): Echo | undefined {
    if (to - from > MAX_WORDS) return undefined
    const { signature } = this
    const hash = this.hash(words, from, to)
    const echo = this.echoes.get(hash)
    if (echo && this.is(echo, words, from, to)) {
      // what found no room, or is too much to remember, has to be gone through again
      if (echo.full) return undefined
      this.count(echo, time, capture)
      return echo
    }
    // most of what is said is said once: it is remembered when it comes the second time
    if (!this.before.again(hash)) return undefined
    const start = this.echoes.room(SIGNATURE + to - from)
    const end = start + SIGNATURE + to - from
    const memory = (this.memory = grown(this.memory, end, this.most))
    for (let i = 0; i < SIGNATURE; i++) memory[start + i] = signature[i]!
    for (let i = from, at = start + SIGNATURE; i < to; i++) memory[at++] = words[i]!
    this.recording = { start, end, notes: [], signals: [], left: [0, 0], full: false }
    this.echoes.set(hash, this.recording)
    return undefined
  }

  /** Is it of what is said now, and of words[from, to)? */
  private is({ start, end }: Echo, words: Int32Array, from: number, to: number): boolean {
    const { memory, signature } = this
    if (end - start !== SIGNATURE + to - from) return false
    for (let i = 0; i < SIGNATURE; i++) if (memory[start + i] !== signature[i]) return false
    for (let i = from, at = start + SIGNATURE; i < to; i++) if (memory[at++] !== words[i]) return false
    return true
  }

  private count({ notes, signals }: Echo, time: number, capture: number): void {
    for (let i = 0; i < notes.length; i++) {
      const { observation, count, bytes, frame } = notes[i]!
      observation.count += count
      observation.bytes += bytes
      if (time < observation.first) observation.first = time
      if (time > observation.last) observation.last = time
      const at = place(capture, this.frames[frame]!)
      observation.frames = withFrame(observation.frames, at, MAX_EXEMPLARS)
      if (observation.kind === 'sign') raise(observation, time, at)
    }
    for (let i = 0; i < signals.length; i++) {
      const { signal, frame } = signals[i]!
      signal.count++
      signal.frames = withFrame(signal.frames, place(capture, this.frames[frame]!), MAX_SIGNAL_FRAMES)
    }
  }

  /** Give the memory back. */
  release(): void {
    this.echoes.clear()
    this.memory = new Int32Array(0)
  }

  note(observation: Kept | undefined, count: number, bytes: number, at: number): void {
    const echo = this.recording
    if (!echo) return
    const frame = this.frameOf(at)
    if (!observation || frame < 0 || echo.notes.length >= MAX_TOUCHED) echo.full = true
    else echo.notes.push({ observation, count, bytes, frame })
  }

  noteSignal(signal: SignalTally | undefined, at: number): void {
    const echo = this.recording
    if (!echo || !signal) return
    const frame = this.frameOf(at)
    if (frame < 0) echo.full = true
    else echo.signals.push({ signal, frame })
  }

  /** Which of the frames it is, -1 for none of them. */
  private frameOf(frame: number): number {
    let i = this.frameCount - 1
    while (i >= 0 && this.frames[i] !== frame) i--
    return i
  }

  /** What is being noted counts towards more than observations: it has to be gone through each time. */
  refuse(): void {
    if (this.recording) this.recording.full = true
  }

  /** It has been gone through, and this is what it left in its flow. */
  end(lo: number, hi: number): void {
    const echo = this.recording
    if (!echo) return
    echo.left = [lo, hi]
    this.recording = undefined
  }

  private hash(words: Int32Array, from: number, to: number): number {
    let a = this.seed ^ (to - from)
    let b = 0
    for (let i = 0; i < SIGNATURE; i += 2) {
      a = Math.imul(a ^ this.signature[i]!, 0x9e3779b1)
      b = Math.imul(b ^ this.signature[i + 1]!, 0x85ebca77)
      a ^= a >>> 15
      b ^= b >>> 13
    }
    // two lanes: the multiplications wait for one another
    let i = from
    for (; i + 1 < to; i += 2) {
      a = Math.imul(a ^ words[i]!, 0x9e3779b1)
      b = Math.imul(b ^ words[i + 1]!, 0x85ebca77)
      a ^= a >>> 15
      b ^= b >>> 13
    }
    if (i < to) a = Math.imul(a ^ words[i]!, 0x9e3779b1)
    return a ^ Math.imul(b, 0xc2b2ae3d)
  }
}

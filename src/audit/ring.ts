import * as event from '../evidence/events.ts'
import { type Intake, MOST_WORDS, type Outlet, type Words, wordsOver } from '../evidence/events.ts'

/*
 * Events from one thread to one other, by a ring in shared memory: neither waits for the other but when the ring is full or empty.
 * The words between tail and head are whole events; an event never lies across the ring's end.
 */
const RING_WORDS = 1 << 19
/** Words written before the reader is told of them, and read before the writer is. */
const SHARE = 1 << 13
// words of `control`, a cache line apart
const HEAD = 0
const TAIL = 16
const FAILED = 32
const CONTROL_WORDS = 48
/** A reader that frees nothing for so many seconds has died. Counted one by one: while the process is stopped no more than one passes. */
const PATIENCE = 30

export interface Ring {
  events: SharedArrayBuffer
  control: SharedArrayBuffer
}

export function makeRing(): Ring {
  return { events: new SharedArrayBuffer(RING_WORDS * 4), control: new SharedArrayBuffer(CONTROL_WORDS * 4) }
}

/** The reader has failed, or no longer answers: its own error, if it has any, tells why. */
export class ThreadFailed extends Error {}

/** The writing end. Waits, blocking its thread, where the ring is full. */
export class RingOutlet implements Outlet {
  readonly words: Int32Array
  readonly floats: Float64Array
  readonly bytes: Uint8Array
  private readonly control: Int32Array
  /** Where the next event goes; what of it the reader knows; how far the reader was when last asked. */
  private at = 0
  private told = 0
  private tail = 0

  constructor(ring: Ring) {
    ;({ words: this.words, floats: this.floats, bytes: this.bytes } = wordsOver(ring.events))
    this.control = new Int32Array(ring.control)
  }

  room(words: number): number {
    while (!this.fits(words)) this.wait()
    return this.at
  }

  done(words: number): void {
    this.at += words
    if (this.at === RING_WORDS) this.at = 0
    if (this.at < this.told || this.at - this.told >= SHARE) this.flush()
  }

  /** The reader is told of all that is done. */
  flush(): void {
    if (this.told === this.at) return
    this.told = this.at
    Atomics.store(this.control, HEAD, this.at)
    Atomics.notify(this.control, HEAD)
  }

  end(): void {
    const at = this.room(2)
    this.words[at + event.SIZE] = 2
    this.words[at + event.KIND] = event.END
    this.done(2)
    this.flush()
  }

  /** Head and tail are alike when the ring is empty, so it is never filled to the last word. */
  private fits(words: number): boolean {
    const { at, tail } = this
    if (at < tail) return at + words < tail
    if (at + words < RING_WORDS || (at + words === RING_WORDS && tail > 0)) return true
    if (words >= tail) return false
    this.words[at + event.SIZE] = RING_WORDS - at
    this.words[at + event.KIND] = event.SKIP
    this.at = 0
    this.flush()
    return true
  }

  private wait(): void {
    const tail = Atomics.load(this.control, TAIL)
    if (tail === this.tail) {
      this.flush()
      let waited = 0
      while (Atomics.wait(this.control, TAIL, tail, 1000) === 'timed-out')
        if (++waited >= PATIENCE) throw new ThreadFailed('a thread of the audit no longer answers')
    }
    if (Atomics.load(this.control, FAILED) !== 0) throw new ThreadFailed('a thread of the audit has failed')
    this.tail = Atomics.load(this.control, TAIL)
  }
}

/**
 * The reading end: passes on what comes until its end, to the intake that `make` makes, blocking the thread where there is nothing.
 * Whatever is thrown, the writer is told that there is nobody to write for.
 */
export function drain<I extends Intake>(ring: Ring, make: () => I): I {
  const control = new Int32Array(ring.control)
  try {
    const intake = make()
    take(wordsOver(ring.events), control, intake)
    return intake
  } catch (error) {
    Atomics.store(control, FAILED, 1)
    Atomics.store(control, TAIL, -1)
    Atomics.notify(control, TAIL)
    throw error
  }
}

function take(events: Words, control: Int32Array, intake: Intake): void {
  const { words } = events
  let tail = 0
  for (;;) {
    const head = Atomics.load(control, HEAD)
    if (head === tail) {
      Atomics.wait(control, HEAD, head)
      continue
    }
    const whole = head > tail ? head : RING_WORDS
    let to = tail
    while (to < whole && to - tail < SHARE) to += words[to + event.SIZE]!
    if (intake.take(events, tail, to)) return
    tail = to === RING_WORDS ? 0 : to
    Atomics.store(control, TAIL, tail)
    Atomics.notify(control, TAIL)
  }
}

if (MOST_WORDS * 2 > RING_WORDS) throw new Error('a ring must hold two of the largest events')

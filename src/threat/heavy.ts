const SLOTS = 8
const NONE = -Infinity

/**
 * Which keys come often in the running second: whatever is more than a ninth of all is found, however many there are (frequent items after
 * Misra and Gries, 1982).
 */
export class Heavy {
  private readonly keys = new Float64Array(SLOTS).fill(NONE)
  private readonly counts = new Int32Array(SLOTS)
  private second = -1
  /** Keys that were seen in this second; a key that is forgotten and comes again counts again. */
  seen = 0

  /** One more; its number in this second as far as it is known, 0 where there is no room. */
  note(key: number, time: number): number {
    const second = Math.floor(time / 1e6)
    if (second !== this.second) {
      this.second = second
      this.keys.fill(NONE)
      this.counts.fill(0)
      this.seen = 0
    }
    let free = -1
    for (let i = 0; i < SLOTS; i++) {
      if (this.keys[i] === key && this.counts[i]! > 0) return ++this.counts[i]!
      if (free < 0 && this.counts[i] === 0) free = i
    }
    this.seen++
    if (free < 0) {
      for (let i = 0; i < SLOTS; i++) this.counts[i]!--
      return 0
    }
    this.keys[free] = key
    this.counts[free] = 1
    return 1
  }
}

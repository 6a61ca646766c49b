import { mix } from '../decode/mix.ts'
import type { Packet } from '../decode/packet.ts'
import { OWN, Rows, WORTH } from './rows.ts'

/** Distinct things tried without an answer, as bits: what shares a bit with one that answered does not count. At least so many. */
export const SILENT = OWN
/** Tries, and how many were answered. */
export const TRIES = OWN + 1
export const ANSWERS = OWN + 2
/** For who uses it. */
export const NOTE = OWN + 3
const TRIED = OWN + 4 // 256 bits
const ANSWERED = TRIED + 8
const WAITING = ANSWERED + 8 // those that were silent at SINCE
const SINCE = (WAITING + 8) / 2 // float64
const REGISTERS = WAITING + 10 // 256 bytes
const WORDS = REGISTERS + 64

/** Raised ones make room last. */
const RAISED = 1 << 20
/** An answer comes within this, microseconds, or never: TCP asks again after one second, and after two more (RFC 6298, section 2). */
const PATIENCE = 3e6

/**
 * How many different things (addresses, ports) were tried and how many of those never answered, by key, each row in half a kilobyte
 * however many it were: linear counting (Whang, Vander-Zanden and Taylor, 1990) in 256 bits for what decides, and 256 registers of
 * HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007; standard error 6.5 %) for what is told in the end.
 */
export class Sketches extends Rows {
  private readonly bytes: Uint8Array

  constructor(count: number, leaves?: (row: number) => void) {
    super(WORDS, count, leaves)
    this.bytes = new Uint8Array(this.words.buffer)
  }

  try(row: number, thing: number, p: Packet): void {
    const o = this.at(row)
    const w = this.words
    const h = mix(mix(this.seed, thing), thing)
    const word = (h >>> 5) & 7
    const bit = 1 << (h & 31)
    let fresh = false
    if ((w[o + TRIED + word]! & bit) === 0) {
      w[o + TRIED + word]! |= bit
      if ((w[o + ANSWERED + word]! & bit) === 0) {
        w[o + SILENT]!++
        w[o + WORTH]!++
        fresh = true
      }
    }
    w[o + TRIES]!++
    const at = (o + REGISTERS) * 4 + (h & 255)
    const rank = Math.clz32(mix(h, this.seed)) + 1
    if (this.bytes[at]! < rank) this.bytes[at] = rank
    this.note(row, p, fresh)
  }

  answer(row: number, thing: number): void {
    const o = this.at(row)
    const w = this.words
    const h = mix(mix(this.seed, thing), thing)
    const word = (h >>> 5) & 7
    const bit = 1 << (h & 31)
    w[o + ANSWERS]!++
    if ((w[o + ANSWERED + word]! & bit) !== 0) return
    w[o + ANSWERED + word]! |= bit
    if ((w[o + TRIED + word]! & bit) === 0) return
    w[o + SILENT]!--
    w[o + WORTH]!--
  }

  /**
   * Are `need` things silent, and not only on their way? Asked as tries come, of which those count that were made `patience`
   * (microseconds) before `time`.
   */
  isSure(row: number, need: number, time: number, patience = PATIENCE): boolean {
    const o = this.at(row)
    const w = this.words
    const since = (o >> 1) + SINCE
    if (w[o + SILENT]! < need) return false
    if (this.floats[since] !== 0) {
      if (time - this.floats[since]! < patience) return false
      let silent = 0
      for (let i = 0; i < 8; i++) silent += ones(w[o + WAITING + i]! & ~w[o + ANSWERED + i]!)
      if (silent >= need) return true
    }
    this.floats[since] = time
    for (let i = 0; i < 8; i++) w[o + WAITING + i] = w[o + TRIED + i]! & ~w[o + ANSWERED + i]!
    return false
  }

  raise(row: number): void {
    this.words[this.at(row) + WORTH]! |= RAISED
  }

  isRaised(row: number): boolean {
    return (this.words[this.at(row) + WORTH]! & RAISED) !== 0
  }

  /** Different things tried, about. */
  distinct(row: number): number {
    const at = (this.at(row) + REGISTERS) * 4
    let sum = 0
    let zeros = 0
    for (let i = at; i < at + 256; i++) {
      const rank = this.bytes[i]!
      sum += 2 ** -rank
      if (rank === 0) zeros++
    }
    const raw = (0.7213 / (1 + 1.079 / 256)) * (65536 / sum)
    return Math.round(raw <= 640 && zeros > 0 ? 256 * Math.log(256 / zeros) : raw)
  }
}

/** Bits that are set. */
export function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

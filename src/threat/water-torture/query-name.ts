import { mix } from '../../decode/mix.ts'
import { printable } from '../../decode/text.ts'

/** RFC 1035 section 4.1.1. */
const HEADER = 12
/** Shorter ones are numbers (of addresses, of machines), of which there are few; longer ones carry data, as a tunnel's do. */
const SHORTEST = 4
const LONGEST = 40

/** The first question's name in two: what is random in a water torture, and what it is under. */
export class QueryName {
  /** Hashes; case is none of names' (RFC 4343). */
  label = 0
  zone = 0
  length = 0
  private zoneAt = 0

  /** Reads b[o, end): false where it is no question of a name of three labels and more, or of an address (".arpa"), or its first label is too short or too long. */
  read(b: Uint8Array, o: number, end: number): boolean {
    if (end - o < HEADER + 5 || (b[o + 2]! & 0xf8) !== 0 || b[o + 4] !== 0 || b[o + 5] !== 1) return false
    let at = o + HEADER
    this.length = b[at]!
    if (this.length < SHORTEST || this.length > LONGEST) return false
    this.label = hash(b, at + 1, Math.min(end, at + 1 + this.length))
    at += 1 + this.length
    this.zoneAt = at
    let labels = 0
    let last = at
    while (at < end && b[at]! > 0) {
      if (b[at]! > 63) return false
      last = at
      labels++
      at += 1 + b[at]!
    }
    if (at >= end || labels < 2 || isArpa(b, last)) return false
    this.zone = hash(b, this.zoneAt, at)
    return true
  }

  /** What it is under, in text: of the bytes that were read last. */
  zoneText(b: Uint8Array): string {
    const labels: string[] = []
    for (let at = this.zoneAt; at < b.length && b[at]! > 0; at += 1 + b[at]!)
      labels.push(String.fromCharCode(...b.subarray(at + 1, at + 1 + b[at]!)))
    return printable(labels.join('.'))
  }
}

function hash(b: Uint8Array, o: number, end: number): number {
  let h = 0x243f6a88
  for (let i = o; i < end; i++) h = mix(h, b[i]! >= 0x41 && b[i]! <= 0x5a ? b[i]! | 0x20 : b[i]!)
  return h
}

function isArpa(b: Uint8Array, o: number): boolean {
  return (
    b[o] === 4 && (b[o + 1]! | 32) === 0x61 && (b[o + 2]! | 32) === 0x72 && (b[o + 3]! | 32) === 0x70 && (b[o + 4]! | 32) === 0x61
  )
}

import { mix } from '../../decode/mix.ts'
import type { Packet } from '../../decode/packet.ts'
import { type FrameRef, MAX_EXEMPLARS } from '../../evidence/evidence.ts'
import { Distinct } from '../distinct.ts'

export const TARGET = 0
export const REFLECTOR = 1
export const SOURCE = 2

/** What one host does, or what is done to it, by one service: some 2 KiB. */
export class Reflected {
  readonly handle: number
  readonly role: number
  readonly service: number
  /** Servers that answer or are asked; or who is said to have asked. */
  readonly others = new Distinct()
  readonly frames: FrameRef[] = []
  readonly lastFrame: FrameRef = { capture: 0, frame: 0 }
  first = -1
  last = -1
  /** What is counted: answers of others, or questions. */
  packets = 0
  bytes = 0
  /** A reflector's answers. */
  answers = 0
  answered = 0
  /** Of those that came again: TCP's, in a flow whose other end said nothing. */
  again = 0
  /** Questions like the first. */
  same = 0
  peak = 0
  /** Of the other addresses the one that is most of them, if one is (Boyer and Moore's vote). */
  favourite = 0
  readonly address = new Uint8Array(16)
  length = 4
  told = 0
  raised: { time: number; frame: FrameRef } | undefined
  private second = -1
  private inSecond = 0
  private votes = 0
  private digest = 0

  constructor(handle: number, role: number, service: number) {
    this.handle = handle
    this.role = role
    this.service = service
  }

  /** @param at offset of the other's address */
  take(p: Packet, at: number, bytes: number): void {
    if (this.first < 0) this.first = p.time
    this.last = p.time
    this.lastFrame.capture = p.capture
    this.lastFrame.frame = p.frame
    this.packets++
    this.bytes += bytes
    const length = p.ipVersion === 6 ? 16 : 4
    this.others.add(p.buf, at, length)
    this.vote(p.buf, at, length)
    const second = Math.floor(p.time / 1e6)
    if (second !== this.second) {
      this.second = second
      this.inSecond = 0
    }
    if (++this.inSecond > this.peak) this.peak = this.inSecond
    if (this.frames.length < MAX_EXEMPLARS) this.frames.push({ capture: p.capture, frame: p.frame })
  }

  /** Is the question like the first of them? By its length and last bytes: what names it is at its beginning. */
  ask({ buf, payload, payloadEnd, payloadWire }: Packet, whole: boolean): void {
    let h = payloadWire
    for (let i = Math.max(payload + 2, payloadEnd - (whole ? 64 : 16)); i < payloadEnd; i++) h = mix(h, buf[i]!)
    if (this.packets === 1) this.digest = h
    if (h === this.digest) this.same++
  }

  /** Seconds. */
  get duration(): number {
    return Math.max(0, this.last - this.first) / 1e6
  }

  private vote(b: Uint8Array, at: number, length: number): void {
    let same = length === this.length
    for (let i = 0; same && i < length; i++) same = this.address[i] === b[at + i]
    if (same) {
      this.votes++
      this.favourite++
    } else if (this.votes > 0) this.votes--
    else {
      this.votes = 1
      this.favourite = 1
      this.length = length
      for (let i = 0; i < length; i++) this.address[i] = b[at + i]!
    }
  }
}

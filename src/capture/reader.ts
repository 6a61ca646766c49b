import type { Packet } from '../decode/packet.ts'
import { Tally, type Format } from './format.ts'
import { Pcap, pcapOrder } from './pcap.ts'
import { Pcapng, SECTION } from './pcapng.ts'

/**
 * A capture's bytes in, packets out. Packets are read where they lie; only what crosses the border of two pieces is copied, into
 * one buffer that grows with what is there, never with what a length field claims.
 */
export class CaptureReader {
  readonly tally: Tally
  format: Format | undefined
  damaged: { offset: number; reason: string } | undefined
  /** No more bytes are wanted: the capture is damaged here, or the caller has what it came for. */
  done = false
  /** The first bytes are no capture's. */
  foreign = false
  private carry: Uint8Array = new Uint8Array(4096)
  private carryView = new DataView(this.carry.buffer)
  private carried = 0
  /** Offset in the capture of the next byte to be fed. */
  private offset = 0

  constructor(packet: Packet, onPacket: () => void) {
    this.tally = new Tally(packet, onPacket)
  }

  /** buf[0, length); `view` is over the same bytes. */
  feed(buf: Uint8Array, view: DataView, length: number): void {
    let pos = 0
    while (!this.done && pos < length) {
      if (this.carried > 0 || this.format === undefined) {
        const need = this.format?.need ?? 4
        const take = Math.min(need - this.carried, length - pos)
        this.keep(buf, pos, pos + take)
        pos += take
        if (this.carried < need) break
        if (this.format === undefined) this.detect()
        else if (this.consume(this.format, this.carry, this.carryView, 0, this.carried, this.offset + pos - this.carried) > 0)
          this.carried = 0
      } else {
        pos = this.consume(this.format, buf, view, pos, length, this.offset)
        if (!this.done && pos < length) {
          this.keep(buf, pos, length)
          pos = length
        }
      }
    }
    this.offset += length
  }

  /** No more bytes come. */
  end(): void {
    if (this.done) return
    if (this.format === undefined) this.foreign = true
    else if (this.carried > 0)
      this.damaged = { offset: this.offset - this.carried, reason: this.format.cut(this.carryView, this.carried) }
    this.done = true
  }

  /** The bytes stop being readable here (a broken compressed stream). */
  fail(reason: string): void {
    if (this.done) return
    if (this.format === undefined) this.foreign = true
    else this.damaged = { offset: this.offset - this.carried, reason }
    this.done = true
  }

  private consume(format: Format, buf: Uint8Array, view: DataView, pos: number, end: number, base: number): number {
    const next = format.consume(buf, view, pos, end)
    if (format.damage !== '') {
      this.damaged = { offset: base + next, reason: format.damage }
      this.done = true
    }
    return next
  }

  private detect(): void {
    const order = pcapOrder(this.carryView)
    if (order !== undefined) this.format = new Pcap(this.tally, order === 'little')
    else if (this.carryView.getUint32(0) === SECTION) this.format = new Pcapng(this.tally)
    else this.foreign = this.done = true
  }

  private keep(buf: Uint8Array, from: number, to: number): void {
    const size = this.carried + to - from
    if (size > this.carry.length) {
      const grown = new Uint8Array(Math.max(size, this.carry.length * 2))
      grown.set(this.carry.subarray(0, this.carried))
      this.carry = grown
      this.carryView = new DataView(grown.buffer)
    }
    this.carry.set(buf.subarray(from, to), this.carried)
    this.carried = size
  }
}

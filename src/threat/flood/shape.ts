import { mix } from '../../decode/mix.ts'
import type { Packet } from '../../decode/packet.ts'

/** Packets of which ports are looked at, and of which payload is. */
const PORT_SAMPLE = 1024
const PAYLOAD_SAMPLE = 256
/** Too few tell nothing. */
const LEAST = 128
const MARKS = 2048
/** Of the payload's first four bytes. */
const BITS = 32
/** Where a bit of chance may be: 200 throws of a coin come out further off once in a hundred thousand times. */
const CHANCE_LOW = 0.33
const CHANCE_HIGH = 0.67
/** Below this are no ports that a system draws for its own connections (Linux from 32768, IANA's range from 49152). */
const EPHEMERAL = 32_768

/** What the packets of one flood look like beside each other: ports and payload of the first of them. */
export class Shape {
  private readonly to = new Marks()
  private readonly from = new Marks()
  private lowFrom = 0
  private ported = 0
  private loaded = 0
  private payloads = 0
  private same = 0
  private digest = 0
  private readonly ones = new Uint16Array(BITS)

  /** @param from where it comes from and where it goes: ports, or what stands for them in a tunnel */
  take(p: Packet, from: number, to: number): void {
    if (this.ported < PORT_SAMPLE) {
      this.ported++
      this.to.add(to)
      this.from.add(from)
      if (from < EPHEMERAL) this.lowFrom++
    }
    if (this.payloads < PAYLOAD_SAMPLE) this.payload(p)
  }

  private payload({ buf, payload, payloadEnd, payloadWire }: Packet): void {
    this.payloads++
    const held = payloadEnd - payload
    let h = payloadWire
    for (let i = 0; i < 16 && i < held; i++) h = mix(h, (buf[payload + i]! << 8) | buf[payloadEnd - 1 - i]!)
    if (this.payloads === 1) this.digest = h
    if (h === this.digest) this.same++
    if (held < 4) return
    this.loaded++
    for (let i = 0; i < BITS; i++) if ((buf[payload + (i >> 3)]! >> (i & 7)) & 1) this.ones[i]!++
  }

  /** Mostly to ports that no packet before went to. */
  get toScattered(): boolean {
    return this.to.distinct >= this.ported / 2
  }

  get fromScattered(): boolean {
    return this.from.distinct >= this.ported / 2
  }

  /** A few ports, again and again. */
  get toFew(): boolean {
    return this.to.distinct <= this.ported / 4
  }

  /** From ports of the whole range, as no system chooses them for its own connections. */
  get fromAnywhere(): boolean {
    return this.fromScattered && this.lowFrom >= this.ported * 0.3 && this.lowFrom <= this.ported * 0.7
  }

  get ports(): number {
    return Math.round(this.to.distinct)
  }

  /** Every payload is the same. */
  get constant(): boolean {
    return this.payloads >= LEAST && this.same >= this.payloads * 0.98
  }

  /** No two payloads are alike from their first bit on, as is no protocol's: each has a header. */
  get random(): boolean {
    if (this.loaded < LEAST) return false
    for (const ones of this.ones) if (ones < this.loaded * CHANCE_LOW || ones > this.loaded * CHANCE_HIGH) return false
    return true
  }
}

/** How many numbers of a sample were different: linear counting (Whang, Vander-Zanden and Taylor, 1990). */
class Marks {
  private readonly words = new Int32Array(MARKS / 32)
  private set = 0

  add(n: number): void {
    const h = mix(0x510e527f, n) & (MARKS - 1)
    const bit = 1 << (h & 31)
    if (this.words[h >> 5]! & bit) return
    this.words[h >> 5]! |= bit
    this.set++
  }

  get distinct(): number {
    return this.set >= MARKS ? MARKS : -MARKS * Math.log(1 - this.set / MARKS)
  }
}

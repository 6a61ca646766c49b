import { addDrops, type Drops } from './drops.ts'
import { MAX_BLOCK, MAX_PACKET, type Format, type Tally } from './format.ts'

export const SECTION = 0x0a0d0d0a
const ORDER = 0x1a2b3c4d
const INTERFACE = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const STATISTICS = 5
const ENHANCED_PACKET = 6

const OPT_END = 0
const OPT_IF_TSRESOL = 9
const OPT_IF_TSOFFSET = 14
const OPT_ISB_IFDROP = 5
const OPT_ISB_OSDROP = 7

const UNKNOWN = 2n ** 64n - 1n
const MOST = BigInt(Number.MAX_SAFE_INTEGER)

/** A section with more is no capture of a network. */
const MAX_INTERFACES = 65_536

interface Interface {
  linkType: number
  snapLength: number
  /** Units of time in a microsecond where that is a whole number up to a million (the usual resolutions); 0 otherwise. */
  divisor: number
  /** Units of time in a second. */
  units: bigint
  /** Seconds to add. */
  offset: bigint
  /** As the section's latest statistics have it: they count from the capture's start. */
  dropped: Drops | undefined
}

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html */
export class Pcapng implements Format {
  readonly name = 'pcapng'
  need = 12
  damage = ''
  private readonly tally: Tally
  private little = true
  private started = false
  private interfaces: Interface[] = []
  /** Of the sections before this one. */
  private droppedBefore: Drops | undefined
  // time of the packet just read, for nanoseconds()
  private timeHigh = 0
  private timeLow = 0
  private timeOf: Interface | undefined

  constructor(tally: Tally) {
    this.tally = tally
  }

  consume(buf: Uint8Array, view: DataView, pos: number, end: number): number {
    while (end - pos >= 12) {
      let type = view.getUint32(pos, this.little)
      if (type === SECTION) {
        if (view.getUint32(pos + 8, true) === ORDER) this.little = true
        else if (view.getUint32(pos + 8, false) === ORDER) this.little = false
        else return this.damaged(pos, 'a section header without byte-order mark')
        this.started = true
      } else if (!this.started) return this.damaged(pos, 'no section header at the start')
      const little = this.little
      const length = view.getUint32(pos + 4, little)
      if (length < 12 || length > MAX_BLOCK)
        return this.damaged(pos, `a block of ${length} bytes (12 to ${MAX_BLOCK} are possible)`)
      // writers that forgot the padding are read as Wireshark reads them
      const padded = (length + 3) & ~3
      if (end - pos < padded) {
        this.need = padded
        return pos
      }
      if (view.getUint32(pos + padded - 4, little) !== length) return this.damaged(pos, 'a block whose two lengths differ')
      const bodyEnd = pos + padded - 4
      if (type === ENHANCED_PACKET) this.enhanced(buf, view, pos + 8, bodyEnd)
      else if (type === SIMPLE_PACKET) this.simple(buf, view, pos + 8, bodyEnd)
      else if (type === PACKET) this.obsolete(buf, view, pos + 8, bodyEnd)
      else if (type === INTERFACE) this.interface(view, pos + 8, bodyEnd)
      else if (type === SECTION) this.section(view, pos + 8, bodyEnd)
      else if (type === STATISTICS) this.statistics(view, pos + 8, bodyEnd)
      else if (isRecord(type)) this.tally.frames++
      if (this.damage !== '') return pos
      pos += padded
    }
    this.need = 12
    return pos
  }

  private damaged(pos: number, reason: string): number {
    this.damage = reason
    return pos
  }

  private section(view: DataView, pos: number, end: number): void {
    if (end - pos < 16) this.damage = `a section header of only ${end - pos} bytes`
    else if (view.getUint16(pos + 4, this.little) !== 1)
      this.damage = `a section in pcapng version ${view.getUint16(pos + 4, this.little)}, which is not known`
    this.droppedBefore = this.dropped()
    this.interfaces = []
  }

  private interface(view: DataView, pos: number, end: number): void {
    const little = this.little
    if (end - pos < 8) {
      this.damage = `an interface description of only ${end - pos} bytes`
      return
    }
    if (this.interfaces.length >= MAX_INTERFACES) {
      this.damage = `more than ${MAX_INTERFACES} interfaces in one section`
      return
    }
    const described: Interface = {
      linkType: view.getUint16(pos, little),
      snapLength: view.getUint32(pos + 4, little),
      divisor: 1,
      units: 1_000_000n,
      offset: 0n,
      dropped: undefined,
    }
    for (let o = pos + 8; end - o >= 4;) {
      const option = view.getUint16(o, little)
      const length = view.getUint16(o + 2, little)
      const value = o + 4
      if (option === OPT_END || value + length > end) break
      if (option === OPT_IF_TSRESOL && length === 1) {
        const resolution = view.getUint8(value)
        const exponent = resolution & 0x7f
        described.units = resolution & 0x80 ? 2n ** BigInt(exponent) : 10n ** BigInt(exponent)
        described.divisor = resolution >= 6 && resolution <= 12 ? 10 ** (resolution - 6) : 0
      } else if (option === OPT_IF_TSOFFSET && length === 8) {
        described.offset = view.getBigInt64(value, little)
        if (described.offset !== 0n) described.divisor = 0
      }
      o = value + ((length + 3) & ~3)
    }
    // an offset may stand before the resolution
    if (described.offset !== 0n) described.divisor = 0
    this.interfaces.push(described)
  }

  /** Section 4.6. What counts of no interface that is described is nobody's. */
  private statistics(view: DataView, pos: number, end: number): void {
    const little = this.little
    const of = end - pos < 12 ? undefined : this.interfaces[view.getUint32(pos, little)]
    if (of === undefined) return
    let dropped: Drops | undefined
    for (let o = pos + 12; end - o >= 4;) {
      const option = view.getUint16(o, little)
      const length = view.getUint16(o + 2, little)
      const value = o + 4
      if (option === OPT_END || value + length > end) break
      if (length === 8 && (option === OPT_ISB_IFDROP || option === OPT_ISB_OSDROP)) {
        const n = view.getBigUint64(value, little)
        // all ones are how programs write that they do not know
        if (n !== UNKNOWN) {
          const total = Number(n < MOST ? n : MOST)
          dropped = addDrops(dropped, option === OPT_ISB_IFDROP ? { total, interface: total } : { total, system: total })
        }
      }
      o = value + ((length + 3) & ~3)
    }
    if (dropped !== undefined) of.dropped = dropped
  }

  dropped(): Drops | undefined {
    let sum = this.droppedBefore
    for (const { dropped } of this.interfaces) if (dropped !== undefined) sum = addDrops(sum, dropped)
    return sum
  }

  private enhanced(buf: Uint8Array, view: DataView, pos: number, end: number): void {
    if (end - pos < 20) {
      this.damage = `a packet block of only ${end - pos} bytes`
      return
    }
    this.timed(buf, view, view.getUint32(pos, this.little), pos, end)
  }

  /** Appendix A: as the enhanced block, but with a short interface number and a count of lost packets. */
  private obsolete(buf: Uint8Array, view: DataView, pos: number, end: number): void {
    if (end - pos < 20) {
      this.damage = `a packet block of only ${end - pos} bytes`
      return
    }
    this.timed(buf, view, view.getUint16(pos, this.little), pos, end)
  }

  private timed(buf: Uint8Array, view: DataView, index: number, pos: number, end: number): void {
    const little = this.little
    const from = this.interfaces[index]
    if (from === undefined) {
      this.damage = `a packet of interface ${index}, which nothing describes`
      return
    }
    const captured = view.getUint32(pos + 12, little)
    if (!this.fits(captured, pos + 20, end)) return
    const high = (this.timeHigh = view.getUint32(pos + 4, little))
    const low = (this.timeLow = view.getUint32(pos + 8, little))
    this.timeOf = from
    const time =
      from.divisor === 1
        ? high * 4294967296 + low
        : from.divisor > 1
          ? divide(high, low, from.divisor)
          : slowTime(high, low, from)
    this.tally.emit(buf, pos + 20, pos + 20 + captured, view.getUint32(pos + 16, little), time, from.linkType)
  }

  /** Section 4.4: no interface (the first is meant), no time, and no captured length: the snap length tells. */
  private simple(buf: Uint8Array, view: DataView, pos: number, end: number): void {
    const from = this.interfaces[0]
    if (from === undefined) {
      this.damage = 'a simple packet before any interface'
      return
    }
    if (end - pos < 4) {
      this.damage = `a simple packet block of only ${end - pos} bytes`
      return
    }
    const wire = view.getUint32(pos, this.little)
    const captured = from.snapLength !== 0 && wire > from.snapLength ? from.snapLength : wire
    if (!this.fits(captured, pos + 4, end)) return
    this.timeOf = undefined
    this.tally.emit(buf, pos + 4, pos + 4 + captured, wire, 0, from.linkType)
  }

  private fits(captured: number, start: number, end: number): boolean {
    if (captured > MAX_PACKET) this.damage = `a packet of ${captured} bytes, more than any capture holds (${MAX_PACKET})`
    else if (captured > end - start) this.damage = `a packet of ${captured} bytes in a block with room for ${end - start}`
    else return true
    return false
  }

  cut(view: DataView, length: number): string {
    if (length < 8) return `the file ends within a block's header (${length} of 8 bytes)`
    return `the file ends within a block (${length} of ${view.getUint32(4, this.little)} bytes)`
  }

  nanoseconds(): number {
    const from = this.timeOf
    if (from === undefined) return 0
    const time = (BigInt(this.timeHigh) << 32n) | BigInt(this.timeLow)
    return Number(((time * 1_000_000_000n) / from.units) % 1000n)
  }
}

/** floor((high * 2^32 + low) / d) for d up to a million, in doubles: neither step leaves 2^53. */
function divide(high: number, low: number, d: number): number {
  const quotient = Math.floor(high / d)
  const rest = high - quotient * d
  return quotient * 4294967296 + Math.floor((rest * 4294967296 + low) / d)
}

function slowTime(high: number, low: number, from: Interface): number {
  const time = (BigInt(high) << 32n) | BigInt(low)
  return Number((time * 1_000_000n) / from.units + from.offset * 1_000_000n)
}

/** What Wireshark gives a frame number although it is no packet: systemd's journal, custom blocks, Sysdig's events. */
function isRecord(type: number): boolean {
  return type === 9 || type === 0xbad || type === 0x40000bad || type === 0x204 || type === 0x216 || type === 0x221
}

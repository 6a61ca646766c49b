import { MAX_PACKET, type Format, type Tally } from './format.ts'

const MICROSECONDS = 0xa1b2c3d4
const NANOSECONDS = 0xa1b23c4d
/** A. Kuznetzov's variant, with the interface, protocol and packet type after each packet's header. */
const MODIFIED = 0xa1b2cd34

const FILE_HEADER = 24

/** Whether these four bytes begin a pcap file; in which byte order. */
export function pcapOrder(view: DataView): 'little' | 'big' | undefined {
  if (known(view.getUint32(0, true))) return 'little'
  if (known(view.getUint32(0, false))) return 'big'
  return undefined
}

function known(magic: number): boolean {
  return magic === MICROSECONDS || magic === NANOSECONDS || magic === MODIFIED
}

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html */
export class Pcap implements Format {
  readonly name = 'pcap'
  need = FILE_HEADER
  damage = ''
  private readonly tally: Tally
  private readonly little: boolean
  private started = false
  private recordHeader = 16
  private nano = false
  private linkType = 0
  /** Files older than version 2.4 may hold the two lengths in the other order. */
  private minor = 4
  private lastFraction = 0

  constructor(tally: Tally, little: boolean) {
    this.tally = tally
    this.little = little
  }

  consume(buf: Uint8Array, view: DataView, pos: number, end: number): number {
    if (!this.started) {
      if (end - pos < FILE_HEADER) {
        this.need = FILE_HEADER
        return pos
      }
      this.header(view, pos)
      pos += FILE_HEADER
    }
    const little = this.little
    const header = this.recordHeader
    const nano = this.nano
    const linkType = this.linkType
    const tally = this.tally
    while (end - pos >= header) {
      let captured = view.getUint32(pos + 8, little)
      let wire = view.getUint32(pos + 12, little)
      if (this.minor < 4 && (this.minor < 3 || captured > wire)) {
        const swap = captured
        captured = wire
        wire = swap
      }
      if (captured > MAX_PACKET) {
        this.damage = `a packet of ${captured} bytes, more than any capture holds (${MAX_PACKET})`
        return pos
      }
      const start = pos + header
      const next = start + captured
      if (next > end) {
        this.need = header + captured
        return pos
      }
      const fraction = view.getUint32(pos + 4, little)
      const seconds = view.getUint32(pos, little)
      this.lastFraction = fraction
      tally.emit(buf, start, next, wire, seconds * 1e6 + (nano ? Math.floor(fraction / 1000) : fraction), linkType)
      pos = next
    }
    this.need = header
    return pos
  }

  private header(view: DataView, pos: number): void {
    const magic = view.getUint32(pos, this.little)
    this.nano = magic === NANOSECONDS
    this.recordHeader = magic === MODIFIED ? 24 : 16
    this.minor = view.getUint16(pos + 4, this.little) === 2 ? view.getUint16(pos + 6, this.little) : 4
    // the upper bits tell of frame check sequences (section 4 of the draft)
    this.linkType = view.getUint32(pos + 20, this.little) & 0xffff
    this.started = true
  }

  cut(_view: DataView, length: number): string {
    if (!this.started) return `the file ends within its header (${length} of ${FILE_HEADER} bytes)`
    if (length < this.recordHeader) return `the file ends within a packet's header (${length} of ${this.recordHeader} bytes)`
    return `the file ends within a packet (${length - this.recordHeader} of ${this.need - this.recordHeader} bytes)`
  }

  nanoseconds(): number {
    return this.nano ? this.lastFraction % 1000 : 0
  }

  /** The format has no place for it. */
  dropped(): undefined {
    return undefined
  }
}

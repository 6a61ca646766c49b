import type { Packet } from '../decode/packet.ts'
import type { Drops } from './drops.ts'

/**
 * Larger than any snap length in use (tcpdump's and Wireshark's bound): a longer packet is damage, not an allocation. USB and
 * D-Bus captures may hold longer ones; nothing here reads those.
 */
export const MAX_PACKET = 262_144
export const MAX_BLOCK = 16 * 1024 * 1024
/** The year 2255: microseconds beyond it are not exact in a double, nor believable; they count as none. */
const LAST_TIME = Number.MAX_SAFE_INTEGER

/** What both formats keep while they read. */
export class Tally {
  readonly packet: Packet
  readonly onPacket: () => void
  packets = 0
  bytes = 0
  /** Highest frame number given; above `packets` where Wireshark numbers what is no packet. */
  frames = 0
  first = Infinity
  last = -Infinity
  readonly linkTypes: number[] = []
  private linkType = -1

  constructor(packet: Packet, onPacket: () => void) {
    this.packet = packet
    this.onPacket = onPacket
  }

  /** One packet, whose bytes are buf[start, end). */
  emit(buf: Uint8Array, start: number, end: number, wireLength: number, time: number, linkType: number): void {
    const p = this.packet
    p.buf = buf
    p.start = start
    p.end = end
    p.wireLength = wireLength
    p.linkType = linkType
    p.frame = ++this.frames
    this.packets++
    this.bytes += end - start
    if (time > 0 && time <= LAST_TIME) {
      p.time = time
      if (time < this.first) this.first = time
      if (time > this.last) this.last = time
    } else p.time = 0
    if (linkType !== this.linkType) this.seen(linkType)
    this.onPacket()
  }

  private seen(linkType: number): void {
    this.linkType = linkType
    if (!this.linkTypes.includes(linkType)) this.linkTypes.push(linkType)
  }
}

/** A format's parser over bytes that arrive in pieces. */
export interface Format {
  readonly name: 'pcap' | 'pcapng'
  /**
   * Reads every whole unit (header, packet, block) in buf[pos, end) and returns the position of the first that is not whole;
   * `need` is then how long that one is at least. With `damage` set, the returned position is where it is.
   */
  consume(buf: Uint8Array, view: DataView, pos: number, end: number): number
  need: number
  damage: string
  /** What the capture broke off in, by a unit's bytes that are there. */
  cut(view: DataView, length: number): string
  /** Of the packet just emitted: nanoseconds beyond its whole microseconds. */
  nanoseconds(): number
  /** What the capture itself says of packets that were lost; undefined where it says nothing. */
  dropped(): Drops | undefined
}

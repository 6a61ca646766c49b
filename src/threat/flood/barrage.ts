import type { Packet } from '../../decode/packet.ts'
import { type FrameRef, MAX_EXEMPLARS } from '../../evidence/evidence.ts'
import { Distinct } from '../distinct.ts'
import { Shape } from './shape.ts'

/** What the flow table says of the packet. */
export interface Passing {
  /** It is the first of its flow. */
  created: boolean
  /** Its source address is not the sender's. */
  forged: boolean
  bytes: number
  from: number
  to: number
}

/** Segments of flows that are compared with the segment before. */
const FLOWS = 16

/** What goes by one vector to one target (or network of 256 addresses), as it is counted once there is more of it than usual. Some 3 KiB. */
export class Barrage {
  /** Of the target: the network's, and one of its addresses in text. */
  readonly key: number
  readonly target: string
  readonly port: number
  readonly shape = new Shape()
  readonly sources = new Distinct()
  /** Its first source address in text. */
  readonly source: string
  readonly frames: FrameRef[] = []
  first: number
  last: number
  lastFrame: FrameRef
  packets = 0
  bytes = 0
  /** First packets of flows. */
  created = 0
  forged = 0
  /** Packets from the source or to the port of the first. */
  fromFirst = 0
  toFirst = 0
  /** TCP: flows in which the handshake was finished, answers by RST, by SYN and ACK, and others. */
  completed = 0
  refused = 0
  accepted = 0
  answered = 0
  /** TCP: segments that were not where the one before of their flow had ended; and those of which nothing was heard for a second. */
  loose = 0
  unheeded = 0
  /** Its sender may be a router: where nobody knows yet. */
  unsure = 0
  /** Running second, what was in it, and in the worst. */
  second: number
  inSecond = 0
  peak = 0
  seconds = 1
  raised = false
  /** Of which addresses of the network, as far as they are 256. */
  private readonly addresses = new Int32Array(8)
  targets = 0
  private readonly flows = new Int32Array(FLOWS)
  private readonly next = new Int32Array(FLOWS)
  private readonly heard = new Int32Array(FLOWS)
  private readonly heardAt = new Float64Array(FLOWS)

  constructor(key: number, p: Packet, ends: { target: string; source: string; port: number }) {
    this.key = key
    this.target = ends.target
    this.source = ends.source
    this.port = ends.port
    this.first = p.time
    this.last = p.time
    this.second = Math.floor(p.time / 1e6)
    this.lastFrame = { capture: p.capture, frame: p.frame }
  }

  get duration(): number {
    return Math.max(0, this.last - this.first) / 1e6
  }

  take(p: Packet, { created, forged, bytes, from, to }: Passing): void {
    const length = p.ipVersion === 6 ? 16 : 4
    this.packets++
    this.bytes += bytes
    this.last = p.time
    this.lastFrame.capture = p.capture
    this.lastFrame.frame = p.frame
    if (created) this.created++
    if (forged) this.forged++
    if (to === this.port) this.toFirst++
    this.sources.add(p.buf, p.srcIp, length)
    this.mark(p.buf[p.dstIp + length - 1]!)
    this.shape.take(p, from, to)
    const second = Math.floor(p.time / 1e6)
    if (second !== this.second) {
      this.second = second
      this.seconds++
      this.inSecond = 0
    }
    if (++this.inSecond > this.peak) this.peak = this.inSecond
    if (this.frames.length < MAX_EXEMPLARS) this.frames.push({ capture: p.capture, frame: p.frame })
  }

  /** What was counted before there was reason to look: all to here, as nothing else was seen to go anywhere. */
  before(packets: number, bytes: number, first: number, frame: FrameRef): void {
    this.packets += packets
    this.bytes += bytes
    this.created += packets
    this.inSecond += packets
    this.first = Math.min(this.first, first)
    this.frames.unshift(frame)
  }

  /** Is the segment where TCP would have sent it, and heard by the other end, which has sent `heard` packets? Else it is of no connection. */
  segment(p: Packet, flow: number, heard: number): void {
    const i = flow & (FLOWS - 1)
    const known = this.flows[i] === flow
    if (known && this.next[i] !== (p.tcpSeq | 0)) this.loose++
    if (!known || this.heard[i] !== heard) {
      this.heard[i] = heard
      this.heardAt[i] = p.time
    }
    this.flows[i] = flow
    this.next[i] = (p.tcpSeq + p.payloadWire) | 0
    if (p.time - this.heardAt[i]! > 1e6) this.unheeded++
  }

  private mark(low: number): void {
    const bit = 1 << (low & 31)
    if (this.addresses[low >> 5]! & bit) return
    this.addresses[low >> 5]! |= bit
    this.targets++
  }
}

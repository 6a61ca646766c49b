import { type FrameRef, place, refOf } from '../capture/frame-ref.ts'
import { flatten } from '../decode/text.ts'
import { type Packet, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP, TCP_ACK, TCP_SYN } from '../decode/packet.ts'

/** So many of a host's packets are looked at (less than a byte counts): setting up and calling home show what a thing is, and then repeat. */
export const LOOKED_AT = 255
const MAX_SHAPES = 64
const MAX_STACKS = 4
/** Window scale is 14 at most (RFC 7323, 2.3), options take 40 bytes at most. */
const MAX_OPTIONS = 20

/** A trait, and the packet that showed it first. */
export interface Trait {
  trait: string
  frame: FrameRef
}

/**
 * How a host behaves in its first packets, whatever it calls itself and whoever made its network interface: the sizes of what it
 * sends by service, and how its TCP/IP stack opens a connection. Nothing here depends on addresses, names or the content of a payload.
 */
export class FirstPackets {
  // of most hosts there are a few: lists as large as they have to be
  private shapes: readonly number[] = []
  private stacks: readonly Trait[] = []

  /**
   * @param p a packet of the host's
   * @param client whether the host opened the flow
   */
  take(p: Packet, client: boolean): void {
    const { protocol } = p
    if (p.transport < 0) return
    if (protocol === PROTO_TCP) {
      if (p.tcpFlags & TCP_SYN) this.stack(p)
      if (p.payloadWire > 0) this.shape(client, 0, client ? p.dstPort : p.srcPort, p)
    } else if (protocol === PROTO_UDP) this.shape(client, 1, client ? p.dstPort : p.srcPort, p)
    else if (protocol === PROTO_ICMP || protocol === PROTO_ICMPV6) this.shape(client, 2, p.srcPort, p)
  }

  private shape(client: boolean, transport: number, port: number, p: Packet): void {
    const shape = (client ? 1 << 30 : 0) | (transport << 28) | (port << 12) | Math.min(p.payloadWire, 4095)
    const { shapes } = this
    if (shapes.length >= 2 * MAX_SHAPES) return
    for (let i = 0; i < shapes.length; i += 2) if (shapes[i] === shape) return
    this.shapes = shapes.concat(shape, place(p.capture, p.frame))
  }

  /** How the stack opens or accepts connections: initial hop limit, window, options in their order (RFC 9293, 3.1 and 3.2). */
  private stack(p: Packet): void {
    if (this.stacks.length >= MAX_STACKS) return
    const b = p.buf
    const { transport } = p
    let size = 0
    let scale = 0
    let layout = ''
    const end = Math.min(p.payload, p.end)
    for (let o = transport + 20, n = 0; o < end && n < MAX_OPTIONS; n++) {
      const kind = b[o]!
      layout += OPTIONS[kind] ?? `?${kind}`
      if (kind === 0) break
      if (kind === 1) {
        o++
        continue
      }
      const length = b[o + 1] ?? 0
      if (length < 2 || o + length > end) break
      if (kind === 2 && length === 4) size = (b[o + 2]! << 8) | b[o + 3]!
      if (kind === 3 && length === 3) scale = b[o + 2]!
      o += length
    }
    const window = (b[transport + 14]! << 8) | b[transport + 15]!
    const how = p.tcpFlags & TCP_ACK ? 'accepts' : 'opens'
    const trait = `${how} hops ${initialHops(p.hopLimit)} window ${windowText(window, size)} segment ${size} scale ${scale} options ${layout}`
    flatten(trait)
    if (!this.stacks.some((s) => s.trait === trait))
      this.stacks = this.stacks.concat({ trait, frame: { capture: p.capture, frame: p.frame } })
  }

  /** As plain data, small enough to go to another thread by the thousand. */
  manner(): Manner {
    return { shapes: this.shapes, stacks: this.stacks }
  }
}

/** What first packets showed; `traitsOf` says it in words. */
export interface Manner {
  /** Pairs of: role (bit 30), transport (28), service port (12), payload size up to 4095; and the `place` of the frame that showed it first. */
  shapes: readonly number[]
  stacks: readonly Trait[]
}

/** In words, for comparing and for people: "sends udp/53 40", "answers tcp/80 512", "opens hops 64 …". */
export function traitsOf({ shapes, stacks }: Manner): Trait[] {
  const traits = [...stacks]
  for (let i = 0; i < shapes.length; i += 2) {
    const shape = shapes[i]!
    const transport = TRANSPORTS[(shape >> 28) & 3]!
    traits.push({
      trait: `${shape & (1 << 30) ? 'sends' : 'answers'} ${transport}/${(shape >> 12) & 0xffff} ${shape & 4095}`,
      frame: refOf(shapes[i + 1]!),
    })
  }
  return traits
}

const TRANSPORTS = ['tcp', 'udp', 'icmp'] as const
const OPTIONS: Record<number, string> = { 0: 'E', 1: 'N', 2: 'M', 3: 'W', 4: 'S', 5: 'K', 8: 'T', 34: 'F' }

/** Stacks begin with 32, 64, 128 or 255, and each router takes one off. */
function initialHops(hops: number): number {
  return hops <= 32 ? 32 : hops <= 64 ? 64 : hops <= 128 ? 128 : 255
}

/** Many stacks open with a multiple of their segment size. */
function windowText(window: number, size: number): string {
  return size > 0 && window % size === 0 ? `${window / size}x` : String(window)
}

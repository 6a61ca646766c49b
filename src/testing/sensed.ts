import { decodePacket } from '../decode/decode.ts'
import { Packet } from '../decode/packet.ts'
import { decoders } from '../decode/protocols/index.ts'
import { MAX_HOSTS } from '../device/hosts.ts'
import { Bookkeeper } from '../evidence/bookkeeper.ts'
import { Collector } from '../evidence/collector.ts'
import { LocalOutlet } from '../evidence/events.ts'
import type { Observation } from '../evidence/evidence.ts'
import type { MakeSensor } from '../evidence/sensor.ts'

/** A frame of Ethernet and when it passed, in seconds. */
export type Timed = readonly [at: number, frame: Uint8Array]

/** A sign that was raised, and the last two digits of the hardware address of whose it is. */
export type Sensed = Observation<'sign'> & { host: string }

/** Shows sensors frames as a capture would, and gives the signs that are raised. */
export function sensed(frames: Iterable<Timed>, sensors: readonly MakeSensor[]): Sensed[] {
  const macs = new Float64Array(MAX_HOSTS)
  const keeper = new Bookkeeper(decoders, {}, macs)
  const outlet = new LocalOutlet(keeper)
  const collector = new Collector(decoders, { outlets: [outlet], shares: [0] }, macs, { sensors })
  const packet = new Packet()
  for (const [at, frame] of frames) {
    packet.buf = frame
    packet.start = 0
    packet.end = frame.length
    packet.wireLength = frame.length
    packet.frame++
    packet.time = Math.round(1_790_000_000e6 + at * 1e6)
    packet.linkType = 1
    decodePacket(packet)
    collector.packet(packet)
  }
  collector.endCapture()
  const names = collector.hosts.all.map(({ mac }) => mac!.slice(-2))
  collector.report()
  outlet.flush()
  return names.flatMap((host, handle) =>
    (keeper.books.ledger(handle).byKind().get('sign') ?? [])
      .map((sign) => ({ ...(sign as Observation<'sign'>), host }))
      .filter(({ data }) => data.raised),
  )
}

type Bytes = ArrayLike<number>

export interface Ends {
  /** Last byte of the hardware address. */
  from: number
  to: number
  src: Bytes
  dst: Bytes
  hops?: number
}

/** IPv4 over Ethernet. */
export function ipv4({ from, to, src, dst, hops = 64 }: Ends, protocol: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(34 + body.length)
  frame.set([2, 0, 0, 0, to >> 8, to & 255])
  frame.set([2, 0, 0, 0, from >> 8, from & 255, 8, 0, 0x45, 0, (20 + body.length) >> 8, (20 + body.length) & 255], 6)
  frame[22] = hops
  frame[23] = protocol
  for (let i = 0; i < 4; i++) {
    frame[26 + i] = src[i]!
    frame[30 + i] = dst[i]!
  }
  frame.set(body, 34)
  return frame
}

export function udp(ends: Ends, sport: number, dport: number, payload: Uint8Array): Uint8Array {
  const body = new Uint8Array(8 + payload.length)
  const view = new DataView(body.buffer)
  view.setUint16(0, sport)
  view.setUint16(2, dport)
  view.setUint16(4, body.length)
  body.set(payload, 8)
  return ipv4(ends, 17, body)
}

export interface Segment {
  sport: number
  dport: number
  flags: number
  seq?: number
  payload?: Uint8Array
}

export function tcp(ends: Ends, { sport, dport, flags, seq = 0, payload = new Uint8Array(0) }: Segment): Uint8Array {
  const body = new Uint8Array(20 + payload.length)
  const view = new DataView(body.buffer)
  view.setUint16(0, sport)
  view.setUint16(2, dport)
  view.setUint32(4, seq >>> 0)
  body[12] = 0x50
  body[13] = flags
  body.set(payload, 20)
  return ipv4(ends, 6, body)
}

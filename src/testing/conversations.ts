import { readCapture } from '../capture/read.ts'
import { ipv4Text, ipv6Text } from '../decode/address.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet, PROTO_TCP, PROTO_UDP, TCP_ACK, TCP_SYN } from '../decode/packet.ts'
import type { Conversation, Datagram, FlowMemory, StreamPrefix } from '../decode/stream.ts'

/** A TCP conversation of a capture with whose it is: for tests, so that decoders can be held against oracles. */
export interface CapturedConversation extends Conversation {
  readonly clientIp: string
  readonly serverIp: string
  /** Of the first packet. */
  readonly frame: number
  readonly time: number
}

interface Segment {
  /** Relative to the side's first byte. */
  from: number
  bytes: Uint8Array
  frame: number
}

interface Side {
  ip: string
  port: number
  /** Sequence number of the first byte. */
  base: number | undefined
  isn: number | undefined
  midstream: boolean
  segments: Segment[]
}

interface Flow {
  sides: [Side, Side]
  client: 0 | 1
  frame: number
  time: number
}

/**
 * Every TCP conversation of a capture, each direction put in order by sequence number and cut at its first gap. Simple and
 * unbounded: not what the product does (flow/), only as right as tests need. `limit`: bytes kept of each direction.
 */
export async function conversations(path: string, limit = Number.POSITIVE_INFINITY): Promise<CapturedConversation[]> {
  const all: Flow[] = []
  const open = new Map<string, Flow>()
  await packets(path, (p) => {
    if (p.protocol !== PROTO_TCP || p.transport < 0) return
    const [source, destination] = [`${ip(p, p.srcIp)}|${p.srcPort}`, `${ip(p, p.dstIp)}|${p.dstPort}`]
    const key = source < destination ? `${source}~${destination}` : `${destination}~${source}`
    const opens = (p.tcpFlags & TCP_SYN) !== 0 && (p.tcpFlags & TCP_ACK) === 0
    let flow = open.get(key)
    if (flow !== undefined && opens && flow.sides.some((side) => side.segments.length > 0) && sideOf(flow, p).isn !== p.tcpSeq)
      flow = undefined
    if (flow === undefined) {
      // nobody was seen to open it: the lower port is the server's
      const client = opens || ((p.tcpFlags & TCP_SYN) === 0 && p.srcPort >= p.dstPort) ? 0 : 1
      flow = { sides: [side(ip(p, p.srcIp), p.srcPort), side(ip(p, p.dstIp), p.dstPort)], client, frame: p.frame, time: p.time }
      open.set(key, flow)
      all.push(flow)
    }
    const from = sideOf(flow, p)
    if (p.tcpFlags & TCP_SYN) {
      from.isn = p.tcpSeq
      from.base = (p.tcpSeq + 1) >>> 0
      from.midstream = false
    }
    if (p.payloadEnd <= p.payload) return
    const seq = p.tcpFlags & TCP_SYN ? (p.tcpSeq + 1) >>> 0 : p.tcpSeq
    from.base ??= seq
    from.segments.push({ from: (seq - from.base) | 0, bytes: p.buf.slice(p.payload, p.payloadEnd), frame: p.frame })
  })
  return all.map((flow) => {
    const [client, server] = flow.client === 0 ? flow.sides : [flow.sides[1], flow.sides[0]]
    return {
      client: inOrder(client, limit),
      server: inOrder(server, limit),
      clientPort: client.port,
      serverPort: server.port,
      clientIp: client.ip,
      serverIp: server.ip,
      frame: flow.frame,
      time: flow.time,
    }
  })
}

/**
 * Every UDP datagram of a capture with payload, as a decoder gets it; `key` names its flow. The datagram is reused between calls.
 */
export async function datagrams(
  path: string,
  onDatagram: (datagram: Datagram, key: string, time: number) => void,
): Promise<void> {
  const flows = new Map<string, { first: string; memory: FlowMemory }>()
  const recent: FlowMemory = {}
  await packets(path, (p) => {
    if (p.protocol !== PROTO_UDP || p.transport < 0 || p.payloadEnd <= p.payload) return
    const [source, destination] = [`${ip(p, p.srcIp)}|${p.srcPort}`, `${ip(p, p.dstIp)}|${p.dstPort}`]
    const key = source < destination ? `${source}~${destination}` : `${destination}~${source}`
    let flow = flows.get(key)
    if (flow === undefined) flows.set(key, (flow = { first: source, memory: {} }))
    onDatagram(
      {
        bytes: p.buf,
        start: p.payload,
        end: p.payloadEnd,
        srcPort: p.srcPort,
        dstPort: p.dstPort,
        frame: p.frame,
        fromClient: source === flow.first,
        truncated: p.payloadWire > p.payloadEnd - p.payload,
        memory: flow.memory,
        recent,
      },
      key,
      p.time,
    )
  })
}

/** A prefix made by hand; all of it came in `frame`. */
export function prefixOf(bytes: Uint8Array, frame = 1, options: { truncated?: boolean; midstream?: boolean } = {}): StreamPrefix {
  return {
    bytes,
    length: bytes.length,
    truncated: options.truncated ?? false,
    midstream: options.midstream ?? false,
    frameAt: () => frame,
  }
}

async function packets(path: string, onPacket: (p: Packet) => void): Promise<void> {
  const p = new Packet()
  await readCapture(path, 0, p, () => {
    decodePacket(p)
    onPacket(p)
  })
}

function ip(p: Packet, offset: number): string {
  return p.ipVersion === 6 ? ipv6Text(p.buf, offset) : ipv4Text(p.buf, offset)
}

function side(address: string, port: number): Side {
  return { ip: address, port, base: undefined, isn: undefined, midstream: true, segments: [] }
}

function sideOf(flow: Flow, p: Packet): Side {
  const [a, b] = flow.sides
  return a.ip === ip(p, p.srcIp) && a.port === p.srcPort ? a : b
}

function inOrder(from: Side, limit: number): StreamPrefix {
  const segments = from.segments.toSorted((a, b) => a.from - b.from)
  // midstream, the first captured need not be the first sent
  const base = from.midstream ? (segments[0]?.from ?? 0) : 0
  const parts: { at: number; bytes: Uint8Array; frame: number }[] = []
  let length = 0
  let truncated = false
  for (const segment of segments) {
    const at = segment.from - base
    if (at > length || length >= limit) {
      truncated = true
      break
    }
    const fresh = segment.bytes.subarray(Math.max(0, length - at), Math.max(0, limit - at))
    if (fresh.length === 0) continue
    parts.push({ at: length, bytes: fresh, frame: segment.frame })
    length += fresh.length
  }
  const bytes = new Uint8Array(length)
  for (const part of parts) bytes.set(part.bytes, part.at)
  return {
    bytes,
    length,
    truncated,
    midstream: from.midstream,
    frameAt: (offset) => parts.findLast((part) => part.at <= offset)?.frame ?? 0,
  }
}

import type { DatagramDecoder, MessageBase, StreamDecoder } from '../decode/message.ts'
import { type Packet, PROTO_TCP, PROTO_UDP, TCP_FIN, TCP_RST, TCP_SYN } from '../decode/packet.ts'
import type { Datagram, FlowMemory } from '../decode/stream.ts'
import { BufferPool, type Direction, Stream } from './prefix.ts'
import {
  ACCEPTED,
  DATAGRAMS,
  FIRST_SEQ,
  FLAGS,
  type FlowTable,
  isClosed,
  PAYLOAD_FRAME,
  PROTOCOL_SHIFT,
  ROW_WORDS,
  SETTLED,
  STREAM,
  SYN_SEEN,
} from './table.ts'

/** Datagrams of a flow that are shown to decoders (those on a decoder's own ports: all). */
const DATAGRAMS_READ = 8
/** The same for a flow of which a decoder keeps something: a QUIC handshake takes more. */
const DATAGRAMS_READ_ON = 24
const MAX_STREAMS = 8192
const MAX_MEMORIES = 512
/** Memory for stream prefixes, at most; beyond it the oldest conversation is decoded with what it has. */
const PREFIX_BUDGET = 12 << 20
/** Packets after a direction is full before its conversation is decoded, if the other side stays silent. */
const PATIENCE = 32

export interface Decoders {
  stream: readonly StreamDecoder[]
  datagram: readonly DatagramDecoder[]
  /** What unrecognised payload looks like: a class name, or '' when there is too little of it. */
  classify(bytes: Uint8Array, start: number, end: number): string
}

/** Knows datagrams that came before, word for word, and counts them: those need no decoding. */
export interface Repetition {
  seen(row: number, datagram: Datagram, time: number): boolean
  /** The datagram that was not seen before has been decoded, or was not what it seemed. */
  end(decoded: boolean): void
}

/**
 * Feeds application decoders from flows: a bounded prefix of each TCP conversation, a flow's first datagrams, and every datagram
 * on the ports of DNS, DHCP and their like. What it learns of a flow's protocol is written to the flow's row.
 */
export class Dissector {
  /** Names by protocol id (eight bits in a flow's row); 0 is "none seen". */
  readonly names: string[] = ['']
  private readonly ids = new Map<string, number>([['', 0]])
  private readonly table: FlowTable
  private readonly decoders: Decoders
  private readonly onMessage: (row: number, message: MessageBase) => void
  private readonly streams: Stream[] = []
  private readonly idle: number[] = []
  private hand = 0
  private pool = new BufferPool(PREFIX_BUDGET)
  /** Index + 1 into decoders.datagram, by port. */
  private readonly byPort = new Uint8Array(65536)
  private readonly datagram: Datagram = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    srcPort: 0,
    dstPort: 0,
    frame: 0,
    fromClient: true,
    truncated: false,
    memory: {},
  }
  private readonly memories = new Map<number, FlowMemory>()
  private readonly repetition: Repetition | undefined
  private row = -1
  private readonly emit = (message: MessageBase) => this.onMessage(this.row, message)

  constructor(
    table: FlowTable,
    decoders: Decoders,
    onMessage: (row: number, message: MessageBase) => void,
    repetition?: Repetition,
  ) {
    this.table = table
    this.repetition = repetition
    this.decoders = decoders
    this.onMessage = onMessage
    decoders.datagram.forEach((d, i) => {
      for (const port of d.ports) this.byPort[port] = i + 1
    })
  }

  /** A packet of the flow in `row` (side: table.side). */
  packet(p: Packet, row: number): void {
    if (p.transport < 0) return
    if (p.protocol === PROTO_TCP) this.segment(p, row)
    else if (p.protocol === PROTO_UDP && p.payloadEnd > p.payload) this.udp(p, row)
  }

  /** The flow leaves: decode what was collected. */
  finish(row: number): void {
    if (this.table.words[row * ROW_WORDS + STREAM]! >= 0) this.settle(row)
    this.memories.delete(row)
  }

  /** Give the memory back: no packet may come after this. */
  release(): void {
    this.streams.length = 0
    this.idle.length = 0
    this.pool = new BufferPool(0)
  }

  protocolOf(row: number): string {
    return this.names[(this.table.words[row * ROW_WORDS + FLAGS]! >>> PROTOCOL_SHIFT) & 0xff]!
  }

  private segment(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    if (p.payloadEnd > p.payload) {
      if (w[o + PAYLOAD_FRAME] === 0) w[o + PAYLOAD_FRAME] = p.frame
      if (w[o + FLAGS]! & SETTLED) this.reopen(p, row)
      if (!(w[o + FLAGS]! & SETTLED)) this.collect(p, row)
    }
    if (p.tcpFlags & (TCP_FIN | TCP_RST) && w[o + STREAM]! >= 0 && isClosed(w[o + FLAGS]!)) this.settle(row)
  }

  private collect(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    const side = this.table.side
    const index = w[o + STREAM]! >= 0 ? w[o + STREAM]! : this.open(row)
    const stream = this.streams[index]!
    const direction = side === 0 ? stream.lo : stream.hi
    if (!direction.begun) this.begin(direction, row, side, p.tcpSeq)
    direction.take(
      p.buf,
      p.payload,
      p.payloadEnd,
      p.payloadWire,
      p.tcpFlags & TCP_SYN ? p.tcpSeq + 1 : p.tcpSeq,
      p.frame,
      this.pool,
    )
    const other = side === 0 ? stream.hi : stream.lo
    if (direction.full || other.full) {
      // one side has said enough: wait for the other's word, but not for ever
      if ((other.full && direction.length > 0) || ++stream.overdue > PATIENCE) this.settle(row)
    }
  }

  private begin(direction: Direction, row: number, side: number, seq: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    const known = w[o + FLAGS]! & (side === this.table.initiator(row) ? SYN_SEEN : ACCEPTED)
    if (known) direction.begin(w[o + FIRST_SEQ + side]! >>> 0, false)
    else direction.begin(seq, true)
  }

  private open(row: number): number {
    while (this.pool.exhausted || (this.idle.length === 0 && this.streams.length >= MAX_STREAMS)) {
      this.hand = (this.hand + 1) % this.streams.length
      const victim = this.streams[this.hand]!
      if (victim.row >= 0) this.settle(victim.row)
    }
    let index = this.idle.pop()
    if (index === undefined) index = this.streams.push(new Stream()) - 1
    const stream = this.streams[index]!
    stream.row = row
    stream.overdue = 0
    this.table.words[row * ROW_WORDS + STREAM] = index
    return index
  }

  /** Decode a collected conversation, give its memory back, and look at no more of it (but see `reopen`). */
  private settle(row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    const index = w[o + STREAM]!
    const stream = this.streams[index]!
    stream.initiator = this.table.initiator(row)
    stream.clientPort = this.table.port(row, stream.initiator)
    stream.serverPort = this.table.port(row, 1 - stream.initiator)
    // detach first: decoding must not find the stream again
    w[o + STREAM] = -1
    w[o + FLAGS]! |= SETTLED
    this.decodeStream(stream, row)
    for (const direction of [stream.lo, stream.hi]) {
      // what was read is not read again when it is sent again
      if (direction.begun) w[o + FIRST_SEQ + (direction === stream.lo ? 0 : 1)] = direction.next | 0
      this.pool.give(direction.bytes)
      direction.reset()
    }
    stream.row = -1
    this.idle.push(index)
  }

  private decodeStream(stream: Stream, row: number): void {
    this.row = row
    for (const decoder of this.decoders.stream) {
      if (!decoder.recognise(stream)) continue
      this.setProtocol(row, decoder.protocol)
      decoder.decode(stream, this.emit)
      return
    }
    if (this.protocolOf(row) !== '') return
    const { client, server } = stream
    const more = client.length >= server.length ? client : server
    this.setProtocol(row, this.decoders.classify(more.bytes, 0, more.length))
  }

  /**
   * Conversations that go on with messages of recognisable start (HTTP keep-alive) are collected again from such a message, so
   * that every request of a long connection is seen, and its body and what fills it is not.
   */
  private reopen(p: Packet, row: number): void {
    if (
      this.table.side !== this.table.initiator(row) ||
      !startsRequest(p.buf, p.payload, p.payloadEnd) ||
      this.protocolOf(row) !== 'http'
    )
      return
    const read = this.table.words[row * ROW_WORDS + FIRST_SEQ + this.table.side]!
    if (read !== 0 && ((read - p.tcpSeq) | 0) > 0) return
    this.table.words[row * ROW_WORDS + FLAGS]! &= ~SETTLED
    const stream = this.streams[this.open(row)]!
    const client = this.table.side === 0 ? stream.lo : stream.hi
    client.begin(p.tcpSeq, false)
    const server = this.table.side === 0 ? stream.hi : stream.lo
    server.begin(p.tcpAck, false)
  }

  private udp(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    if (w[o + PAYLOAD_FRAME] === 0) w[o + PAYLOAD_FRAME] = p.frame
    const index = this.byPort[p.dstPort]! || this.byPort[p.srcPort]!
    if (index === 0 && w[o + FLAGS]! & SETTLED) return
    const d = this.datagram
    d.bytes = p.buf
    d.start = p.payload
    d.end = p.payloadEnd
    d.srcPort = p.srcPort
    d.dstPort = p.dstPort
    d.frame = p.frame
    d.fromClient = this.table.side === this.table.initiator(row)
    d.truncated = p.payloadWire > p.payloadEnd - p.payload
    d.memory = this.memories.get(row) ?? {}
    this.row = row
    if (index !== 0) {
      const decoder = this.decoders.datagram[index - 1]!
      const announces = decoder.announces === true && this.repetition !== undefined
      if (announces && this.repetition.seen(row, d, p.time)) {
        this.setProtocol(row, decoder.protocol)
        return
      }
      const recognised = decoder.recognise(d)
      if (recognised) {
        this.setProtocol(row, decoder.protocol)
        decoder.decode(d, this.emit)
      }
      if (announces) this.repetition.end(recognised)
      if (recognised) return
      if (w[o + FLAGS]! & SETTLED) return
    }
    if (++w[o + DATAGRAMS]! >= (this.memories.has(row) ? DATAGRAMS_READ_ON : DATAGRAMS_READ)) w[o + FLAGS]! |= SETTLED
    for (const decoder of this.decoders.datagram) {
      if (!decoder.recognise(d)) continue
      this.setProtocol(row, decoder.protocol)
      decoder.decode(d, this.emit)
      if (w[o + FLAGS]! & SETTLED) this.memories.delete(row)
      else this.keep(row, d.memory)
      return
    }
    if (this.protocolOf(row) === '') this.setProtocol(row, this.decoders.classify(p.buf, p.payload, p.payloadEnd))
    if (w[o + FLAGS]! & SETTLED) this.memories.delete(row)
  }

  /** What a decoder keeps of a flow; the oldest flow's makes room. */
  private keep(row: number, memory: FlowMemory): void {
    if (this.memories.has(row)) return
    for (const _ in memory) {
      if (this.memories.size >= MAX_MEMORIES) this.memories.delete(this.memories.keys().next().value!)
      this.memories.set(row, memory)
      return
    }
  }

  private setProtocol(row: number, name: string): void {
    let id = this.ids.get(name)
    if (id === undefined) {
      id = this.names.push(name) - 1
      this.ids.set(name, id)
    }
    const w = this.table.words
    const at = row * ROW_WORDS + FLAGS
    w[at] = (w[at]! & ~(0xff << PROTOCOL_SHIFT)) | (id << PROTOCOL_SHIFT)
  }
}

/** Begins like an HTTP request: four of the methods' first letters (RFC 9110, UPnP's and WebDAV's included). */
function startsRequest(b: Uint8Array, o: number, end: number): boolean {
  if (end - o < 14) return false
  switch ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) {
    case 0x47455420: // GET
    case 0x504f5354: // POST
    case 0x50555420: // PUT
    case 0x48454144: // HEAD
    case 0x44454c45: // DELETE
    case 0x4f505449: // OPTIONS
    case 0x50415443: // PATCH
    case 0x4e4f5449: // NOTIFY
    case 0x53554253: // SUBSCRIBE
    case 0x554e5355: // UNSUBSCRIBE
    case 0x4d2d504f: // M-POST
      return true
    default:
      return false
  }
}

import type { DatagramDecoder, StreamDecoder } from '../decode/message.ts'
import { type Packet, PROTO_TCP, PROTO_UDP, TCP_FIN, TCP_RST, TCP_SYN } from '../decode/packet.ts'
import { blankDatagram, type Datagram, type FlowMemory } from '../decode/stream.ts'
import { BufferPool, type Direction, Stream } from './prefix.ts'
import {
  ACCEPTED,
  DATAGRAMS,
  ENDS,
  FIRST_SEQ,
  FLAGS,
  type FlowTable,
  isClosed,
  isFinished,
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
/** Memory for stream prefixes, at most; beyond it the oldest conversation is decoded with what it has. */
const PREFIX_BUDGET = 8 << 20
/** Packets after a direction is full before its conversation is decoded, if the other side stays silent. */
const PATIENCE = 32

export interface Decoders {
  stream: readonly StreamDecoder[]
  datagram: readonly DatagramDecoder[]
  /** Names of tunnels by `Packet.tunnel`. */
  tunnels: readonly string[]
  /** What unrecognised payload looks like: one of `classes`, or '' when there is too little of it. */
  classify(bytes: Uint8Array, start: number, end: number): string
  classes: readonly string[]
}

/** Protocols by the id that a flow's row has for them (eight bits); 0 is "none seen". The same for the same decoders. */
export function protocolNames({ stream, datagram, tunnels, classes }: Decoders): string[] {
  return [...new Set(['', ...stream.map((d) => d.protocol), ...datagram.map((d) => d.protocol), ...tunnels, ESP, ...classes])]
}

/** In the place of a decoder: none recognised it. */
export const UNRECOGNISED = -1

/** Who is told of what is worth decoding. What is passed is valid during the call only. */
export interface Findings {
  /** The first bytes of a conversation, recognised by decoders.stream[decoder], or UNRECOGNISED. */
  conversation(row: number, stream: Stream, decoder: number): void
  /** A datagram, recognised by decoders.datagram[decoder], or UNRECOGNISED. */
  datagram(row: number, datagram: Datagram, decoder: number): void
  /** A segment that says something else than an earlier one did in the same place. */
  contradiction(frame: number): void
}

/**
 * Finds in flows what application decoders read: a bounded prefix of each TCP conversation, a flow's first datagrams, and every
 * datagram on the ports of DNS, DHCP and their like. What it learns of a flow's protocol is written to the flow's row.
 */
export class Dissector {
  private readonly table: FlowTable
  private readonly decoders: Decoders
  private readonly findings: Findings
  private readonly all: boolean
  /** Protocol ids of the decoders, by their index. */
  private readonly streamIds: number[]
  private readonly datagramIds: number[]
  private readonly tunnelIds: number[]
  private readonly classIds: ReadonlyMap<string, number>
  private readonly esp: number
  private readonly http: number
  private readonly streams: Stream[] = []
  private readonly idle: number[] = []
  private hand = 0
  private readonly pool = new BufferPool(PREFIX_BUDGET)
  /** Index + 1 into decoders.datagram, by port. */
  private readonly byPort = new Uint8Array(65536)
  private readonly datagram = blankDatagram(new Uint8Array(0))
  /** By protocol id: what a recogniser is told of a flow of that protocol. */
  private readonly known: FlowMemory[]
  /** By protocol id: its decoder keeps something from datagram to datagram. */
  private readonly remembers: boolean[]

  /** @param all tell also of conversations and first datagrams that no decoder recognises */
  constructor(table: FlowTable, decoders: Decoders, findings: Findings, all = false) {
    this.table = table
    this.all = all
    this.decoders = decoders
    this.findings = findings
    const names = protocolNames(decoders)
    this.streamIds = decoders.stream.map((d) => names.indexOf(d.protocol))
    this.datagramIds = decoders.datagram.map((d) => names.indexOf(d.protocol))
    this.tunnelIds = decoders.tunnels.map((name) => names.indexOf(name))
    this.classIds = new Map(['', ...decoders.classes].map((name) => [name, names.indexOf(name)]))
    this.esp = names.indexOf(ESP)
    this.http = names.indexOf('http')
    const remembering = decoders.datagram.filter((d) => d.remembers === true).map((d) => d.protocol)
    this.remembers = names.map((name) => remembering.includes(name))
    this.known = names.map((name) => (remembering.includes(name) ? { [name]: true } : NOTHING_KNOWN))
    decoders.datagram.forEach((d, i) => {
      for (const port of d.ports) this.byPort[port] = i + 1
    })
  }

  /** A packet of the flow in `row` (side: table.side). */
  packet(p: Packet, row: number): void {
    if (p.transport < 0) {
      if (p.tunnel !== 0) this.setProtocol(row, this.tunnelIds[p.tunnel]!)
      else if (p.protocol === PROTO_ESP) this.setProtocol(row, this.esp)
      return
    }
    if (p.protocol === PROTO_TCP) this.segment(p, row)
    else if (p.protocol === PROTO_UDP && p.payloadEnd > p.payload) this.udp(p, row)
  }

  /** The flow leaves: decode what was collected. */
  finish(row: number): void {
    if (this.table.words[row * ROW_WORDS + STREAM]! >= 0) this.settle(row)
  }

  /** Give the memory back: no packet may come after this. */
  release(): void {
    this.streams.length = 0
    this.idle.length = 0
    this.pool.release()
  }

  private protocolOf(row: number): number {
    return (this.table.words[row * ROW_WORDS + FLAGS]! >>> PROTOCOL_SHIFT) & 0xff
  }

  private segment(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    // what a reset carries is about it, and nobody's data (RFC 9293, section 3.5.3)
    if (p.payloadEnd > p.payload && !(p.tcpFlags & TCP_RST)) {
      if (w[o + PAYLOAD_FRAME] === 0) w[o + PAYLOAD_FRAME] = p.frame
      if (w[o + FLAGS]! & SETTLED) this.reopen(p, row)
      if (!(w[o + FLAGS]! & SETTLED)) this.collect(p, row)
    }
    if (w[o + STREAM]! >= 0) {
      if (isClosed(w[o + FLAGS]!) || p.tcpFlags & TCP_FIN) this.close(p, row)
    } else if (p.tcpFlags & TCP_FIN && !(w[o + FLAGS]! & SETTLED)) this.noteEnd(p, row)
  }

  /** A FIN that overtook all that its side said: there is no stream yet to tell. */
  private noteEnd(p: Packet, row: number): void {
    const side = this.table.side
    if (!this.sawStart(row, side)) return
    const w = this.table.words
    const o = row * ROW_WORDS
    const said = (endOf(p) - w[o + FIRST_SEQ + side]!) >>> 0
    const shift = 16 * side
    w[o + ENDS] = (w[o + ENDS]! & ~(0xffff << shift)) | (Math.min(said + 1, 0xffff) << shift)
  }

  /** An end is done, or resets it: settle what will not go on. */
  private close(p: Packet, row: number): void {
    const w = this.table.words
    const side = this.table.side
    const stream = this.streams[w[row * ROW_WORDS + STREAM]!]!
    const direction = stream.of(side)
    if (p.tcpFlags & TCP_RST) {
      // one with another sequence number is late or forged, and resets nothing (RFC 9293, section 3.10.7.4; RFC 5961, section 3.2)
      const next = direction.begun ? direction.next : w[row * ROW_WORDS + FIRST_SEQ + side]! >>> 0
      if (direction.full || p.tcpSeq === next) this.settle(row)
      return
    }
    if (p.tcpFlags & TCP_FIN) {
      if (!direction.begun && this.sawStart(row, side)) this.begin(direction, row, side, p.tcpSeq)
      direction.finish(endOf(p))
    }
    // what is missing may come yet
    if (isFinished(w[row * ROW_WORDS + FLAGS]!) && stream.lo.whole && stream.hi.whole) this.settle(row)
  }

  private collect(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    const side = this.table.side
    const index = w[o + STREAM]! >= 0 ? w[o + STREAM]! : this.open(row)
    const stream = this.streams[index]!
    const direction = stream.of(side)
    if (!direction.begun) this.begin(direction, row, side, p.tcpSeq)
    const seq = p.tcpFlags & TCP_SYN ? p.tcpSeq + 1 : p.tcpSeq
    if (!direction.take(p.buf, p.payload, p.payloadEnd, p.payloadWire, seq, p.frame, this.pool))
      this.findings.contradiction(p.frame)
    const other = stream.of(1 - side)
    if (direction.full || other.full) {
      // one side has said enough: wait for the other's word, but not for ever
      if ((other.full && direction.length > 0) || ++stream.overdue > PATIENCE) this.settle(row)
    }
  }

  private begin(direction: Direction, row: number, side: number, seq: number): void {
    if (this.sawStart(row, side)) direction.begin(this.table.words[row * ROW_WORDS + FIRST_SEQ + side]! >>> 0, false)
    else direction.begin(seq, true)
  }

  /** Was that side's SYN seen? */
  private sawStart(row: number, side: number): boolean {
    const flags = this.table.words[row * ROW_WORDS + FLAGS]!
    return (flags & (side === this.table.initiator(row) ? SYN_SEEN : ACCEPTED)) !== 0
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
    const w = this.table.words
    const o = row * ROW_WORDS
    w[o + STREAM] = index
    if (w[o + ENDS] !== 0) this.recallEnds(stream, row)
    return index
  }

  private recallEnds(stream: Stream, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    for (let side = 0; side < 2; side++) {
      const said = ((w[o + ENDS]! >>> (16 * side)) & 0xffff) - 1
      if (said < 0) continue
      const first = w[o + FIRST_SEQ + side]! >>> 0
      stream.of(side).begin(first, false)
      stream.of(side).finish((first + said) >>> 0)
    }
    w[o + ENDS] = 0
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
    this.recognise(stream, row)
    for (const direction of [stream.lo, stream.hi]) {
      // what was read is not read again when it is sent again
      if (direction.begun) w[o + FIRST_SEQ + (direction === stream.lo ? 0 : 1)] = direction.next | 0
      direction.reset(this.pool)
    }
    stream.row = -1
    this.idle.push(index)
  }

  private recognise(stream: Stream, row: number): void {
    const decoders = this.decoders.stream
    for (let i = 0; i < decoders.length; i++) {
      if (!decoders[i]!.recognise(stream)) continue
      this.setProtocol(row, this.streamIds[i]!)
      this.findings.conversation(row, stream, i)
      return
    }
    if (this.all && stream.lo.length + stream.hi.length > 0) this.findings.conversation(row, stream, UNRECOGNISED)
    if (this.protocolOf(row) !== 0) return
    const { client, server } = stream
    const more = client.length >= server.length ? client : server
    this.setClass(row, more.bytes, 0, more.length)
  }

  /**
   * Conversations that go on with messages of recognisable start (HTTP keep-alive) are collected again from such a message, so
   * that every request of a long connection is seen, and its body and what fills it is not.
   */
  private reopen(p: Packet, row: number): void {
    if (
      this.table.side !== this.table.initiator(row) ||
      !startsRequest(p.buf, p.payload, p.payloadEnd) ||
      this.protocolOf(row) !== this.http
    )
      return
    const read = this.table.words[row * ROW_WORDS + FIRST_SEQ + this.table.side]!
    if (read !== 0 && ((read - p.tcpSeq) | 0) > 0) return
    this.table.words[row * ROW_WORDS + FLAGS]! &= ~SETTLED
    const stream = this.streams[this.open(row)]!
    stream.of(this.table.side).begin(p.tcpSeq, false)
    stream.of(1 - this.table.side).begin(p.tcpAck, false)
  }

  private udp(p: Packet, row: number): void {
    const w = this.table.words
    const o = row * ROW_WORDS
    if (w[o + PAYLOAD_FRAME] === 0) w[o + PAYLOAD_FRAME] = p.frame
    if (p.tunnel !== 0) {
      this.setProtocol(row, this.tunnelIds[p.tunnel]!)
      return
    }
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
    const protocol = this.protocolOf(row)
    d.memory = this.known[protocol]!
    const decoders = this.decoders.datagram
    if (index !== 0) {
      if (decoders[index - 1]!.recognise(d)) {
        this.found(row, d, index - 1)
        return
      }
      if (w[o + FLAGS]! & SETTLED) return
    }
    if (++w[o + DATAGRAMS]! >= (this.remembers[protocol]! ? DATAGRAMS_READ_ON : DATAGRAMS_READ)) w[o + FLAGS]! |= SETTLED
    for (let i = 0; i < decoders.length; i++) {
      if (!decoders[i]!.recognise(d)) continue
      this.found(row, d, i)
      return
    }
    if (protocol === 0) this.setClass(row, p.buf, p.payload, p.payloadEnd)
    if (this.all) this.findings.datagram(row, d, UNRECOGNISED)
  }

  private found(row: number, d: Datagram, decoder: number): void {
    // what holds a path open beside a connection (STUN beside DTLS, RFC 7983) does not change what the flow is
    if (!this.remembers[this.protocolOf(row)]!) this.setProtocol(row, this.datagramIds[decoder]!)
    this.findings.datagram(row, d, decoder)
  }

  private setClass(row: number, bytes: Uint8Array, start: number, end: number): void {
    this.setProtocol(row, this.classIds.get(this.decoders.classify(bytes, start, end))!)
  }

  private setProtocol(row: number, id: number): void {
    const w = this.table.words
    const at = row * ROW_WORDS + FLAGS
    w[at] = (w[at]! & ~(0xff << PROTOCOL_SHIFT)) | (id << PROTOCOL_SHIFT)
  }
}

/** IPsec's encrypted packets (RFC 4303): known by their protocol number alone. */
const PROTO_ESP = 50
const ESP = 'esp'

/** Recognisers only ask whether something is known, not what. */
const NOTHING_KNOWN: FlowMemory = {}

/** Sequence number after the segment's payload. */
function endOf(p: Packet): number {
  return (p.tcpSeq + p.payloadWire) >>> 0
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

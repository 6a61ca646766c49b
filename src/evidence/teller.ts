import type { Addresses, AddressKey } from '../device/addresses.ts'
import type { Hosts } from '../device/hosts.ts'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../decode/packet.ts'
import { copyBytes } from '../decode/copy.ts'
import type { Datagram } from '../decode/stream.ts'
import type { Direction, Stream } from '../flow/prefix.ts'
import {
  ACCEPTED,
  ANSWER_FRAME,
  FIRST_FRAME,
  FLAGS,
  FLOW,
  type FlowTable,
  HI_SHIFT,
  LO_HOST,
  LO_PACKETS,
  PAYLOAD_FRAME,
  PROTOCOL_SHIFT,
  ROW_WORDS,
  SENT,
  SENT_RST,
  TO_GROUP,
  WITHIN,
} from '../flow/table.ts'
import { keeperOf } from './books.ts'
import { TRANSPORT_ICMP, TRANSPORT_OTHER, TRANSPORT_TCP, TRANSPORT_UDP } from './endpoint-table.ts'
import * as event from './events.ts'
import { MAX_DATAGRAM, type Outlet, type Outlets, wordsFor } from './events.ts'
import { SCOPES } from './kinds.ts'
import { ANYBODY } from './network.ts'
import type { Told } from './sensor.ts'

const INTERNET = SCOPES.indexOf('internet')
const LOCAL = SCOPES.indexOf('local')
const MULTICAST = SCOPES.indexOf('multicast')

/** Both ends of a flow, as bits. */
const LO_AND_HI = 3

/**
 * Tells of flows: who recognised conversations and datagrams are between, and what each flow carried, written as events (events.ts)
 * to the outlets of those who keep the books of the hosts at the flow's ends.
 */
export class Teller {
  /** The capture that is being read. */
  capture = 0
  private readonly table: FlowTable
  private readonly hosts: Hosts
  private readonly addresses: Addresses
  private readonly outlets: readonly Outlet[]
  private readonly shares: readonly number[]
  private readonly every: boolean
  // the flow of which is told, lo and hi: addresses, and the hosts whose own they are (-1: what is behind a router is not its doing)
  private readonly keys: [AddressKey, AddressKey] = [0, 0]
  private readonly owners: [number, number] = [-1, -1]
  /** The outlets that are told: up to two for the flow's ends, and one for whom a datagram is about; -1 for none. */
  private readonly told: [number, number, number] = [-1, -1, -1]
  /** Which of them is the first, and counts what belongs to no host; -1 where no host has part in it. */
  private first = -1

  /** @param every tell also what is between no hosts: to the first outlet */
  constructor(table: FlowTable, hosts: Hosts, addresses: Addresses, { outlets, shares }: Outlets, every: boolean) {
    this.table = table
    this.hosts = hosts
    this.addresses = addresses
    this.outlets = outlets
    this.shares = shares
    this.every = every
  }

  /** A recognised conversation. */
  conversation(row: number, { client, server }: Stream, decoder: number): void {
    this.meet(row)
    this.choose(LO_AND_HI, -1)
    const words = even(
      event.CONVERSATION_WORDS + client.marks.length + server.marks.length + wordsFor(client.length) + wordsFor(server.length),
    )
    for (let i = 0; i < 2; i++) {
      const part = this.told[i]!
      if (part < 0) continue
      const out = this.outlets[part]!
      const at = out.room(words)
      this.found(out, at, words, event.CONVERSATION, row, decoder)
      if (i === this.first) out.words[at + event.META]! |= event.COUNTS
      let o = at + event.CONVERSATION_WORDS
      o = writeMarks(out.words, o, client, 1)
      o = writeMarks(out.words, o, server, 1)
      o = writeMarks(out.words, o, client, 0)
      o = writeMarks(out.words, o, server, 0)
      o = writeHeld(out, o, client, at + event.CLIENT)
      writeHeld(out, o, server, at + event.SERVER)
      out.done(words)
    }
  }

  /**
   * A recognised datagram. `whom`: of whom it tells something (interest.ts). `about`: handle of the host it is about, whoever sent it;
   * ANYBODY or NOBODY.
   */
  datagram(row: number, d: Datagram, decoder: number, whom: number, about: number): void {
    // a jumbogram (RFC 2675), or what a network card had yet to cut, is read as far as a datagram goes
    if (d.end - d.start > MAX_DATAGRAM) {
      d.end = d.start + MAX_DATAGRAM
      d.truncated = true
    }
    this.meet(row)
    const words = even(event.DATAGRAM_WORDS + wordsFor(d.end - d.start))
    if (about === ANYBODY) {
      for (let i = 0; i < this.outlets.length; i++) this.writeDatagram(this.outlets[i]!, row, d, decoder, words, i === 0)
      return
    }
    this.choose(this.table.side === 0 ? whom : (whom >> 1) | ((whom & 1) << 1), about)
    for (let i = 0; i < 3; i++)
      if (this.told[i]! >= 0) this.writeDatagram(this.outlets[this.told[i]!]!, row, d, decoder, words, i === this.first)
  }

  private writeDatagram(out: Outlet, row: number, d: Datagram, decoder: number, words: number, counts: boolean): void {
    const at = out.room(words)
    this.found(out, at, words, event.DATAGRAM, row, decoder)
    const w = out.words
    if (counts) w[at + event.META]! |= event.COUNTS
    w[at + event.FRAME] = d.frame
    w[at + event.WAY] = (d.srcPort << 16) | d.dstPort
    w[at + event.HOW] = (d.fromClient ? event.FROM_CLIENT : 0) | (d.truncated ? event.TRUNCATED : 0)
    w[at + event.LENGTH] = d.end - d.start
    w[at + words - 1] = 0
    w[at + words - 2] = 0
    copyBytes(out.bytes, (at + event.DATAGRAM_WORDS) * 4, d.bytes, d.start, d.end)
    out.done(words)
  }

  /** Who is at the ends of the flow in `row`. */
  private meet(row: number): void {
    const w = this.table.words
    for (let side = 0; side < 2; side++) {
      const handle = w[row * ROW_WORDS + LO_HOST + side]!
      const key = this.addressKey(row, side)
      this.keys[side] = key
      this.owners[side] = handle >= 0 && this.hosts.owns(this.hosts.all[handle]!, key) ? handle : -1
    }
  }

  /** Who is told: those who keep the books of the ends in `sides` (1 lo, 2 hi), and of the host `about` (-1: of none). */
  private choose(sides: number, about: number): void {
    const { told, owners } = this
    const lo = owners[0]
    const hi = owners[1]
    told[0] = sides & 1 && lo >= 0 ? keeperOf(lo, this.shares) : -1
    told[1] = sides & 2 && hi >= 0 ? keeperOf(hi, this.shares) : -1
    told[2] = about >= 0 ? keeperOf(about, this.shares) : -1
    if (told[1] === told[0]) told[1] = -1
    if (told[2] === told[0] || told[2] === told[1]) told[2] = -1
    this.first = told[0] >= 0 ? 0 : told[1] >= 0 ? 1 : told[2] >= 0 ? 2 : -1
    if (this.every && told[0] < 0 && told[1] < 0 && told[2] < 0) told[0] = 0
  }

  /** What conversations and datagrams have in common: the flow and its ends. */
  private found(out: Outlet, at: number, words: number, kind: number, row: number, decoder: number): void {
    const t = this.table
    const w = out.words
    w[at + event.SIZE] = words
    w[at + event.KIND] = kind
    w[at + event.CAPTURE] = this.capture
    w[at + event.ROW] = row
    w[at + event.FLOW] = t.words[row * ROW_WORDS + FLOW]!
    w[at + event.HOSTS] = this.hosts.all.length
    w[at + event.LO_HOST] = this.owners[0]
    w[at + event.LO_HOST + 1] = this.owners[1]
    w[at + event.PORTS] = (t.port(row, 0) << 16) | t.port(row, 1)
    w[at + event.META] =
      (t.ipVersion(row) === 6 ? event.IPV6 : 0) |
      (t.initiator(row) === 1 ? event.INITIATOR_HI : 0) |
      (t.protocolNumber(row) === PROTO_UDP ? event.UDP : 0) |
      (t.isUnasked(row) ? event.UNASKED : 0) |
      (this.scope(row, 0) << event.LO_SCOPE_SHIFT) |
      (this.scope(row, 1) << event.HI_SCOPE_SHIFT)
    out.floats[(at >> 1) + event.TIME] = t.last(row)
    w[at + event.DECODER] = decoder
    this.writeAddress(out, at + event.LO_IP, row, 0)
    this.writeAddress(out, at + event.HI_IP, row, 1)
  }

  private writeAddress(out: Outlet, at: number, row: number, side: number): void {
    if (this.table.ipVersion(row) === 6) this.table.address(row, side, out.bytes, at * 4)
    else out.words[at] = this.keys[side]!
  }

  private addressKey(row: number, side: number): AddressKey {
    if (this.table.ipVersion(row) !== 6) return this.table.words[row * ROW_WORDS + side]!
    const length = this.table.address(row, side, scratch)
    return this.addresses.key(scratch, 0, length)
  }

  /** Of the end on that side: index into SCOPES. */
  private scope(row: number, side: number): number {
    const range = this.addresses.range(this.keys[side]!)
    if (range === 'multicast') return MULTICAST
    const w = this.table.words
    const o = row * ROW_WORDS
    if (w[o + LO_HOST + side]! < 0 && w[o + FLAGS]! & TO_GROUP) return MULTICAST
    return range === 'private' || this.owners[side]! >= 0 ? LOCAL : INTERNET
  }

  /** What a sensor saw of a host. */
  sign(handle: number, key: string, told: Told): void {
    const json = encoder.encode(JSON.stringify({ key: `${told.detector} ${key}`, ...told }))
    if (json.length > event.MAX_SIGN) return
    const out = this.outlets[keeperOf(handle, this.shares)]!
    const words = even(event.DATAGRAM_WORDS + wordsFor(json.length))
    const at = out.room(words)
    out.words.fill(0, at, at + words)
    out.words[at + event.SIZE] = words
    out.words[at + event.KIND] = event.SIGN
    out.words[at + event.HOST] = handle
    out.words[at + event.LENGTH] = json.length
    out.bytes.set(json, (at + event.DATAGRAM_WORDS) * 4)
    out.done(words)
  }

  /** What a flow carried since the last fold, to who keeps the books of its ends; `final` when it has ended. */
  fold(row: number, final: boolean): void {
    this.meet(row)
    const lo = this.owners[0]
    const hi = this.owners[1]
    const initiator = this.table.initiator(row)
    // what a thing says to itself is counted once, as its client's doing
    if (lo >= 0 && (lo !== hi || initiator === 0)) this.foldSide(row, 0, lo, final)
    if (hi >= 0 && (lo !== hi || initiator === 1)) this.foldSide(row, 1, hi, final)
  }

  private foldSide(row: number, side: number, handle: number, final: boolean): void {
    const t = this.table
    const o = row * ROW_WORDS
    const host = this.hosts.all[handle]!
    const flags = t.words[o + FLAGS]!
    const other = 1 - side
    const sent = t.words[o + LO_PACKETS + side]!
    const got = t.words[o + LO_PACKETS + other]!
    const first = t.first(row)
    const last = t.last(row)
    if (sent > 0) {
      host.sent += sent
      if (first < host.first) host.first = first
      if (last > host.last) host.last = last
    }
    const bytesOut = t.bytes(row, side)
    const bytesIn = t.bytes(row, other)
    const within = (flags & WITHIN) !== 0
    if (!within) {
      host.packets += sent + got
      host.bytesOut += bytesOut
      host.bytesIn += bytesIn
    }

    const transport = transportOf(t, row)
    const initiator = t.initiator(row)
    const out = this.outlets[keeperOf(handle, this.shares)]!
    const at = out.room(event.FOLD_WORDS)
    const w = out.words
    const half = at >> 1
    w[at + event.SIZE] = event.FOLD_WORDS
    w[at + event.KIND] = event.FOLD
    w[at + event.CAPTURE] = this.capture
    w[at + event.ROW] = row
    w[at + event.FLOW] = t.words[o + FLOW]!
    w[at + event.HOST] = handle
    w[at + event.FOLD_FRAME] = t.words[o + PAYLOAD_FRAME]! || t.words[o + FIRST_FRAME]!
    w[at + event.FOLD_ANSWER] = t.words[o + ANSWER_FRAME]! || t.words[o + FIRST_FRAME]!
    w[at + event.PACKETS_OUT] = sent
    w[at + event.PACKETS_IN] = got
    out.floats[half + event.BYTES_OUT] = bytesOut
    out.floats[half + event.BYTES_IN] = bytesIn
    out.floats[half + event.FIRST] = first
    out.floats[half + event.LAST] = last
    w[at + event.HOUR] = t.hourOf(row)
    w[at + event.FOLD_META] =
      (t.ipVersion(row) === 6 ? event.IPV6 : 0) |
      (initiator === side ? 0 : event.BY_PEER) |
      (side === 1 ? event.OF_HI : 0) |
      (answered(flags, transport, initiator) ? event.ANSWERED : 0) |
      (final ? event.FINAL : 0) |
      (within ? event.WITHIN : 0) |
      (transport << event.TRANSPORT_SHIFT) |
      (this.scope(row, other) << event.PEER_SCOPE_SHIFT)
    w[at + event.PORT] = transport <= TRANSPORT_UDP ? t.port(row, 1 - initiator) : 0
    w[at + event.PROTOCOL] = (flags >>> PROTOCOL_SHIFT) & 0xff
    this.writeAddress(out, at + event.PEER_IP, row, other)
    out.done(event.FOLD_WORDS)
  }
}

/** Writes frames (1) or offsets (0) of a direction's segments; returns where they end. */
function writeMarks(words: Int32Array, at: number, { marks }: Direction, which: number): number {
  for (let i = which; i < marks.length; i += 2) words[at++] = marks[i]!
  return at
}

/** Writes what is held of a direction, and at `where` how much and in what state that is; returns where it ends. */
function writeHeld({ words, bytes }: Outlet, at: number, direction: Direction, where: number): number {
  const { length, marks, midstream, truncated } = direction
  words[where + event.HELD] = length
  words[where + event.STATE] = (marks.length << 1) | (midstream ? 2 : 0) | (truncated ? 1 : 0)
  const end = at + wordsFor(length)
  // what fills the last word is the same for the same bytes
  if (end > at) words[end - 1] = 0
  copyBytes(bytes, at * 4, direction.bytes, 0, length)
  return end
}

/** Did the side that was called answer (TCP: accept)? */
function answered(flags: number, transport: number, initiator: number): boolean {
  const shift = initiator === 0 ? HI_SHIFT : 0
  const said = (flags >>> shift) & 0xf
  if (transport !== TRANSPORT_TCP) return (said & SENT) !== 0
  return (said & SENT) !== 0 && ((flags & ACCEPTED) !== 0 || (said & SENT_RST) === 0)
}

function transportOf(t: FlowTable, row: number): number {
  if (t.isFragment(row)) return TRANSPORT_OTHER
  switch (t.protocolNumber(row)) {
    case PROTO_TCP:
      return TRANSPORT_TCP
    case PROTO_UDP:
      return TRANSPORT_UDP
    case PROTO_ICMP:
    case PROTO_ICMPV6:
      return TRANSPORT_ICMP
    default:
      return TRANSPORT_OTHER
  }
}

function even(words: number): number {
  return (words + 1) & ~1
}

const scratch = new Uint8Array(16)
const encoder = new TextEncoder()

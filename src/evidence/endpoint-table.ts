import { randomInt } from 'node:crypto'
import { mix } from '../decode/mix.ts'
import { type AddressKey, IPV6_BASE } from '../device/addresses.ts'
import type { FrameRef } from './evidence.ts'
import { type Protection, type Scope, SCOPES } from './kinds.ts'

/*
 * What each host exchanged with each other end, as rows of 128 bytes: a capture of thousands of things has hundreds of thousands of
 * them, and as objects they would take the memory of the whole audit. Word offsets within a row:
 */
const HOST = 0
const PEER = 1 // low 32 bits of the peer's number
const PORT = 2 // port << 16 | peer's high bits << 14 | META
const PROTOCOL = 3
const NEXT = 4 // hash chain
const SIBLING = 5 // the host's next row
const FLOWS = 6
const ANSWERED = 7
const PACKETS_OUT = 8
const PACKETS_IN = 9
const IP = 10 // low bits of the first address, and whether it is IPv6
const IP_SIX = 11
const BYTES_OUT = 6 // float64 from here
const BYTES_IN = 7
const FIRST = 8
const LAST = 9
const EXEMPLARS = 20 // capture and frame, four times
const NAME = 28
const WORDS = 32
const EXEMPLARS_KEPT = 4

/** Of all tables together. */
const MAX_ROWS = 1 << 18
/** Endpoints a host keeps: those it called, and those that called it (a flood's made-up sources must not fill a report). */
const MAX_CALLED = 1024
const MAX_CALLERS = 64
const MAX_IPS = 16

export const TRANSPORT_TCP = 0
export const TRANSPORT_UDP = 1
export const TRANSPORT_ICMP = 2
export const TRANSPORT_OTHER = 3

export const PROTECTIONS: readonly Protection[] = ['unknown', 'encrypted', 'broken', 'clear']

/** What sets one endpoint apart from another; the table's key. */
export interface EndpointKey {
  host: number
  /** Address by which the flow reached it. */
  ip: AddressKey
  /** Id of the name by which the host knew it, 0 for none: endpoints are told apart by name where there is one. */
  name: number
  port: number
  transport: number
  byPeer: boolean
  protocol: number
  /** Index into PROTECTIONS. */
  protection: number
  /** Index into SCOPES. */
  scope: number
}

export interface EndpointTally {
  name: number
  ips: AddressKey[]
  port: number
  transport: number
  protocol: number
  protection: Protection
  scope: Scope
  byPeer: boolean
  bytesOut: number
  bytesIn: number
  packetsOut: number
  packetsIn: number
  flows: number
  answered: number
  first: number
  last: number
  exemplars: FrameRef[]
  /** Stands for endpoints that found no room. */
  overflow: boolean
}

export class EndpointTable {
  private words = new Int32Array(0)
  private floats = new Float64Array(0)
  private heads = new Int32Array(0)
  private rows = 0
  private readonly lists: number[] = [] // first row, by host
  /** Of each host: rows of those it called, and of those that called it. */
  private readonly counts: number[] = []
  /** Addresses beyond the first, for those that have them. */
  private readonly more = new Map<number, AddressKey[]>()

  private readonly most: number
  /** Row for what found no room, that was asked for last; -1 for none yet. */
  private latestRest = -1

  /** @param share of the room that all tables have together */
  constructor(share = 1) {
    this.most = MAX_ROWS * share
    this.resize(1 << 10)
  }

  /** The row for `key`, made at first sight; beyond the bounds a row that stands for all the rest. */
  row(key: EndpointKey): number {
    const meta = (key.transport << 5) | (key.byPeer ? 16 : 0) | (key.protection << 2) | key.scope
    const high = key.name > 0 ? 2 : key.ip >= IPV6_BASE ? 1 : 0
    const peer = key.name > 0 ? key.name : high === 1 ? key.ip - IPV6_BASE : key.ip
    let found = this.find(key.host, peer, (key.port << 16) | (high << 14) | meta, key.protocol)
    if (found >= 0) {
      if (high === 2) this.alsoAt(found, key.ip)
      return found
    }
    if (
      (this.counts[2 * key.host + (key.byPeer ? 1 : 0)] ?? 0) < (key.byPeer ? MAX_CALLERS : MAX_CALLED) &&
      this.rows < this.most
    )
      return this.create(key, peer, (key.port << 16) | (high << 14) | meta)
    // in a flood it is the same row again and again
    const rest = (3 << 14) | meta
    const o = this.latestRest * WORDS
    const w = this.words
    if (o >= 0 && w[o] === key.host && w[o + PORT] === rest && w[o + PROTOCOL] === key.protocol) return this.latestRest
    found = this.find(key.host, 0, rest, key.protocol)
    this.latestRest = found >= 0 ? found : this.create(key, 0, rest)
    return this.latestRest
  }

  /**
   * Add packets, and from `floats` at `from` on: bytes out, bytes in, the first and the last time (numbers with fractions, which as
   * arguments would cost memory each).
   */
  add(row: number, out: number, back: number, floats: Float64Array, from: number, capture: number, frame: number): void {
    const o = row * WORDS
    const half = o >> 1
    const w = this.words
    const f = this.floats
    w[o + PACKETS_OUT]! += out
    w[o + PACKETS_IN]! += back
    f[half + BYTES_OUT]! += floats[from]!
    f[half + BYTES_IN]! += floats[from + 1]!
    if (floats[from + 2]! < f[half + FIRST]!) f[half + FIRST] = floats[from + 2]!
    if (floats[from + 3]! > f[half + LAST]!) f[half + LAST] = floats[from + 3]!
    for (let i = EXEMPLARS; i < EXEMPLARS + 2 * EXEMPLARS_KEPT; i += 2) {
      if (w[o + i + 1] === 0) {
        w[o + i] = capture
        w[o + i + 1] = frame
        return
      }
      if (w[o + i + 1]! >>> 0 === frame && w[o + i] === capture) return
    }
  }

  /** One more flow with it, and whether it was answered. */
  count(row: number, answered: boolean): void {
    this.words[row * WORDS + FLOWS]!++
    if (answered) this.words[row * WORDS + ANSWERED]!++
  }

  /** A host's endpoints, latest made first. */
  *of(host: number): Generator<EndpointTally> {
    for (let r = this.lists[host] ?? -1; r >= 0; r = this.words[r * WORDS + SIBLING]!) yield this.tally(r)
  }

  private tally(row: number): EndpointTally {
    const w = this.words
    const f = this.floats
    const o = row * WORDS
    const half = o >> 1
    const meta = w[o + PORT]! & 0x3fff
    const overflow = ((w[o + PORT]! >> 14) & 3) === 3
    const exemplars: FrameRef[] = []
    for (let i = EXEMPLARS; i < EXEMPLARS + 2 * EXEMPLARS_KEPT && w[o + i + 1] !== 0; i += 2)
      exemplars.push({ capture: w[o + i]!, frame: w[o + i + 1]! >>> 0 })
    const ip = w[o + IP_SIX] === 1 ? IPV6_BASE + w[o + IP]! : w[o + IP]!
    return {
      name: overflow ? 0 : w[o + NAME]!,
      ips: overflow ? [] : [ip, ...(this.more.get(row) ?? [])],
      port: w[o + PORT]! >>> 16,
      transport: (meta >> 5) & 3,
      protocol: w[o + PROTOCOL]!,
      protection: PROTECTIONS[(meta >> 2) & 3]!,
      scope: SCOPES[meta & 3]!,
      byPeer: (meta & 16) !== 0,
      bytesOut: f[half + BYTES_OUT]!,
      bytesIn: f[half + BYTES_IN]!,
      packetsOut: w[o + PACKETS_OUT]! >>> 0,
      packetsIn: w[o + PACKETS_IN]! >>> 0,
      flows: w[o + FLOWS]!,
      answered: w[o + ANSWERED]!,
      first: f[half + FIRST]!,
      last: f[half + LAST]!,
      exemplars,
      overflow,
    }
  }

  private find(host: number, peer: number, port: number, protocol: number): number {
    const w = this.words
    for (let r = this.heads[this.bucket(host, peer, port, protocol)]!; r >= 0; r = w[r * WORDS + NEXT]!) {
      const o = r * WORDS
      if (w[o] === host && w[o + PEER] === peer && w[o + PORT] === port && w[o + PROTOCOL] === protocol) return r
    }
    return -1
  }

  private create(key: EndpointKey, peer: number, port: number): number {
    if (this.rows * WORDS === this.words.length) this.resize(this.rows * 2)
    const row = this.rows++
    const w = this.words
    const o = row * WORDS
    w[o + HOST] = key.host
    w[o + PEER] = peer
    w[o + PORT] = port
    w[o + PROTOCOL] = key.protocol
    w[o + IP] = key.ip >= IPV6_BASE ? key.ip - IPV6_BASE : key.ip
    w[o + IP_SIX] = key.ip >= IPV6_BASE ? 1 : 0
    w[o + NAME] = key.name
    w[o + SIBLING] = this.lists[key.host] ?? -1
    this.lists[key.host] = row
    const slot = 2 * key.host + (key.byPeer ? 1 : 0)
    this.counts[slot] = (this.counts[slot] ?? 0) + 1
    this.floats[(o >> 1) + FIRST] = Infinity
    this.floats[(o >> 1) + LAST] = -Infinity
    this.link(row)
    return row
  }

  private alsoAt(row: number, ip: AddressKey): void {
    const o = row * WORDS
    const first = this.words[o + IP_SIX] === 1 ? IPV6_BASE + this.words[o + IP]! : this.words[o + IP]!
    if (first === ip) return
    const more = this.more.get(row)
    if (!more) this.more.set(row, [ip])
    else if (more.length < MAX_IPS - 1 && !more.includes(ip)) more.push(ip)
  }

  private link(row: number): void {
    const w = this.words
    const o = row * WORDS
    const h = this.bucket(w[o]!, w[o + PEER]!, w[o + PORT]!, w[o + PROTOCOL]!)
    w[o + NEXT] = this.heads[h]!
    this.heads[h] = row
  }

  private bucket(host: number, peer: number, port: number, protocol: number): number {
    return mix(mix(mix(mix(seed, host), peer), port), protocol) & (this.heads.length - 1)
  }

  private resize(rows: number): void {
    const words = new Int32Array(rows * WORDS)
    words.set(this.words)
    this.words = words
    this.floats = new Float64Array(words.buffer)
    this.heads = new Int32Array(rows).fill(-1)
    for (let r = 0; r < this.rows; r++) this.link(r)
  }
}

/** Against chosen collisions. */
const seed = randomInt(2 ** 32)

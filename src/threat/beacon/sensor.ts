import { type Packet, PROTO_TCP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../decode/packet.ts'
import { type AddressKey, IPV6_BASE } from '../../device/addresses.ts'
import { MAX_HOSTS } from '../../device/hosts.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import { heldSince } from '../held.ts'
import { OWN, Rows, WORTH } from '../rows.ts'
import { isUsual } from './usual.ts'
import * as tunable from './tunables.ts'

// a row: one host's calls to one port of one address
const CALLS = OWN
const ANSWERED = OWN + 1
/** Calls that came sooner than GAP after another. */
const HASTY = OWN + 2
const STATE = OWN + 3
/** The last sixteen intervals, in milliseconds. */
const INTERVALS = OWN + 4
const KEPT = 16
const WORDS = INTERVALS + KEPT
const ROWS = 4096
/** In the key, beside the port. */
const SIX = 1 << 16
const FLAGS_OF_SYN = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN

// STATE: what was told
const DEAD = 1
const PERIODIC = 2
const BEATING = 4
const WHATS = [
  [DEAD, 'unanswered'],
  [PERIODIC, 'periodic'],
  [BEATING, 'heartbeat'],
] as const

/** Who calls home: calls to one place again and again, and signs of life in long conversations. Sees no names, so it raises nothing. */
export class BeaconSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly rows = new Rows(WORDS, ROWS, (row) => this.leave(row))
  private readonly addressOf = new Float64Array(ROWS)
  /** By row: when each was sure, and the frame; for those that were. */
  private readonly sure = new Map<number, Map<number, Record<string, number>>>()
  /** Of those that beat: the figures of the conversation seen last. */
  private readonly rhythms = new Map<number, Record<string, number>>()
  private readonly heard = new Uint8Array(MAX_HOSTS)
  // by row of the flow table: the initiator's side and 1 (0: not looked at), and what was seen of its rhythm
  private readonly watched: Uint8Array
  private readonly beats: Uint16Array
  private readonly misses: Uint16Array
  private readonly sent: Uint16Array
  private readonly echoes: Uint16Array
  private readonly longest: Uint8Array
  /** Milliseconds. */
  private readonly period: Int32Array
  private readonly lastBeat: Float64Array

  constructor(desk: SensorDesk) {
    this.desk = desk
    const { capacity } = desk.table
    this.watched = new Uint8Array(capacity)
    this.beats = new Uint16Array(capacity)
    this.misses = new Uint16Array(capacity)
    this.sent = new Uint16Array(capacity)
    this.echoes = new Uint16Array(capacity)
    this.longest = new Uint8Array(capacity)
    this.period = new Int32Array(capacity)
    this.lastBeat = new Float64Array(capacity)
  }

  begin(p: Packet, row: number): void {
    this.watched[row] = 0
    if (p.protocol !== PROTO_TCP || (p.tcpFlags & FLAGS_OF_SYN) !== TCP_SYN || isUsual(p.dstPort)) return
    const { desk } = this
    const { side } = desk.table
    const handle = desk.actor(row, side)
    if (handle < 0 || desk.addresses.range(desk.dst) !== 'internet' || !desk.owns(handle, desk.src)) return
    this.watched[row] = side + 1
    this.beats[row] = 0
    this.misses[row] = 0
    this.sent[row] = 0
    this.echoes[row] = 0
    this.longest[row] = 0
    this.period[row] = 0
    this.lastBeat[row] = 0
    this.called(p, handle, desk.dst)
  }

  answer(p: Packet, row: number): void {
    const { desk } = this
    const side = 1 - desk.table.side
    const handle = desk.actor(row, side)
    if (handle < 0) return
    this.heard[handle] = 1
    if (this.watched[row] === 0 || (p.tcpFlags & (TCP_SYN | TCP_ACK)) !== (TCP_SYN | TCP_ACK)) return
    const key = desk.addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4)
    const found = this.rows.find(handle, key | 0, portKey(p.srcPort, key))
    if (found >= 0) this.rows.words[this.rows.at(found) + ANSWERED]!++
  }

  payload(p: Packet, row: number): boolean {
    if (this.watched[row] === 0) return false
    // a keep-alive of TCP's own has one byte or none
    if (p.payloadWire < 2) return true
    const client = this.desk.table.side === this.watched[row]! - 1
    if (p.payloadWire > tunable.BEAT_BYTES.value) this.miss(row)
    else if (!client) {
      if (this.echoes[row]! < 65535) this.echoes[row]!++
    } else this.beat(p, row)
    return true
  }

  end(row: number): void {
    this.watched[row] = 0
  }

  report(): void {
    for (const row of this.rows.all()) this.tellAll(row)
  }

  private called(p: Packet, handle: number, dst: AddressKey): void {
    const { rows } = this
    const row = rows.of(handle, dst | 0, portKey(p.dstPort, dst))
    this.addressOf[row] = dst
    const w = rows.words
    const o = rows.at(row)
    const since = p.time - rows.last(row)
    if (w[o + CALLS] !== 0 && since >= 0 && since < tunable.GAP.value * 1e6) {
      w[o + HASTY]!++
      return
    }
    if (w[o + CALLS] !== 0) w[o + INTERVALS + (w[o + CALLS]! % KEPT)] = Math.min(since / 1000, 0x7fffffff)
    w[o + CALLS]!++
    w[o + WORTH]!++
    rows.note(row, p, true)
    this.weigh(row, handle)
  }

  private weigh(row: number, handle: number): void {
    const { rows } = this
    const w = rows.words
    const o = rows.at(row)
    const calls = w[o + CALLS]!
    const seconds = (rows.last(row) - rows.first(row)) / 1e6
    if (this.heard[handle] !== 1 || w[o + HASTY]! > calls) return
    if (w[o + ANSWERED] === 0) {
      if ((w[o + STATE]! & DEAD) === 0 && calls >= tunable.DEAD_CALLS.value && seconds >= tunable.DEAD_SPAN.value)
        this.hold(row, DEAD)
    } else if (
      (w[o + STATE]! & PERIODIC) === 0 &&
      calls >= tunable.PERIODIC_CALLS.value &&
      2 * w[o + ANSWERED]! > calls &&
      seconds >= tunable.PERIODIC_SPAN.value &&
      calls % 4 === 0
    ) {
      const { period, jitter } = this.rhythm(row)
      if (jitter <= period * tunable.JITTER.value) this.hold(row, PERIODIC)
    }
  }

  /** Median of the last intervals, and how much three quarters of them differ from it at most, in milliseconds. */
  private rhythm(row: number): { period: number; jitter: number } {
    const o = this.rows.at(row) + INTERVALS
    const count = Math.min(KEPT, this.rows.words[this.rows.at(row) + CALLS]! - 1)
    // the first call has no interval: its place is the last to be filled
    const from = count < KEPT ? o + 1 : o
    const intervals = this.rows.words.slice(from, from + count).sort()
    const period = intervals[count >> 1] ?? 0
    const away = intervals.map((i) => Math.abs(i - period)).sort()
    return { period, jitter: away[(3 * count) >> 2] ?? 0 }
  }

  private miss(row: number): void {
    if (this.misses[row]! < 65535) this.misses[row]!++
  }

  private beat(p: Packet, row: number): void {
    const last = this.lastBeat[row]!
    const passed = (p.time - last) / 1000
    if (last !== 0 && passed < tunable.GAP.value * 1000) {
      this.miss(row)
      return
    }
    this.lastBeat[row] = p.time
    if (this.sent[row]! < 65535) this.sent[row]!++
    if (this.longest[row]! < p.payloadWire) this.longest[row] = p.payloadWire
    if (last === 0) return
    const period = this.period[row]!
    if (Math.abs(passed - period) > period * tunable.JITTER.value) {
      if (period !== 0) this.miss(row)
      this.period[row] = Math.min(passed, 0x7fffffff)
      return
    }
    if (this.beats[row]! < 65535) this.beats[row]!++
    if (this.beats[row]! >= tunable.BEATS.value && this.misses[row]! * 2 <= this.beats[row]!) this.beating(p, row)
  }

  /** There is enough of it, or still more. */
  private beating(p: Packet, row: number): void {
    const { desk, rows } = this
    const handle = desk.actor(row, desk.table.side)
    const key = desk.addresses.key(p.buf, p.dstIp, p.ipVersion === 6 ? 16 : 4)
    const found = rows.find(handle, key | 0, portKey(p.dstPort, key))
    if (found < 0) return
    const first = (rows.words[rows.at(found) + STATE]! & BEATING) === 0
    rows.note(found, p, first)
    this.rhythms.set(found, this.figures(row))
    if (first) this.hold(found, BEATING)
  }

  private figures(row: number): Record<string, number> {
    return {
      beats: this.sent[row]!,
      period: this.period[row]! / 1000,
      bytes: this.longest[row]!,
      echoes: this.echoes[row]!,
      others: this.misses[row]!,
    }
  }

  private hold(row: number, state: number): void {
    this.rows.words[this.rows.at(row) + STATE]! |= state
    this.rows.words[this.rows.at(row) + WORTH]! |= 1 << 20
    let since = this.sure.get(row)
    if (!since) this.sure.set(row, (since = new Map()))
    since.set(state, heldSince(this.rows.last(row), this.rows.latest(row)))
    this.tellAll(row)
  }

  private leave(row: number): void {
    this.tellAll(row)
    this.sure.delete(row)
    this.rhythms.delete(row)
  }

  private tellAll(row: number): void {
    const since = this.sure.get(row)
    if (!since) return
    const { rows, desk } = this
    const o = rows.at(row)
    const address = this.addressOf[row]!
    const ip = desk.addresses.text(address)
    const port = rows.key(row, 2) & 0xffff
    for (const [state, what] of WHATS) {
      const held = since.get(state)
      if (!held) continue
      const beats = state === BEATING ? this.rhythms.get(row)! : {}
      const { period, jitter } = this.rhythm(row)
      desk.sign(rows.key(row, 0), `${what} ${ip}:${port}`, {
        detector: 'beacon',
        what,
        role: 'source',
        peer: { ip, port, scope: 'internet' },
        port,
        detail: { answered: rows.words[o + ANSWERED]!, period: period / 1000, jitter: jitter / 1000, ...beats, ...held },
        count: state === BEATING ? this.rhythms.get(row)!['beats']! : rows.words[o + CALLS]!,
        first: rows.first(row),
        last: rows.last(row),
        frames: rows.frames(row),
      })
    }
  }
}

function portKey(port: number, key: AddressKey): number {
  return port | (key >= IPV6_BASE ? SIX : 0)
}

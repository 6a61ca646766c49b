import { randomInt } from 'node:crypto'
import { mix } from '../decode/mix.ts'
import { FRAGMENT_LATER, type Packet, PROTO_TCP, PROTO_UDP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../decode/packet.ts'

/*
 * Bidirectional flows (RFC 7011, 5103) as rows of 128 bytes in one ArrayBuffer: the first cache line holds all that a packet of a
 * known IPv4 flow touches. The two ends are "lo" and "hi" by address order, so that both directions find the same row by one probe.
 * Word offsets within a row (Int32Array; the Float64Array view uses half of them):
 */
// 0 and 1: IPv4 address of lo and of hi, or the last word of an IPv6 one
const PORTS = 2 // lo << 16 | hi
const TAG = 3 // hour << 12 | later fragment << 11 | IP version (4 or 6, and what follows, in its other bits) << 8 | protocol
const NAMELESS = 1 << 8
const APART = 5 << 8
const HASH = 4 // of the flow's key; of a free row: the next free one
export const FLAGS = 5
export const LO_HOST = 6 // host handle of the hardware address on that side, -1 for none
export const HI_HOST = 7
export const LO_PACKETS = 8 // sent by lo, since the last fold
export const HI_PACKETS = 9
const LO_BYTES = 5 // float64: IP bytes sent by lo, since the last fold
const HI_BYTES = 6
const LAST = 7 // float64: µs of the latest packet
const FIRST = 8 // float64: µs of the first packet
export const FIRST_FRAME = 18
export const ANSWER_FRAME = 19 // first frame of the responder, 0 while there is none
export const STREAM = 20 // handle of the stream under collection, -1 for none
export const DATAGRAMS = 21 // datagrams looked at
/** The same word of TCP's rows: bytes before each side's FIN, and one; lo's in the lower half, 0 where none came before a stream was open. */
export const ENDS = 21
export const FLOW = 22 // number of the flow, from 1: rows are used again, numbers are not
export const PAYLOAD_FRAME = 23 // first frame with payload
const LO_IP6 = 24 // three upper words
const HI_IP6 = 27
/** Sequence number of the first byte of payload that was not yet read, lo's then hi's; 0 while neither its SYN nor payload was seen. */
export const FIRST_SEQ = 30
/** In a flow of someone without an address: first and last four bytes of the hardware address (such flows are never TCP's). */
const MAC = FIRST_SEQ

export const ROW_WORDS = 32

// FLAGS: four bits a side, then the flow's own
export const SENT = 1
export const SENT_PAYLOAD = 2
export const SENT_FIN = 4
export const SENT_RST = 8
export const HI_SHIFT = 4
/** The initiator is hi. */
export const INITIATOR_HI = 1 << 8
/** The initiator is known by its SYN. */
export const INITIATOR_SURE = 1 << 9
/** Seen again since the eviction hand last passed. */
const REFERENCED = 1 << 10
/** Sent to a broadcast or multicast hardware address. */
export const TO_GROUP = 1 << 11
/** No more of its payload is looked at. */
export const SETTLED = 1 << 12
/** The responder completed its half of the TCP handshake. */
export const ACCEPTED = 1 << 13
/** The initiator's SYN was seen: its stream prefix is complete from the first byte. */
export const SYN_SEEN = 1 << 14
/** It travels in a tunnel whose end is at one of its hosts: what it carries is counted with the tunnel already. */
export const WITHIN = 1 << 15
/** Eight bits: protocol id. */
export const PROTOCOL_SHIFT = 17

const HOUR_US = 3_600_000_000
/** What a row has room for, in the year 2089: packets of later (damaged) time stamps count as its. */
const LAST_HOUR = 0xfffff
const IDLE_TCP_OPEN = 3600e6
const IDLE_TCP_OTHER = 60e6
const IDLE_OTHER = 180e6
/** After all rows have been looked at for idle ones: in a flood that would be several times a second. */
const SWEEP_PAUSE = 5e6

/** Flows held at once. */
export const FLOW_CAPACITY = 1 << 16

/** What becomes of a flow's counters: `final` when the flow leaves the table, else at the turn of an hour. */
export type Fold = (row: number, final: boolean) => void

/**
 * The flow table. Bounded: flows leave when idle, and under pressure those seen only once leave first (a flood of spoofed sources
 * pushes out itself, not the conversations). Nothing here allocates per packet.
 */
export class FlowTable {
  words: Int32Array<ArrayBuffer>
  floats: Float64Array<ArrayBuffer>
  /** After `touch`: the side that sent the packet, 0 lo, 1 hi; and whether the flow is new. */
  side = 0
  created = false
  /** After `touch`: the packet is the first that its side sent in a flow which the other side began. */
  answers = false
  /**
   * For `touch`: the packet travels in a tunnel that carries bare IP. Whoever sent that may have written any addresses into it: its flows
   * are not those of the same addresses outside.
   */
  within = false
  /** Flows seen so far. */
  total = 0
  live = 0
  readonly capacity: number
  /**
   * Where rows are found: pairs of hash and row + 1 (0: empty), by linear probing. At most half full, and far smaller than the rows, so
   * that who looks for a flow that is not there, as floods do, need not look at rows.
   */
  private index: Int32Array<ArrayBuffer>
  private readonly mask: number
  // against chosen collisions
  private readonly seed = randomInt(2 ** 32)
  private readonly tagSeed = randomInt(2 ** 32) | 1
  private readonly fold: Fold
  private free = -1
  private fresh = 0
  private hand = 0
  /** When the hand last came by its beginning in search of idle rows. */
  private swept = -Infinity
  private hour = -1
  private hourStart = Infinity
  private hourEnd = -Infinity

  /** @param capacity rows, a power of two */
  constructor(fold: Fold, capacity = FLOW_CAPACITY) {
    this.fold = fold
    this.capacity = capacity
    const rows = new ArrayBuffer(capacity * ROW_WORDS * 4)
    this.words = new Int32Array(rows)
    this.floats = new Float64Array(rows)
    this.index = new Int32Array(capacity * 4)
    this.mask = capacity * 2 - 1
  }

  /** Count an IP packet to its flow and return the flow's row; `side` and `created` tell more. */
  touch(p: Packet): number {
    const time = p.time
    if (time < this.hourStart || time >= this.hourEnd) {
      this.hour = Math.min(Math.max(0, Math.floor(time / HOUR_US)), LAST_HOUR)
      this.hourStart = Math.floor(time / HOUR_US) * HOUR_US
      this.hourEnd = this.hourStart + HOUR_US
    }
    const row = this.find(p)
    const w = this.words
    const base = row * ROW_WORDS
    const half = base >> 1
    if (w[base + TAG]! >>> 12 !== this.hour) this.turnHour(row, base)
    const side = this.side
    let flags = w[base + FLAGS]!
    const bytes = ipBytes(p)
    w[base + LO_PACKETS + side]!++
    this.floats[half + LO_BYTES + side]! += bytes
    this.floats[half + LAST] = time
    let bits = SENT
    if (p.payloadWire > 0) bits |= SENT_PAYLOAD
    if (p.protocol === PROTO_TCP) {
      const t = p.tcpFlags
      if (t & TCP_FIN) bits |= SENT_FIN
      if (t & TCP_RST) bits |= SENT_RST
      if (t & TCP_SYN) {
        flags = this.onSyn(flags, side, t)
        w[base + FIRST_SEQ + side] = p.tcpSeq + 1
      }
    }
    this.answers = !this.created && !(flags & (SENT << (side * HI_SHIFT)))
    if (this.answers) w[base + ANSWER_FRAME] = p.frame
    w[base + FLAGS] = flags | (bits << (side * HI_SHIFT)) | (this.created ? 0 : REFERENCED)
    return row
  }

  private onSyn(flags: number, side: number, tcpFlags: number): number {
    if (tcpFlags & TCP_ACK) {
      flags |= ACCEPTED
      if (!(flags & INITIATOR_SURE)) flags = setInitiator(flags, 1 - side) | INITIATOR_SURE
    } else if (!(flags & INITIATOR_SURE)) {
      flags = setInitiator(flags, side) | INITIATOR_SURE | SYN_SEEN
    } else if (side === (flags & INITIATOR_HI ? 1 : 0)) {
      // the capture has it after its answer
      flags |= SYN_SEEN
    }
    return flags
  }

  private find(p: Packet): number {
    const b = p.buf
    const s = p.srcIp
    const d = p.dstIp
    const sixteen = p.ipVersion === 6
    const tail = sixteen ? 12 : 0
    const src = word(b, s + tail)
    const dst = word(b, d + tail)
    const ported = p.transport >= 0 && (p.protocol === PROTO_TCP || p.protocol === PROTO_UDP)
    const sport = ported ? p.srcPort : 0
    const dport = ported ? p.dstPort : 0
    // a later fragment has no ports: kept apart from the first, counted as its own flow
    // whoever has no address yet (DHCP, duplicate address detection) is told apart by hardware address
    const nameless = src === 0 && p.srcMac >= 0 && p.protocol !== PROTO_TCP && (!sixteen || isZero12(b, s))
    const tag =
      ((p.ipVersion << 8) | (p.protocol & 0xff)) ^
      (p.fragment === FRAGMENT_LATER ? 0x800 : 0) ^
      (nameless ? NAMELESS : 0) ^
      (this.within ? APART : 0)
    const order =
      src !== dst
        ? src >>> 0 > dst >>> 0
        : sixteen
          ? compare12(b, s, d) > 0 || (compare12(b, s, d) === 0 && sport > dport)
          : sport > dport
    const side = order ? 1 : 0
    const lo = order ? dst : src
    const hi = order ? src : dst
    const ports = order ? (dport << 16) | sport : (sport << 16) | dport
    const loAt = order ? d : s
    const hiAt = order ? s : d
    let h = mix(mix(mix(this.seed, lo), hi), ports ^ Math.imul(tag, this.tagSeed))
    if (sixteen) for (let i = 0; i < 12; i += 4) h = mix(mix(h, word(b, loAt + i)), word(b, hiAt + i))
    if (nameless) h = mix(mix(h, word(b, p.srcMac)), word(b, p.srcMac + 2))
    const w = this.words
    const { index, mask } = this
    for (let slot = h & mask; index[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      if (index[2 * slot] !== h) continue
      const r = index[2 * slot + 1]! - 1
      const o = r * ROW_WORDS
      if (w[o]! !== lo || w[o + 1]! !== hi || w[o + 2]! !== ports || (w[o + 3]! & 0xfff) !== tag) continue
      if (sixteen && !(same12(w, o + LO_IP6, b, loAt) && same12(w, o + HI_IP6, b, hiAt))) continue
      if (nameless && (w[o + MAC]! !== word(b, p.srcMac) || w[o + MAC + 1]! !== word(b, p.srcMac + 2))) continue
      if (p.protocol === PROTO_TCP && (p.tcpFlags & (TCP_SYN | TCP_ACK)) === TCP_SYN && this.beginsAnother(p, o, side)) {
        // the same ports used again after the conversation ended, or without its end having been seen: a new flow
        this.remove(r)
        break
      }
      this.side = side
      this.created = false
      return r
    }
    const row = this.allocate(p)
    const o = row * ROW_WORDS
    // by hand: calling fill() costs more than it does
    for (let i = o; i < o + ROW_WORDS; i++) w[i] = 0
    w[o] = lo
    w[o + 1] = hi
    w[o + PORTS] = ports
    w[o + TAG] = (this.hour << 12) | tag
    w[o + FLAGS] = guessInitiator(side, sport, dport)
    w[o + LO_HOST] = -1
    w[o + HI_HOST] = -1
    w[o + STREAM] = -1
    w[o + FIRST_FRAME] = p.frame
    this.floats[(o >> 1) + FIRST] = p.time
    if (sixteen) {
      for (let i = 0; i < 3; i++) {
        w[o + LO_IP6 + i] = word(b, loAt + 4 * i)
        w[o + HI_IP6 + i] = word(b, hiAt + 4 * i)
      }
    }
    if (nameless) {
      w[o + MAC] = word(b, p.srcMac)
      w[o + MAC + 1] = word(b, p.srcMac + 2)
    }
    w[o + HASH] = h
    let slot = h & mask
    while (index[2 * slot + 1] !== 0) slot = (slot + 1) & mask
    index[2 * slot] = h
    index[2 * slot + 1] = row + 1
    this.side = side
    this.created = true
    this.total++
    w[o + FLOW] = this.total
    this.live++
    return row
  }

  /** Does a SYN on the ports of the row at `o` open another conversation? Not one that only comes again, late. */
  private beginsAnother(p: Packet, o: number, side: number): boolean {
    const w = this.words
    const flags = w[o + FLAGS]!
    const again = (flags & (CLOSED | SETTLED | SYN_SEEN)) === SYN_SEEN && w[o + FIRST_SEQ + side] === ((p.tcpSeq + 1) | 0)
    return hasSpoken(flags) && !again
  }

  /** Fold every flow and empty the table (end of a capture). */
  flush(): void {
    for (let r = 0; r < this.fresh; r++) if (this.words[r * ROW_WORDS + TAG] !== 0) this.remove(r)
  }

  /** Give the memory back, now and not when garbage is next collected: no packet may come after this. */
  release(): void {
    this.words.buffer.transfer(0)
    this.index.buffer.transfer(0)
    this.words = new Int32Array(0)
    this.floats = new Float64Array(0)
    this.index = new Int32Array(0)
  }

  private allocate({ time }: Packet): number {
    // two steps of the hand a new flow: idle rows are found long before the table is full
    if (this.fresh > 0 && Math.abs(time - this.swept) > SWEEP_PAUSE) {
      for (let i = 0; i < 2; i++) {
        const r = this.step()
        if (r === 0) this.swept = time
        if (this.words[r * ROW_WORDS + TAG] !== 0 && time - this.floats[r * (ROW_WORDS / 2) + LAST]! > this.idleLimit(r))
          this.remove(r)
      }
    }
    if (this.free < 0 && this.fresh === this.capacity) {
      for (;;) {
        const r = this.step()
        const f = r * ROW_WORDS + FLAGS
        if (this.words[f]! & REFERENCED) this.words[f]! &= ~REFERENCED
        else {
          this.remove(r)
          break
        }
      }
    }
    if (this.free >= 0) {
      const r = this.free
      this.free = this.words[r * ROW_WORDS + HASH]!
      return r
    }
    return this.fresh++
  }

  private step(): number {
    const r = this.hand
    this.hand = r + 1 >= this.fresh ? 0 : r + 1
    return r
  }

  private idleLimit(row: number): number {
    const o = row * ROW_WORDS
    if ((this.words[o + TAG]! & 0xff) !== PROTO_TCP) return IDLE_OTHER
    const f = this.words[o + FLAGS]!
    return f & SENT && f & (SENT << HI_SHIFT) && !(f & CLOSED) ? IDLE_TCP_OPEN : IDLE_TCP_OTHER
  }

  private remove(row: number): void {
    this.fold(row, true)
    const w = this.words
    const o = row * ROW_WORDS
    this.unlink(w[o + HASH]!, row + 1)
    w[o + TAG] = 0
    w[o + HASH] = this.free
    this.free = row
    this.live--
  }

  /** Take a row out of the index; what was pushed aside by it moves up (Knuth, volume 3, 6.4, algorithm R). */
  private unlink(h: number, entry: number): void {
    const { index, mask } = this
    let hole = h & mask
    while (index[2 * hole + 1] !== entry) hole = (hole + 1) & mask
    for (let slot = (hole + 1) & mask; index[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      const home = index[2 * slot]! & mask
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue
      index[2 * hole] = index[2 * slot]!
      index[2 * hole + 1] = index[2 * slot + 1]!
      hole = slot
    }
    index[2 * hole + 1] = 0
  }

  /** Counters belong to the hour in which they were counted. */
  private turnHour(row: number, base: number): void {
    const packets = this.words[base + LO_PACKETS]! + this.words[base + HI_PACKETS]!
    if (packets > 0) this.fold(row, false)
    this.words[base + TAG] = (this.hour << 12) | (this.words[base + TAG]! & 0xfff)
  }

  /** Clear what has been folded. */
  clear(row: number): void {
    const o = row * ROW_WORDS
    this.words[o + LO_PACKETS] = 0
    this.words[o + HI_PACKETS] = 0
    this.floats[(o >> 1) + LO_BYTES] = 0
    this.floats[(o >> 1) + HI_BYTES] = 0
  }

  protocolNumber(row: number): number {
    return this.words[row * ROW_WORDS + TAG]! & 0xff
  }

  ipVersion(row: number): number {
    return (this.words[row * ROW_WORDS + TAG]! >> 8) & 2 ? 6 : 4
  }

  isFragment(row: number): boolean {
    return (this.words[row * ROW_WORDS + TAG]! & 0x800) !== 0
  }

  /** Hours since 1970 of the counters now held. */
  hourOf(row: number): number {
    return this.words[row * ROW_WORDS + TAG]! >>> 12
  }

  port(row: number, side: number): number {
    const ports = this.words[row * ROW_WORDS + PORTS]!
    return side === 0 ? ports >>> 16 : ports & 0xffff
  }

  bytes(row: number, side: number): number {
    return this.floats[row * (ROW_WORDS / 2) + LO_BYTES + side]!
  }

  first(row: number): number {
    return this.floats[row * (ROW_WORDS / 2) + FIRST]!
  }

  last(row: number): number {
    return this.floats[row * (ROW_WORDS / 2) + LAST]!
  }

  /** 0 when lo opened the conversation, 1 when hi did. */
  initiator(row: number): number {
    return this.words[row * ROW_WORDS + FLAGS]! & INITIATOR_HI ? 1 : 0
  }

  /** The side taken for the initiator (by a port, or an answer to a SYN) never sent a packet, and nothing else says that it asked. */
  isUnasked(row: number): boolean {
    const flags = this.words[row * ROW_WORDS + FLAGS]!
    if (flags & INITIATOR_SURE && this.protocolNumber(row) !== PROTO_TCP) return false
    return (flags & (flags & INITIATOR_HI ? SENT << HI_SHIFT : SENT)) === 0
  }

  /** Who opened it, where more is known than the packet tells. */
  setInitiator(row: number, side: number): void {
    const at = row * ROW_WORDS + FLAGS
    this.words[at] = setInitiator(this.words[at]!, side) | INITIATOR_SURE
  }

  /** Write the address of a side to `out` from `at` (4 or 16 bytes) and return its length. */
  address(row: number, side: number, out: Uint8Array, at = 0): number {
    const w = this.words
    const o = row * ROW_WORDS
    if (this.ipVersion(row) !== 6) {
      put(out, at, w[o + side]!)
      return 4
    }
    const upper = o + (side === 0 ? LO_IP6 : HI_IP6)
    for (let i = 0; i < 3; i++) put(out, at + 4 * i, w[upper + i]!)
    put(out, at + 12, w[o + side]!)
    return 16
  }
}

/** Ended, or past its handshake: a plain SYN now belongs to another conversation (RFC 9293, 3.6). */
function hasSpoken(flags: number): boolean {
  return (flags & CLOSED) !== 0 || ((flags & ACCEPTED) !== 0 && (flags & (SENT_PAYLOAD | (SENT_PAYLOAD << HI_SHIFT))) !== 0)
}

/** Both ends are done, or one end reset it. */
const CLOSED = SENT_RST | (SENT_RST << HI_SHIFT) | SENT_FIN | (SENT_FIN << HI_SHIFT)

export function isClosed(flags: number): boolean {
  return (flags & (SENT_RST | (SENT_RST << HI_SHIFT))) !== 0 || isFinished(flags)
}

/** Both ends have said that they are done. */
export function isFinished(flags: number): boolean {
  return (flags & (SENT_FIN | (SENT_FIN << HI_SHIFT))) === (SENT_FIN | (SENT_FIN << HI_SHIFT))
}

function setInitiator(flags: number, side: number): number {
  return side === 1 ? flags | INITIATOR_HI : flags & ~INITIATOR_HI
}

/** Without a SYN the lower of a system port (RFC 6335) and another is the server; else who spoke first is the client. */
function guessInitiator(side: number, sport: number, dport: number): number {
  const serverSpoke = sport < 1024 && dport >= 1024 && sport !== 0
  return (serverSpoke ? 1 - side : side) === 1 ? INITIATOR_HI : 0
}

/** What the network carried, without link framing and padding: the packet's own length, unless it is not told (offloaded segments) or untrue. */
function ipBytes(p: Packet): number {
  const b = p.buf
  const o = p.network
  const carried = p.wireLength - (o - p.start)
  const told = p.ipVersion === 4 ? (b[o + 2]! << 8) | b[o + 3]! : 40 + ((b[o + 4]! << 8) | b[o + 5]!)
  return told < carried && told > (p.ipVersion === 4 ? 19 : 40) ? told : carried
}

function word(b: Uint8Array, o: number): number {
  return (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!
}

function put(out: Uint8Array, o: number, v: number): void {
  out[o] = v >>> 24
  out[o + 1] = v >>> 16
  out[o + 2] = v >>> 8
  out[o + 3] = v
}

function same12(w: Int32Array, o: number, b: Uint8Array, at: number): boolean {
  return w[o] === word(b, at) && w[o + 1] === word(b, at + 4) && w[o + 2] === word(b, at + 8)
}

function isZero12(b: Uint8Array, at: number): boolean {
  return (word(b, at) | word(b, at + 4) | word(b, at + 8)) === 0
}

function compare12(b: Uint8Array, x: number, y: number): number {
  for (let i = 0; i < 12; i++) if (b[x + i] !== b[y + i]) return b[x + i]! - b[y + i]!
  return 0
}

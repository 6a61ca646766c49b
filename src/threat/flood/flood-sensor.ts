import {
  type Packet,
  PROTO_ICMP,
  PROTO_ICMPV6,
  PROTO_TCP,
  PROTO_UDP,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
} from '../../decode/packet.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import {
  FLAGS,
  FLOW,
  type FlowTable,
  HI_SHIFT,
  LO_HOST,
  LO_PACKETS,
  ROW_WORDS,
  SENT,
  SYN_SEEN,
  TO_GROUP,
  WITHIN,
} from '../../flow/table.ts'
import { FRAME_WITHIN } from '../../decode/ether-types.ts'
import { ipBytes } from '../ip-bytes.ts'
import { Rates } from '../rates.ts'
import { scopeOf } from '../scope.ts'
import { BY_PORT, isAnswer } from '../reflection/services.ts'
import { Attack } from './attack.ts'
import { Barrage, type Passing } from './barrage.ts'
import { isFlood } from './decide.ts'
import { telling } from './facts.ts'
import {
  ACK,
  GRE,
  HTTP,
  ICMP,
  isDnsQuery,
  isHttpRequest,
  isIcmpRequest,
  isVseQuery,
  STOMP,
  SYN,
  TCP_FLAGS,
  UDP,
  VSE,
} from './vectors.ts'

const PROTO_GRE = 47
const BOTH = SENT | (SENT << HI_SHIFT)
const NONE = -1
/** Unanswered packets of a host and vector in a second from which on it is looked at where they go. */
const LOOKED_AT = 16
/** A conversation is one-sided when one end sends so many packets to one of the other's. */
const ONE_SIDED = 32
const FROM_ONE_SIDE = 64
/** Slots of `Rates` a host: two roles, 16 vectors. */
const ROLE_SHIFT = 4
const HOST_SHIFT = 5
const MAX_ATTACKS = 4096
const MAX_BARRAGES = 8192
/** A sign is told of again when there is so much more of it. */
const GROWTH = 8
/** Of what was routed, packets with a hop limit as if they were not: more tell that it is no router. */
const ROUTED = 0.05

/** Floods by hosts of this network and of them. */
export class FloodSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly table: FlowTable
  private readonly rates = new Rates()
  /** By slot; in the order in which they began. */
  private readonly attacks = new Map<number, Attack>()
  private barrages = 0
  /** By host and role: vectors of which there is an attack, as bits. */
  private looked = new Uint16Array(64)
  /** By host: packets that it forwarded, as their hop limit tells. */
  private routed = new Int32Array(32)
  /** Of the flow at hand: the source's address is not its own. */
  private readonly passing: Passing = { created: false, forged: false, bytes: 0, from: 0, to: 0 }
  private unsure = false
  /** Looked at last: a flood's packets come one after the other. */
  private slot = -1
  private attack: Attack | undefined
  private readonly scope = (ip: string) => scopeOf(this.desk, ip)

  constructor(desk: SensorDesk) {
    this.desk = desk
    this.table = desk.table
  }

  /** How much is kept: bounded. */
  get kept(): { attacks: number; barrages: number } {
    return { attacks: this.attacks.size, barrages: this.barrages }
  }

  packet(p: Packet, row: number): void {
    const { words } = this.table
    const flags = words[row * ROW_WORDS + FLAGS]!
    if (flags & (TO_GROUP | WITHIN)) return
    const vector = this.vectorOf(p, row, flags)
    if (vector === NONE) return
    const { side } = this.table
    const from = this.sender(p, row, side)
    const to = this.receiver(row, 1 - side)
    if (from >= 0 && (to < 0 || to !== from)) this.count(p, row, vector, from, 0)
    if (to >= 0 && to !== from && !this.reflected(p, vector)) this.count(p, row, vector, to, 1)
  }

  answer(p: Packet, row: number): void {
    if (this.attacks.size === 0 || (p.protocol !== PROTO_TCP && p.protocol !== PROTO_UDP)) return
    const { side } = this.table
    this.back(p, row, this.desk.actor(row, 1 - side), 0, side)
    this.back(p, row, this.receiver(row, side), 1, side)
  }

  report(): void {
    for (const attack of this.attacks.values()) {
      for (const b of attack.barrages) {
        if (b.raised || !this.isFlood(attack, b, true)) continue
        b.raised = true
        attack.raised ??= { time: b.last, frame: { ...b.lastFrame } }
      }
      if (attack.raised) this.tell(attack)
    }
  }

  private vectorOf(p: Packet, row: number, flags: number): number {
    if (p.protocol === PROTO_TCP) return this.ofTcp(p, row, flags)
    if (p.protocol === PROTO_UDP) return this.ofUdp(p, row, flags)
    if (p.protocol === PROTO_GRE) return (flags & BOTH) === BOTH || p.fragment !== 0 ? NONE : GRE
    if (p.protocol === PROTO_ICMP || p.protocol === PROTO_ICMPV6) return this.ofIcmp(p, row)
    return NONE
  }

  private ofTcp(p: Packet, row: number, flags: number): number {
    const t = p.tcpFlags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)
    if (p.transport < 0) return NONE
    if (t === TCP_SYN) return SYN
    if (this.attacks.size > 0 && flags & SYN_SEEN && !(t & (TCP_SYN | TCP_RST))) this.completes(row)
    if ((flags & BOTH) !== BOTH) return t === TCP_ACK ? ACK : TCP_FLAGS
    if (p.payloadWire === 0) return NONE
    if (this.isOneSided(row)) return STOMP
    return isHttpRequest(p.buf, p.payload, p.payloadEnd) ? HTTP : NONE
  }

  private ofUdp(p: Packet, row: number, flags: number): number {
    if (p.transport < 0) return NONE
    if (isVseQuery(p.buf, p.payload, p.payloadEnd)) return VSE
    if ((flags & BOTH) === BOTH && !this.isOneSided(row)) return NONE
    return p.dstPort === 53 && isDnsQuery(p.buf, p.payload, p.payloadEnd) ? NONE : UDP
  }

  private ofIcmp(p: Packet, row: number): number {
    if (isIcmpRequest(p.srcPort, p.ipVersion)) return ICMP
    if (this.attacks.size > 0 && (p.srcPort === 0 || p.srcPort === 129)) {
      const { side } = this.table
      this.back(p, row, this.desk.actor(row, 1 - side), 0, side)
      this.back(p, row, this.receiver(row, side), 1, side)
    }
    return NONE
  }

  /** Much is sent, and next to nothing comes back. */
  private isOneSided(row: number): boolean {
    const at = row * ROW_WORDS + LO_PACKETS
    const { side, words } = this.table
    const own = words[at + side]!
    return own > FROM_ONE_SIDE && words[at + 1 - side]! * ONE_SIDED < own
  }

  /** Who is sent it: also a thing under an address of which nothing else is known, as it calls others through a router and so is none. */
  private receiver(row: number, side: number): number {
    const actor = this.desk.actor(row, side)
    if (actor >= 0) return actor
    const handle = this.table.words[row * ROW_WORDS + LO_HOST + side]!
    return handle >= 0 && this.desk.hosts.all[handle]!.calls ? handle : -1
  }

  /** Who sends it: also a host that nobody would know from a router, as it sends under addresses of all kinds, but as neighbours do. */
  private sender(p: Packet, row: number, side: number): number {
    this.unsure = false
    const actor = this.desk.actor(row, side)
    if (actor >= 0 || !this.table.created) return actor
    const handle = this.table.words[row * ROW_WORDS + LO_HOST + side]!
    if (handle < 0 || this.receiver(row, 1 - side) >= 0) return -1
    if (p.hopLimit === 64 || p.hopLimit === 128 || p.hopLimit === 255) {
      this.unsure = this.desk.hosts.all[handle]!.towards.length === 0
      return this.unsure ? handle : -1
    }
    if (handle >= this.routed.length) this.routed = grown(this.routed, handle)
    this.routed[handle]!++
    return -1
  }

  /** Answers of services are told of as reflected (reflection/). */
  private reflected(p: Packet, vector: number): boolean {
    if (vector === UDP) return BY_PORT[p.srcPort] !== 0 && isAnswer(BY_PORT[p.srcPort]!, p.buf, p.payload, p.payloadEnd)
    if (vector !== TCP_FLAGS) return false
    const t = p.tcpFlags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)
    return t === (TCP_SYN | TCP_ACK) || t === TCP_RST || t === (TCP_RST | TCP_ACK)
  }

  private count(p: Packet, row: number, vector: number, handle: number, role: number): void {
    const slot = (handle << HOST_SHIFT) | (role << ROLE_SHIFT) | vector
    const counted = this.rates.count(slot, p)
    if (counted >= LOOKED_AT || this.isLooked(handle, role, vector)) this.look(p, row, slot, counted)
  }

  private isLooked(handle: number, role: number, vector: number): boolean {
    const at = 2 * handle + role
    return at < this.looked.length && ((this.looked[at]! >> vector) & 1) === 1
  }

  /** There is more of it than usual. */
  private look(p: Packet, row: number, slot: number, counted: number): void {
    const attack = slot === this.slot ? this.attack : (this.attacks.get(slot) ?? this.open(slot))
    if (!attack) return
    this.slot = slot
    this.attack = attack
    attack.last = p.time
    const { side } = this.table
    const key = attack.atHome ? 0 : this.keyOf(row, 1 - side)
    let barrage = attack.find(key)
    if (barrage && attack.settle(barrage, p.time)) {
      this.barrages--
      barrage = undefined
    }
    if (!barrage) {
      if (counted < LOOKED_AT || !attack.note(key, p.time)) return
      const alone = attack.alone
      barrage = this.barrage(p, attack, key)
      if (!barrage) return
      if (alone && counted > 1)
        barrage.before(counted - 1, ipBytes(p) * (counted - 1), this.rates.firstTime(slot), this.rates.firstFrame(slot))
    }
    this.take(p, row, attack, barrage)
    if (!barrage.raised && barrage.packets % 16 === 0 && this.isFlood(attack, barrage, false)) {
      barrage.raised = true
      attack.raised ??= { time: p.time, frame: { capture: p.capture, frame: p.frame } }
      this.tell(attack)
    } else if (barrage.raised && barrage.packets >= attack.told * GROWTH) this.tell(attack)
  }

  private take(p: Packet, row: number, attack: Attack, barrage: Barrage): void {
    const { vector } = attack
    const { side, words } = this.table
    const { passing } = this
    passing.created = this.table.created
    passing.forged = !attack.atHome && this.isForged(p, attack.handle)
    passing.bytes = ipBytes(p)
    passing.from = vector === GRE ? innerSource(p) : p.srcPort
    passing.to = p.dstPort
    barrage.take(p, passing)
    if (this.unsure && !attack.atHome) barrage.unsure++
    if (vector === STOMP || ((vector === ACK || vector === TCP_FLAGS) && !passing.created))
      barrage.segment(p, words[row * ROW_WORDS + FLOW]!, words[row * ROW_WORDS + LO_PACKETS + 1 - side]!)
  }

  private isForged(p: Packet, handle: number): boolean {
    return !this.desk.owns(handle, this.desk.addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4))
  }

  private isFlood(attack: Attack, b: Barrage, over: boolean): boolean {
    if (b.unsure > 0 && (this.routed[attack.handle] ?? 0) > b.unsure * ROUTED) return false
    return isFlood(attack.vector, attack.atHome, b, over)
  }

  private open(slot: number): Attack | undefined {
    if (this.attacks.size >= MAX_ATTACKS) {
      const old = this.oldest()
      if (old === undefined) return undefined
      this.close(old)
    }
    const handle = slot >> HOST_SHIFT
    const role = (slot >> ROLE_SHIFT) & 1
    const vector = slot & 15
    const attack = new Attack(handle, vector, role === 1, this.scope)
    this.attacks.set(slot, attack)
    const at = 2 * handle + role
    if (at >= this.looked.length) this.looked = grown(this.looked, at)
    this.looked[at]! |= 1 << vector
    return attack
  }

  private oldest(): number | undefined {
    for (const [slot, { raised }] of this.attacks) if (!raised) return slot
    return undefined
  }

  private close(slot: number): void {
    this.barrages -= this.attacks.get(slot)!.barrages.length
    this.attacks.delete(slot)
    if (slot === this.slot) this.slot = -1
    this.looked[slot >> ROLE_SHIFT]! &= ~(1 << (slot & 15))
  }

  private barrage(p: Packet, attack: Attack, key: number): Barrage | undefined {
    const before = attack.barrages.length
    if (this.barrages >= MAX_BARRAGES) return undefined
    const length = p.ipVersion === 6 ? 16 : 4
    const { addresses } = this.desk
    const barrage = new Barrage(key, p, {
      target: addresses.text(addresses.key(p.buf, p.dstIp, length)),
      source: addresses.text(addresses.key(p.buf, p.srcIp, length)),
      port: p.dstPort,
    })
    if (!attack.begin(barrage, p.time)) return undefined
    this.barrages += attack.barrages.length - before
    return barrage
  }

  /** Of the network of 256 addresses in which that side is; of IPv6 the address. */
  private keyOf(row: number, side: number): number {
    if (this.table.ipVersion(row) === 4) return this.table.words[row * ROW_WORDS + side]! >> 8
    const { addresses } = this.desk
    return addresses.key(scratch, 0, this.table.address(row, side, scratch))
  }

  /** Something came back to the host at the side that was not `answering`, or from the one that was. */
  private back(p: Packet, row: number, handle: number, role: number, answering: number): void {
    const at = 2 * handle + role
    if (handle < 0 || at >= this.looked.length || this.looked[at] === 0) return
    const key = role === 1 ? 0 : this.keyOf(row, answering)
    for (let mask = this.looked[at]!, vector = 0; mask !== 0; mask >>= 1, vector++) {
      if ((mask & 1) === 0) continue
      const barrage = this.attacks.get((at << ROLE_SHIFT) | vector)?.find(key)
      if (!barrage) continue
      if (p.protocol === PROTO_TCP) {
        if (vector > TCP_FLAGS || vector === UDP) continue
        if (p.tcpFlags & TCP_RST) barrage.refused++
        else if (p.tcpFlags & TCP_SYN) barrage.accepted++
        else barrage.answered++
      } else if (vector === (p.protocol === PROTO_UDP ? UDP : ICMP)) barrage.answered++
    }
  }

  /** The second packet of who began is no SYN again: a handshake was finished. */
  private completes(row: number): void {
    const { words, side } = this.table
    if (words[row * ROW_WORDS + LO_PACKETS + side] !== 2 || this.table.initiator(row) !== side) return
    this.completed(row, this.desk.actor(row, side), 0, 1 - side)
    this.completed(row, this.receiver(row, 1 - side), 1, 1 - side)
  }

  private completed(row: number, handle: number, role: number, answering: number): void {
    if (handle < 0 || !this.isLooked(handle, role, SYN)) return
    const barrage = this.attacks
      .get((handle << HOST_SHIFT) | (role << ROLE_SHIFT) | SYN)
      ?.find(role === 1 ? 0 : this.keyOf(row, answering))
    if (barrage) barrage.completed++
  }

  private tell(attack: Attack): void {
    const told = telling(attack)
    if (!told) return
    attack.told = told.count
    this.desk.sign(attack.handle, told.key, told)
  }
}

function grown<T extends Uint16Array | Int32Array>(array: T, at: number): T {
  let size = array.length
  while (size <= at) size *= 2
  const made = new (array.constructor as new (n: number) => T)(size)
  made.set(array)
  return made
}

/** Of the packet in a tunnel: its source address, by which one tunnel's packets are told from those of a flood. */
function innerSource({ buf, inner, innerEnd, innerType, tunnel }: Packet): number {
  if (tunnel === 0) return 0
  const o = inner + (innerType === FRAME_WITHIN ? 14 : 0) + 12
  return o + 4 > innerEnd ? 0 : (buf[o]! << 24) | (buf[o + 1]! << 16) | (buf[o + 2]! << 8) | buf[o + 3]!
}

const scratch = new Uint8Array(16)

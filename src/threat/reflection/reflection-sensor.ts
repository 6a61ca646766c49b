import { type Packet, TCP_ACK } from '../../decode/packet.ts'
import type { Sensor, SensorDesk, Told } from '../../evidence/sensor.ts'
import { FLAGS, type FlowTable, HI_SHIFT, ROW_WORDS, SENT, TO_GROUP, WITHIN } from '../../flow/table.ts'
import { ipBytes } from '../ip-bytes.ts'
import { scopeOf } from '../scope.ts'
import { isReflection } from './decide.ts'
import { Reflected, REFLECTOR, SOURCE, TARGET } from './reflected.ts'
import { BY_PORT, DNS, isAmplified, isAnswer, SERVICES, SYN_ACK } from './services.ts'

/** Hosts, roles and services that are looked at together. */
const MAX_KEPT = 2048
/** Microseconds: after so long a silence, or when nothing came of it for so long, it begins anew. */
const QUIET = 60e6
const LONG = 120e6
/** A sign is told of again when there is so much more of it. */
const GROWTH = 8
const BOTH = SENT | (SENT << HI_SHIFT)

/** Answers that somebody else asked for, at both ends, and who asks so. */
export class ReflectionSensor implements Sensor {
  readonly ports = [...BY_PORT.keys()].filter((port) => BY_PORT[port] !== 0)
  private readonly desk: SensorDesk
  private readonly table: FlowTable
  /** In the order in which they began. */
  private readonly kept = new Map<number, Reflected>()

  constructor(desk: SensorDesk) {
    this.desk = desk
    this.table = desk.table
  }

  syn(p: Packet, row: number): void {
    if (p.tcpFlags & TCP_ACK) this.accepted(p, row)
  }

  report(): void {
    for (const r of this.kept.values()) if (r.raised) this.tell(r)
  }

  datagram(p: Packet, row: number): void {
    const by = BY_PORT[p.srcPort]!
    const to = BY_PORT[p.dstPort]!
    const flags = this.table.words[row * ROW_WORDS + FLAGS]!
    if (flags & (TO_GROUP | WITHIN)) return
    const { side } = this.table
    const from = this.desk.actor(row, side)
    const at = this.desk.actor(row, 1 - side)
    const answered = (flags & BOTH) === BOTH
    if (by !== 0 && from < 0 && at >= 0 && !answered) {
      if (this.isFar(p, p.srcIp) && isAnswer(by, p.buf, p.payload, p.payloadEnd)) this.take(p, at, TARGET, by, p.srcIp)
    } else if (by !== 0 && from >= 0 && at < 0 && answered) {
      this.reflects(p, from, by)
    } else if (to !== 0 && from >= 0 && at < 0) {
      if (this.isForged(p, from) && isAmplified(to, p.buf, p.payload, p.payloadEnd)) this.take(p, from, SOURCE, to, p.dstIp)
    } else if (to !== 0 && from < 0 && at >= 0) {
      if (this.isFar(p, p.srcIp) && isAmplified(to, p.buf, p.payload, p.payloadEnd)) this.take(p, at, REFLECTOR, to, p.srcIp)
    }
  }

  /** A host here answers: to a question that was counted? */
  private reflects(p: Packet, handle: number, service: number): void {
    const r = this.kept.get(slot(handle, REFLECTOR, service))
    if (!r || !this.isFar(p, p.dstIp)) return
    r.answers++
    r.answered += ipBytes(p)
    r.last = p.time
    this.settle(r, p)
  }

  private accepted(p: Packet, row: number): void {
    const flags = this.table.words[row * ROW_WORDS + FLAGS]!
    if ((flags & BOTH) === BOTH || flags & (TO_GROUP | WITHIN)) return
    const { side } = this.table
    const at = this.desk.actor(row, 1 - side)
    if (at < 0 || this.desk.actor(row, side) >= 0 || !this.isFar(p, p.srcIp)) return
    this.take(p, at, TARGET, SYN_ACK, p.srcIp, !this.table.created)
  }

  private take(p: Packet, handle: number, role: number, service: number, other: number, again = false): void {
    const key = slot(handle, role, service)
    let r = this.kept.get(key)
    if (r && !r.raised && (Math.abs(p.time - r.last) > QUIET || (service !== SYN_ACK && p.time - r.first > LONG))) {
      this.kept.delete(key)
      r = undefined
    }
    if (!r) {
      if (!this.makeRoom()) return
      this.kept.set(key, (r = new Reflected(handle, role, service)))
    }
    r.take(p, other, ipBytes(p))
    if (again) r.again++
    if (role !== TARGET) r.ask(p, service === DNS)
    this.settle(r, p)
  }

  private settle(r: Reflected, p: Packet): void {
    if (r.raised) {
      if (r.packets >= r.told * GROWTH) this.tell(r)
    } else if (isDue(r) && isReflection(r)) {
      r.raised = { time: p.time, frame: { capture: p.capture, frame: p.frame } }
      this.tell(r)
    }
  }

  private makeRoom(): boolean {
    if (this.kept.size < MAX_KEPT) return true
    for (const [key, { raised }] of this.kept)
      if (!raised) {
        this.kept.delete(key)
        return true
      }
    return false
  }

  private isFar(p: Packet, at: number): boolean {
    const { addresses } = this.desk
    return addresses.range(addresses.key(p.buf, at, p.ipVersion === 6 ? 16 : 4)) === 'internet'
  }

  private isForged(p: Packet, handle: number): boolean {
    const { addresses } = this.desk
    const key = addresses.key(p.buf, p.srcIp, p.ipVersion === 6 ? 16 : 4)
    return addresses.range(key) === 'internet' && !this.desk.owns(handle, key)
  }

  private tell(r: Reflected): void {
    r.told = r.packets
    this.desk.sign(r.handle, `${ROLES[r.role]} ${SERVICES[r.service - 1]}`, this.told(r))
  }

  private told(r: Reflected): Told {
    const { addresses } = this.desk
    const main = r.favourite >= r.packets * 0.9 ? addresses.text(addresses.key(r.address, 0, r.length)) : undefined
    return {
      detector: 'reflection',
      what: SERVICES[r.service - 1]!,
      role: r.role === TARGET ? 'target' : 'source',
      ...(main !== undefined && { peer: { ip: main, port: 0, scope: scopeOf(this.desk, main) } }),
      ...(r.service !== SYN_ACK && { port: BY_PORT.indexOf(r.service) }),
      detail: {
        part: ROLES[r.role]!,
        packets: r.packets,
        bytes: r.bytes,
        'peak a second': r.peak,
        others: Math.min(r.others.estimate, r.packets),
        ...(r.role === REFLECTOR && { answers: r.answers, 'bytes answered': r.answered }),
        ...(r.service === SYN_ACK && { again: r.again }),
      },
      ...(main !== undefined && r.role === REFLECTOR && { indicators: [{ type: 'ip', value: main, role: 'flooded' }] }),
      ...(r.raised && { raised: r.raised }),
      count: r.packets,
      first: r.first,
      last: r.last,
      frames: r.frames,
    }
  }
}

const ROLES = ['target', 'reflector', 'source'] as const

/** Not each time, as some of what is asked takes long. */
function isDue({ packets, answers, role }: Reflected): boolean {
  return role === REFLECTOR ? (packets + answers) % 4 === 0 : packets < 64 ? packets % 2 === 0 : packets % 16 === 0
}

function slot(handle: number, role: number, service: number): number {
  return (handle << 5) | (role << 3) | service
}

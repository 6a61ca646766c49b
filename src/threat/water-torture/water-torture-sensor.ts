import type { Packet } from '../../decode/packet.ts'
import { type FrameRef, MAX_EXEMPLARS } from '../../evidence/evidence.ts'
import type { Sensor, SensorDesk, Told } from '../../evidence/sensor.ts'
import type { Tunable } from '../detector.ts'
import { Distinct } from '../distinct.ts'
import { Heavy } from '../heavy.ts'
import { Rates } from '../rates.ts'
import { scopeOf } from '../scope.ts'
import { QueryName } from './query-name.ts'

export const TUNABLES = {
  rate: { value: 50, unit: 'questions a second', why: 'under one name: a page asks for some dozens under many' },
  questions: { value: 100, unit: 'questions', why: 'two seconds of them' },
  fresh: { value: 0.8, unit: 'of them', why: 'were for a name that was not asked for before: what is asked for again is used' },
} as const satisfies Record<string, Tunable>
const T = TUNABLES

const DNS_PORT = 53
/** Questions of a host in a second from which on names are looked at, and of a name. */
const LOOKED_AT = 16
const NOTED = 8
/** Names that are looked at together, of a host; hosts and roles. */
const MAX_ZONES = 4
const MAX_KEPT = 1024
const QUIET = 10e6
const GROWTH = 8

/** What was asked under one name. */
class Zone {
  readonly labels = new Distinct()
  readonly frames: FrameRef[] = []
  readonly name: string
  readonly hash: number
  /** Of the resolver that was asked first, or who asked first. */
  readonly other: string
  questions = 0
  characters = 0
  first: number
  last: number
  peak = 0
  told = 0
  raised: { time: number; frame: FrameRef } | undefined
  private second = -1
  private inSecond = 0

  constructor(hash: number, name: string, other: string, time: number) {
    this.hash = hash
    this.name = name
    this.other = other
    this.first = time
    this.last = time
  }

  take(p: Packet, { label, length }: QueryName): void {
    this.questions++
    this.characters += length
    this.labels.addNumber(label)
    this.last = p.time
    const second = Math.floor(p.time / 1e6)
    if (second !== this.second) {
      this.second = second
      this.inSecond = 0
    }
    if (++this.inSecond > this.peak) this.peak = this.inSecond
    if (this.frames.length < MAX_EXEMPLARS) this.frames.push({ capture: p.capture, frame: p.frame })
  }

  get isTorture(): boolean {
    return (
      this.peak >= T.rate.value && this.questions >= T.questions.value && this.labels.estimate >= this.questions * T.fresh.value
    )
  }
}

interface Asking {
  readonly heavy: Heavy
  readonly zones: Zone[]
}

/** Floods of questions for random names under one, by hosts of this network and of them. */
export class WaterTortureSensor implements Sensor {
  readonly ports = [DNS_PORT]
  private readonly desk: SensorDesk
  private readonly rates = new Rates()
  /** By twice the handle, and 1 for who is asked; in the order in which they began. */
  private readonly kept = new Map<number, Asking>()
  private readonly name = new QueryName()

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  datagram(p: Packet, row: number): void {
    if (p.dstPort !== DNS_PORT) return
    const { side } = this.desk.table
    const from = this.desk.actor(row, side)
    const to = this.desk.actor(row, 1 - side)
    // who is asked first: that who passes questions on was asked them is known then
    if (to >= 0) this.count(p, 2 * to + 1)
    if (from >= 0) this.count(p, 2 * from)
  }

  report(): void {
    for (const [slot, { zones }] of this.kept) for (const zone of zones) if (zone.raised) this.tell(slot, zone)
  }

  private count(p: Packet, slot: number): void {
    const counted = this.rates.count(slot, p)
    const asking = this.kept.get(slot)
    if (counted < LOOKED_AT && !asking) return
    if (!this.name.read(p.buf, p.payload, p.payloadEnd)) return
    this.look(p, slot, asking ?? this.open(slot))
  }

  private look(p: Packet, slot: number, asking: Asking): void {
    const { name } = this
    let zone = asking.zones.find((z) => z.hash === name.zone)
    if (zone && !zone.raised && Math.abs(p.time - zone.last) > QUIET) {
      asking.zones.splice(asking.zones.indexOf(zone), 1)
      zone = undefined
    }
    if (!zone) {
      if (asking.heavy.note(name.zone, p.time) < NOTED) return
      zone = this.zoneOf(p, slot, asking)
      if (!zone) return
    }
    zone.take(p, name)
    if (zone.raised) {
      if (zone.questions >= zone.told * GROWTH) this.tell(slot, zone)
    } else if (zone.questions % 4 === 0 && zone.isTorture && !this.passesOn(slot, zone)) {
      zone.raised = { time: p.time, frame: { capture: p.capture, frame: p.frame } }
      this.tell(slot, zone)
    }
  }

  private zoneOf(p: Packet, slot: number, { zones }: Asking): Zone | undefined {
    if (zones.length >= MAX_ZONES) {
      const old = zones.findIndex((z) => !z.raised && Math.abs(p.time - z.last) > QUIET)
      if (old < 0) return undefined
      zones.splice(old, 1)
    }
    const { addresses } = this.desk
    const other = addresses.text(addresses.key(p.buf, slot & 1 ? p.srcIp : p.dstIp, p.ipVersion === 6 ? 16 : 4))
    const zone = new Zone(this.name.zone, this.name.zoneText(p.buf), other, p.time)
    zones.push(zone)
    return zone
  }

  /** A resolver asks others what it is asked. */
  private passesOn(slot: number, { hash, questions }: Zone): boolean {
    const asked = slot & 1 ? undefined : this.kept.get(slot + 1)?.zones.find((z) => z.hash === hash)
    return asked !== undefined && asked.questions >= questions / 2
  }

  private open(slot: number): Asking {
    if (this.kept.size >= MAX_KEPT)
      for (const [key, { zones }] of this.kept)
        if (!zones.some((z) => z.raised)) {
          this.kept.delete(key)
          break
        }
    const asking = { heavy: new Heavy(), zones: [] }
    if (this.kept.size < MAX_KEPT) this.kept.set(slot, asking)
    return asking
  }

  private tell(slot: number, zone: Zone): void {
    zone.told = zone.questions
    const role = slot & 1 ? 'target' : 'source'
    this.desk.sign(slot >> 1, `${role} ${zone.name}`, this.told(role, zone))
  }

  private told(role: Told['role'], zone: Zone): Told {
    const { name, other, questions, characters, peak, labels, first, last, frames, raised } = zone
    return {
      detector: 'water-torture',
      what: 'dns-water-torture',
      role,
      peer: { ip: other, port: role === 'source' ? DNS_PORT : 0, scope: scopeOf(this.desk, other) },
      port: DNS_PORT,
      detail: {
        zone: name,
        names: Math.min(labels.estimate, questions),
        'mean characters': Math.round(characters / questions),
        'peak a second': peak,
      },
      ...(role === 'source' && { indicators: [{ type: 'domain', value: name, role: 'flooded' }] }),
      ...(raised && { raised }),
      count: questions,
      first,
      last,
      frames,
    }
  }
}

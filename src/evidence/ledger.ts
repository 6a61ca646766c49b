import type { AddressKey } from '../device/addresses.ts'
import type { Shared } from './shared.ts'
import type { Observation } from './evidence.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import { flatten } from '../decode/text.ts'
import { type Frames, refsOf, withFrame } from './frames.ts'
import type { Kind, Kinds, Protection, Scope } from './kinds.ts'
import type { SignFacts } from './sign.ts'
import { refOf } from '../capture/frame-ref.ts'

/** Distinct facts of one kind that are kept of one host; what comes beyond is counted, not kept. */
const MAX_KEYS = 512
const MAX_SERVICES = 512
const MAX_NAMES = 4096
const MAX_HOURS = 24 * 400
/** Signals of one kind: a device that asks for thousands of names must not crowd out what it is called. */
const MAX_SIGNALS = 48
export const MAX_SIGNAL_FRAMES = 4

export interface ServiceTally {
  port: number
  transport: number
  protocol: string
  protection: Protection
  reachedFrom: Set<Scope>
  answered: number
  frames: Frames
}

export interface HourTally {
  bytesOut: number
  bytesIn: number
  packets: number
  internetBytes: number
  frames: Frames
}

/** What all ledgers together may still take: bounds a ledger's own would multiply by the number of hosts. */
export interface Budget {
  hours: number
  observations: number
  names: number
}

export interface SignalTally {
  kind: string
  value: string
  count: number
  frames: Frames
}

/** An observation as it is kept. */
export interface Kept extends Omit<Observation, 'exemplars'> {
  frames: Frames
  /** Of the same key, and another kind. */
  next: Kept | undefined
}

// what most hosts have none of; never written to
const NONE = new Map<string, number>()
const NOTHING_SERVED = new Map<number, ServiceTally>()

/** All that is recorded of one host: everything in it is bounded, and grows with distinct facts only. */
export class Ledger {
  services = NOTHING_SERVED
  readonly hours = new Map<number, HourTally>()
  private newest: HourTally | undefined
  private latest = -1
  private latestTally: HourTally | undefined
  /** In the order in which they were first seen. */
  readonly signals: SignalTally[] = []
  /** Names by which the host knows addresses. */
  readonly names = new Map<AddressKey, number>()
  /** By key; those of one key, of several kinds, one after the other. */
  private readonly observations = new Map<string, Kept>()
  /** How many there are of each kind, once one could be full. */
  private counts: Map<Kind, number> | undefined
  /** Facts that found no room, by kind. */
  dropped = NONE
  private readonly budget: Budget
  private readonly shared: Shared

  constructor(budget: Budget, shared: Shared) {
    this.budget = budget
    this.shared = shared
  }

  add<K extends Kind>(
    kind: K,
    key: string,
    data: Kinds[K],
    at: number,
    time: number,
    bytes: number,
    update?: (kept: Kinds[K]) => void,
    count = 1,
  ): Kept | undefined {
    flatten(key)
    const first = this.observations.get(key)
    for (let kept = first; kept !== undefined; kept = kept.next) {
      if (kept.kind !== kind) continue
      kept.count += count
      kept.bytes += bytes
      if (time < kept.first) kept.first = time
      if (time > kept.last) kept.last = time
      kept.frames = withFrame(kept.frames, at, MAX_EXEMPLARS)
      update?.(kept.data as Kinds[K])
      return kept
    }
    if (this.isFull(kind) || this.budget.observations <= 0) {
      this.drop(kind)
      return undefined
    }
    this.shared.lists(data)
    this.budget.observations--
    this.countOne(kind)
    const made = { kind, key, data, count: count || 1, bytes, first: time, last: time, frames: at, next: undefined } as Kept
    let last = first
    while (last?.next !== undefined) last = last.next
    if (last) last.next = made
    else this.observations.set(key, made)
    return made
  }

  /** What a sensor tells of a sign takes the place of what it told before. */
  putSign(key: string, data: SignFacts, count: number, first: number, last: number, frames: Frames): void {
    const kept = this.add('sign', key, data, 0, first, 0, undefined, 0)
    if (kept) Object.assign(kept, { data, count, first, last, frames })
  }

  /** All of them by kind, each kind in order of first sight: made in one pass, as there are more kinds than most hosts have facts. */
  byKind(): Map<Kind, Observation[]> {
    const all = new Map<Kind, Observation[]>()
    for (const first of this.observations.values())
      for (let kept: Kept | undefined = first; kept !== undefined; kept = kept.next) {
        const list = all.get(kept.kind)
        if (list) list.push(told(kept))
        else all.set(kept.kind, [told(kept)])
      }
    return all
  }

  private isFull(kind: Kind): boolean {
    // no kind has more facts than there are keys
    if (this.observations.size < MAX_KEYS) return false
    if (!this.counts) {
      this.counts = new Map()
      for (const first of this.observations.values())
        for (let kept: Kept | undefined = first; kept !== undefined; kept = kept.next) this.countOne(kept.kind)
    }
    return (this.counts.get(kind) ?? 0) >= MAX_KEYS
  }

  private countOne(kind: Kind): void {
    this.counts?.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  private drop(kind: Kind): void {
    if (this.dropped === NONE) this.dropped = new Map()
    this.dropped.set(kind, (this.dropped.get(kind) ?? 0) + 1)
  }

  signal(kind: string, value: string, at: number): SignalTally | undefined {
    if (value === '') return undefined
    // of most hosts there are a few, and never more than there are kinds times MAX_SIGNALS: looking costs less than an index keeps
    let alike = 0
    for (let i = 0; i < this.signals.length; i++) {
      const kept = this.signals[i]!
      if (kept.kind !== kind) continue
      if (kept.value === value) {
        kept.count++
        kept.frames = withFrame(kept.frames, at, MAX_SIGNAL_FRAMES)
        return kept
      }
      alike++
    }
    if (alike >= MAX_SIGNALS) return undefined
    const made = { kind, value, count: 1, frames: at }
    this.signals.push(made)
    return made
  }

  learnName(ip: AddressKey, name: number): void {
    // the latest answer holds; the oldest makes room
    this.names.delete(ip)
    if (this.names.size >= MAX_NAMES || (this.budget.names <= 0 && this.names.size > 0))
      this.names.delete(this.names.keys().next().value!)
    this.names.set(ip, name)
  }

  service(port: number, transport: number): ServiceTally | undefined {
    const key = port * 2 + transport
    let tally = this.services.get(key)
    if (!tally && this.services.size < MAX_SERVICES) {
      tally = { port, transport, protocol: '', protection: 'unknown', reachedFrom: new Set(), answered: 0, frames: 0 }
      if (this.services === NOTHING_SERVED) this.services = new Map()
      this.services.set(key, tally)
    }
    return tally
  }

  hour(hour: number): HourTally {
    if (hour === this.latest && this.latestTally) return this.latestTally
    const tally = this.hourTally(hour)
    this.latest = hour
    this.latestTally = tally
    return tally
  }

  private hourTally(hour: number): HourTally {
    let tally = this.hours.get(hour)
    if (!tally) {
      // beyond the bounds the hour made last takes it all: sums stay right
      if (this.newest && (this.hours.size >= MAX_HOURS || this.budget.hours <= 0)) return this.newest
      this.budget.hours--
      this.newest = tally = { bytesOut: 0, bytesIn: 0, packets: 0, internetBytes: 0, frames: 0 }
      this.hours.set(hour, tally)
    }
    return tally
  }
}

/** A sign that has been counted on is raised when there is as much of it as it needs. */
export function raise(kept: Kept, time: number, at: number): void {
  const sign = kept.data as KeptSign
  if (sign.raised === undefined && kept.count >= sign.needs) sign.raised = { time, frame: refOf(at) }
}

/** `needs`: from which count on it is raised. */
export interface KeptSign extends SignFacts {
  needs: number
}

function told({ kind, key, data, count, bytes, first, last, frames }: Kept): Observation {
  return { kind, key, data, count, bytes, first, last, exemplars: refsOf(frames) }
}

import type { AddressKey } from '../device/addresses.ts'
import type { FrameRef, Observation } from './evidence.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import type { Kind, Kinds, Protection, Scope } from './kinds.ts'

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
  exemplars: FrameRef[]
}

export interface HourTally {
  bytesOut: number
  bytesIn: number
  packets: number
  internetBytes: number
  exemplars: FrameRef[]
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
  frames: FrameRef[]
}

/** All that is recorded of one host: everything in it is bounded, and grows with distinct facts only. */
export class Ledger {
  readonly services = new Map<number, ServiceTally>()
  readonly hours = new Map<number, HourTally>()
  private newest: HourTally | undefined
  private latest = -1
  private latestTally: HourTally | undefined
  /** In the order in which they were first seen. */
  readonly signals: SignalTally[] = []
  private readonly signalsByKind = new Map<string, Map<string, SignalTally>>()
  /** Names by which the host knows addresses. */
  readonly names = new Map<AddressKey, number>()
  private readonly observations = new Map<Kind, Map<string, Observation>>()
  /** Facts that found no room, by kind. */
  readonly dropped = new Map<string, number>()
  private readonly budget: Budget

  constructor(budget: Budget) {
    this.budget = budget
  }

  add<K extends Kind>(
    kind: K,
    key: string,
    data: Kinds[K],
    at: FrameRef,
    time: number,
    bytes: number,
    update?: (kept: Kinds[K]) => void,
    count = 1,
  ): Observation | undefined {
    let byKey = this.observations.get(kind)
    if (!byKey) this.observations.set(kind, (byKey = new Map()))
    const kept = byKey.get(key) as Observation<K> | undefined
    if (kept) {
      kept.count += count
      kept.bytes += bytes
      if (time < kept.first) kept.first = time
      if (time > kept.last) kept.last = time
      kept.exemplars = exemplar(kept.exemplars, at, MAX_EXEMPLARS)
      update?.(kept.data)
      return kept
    }
    if (byKey.size >= MAX_KEYS || this.budget.observations <= 0) {
      this.dropped.set(kind, (this.dropped.get(kind) ?? 0) + 1)
      return undefined
    }
    const made = { kind, key, data, count: 1, bytes, first: time, last: time, exemplars: [at] } as Observation
    this.budget.observations--
    byKey.set(key, made)
    return made
  }

  of<K extends Kind>(kind: K): Observation<K>[] {
    return [...(this.observations.get(kind)?.values() ?? [])] as unknown as Observation<K>[]
  }

  signal(kind: string, value: string, at: FrameRef): SignalTally | undefined {
    if (value === '') return undefined
    let byValue = this.signalsByKind.get(kind)
    if (!byValue) this.signalsByKind.set(kind, (byValue = new Map()))
    const kept = byValue.get(value)
    if (kept) {
      kept.count++
      kept.frames = exemplar(kept.frames, at, MAX_SIGNAL_FRAMES)
      return kept
    }
    if (byValue.size >= MAX_SIGNALS) return undefined
    const made = { kind, value, count: 1, frames: [at] }
    byValue.set(value, made)
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
      tally = { port, transport, protocol: '', protection: 'unknown', reachedFrom: new Set(), answered: 0, exemplars: [] }
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
      this.newest = tally = { bytesOut: 0, bytesIn: 0, packets: 0, internetBytes: 0, exemplars: [] }
      this.hours.set(hour, tally)
    }
    return tally
  }
}

/** The list with `at`, where there is room for it: a new one, as large as it has to be. A list that grows in place grows to seventeen. */
export function exemplar(list: FrameRef[], at: FrameRef, max: number): FrameRef[] {
  if (list.length >= max || at.frame === 0) return list
  for (let i = 0; i < list.length; i++) if (list[i]!.frame === at.frame && list[i]!.capture === at.capture) return list
  // oxlint-disable-next-line unicorn/prefer-spread -- that would grow as pushing does
  return list.concat(at)
}

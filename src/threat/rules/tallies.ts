import type { Packet } from '../../decode/packet.ts'
import { type FrameRef, MAX_EXEMPLARS } from '../../evidence/evidence.ts'
import type { SensorDesk } from '../../evidence/sensor.ts'
import type { SignFacts } from '../../evidence/sign.ts'

/** Signs counted at once: a bound for who scans a network whose every host a rule is about. */
const MAX_TALLIES = 4096

interface Tally {
  readonly handle: number
  readonly key: string
  readonly facts: SignFacts
  count: number
  first: number
  last: number
  readonly frames: FrameRef[]
}

/** What a sensor found, counted by what it found and of whom: told of at once, and again with the last figures. */
export class Tallies {
  private readonly desk: SensorDesk
  private readonly kept = new Map<number, Tally>()
  /** How many were opened: numbers those that wait until there is enough of it. */
  private readonly opened = new Map<number, number>()

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  /** A small number for what is counted: `what` (below 2^20), of the host, in its role. -1 where there is no room. */
  indexOf(what: number, handle: number, role: 'source' | 'target'): number {
    const id = idOf(what, handle, role)
    let index = this.opened.get(id)
    if (index === undefined) {
      if (this.opened.size >= MAX_TALLIES) return -1
      this.opened.set(id, (index = this.opened.size))
    }
    return index
  }

  /** `count` more of it, the first at `since`. */
  add(
    what: number,
    handle: number,
    role: 'source' | 'target',
    p: Packet,
    count: number,
    since: number,
    make: () => { key: string; facts: SignFacts },
  ): void {
    const id = idOf(what, handle, role)
    const frame = { capture: p.capture, frame: p.frame }
    let tally = this.kept.get(id)
    if (tally) {
      tally.count += count
      tally.last = Math.max(tally.last, p.time)
      tally.first = Math.min(tally.first, since)
      if (tally.frames.length < MAX_EXEMPLARS) tally.frames.push(frame)
      return
    }
    if (this.indexOf(what, handle, role) < 0) return
    const { key, facts } = make()
    tally = {
      handle,
      key,
      facts: { ...facts, raised: { time: p.time, frame } },
      count,
      first: since,
      last: p.time,
      frames: [frame],
    }
    this.kept.set(id, tally)
    this.tell(tally)
  }

  /** Of what was added: what it says changes. Tells of it again where `by` gives true. */
  change(what: number, handle: number, role: 'source' | 'target', by: (facts: SignFacts) => boolean): void {
    const tally = this.kept.get(idOf(what, handle, role))
    if (tally && by(tally.facts)) this.tell(tally)
  }

  report(): void {
    for (const tally of this.kept.values()) this.tell(tally)
  }

  private tell({ handle, key, facts, count, first, last, frames }: Tally): void {
    this.desk.sign(handle, key, { ...facts, count, first, last, frames })
  }
}

/** Handles are below 2^14. */
function idOf(what: number, handle: number, role: 'source' | 'target'): number {
  return (what * 16_384 + handle) * 2 + (role === 'source' ? 0 : 1)
}

import type { FrameRef } from './evidence.ts'
import { MAX_EXEMPLARS } from './evidence.ts'
import { exemplar } from './frames.ts'

/** What was odd about packets or messages, or found no room: how often, and frames that show it. */
export interface AnomalyTally {
  kind: string
  count: number
  exemplars: FrameRef[]
}

/** Tallies by kind, of which there are few. */
export type Anomalies = Map<string, AnomalyTally>

export function tallyOf(anomalies: Anomalies, kind: string): AnomalyTally {
  let tally = anomalies.get(kind)
  if (!tally) anomalies.set(kind, (tally = { kind, count: 0, exemplars: [] }))
  return tally
}

/** Counted once more; of the frames that show it those that were told first are kept. */
export function addAnomaly(anomalies: Anomalies, kind: string, at: FrameRef, count = 1): void {
  const tally = tallyOf(anomalies, kind)
  tally.count += count
  tally.exemplars = exemplar(tally.exemplars, at, MAX_EXEMPLARS)
}

/** Counted once more; of the frames those that stand first in the captures are kept, whoever told of them, and in whatever order. */
export function addEarliest(tally: AnomalyTally, at: readonly FrameRef[], count: number): void {
  tally.count += count
  for (const one of at) {
    const last = tally.exemplars.at(-1)
    if (last !== undefined && tally.exemplars.length >= MAX_EXEMPLARS && byPlace(last, one) <= 0) continue
    if (tally.exemplars.some((known) => byPlace(known, one) === 0)) continue
    tally.exemplars = [...tally.exemplars, one].sort(byPlace).slice(0, MAX_EXEMPLARS)
  }
}

function byPlace(a: FrameRef, b: FrameRef): number {
  return a.capture - b.capture || a.frame - b.frame
}

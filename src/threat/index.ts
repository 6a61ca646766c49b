export { CAMPAIGNS } from './stage.ts'
export { relate } from './related.ts'
export { TECHNIQUES } from './techniques.ts'
export type { Threat } from './threat.ts'
export { SEVERITIES, threatsOf } from './threats.ts'
import type { Observer } from '../evidence/context.ts'
import type { MakeSensor } from '../evidence/sensor.ts'
import type { Detector } from './detector.ts'
import { commanded } from './commanded/commanded.ts'
import { fetched } from './fetched/fetched.ts'
import { flood } from './flood/flood.ts'
import { guessing } from './guessing/guessing.ts'
import { probed } from './probed/probed.ts'
import { reflection } from './reflection/reflection.ts'
import { scan } from './scan/scan.ts'
import { waterTorture } from './water-torture/water-torture.ts'

/** In the order in which docs/threats.md lists them. */
export const detectors: readonly Detector[] = [probed, guessing, fetched, commanded, scan, flood, reflection, waterTorture]

export function sensorsOf(of: readonly Detector[]): MakeSensor[] {
  return of.flatMap(({ sensor }) => sensor ?? [])
}

/** The observers of facts, and after them those of the detectors. */
export function observersWith(
  facts: Readonly<Record<string, Observer<never>>>,
  of: readonly Detector[],
): Readonly<Record<string, Observer<never>>> {
  const all: Record<string, Observer<never>> = { ...facts }
  for (const { observers } of of)
    for (const [protocol, observe] of Object.entries(observers?.() ?? {})) {
      const before = all[protocol]
      all[protocol] = before
        ? (message, context) => {
            before(message, context)
            observe(message, context)
          }
        : observe
    }
  return all
}

export { actionsFor } from './actions.ts'
export { CAMPAIGNS } from './stage.ts'
export { relate } from './related.ts'
export { TECHNIQUES } from './techniques.ts'
export type { Threat } from './threat.ts'
export { SEVERITIES, threatsOf } from './threats.ts'
import type { Observer } from '../evidence/context.ts'
import type { MakeSensor } from '../evidence/sensor.ts'
import type { Detector } from './detector.ts'
import { arpSpoofing } from './arp-spoofing/arp-spoofing.ts'
import { beacon } from './beacon/beacon.ts'
import { commanded } from './commanded/commanded.ts'
import { dga } from './dga/dga.ts'
import { dnsTunnel } from './dns-tunnel/dns-tunnel.ts'
import { entered } from './entered/entered.ts'
import { exfiltration } from './exfiltration/exfiltration.ts'
import { exploit } from './exploit/exploit.ts'
import { fetched } from './fetched/fetched.ts'
import { flood } from './flood/flood.ts'
import { guessing } from './guessing/guessing.ts'
import { indicators } from './indicators/indicators.ts'
import { loader } from './loader/loader.ts'
import { probed } from './probed/probed.ts'
import { reflection } from './reflection/reflection.ts'
import { rogueDhcp } from './rogue-dhcp/rogue-dhcp.ts'
import { rogueRa } from './rogue-ra/rogue-ra.ts'
import { rules } from './rules/rules.ts'
import { scan } from './scan/scan.ts'
import { waterTorture } from './water-torture/water-torture.ts'

/** In the order of the stages, as docs/threats.md lists them. */
export const detectors: readonly Detector[] = [
  probed,
  guessing,
  entered,
  loader,
  exploit,
  fetched,
  commanded,
  beacon,
  dga,
  scan,
  flood,
  reflection,
  waterTorture,
  dnsTunnel,
  exfiltration,
  arpSpoofing,
  rogueDhcp,
  rogueRa,
  rules,
  indicators,
]

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

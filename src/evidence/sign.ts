import type { FrameRef } from '../capture/frame-ref.ts'
import type { Peer } from './peer.ts'

/**
 * A trace of misuse, by a device (`source`) or done to it (`target`), as one of the detectors of threat/ saw it: one a device, detector and
 * campaign, however many packets it takes. Its observation counts what the detector counts.
 */
export interface SignFacts {
  /** Id of the detector. */
  detector: string
  /** Which of the things that the detector knows: a vector, a service, a technique. Lower case. */
  what: string
  role: 'source' | 'target'
  /** The other end, where there is one. */
  peer?: Peer
  /** The port that it is about, where there is one. */
  port?: number
  /** Figures and words that the detector's `tell` puts into a sentence. No secret. */
  detail: Record<string, number | string>
  /** What others can be warned of. No secret: credentials masked. */
  indicators?: Indicator[]
  /** When there was enough of it to be sure: what never was is told nobody. */
  raised?: { time: number; frame: FrameRef }
}

export interface Indicator {
  type: 'ip' | 'domain' | 'url' | 'sha256' | 'ja4' | 'credential' | 'file'
  value: string
  /** What it is there: 'command server', 'loader', 'scanned'. */
  role: string
}

/** More would make reports of nothing else. */
export const MAX_INDICATORS = 64

/** Adds those that are not there yet, while there is room. What others hold of the list before stays as it was. */
export function indicate(sign: { indicators?: Indicator[] }, more: readonly Indicator[]): void {
  const before = sign.indicators ?? []
  const fresh: Indicator[] = []
  for (const one of more) {
    const known = (other: Indicator) => other.type === one.type && other.value === one.value
    if (one.value !== '' && !before.some(known) && !fresh.some(known)) fresh.push(one)
  }
  if (fresh.length > 0) sign.indicators = [...before, ...fresh].slice(0, MAX_INDICATORS)
}

import type { FrameRef } from '../evidence/evidence.ts'
import type { Finding, Severity } from './check.ts'

/** More packets than this help nobody to see it. */
const MAX_EVIDENCE = 16

type Shown = { readonly exemplars: readonly FrameRef[] }

/**
 * Packets that show it, the most telling source first: a few of each source before more of the first, so that a finding over
 * ten endpoints does not show eight packets of one of them.
 */
export function frames(sources: readonly Shown[], max = MAX_EVIDENCE): FrameRef[] {
  const found: FrameRef[] = []
  const seen = new Set<string>()
  const deepest = sources.reduce((most, source) => Math.max(most, source.exemplars.length), 0)
  for (let from = 0; from < deepest; from += 2) {
    for (const source of sources) {
      for (const ref of source.exemplars.slice(from, from + 2)) {
        const key = `${ref.capture}/${ref.frame}`
        if (seen.has(key)) continue
        seen.add(key)
        found.push(ref)
        if (found.length === max) return found
      }
    }
  }
  return found
}

export function fail(severity: Exclude<Severity, 'info'>, reason: string, sources: readonly Shown[], about = ''): Finding {
  return { outcome: 'fail', severity, reason, evidence: frames(sources), assurance: 'observed', about }
}

export function warn(severity: Exclude<Severity, 'info'>, reason: string, sources: readonly Shown[], about = ''): Finding {
  return { outcome: 'warn', severity, reason, evidence: frames(sources), assurance: 'observed', about }
}

export function pass(reason: string, sources: readonly Shown[], about = ''): Finding {
  return { outcome: 'pass', severity: 'info', reason, evidence: frames(sources), assurance: 'observed', about }
}

/** `next`: the one step that would settle it. What was seen so far is evidence, if anything was. */
export function inconclusive(reason: string, next: string, sources: readonly Shown[] = [], about = ''): Finding {
  const evidence = frames(sources)
  return {
    outcome: 'inconclusive',
    severity: 'info',
    reason,
    evidence,
    assurance: evidence.length > 0 ? 'observed' : 'none',
    about,
    next,
  }
}

/** Only where it is positively known that the question does not arise. */
export function notApplicable(reason: string, sources: readonly Shown[], about = ''): Finding {
  return { outcome: 'not-applicable', severity: 'info', reason, evidence: frames(sources), assurance: 'observed', about }
}

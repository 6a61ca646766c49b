import { isEntry, isFrame, type Pointer, pointerKey } from '../evidence/pointer.ts'
import type { Assurance, Finding, Severity } from './check.ts'

/** More packets than this help nobody to see it. */
const MAX_EVIDENCE = 16

type Shown = { readonly exemplars: readonly Pointer[] }

/**
 * Packets that show it, the most telling source first: a few of each source before more of the first, so that a finding over
 * ten endpoints does not show eight packets of one of them.
 */
export function frames(sources: readonly Shown[], max = MAX_EVIDENCE): Pointer[] {
  const found: Pointer[] = []
  const seen = new Set<string>()
  const deepest = sources.reduce((most, source) => Math.max(most, source.exemplars.length), 0)
  for (let from = 0; from < deepest; from += 2) {
    for (const source of sources) {
      for (const ref of source.exemplars.slice(from, from + 2)) {
        const key = pointerKey(ref)
        if (seen.has(key)) continue
        seen.add(key)
        found.push(ref)
        if (found.length === max) return found
      }
    }
  }
  return found
}

export const STRONGEST_FIRST: readonly Assurance[] = ['observed', 'probed', 'documented', 'declared', 'none']

function assuranceOf(pointer: Pointer): Assurance {
  if (isFrame(pointer)) return 'observed'
  if (isEntry(pointer)) return 'probed'
  return pointer.signed ? 'documented' : 'declared'
}

/** How the best known of it is known: any one packet is enough to show what is wrong. */
function strongest(evidence: readonly Pointer[]): Assurance {
  return STRONGEST_FIRST.find((a) => evidence.some((p) => assuranceOf(p) === a)) ?? 'none'
}

/** How the least known of it is known: all of it is needed to show that nothing is. */
function weakest(evidence: readonly Pointer[]): Assurance {
  return STRONGEST_FIRST.findLast((a) => evidence.some((p) => assuranceOf(p) === a)) ?? 'none'
}

type Grave = Exclude<Severity, 'info'>

export function fail(severity: Grave, reason: string, sources: readonly Shown[], about = ''): Finding {
  const evidence = frames(sources)
  return { outcome: 'fail', severity, reason, evidence, assurance: strongest(evidence), about }
}

export function warn(severity: Grave, reason: string, sources: readonly Shown[], about = ''): Finding {
  return { ...fail(severity, reason, sources, about), outcome: 'warn' }
}

/**
 * The maker says one thing, and what was seen or asked shows another.
 * @param said where the maker says so
 * @param shown what shows otherwise: told first
 */
export function contradiction(
  severity: Grave,
  reason: string,
  said: readonly Shown[],
  shown: readonly Shown[],
  about = '',
): Finding {
  // both sides always stand there, however much shows it
  const claims = frames(said, MAX_EVIDENCE / 2)
  const evidence = [...frames(shown, MAX_EVIDENCE - claims.length), ...claims]
  return { ...fail(severity, reason, [], about), evidence, assurance: strongest(evidence), contradiction: true }
}

export function pass(reason: string, sources: readonly Shown[], about = ''): Finding {
  const evidence = frames(sources)
  return { outcome: 'pass', severity: 'info', reason, evidence, assurance: weakest(evidence), about }
}

/** `next`: the one step that would settle it. What was seen so far is evidence, if anything was. */
export function inconclusive(reason: string, next: string, sources: readonly Shown[] = [], about = ''): Finding {
  const evidence = frames(sources)
  return { outcome: 'inconclusive', severity: 'info', reason, evidence, assurance: strongest(evidence), about, next }
}

/** Only where it is positively known that the question does not arise. */
export function notApplicable(reason: string, sources: readonly Shown[], about = ''): Finding {
  const evidence = frames(sources)
  return { outcome: 'not-applicable', severity: 'info', reason, evidence, assurance: weakest(evidence), about }
}

/** A question could not be put to the end: it says nothing of the device. `next`: what would let it be asked again. */
export function unanswered(reason: string, next: string, sources: readonly Shown[] = [], about = ''): Finding {
  return { ...inconclusive(reason, next, sources, about), outcome: 'error', assurance: 'none' }
}

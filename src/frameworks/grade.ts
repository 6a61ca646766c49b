import type { Severity } from '../checks/check.ts'
import type { IdentifiedFinding } from './identify.ts'
import { harm } from './severity.ts'
import type { Verdict } from './verdict.ts'

export type Letter = 'A' | 'B' | 'C' | 'D' | 'E' | 'F'

export interface Grade {
  /** Null when nothing was settled. */
  readonly letter: Letter | null
  readonly score: number | null
  /** Settled of applicable controls, 0..1. */
  readonly coverage: number
  readonly settled: number
  readonly applicable: number
  /** The rule that set the letter, in words. */
  readonly because: string
}

/** The least score of each letter. */
export const BANDS: readonly (readonly [Letter, number])[] = [
  ['A', 90],
  ['B', 75],
  ['C', 60],
  ['D', 40],
  ['E', 20],
  ['F', 0],
]

/** The best letter that a failing control of this severity leaves. */
export const FAIL_CAPS: Readonly<Partial<Record<Severity, Letter>>> = { critical: 'F', high: 'D', medium: 'B' }

/** The best letter while less than this share of the applicable controls has passed. */
export const COVERAGE_CAPS: readonly (readonly [number, Letter])[] = [
  [0.25, 'C'],
  [0.5, 'B'],
]

/**
 * docs/grade.md is this rule in prose. The cap for low coverage looks at the share that *passed*, not at the share that was
 * settled: a failure settles a control too, and what is bad must not buy a better letter by raising the coverage.
 */
export function gradeOf(verdicts: readonly Verdict[], findings: readonly IdentifiedFinding[], word = 'control'): Grade {
  const byId = new Map(findings.map((finding) => [finding.id, finding]))
  const bad = verdicts.filter((verdict) => verdict.outcome === 'fail' || verdict.outcome === 'warn')
  const passed = verdicts.filter((verdict) => verdict.outcome === 'pass').length
  const applicable = verdicts.filter((verdict) => verdict.outcome !== 'not-applicable').length
  const settled = bad.length + passed
  const coverage = applicable === 0 ? 0 : settled / applicable
  if (settled === 0) {
    const because = whyNone(word, applicable, findings.filter((finding) => finding.outcome === 'pass').length)
    return { letter: null, score: null, coverage, settled, applicable, because }
  }
  const rests = bad.map((verdict) => verdict.findings.map((id) => byId.get(id)).filter((finding) => finding !== undefined))
  const lost = rests.reduce((sum, of) => sum + Math.max(0, ...of.map(harm)), 0)
  const extent = judged(word, settled, applicable)
  const limits = [
    {
      best: Math.max(0, 100 - lost),
      because: `${extent}${bad.length === 0 ? ', and all passed' : `; ${bad.length} failed or warned, at ${points(lost)}`}.`,
    },
    ...failLimits(rests.flat(), extent),
    ...coverageLimits(passed, applicable, extent),
  ]
  // the first of the lowest: the points, where they are as low as any cap
  const limit = limits.reduce((lowest, next) => (next.best < lowest.best ? next : lowest))
  return { letter: letterOf(limit.best), score: limit.best, coverage, settled, applicable, because: limit.because }
}

function failLimits(findings: readonly IdentifiedFinding[], judged: string) {
  return findings
    .filter((finding) => finding.outcome === 'fail' && FAIL_CAPS[finding.severity] !== undefined)
    .map(({ severity }) => {
      const cap = FAIL_CAPS[severity]!
      return {
        best: top(cap),
        because: `A failure of ${severity} severity ${cap === 'F' ? 'makes it an F' : `allows no better than ${cap}`}. ${judged}.`,
      }
    })
}

/** What may still become better with more evidence says so. */
function coverageLimits(passed: number, applicable: number, judged: string) {
  return COVERAGE_CAPS.filter(([share]) => passed < share * applicable).map(([share, cap]) => ({
    best: top(cap),
    because: `Provisional: ${judged}. A letter above ${cap} needs ${Math.ceil(share * applicable)} that pass, so far ${passed === 0 ? 'none' : passed}.`,
  }))
}

function judged(word: string, settled: number, applicable: number): string {
  return `${settled} of ${applicable} ${applicable === 1 ? word : `${word}s`} could be judged`
}

/** No letter is no bad news: what held is said first. */
function whyNone(word: string, applicable: number, passes: number): string {
  if (applicable === 0) return `No ${word} applies.`
  if (passes === 0) return `Too little was seen to judge any of the ${applicable} ${word}s.`
  const held = `${passes} ${passes === 1 ? 'check' : 'checks'} passed`
  return `No ${word} was found broken, and ${held}; none of the ${applicable} is kept by that alone, so there is nothing to grade.`
}

/** Of the hundred at the start. */
function points(lost: number): string {
  return lost >= 100 ? 'the cost of all 100 points' : `a cost of ${lost} of 100 points`
}

export function letterOf(score: number): Letter {
  return BANDS.find(([, least]) => score >= least)![0]
}

/** The highest score that still has this letter. */
export function top(letter: Letter): number {
  const above = BANDS.findIndex(([name]) => name === letter) - 1
  return above < 0 ? 100 : BANDS[above]![1] - 1
}

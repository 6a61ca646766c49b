import type { Outcome, Severity } from '../checks/check.ts'

/** Points that a failing control loses by its worst finding: two highs or one critical leave little of a hundred. */
export const POINTS: Readonly<Record<Severity, number>> = { info: 0, low: 10, medium: 20, high: 40, critical: 80 }

/** A warning is half a failure of the same severity. */
export function harm(finding: { readonly outcome: Outcome; readonly severity: Severity }): number {
  if (finding.outcome === 'fail') return POINTS[finding.severity]
  return finding.outcome === 'warn' ? POINTS[finding.severity] / 2 : 0
}

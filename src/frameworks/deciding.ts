import type { DecidingCheck, Responsible } from './framework.ts'

/** All of these must pass (or not apply) for the control to pass. */
export function settledBy(...ids: readonly string[]): DecidingCheck[] {
  return ids.map((id) => ({ id, role: 'settles' }))
}

/** Any of these may fail the control; what they do not find passes nothing. */
export function failedBy(...ids: readonly string[]): DecidingCheck[] {
  return ids.map((id) => ({ id, role: 'can-fail' }))
}

/** The same checks, for whose findings another answers than for the control. */
export function answeredBy(responsible: Responsible, checks: readonly DecidingCheck[]): DecidingCheck[] {
  return checks.map((check) => ({ ...check, responsible }))
}

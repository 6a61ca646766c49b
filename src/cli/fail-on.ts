import type { Audit } from '../report/model.ts'
import { EXIT, Failure } from './failure.ts'

export type FailOn = { outcomes: readonly string[] } | { letters: readonly string[] }

const LETTERS = 'FEDCBA'

/** 'fail', 'warn' (or worse), or a grade (or worse). */
export function parseFailOn(text: string): FailOn {
  if (text === 'fail') return { outcomes: ['fail'] }
  if (text === 'warn') return { outcomes: ['fail', 'warn'] }
  const at = text.length === 1 ? LETTERS.indexOf(text.toUpperCase()) : -1
  if (at < 0)
    throw new Failure(
      EXIT.usage,
      `--fail-on ${text}: not something to fail on`,
      "Use 'fail', 'warn', or a grade from A to F: --fail-on D ends with 1 when a device is graded D, E or F.",
    )
  return { letters: LETTERS.slice(0, at + 1).split('') }
}

/** Whether any device has what was named: an outcome among its findings or verdicts, or such a grade. */
export function met(audit: Audit, failOn: FailOn): boolean {
  if ('letters' in failOn) return audit.devices.some((d) => d.grade.letter !== null && failOn.letters.includes(d.grade.letter))
  return audit.devices.some((d) => [...d.findings, ...d.verdicts].some((x) => failOn.outcomes.includes(x.outcome)))
}

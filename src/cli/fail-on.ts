import type { Audit } from '../report/model.ts'
import { EXIT, Failure } from './failure.ts'

export type FailOn = { outcomes: readonly string[] } | { letters: readonly string[] } | { severities: readonly string[] }

const LETTERS = 'FEDCBA'
/** Gravest first. */
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info']

/** 'fail', 'warn' (or worse), a grade (or worse), or a threat: 'threat' is one that somebody must act on, 'threat:low' that or graver. */
export function parseFailOn(text: string): FailOn {
  if (text === 'fail') return { outcomes: ['fail'] }
  if (text === 'warn') return { outcomes: ['fail', 'warn'] }
  const [, severity = 'high'] = /^threat(?::(\w+))?$/.exec(text) ?? [undefined, '']
  if (SEVERITIES.includes(severity)) return { severities: SEVERITIES.slice(0, SEVERITIES.indexOf(severity) + 1) }
  const at = text.length === 1 ? LETTERS.indexOf(text.toUpperCase()) : -1
  if (at < 0)
    throw new Failure(
      EXIT.usage,
      `--fail-on ${text}: not something to fail on`,
      "Use 'fail', 'warn', a grade from A to F (D: when a device is graded D, E or F), 'threat', or 'threat:medium' for that or graver.",
    )
  return { letters: LETTERS.slice(0, at + 1).split('') }
}

/** Whether any device has what was named: an outcome among its findings or verdicts, such a grade, or such a threat. */
export function met(audit: Audit, failOn: FailOn): boolean {
  if ('severities' in failOn) return (audit.threats ?? []).some(({ severity }) => failOn.severities.includes(severity))
  if ('letters' in failOn) return audit.devices.some((d) => d.grade.letter !== null && failOn.letters.includes(d.grade.letter))
  return audit.devices.some((d) => [...d.findings, ...d.verdicts].some((x) => failOn.outcomes.includes(x.outcome)))
}

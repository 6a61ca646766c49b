import type { Assurance, Outcome } from '../checks/check.ts'
import { STRONGEST_FIRST } from '../checks/finding.ts'
import type { Control, Framework, Responsible } from './framework.ts'
import type { IdentifiedFinding } from './identify.ts'
import { harm } from './severity.ts'

/** A control's result for one device. The rule that makes it is written out in docs/verdicts.md. */
export interface Verdict {
  readonly framework: string
  readonly control: string
  readonly title: string
  readonly outcome: Outcome
  readonly assurance: Assurance
  readonly responsible: Responsible
  reason: string
  /** Ids of the findings that it rests on, the most telling first. */
  readonly findings: string[]
  readonly next?: string
}

export function verdictsOf(framework: Framework, findings: readonly IdentifiedFinding[]): Verdict[] {
  const byCheck = Map.groupBy(findings, (finding) => finding.check)
  return framework.controls.map((control) => verdictOf(framework.id, control, byCheck))
}

type ByCheck = ReadonlyMap<string, readonly IdentifiedFinding[]>

const NONE: readonly IdentifiedFinding[] = []

/** What a rule decides; the rest of a verdict is the control's. */
interface Decision {
  outcome: Outcome
  reason: string
  rests: readonly IdentifiedFinding[]
  assurance: Assurance
  next?: string
}

function verdictOf(framework: string, control: Control, byCheck: ByCheck): Verdict {
  const heard: IdentifiedFinding[] = []
  for (const { id } of control.checks) for (const finding of byCheck.get(id) ?? NONE) heard.push(finding)
  const { rests, ...decision } = bad(heard) ?? erred(heard) ?? settled(control, byCheck) ?? unsettled(control, heard)
  const decider = control.checks.find((check) => check.id === rests[0]?.check)
  return {
    framework,
    control: control.id,
    title: control.topic,
    responsible: (isBad(decision.outcome) ? decider?.responsible : undefined) ?? control.responsible,
    findings: rests.map((finding) => finding.id),
    ...decision,
  }
}

function isBad(outcome: Outcome): boolean {
  return outcome === 'fail' || outcome === 'warn'
}

/** Rule 1: one fail fails, else one warn warns. It rests on every bad finding; any one would do, so the best known counts. */
function bad(heard: readonly IdentifiedFinding[]): Decision | undefined {
  const rests = heard.filter((finding) => isBad(finding.outcome)).toSorted(worstFirst)
  const worst = rests[0]
  if (worst === undefined) return undefined
  const deciding = rests.filter((finding) => finding.outcome === worst.outcome)
  const others = rests.length === 1 ? '' : ` And ${rests.length - 1} more ${rests.length === 2 ? 'finding' : 'findings'}.`
  return { outcome: worst.outcome, reason: `${worst.reason}${others}`, rests, assurance: strongest(deciding) }
}

/** Fails before warns, then by harm, then by name: the same whatever order the findings come in. */
function worstFirst(a: IdentifiedFinding, b: IdentifiedFinding): number {
  const fails = Number(b.outcome === 'fail') - Number(a.outcome === 'fail')
  return fails || harm(b) - harm(a) || (a.id < b.id ? -1 : 1)
}

/** Rule 2: where a check itself failed, nothing is known. */
function erred(heard: readonly IdentifiedFinding[]): Decision | undefined {
  const rests = heard.filter((finding) => finding.outcome === 'error')
  if (rests.length === 0) return undefined
  return {
    outcome: 'error',
    reason: rests[0]!.reason,
    rests,
    assurance: 'none',
    next: rests[0]!.next ?? 'Report this to the authors of Assay.',
  }
}

/** Rules 3 and 4 ask the same checks. */
function settled(control: Control, byCheck: ByCheck): Decision | undefined {
  const said = settling(control, byCheck)
  return said && (beside(said) ?? passed(control, said, byCheck))
}

/** Rule 3: it does not apply where every check that settles it ran and said so, and nothing of it is out of their sight. */
function beside(said: readonly IdentifiedFinding[]): Decision | undefined {
  if (!said.every((finding) => finding.outcome === 'not-applicable')) return undefined
  return { outcome: 'not-applicable', reason: said[0]!.reason, rests: said, assurance: weakest(said) }
}

/**
 * Rule 4: it passes when every check that settles it ran and passed or did not apply, and at least one passed. It rests on all of
 * them, so the least known counts. What could have failed it and did not run is told.
 */
function passed(control: Control, said: readonly IdentifiedFinding[], byCheck: ByCheck): Decision | undefined {
  if (!said.every((finding) => finding.outcome === 'pass' || finding.outcome === 'not-applicable')) return undefined
  const rests = said.filter((finding) => finding.outcome === 'pass')
  const reasons = [...new Set(rests.map((finding) => finding.reason))]
  const left = control.beyond === undefined ? [] : [`Not looked at: ${control.beyond}.`]
  const idle = control.checks.filter((check) => !byCheck.has(check.id))
  if (idle.length > 0) left.push(`Not run, though it could fail it: ${idle.map((check) => check.id).join(', ')}.`)
  return { outcome: 'pass', reason: [...reasons, ...left].join(' '), rests, assurance: weakest(said) }
}

/**
 * Rule 5: everything else is open, with the one step that would settle it. Where nothing at all is known, what a person can do
 * helps more than what the first of several checks would need.
 */
function unsettled(control: Control, heard: readonly IdentifiedFinding[]): Decision {
  const held = heard.filter((finding) => finding.outcome === 'pass')
  const open = heard.filter((finding) => finding.outcome === 'inconclusive')
  // a step helps only where the check could settle the control
  const settles = ({ check }: IdentifiedFinding) => control.checks.some(({ id, role }) => role === 'settles' && id === check)
  const lacking = open.filter(settles)
  const known = held.length > 0 || lacking.some((finding) => finding.assurance !== 'none')
  const step = (known ? lacking[0]?.next : undefined) ?? control.next
  const reason = whyOpen(control, held, lacking.length > 0 ? lacking : open)
  return { outcome: 'inconclusive', reason, rests: [...held, ...open], assurance: 'none', next: step }
}

function whyOpen(control: Control, held: readonly IdentifiedFinding[], open: readonly IdentifiedFinding[]): string {
  const parts: string[] = []
  if (held.length > 0)
    parts.push(`Sound in what was seen: ${[...new Set(held.map((finding) => inSentence(finding.title)))].join(', ')}.`)
  if (control.unseen !== undefined) parts.push(`Not seen: ${control.unseen}.`)
  else if (open.length > 0) parts.push(open[0]!.reason)
  else parts.push('Nothing was seen that settles it.')
  return parts.join(' ')
}

/** 'Encryption of …' becomes 'encryption of …'; 'TLS …' stays. */
function inSentence(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title[0]!.toLowerCase() + title.slice(1) : title
}

/** The findings of the checks that settle a control; undefined where there is no such check, or one of them did not run. */
function settling(control: Control, byCheck: ByCheck): readonly IdentifiedFinding[] | undefined {
  if (control.unseen !== undefined) return undefined
  const all: IdentifiedFinding[] = []
  for (const { id, role } of control.checks) {
    if (role !== 'settles') continue
    const said = byCheck.get(id)
    // of most controls this is the end: nobody was asked
    if (said === undefined) return undefined
    all.push(...said)
  }
  return all.length === 0 ? undefined : all
}

function strongest(findings: readonly IdentifiedFinding[]): Assurance {
  return STRONGEST_FIRST[Math.min(...findings.map((finding) => STRONGEST_FIRST.indexOf(finding.assurance)))]!
}

function weakest(findings: readonly IdentifiedFinding[]): Assurance {
  return STRONGEST_FIRST[Math.max(...findings.map((finding) => STRONGEST_FIRST.indexOf(finding.assurance)))]!
}

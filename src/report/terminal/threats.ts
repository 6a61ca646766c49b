import type { Audit, AuditThreat, ThreatStep } from '../model.ts'
import {
  countThreats,
  indicatorsOf,
  indicatorWords,
  isGrave,
  looked,
  stagesLine,
  stagesOf,
  stageTitle,
  sureness,
  techniquesOf,
  threatened,
  timeLine,
  whereabouts,
} from '../threats.ts'
import { count, duration, moment, number, sentence } from '../words.ts'
import { evidenceText, type Page, type Paint } from './page.ts'

/** Told in full without `verbose`, with the steps of each; and those that take a line each. */
const FULL = 5
const STEPS = 12
const LINES = 20
const INDICATORS = 8

/** Signs of attack and infection: those that need somebody now in full, the others in a line. */
export function threats(page: Page, audit: Audit, verbose: boolean): void {
  const all = audit.threats ?? []
  if (all.length === 0) return
  page.heading(`Signs of attack: ${countThreats(all)}`)
  const full = verbose ? all : all.filter(isGrave).slice(0, FULL)
  for (const threat of full) oneThreat(page, audit, threat, verbose)
  const rest = all.slice(full.length)
  page.blank()
  for (const threat of rest.slice(0, LINES)) {
    const last = threat.steps.at(-1)
    page.fold(
      [['  '], ['·', paintOf(page, threat)], [' ']],
      `${threatened(audit, threat)}: ${threat.title} (${threat.severity}). ${last === undefined ? '' : sentence(last.says)}`,
    )
  }
  if (rest.length > LINES) page.line([`    and ${number(rest.length - LINES)} more: --verbose`, page.c.dim])
  page.blank()
  const who = looked(audit.detectors ?? [])
  page.fold(
    [['  ']],
    `${who === '' ? '' : `${who} `}That nothing else was found is no proof that there is nothing else.`,
    page.c.dim,
  )
}

function oneThreat(page: Page, audit: Audit, threat: AuditThreat, verbose: boolean): void {
  const { c } = page
  page.blank()
  page.fold(
    [['  '], ['⚠', paintOf(page, threat)], [' ']],
    `${threatened(audit, threat)}: ${threat.title} (${threat.severity}, ${sureness(threat.confidence)})`,
    c.bold,
  )
  page.fold([['    ']], `${whereabouts(audit, threat)}. ${timeLine(threat)}`)
  page.fold([['    '], [bar(threat), paintOf(page, threat)], ['  ']], stagesLine(threat))
  const steps = verbose ? threat.steps : threat.steps.slice(-STEPS)
  if (steps.length < threat.steps.length)
    page.line([`    ${count(threat.steps.length - steps.length, 'earlier sign')}: --verbose`, c.dim])
  for (const step of steps) oneStep(page, audit, step)
  const techniques = techniquesOf(threat.steps)
  if (techniques.length > 0) page.fold([['    '], ['MITRE ATT&CK: ', c.dim]], techniques.join(', '), c.dim)
  const indicators = indicatorsOf(threat)
  const shown = verbose ? indicators : indicators.slice(0, INDICATORS)
  if (shown.length > 0)
    page.fold(
      [['    '], ['Warn others of: ', c.dim]],
      `${shown.map(indicatorWords).join(', ')}${indicators.length > shown.length ? `, and ${indicators.length - shown.length} more` : ''}`,
    )
  const related = (threat.related ?? []).map((id) => audit.threats!.find((t) => t.id === id)).filter((t) => t !== undefined)
  if (related.length > 0)
    page.fold([['    '], ['Belongs with: ', c.dim]], related.map((t) => `${threatened(audit, t)} (${t.title})`).join(', '))
  page.line(['    '], ['What to do now', c.bold])
  threat.actions.forEach(({ title, text }, i) =>
    page.fold([['    '], [`${String(i + 1).padStart(2)}  `, c.bold]], `${title}. ${sentence(text)}`),
  )
}

function oneStep(page: Page, audit: Audit, step: ThreatStep): void {
  const { c } = page
  const time = moment(step.first).slice(11)
  const late = duration(step.first, step.alerted)
  const sure = late === '' || late === '0 ms' ? '' : `, sure after ${late}`
  page.fold(
    [['    '], [time, c.dim], ['  ']],
    `${stageTitle(step.stage)} (${step.severity}, ${sureness(step.confidence)}${sure})`,
    c.bold,
  )
  page.fold([['              ']], sentence(step.says))
  const where = evidenceText(audit, step.evidence)
  if (where !== '') page.fold([['              ']], where, c.dim)
}

/** '●─●─○': the stages in their order, those that were seen filled. */
function bar(threat: AuditThreat): string {
  return stagesOf(threat)
    .map(({ reached }) => (reached ? '●' : '○'))
    .join('─')
}

function paintOf({ c }: Page, { severity }: AuditThreat): Paint {
  return severity === 'critical' || severity === 'high' ? c.red : severity === 'medium' ? c.yellow : c.dim
}

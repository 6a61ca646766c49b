import { Addresses } from '../../device/addresses.ts'
import { countryOf } from '../../evidence/countries.ts'
import { STAGE_ORDER, type Stage } from '../../threat/stage.ts'
import { auditOf } from '../asked.ts'
import type { Audit, AuditThreat, ThreatStep } from '../model.ts'
import { isTaken, stageTitle, threatened } from '../threats.ts'
import { severityRank } from '../words.ts'
import type { Party, Ranked, State, StateAudit } from './model.ts'

/** Of each list as many are told. */
const MOST = 25

/** A sign with what it belongs to. */
interface Told {
  audit: Audit
  index: number
  threat: AuditThreat
  step: ThreatStep
  name: string
}

/** What audits of one network come to, over time. What was captured twice counts once. */
export function stateOf(given: readonly Audit[], version: string): State {
  const { audits, missing } = sift(given)
  const signs = audits.flatMap((audit, index) =>
    (audit.threats ?? []).flatMap((threat) =>
      threat.steps.map((step): Told => ({ audit, index, threat, step, name: threatened(audit, threat) })),
    ),
  )
  const threats = audits.flatMap(({ threats = [] }) => threats)
  const rows = audits.map(rowOf)
  return {
    schema: 'assay-state-1',
    tool: { name: 'assay', version },
    audits: rows,
    missing,
    devices: new Set(audits.flatMap(({ devices }) => devices.map(({ id }) => id))).size,
    hours: sum(rows.map(({ hours }) => hours)),
    severities: bySeverity(threats),
    stages: stagesOf(signs),
    vectors: vectorsOf(signs),
    ...largestOf(signs),
    infected: rank(signs.filter(({ threat }) => isTaken(threat)))
      .sort(byGravity)
      .slice(0, MOST),
    attacked: rank(signs.filter(({ step }) => step.role === 'target'))
      .sort(byAttempts)
      .slice(0, MOST),
    sources: partiesOf(signs, 'target'),
    targets: partiesOf(signs, 'source'),
    countries: countriesOf(signs),
    credentials: credentialsOf(signs),
    ports: portsOf(signs),
    trend: trendOf(rows.filter(({ looked }) => looked)),
  }
}

/** In order of time, each capture once; and what cannot be said. */
function sift(given: readonly Audit[]): { audits: Audit[]; missing: string[] } {
  const missing: string[] = []
  const audits: Audit[] = []
  const seen = new Set<string>()
  for (const audit of given.toSorted((a, b) => begin(a).localeCompare(begin(b)))) {
    const captures = audit.captures.map(({ sha256 }) => sha256)
    if (captures.length === 0) missing.push(`${named(audit)}: nothing was captured, and only traffic shows attacks.`)
    else if (captures.every((sha256) => seen.has(sha256))) {
      missing.push(`${named(audit)}: its captures are in another report, too; they count once.`)
      continue
    } else if (captures.some((sha256) => seen.has(sha256)))
      missing.push(`${named(audit)}: some of its captures are in another report, too, and count twice.`)
    if (captures.length > 0 && audit.threats === undefined)
      missing.push(`${named(audit)}: nobody looked for threats, the report is older than that. Audit its capture again.`)
    if (audit.captures.some(({ dropped, damaged }) => damaged !== undefined || (dropped?.total ?? 0) > 0))
      missing.push(`${named(audit)}: packets were lost or could not be read; there may have been more.`)
    for (const sha256 of captures) seen.add(sha256)
    audits.push(audit)
  }
  if (audits.filter(({ threats }) => threats !== undefined).length === 1)
    missing.push('One audit has no trend: compare with a later one.')
  return { audits, missing }
}

/** Several audits may be of files of one name. */
function named(audit: Audit): string {
  const day = begin(audit).slice(0, 10)
  return day === '' ? auditOf(audit) : `${auditOf(audit)} (${day})`
}

function begin({ network: { first }, probes = [] }: Audit): string {
  return first ?? probes[0]?.began ?? ''
}

function rowOf(audit: Audit): StateAudit {
  const { network, threats = [] } = audit
  const steps = threats.flatMap((threat) => threat.steps)
  return {
    title: auditOf(audit),
    ...(network.first === undefined ? {} : { first: network.first }),
    ...(network.last === undefined ? {} : { last: network.last }),
    hours: hoursOf(audit),
    devices: audit.devices.length,
    looked: audit.threats !== undefined && audit.captures.length > 0,
    severities: bySeverity(threats),
    signs: steps.length,
    attempts: attempts(steps.filter(({ role }) => role === 'target')),
    infected: new Set(threats.filter(isTaken).map(({ device }) => device)).size,
  }
}

/** Of the captures, without the time between them. */
function hoursOf({ captures }: Audit): number {
  const ms = captures.map(({ first, last }) =>
    first === undefined || last === undefined ? 0 : Date.parse(last) - Date.parse(first),
  )
  return Math.round(sum(ms.map((one) => (Number.isFinite(one) && one > 0 ? one : 0))) / 36_000) / 100
}

function bySeverity(threats: readonly AuditThreat[]): Record<string, number> {
  const sums = [...Map.groupBy(threats, ({ severity }) => severity)].sort(([a], [b]) => severityRank(a) - severityRank(b))
  return Object.fromEntries(sums.map(([severity, of]) => [severity, of.length]))
}

function stagesOf(signs: readonly Told[]): State['stages'] {
  return [...Map.groupBy(signs, ({ step }) => step.stage)]
    .sort(([a], [b]) => stageRank(a) - stageRank(b))
    .map(([stage, of]) => ({ stage, title: stageTitle(stage), signs: of.length, devices: devicesOf(of) }))
}

function vectorsOf(signs: readonly Told[]): State['vectors'] {
  return [...Map.groupBy(signs, ({ step }) => `${step.detector} ${step.what} ${step.role}`).values()]
    .map((of) => {
      const { detector, what, role } = of[0]!.step
      const title = of.find(({ audit }) => audit.detectors)?.audit.detectors?.find(({ id }) => id === detector)?.title ?? detector
      return {
        detector,
        title,
        what,
        role,
        signs: of.length,
        attempts: attempts(of.map(({ step }) => step)),
        devices: devicesOf(of),
      }
    })
    .sort((a, b) => b.signs - a.signs || b.attempts - a.attempts)
    .slice(0, MOST)
}

const FLOODS: ReadonlySet<string> = new Set(['attacking', 'flooded'])

function largestOf(signs: readonly Told[]): Pick<State, 'largest'> {
  const size = ({ step }: Told) => {
    const packets = Number(step.detail['packets'] ?? step.count)
    return Number.isFinite(packets) ? packets : step.count
  }
  // an order to attack is no flood: one has its packets or its peak counted
  const floods = signs.filter(
    ({ step }) => FLOODS.has(step.stage) && ['packets', 'peak a second'].some((name) => name in step.detail),
  )
  if (floods.length === 0) return {}
  const one = floods.reduce((most, flood) => (size(flood) > size(most) ? flood : most))
  const { step, threat, name } = one
  const peak = Number(step.detail['peak a second'])
  return {
    largest: {
      device: threat.device,
      name,
      role: step.role,
      what: step.what,
      packets: Math.max(0, Math.round(size(one))),
      ...(Number.isFinite(peak) ? { peak } : {}),
      first: step.first,
      last: step.last,
      says: step.says,
    },
  }
}

/** Devices by what was seen of them. */
function rank(signs: readonly Told[]): Ranked[] {
  return [...Map.groupBy(signs, ({ threat }) => threat.device)].map(([device, of]) => {
    const steps = of.map(({ step }) => step)
    const last = of.at(-1)!
    return {
      device,
      name: last.name,
      severity: steps.map(({ severity }) => severity).sort((a, b) => severityRank(a) - severityRank(b))[0]!,
      stage: steps.map(({ stage }) => stage).sort((a, b) => stageRank(b) - stageRank(a))[0]!,
      signs: of.length,
      attempts: attempts(steps),
      audits: new Set(of.map(({ index }) => index)).size,
      first: steps.map(({ first }) => first).sort()[0]!,
    }
  })
}

function byGravity(a: Ranked, b: Ranked): number {
  return (
    severityRank(a.severity as 'info') - severityRank(b.severity as 'info') ||
    stageRank(b.stage) - stageRank(a.stage) ||
    byAttempts(a, b)
  )
}

function byAttempts(a: Ranked, b: Ranked): number {
  return b.attempts - a.attempts || b.signs - a.signs || a.device.localeCompare(b.device)
}

/** The other ends of what was done by (`source`) or to (`target`) the things. */
function partiesOf(signs: readonly Told[], role: ThreatStep['role']): Party[] {
  const met = signs.filter(({ step }) => step.role === role && step.peer !== undefined)
  return [...Map.groupBy(met, ({ step }) => step.peer!.ip)]
    .map(([ip, of]): Party => {
      const { name, scope } = of.at(-1)!.step.peer!
      const country = scope === 'internet' ? countryOfIp(ip) : undefined
      return {
        ip,
        ...(name === undefined ? {} : { name }),
        ...(country === undefined ? {} : { country }),
        scope,
        signs: of.length,
        attempts: attempts(of.map(({ step }) => step)),
      }
    })
    .sort((a, b) => b.attempts - a.attempts || b.signs - a.signs || a.ip.localeCompare(b.ip))
    .slice(0, MOST)
}

function countriesOf(signs: readonly Told[]): State['countries'] {
  const sums = new Map<string, { sources: Set<string>; targets: Set<string>; attempts: number }>()
  for (const { step } of signs) {
    if (step.peer?.scope !== 'internet') continue
    const country = countryOfIp(step.peer.ip)
    if (country === undefined) continue
    const one = sums.get(country) ?? { sources: new Set(), targets: new Set(), attempts: 0 }
    sums.set(country, one)
    // a target of ours was attacked by them, a source of ours attacked them
    one[step.role === 'target' ? 'sources' : 'targets'].add(step.peer.ip)
    one.attempts += attempts([step])
  }
  return [...sums]
    .map(([country, { sources, targets, attempts }]) => ({ country, sources: sources.size, targets: targets.size, attempts }))
    .sort(
      (a, b) => b.sources + b.targets - a.sources - a.targets || b.attempts - a.attempts || a.country.localeCompare(b.country),
    )
    .slice(0, MOST)
}

function countryOfIp(ip: string): string | undefined {
  const addresses = new Addresses()
  const key = addresses.parse(ip)
  return key === undefined ? undefined : countryOf(addresses.bytes(key))
}

/** Only of what was tried on the things. */
function credentialsOf(signs: readonly Told[]): State['credentials'] {
  const tried = signs
    .filter(({ step }) => step.role === 'target')
    .flatMap((told) => told.step.indicators.filter(({ type }) => type === 'credential').map(({ value }) => ({ ...told, value })))
  return [...Map.groupBy(tried, ({ value }) => value)]
    .map(([value, of]) => ({ value, signs: of.length, devices: devicesOf(of) }))
    .sort((a, b) => b.signs - a.signs || a.value.localeCompare(b.value))
    .slice(0, MOST)
}

function portsOf(signs: readonly Told[]): State['ports'] {
  const at = signs.filter(({ step }) => step.role === 'target' && step.port !== undefined)
  return [...Map.groupBy(at, ({ step }) => step.port!)]
    .map(([port, of]) => ({ port, signs: of.length, attempts: attempts(of.map(({ step }) => step)), devices: devicesOf(of) }))
    .sort((a, b) => b.signs - a.signs || b.attempts - a.attempts || a.port - b.port)
    .slice(0, MOST)
}

/** Under an hour says nothing of a day. */
const ENOUGH_HOURS = 1

/** The last audit beside those before it: by the day, so that long and short ones compare, or by the audit. */
function trendOf(rows: readonly StateAudit[]): State['trend'] {
  const [now, ...before] = rows.toReversed()
  const hours = (of: readonly StateAudit[]) => sum(of.map((row) => row.hours))
  if (now === undefined || now.hours < ENOUGH_HOURS || hours(before) < ENOUGH_HOURS) return []
  const figures: [string, State['trend'][number]['per'], (row: StateAudit) => number][] = [
    ['signs', 'day', ({ signs }) => signs],
    ['attempts on the things', 'day', ({ attempts }) => attempts],
    ['infected things', 'audit', ({ infected }) => infected],
  ]
  return figures.map(([what, per, figure]) => {
    const rate = (of: readonly StateAudit[]) => sum(of.map(figure)) / (per === 'day' ? hours(of) / 24 : of.length)
    return { what, per, now: Math.round(rate([now]) * 100) / 100, before: Math.round(rate(before) * 100) / 100 }
  })
}

/** Whose signs count tries; those of floods, commands and data count packets. */
const TRIES: ReadonlySet<string> = new Set(['probed', 'guessed', 'entered', 'loading', 'scanning'])

function attempts(steps: readonly ThreatStep[]): number {
  return sum(steps.map(({ stage, count }) => (TRIES.has(stage) ? count : 0)))
}

function devicesOf(signs: readonly Told[]): number {
  return new Set(signs.map(({ threat }) => threat.device)).size
}

function stageRank(stage: string): number {
  return STAGE_ORDER.indexOf(stage as Stage)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

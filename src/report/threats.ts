import { STAGES, type Stage } from '../threat/stage.ts'
import type { Audit, AuditDevice, AuditFinding, AuditThreat, ThreatStep } from './model.ts'
import { framesOf } from './pointers.ts'
import { addresses, clean, deviceName, duration, moment, number, severityRank } from './words.ts'

/** Threats in plain words, the same in every report. */

/** The stages of recruitment, in their order; others are told alone. */
const ROAD: readonly Stage[] = ['probed', 'guessed', 'entered', 'loading', 'fetched', 'commanded', 'scanning', 'attacking']

export interface StageReached {
  stage: string
  title: string
  reached: boolean
}

/** The whole road of recruitment, with what was seen of it; of another campaign the stages that were seen. */
export function stagesOf({ steps }: AuditThreat): StageReached[] {
  const seen = new Set(steps.map(({ stage }) => stage))
  const road = ROAD.some((stage) => seen.has(stage)) ? ROAD.map(told) : []
  const beside = [...seen].filter((stage) => !ROAD.includes(stage as Stage)).map(told)
  return [...road, ...beside]

  function told(stage: string): StageReached {
    return { stage, title: stageTitle(stage), reached: seen.has(stage) }
  }
}

/** A report of a later version may name one that this knows nothing of. */
export function stageTitle(stage: string): string {
  return Object.hasOwn(STAGES, stage) ? STAGES[stage as Stage] : clean(stage)
}

/** 'Seen: looked for, got in. Not seen: passwords tried.': what the picture of the stages says. */
export function stagesLine(threat: AuditThreat): string {
  const all = stagesOf(threat)
  const list = (reached: boolean) =>
    all
      .filter((s) => s.reached === reached)
      .map(({ title }) => title.toLowerCase())
      .join(', ')
  const missed = list(false)
  return `Seen: ${list(true)}.${missed === '' ? '' : ` Not seen: ${missed}.`}`
}

/** What to call whom it is about: a device of the audit, or its name and address where it is none. */
export function threatened(audit: Audit, { device, name, ip }: AuditThreat): string {
  const known = audit.devices.find(({ id }) => id === device)
  if (known) return deviceName(known)
  const router = isGateway(audit, ip)
  const called = clean(name ?? '') || (router ? 'The router' : 'A device of which nothing else was seen')
  return ip === undefined ? `${called} (${clean(device)})` : `${called} (${clean(ip)})`
}

function isGateway({ network: { gateways } }: Audit, ip: string | undefined): boolean {
  return ip !== undefined && gateways.some(({ ips }) => ips.includes(ip))
}

/** Somebody has to do something now. */
export function isGrave({ severity }: { severity: AuditFinding['severity'] }): boolean {
  return severity === 'critical' || severity === 'high'
}

/** Somebody else has a say in it: attempts are never grave. */
export function isTaken(threat: AuditThreat): boolean {
  return threat.campaign === 'recruitment' && isGrave(threat)
}

/** 0.97 is 'as good as certain (97 %)'. */
export function sureness(confidence: number): string {
  const word = SURE.find(([from]) => confidence >= from)![1]
  return `${word} (${Math.round(Math.min(1, Math.max(0, confidence)) * 100)} %)`
}

const SURE: readonly [from: number, word: string][] = [
  [0.95, 'as good as certain'],
  [0.85, 'very likely'],
  [0.65, 'likely'],
  [0.4, 'possible'],
  [-Infinity, 'a weak sign'],
]

/** 'First packet 2026-11-01 10:00:10, sure 2 s later, last packet 2026-11-01 15:40:00 UTC.' */
export function timeLine({ first, alerted, last }: Pick<ThreatStep, 'first' | 'alerted' | 'last'>): string {
  const later = duration(first, alerted)
  const sure = later === '' || later === '0 ms' ? 'sure at once' : `sure ${later} later`
  return first === last
    ? `One packet, ${moment(first)} UTC.`
    : `First packet ${moment(first)}, ${sure}, last packet ${moment(last)} UTC.`
}

/** 'T1046 Network Service Discovery', each once. */
export function techniquesOf(steps: readonly ThreatStep[]): string[] {
  return [...new Set(steps.flatMap(({ techniques }) => techniques.map(({ id, name }) => `${clean(id)} ${clean(name)}`)))].sort()
}

export type Indicator = ThreatStep['indicators'][number]

/** What others can be warned of, each once, with all it was there. */
export function indicatorsOf({ steps }: AuditThreat): Indicator[] {
  const found = new Map<string, { type: string; value: string; roles: Set<string> }>()
  for (const { type, value, role } of steps.flatMap(({ indicators }) => indicators)) {
    const key = `${type} ${value}`
    const one = found.get(key) ?? { type, value, roles: new Set() }
    found.set(key, one)
    one.roles.add(role)
  }
  return [...found.values()].map(({ type, value, roles }) => ({ type, value, role: [...roles].join(', ') }))
}

const TYPES: Readonly<Record<string, string>> = {
  ip: 'address',
  domain: 'name',
  url: 'URL',
  sha256: 'SHA-256',
  ja4: 'JA4',
  credential: 'log-in (masked)',
  file: 'file',
}

/** 'address 203.0.113.9 (guesser)' */
export function indicatorWords({ type, value, role }: Indicator): string {
  return `${TYPES[type] ?? clean(type)} ${clean(value)} (${clean(role)})`
}

/** That nothing was found is no proof: for how long was looked, and for what. Undefined where there is something to tell. */
export function silence(audit: Audit): string | undefined {
  const { threats, detectors = [], network, captures } = audit
  if (captures.length === 0) return undefined
  if (threats === undefined)
    return 'Nobody looked for attacks and infections: the report is of a version of Assay that did not. Audit the capture again.'
  if (threats.length > 0) return undefined
  const long =
    network.first === undefined || network.last === undefined
      ? ''
      : ` in ${duration(network.first, network.last) || 'no time'} of traffic`
  return `No sign of infection or attack${long}. That is no proof that there is none: what was not captured was not seen. ${looked(detectors)}`
}

/** Who looked, where it is known. */
export function looked(detectors: NonNullable<Audit['detectors']>): string {
  return detectors.length === 0
    ? ''
    : `Looked for: ${detectors.map(({ title }) => (/^[A-Z]{2}/.test(title) ? title : title.slice(0, 1).toLowerCase() + title.slice(1))).join(', ')}.`
}

/** 'Signs of attack: 1 critical, 2 high.' */
export function countThreats(threats: readonly AuditThreat[]): string {
  const sums = Map.groupBy(threats, ({ severity }) => severity)
  return [...sums]
    .sort(([a], [b]) => severityRank(a) - severityRank(b))
    .map(([severity, of]) => `${number(of.length)} ${severity}`)
    .join(', ')
}

/** The threats of a device, gravest first. */
export function threatsTo(audit: Audit, device: AuditDevice): AuditThreat[] {
  return (audit.threats ?? []).filter((threat) => threat.device === device.id)
}

/** Those of a device that rest on a packet which a finding of it rests on, too. */
export function threatsBehind(audit: Audit, device: AuditDevice, finding: AuditFinding): AuditThreat[] {
  const threats = threatsTo(audit, device)
  if (threats.length === 0) return threats
  const seen = new Set(framesOf(finding.evidence).flatMap(({ capture, frames }) => frames.map((frame) => `${capture} ${frame}`)))
  return threats.filter(({ steps }) =>
    steps.some(({ evidence }) => framesOf(evidence).some((e) => e.frames.some((frame) => seen.has(`${e.capture} ${frame}`)))),
  )
}

/** Addresses of whom it is about, where the audit has no device of it. */
export function whereabouts(audit: Audit, threat: AuditThreat): string {
  const known = audit.devices.find(({ id }) => id === threat.device)
  return known ? addresses(known).slice(0, 3).join(', ') : clean(threat.ip ?? threat.device)
}

import { isIP } from 'node:net'
import { canonical } from '../dossier/jcs.ts'
import { isManycast, isPrivate, unmapped } from '../probe/consent.ts'
import type { Audit, AuditThreat, ThreatStep } from './model.ts'
import { framesOf } from './pointers.ts'
import { type Indicator, indicatorsOf, isTaken, silence, stageTitle, threatened } from './threats.ts'
import { captureName, clean, evidenceWords, sentence } from './words.ts'
import { uuid, uuid5 } from './uuid.ts'

/**
 * Threats as a bundle of STIX 2.1 (OASIS Standard, 10 June 2021), for tools that share them: each device as infrastructure, each step as
 * observed data and as a sighting of its ATT&CK technique, what others can be warned of as indicators, all of it in a report. The same audit
 * gives the same bundle. Passwords are in none of it, not even masked.
 */
export function stixBundle(audit: Audit): { type: 'bundle'; id: string; objects: StixObject[] } {
  const bundle = new Objects()
  const time = audit.network.last ?? audit.captures.at(-1)?.last ?? RELEASED
  const us = bundle.domain('identity', ['assay'], RELEASED, {
    name: 'Assay',
    description: 'Judges connected things by their traffic, their answers and what their makers say.',
    identity_class: 'system',
  })
  const by = { created_by_ref: us }
  for (const threat of audit.threats ?? []) addThreat(bundle, audit, threat, by)
  const captures = audit.captures.map(({ sha256 }) => sha256)
  bundle.domain('report', ['report', ...captures, time], time, {
    ...by,
    name: 'Threats to the things of a network',
    description: clean(silence(audit) ?? `Found in ${audit.captures.map((_, i) => captureName(audit, i)).join(', ')}.`),
    report_types: ['observed-data', 'indicator'],
    published: stamp(time),
    object_refs: bundle.ids(),
  })
  return { type: 'bundle', id: `bundle--${uuid('stix', 'bundle', ...captures, time)}`, objects: bundle.all() }
}

export interface StixObject {
  type: string
  spec_version: '2.1'
  id: string
  [property: string]: unknown
}

/** When objects that never change were made: those of any audit are the same. */
const RELEASED = '2026-11-01T00:00:00.000Z'
/** Section 2.9: the namespace for identifiers of cyber-observable objects. */
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7'
/** Section 4.14.1. */
const MOST_OBSERVED = 999_999_999

/** Each object once, in the order in which it came. */
class Objects {
  readonly #byId = new Map<string, StixObject>()

  /** A domain or relationship object (sections 4 and 5), of a name in our own space. Gives its identifier. */
  domain(type: string, name: readonly string[], time: string, properties: Record<string, unknown>): string {
    const id = `${type}--${uuid('stix', type, ...name)}`
    if (!this.#byId.has(id))
      this.#byId.set(id, { type, spec_version: '2.1', id, created: stamp(time), modified: stamp(time), ...properties })
    return id
  }

  /** A cyber-observable object (section 6), identified by the properties that contribute to that. Gives its identifier. */
  observable(type: string, contributing: Record<string, unknown>): string {
    const id = `${type}--${uuid5(OBSERVABLES, canonical(contributing))}`
    if (!this.#byId.has(id)) this.#byId.set(id, { type, spec_version: '2.1', id, ...contributing })
    return id
  }

  ids(): string[] {
    return [...this.#byId.keys()]
  }

  all(): StixObject[] {
    return [...this.#byId.values()]
  }
}

interface By {
  created_by_ref: string
}

function addThreat(bundle: Objects, audit: Audit, threat: AuditThreat, by: By): void {
  const device = audit.devices.find(({ id }) => id === threat.device)
  const own = [
    ...(device?.ips ?? (threat.ip === undefined ? [] : [threat.ip])).map((ip) => address(bundle, ip)),
    ...(device?.macs ?? []).map((mac) => bundle.observable('mac-addr', { value: mac.toLowerCase() })),
  ].filter((id) => id !== undefined)
  const thing = bundle.domain('infrastructure', [threat.id], threat.alerted, {
    ...by,
    name: threatened(audit, threat),
    description: `${clean(threat.title)}: ${threat.severity}, as far as ${stageTitle(threat.stage).toLowerCase()}.`,
    infrastructure_types: [isTaken(threat) ? 'botnet' : 'unknown'],
    first_seen: stamp(threat.first),
    last_seen: later(threat.first, threat.last),
    confidence: percent(threat.confidence),
  })
  for (const id of own) link(bundle, by, threat.alerted, thing, 'consists-of', id)
  const indicators = new Map<string, string>()
  for (const one of indicatorsOf(threat)) addIndicator(bundle, audit, threat, one, by, indicators)
  for (const [i, step] of threat.steps.entries()) addStep(bundle, audit, threat, step, i, own[0], by, indicators)
}

/** As observed data, and as a sighting of each technique; its indicators are based on it. */
function addStep(
  bundle: Objects,
  audit: Audit,
  threat: AuditThreat,
  step: ThreatStep,
  index: number,
  own: string | undefined,
  by: By,
  indicators: ReadonlyMap<string, string>,
): void {
  const peer = step.peer === undefined ? undefined : address(bundle, step.peer.ip)
  const seen = [
    ...(peer === undefined ? [] : [peer]),
    ...traffic(bundle, step, own, peer),
    ...step.indicators.map((one) => observed(bundle, one)).filter((id) => id !== undefined),
    ...(own === undefined ? [] : [own]),
  ]
  // where nothing can be named nothing can be said to have been observed (section 4.14 wants an object)
  if (seen.length === 0) return
  const name = [threat.id, step.detector, step.what, step.role, step.first, String(index)]
  const data = bundle.domain('observed-data', name, step.alerted, {
    ...by,
    first_observed: stamp(step.first),
    last_observed: later(step.first, step.last, true),
    number_observed: Math.min(Math.max(step.count, 1), MOST_OBSERVED),
    object_refs: [...new Set(seen)],
    external_references: framesOf(step.evidence).map((e) => ({
      source_name: 'capture',
      description: clean(`${captureName(audit, e.capture)}: ${evidenceWords({ ...audit, captures: [] }, e)}`),
      ...(audit.captures[e.capture] === undefined ? {} : { hashes: { 'SHA-256': audit.captures[e.capture]!.sha256 } }),
    })),
  })
  for (const { type, value } of step.indicators) {
    const indicator = indicators.get(`${type} ${value}`)
    if (indicator !== undefined) link(bundle, by, step.alerted, indicator, 'based-on', data)
  }
  for (const technique of step.techniques) {
    const pattern = bundle.domain('attack-pattern', [technique.matrix, technique.id], RELEASED, {
      ...by,
      name: clean(technique.name),
      external_references: [
        {
          source_name: technique.matrix === 'ics' ? 'mitre-ics-attack' : 'mitre-attack',
          external_id: clean(technique.id),
          url: `https://attack.mitre.org/techniques/${encodeURIComponent(technique.id).replace('.', '/')}`,
        },
      ],
    })
    bundle.domain('sighting', [...name, technique.id], step.alerted, {
      ...by,
      description: clean(sentence(step.says)),
      first_seen: stamp(step.first),
      last_seen: later(step.first, step.last),
      count: Math.min(step.count, MOST_OBSERVED),
      sighting_of_ref: pattern,
      observed_data_refs: [data],
      where_sighted_refs: [by.created_by_ref],
      confidence: percent(step.confidence),
    })
    for (const one of step.indicators) {
      const indicator = indicators.get(`${one.type} ${one.value}`)
      if (indicator !== undefined) link(bundle, by, step.alerted, indicator, 'indicates', pattern)
    }
  }
}

/** What passed between the two, from whom did it (section 6.12). */
function traffic(bundle: Objects, step: ThreatStep, own: string | undefined, peer: string | undefined): string[] {
  if (own === undefined || peer === undefined || step.peer === undefined || own === peer) return []
  if (own.startsWith('mac-addr') || own.split('--')[0] !== peer.split('--')[0]) return []
  const [source, target] = step.role === 'source' ? [own, peer] : [peer, own]
  return [
    bundle.observable('network-traffic', {
      start: stamp(step.first),
      end: later(step.first, step.last, true),
      src_ref: source,
      dst_ref: target,
      ...(step.port === undefined ? {} : { dst_port: step.port }),
      protocols: [isIP(step.peer.ip) === 6 ? 'ipv6' : 'ipv4'],
    }),
  ]
}

/** Who was scanned or attacked is not to be blocked, and neither is what is the user's own. */
function addIndicator(
  bundle: Objects,
  audit: Audit,
  threat: AuditThreat,
  indicator: Indicator,
  by: By,
  indicators: Map<string, string>,
): void {
  const pattern = patternOf(indicator)
  if (pattern === undefined || SUFFERED.test(indicator.role) || isOwn(audit, indicator)) return
  const id = bundle.domain('indicator', [threat.id, pattern], threat.alerted, {
    ...by,
    name: clean(`${indicator.value} (${indicator.role})`),
    indicator_types: ['malicious-activity'],
    pattern,
    pattern_type: 'stix',
    valid_from: stamp(firstWith(threat, indicator)),
    confidence: percent(threat.confidence),
  })
  indicators.set(`${indicator.type} ${indicator.value}`, id)
}

const SUFFERED = /\b(attacked|target|targeted|scanned|probed|flooded|entered|got it|victim|reflector)\b/i

function isOwn({ devices, network }: Audit, { type, value }: Indicator): boolean {
  if (type !== 'ip') return false
  const ip = unmapped(value)
  return isPrivate(ip) || isManycast(ip) || [...devices, ...network.gateways].some(({ ips }) => ips.includes(value))
}

function firstWith({ steps, first }: AuditThreat, { type, value }: Indicator): string {
  return steps.find(({ indicators }) => indicators.some((one) => one.type === type && one.value === value))?.first ?? first
}

/** Section 9: what STIX has no object for, such as JA4, and what is a secret, has no pattern. */
function patternOf({ type, value }: Indicator): string | undefined {
  const is = (path: string) => `[${path} = '${clean(value).replace(/[\\']/g, '\\$&')}']`
  switch (type) {
    case 'ip':
      return isIP(unmapped(value)) === 0 ? undefined : `[${ipType(value)}:value = '${unmapped(value)}']`
    case 'domain':
      return is('domain-name:value')
    case 'url':
      return is('url:value')
    case 'sha256':
      return SHA256.test(value) ? `[file:hashes.'SHA-256' = '${value.toLowerCase()}']` : undefined
    case 'file':
      return is('file:name')
    default:
      return undefined
  }
}

const SHA256 = /^[0-9a-f]{64}$/i

/** The thing itself that was seen. */
function observed(bundle: Objects, { type, value }: Indicator): string | undefined {
  switch (type) {
    case 'ip':
      return address(bundle, value)
    case 'domain':
      return bundle.observable('domain-name', { value: clean(value) })
    case 'url':
      return bundle.observable('url', { value: clean(value) })
    case 'sha256':
      return SHA256.test(value) ? bundle.observable('file', { hashes: { 'SHA-256': value.toLowerCase() } }) : undefined
    case 'file':
      return bundle.observable('file', { name: clean(value) })
    default:
      return undefined
  }
}

function address(bundle: Objects, ip: string): string | undefined {
  const value = unmapped(ip)
  return isIP(value) === 0 ? undefined : bundle.observable(ipType(value), { value })
}

function ipType(ip: string): 'ipv4-addr' | 'ipv6-addr' {
  return isIP(unmapped(ip)) === 6 ? 'ipv6-addr' : 'ipv4-addr'
}

function link(bundle: Objects, by: By, time: string, from: string, how: string, to: string): void {
  bundle.domain('relationship', [from, how, to], time, { ...by, relationship_type: how, source_ref: from, target_ref: to })
}

/** Section 3.3: RFC 3339 in UTC. */
function stamp(time: string): string {
  const valid = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time)
  return valid ? time : RELEASED
}

/** The last is behind the first (sections 4.8, 5.2), or `same` where that will do. */
function later(first: string, last: string, same = false): string {
  if (stamp(last) > stamp(first)) return stamp(last)
  if (same) return stamp(first)
  const ms = Date.parse(stamp(first)) + 1
  return new Date(ms).toISOString()
}

function percent(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 100)
}

import { frameList } from './frames.ts'
import type { Audit, AuditCapture, AuditEvidence, AuditDevice, AuditDocument, AuditFinding, AuditVerdict } from './model.ts'
import { printable } from '../decode/text.ts'

/** Facts in plain words, the same in every report. */

type Outcome = AuditVerdict['outcome']

/** Worst first: the order in which reports list. */
export const OUTCOMES: readonly Outcome[] = ['fail', 'warn', 'error', 'pass', 'inconclusive', 'not-applicable']
const SEVERITIES: readonly AuditFinding['severity'][] = ['critical', 'high', 'medium', 'low', 'info']

export const outcomeWord: Record<Outcome, string> = {
  fail: 'fail',
  warn: 'warning',
  error: 'error',
  pass: 'pass',
  inconclusive: 'not settled',
  'not-applicable': 'not applicable',
}

/** One column each, told apart without colour. */
export const outcomeMark: Record<Outcome, string> = {
  fail: '✗',
  warn: '!',
  error: 'E',
  pass: '✓',
  inconclusive: '?',
  'not-applicable': '·',
}

/**
 * Text that cannot steer a terminal or a page: decoders have replaced control and bidirectional characters already, but a report
 * may come from a file, and file names never passed a decoder. Other format characters go too (zero width, tags).
 */
export function clean(text: string): string {
  return printable(text, Infinity).replace(/[\p{Cf}\p{Cs}]/gu, '\uFFFD')
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`
}

/** 28310 is '28,310'. */
export function number(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Bytes in decimal units, three figures at most: '12.1 MB'. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  let value = bytes
  let unit = -1
  do {
    value /= 1000
    unit++
  } while (value >= 999.5 && unit < 4)
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${['kB', 'MB', 'GB', 'TB', 'PB'][unit]}`
}

/** '2026-11-01 10:00:03' of an RFC 3339 time. */
export function moment(time: string): string {
  return clean(time).replace('T', ' ').slice(0, 19)
}

/** From one time to another: '5 h 40 min', '12 s'; '' where a time cannot be read. */
export function duration(from: string, to: string): string {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  if (!Number.isFinite(seconds) || seconds < 0) return ''
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`
  return `${Math.floor(hours / 24)} days${hours % 24 ? ` ${hours % 24} h` : ''}`
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** What to call a device: its name, else maker and model, else category, else its address. Never empty. */
export function deviceName(device: AuditDevice): string {
  const { name, vendor, model, category } = device.identity
  const made = [vendor, model].filter(Boolean).join(' ')
  // a maker's site that was asked without a device
  const site = /^site-(.+)$/.exec(device.id)?.[1]
  const nameless = site === undefined ? `Unknown device ${addresses(device)[0] ?? device.id}` : `The maker's site ${site}`
  return clean(device.product || name || made || (category ? `Unnamed ${category}` : nameless))
}

/** All its addresses, those that people know it by first: IPv4, hardware, IPv6. */
export function addresses(device: AuditDevice): string[] {
  const six = (ip: string) => ip.includes(':')
  return [...device.ips.filter((ip) => !six(ip)), ...device.macs, ...device.ips.filter(six)]
}

/** What it is, beyond its name: 'Edimax IC-3115W, camera'; may be empty. */
export function deviceKind(device: AuditDevice): string {
  const { name, vendor, model, category } = device.identity
  const made = [vendor, model].filter(Boolean).join(' ')
  return clean([name ? made : '', category].filter(Boolean).join(', '))
}

/** Worst first, and as the audit gave them among equals. */
export function bySeverity(findings: readonly AuditFinding[]): AuditFinding[] {
  const rank = (f: AuditFinding) => OUTCOMES.indexOf(f.outcome) * SEVERITIES.length + SEVERITIES.indexOf(f.severity)
  return findings.toSorted((a, b) => rank(a) - rank(b))
}

export function severityRank(severity: AuditFinding['severity']): number {
  return SEVERITIES.indexOf(severity)
}

export function tally(items: readonly { outcome: Outcome }[]): Record<Outcome, number> {
  const sums: Record<Outcome, number> = { fail: 0, warn: 0, error: 0, pass: 0, inconclusive: 0, 'not-applicable': 0 }
  for (const { outcome } of items) sums[outcome]++
  return sums
}

/** Who must act on a finding, by the verdicts that rest on it, else by whom its remedy speaks to first; undefined where neither says. */
export function responsibleFor(device: AuditDevice, finding: AuditFinding): AuditVerdict['responsible'] | undefined {
  return (
    device.verdicts.find((v) => v.findings.includes(finding.id))?.responsible ?? PARTIES[remedySteps(finding.remedy)[0]!.party]
  )
}

const PARTIES: Readonly<Record<string, AuditVerdict['responsible']>> = {
  Maker: 'maker',
  Owner: 'network owner',
  'Service operator': 'service operator',
}

/** A remedy by who can do it: 'Maker: … Owner: …'. `party` is '' where it names none. The owner, who reads it, comes first. */
export function remedySteps(remedy: string): { party: string; text: string }[] {
  const parts = remedy.split(/(?:^|\s)(Maker|Owner|Service operator): /)
  const steps = parts[0]!.trim() === '' ? [] : [{ party: '', text: parts[0]!.trim() }]
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const text = parts[i + 1]!.trim()
    steps.push({ party: parts[i]!, text: text.slice(0, 1).toUpperCase() + text.slice(1) })
  }
  if (steps.length === 0) return [{ party: '', text: remedy }]
  return steps.toSorted((a, b) => Number(b.party === 'Owner') - Number(a.party === 'Owner'))
}

/** 'Grade C, provisional: 1 of 40 principles could be judged. …': the letter never stands without how much it rests on. */
export function gradeLine(audit: Audit, { letter, settled, applicable, because }: AuditDevice['grade']): string {
  const grade = letter === null ? 'No grade' : `Grade ${letter}`
  const provisional = /^Provisional: /.exec(because)
  const why = sentence(provisional ? because.slice(provisional[0].length) : because)
  const told = because.includes(`${settled} of ${applicable} `) || settled === 0
  const extent = told
    ? ''
    : ` ${settled} of ${audit.frameworks[0] ? countControls(audit.frameworks[0], applicable) : applicable} could be judged.`
  return `${grade}${provisional ? ', provisional: ' : '. '}${why}${extent}`
}

/**
 * What is known of packets that a capture lost: 'none lost', '12 packets lost (0.3 %)', 'losses not known'; '' where a file says
 * nothing, as most do not.
 */
export function lossLine(capture: AuditCapture): string {
  const { dropped, live, packets } = capture
  if (dropped === undefined) return live === undefined ? '' : 'losses not known'
  if (dropped.total === 0) return 'none lost'
  const parts = [
    [dropped.interface, 'by the interface'],
    [dropped.system, "in the system's buffer"],
    [dropped.program, 'by the program that captured'],
  ].filter((part): part is [number, string] => part[0] !== undefined && part[0] !== 0)
  const share = (100 * dropped.total) / (dropped.total + packets)
  const where = parts.map(([n, by]) => (parts.length === 1 ? by : `${number(n)} ${by}`)).join(', ')
  return `${count(dropped.total, 'packet')} lost${where === '' ? '' : parts.length === 1 ? ` ${where}` : `, ${where}`} (${share < 0.1 ? 'under 0.1' : share.toFixed(1)} %)`
}

/** 'captured on eth0 by dumpcap, packets of "port 53" only, not kept' */
export function liveLine({ interface: name, program, filter, kept }: NonNullable<AuditCapture['live']>): string {
  return clean(
    `captured on ${name} by ${program}${filter === undefined ? '' : `, only what "${filter}" lets through`}${kept ? '' : '; not kept, so that its frame numbers lead nowhere'}`,
  )
}

/** Behind every loss: what it does to the audit. */
export const LOSS_MEANS = 'What was not seen may have been in them: findings stand, but that something was not seen says less.'

/** The last part of a path, cleaned: what a reader calls a capture. */
export function fileName(path: string): string {
  return path === '-' ? 'standard input' : clean(path.split('/').at(-1) || path)
}

const captureNames = new WeakMap<Audit, string[]>()

/** What to call a capture: its file's name, and as many folders before it as tell it from the others. */
export function captureName(audit: Audit, index: number): string {
  let names = captureNames.get(audit)
  if (!names) {
    names = distinct(audit.captures.map((c) => c.path))
    captureNames.set(audit, names)
  }
  return names[index] ?? `capture ${index}`
}

function distinct(paths: readonly string[]): string[] {
  const parts = paths.map((p) => p.split('/'))
  const short = (i: number, depth: number) => parts[i]!.slice(-depth).join('/')
  const depths = paths.map(() => 1)
  for (let depth = 1; depth < 40; depth++) {
    const seen = new Map<string, number[]>()
    paths.forEach((_, i) => seen.set(short(i, depths[i]!), [...(seen.get(short(i, depths[i]!)) ?? []), i]))
    const same = [...seen.values()].filter((of) => of.length > 1).flat()
    if (same.length === 0) break
    for (const i of same) depths[i] = depths[i]! + 1
  }
  return paths.map((p, i) => (p === '-' ? fileName(p) : clean(short(i, depths[i]!) || p)))
}

export function sentence(text: string): string {
  const t = text.trim()
  return t === '' || /[.!?…]$/.test(t) ? t : `${t}.`
}

/** Whose word a document is: 'signed by …', or anybody's. */
function signature({ signedBy }: AuditDocument): string {
  return signedBy === undefined ? 'no signature verified: its word only' : `signed by ${signedBy}`
}

/** What a document is, and whose word: what a dossier leads to is of whom the dossier is. */
export function documentWords(document: AuditDocument): string {
  if (document.kind === 'dossier') return `${document.title}, ${signature(document)}`
  return document.signedBy === undefined ? document.title : `${document.title}, its digest signed by ${document.signedBy}`
}

/** What a document is called. */
export function documentName(audit: Audit, index: number): string {
  const document = audit.documents?.[index]
  return document === undefined ? `document ${index}` : fileName(document.path)
}

/** A question of a probe's transcript in a line: 'tcp 192.0.2.7:23, asks whether anybody listens there: answered'. */
export function entryWords(audit: Audit, probe: number, n: number): string {
  const entry = audit.probes?.[probe]?.transcript[n - 1]
  if (entry === undefined) return `question ${n}`
  const ip = entry.ip.includes(':') ? `[${entry.ip}]` : entry.ip
  return clean(`${entry.transport} ${ip}:${entry.port}, ${entry.why}: ${entry.ended}`)
}

/** Where to look, short: 'home.pcapng frames 12, 40–43', 'question 12', 'maker.yaml /support/end'. The capture's name only where there are several. */
export function evidenceWords(audit: Audit, e: AuditEvidence): string {
  if ('frames' in e) return `${audit.captures.length > 1 ? `${captureName(audit, e.capture)} ` : ''}${frameList(e.frames, 8)}`
  if ('entries' in e) return frameList(e.entries, 4).replace(/^frame/, 'question')
  return `${documentName(audit, e.document)} ${e.places
    .slice(0, 3)
    .map((place) => clean(place) || 'as a whole')
    .join(', ')}`
}

/** Where to look, of questions and documents, a line each. */
export function evidenceLines(audit: Audit, e: Exclude<AuditEvidence, { frames: unknown }>): string[] {
  if ('entries' in e) return e.entries.map((n) => `question ${n}: ${entryWords(audit, e.probe, n)}`)
  return e.places.map(
    (place) => `${documentName(audit, e.document)} ${clean(place) || 'as a whole'}${e.signed ? ' (signed)' : ''}`,
  )
}

/** What a framework calls its controls: '40 principles', '1 provision'. */
export function countControls({ word = 'control' }: Audit['frameworks'][number], n: number): string {
  return count(n, word)
}

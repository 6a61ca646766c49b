import { anomalyLines, noDevice } from './anomalies.ts'
import { firstActions } from './actions.ts'
import { contradictions } from './contradictions.ts'
import { STOPPED, askedLine, auditOf, endedLine, openLine } from './asked.ts'
import type { Audit, AuditDevice, AuditFinding } from './model.ts'
import { evidenceText, Page, type Paint, type Segment } from './terminal/page.ts'
import { threats } from './terminal/threats.ts'
import { isGrave, silence, threatsTo } from './threats.ts'
import { cut, fold, pad } from './width.ts'
import {
  OUTCOMES,
  addresses,
  bySeverity,
  captureName,
  clean,
  count,
  countControls,
  deviceKind,
  deviceName,
  duration,
  fileName,
  gradeLine,
  liveLine,
  LOSS_MEANS,
  lossLine,
  moment,
  number,
  outcomeMark,
  outcomeWord,
  remedySteps,
  responsibleFor,
  sentence,
  documentWords,
  size,
  tally,
} from './words.ts'

export interface TerminalOptions {
  colour: boolean
  /** Columns; no line is longer. */
  width: number
  /** All devices, findings and verdicts, instead of the worst. */
  verbose?: boolean
}

/** Devices told in full; those after them take a line each. */
const FULL = 20
const LINES = 100
const CAPTURES = 6
/** Findings of a device told without `verbose`. */
const WORST = 4

/** The audit for a person at a terminal: the network, the devices from worst to best, what to do first. */
export function renderTerminal(audit: Audit, options: TerminalOptions): string {
  const page = new Page(Math.max(40, options.width), options.colour)
  title(page, audit)
  const { verbose = false } = options
  const grave = (audit.threats ?? []).some(isGrave)
  // what cannot wait stands before all else
  if (grave) threats(page, audit, verbose)
  otherwise(page, audit, verbose)
  network(page, audit)
  devices(page, audit, verbose)
  if (!grave) threats(page, audit, verbose)
  actions(page, audit)
  return page.text()
}

function title(page: Page, audit: Audit): void {
  const { c } = page
  page.line(['Assay ', c.bold], [audit.tool.version, c.dim], [`  audit of ${auditOf(audit)}`])
}

/** Contradictions told without `verbose`. */
const OTHERWISE = 6

/** Before anything else: what a maker says, and what shows otherwise. */
function otherwise(page: Page, audit: Audit, verbose: boolean): void {
  const { c } = page
  const all = contradictions(audit)
  if (all.length === 0) return
  page.heading('The maker says otherwise')
  const shown = verbose ? all : all.slice(0, OTHERWISE)
  for (const { device, finding } of shown) {
    page.fold(
      [['  '], [outcomeMark[finding.outcome], paintOf(page, finding.outcome)], [' ']],
      `${deviceName(device)} (${finding.severity})`,
      c.bold,
    )
    page.fold([['    ']], sentence(finding.reason))
    page.fold([['    ']], evidenceText(audit, finding.evidence, finding.evidence.length), c.dim)
  }
  if (all.length > shown.length) page.line([`    and ${number(all.length - shown.length)} more: --verbose`, c.dim])
}

function network(page: Page, audit: Audit): void {
  const { c } = page
  const fact = (name: string, value: string, paint?: Paint) => page.fold([['  '], [pad(name, 11), c.dim]], value, paint)
  page.heading(audit.captures.length > 0 ? 'The network' : 'What was asked')
  for (const [i, capture] of audit.captures.entries()) {
    // of many captures those that are not whole are named whatever their place
    if (i >= CAPTURES && !capture.damaged && !capture.dropped?.total) continue
    const lost = (capture.dropped?.total ?? 0) > 0
    const losses = lossLine(capture)
    fact(
      'Capture',
      `${captureName(audit, i)}: ${capture.format}, ${count(capture.packets, 'packet')}, ${size(capture.bytes)}${losses === '' || lost ? '' : `, ${losses}`}`,
    )
    if (capture.live) fact('', liveLine(capture.live))
    if (lost) fact('  gaps', `${losses}. ${LOSS_MEANS}`, c.yellow)
    if (capture.damaged) {
      fact(
        '  damaged',
        `read up to byte ${number(capture.damaged.offset)}: ${sentence(capture.damaged.reason)} What lies behind was not audited.`,
        c.red,
      )
    }
  }
  if (audit.captures.length > CAPTURES)
    fact('', `${audit.captures.length} captures in all, ${size(audit.captures.reduce((sum, k) => sum + k.bytes, 0))}`)
  const { first, last } = audit.network
  if (first !== undefined && last !== undefined)
    fact('Time', `${moment(first)} to ${moment(last)} UTC (${duration(first, last)})`)
  for (const probe of audit.probes ?? []) {
    fact('Asked', probe.transcript.length === 0 ? askedLine(probe) : `${askedLine(probe)} (${endedLine(probe)})`)
    if (probe.stopped) fact('', STOPPED, c.yellow)
  }
  if (audit.captures.length > 0) traffic(page, audit)
  const quiet = silence(audit)
  if (quiet !== undefined) fact('Attacks', quiet)
  fact('Devices', audit.devices.length === 0 ? 'none' : `${audit.devices.length} (grades: ${gradeCount(audit.devices)})`)
}

function traffic(page: Page, audit: Audit): void {
  const { gateways, resolvers, packets, flows } = audit.network
  const fact = (name: string, value: string) => page.fold([['  '], [pad(name, 11), page.c.dim]], value)
  fact('Traffic', `${count(packets, 'packet')} in ${count(flows, 'flow')}`)
  for (const gateway of gateways) fact('Gateway', [...gateway.ips.slice(0, 2), ...gateway.macs.slice(0, 1)].join(', '))
  if (gateways.length === 0) fact('Gateway', 'none seen')
  for (const document of audit.documents ?? [])
    fact(document.kind === 'dossier' ? 'Dossier' : '', `${fileName(document.path)}: ${documentWords(document)}`)
  if (resolvers.length > 0) fact('Resolvers', resolvers.slice(0, 4).join(', '))
  for (const { label, text } of anomalyLines(audit)) fact(label, text)
}

/** '2 F, 1 D, 4 ungraded', worst first. */
function gradeCount(all: readonly AuditDevice[]): string {
  const sums = new Map<string, number>()
  for (const { grade } of all) sums.set(grade.letter ?? 'ungraded', (sums.get(grade.letter ?? 'ungraded') ?? 0) + 1)
  const order = ['F', 'E', 'D', 'C', 'B', 'A', 'ungraded'].filter((l) => sums.has(l))
  return order.map((l) => `${sums.get(l)} ${l}`).join(', ')
}

function devices(page: Page, audit: Audit, verbose: boolean): void {
  const { c } = page
  page.heading('Devices, worst first')
  if (audit.devices.length === 0) {
    page.fold([['  ']], noDevice(audit))
    return
  }
  const full = verbose ? audit.devices.length : FULL
  for (const device of audit.devices.slice(0, full)) oneDevice(page, audit, device, verbose)
  const short = audit.devices.slice(full, full + LINES)
  for (const device of short) {
    const { letter, settled, applicable } = device.grade
    page.line(
      [` ${letter ?? '–'} `, badge(page, letter)],
      [' '],
      [pad(cut(deviceName(device), page.width - 30), page.width - 30)],
      [` ${settled} of ${applicable} judged`, c.dim],
    )
  }
  const left = audit.devices.length - full - short.length
  if (left > 0) page.line([`     and ${count(left, 'more device')}: --verbose, or the JSON report`, c.dim])
  page.blank()
  const legend = OUTCOMES.filter((o) => o !== 'error')
    .map((o) => `${outcomeMark[o]} ${outcomeWord[o]}`)
    .join(', ')
  page.fold([['     ']], legend, c.dim)
}

function oneDevice(page: Page, audit: Audit, device: AuditDevice, verbose: boolean): void {
  const { c } = page
  const { letter } = device.grade
  page.blank()
  page.line([` ${letter ?? '–'} `, badge(page, letter)], ['  '], [deviceName(device), c.bold])
  const kind = deviceKind(device)
  const all = addresses(device)
  const reach = all.slice(0, 3).join(', ') + (all.length > 3 ? ` and ${all.length - 3} more` : '')
  const about = [kind, reach].filter(Boolean).join(' · ')
  if (about !== '') page.fold([['     ']], about)
  const open = openLine(device)
  if (open !== undefined) page.fold([['     ']], open)
  page.fold([['     ']], gradeLine(audit, device.grade), c.dim)
  for (const { title, severity } of threatsTo(audit, device))
    page.fold([['     '], ['⚠', c.red], [' ']], `${title} (${severity}): see the signs of attack`, c.bold)
  const findings = bySeverity(device.findings)
  if (verbose) for (const finding of findings) oneFinding(page, audit, device, finding, [], true)
  else {
    const groups = alike(findings.filter((f) => f.outcome === 'fail' || f.outcome === 'warn' || f.outcome === 'error'))
    for (const [worst, ...others] of groups.slice(0, WORST)) oneFinding(page, audit, device, worst!, others, false)
    const left = groups.slice(WORST).reduce((sum, g) => sum + g.length, 0)
    if (left > 0) page.line([`     and ${count(left, 'more finding')}: --verbose`, c.dim])
  }
  for (const framework of audit.frameworks) {
    const verdicts = new Map(device.verdicts.filter((v) => v.framework === framework.id).map((v) => [v.control, v]))
    if (verdicts.size === 0) continue
    const blocks = framework.blocks ?? [{ title: framework.title, controls: [...verdicts.keys()] }]
    if (!verbose) {
      const strip = blocks
        .map((b) => b.controls.map((id) => outcomeMark[verdicts.get(id)?.outcome ?? 'inconclusive']).join(''))
        .join(' ')
      const sums = tally([...verdicts.values()])
      const counted = OUTCOMES.filter((o) => sums[o] > 0)
        .map((o) => `${sums[o]} ${outcomeMark[o]}`)
        .join('  ')
      page.fold([['     ']], strip)
      const named = audit.frameworks.length > 1 ? `${framework.title}: ` : ''
      page.fold([['     ']], `${named}${countControls(framework, verdicts.size)}: ${counted}`, c.dim)
      continue
    }
    if (audit.frameworks.length > 1) page.line(['     '], [`${framework.title} ${framework.version}`, c.bold])
    const column = Math.max(...[...verdicts.keys()].map((id) => id.length))
    for (const block of blocks) {
      page.line([`     ${block.title}`, c.underline])
      for (const id of block.controls) {
        const v = verdicts.get(id)
        if (!v) continue
        page.fold(
          [['     '], [outcomeMark[v.outcome], paintOf(page, v.outcome)], [` ${id.padStart(column)} `]],
          `${v.title}: ${outcomeWord[v.outcome]}${v.assurance === 'none' ? '' : ` (${v.assurance})`}`,
        )
        page.fold(
          [[' '.repeat(column + 8)]],
          `${sentence(v.reason)}${v.next ? ` Next: ${sentence(v.next)}` : ''} (${v.responsible})`,
          c.dim,
        )
      }
    }
  }
}

/** Findings of one check and outcome together, where the first of them stood: a tracker's twenty names are one thing to read. */
function alike(findings: readonly AuditFinding[]): AuditFinding[][] {
  const groups = new Map<string, AuditFinding[]>()
  for (const f of findings) {
    const key = `${f.outcome} ${f.check}`
    const group = groups.get(key)
    if (group) group.push(f)
    else groups.set(key, [f])
  }
  return [...groups.values()]
}

/** `others`: findings like it that are named only. */
function oneFinding(
  page: Page,
  audit: Audit,
  device: AuditDevice,
  finding: AuditFinding,
  others: readonly AuditFinding[],
  verbose: boolean,
): void {
  const { c } = page
  const grave = finding.outcome === 'fail' || finding.outcome === 'warn'
  const head: Segment[] = [['     '], [outcomeMark[finding.outcome], paintOf(page, finding.outcome)], [' ']]
  page.fold(
    head,
    `${finding.title}${finding.about ? `, ${finding.about}` : ''} (${grave ? finding.severity : outcomeWord[finding.outcome]})`,
    grave ? c.bold : undefined,
  )
  const lines = fold(clean(sentence(finding.reason)), page.width - 7)
  const kept = verbose ? lines.length : 3
  lines
    .slice(0, kept)
    .forEach((l, i) => page.line(['       '], [i === kept - 1 && lines.length > kept ? cut(`${l} …`, page.width - 7) : l]))
  const where = evidenceText(audit, finding.evidence)
  if (where) page.fold([['       ']], where, c.dim)
  if (others.length > 0) {
    const named = others.slice(0, 3).map((f) => cut(clean(f.about), 40))
    page.fold([['       ']], `Likewise: ${named.join(', ')}${others.length > 3 ? ` and ${others.length - 3} more` : ''}`)
  }
  if (!verbose) return
  if (finding.next) page.fold([['       ']], `Next: ${sentence(finding.next)}`)
  if (grave) {
    page.fold([['       ']], `Answers for it: ${responsibleFor(device, finding) ?? 'maker'}. To mend it:`)
    for (const step of remedySteps(finding.remedy)) page.fold([['         '], [stepHead(step)]], sentence(step.text))
  }
  page.line(['       '], [finding.id, c.dim])
}

function actions(page: Page, audit: Audit): void {
  const { c } = page
  const list = firstActions(audit)
  if (list.length === 0) return
  page.heading(
    list.length === 3 ? 'The three things to do first' : list.length === 2 ? 'The two things to do first' : 'What to do first',
  )
  list.forEach((action, i) => {
    const names = action.where
      .slice(0, 3)
      .map(({ device, finding }) => `${cut(deviceName(device), 40)}${finding.about ? ` (${cut(clean(finding.about), 40)})` : ''}`)
    const more = action.where.length - names.length
    page.fold(
      [[`  ${i + 1}  `, c.bold]],
      `${action.title} (${action.severity}): ${names.join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}`,
      c.bold,
    )
    const reason = fold(clean(sentence(action.where[0]!.finding.reason)), page.width - 5)
    for (const [k, l] of reason.slice(0, REASON).entries())
      page.line(['     '], [k === REASON - 1 && reason.length > REASON ? cut(`${l} …`, page.width - 5) : l])
    for (const step of action.steps) page.fold([['     '], [stepHead(step), c.bold]], sentence(step.text))
    page.fold(
      [['     ']],
      `Answers for it: ${action.responsible.join(', ') || 'maker'}. More: assay explain ${action.check}`,
      c.dim,
    )
  })
}

/** Lines of a reason among the things to do first. */
const REASON = 3

function stepHead(step: { party: string }): string {
  return step.party === '' ? '' : `${step.party}: `
}

function badge(page: Page, letter: AuditDevice['grade']['letter']): Paint {
  const { c } = page
  const ground =
    letter === null ? c.dim : letter === 'A' || letter === 'B' ? c.green : letter === 'C' || letter === 'D' ? c.yellow : c.red
  return (t) => c.bold(c.inverse(ground(t)))
}

function paintOf(page: Page, outcome: AuditFinding['outcome']): Paint {
  const { c } = page
  return outcome === 'fail' || outcome === 'error' ? c.red : outcome === 'warn' ? c.yellow : outcome === 'pass' ? c.green : c.dim
}

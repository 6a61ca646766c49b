import type { Audit } from './model.ts'
import { clean, deviceKind, deviceName, evidenceWords } from './words.ts'

const HEAD = [
  'device',
  'name',
  'kind',
  'grade',
  'what',
  'framework',
  'number',
  'title',
  'about',
  'outcome',
  'severity',
  'assurance',
  'responsible',
  'reason',
  'next',
  'evidence',
  'id',
] as const

type Row = Partial<Record<(typeof HEAD)[number], string>>

/**
 * Every finding and every verdict a line, as RFC 4180 has it: CRLF, a header, fields in quotes where they need them. Texts of
 * devices and makers are in it, so that no field begins as a formula to a spreadsheet.
 */
export function* csvLines(audit: Audit): Generator<string> {
  yield record(HEAD)
  for (const device of audit.devices) {
    const common: Row = {
      device: device.id,
      name: deviceName(device),
      kind: deviceKind(device),
      grade: device.grade.letter ?? '',
    }
    for (const f of device.findings)
      yield fields({
        ...common,
        what: 'finding',
        number: f.check,
        title: f.title,
        about: f.about,
        outcome: f.outcome,
        severity: f.severity,
        assurance: f.assurance,
        reason: f.reason,
        next: f.next ?? '',
        evidence: f.evidence.map((e) => evidenceWords(audit, e)).join('; '),
        id: f.id,
      })
    for (const v of device.verdicts)
      yield fields({
        ...common,
        what: 'verdict',
        framework: v.framework,
        number: v.control,
        title: v.title,
        outcome: v.outcome,
        assurance: v.assurance,
        responsible: v.responsible,
        reason: v.reason,
        next: v.next ?? '',
        evidence: v.findings.join('; '),
        id: `${device.id}/${v.framework}/${v.control}`,
      })
  }
}

function fields(row: Row): string {
  return record(HEAD.map((name) => row[name] ?? ''))
}

function record(values: readonly string[]): string {
  return `${values.map(field).join(',')}\r\n`
}

/**
 * What a spreadsheet would take for a formula is told as text by an apostrophe (OWASP, "CSV injection"): at the beginning, and behind a
 * semicolon, at which those of half of Europe part fields.
 */
function field(value: string): string {
  const told = clean(value)
  const safe = (/^[\s\uFEFF]*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(told) ? `'${told}` : told).replace(
    /;(\s*)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g,
    ";$1'",
  )
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

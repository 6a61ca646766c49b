import type { Control, Framework } from '../frameworks/framework.ts'
import type { IdentifiedFinding } from '../frameworks/identify.ts'
import { type Verdict, verdictsOf } from '../frameworks/verdict.ts'
import type { Audit, AuditDevice, AuditDocument, AuditFinding } from './model.ts'
import { captureName, clean, count, deviceKind, deviceName, documentName, evidenceWords, moment, sentence } from './words.ts'

/** Answers for a statement of compliance: plain texts, of whatever origin, which a renderer must escape. */
export interface Compliance {
  title: string
  /** What it is and is not. */
  about: string[]
  /** What such a statement must name; without a value a person fills it in. */
  facts: { name: string; value?: string }[]
  sum: string
  blocks: { title: string; answers: Answer[] }[]
  /** What is left to a person, in the order of the answers. */
  toSign: { number: string; what: string; who: string }[]
  /** Lines to fill in under it. */
  signature: string[]
  /** What it rests on, with digests. */
  evidence: string[]
}

export interface Answer {
  number: string
  level: string
  topic: string
  /** Under which condition it is asked for, where there is one. */
  when?: string
  answer: 'met' | 'not met' | 'open' | 'does not apply'
  /** How it is known. */
  how: string
  detail: string
  /** Where to look, a line each. */
  evidence: string[]
}

/** The table of answers, in whatever form it is written. */
export const COLUMNS: readonly string[] = ['No.', 'Level', 'What is asked', 'Answer', 'On what evidence']

/** A row of it; the last cell holds several lines. */
export function cellsOf(a: Answer): string[] {
  const asked = a.when === undefined ? a.topic : `${a.topic} (where ${a.when})`
  return [a.number, a.level, asked, a.answer, [`${a.detail} (${a.how})`, ...a.evidence].join('\n')]
}

const ANSWER = {
  pass: 'met',
  fail: 'not met',
  warn: 'not met',
  inconclusive: 'open',
  error: 'open',
  'not-applicable': 'does not apply',
} as const

/** What the source of a framework asks a statement to name, beside the answers. */
const FORMS: Readonly<Record<string, { title: string; facts: readonly string[]; signature: readonly string[] }>> = {
  // S.I. 2023/1007, Schedule 4
  psti: {
    title: 'Statement of compliance (UK PSTI)',
    facts: [
      'Name and address of each manufacturer, and of any authorised representative',
      'Prepared by or on behalf of the manufacturer',
      'Complies, in the opinion of the manufacturer, with Schedule 1, or with the conditions of Schedule 2 that deem it to',
      'Defined support period when first supplied',
    ],
    signature: ['Signed for the manufacturer', 'Name and function', 'Place and date of issue'],
  },
  // Annex B of the standard
  en303645: {
    title: 'Implementation conformance statement (ETSI EN 303 645)',
    facts: ['Manufacturer', 'Reasons for each recommendation that is not met or does not apply (provision 5.0-1)'],
    signature: ['Filled in by', 'Name and function', 'Date'],
  },
  // Annex V of the regulation
  cra: {
    title: 'Answers for an EU declaration of conformity (Cyber Resilience Act)',
    facts: [
      'Name and address of the manufacturer or its authorised representative',
      'Issued under the sole responsibility of the provider',
      'Harmonised standards, common specifications or certifications used',
      'Notified body, procedure and certificate, where there is one',
    ],
    signature: ['Signed for and on behalf of', 'Place and date of issue', 'Name and function'],
  },
}

/**
 * What the evidence in a report answers of a framework for one device, and what a person must still sign. The device is judged anew
 * from its findings, so that the report need not have been made with this framework.
 */
export function complianceOf(audit: Audit, device: AuditDevice, framework: Framework): Compliance {
  const findings = new Map(device.findings.map((finding) => [finding.id, finding]))
  const verdicts = new Map(
    verdictsOf(framework, device.findings as IdentifiedFinding[]).map((verdict) => [verdict.control, verdict]),
  )
  const form = FORMS[framework.id] ?? {
    title: `Answers: ${framework.title}`,
    facts: [],
    signature: ['Signed by', 'Name and function', 'Place and date'],
  }
  const dossiers = (device.documents ?? []).flatMap((i) => audit.documents?.[i] ?? []).filter(({ kind }) => kind === 'dossier')
  const blocks = [...Map.groupBy(framework.controls, (control) => control.block)].map(([title, of]) => ({
    title,
    answers: of.map((control) => answer(audit, control, verdicts.get(control.id)!, findings)),
  }))
  return {
    title: form.title,
    about: [
      `Filled in by Assay ${clean(audit.tool.version)} from evidence: what traffic showed, what was asked, what documents say. It is a draft: no evidence signs, and nothing here is legal advice.`,
      `${framework.title}, ${framework.version} (${framework.publisher}, ${framework.published}; ${framework.source}). ${framework.word[0]!.toUpperCase()}${framework.word.slice(1)}s are told in other words than the source's, whose text alone counts.`,
    ],
    facts: [
      { name: 'Product', value: productOf(device, dossiers) },
      { name: 'Unit that was examined', value: clean([...device.macs, ...device.ips].slice(0, 4).join(', ') || device.id) },
      { name: 'Examined', value: `${moment(device.first)} to ${moment(device.last)} UTC` },
      ...dossiers.map((document) => ({
        name: 'What its maker says',
        value: `${clean(document.title)}${document.signedBy === undefined ? ', no signature verified' : `, signed by ${clean(document.signedBy)}`}`,
      })),
      ...form.facts.map((name) => ({ name, ...said(name, device) })),
    ],
    sum: sumOf(blocks.flatMap(({ answers }) => answers)),
    blocks,
    toSign: framework.controls.flatMap((control) => left(control, verdicts.get(control.id)!)),
    signature: [...form.signature],
    evidence: sources(audit, device),
  }
}

/** Facts of a form that the maker says in its dossier, by their first words, and the check that read them. */
const SAID: readonly (readonly [fact: string, check: string])[] = [
  ['Defined support period', 'states-support-period'],
  ['Name and address', 'states-responsible'],
  ['Manufacturer', 'states-responsible'],
  ['Harmonised standards', 'states-conformity'],
]

function said(name: string, device: AuditDevice): { value?: string } {
  const check = SAID.find(([fact]) => name.startsWith(fact))?.[1]
  const found = device.findings.find((finding) => finding.check === check && finding.outcome === 'pass')
  return found === undefined ? {} : { value: sentence(clean(found.reason)) }
}

function answer(audit: Audit, control: Control, verdict: Verdict, findings: ReadonlyMap<string, AuditFinding>): Answer {
  const rests = verdict.findings.flatMap((id) => findings.get(id) ?? [])
  return {
    number: control.id,
    level: control.mark ?? control.level,
    topic: control.topic,
    ...(control.appliesWhen === undefined ? {} : { when: control.appliesWhen }),
    answer: ANSWER[verdict.outcome],
    how: verdict.assurance === 'none' ? 'not settled' : verdict.assurance,
    detail: sentence(clean(verdict.reason)),
    evidence: rests
      .filter(({ evidence }) => evidence.length > 0)
      .slice(0, 6)
      .map(
        (finding) =>
          `${clean(finding.title)}: ${finding.evidence
            .slice(0, 3)
            .map((e) => evidenceWords(audit, e))
            .join('; ')} (${finding.id})`,
      ),
  }
}

/** What a person must still do for it; nothing where evidence of more than words settles all of it. */
function left(control: Control, verdict: Verdict): Compliance['toSign'] {
  const who = control.signedBy ?? `the ${verdict.responsible}`
  const sign = (what: string) => [{ number: control.id, what, who }]
  if (verdict.outcome === 'fail' || verdict.outcome === 'warn')
    return sign(`Mend it, or give the reason why it is met all the same: ${sentence(clean(verdict.reason))}`)
  if (verdict.outcome === 'not-applicable') return sign(`Confirm that it does not apply: ${sentence(clean(verdict.reason))}`)
  if (verdict.outcome !== 'pass')
    return sign(
      `${control.unseen === undefined ? 'Settle it' : `Answer for ${control.unseen}`}: ${sentence(clean(verdict.next ?? control.next))}`,
    )
  const parts = [
    ...(verdict.assurance === 'declared' ? ["Confirm it: it rests on the maker's word alone."] : []),
    ...(control.beyond === undefined ? [] : [`Answer for what was not looked at: ${control.beyond}.`]),
  ]
  return parts.length === 0 ? [] : sign(parts.join(' '))
}

function sumOf(answers: readonly Answer[]): string {
  const of = (what: Answer['answer']) => answers.filter(({ answer }) => answer === what).length
  const words = (['met', 'not met', 'open', 'does not apply'] as const).map((what) => `${of(what)} ${what}`)
  return `Of ${answers.length}: ${words.join(', ')}.`
}

function sources(audit: Audit, device: AuditDevice): string[] {
  return [
    ...audit.captures.map(
      (capture, i) => `Capture ${captureName(audit, i)}: ${count(capture.packets, 'packet')}, SHA-256 ${clean(capture.sha256)}`,
    ),
    ...(audit.probes ?? []).map(
      (probe, i) =>
        `Transcript ${i + 1}: ${count(probe.transcript.length, 'question')} asked from ${moment(probe.began)} UTC, in the JSON report`,
    ),
    ...(device.documents ?? []).flatMap((i) => {
      const document = audit.documents?.[i]
      if (document === undefined) return []
      const signed = document.signedBy === undefined ? '' : `, signed by ${clean(document.signedBy)}`
      return [`Document ${documentName(audit, i)} (${clean(document.kind)}): SHA-256 ${clean(document.sha256)}${signed}`]
    }),
  ]
}

/** By its dossier where there is one, else by what it says of itself on the network. */
function productOf(device: AuditDevice, dossiers: readonly AuditDocument[]): string {
  const kind = deviceKind(device)
  const seen = kind === '' ? deviceName(device) : `${deviceName(device)} (${kind})`
  return dossiers.length === 0 ? seen : `${dossiers.map(({ title }) => clean(title)).join(', ')}; on the network: ${seen}`
}

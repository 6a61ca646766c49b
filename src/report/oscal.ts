import type { Control, Framework } from '../frameworks/framework.ts'
import type { Audit, AuditDevice, AuditEvidence, AuditFinding, AuditVerdict } from './model.ts'
import { uuid } from './uuid.ts'
import { captureName, clean, count, deviceKind, deviceName, entryWords, fileName, outcomeWord, sentence } from './words.ts'
import { frameList } from './frames.ts'

/** NIST's Open Security Controls Assessment Language, JSON, this version of it. */
const VERSION = '1.2.1'
/** The space of names of properties that are ours (RFC 4151). */
const NAMES = 'tag:assay,2026:oscal'

interface Property {
  name: string
  ns: string
  value: string
}

/** A framework as an OSCAL catalog: its controls in our own words, with what settles each. */
export function oscalCatalog(framework: Framework): object {
  const source = uuid('source', framework.id, framework.version)
  return {
    catalog: {
      uuid: catalogId(framework),
      metadata: {
        title: line(`${framework.title}, ${framework.version}: in other words`),
        published: moment(framework.published),
        'last-modified': moment(framework.published),
        version: line(framework.version),
        'oscal-version': VERSION,
        links: [{ href: `#${source}`, rel: 'reference' }],
        remarks: framework.about,
      },
      groups: [...Map.groupBy(framework.controls, (control) => control.block)].map(([title, of], i) => ({
        id: token(`${framework.id}_group-${i + 1}`),
        title: line(title),
        controls: of.map((control) => oscalControl(framework, control)),
      })),
      'back-matter': {
        resources: [
          { uuid: source, title: line(`${framework.title} (${framework.publisher})`), rlinks: [{ href: framework.source }] },
        ],
      },
    },
  }
}

function oscalControl(framework: Framework, control: Control): object {
  const id = controlId(framework.id, control.id)
  return {
    id,
    title: line(control.topic),
    props: [
      { name: 'label', value: line(control.id) },
      ...properties({
        level: control.level,
        'level-in-the-source': control.mark,
        'number-is-sure': control.sure,
        'applies-when': control.appliesWhen,
        responsible: control.responsible,
        'signed-by': control.signedBy,
        'not-seen': control.unseen,
        'not-looked-at': control.beyond,
      }),
      ...control.checks.flatMap((check) => properties({ [check.role === 'settles' ? 'settled-by' : 'failed-by']: check.id })),
    ],
    parts: [
      { id: statementId(id), name: 'statement', prose: sentence(control.topic) },
      { id: `${id}_gdn`, name: 'guidance', prose: sentence(control.next) },
    ],
  }
}

/** The controls that the audit judged: a profile over the catalogs, which lie beside it. */
export function oscalProfile(audit: Audit, frameworks: readonly Framework[]): object {
  return {
    profile: {
      uuid: uuid('profile', auditName(audit), ...frameworks.map(({ id }) => id)),
      metadata: metadata(audit, 'What Assay judged by'),
      imports: frameworks.map((framework) => ({
        href: catalogFile(framework),
        'include-controls': [{ 'with-ids': framework.controls.map(({ id }) => controlId(framework.id, id)) }],
      })),
      merge: { 'as-is': true },
    },
  }
}

export function catalogFile({ id }: Pick<Framework, 'id'>): string {
  return `catalog-${id}.json`
}

/**
 * What was found: a result a device. Every finding is an observation, every settled control a finding (OSCAL knows only satisfied
 * and not satisfied: what is open is named in the remarks and decides nothing), every failure a risk with how to mend it.
 */
export function oscalResults(audit: Audit): object {
  const plan = uuid('plan', auditName(audit))
  return {
    'assessment-results': {
      uuid: uuid('results', auditName(audit), ...audit.frameworks.map(({ id }) => id)),
      metadata: {
        ...metadata(audit, 'What Assay found'),
        parties: [{ uuid: tool(audit), type: 'organization', name: `Assay ${audit.tool.version}` }],
      },
      'import-ap': { href: `#${plan}`, remarks: 'An audit by Assay has no plan of its own: its checks are its plan.' },
      results: audit.devices.length === 0 ? [nothing(audit)] : audit.devices.map((device) => result(audit, device)),
      'back-matter': {
        resources: [
          { uuid: plan, title: 'The checks of Assay', description: 'assay checks lists them, assay explain tells each.' },
          ...audit.captures.map((capture, i) => ({
            uuid: evidenceId(audit, 'capture', i),
            title: line(captureName(audit, i)),
            description: `A capture of ${count(capture.packets, 'packet')}.`,
            ...(capture.path === '-' || capture.live?.kept === false ? {} : { rlinks: [link(capture.path, capture.sha256)] }),
          })),
          ...(audit.probes ?? []).map((probe, i) => ({
            uuid: evidenceId(audit, 'probe', i),
            title: line(`Questions asked from ${probe.began}`),
            description: `The transcript of ${count(probe.transcript.length, 'question')}, in the JSON report under probes[${i}].`,
          })),
          ...(audit.documents ?? []).map((document, i) => ({
            uuid: evidenceId(audit, 'document', i),
            title: line(document.title || fileName(document.path)),
            rlinks: [link(document.path, document.sha256)],
          })),
        ],
      },
    },
  }
}

function nothing(audit: Audit): object {
  return {
    uuid: uuid('result', auditName(audit)),
    title: 'No device',
    description: 'The audit found no device to judge.',
    start: start(audit),
    'reviewed-controls': { 'control-selections': [{ 'include-all': {} }] },
  }
}

function result(audit: Audit, device: AuditDevice): object {
  const settled = device.verdicts.filter(({ outcome }) => outcome === 'pass' || outcome === 'fail' || outcome === 'warn')
  const open = device.verdicts.filter((verdict) => !settled.includes(verdict))
  const bad = device.findings.filter(({ outcome }) => outcome === 'fail' || outcome === 'warn')
  const told = { subjects: [{ 'subject-uuid': subject(device), type: 'component' }] }
  return {
    uuid: uuid('result', auditName(audit), device.id),
    title: line(deviceName(device)),
    description: sentence(
      `${clean(deviceKind(device))}: ${device.grade.letter === null ? 'no grade' : `grade ${device.grade.letter}`}. ${device.grade.because}`,
    ),
    start: device.first,
    end: device.last < device.first ? device.first : device.last,
    'local-definitions': {
      components: [
        {
          uuid: subject(device),
          type: 'hardware',
          title: line(deviceName(device)),
          description: sentence(clean(deviceKind(device))),
          props: [
            ...[...new Set(device.macs)].map((value) => ({ name: 'mac-address', ns: NAMES, value })),
            ...[...new Set(device.ips)].map((value) => ({ name: 'ip-address', ns: NAMES, value })),
            ...properties({ device: device.id }),
          ],
          status: { state: 'operational' },
        },
      ],
    },
    'reviewed-controls': {
      'control-selections':
        settled.length === 0
          ? [{ description: 'Nothing could be settled.', 'include-all': {} }]
          : [{ 'include-controls': settled.map((v) => ({ 'control-id': controlId(v.framework, v.control) })) }],
    },
    ...some(
      'observations',
      device.findings.map((finding) => observation(audit, device, finding, told)),
    ),
    ...some(
      'risks',
      bad.map((finding) => risk(audit, device, finding)),
    ),
    ...some(
      'findings',
      settled.map((verdict) => oscalFinding(audit, device, verdict, bad)),
    ),
    ...(open.length === 0
      ? {}
      : {
          remarks: open.map((v) => `${v.framework} ${v.control}: ${outcomeWord[v.outcome]}. ${sentence(v.reason)}`).join('\n\n'),
        }),
  }
}

function observation(audit: Audit, device: AuditDevice, finding: AuditFinding, told: object): object {
  const examined = finding.assurance === 'documented' || finding.assurance === 'declared'
  return {
    uuid: uuid('observation', auditName(audit), finding.id),
    title: line(finding.about ? `${finding.title}, ${finding.about}` : finding.title),
    description: sentence(clean(finding.reason)),
    props: properties({
      finding: finding.id,
      check: finding.check,
      outcome: finding.outcome,
      severity: finding.severity,
      assurance: finding.assurance,
      facet: finding.facet,
      ...(finding.contradiction ? { contradiction: 'true' } : {}),
    }),
    methods: [finding.assurance === 'none' ? 'UNKNOWN' : examined ? 'EXAMINE' : 'TEST'],
    types: ['finding'],
    ...told,
    ...some(
      'relevant-evidence',
      finding.evidence.map((evidence) => relevant(audit, evidence)),
    ),
    collected: device.last,
    ...(finding.next === undefined ? {} : { remarks: `To settle it: ${sentence(clean(finding.next))}` }),
  }
}

function relevant(audit: Audit, evidence: AuditEvidence): object {
  if ('frames' in evidence)
    return { href: `#${evidenceId(audit, 'capture', evidence.capture)}`, description: sentence(frameList(evidence.frames)) }
  if ('entries' in evidence) {
    const asked = evidence.entries.map((n) => `question ${n}: ${entryWords(audit, evidence.probe, n)}`)
    return { href: `#${evidenceId(audit, 'probe', evidence.probe)}`, description: sentence(asked.join('; ')) }
  }
  const places = evidence.places.map((place) => clean(place) || 'as a whole').join(', ')
  return { href: `#${evidenceId(audit, 'document', evidence.document)}`, description: sentence(places) }
}

function risk(audit: Audit, device: AuditDevice, finding: AuditFinding): object {
  return {
    uuid: riskId(audit, finding.id),
    title: line(finding.title),
    description: sentence(clean(finding.reason)),
    statement: sentence(`${deviceName(device)}: ${clean(finding.title)}, ${finding.severity} severity`),
    props: properties({ severity: finding.severity, finding: finding.id }),
    status: 'open',
    ...(finding.remedy.trim() === ''
      ? {}
      : {
          remediations: [
            {
              uuid: uuid('remedy', auditName(audit), finding.id),
              lifecycle: 'recommendation',
              title: 'To mend it',
              description: sentence(clean(finding.remedy)),
            },
          ],
        }),
    'related-observations': [{ 'observation-uuid': uuid('observation', auditName(audit), finding.id) }],
  }
}

function oscalFinding(audit: Audit, device: AuditDevice, verdict: AuditVerdict, bad: readonly AuditFinding[]): object {
  const passes = verdict.outcome === 'pass'
  const risks = bad.filter(({ id }) => verdict.findings.includes(id))
  return {
    uuid: uuid('finding', auditName(audit), device.id, verdict.framework, verdict.control),
    title: line(`${verdict.control} ${verdict.title}`),
    description: sentence(clean(verdict.reason)),
    props: properties({ outcome: verdict.outcome, assurance: verdict.assurance, responsible: verdict.responsible }),
    target: {
      type: 'statement-id',
      'target-id': statementId(controlId(verdict.framework, verdict.control)),
      status: { state: passes ? 'satisfied' : 'not-satisfied', reason: passes ? 'pass' : 'fail' },
    },
    ...some(
      'related-observations',
      verdict.findings.map((id) => ({ 'observation-uuid': uuid('observation', auditName(audit), id) })),
    ),
    ...some(
      'related-risks',
      risks.map(({ id }) => ({ 'risk-uuid': riskId(audit, id) })),
    ),
  }
}

function metadata(audit: Audit, what: string): Record<string, unknown> {
  return {
    title: line(
      `${what} in ${audit.captures.length === 1 ? fileName(audit.captures[0]!.path) : count(audit.captures.length, 'capture')}`,
    ),
    'last-modified': end(audit),
    version: line(audit.tool.version),
    'oscal-version': VERSION,
  }
}

function tool(audit: Audit): string {
  return uuid('tool', audit.tool.name, audit.tool.version)
}

function catalogId({ id, version }: Framework): string {
  return uuid('catalog', id, version)
}

function subject(device: AuditDevice): string {
  return uuid('device', device.id)
}

function riskId(audit: Audit, finding: string): string {
  return uuid('risk', auditName(audit), finding)
}

function evidenceId(audit: Audit, kind: string, index: number): string {
  return uuid(kind, auditName(audit), String(index))
}

/** The same evidence has the same name. */
function auditName(audit: Audit): string {
  const parts = [
    ...audit.captures.map(({ sha256 }) => sha256),
    ...(audit.probes ?? []).map(({ began }) => began),
    ...(audit.documents ?? []).map(({ sha256 }) => sha256),
  ]
  return parts.join(' ')
}

function start(audit: Audit): string {
  return audit.network.first ?? audit.probes?.[0]?.began ?? '1970-01-01T00:00:00Z'
}

/** When the last of its evidence was collected: an export says the same whenever it is made. */
function end(audit: Audit): string {
  const times = [audit.network.last, ...(audit.probes ?? []).map(({ ended }) => ended)].filter((time) => time !== undefined)
  return times.toSorted().at(-1) ?? start(audit)
}

/** '2024-09' as the first moment of that month. */
function moment(date: string): string {
  return `${date}${'-01-01'.slice(date.length === 4 ? 0 : date.length === 7 ? 3 : 6)}T00:00:00Z`
}

/** An OSCAL token: a letter or '_', then letters, digits, '.', '-', '_'. */
function token(text: string): string {
  const kept = text.replace(/[^A-Za-z0-9._-]+/g, '.').replace(/\.+$/, '')
  return /^[A-Za-z_]/.test(kept) ? kept : `_${kept}`
}

export function controlId(framework: string, control: string): string {
  return token(`${framework}_${control}`)
}

function statementId(control: string): string {
  return `${control}_smt`
}

/** One line with something in it, as OSCAL's strings are. */
function line(text: string): string {
  return clean(text).replace(/\s+/g, ' ').trim() || '–'
}

/** Those that have a value. */
function properties(of: Record<string, string | undefined>): Property[] {
  return Object.entries(of).flatMap(([name, value]) => (value ? [{ name, ns: NAMES, value: line(value) }] : []))
}

/** OSCAL's lists are never empty. */
function some(name: string, list: readonly object[]): Record<string, readonly object[]> {
  return list.length === 0 ? {} : { [name]: list }
}

function link(path: string, sha256: string): object {
  return { href: path.split('/').map(encodeURIComponent).join('/'), hashes: [{ algorithm: 'SHA-256', value: sha256 }] }
}

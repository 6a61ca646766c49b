import { checks } from '../checks/index.ts'
import type { Framework } from '../frameworks/framework.ts'
import type { Audit, AuditDevice, AuditFinding } from './model.ts'
import { uuid } from './uuid.ts'
import { clean, deviceName, evidenceWords, remedySteps, sentence } from './words.ts'

/** CVSS-like weights, by which code scanning sorts. */
const WEIGHT: Record<AuditFinding['severity'], string> = { info: '0.0', low: '3.0', medium: '5.5', high: '8.0', critical: '9.5' }

const KIND = {
  pass: 'pass',
  fail: 'fail',
  warn: 'fail',
  inconclusive: 'open',
  'not-applicable': 'notApplicable',
  error: 'open',
} as const

/**
 * The findings as SARIF 2.1.0 (OASIS): a rule a check, a result a finding with the capture or document that shows it, and each framework
 * a taxonomy whose controls the results point to.
 */
export function sarifLog(audit: Audit, frameworks: readonly Framework[]): object {
  const rules = new Map(checks.map((check, index) => [check.id, index]))
  const artifacts = [
    ...audit.captures.map((capture) => artifact(capture.path, capture.sha256, capture.bytes)),
    ...(audit.documents ?? []).map((document) => artifact(document.path, document.sha256)),
  ]
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Assay',
            version: audit.tool.version,
            rules: checks.map((check) => ({
              id: check.id,
              name: check.title,
              shortDescription: { text: check.title },
              fullDescription: { text: `${sentence(check.looksFor)} ${sentence(check.why)}` },
              help: {
                text:
                  remedySteps(check.remedy)
                    .map(({ party, text }) => `${party ? `${party}: ` : ''}${text}`)
                    .join('\n') || check.remedy,
              },
              properties: { tags: [check.facet] },
            })),
            supportedTaxonomies: frameworks.map(({ id }, index) => ({ name: id, index, guid: uuid('taxonomy', id) })),
          },
        },
        taxonomies: frameworks.map((framework) => ({
          name: framework.id,
          guid: uuid('taxonomy', framework.id),
          version: framework.version,
          organization: framework.publisher,
          informationUri: framework.source,
          shortDescription: { text: framework.title },
          taxa: framework.controls.map((control) => ({ id: control.id, shortDescription: { text: control.topic } })),
        })),
        artifacts,
        results: audit.devices.flatMap((device) => {
          const taxa = controlsOf(device, frameworks)
          return device.findings.map((finding) =>
            result(audit, device, finding, rules.get(finding.check), taxa.get(finding.id) ?? []),
          )
        }),
        columnKind: 'utf16CodeUnits',
      },
    ],
  }
}

function result(
  audit: Audit,
  device: AuditDevice,
  finding: AuditFinding,
  rule: number | undefined,
  taxa: readonly object[],
): object {
  const kind = KIND[finding.outcome]
  return {
    ruleId: finding.check,
    ...(rule === undefined ? {} : { ruleIndex: rule }),
    kind,
    level: kind === 'fail' ? level(finding) : 'none',
    message: { text: withoutLinks(`${deviceName(device)}: ${sentence(clean(finding.reason))}`) },
    locations: locations(audit, device, finding),
    partialFingerprints: { 'assayFinding/v1': finding.id },
    ...(taxa.length === 0 ? {} : { taxa }),
    properties: {
      device: device.id,
      outcome: finding.outcome,
      severity: finding.severity,
      assurance: finding.assurance,
      evidence: finding.evidence.map((evidence) => evidenceWords(audit, evidence)),
      ...(kind === 'fail' ? { 'security-severity': WEIGHT[finding.severity] } : {}),
      ...(finding.next === undefined ? {} : { next: clean(finding.next) }),
    },
  }
}

/** A viewer makes '[text](target)' of a plain message a link (section 3.11.6); no device may place one. */
function withoutLinks(text: string): string {
  return text.replace(/\[([^\][]*)\](?=\()/g, '\\[$1\\]')
}

function level({ outcome, severity }: AuditFinding): string {
  if (severity === 'low') return 'note'
  return outcome === 'fail' && severity !== 'medium' ? 'error' : 'warning'
}

/** The files that show it, each once; the device where none does. */
function locations(audit: Audit, device: AuditDevice, finding: AuditFinding): object[] {
  const logicalLocations = [{ name: deviceName(device), fullyQualifiedName: device.id, kind: 'resource' }]
  const files = finding.evidence.flatMap((evidence) => {
    if ('frames' in evidence) return [{ index: evidence.capture, path: audit.captures[evidence.capture]?.path }]
    if ('entries' in evidence) return []
    return [{ index: audit.captures.length + evidence.document, path: audit.documents?.[evidence.document]?.path }]
  })
  const physical = files.flatMap(({ index, path }) =>
    path === undefined ? [] : [{ physicalLocation: { artifactLocation: { uri: uri(path), index } }, logicalLocations }],
  )
  return physical.length === 0 ? [{ logicalLocations }] : physical
}

/** Which controls rest on each finding. */
function controlsOf(device: AuditDevice, frameworks: readonly Framework[]): Map<string, object[]> {
  const found = new Map<string, object[]>()
  const places = new Map(
    frameworks.flatMap((framework, at) =>
      framework.controls.map(({ id }, index) => [
        `${framework.id} ${id}`,
        { id, index, toolComponent: { name: framework.id, index: at } },
      ]),
    ),
  )
  for (const verdict of device.verdicts) {
    const place = places.get(`${verdict.framework} ${verdict.control}`)
    if (place === undefined) continue
    for (const id of verdict.findings) found.set(id, [...(found.get(id) ?? []), place])
  }
  return found
}

function artifact(path: string, sha256: string, length?: number): object {
  return { location: { uri: uri(path) }, hashes: { 'sha-256': sha256 }, ...(length === undefined ? {} : { length }) }
}

/** A relative or absolute path as a URI reference; standard input by its name. */
function uri(path: string): string {
  return path === '-' ? 'stdin' : path.split('/').map(encodeURIComponent).join('/')
}

import type { Check, Facet, Finding, Given, Statement } from '../checks/check.ts'
import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import type { Kind } from '../evidence/kinds.ts'

/** A finding with its name and with what a report must say of its check; with the packets that show it, in whatever form, or without. */
export type IdentifiedFinding<F extends Statement = Statement> = F & Name

interface Name {
  /** `<device id>/<check>` or `<device id>/<check>/<about>`: the same in every run over the same facts. */
  readonly id: string
  readonly check: string
  readonly title: string
  readonly facet: Facet
  readonly remedy: string
}

/**
 * What each check found on one device, in the order of the checks: nothing where it judges what was not given. A check that throws
 * becomes a finding of its own.
 */
export function outcomesOf(checks: readonly Check[], device: DeviceEvidence, network: NetworkEvidence): Finding[][] {
  const given = givenOf(device)
  return checks.map((check) =>
    check.of === undefined || check.of.some((one) => given.has(one)) ? outcomeOf(check, device, network) : [],
  )
}

function givenOf(device: DeviceEvidence): Set<Given> {
  const given = new Set<Given>()
  if (device.declared !== undefined) given.add('dossier')
  if (DEVICE.some((kind) => device.of(kind).length > 0)) given.add('device')
  if (MAKER.some((kind) => device.of(kind).length > 0)) given.add('maker')
  return given
}

/** What a question leaves behind, be it that it was asked in vain. */
const DEVICE = ['probe.ports', 'probe.service', 'probe.impostor', 'probe.cut', 'probe.trouble'] as const satisfies readonly Kind[]
const MAKER = [
  'site.https',
  'site.headers',
  'site.security-txt',
  'site.csaf',
  'mail.domain',
  'site.dns',
  'probe.trouble',
] as const satisfies readonly Kind[]

/** The same with names, and with what is to be said of the checks. */
export function identified<F extends Statement>(
  checks: readonly Check[],
  device: string,
  found: readonly (readonly F[])[],
): IdentifiedFinding<F>[] {
  const taken = new Set<string>()
  return checks.flatMap((check, i) =>
    found[i]!.map((finding) => ({
      ...finding,
      id: unique(findingId(device, check.id, finding.about), taken),
      check: check.id,
      title: check.title,
      facet: check.facet,
      remedy: check.remedy,
    })),
  )
}

function outcomeOf(check: Check, device: DeviceEvidence, network: NetworkEvidence): Finding[] {
  try {
    const findings = check.run(device, network)
    return findings.length > 0 ? findings : [failed('the check said nothing')]
  } catch (error) {
    return [failed(error instanceof Error ? error.message : String(error))]
  }
}

/** The check failed, not the device: it neither settles a control nor lets it pass. */
function failed(message: string): Finding {
  const reason = `The check itself failed: ${message.slice(0, 300)}`
  return {
    outcome: 'error',
    severity: 'info',
    reason,
    evidence: [],
    assurance: 'none',
    about: '',
    next: 'Report this message to the authors of Assay.',
  }
}

export function findingId(device: string, check: string, about: string): string {
  return about === '' ? `${device}/${check}` : `${device}/${check}/${slug(about)}`
}

const LONGEST = 60

/** Readable in a path and on a command line. What that loses (other characters, length) a short hash keeps apart. */
function slug(about: string): string {
  const plain = about.toLowerCase().replaceAll('/', '-').replaceAll(' ', '-')
  const kept = plain.replace(/[^a-z0-9._:-]/g, '-').slice(0, LONGEST)
  return kept === plain ? kept : `${kept}-${hash(about)}`
}

/** FNV-1a, 32 bits: names need to differ, not to withstand an attacker (a clash gets a number). */
function hash(text: string): string {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return (h >>> 0).toString(16).padStart(8, '0')
}

function unique(id: string, taken: Set<string>): string {
  let free = id
  for (let n = 2; taken.has(free); n++) free = `${id}~${n}`
  taken.add(free)
  return free
}

import type { Audit, AuditDevice, AuditFinding } from './model.ts'
import { remedySteps, responsibleFor, severityRank } from './words.ts'

/** Something to do, and the devices it would help. */
export interface Action {
  check: string
  title: string
  /** The remedy of the worst finding, by who can do it. */
  steps: { party: string; text: string }[]
  severity: AuditFinding['severity']
  outcome: 'fail' | 'warn'
  responsible: string[]
  /** Each device once, with its worst finding of this check; the worst first, then in the audit's order. */
  where: { device: AuditDevice; finding: AuditFinding }[]
}

/**
 * What to do first, over all devices: by severity, failures before warnings; among equals what the owner answers for, as nobody
 * else will do it, then by how many devices it touches, and a device not named yet before one that is.
 */
export function firstActions(audit: Audit, most = 3): Action[] {
  const byCheck = new Map<string, Action>()
  for (const device of audit.devices) {
    for (const finding of device.findings) {
      const { outcome } = finding
      if (outcome !== 'fail' && outcome !== 'warn') continue
      const responsible = responsibleFor(device, finding)
      const action = byCheck.get(finding.check)
      if (!action) {
        byCheck.set(finding.check, {
          check: finding.check,
          title: finding.title,
          steps: remedySteps(finding.remedy),
          severity: finding.severity,
          outcome,
          responsible: responsible ? [responsible] : [],
          where: [{ device, finding }],
        })
        continue
      }
      if (responsible && !action.responsible.includes(responsible)) action.responsible.push(responsible)
      if (worse(finding, action)) {
        action.severity = finding.severity
        action.outcome = outcome
        action.steps = remedySteps(finding.remedy)
        action.title = finding.title
      }
      const last = action.where.at(-1)!
      if (last.device !== device) action.where.push({ device, finding })
      else if (worse(finding, last.finding)) last.finding = finding
    }
  }
  for (const action of byCheck.values()) action.where.sort((a, b) => rank(a.finding) - rank(b.finding))
  const own = (action: Action) => Number(action.responsible[0] === 'network owner')
  const left = [...byCheck.values()].sort((a, b) => rank(a) - rank(b) || own(b) - own(a) || b.where.length - a.where.length)
  const chosen: Action[] = []
  const named = new Set<AuditDevice>()
  while (chosen.length < most && left.length > 0) {
    const equals = left.filter((action) => rank(action) === rank(left[0]!))
    const next = equals.find((action) => !named.has(action.where[0]!.device)) ?? equals[0]!
    left.splice(left.indexOf(next), 1)
    chosen.push(next)
    for (const { device } of next.where.slice(0, NAMED)) named.add(device)
  }
  return chosen
}

/** Devices that a report names. */
const NAMED = 3

function rank(x: { severity: AuditFinding['severity']; outcome: string }): number {
  return severityRank(x.severity) * 2 + (x.outcome === 'fail' ? 0 : 1)
}

function worse(
  a: { severity: AuditFinding['severity']; outcome: string },
  b: { severity: AuditFinding['severity']; outcome: string },
): boolean {
  return rank(a) < rank(b)
}

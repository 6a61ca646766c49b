import type { Audit, AuditDevice, AuditFinding } from './model.ts'
import { bySeverity } from './words.ts'

/** What a maker says, and was shown to be otherwise: the most telling findings, so that reports begin with them. Worst first. */
export function contradictions(audit: Audit): { device: AuditDevice; finding: AuditFinding }[] {
  const of = new Map<AuditFinding, AuditDevice>()
  // where no dossier was given there are none, and findings are not made for nothing
  for (const device of audit.devices)
    if (device.documents !== undefined)
      for (const finding of device.findings) if (finding.contradiction === true) of.set(finding, device)
  return bySeverity([...of.keys()]).map((finding) => ({ device: of.get(finding)!, finding }))
}

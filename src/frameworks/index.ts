import { checks } from '../checks/index.ts'
import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import { type Framework, validated } from './framework.ts'
import { type Grade, gradeOf } from './grade.ts'
import { findingsOf, type IdentifiedFinding } from './identify.ts'
import { ota25 } from './ota-2.5.ts'
import { type Verdict, verdictsOf } from './verdict.ts'

/** Every catalog, the one that grades first. A new framework is a new file and a line here. */
export const frameworks: readonly Framework[] = [ota25].map((framework) => validated(framework, checks))

export interface Judgement {
  readonly findings: readonly IdentifiedFinding[]
  /** Framework by framework, control by control. */
  readonly verdicts: readonly Verdict[]
  /** Over the first framework. */
  readonly grade: Grade
}

/** What the evidence says of one device: pure, and the same for the same evidence. Never throws. */
export function judge(device: DeviceEvidence, network: NetworkEvidence, by: readonly Framework[] = frameworks): Judgement {
  const findings = findingsOf(checks, device, network)
  const each = by.map((framework) => verdictsOf(framework, findings))
  return { findings, verdicts: each.flat(), grade: gradeOf(each[0] ?? [], findings) }
}

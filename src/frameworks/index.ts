import type { Finding } from '../checks/check.ts'
import { checks } from '../checks/index.ts'
import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import { type Framework, validated } from './framework.ts'
import { type Grade, gradeOf } from './grade.ts'
import { findingsOf, identified, type IdentifiedFinding, outcomesOf } from './identify.ts'
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
  return judgementOf(findingsOf(checks, device, network), by)
}

/** The same in two steps, of which the first needs the evidence and the second only what the checks found. */
export function examine(device: DeviceEvidence, network: NetworkEvidence): Finding[][] {
  return outcomesOf(checks, device, network)
}

export function judgeFound(device: string, found: readonly (readonly Finding[])[]): Judgement {
  return judgementOf(identified(checks, device, found), frameworks)
}

function judgementOf(findings: IdentifiedFinding[], by: readonly Framework[]): Judgement {
  const each = by.map((framework) => verdictsOf(framework, findings))
  return { findings, verdicts: each.flat(), grade: gradeOf(each[0] ?? [], findings) }
}

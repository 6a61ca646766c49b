import type { Finding, Statement } from '../checks/check.ts'
import { checks } from '../checks/index.ts'
import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import { cls } from './cls.ts'
import { cra } from './cra.ts'
import { cybertrustmark } from './cybertrustmark.ts'
import { en18031 } from './en18031.ts'
import { en303645 } from './en303645.ts'
import { type Framework, validated } from './framework.ts'
import { type Grade, gradeOf } from './grade.ts'
import { identified, type IdentifiedFinding, outcomesOf } from './identify.ts'
import { iotTop10 } from './iot-top10.ts'
import { isvs } from './isvs.ts'
import { nistir8425, nistir8425a } from './nistir8425.ts'
import { ota25 } from './ota-2.5.ts'
import { psti } from './psti.ts'
import { type Verdict, verdictsOf } from './verdict.ts'

/** Every catalog, the one that grades first. A new framework is a new file and a line here. */
export const frameworks: readonly Framework[] = [
  ota25,
  en303645,
  psti,
  cra,
  ...en18031,
  nistir8425,
  nistir8425a,
  cybertrustmark,
  isvs,
  iotTop10,
  cls,
].map((framework) => validated(framework, checks))

export interface Judgement<F extends Statement> {
  readonly findings: IdentifiedFinding<F>[]
  /** Framework by framework, control by control. */
  readonly verdicts: Verdict[]
  /** Over the first framework. */
  readonly grade: Grade
}

/** What each check finds in the evidence of one device: pure, and the same for the same evidence. Never throws. */
export function examine(device: DeviceEvidence, network: NetworkEvidence): Finding[][] {
  return outcomesOf(checks, device, network)
}

/** What that means by each of these frameworks, the first of which grades. `device` is its id. */
export function judge<F extends Statement>(
  device: string,
  found: readonly (readonly F[])[],
  by: readonly string[] = [ota25.id],
): Judgement<F> {
  const findings = identified(checks, device, found)
  const catalogs = by.map((id) => frameworkOf(id)!)
  const each = catalogs.map((framework) => verdictsOf(framework, findings))
  return { findings, verdicts: each.flat(), grade: gradeOf(each[0] ?? [], findings, catalogs[0]?.word) }
}

export function frameworkOf(id: string): Framework | undefined {
  return frameworks.find((framework) => framework.id === id)
}

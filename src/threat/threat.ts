import type { SignFacts } from '../evidence/sign.ts'
import type { Pointer } from '../evidence/pointer.ts'
import type { Severity } from './detector.ts'
import type { Campaign, Stage } from './stage.ts'

/** One sign in a threat's timeline. */
export interface Step extends Pick<SignFacts, 'detector' | 'what' | 'role' | 'peer' | 'port' | 'detail'> {
  stage: Stage
  severity: Severity
  confidence: number
  says: string
  techniques: readonly string[]
  count: number
  /** Microseconds since 1970. */
  first: number
  last: number
  alerted: number
  alertedBy: Pointer
  evidence: readonly Pointer[]
  indicators: NonNullable<SignFacts['indicators']>
}

/** What happens to a device, or by it: one of a device and campaign. */
export interface Threat {
  /** Stable for the same device and campaign. */
  id: string
  device: string
  campaign: Campaign
  /** The furthest. */
  stage: Stage
  severity: Severity
  confidence: number
  /** In order of their first packet. */
  steps: readonly Step[]
}

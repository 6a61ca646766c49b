import type { Observer } from '../evidence/context.ts'
import type { DeviceEvidence, NetworkEvidence, Observation } from '../evidence/evidence.ts'
import type { MakeSensor } from '../evidence/sensor.ts'
import type { SignFacts } from '../evidence/sign.ts'
import type { Campaign, Stage } from './stage.ts'

/** A number that decides, beside its default: `why` says where it comes from. */
export interface Tunable {
  readonly value: number
  /** 'addresses', 'seconds', 'packets a second'. */
  readonly unit: string
  readonly why: string
}

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'

/** A sign that was raised. */
export type Sign = Pick<Observation<'sign'>, 'key' | 'count' | 'first' | 'last' | 'exemplars'> & {
  readonly data: SignFacts & { raised: NonNullable<SignFacts['raised']> }
}

/** What a sign means. */
export interface Telling {
  campaign: Campaign
  stage: Stage
  /** high and critical: somebody has to do something now. */
  severity: Severity
  /** 0 to 1: how sure it is that it is what it is taken for. */
  confidence: number
  /** One or two sentences in plain words: what was seen, and the rule or figure that it was told by. */
  says: string
  /** Ids of MITRE ATT&CK techniques (techniques.ts). */
  techniques: readonly string[]
}

/** Detects one kind of misuse: a folder with its definition, what looks for it, and its test. */
export interface Detector {
  /** The folder's name. */
  readonly id: string
  readonly title: string
  /** In plain words, with the figures. */
  readonly looksFor: string
  /** What it takes for misuse and is none, and what escapes it. */
  readonly mistakes: string
  /** How often it is wrong, where that was measured, and on what. */
  readonly baseRate: string
  readonly tunables: Readonly<Record<string, Tunable>>
  /** Looks at packets and flows. */
  readonly sensor?: MakeSensor
  /** Look at messages, by protocol; made anew for each bookkeeper, since they may remember. */
  readonly observers?: () => Readonly<Record<string, Observer<never>>>
  /** Looks at what is known of a device in the end. */
  readonly judge?: (device: DeviceEvidence, network: NetworkEvidence) => readonly Sign[]
  tell(sign: Sign): Telling
}

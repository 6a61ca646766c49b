import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import type { Pointer } from '../evidence/pointer.ts'

export type Outcome = 'pass' | 'fail' | 'warn' | 'inconclusive' | 'not-applicable' | 'error'
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'
/** The Internet Society's five IoT issue areas. */
export type Facet = 'security' | 'privacy' | 'interoperability' | 'legal' | 'development'
/** How we know it, strongest first: seen in traffic, asked, in a document whose signature was verified, said by the maker. */
export type Assurance = 'observed' | 'probed' | 'documented' | 'declared' | 'none'

/** What a check says of one device. One check may give several (a finding per service, say), of one outcome each. */
export interface Finding {
  outcome: Outcome
  /** 'info' for anything but fail and warn. */
  severity: Severity
  /** One or two plain sentences with the facts: who, what, where to, how often. */
  reason: string
  /** Packets, answers and places in documents that show it. Never empty for pass, fail and warn. */
  evidence: Pointer[]
  assurance: Assurance
  /**
   * What sets this finding apart from others of the same check on the same device ("tcp/23"); '' where there is only one.
   * Stable between runs: finding ids are made of device, check and this.
   */
  about: string
  /** The maker says one thing and the evidence another: the most telling findings there are. */
  contradiction?: true
  /** For inconclusive: the one step that would settle it. */
  next?: string
}

/** What is said, without the packets that show it. */
export type Statement = Omit<Finding, 'evidence'>

/** What may be given beside traffic: the maker's dossier, answers of the device, answers of the maker's side. */
export type Given = 'dossier' | 'device' | 'maker'

/** A pure function from evidence to findings, with what a person must know about it. Knows nothing of frameworks. */
export interface Check {
  /** Kebab case, the folder's name. Stable: reports and catalogs refer to it. */
  readonly id: string
  readonly title: string
  readonly facet: Facet
  readonly looksFor: string
  readonly why: string
  readonly remedy: string
  /** The least evidence that a pass rests on, in words; 'never passes from traffic' where it cannot. */
  readonly passNeeds: string
  /** It judges these and no traffic: where an audit was given none of them, it is not run, and says nothing. */
  readonly of?: readonly Given[]
  /** Never empty: silence is `inconclusive` with `next`. Pure; a throw becomes an `error` finding. */
  run(device: DeviceEvidence, network: NetworkEvidence): Finding[]
}

import type { Severity } from './osv-cvss.ts'
import type { Lack } from './sbom.ts'
import type { VexStatus } from './vex-statement.ts'

/** Something that a dossier leads to could not be read or decided: why, and what would let it. */
export interface Trouble {
  readonly trouble: string
  readonly next: string
}

/** A file that a dossier leads to, as an audit's list of documents has it. */
export interface SuppliedDocument {
  readonly path: string
  readonly sha256: string
  readonly kind: 'bill of materials' | 'VEX' | 'update manifest'
  readonly title: string
  /** The dossier gives its digest, and it fits: who signs the dossier signs this, too. */
  readonly sealed: boolean
}

/** A component by the last part of its name, in small letters. */
export interface Listed {
  readonly name: string
  readonly version: string
  readonly at: string
}

export interface SbomSummary {
  /** Index into the audit's documents. */
  readonly document: number
  readonly format: string
  readonly components: number
  readonly author?: string
  /** RFC 3339. */
  readonly created?: string
  /** What is missing of NTIA's minimum elements. */
  readonly lacks: readonly Lack[]
  /** Named components with the versions of each, to be held against what a device tells of its software. Of bills of so many only. */
  readonly listed: readonly Listed[]
}

/** A known vulnerability in a component. */
export interface Vulnerability {
  /** Its CVE name, where it has one. */
  readonly id: string
  readonly severity: Severity
  readonly component: { readonly name: string; readonly version?: string; readonly at: string }
  /** What the maker says of it: in which document, and where. */
  readonly answer?: {
    readonly status: VexStatus
    readonly justification?: string
    readonly document: number
    readonly at: string
  }
}

/** A vulnerability by which the maker itself says the product to be affected, and where it says so. */
export interface Admitted {
  readonly id: string
  readonly document: number
  readonly at: string
}

export interface Uncompared {
  readonly reason: string
  /** Components that were not compared for it, or not with all records. */
  readonly count: number
  readonly examples: readonly string[]
}

export interface Vulnerabilities {
  /** Records in the database. */
  readonly records: number
  /** Milliseconds since 1970: the newest change in it. */
  readonly newest?: number
  /** Components that were held against it. */
  readonly compared: number
  readonly uncompared: readonly Uncompared[]
  /** Not answered by the maker, or answered that the product is affected: how many of each severity. */
  readonly openCounts: Readonly<Partial<Record<Severity, number>>>
  /** The worst of them. */
  readonly open: readonly Vulnerability[]
  /** Answered: not affected, with a reason, or fixed. */
  readonly answeredCount: number
  readonly answered: readonly Vulnerability[]
}

export interface ManifestVerdict {
  readonly kind: 'suit' | 'tuf'
  readonly document: number
  /** 'sequence number 4', 'root version 2'. */
  readonly state: string
  /** It verifies, and by what: 'key 1 of the dossier (ES256)'. */
  readonly verifiedBy?: string
  /** It does not, and why. */
  readonly broken?: string
  /** Neither can be told, and why. */
  readonly unsettled?: Trouble
  /** Milliseconds since 1970, and what ends then. */
  readonly expires?: number
  readonly expiresOf?: string
  /** Payloads that it names, and of how many the bytes were beside it and fit. */
  readonly payloads: number
  readonly payloadsHeld: number
}

/** What the files say that a dossier leads to. Plain data. */
export interface Supplied {
  /** Index of the first of these among the audit's documents. */
  readonly firstDocument: number
  /** In the order of their indexes. */
  readonly documents: readonly SuppliedDocument[]
  readonly sbom?: SbomSummary | Trouble
  /** Undefined: no database was given, or there is no bill of materials. */
  readonly vulnerabilities?: Vulnerabilities | Trouble
  /** VEX documents that could not be read. */
  readonly vex: readonly Trouble[]
  readonly admitted: readonly Admitted[]
  readonly manifest?: ManifestVerdict | Trouble
}

export function isTrouble(of: object): of is Trouble {
  return 'trouble' in of
}

/** How a product stands to a vulnerability (CISA, "Minimum Requirements for VEX", 2023). */
export type VexStatus = 'not_affected' | 'affected' | 'fixed' | 'under_investigation'

/** What a statement is about, by any of its names: a package URL, a name, what the bill of materials calls it. */
export interface VexProduct {
  readonly names: readonly string[]
  /** Not the product as a whole, but this component in it. */
  readonly part?: readonly string[]
}

/** One thing that a VEX document says. */
export interface VexStatement {
  /** Names of the vulnerability, all of the same one. */
  readonly ids: readonly string[]
  /** What it is said of; undefined: of all that the document is about. */
  readonly products?: readonly VexProduct[]
  readonly status: VexStatus
  /** Why it is not affected. Without one, that it is not is no answer. */
  readonly justification?: string
  /** Milliseconds since 1970. */
  readonly said?: number
  /** JSON pointer into the document. */
  readonly at: string
}

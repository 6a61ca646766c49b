import type { VexStatement } from './vex-statement.ts'

/** A component of a bill of materials, of whatever format. */
export interface Component {
  readonly name?: string
  readonly version?: string
  readonly supplier?: string
  /** A package URL, as written. */
  readonly purl?: string
  /** It has a purl, a CPE, a SWID tag or another identifier than its name. */
  readonly identified: boolean
  /** What the document itself calls it: bom-ref, SPDXID. */
  readonly ref?: string
  /** The document tells how it belongs to another. */
  readonly related: boolean
  /** Where it stands: a JSON pointer (RFC 6901), or 'line N' of a text. */
  readonly at: string
}

export interface Sbom {
  /** 'CycloneDX 1.5', 'SPDX 2.3'. */
  readonly format: string
  /** The person or organisation that made this document; a tool is none. */
  readonly author?: string
  /** When it was made, as RFC 3339. */
  readonly created?: string
  /** What the document is about: the product. */
  readonly subject?: Component
  /** What is in it, without the subject. */
  readonly components: readonly Component[]
  /** What the document itself says of vulnerabilities (CycloneDX). */
  readonly statements: readonly VexStatement[]
}

/** More components than this are not read. */
export const MAX_COMPONENTS = 200_000

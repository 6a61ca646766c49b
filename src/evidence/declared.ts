import type { Dossier } from '../dossier/dossier.ts'
import type { PlaceRef } from './pointer.ts'

/** A maker's dossier that is about a device. Plain data. */
export interface Declared {
  /** Index into the audit's documents. */
  readonly document: number
  readonly dossier: Dossier
  /** Who signed it, where the signature was verified. */
  readonly signedBy?: string
}

/** A place in it, as findings point to it: `at` is a JSON pointer (RFC 6901). */
export function said({ document, signedBy }: Declared, ...at: readonly string[]): { exemplars: PlaceRef[] } {
  return { exemplars: at.map((place) => ({ document, at: place, ...(signedBy === undefined ? {} : { signed: true }) })) }
}

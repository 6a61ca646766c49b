import type { Dossier } from '../dossier/dossier.ts'
import type { Supplied } from '../dossier/supplied-model.ts'
import type { PlaceRef } from './pointer.ts'

/** A maker's dossier that is about a device. Plain data. */
export interface Declared {
  /** Index into the audit's documents. */
  readonly document: number
  readonly dossier: Dossier
  /** Who signed it, where the signature was verified. */
  readonly signedBy?: string
  /** What the files say that it leads to, where they were read. */
  readonly supplied?: Supplied
}

/** A place in it, as findings point to it: `at` is a JSON pointer (RFC 6901). */
export function said({ document, signedBy }: Declared, ...at: readonly string[]): { exemplars: PlaceRef[] } {
  return { exemplars: at.map((place) => ({ document, at: place, ...(signedBy === undefined ? {} : { signed: true }) })) }
}

/** A place in a document that the dossier leads to. `document`: index into the audit's. Signed, where the dossier is and gives its digest. */
export function suppliedAt(
  { signedBy, supplied }: Declared,
  document: number,
  ...at: readonly string[]
): { exemplars: PlaceRef[] } {
  const first = supplied?.firstDocument ?? 0
  const sealed = signedBy !== undefined && supplied?.documents[document - first]?.sealed === true
  return { exemplars: at.map((place) => ({ document, at: place, ...(sealed ? { signed: true } : {}) })) }
}

import type { Identity, Observation } from './evidence.ts'
import type { Declared } from './declared.ts'
import type { Kind } from './kinds.ts'

/** A dossier, and whom it was given for: an address, a hardware address or an id; undefined: whoever is of its vendor and model. */
export interface GivenDossier extends Declared {
  readonly of?: string
}

/** What is known of devices beside their traffic. Plain data: it may go to another thread. */
export interface Beside {
  /** By id of the device. */
  readonly asked: ReadonlyMap<string, readonly Observation[]>
  readonly dossiers: readonly GivenDossier[]
  /** There is but one device: a dossier that names nobody is about it. */
  readonly alone: boolean
}

export const NOTHING_BESIDE: Beside = { asked: new Map(), dossiers: [], alone: false }

interface Somebody {
  readonly id: string
  readonly macs: readonly string[]
  readonly ips: readonly string[]
  readonly identity: Identity
}

/** The first dossier that is about it. */
export function declaredOf(somebody: Somebody, { dossiers, alone }: Beside): Declared | undefined {
  return dossiers.find((given) => isAbout(given, somebody, alone))
}

function isAbout({ of, dossier }: GivenDossier, { id, macs, ips, identity }: Somebody, alone: boolean): boolean {
  if (of !== undefined) return of === id || macs.includes(of.toLowerCase()) || ips.includes(of)
  if (alone) return true
  const { vendor, model } = dossier.product
  return same(vendor, identity.vendor) && same(model, identity.model)
}

function same(a: string, b: string | undefined): boolean {
  return b !== undefined && a.trim().toLowerCase() === b.trim().toLowerCase()
}

/** Observations of a kind, of probes. */
export function askedOf<K extends Kind>(asked: readonly Observation[], kind: K): Observation<K>[] {
  return asked.filter((o) => o.kind === kind) as unknown as Observation<K>[]
}

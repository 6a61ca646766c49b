import type { Dossier } from '../dossier/dossier.ts'
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

/** The dossier that is about it: one given for it by name, else one of its vendor and model, else one that there is nobody else for. */
export function declaredOf(somebody: Somebody, { dossiers, alone }: Beside): Declared | undefined {
  return (
    dossiers.find(({ of }) => of !== undefined && isCalled(somebody, of)) ??
    dossiers.find(({ of, dossier }) => of === undefined && isProduct(somebody.identity, dossier.product)) ??
    (alone ? dossiers.find(({ of }) => of === undefined) : undefined)
  )
}

/** Addresses as people write them: hardware addresses also with '-', letters of either case. */
function isCalled({ id, macs, ips }: Somebody, of: string): boolean {
  const name = of.trim().toLowerCase()
  return name === id || macs.includes(name.replaceAll('-', ':')) || ips.includes(name)
}

function isProduct({ vendor, model }: Identity, { vendor: maker, model: made, aliases }: Dossier['product']): boolean {
  return among(vendor, [maker, ...(aliases?.vendors ?? [])]) && among(model, [made, ...(aliases?.models ?? [])])
}

function among(name: string | undefined, names: readonly string[]): boolean {
  const wanted = name?.trim().toLowerCase()
  return wanted !== undefined && names.some((one) => one.trim().toLowerCase() === wanted)
}

/** Observations of a kind, of probes. */
export function askedOf<K extends Kind>(asked: readonly Observation[], kind: K): Observation<K>[] {
  return asked.filter((o) => o.kind === kind) as unknown as Observation<K>[]
}

import type { Random } from '../lab/random.ts'

/** Something that takes hostile bytes. */
export interface Target {
  readonly name: string
  /** Inputs in this target's own form that are made by hand or cut from `capture`; may be none. */
  seeds(captures: readonly string[]): Promise<Uint8Array[]>
  /** Throws when an invariant does not hold. Whatever else it throws is a find, too. */
  run(input: Uint8Array): void | Promise<void>
  /** Inputs between two looks at the coverage: fewer where an input takes milliseconds. */
  readonly batch?: number
  /** Where changes of bytes alone would seldom get past the door. */
  readonly mutate?: (input: Uint8Array, other: Uint8Array, chance: Random) => Uint8Array
}

import type { Scene } from './scene.ts'

export type Value = number | string | boolean

export interface Param {
  readonly value: Value
  readonly says: string
  readonly oneOf?: readonly string[]
}

type Wide<V> = V extends number ? number : V extends boolean ? boolean : V extends string ? string : never
export type Values<P extends Record<string, Param>> = { readonly [K in keyof P]: Wide<P[K]['value']> }

/** One kind of traffic that can be made. */
export interface Vector {
  readonly id: string
  readonly title: string
  /** Published work that the shape is taken from. */
  readonly after: string
  readonly benign: boolean
  readonly params: Record<string, Param>
  /** Tells the scene what happens from `from` seconds on; returns when it is over. */
  readonly make: (scene: Scene, values: Record<string, Value>, from: number) => number
}

export function vector<const P extends Record<string, Param>>(v: {
  id: string
  title: string
  after: string
  benign?: boolean
  params: P
  make: (scene: Scene, values: Values<P>, from: number) => number
}): Vector {
  const make = v.make as unknown as Vector['make']
  return { id: v.id, title: v.title, after: v.after, benign: v.benign ?? false, params: v.params, make }
}

export const number = (value: number, says: string) => ({ value, says })
export const flag = (value: boolean, says: string) => ({ value, says })
export const choice = (value: string, says: string, oneOf?: readonly string[]) => ({
  value,
  says,
  ...(oneOf && { oneOf }),
})

/** What every vector takes. */
export const COMMON = {
  seed: choice('1', 'text; the same gives the same bytes'),
  lead: number(60, 'seconds of ordinary traffic before it begins'),
  background: flag(true, 'with what the device and the home do anyway'),
} as const satisfies Record<string, Param>

/** Values that were asked for, with the rest as the vector has it. Throws where one is not known or not possible. */
export function settle(v: Vector, asked: Readonly<Record<string, Value>>): Record<string, Value> {
  const params: Record<string, Param> = { ...COMMON, ...v.params }
  for (const name of Object.keys(asked))
    if (!(name in params)) throw new Error(`${v.id} has no parameter ${name}: it has ${Object.keys(params).join(', ')}`)
  return Object.fromEntries(
    Object.entries(params).map(([name, { value, oneOf }]) => {
      const given = asked[name]
      if (given === undefined) return [name, value]
      const wanted =
        typeof value === 'number' ? Number(given) : typeof value === 'boolean' ? String(given) === 'true' : String(given)
      if (Number.isNaN(wanted) || (oneOf && !oneOf.includes(String(wanted))))
        throw new Error(`${v.id}: ${name} cannot be ${given}${oneOf ? `: it is one of ${oneOf.join(', ')}` : ''}`)
      return [name, wanted]
    }),
  )
}

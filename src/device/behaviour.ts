import type { BehaviourData } from './knowledge-format.ts'

/** A device's likeness to a model that was learnt. */
export interface Likeness {
  of: BehaviourData
  /** 0 to 1: harmonic mean of how much of what the device does is the model's, and how much of what the model does was seen. */
  likeness: number
  /** The device's habits that are the model's too, those first that tell most. */
  shared: string[]
}

/*
 * How probable it is, at a likeness, that the most alike model is the right one, of the right kind, of the right maker: logistic curves
 * fitted by likelihood on the build half of the labelled captures alone (eval/identity.ts), each run judged by what the others taught,
 * once with its model among them and once without: half of what one meets nobody has taught, and a sibling may behave alike to
 * the last byte.
 */
interface Curve {
  /** Likeness at which it is half of `most`, and how fast that grows. */
  even: number
  slope: number
  most: number
}

const CURVES = {
  vendor: { even: 0.2, slope: 0.05, most: 1 },
  category: { even: 0.24, slope: 0.15, most: 0.9 },
  model: { even: 0.34, slope: 0.08, most: 0.75 },
} satisfies Record<string, Curve>
/** How fast one model's likeness outweighs another's. */
const BETWEEN = 0.05
/** Seen in fewer runs than this share, it is chance. */
const COMMON = 0.25
/** Habits in so many of the runs are expected. */
const EXPECTED = 0.5
/** Habits in common that weigh less than so many which no other model has prove nothing: one radio module's boot request is in a thousand products. */
const LEAST_SHARED = 3

/** Models that were learnt, and how much alike a device is to each. */
export class Behaviours {
  private readonly models: readonly BehaviourData[]
  /** By habit: which models have it, and in what share of their runs. */
  private readonly having = new Map<string, { model: number; share: number }[]>()
  /** By model: weight of what is expected of it. */
  private readonly expected: number[]

  constructor(models: readonly BehaviourData[]) {
    this.models = models
    for (const [model, { habits, runs }] of models.entries())
      for (const [habit, times] of Object.entries(habits)) {
        const list = this.having.get(habit) ?? []
        this.having.set(habit, list)
        list.push({ model, share: times / runs })
      }
    this.expected = models.map(() => 0)
    for (const list of this.having.values())
      for (const { model, share } of list) if (share >= EXPECTED) this.expected[model]! += share * this.weight(list.length)
  }

  /** What few models do tells more. */
  private weight(models: number): number {
    return Math.log((this.models.length + 1) / models)
  }

  /** Most alike first; models without enough in common are left out. */
  compare(habits: readonly string[]): Likeness[] {
    if (this.models.length === 0) return []
    const done = this.models.map((_, model) => ({ model, own: 0, seen: 0, shared: [] as { habit: string; weight: number }[] }))
    let all = 0
    for (const habit of habits) {
      const list = this.having.get(habit)
      // what none of them does speaks against all of them
      const weight = this.weight(list?.length ?? 1)
      all += weight
      for (const { model, share } of list ?? []) {
        const one = done[model]!
        const { runs } = this.models[model]!
        one.own += weight * Math.min(1, (share * runs + 0.5) / (runs + 1))
        if (share >= EXPECTED) one.seen += weight * share
        one.shared.push({ habit, weight })
      }
    }
    const least = LEAST_SHARED * this.weight(1)
    return done
      .filter(({ shared }) => shared.reduce((sum, s) => sum + s.weight, 0) >= least)
      .map(({ model, own, seen, shared }): Likeness => {
        const a = own / (all || 1)
        const b = seen / (this.expected[model] || 1)
        return {
          of: this.models[model]!,
          likeness: a + b === 0 ? 0 : (2 * a * b) / (a + b),
          shared: shared.sort((x, y) => y.weight - x.weight).map((s) => s.habit),
        }
      })
      .sort((x, y) => y.likeness - x.likeness)
  }
}

/** How probable each value of an attribute is, by likeness alone; what is missing to 1 is "unknown". */
export function probabilities(alike: readonly Likeness[], attribute: keyof typeof CURVES): Map<string, number> {
  const out = new Map<string, number>()
  const best = alike[0]
  if (!best) return out
  const { even, slope, most } = CURVES[attribute]
  const known = most / (1 + Math.exp((even - best.likeness) / slope))
  const shares = alike.map((a) => Math.exp((a.likeness - best.likeness) / BETWEEN))
  const sum = shares.reduce((a, b) => a + b, 0)
  for (const [i, { of }] of alike.entries()) {
    const value = of[attribute]
    if (value !== undefined) out.set(value, (out.get(value) ?? 0) + (known * shares[i]!) / sum)
  }
  return out
}

/** From habits of several captures of one model to what is typical of it. */
export function learnBehaviour(
  what: Pick<BehaviourData, 'vendor' | 'model' | 'category'>,
  runs: readonly (readonly string[])[],
): BehaviourData {
  const times = new Map<string, number>()
  for (const run of runs) for (const habit of new Set(run)) times.set(habit, (times.get(habit) ?? 0) + 1)
  const least = Math.max(Math.min(2, runs.length), COMMON * runs.length)
  const habits = [...times].filter(([, n]) => n >= least).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  return { ...what, runs: runs.length, habits: Object.fromEntries(habits) }
}

import { random } from '../lab/random.ts'
import { Coverage } from './coverage.ts'
import { mutate } from './mutate.ts'
import type { Target } from './target.ts'

export interface Options {
  readonly seed: string
  /** Ends after so many inputs, or so many seconds, whichever comes first. */
  readonly cases: number
  readonly seconds: number
  /** Keep what reaches new source, and start from it. Slower by a few times. */
  readonly guided: boolean
  /** The starts cut short, at so many places in all: at every offset when there are enough. */
  readonly cuts: number
}

export interface Find {
  input: Uint8Array
  /** Stack or message; one find for each kind of message and place. */
  what: string
}

export interface Outcome {
  cases: number
  finds: Find[]
  /** Inputs that reached source which none before them had reached, in order. */
  fresh: Uint8Array[]
  /** Bytes of source that ran; 0 when not guided. */
  covered: number
  /** Milliseconds, and the input that took them. */
  slowest: { ms: number; input: Uint8Array }
}

/** Inputs between two looks at the coverage: a look costs about as much as some hundred inputs of a decoder. */
const BATCH = 128
const MAX_FINDS = 20
const source = new URL('../src/', import.meta.url).href

/**
 * Run a target on its seeds, then on changes of them until the time is over. The same seed, starts and target give the same
 * inputs, unless `seconds` cuts them short. `before` is told of each input before it runs.
 */
export async function fuzz(
  target: Target,
  starts: readonly Uint8Array[],
  options: Options,
  before?: (input: Uint8Array) => void,
): Promise<Outcome> {
  const chance = random(`${target.name} ${options.seed}`)
  const pool: Uint8Array[] = starts.length > 0 ? [...starts] : [new Uint8Array(0)]
  const outcome: Outcome = { cases: 0, finds: [], fresh: [], covered: 0, slowest: { ms: 0, input: new Uint8Array(0) } }
  const known = new Set<string>()
  const coverage = options.guided ? new Coverage(source) : undefined
  const many = target.batch ?? BATCH
  const until = performance.now() + options.seconds * 1000

  const one = async (input: Uint8Array, count: boolean) => {
    before?.(input)
    const began = performance.now()
    try {
      const pending = target.run(input)
      if (pending !== undefined) await pending
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
      const [message, ...stack] = what.split('\n')
      const key = [message!.replaceAll(/["[{][^]*|\d+/g, '#'), ...stack.slice(0, 2)].join('\n')
      if (!known.has(key) && known.size < MAX_FINDS) outcome.finds.push({ input, what })
      known.add(key)
    }
    if (!count) return
    outcome.cases++
    const ms = performance.now() - began
    if (ms > outcome.slowest.ms) outcome.slowest = { ms, input }
  }

  /** Which of these inputs reached something new, by halves. */
  const locate = async (batch: readonly Uint8Array[]) => {
    if (performance.now() > until) return
    for (const input of batch) await one(input, false)
    if (batch.length === 1) {
      if (coverage!.take(true) > 0) {
        outcome.fresh.push(batch[0]!)
        pool.push(batch[0]!)
      }
      return
    }
    if (coverage!.take(false) === 0) return
    const half = batch.length >> 1
    await locate(batch.slice(0, half))
    await locate(batch.slice(half))
  }

  const batch = async (inputs: readonly Uint8Array[]) => {
    for (const input of inputs) await one(input, true)
    if (coverage !== undefined && coverage.take(false) > 0) await locate(inputs)
  }

  coverage?.take(false)
  for (let at = 0; at < starts.length; at += many) await batch(starts.slice(at, at + many))
  for (const cut of cuts(starts, options.cuts)) await one(cut, true)
  while (outcome.cases < options.cases && performance.now() < until) {
    const inputs: Uint8Array[] = []
    for (let n = Math.min(many, options.cases - outcome.cases); n > 0; n--) {
      // the latest half of the time: what was just found is what is least explored
      const recent = chance.below(2) === 0 ? pool.length - 1 - chance.below(Math.min(16, pool.length)) : chance.below(pool.length)
      inputs.push((target.mutate ?? mutate)(pool[recent]!, chance.pick(pool), chance))
    }
    await batch(inputs)
  }
  outcome.covered = coverage?.covered ?? 0
  coverage?.end()
  return outcome
}

function* cuts(starts: readonly Uint8Array[], most: number): Generator<Uint8Array> {
  const offsets = starts.reduce((sum, start) => sum + start.length, 0)
  const stride = Math.max(1, Math.ceil(offsets / most))
  let at = 0
  for (const start of starts) {
    for (; at < start.length; at += stride) yield start.slice(0, at)
    at -= start.length
  }
}

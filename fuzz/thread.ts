import { setFlagsFromString } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { runInNewContext } from 'node:vm'
import { kept } from './corpus.ts'
import { fuzz, type Options } from './loop.ts'
import { targets } from './targets/index.ts'
import type { Watched } from './watch.ts'

/** What a thread is told. `current` holds the input under way: its length and count first, so that a hang can be told. */
export interface Task {
  /** One after the other. */
  targets: readonly string[]
  captures: readonly string[]
  options: Options
  current: SharedArrayBuffer
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const { targets: names, captures, options, current } = workerData as Task
const state = new Int32Array(current, 0, 2)
const room = new Uint8Array(current, 8)
const before = (input: Uint8Array) => {
  state[0] = Math.min(input.length, room.length)
  room.set(input.subarray(0, room.length))
  Atomics.add(state, 1, 1)
}
const heap = () => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const size = (list: readonly Uint8Array[]) => list.reduce((sum, bytes) => sum + bytes.length, 0)

const outcomes: Watched[] = []
for (const name of names) {
  const target = targets.find((t) => t.name === name)!
  const starts = [...kept(name).map((k) => k.bytes), ...(await target.seeds(captures))]
  // what is loaded and cached once is no growth
  await fuzz(
    target,
    starts,
    { ...options, cases: Math.min(500, options.cases), seconds: 5, guided: false, cuts: 100, seed: 'warm' },
    before,
  )
  const held = heap()
  const outcome = await fuzz(target, starts, options, before)
  const ours = size(outcome.fresh) + size(outcome.finds.map((f) => f.input))
  outcomes.push({ target: name, ...outcome, grown: heap() - held - ours })
}
// a thread's port has no origin
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort!.postMessage(outcomes)

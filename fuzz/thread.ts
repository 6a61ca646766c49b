import { setFlagsFromString } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { runInNewContext } from 'node:vm'
import { kept } from './corpus.ts'
import { fuzz, type Options } from './loop.ts'
import { targets } from './targets/index.ts'

/** What a thread is told. `current` holds the input under way: its length and count first, so that a hang can be told. */
export interface Task {
  target: string
  captures: readonly string[]
  options: Options
  current: SharedArrayBuffer
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const { target: name, captures, options, current } = workerData as Task
const target = targets.find((t) => t.name === name)!
const state = new Int32Array(current, 0, 2)
const room = new Uint8Array(current, 8)
const starts = [...kept(name).map((k) => k.bytes), ...(await target.seeds(captures))]
const before = (input: Uint8Array) => {
  state[0] = Math.min(input.length, room.length)
  room.set(input.subarray(0, room.length))
  Atomics.add(state, 1, 1)
}
// what is loaded and cached once is no growth
await fuzz(target, starts, { ...options, cases: Math.min(500, options.cases), seconds: 5, guided: false, seed: 'warm' }, before)
const heap = () => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const held = heap()
const { fresh, ...outcome } = await fuzz(target, starts, options, before)
const sizes = [fresh, outcome.finds, starts].map((list) =>
  list.reduce((sum, v) => sum + ('input' in v ? v.input.length : v.length), 0),
)
// a thread's port has no origin
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort!.postMessage({ ...outcome, fresh, grown: heap() - held - sizes.reduce((a, b) => a + b, 0) })

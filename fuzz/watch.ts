import { Worker } from 'node:worker_threads'
import type { Options, Outcome } from './loop.ts'
import type { Task } from './thread.ts'

export interface Watched extends Outcome {
  target: string
  /** Bytes of heap held after the run beyond those held before it. */
  grown: number
}

/** One input of whatever target, on whatever machine: milliseconds would do. This is to end a hang, not to measure. */
const PATIENCE = 30_000
const INPUT = 1 << 17
/** A decoder needs a few; what asks for more than this ends the thread. */
const HEAP_MB = 512

/**
 * Fuzz in a thread of its own, so that an endless loop ends as a find: rejects with the input that was under way. A heap without
 * bound ends the thread, or where V8 cannot do that the process.
 */
export function watched(targets: readonly string[], captures: readonly string[], options: Options): Promise<Watched[]> {
  const current = new SharedArrayBuffer(INPUT)
  const state = new Int32Array(current, 0, 2)
  const task: Task = { targets, captures, options, current }
  const worker = new Worker(new URL('thread.ts', import.meta.url), {
    workerData: task,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  return new Promise((resolve, reject) => {
    let last = 0
    const input = () => Buffer.from(new Uint8Array(current, 8, state[0])).toString('base64')
    const timer = setInterval(() => {
      const now = Atomics.load(state, 1)
      // reading seeds runs no input
      if (now === last && now > 0) fail(`an input did not end within ${PATIENCE / 1000} s`)
      last = now
    }, PATIENCE)
    const fail = (why: string) => {
      clearInterval(timer)
      void worker.terminate()
      reject(new Error(`${why}: ${input()}`))
    }
    worker.once('message', (outcomes: Watched[]) => {
      clearInterval(timer)
      resolve(outcomes)
    })
    worker.once('error', (error) => fail(`the thread ended by ${String(error)}`))
    worker.once('exit', (code) => fail(`the thread ended with code ${code}`))
  })
}

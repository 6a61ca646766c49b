import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { decoders } from '../decode/protocols/index.ts'
import { Bookkeeper, type BookkeeperOptions } from '../evidence/bookkeeper.ts'
import { describe, networkOf, type Survey, type Thing } from '../evidence/devices.ts'
import { LocalOutlet, type Outlet } from '../evidence/events.ts'
import { observers } from '../evidence/observe/index.ts'
import type { AuditDevice } from '../report/model.ts'
import { type Examined, examined, judged } from './device.ts'
import { makeRing, type Ring, RingOutlet } from './ring.ts'

export interface Judged {
  devices: AuditDevice[]
  /** What found no room, and how often. */
  dropped: Map<string, number>
}

/** The bookkeepers, wherever they sit: takes what the collector found, and judges in the end. */
export interface Office {
  readonly outlets: readonly Outlet[]
  /** No more comes: who are things, and what of them. Once only. */
  judge(found: Survey): Promise<Judged>
  close(): Promise<void>
}

/** One bookkeeper, in this thread. */
export class LocalOffice implements Office {
  readonly outlets: readonly [LocalOutlet]
  private readonly books: Bookkeeper

  constructor(macs: Float64Array, options: BookkeeperOptions) {
    this.books = new Bookkeeper(decoders, observers, macs, options)
    this.outlets = [new LocalOutlet(this.books)]
  }

  async judge(found: Survey): Promise<Judged> {
    this.outlets[0].flush()
    this.books.release()
    const network = networkOf(found)
    const { dropped } = this.books
    return { devices: Array.from(describe(this.books, found.things), (d) => judged(examined(d, network))), dropped }
  }

  async close(): Promise<void> {}
}

/** What a thread is given when it begins (office-thread.ts). */
export interface ThreadData {
  ring: Ring
  macs: SharedArrayBuffer
  books: BookkeeperOptions
}

/** What it answers: devices, a few at a time, and last what found no room. */
export type ThreadAnswer = { devices: Examined[] } | { dropped: Map<string, number> }

/** Bookkeepers in threads of their own, the hosts shared out among them. */
export class ThreadedOffice implements Office {
  readonly outlets: readonly RingOutlet[]
  private readonly threads: Worker[]
  private readonly failure: Promise<never>

  constructor(count: number, macs: Float64Array, options: BookkeeperOptions) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.failure = promise
    // whoever waits for an answer gets it; when nobody does it is no crash
    promise.catch(() => undefined)
    const file = import.meta.url.endsWith('.ts') ? './office-thread.ts' : './office-thread.js'
    const rings = Array.from({ length: count }, makeRing)
    this.outlets = rings.map((ring) => new RingOutlet(ring))
    this.threads = rings.map((ring, part) => {
      const workerData: ThreadData = { ring, macs: macs.buffer as SharedArrayBuffer, books: { ...options, part, of: count } }
      const thread = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [] })
      thread.once('error', reject)
      thread.once('exit', (code) => code !== 0 && reject(new Error(`a thread of the audit ended with code ${code}`)))
      return thread
    })
  }

  async judge(found: Survey): Promise<Judged> {
    for (const outlet of this.outlets) outlet.end()
    const devices: AuditDevice[] = []
    const dropped = new Map<string, number>()
    const answers = this.threads.map((thread, part) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      thread.on('message', (answer: ThreadAnswer) => {
        if ('devices' in answer) devices.push(...answer.devices.map(judged))
        else {
          for (const [kind, n] of answer.dropped) dropped.set(kind, (dropped.get(kind) ?? 0) + n)
          resolve()
        }
      })
      const mine = new Set(found.things.filter((t) => t.handle % this.threads.length === part).map((t) => t.handle))
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
      thread.postMessage({ found, mine } satisfies Assignment)
      return promise
    })
    await Promise.race([Promise.all(answers), this.failure])
    return { devices, dropped }
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()))
  }
}

/** What a thread is to judge: everyone is told of all things, each judges its own. */
export interface Assignment {
  found: Survey
  mine: Set<Thing['handle']>
}

/** Below this a capture is audited before a thread has started. */
const THREADS_PAY = 16 * 1024 * 1024
const MOST_THREADS = 4

/** Threads that pay for these captures on this machine: 0 where it has one core, or little to do. */
export async function threadsFor(inputs: readonly string[]): Promise<number> {
  const cores = availableParallelism()
  if (cores < 2) return 0
  const sizes = await Promise.all(
    // what is no regular file (a pipe) may be long
    inputs.map(async (path) =>
      path === '-'
        ? Infinity
        : await stat(path).then(
            (s) => (s.isFile() ? s.size : Infinity),
            () => 0,
          ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0) < THREADS_PAY ? 0 : Math.min(cores, MOST_THREADS)
}

import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { LiveInput } from '../capture/live.ts'
import { decoders } from '../decode/protocols/index.ts'
import { addEarliest, type Anomalies, tallyOf } from '../evidence/anomalies.ts'
import { Bookkeeper, type BookkeeperOptions } from '../evidence/bookkeeper.ts'
import { keeperOf } from '../evidence/books.ts'
import type { Beside } from '../evidence/beside.ts'
import { describe, networkOf, type Survey } from '../evidence/devices.ts'
import { LocalOutlet, type Outlet } from '../evidence/events.ts'
import { observers } from '../evidence/observe/index.ts'
import type { AuditThreat } from '../report/model.ts'
import type { Detector } from '../threat/detector.ts'
import { type Given, type Lookout, lookoutFor } from '../threat/given.ts'
import { observersWith } from '../threat/index.ts'
import { type Examined, examined, type Judged, judged, threatsTo } from './device.ts'
import { Store, TextFile } from './store.ts'
import { makeRing, type Ring, RingOutlet, type ThreadFailed } from './ring.ts'

/** What is to be judged: who is a thing, what is known of it beside its traffic, and by which frameworks. Plain data. */
export interface Case extends Survey {
  beside: Beside
  /** Ids; the first one grades. */
  frameworks: readonly string[]
}

/** Where one bookkeeper sits. */
interface Desk {
  readonly outlet: Outlet
  /** No more comes: who of its hosts are things. Passes them on, and in the end its anomalies. */
  judge(own: Case, onJudged: OnJudged): Promise<Anomalies>
  close(): Promise<unknown>
  /** Of a thread: rejects when it has failed. */
  readonly failure?: Promise<never>
}

/** Some devices, and threats to who is no device. */
type OnJudged = (devices: Judged[], threats: AuditThreat[]) => void

/** What all bookkeepers are told. */
export type OfficeOptions = Omit<DeskOptions, 'part' | 'shares'>

/** What one of them is told. Plain data but for `onMessage`, which is for one thread only. */
export interface DeskOptions extends BookkeeperOptions {
  /** What the user looks for. */
  given?: Given
}

/**
 * The bookkeepers, each in a thread of its own or in this one, the hosts shared out among them: takes what the collector found, and
 * judges in the end.
 */
export class Office {
  readonly outlets: readonly Outlet[]
  /** Which outlet is told of a host: `keeperOf`. */
  readonly shares: readonly number[]
  private readonly desks: readonly Desk[]

  /** @param threads as of AuditOptions */
  constructor(threads: number, macs: Float64Array, options: OfficeOptions) {
    // who reads, follows flows and watches them has as much to do as who keeps the books: it keeps none beside a thread
    this.shares = Array.from({ length: Math.max(1, threads) }, (_, part) => part)
    const { shares } = this
    const desks: Desk[] = []
    this.desks = desks
    try {
      for (let part = 0; part <= Math.max(...shares); part++) {
        const own = { ...options, part, shares }
        desks.push(part < threads ? new ThreadDesk(part, macs, own) : new LocalDesk(macs, own))
      }
    } catch (error) {
      // a thread that cannot be made must not leave the others waiting for ever
      void this.close()
      throw error
    }
    this.outlets = this.desks.map((desk) => desk.outlet)
  }

  /** The things are taken out of the survey: no more is kept of one than is still needed. */
  async judge({ things, others, ...rest }: Case): Promise<{ devices: Judged[]; threats: AuditThreat[]; anomalies: Anomalies }> {
    const devices: Judged[] = []
    const threats: AuditThreat[] = []
    const besides = Map.groupBy(others, ({ handle }) => keeperOf(handle, this.shares))
    const own = Map.groupBy(things.splice(0), ({ handle }) => keeperOf(handle, this.shares))
    const all = await Promise.all(
      // threads first: they work while this one does its own
      this.desks.map((desk, part) =>
        desk.judge({ ...rest, things: own.get(part) ?? [], others: besides.get(part) ?? [] }, (some, more) => {
          devices.push(...some)
          threats.push(...more)
        }),
      ),
    )
    const anomalies: Anomalies = new Map()
    for (const one of all)
      for (const { kind, count, exemplars } of one.values()) addEarliest(tallyOf(anomalies, kind), exemplars, count)
    // in an order that does not tell who said it first
    threats.push(...devices.flatMap((one) => one.threats))
    return { devices, threats, anomalies: new Map([...anomalies].sort(([a], [b]) => (a < b ? -1 : 1))) }
  }

  /** A thread no longer takes anything: rejects with its own error, or with `silence` where it has none to tell. */
  async failure(silence: ThreadFailed): Promise<never> {
    await Promise.race([...this.desks.flatMap((desk) => desk.failure ?? []), delay(ERROR_MS, undefined, { ref: false })])
    throw silence
  }

  async close(): Promise<void> {
    await Promise.all(this.desks.map((desk) => desk.close()))
  }
}

/** A thread's error arrives within so much of its end. */
const ERROR_MS = 5000

/** Devices examined before they are passed on. */
const BATCH = 16

/** The last part of a bookkeeper's work, wherever it sits: examines its devices, a few at a time. */
export function* examineAll(
  keeper: Bookkeeper,
  { things, network, beside, frameworks }: Case,
  detectors: readonly Detector[],
  store: Store,
): Generator<Examined[]> {
  const evidence = networkOf(network)
  let some: Examined[] = []
  for (const device of describe(keeper, things, beside)) {
    some.push(examined(device, evidence, frameworks, detectors, store))
    if (some.length < BATCH) continue
    yield some
    some = []
  }
  yield some
}

/** Of who is no thing. */
export function threatsBesides(
  keeper: Bookkeeper,
  { others, network, beside }: Case,
  detectors: readonly Detector[],
): AuditThreat[] {
  const evidence = networkOf(network)
  return [...describe(keeper, others, beside)].flatMap((one) => threatsTo(one, evidence, detectors))
}

class LocalDesk implements Desk {
  readonly outlet: LocalOutlet
  private readonly keeper: Bookkeeper
  private readonly lookout: Lookout
  private closed = false

  constructor(macs: Float64Array, { given, ...options }: DeskOptions) {
    this.lookout = lookoutFor(given)
    const { detectors, inspector } = this.lookout
    this.keeper = new Bookkeeper(decoders, observersWith(observers, detectors), macs, options, inspector)
    this.outlet = new LocalOutlet(this.keeper)
  }

  async judge(own: Case, onJudged: OnJudged): Promise<Anomalies> {
    this.outlet.flush()
    this.keeper.release()
    const { anomalies } = this.keeper.books
    const store = new Store()
    for (const some of examineAll(this.keeper, own, this.lookout.detectors, store)) {
      if (this.closed) break
      onJudged(
        some.map((one) => judged(one, own.frameworks, store)),
        [],
      )
      // what threads have sent meanwhile is taken in between
      await new Promise(setImmediate)
    }
    onJudged([], threatsBesides(this.keeper, own, this.lookout.detectors))
    return anomalies
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

/** What a thread is given when it begins (office-thread.ts); a Survey follows when all events have. */
export interface ThreadData {
  ring: Ring
  macs: SharedArrayBuffer
  /** Of a file for what it puts away; undefined where none could be made. */
  fd: number | undefined
  options: DeskOptions
}

/** What it answers: devices, a few at a time, and last its anomalies. */
export type ThreadAnswer = { devices: Examined[] } | { threats: AuditThreat[] } | { anomalies: Anomalies }

class ThreadDesk implements Desk {
  readonly outlet: RingOutlet
  private readonly thread: Worker
  private readonly file: TextFile | undefined
  readonly failure: Promise<never>

  constructor(part: number, macs: Float64Array, options: DeskOptions) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.failure = promise
    // whoever waits for an answer gets it; when nobody does it is no crash
    promise.catch(() => undefined)
    const file = import.meta.url.endsWith('.ts') ? './office-thread.ts' : './office-thread.js'
    const ring = makeRing()
    this.outlet = new RingOutlet(ring)
    this.file = makeFile()
    const workerData: ThreadData = { ring, macs: macs.buffer as SharedArrayBuffer, fd: this.file?.fd, options }
    this.thread = new Worker(new URL(file, import.meta.url), {
      name: `books ${part}`,
      workerData,
      execArgv: [],
    })
    this.thread.once('error', reject)
    this.thread.once('exit', (code) => reject(new Error(`a thread of the audit ended with code ${code}`)))
  }

  async judge(own: Case, onJudged: OnJudged): Promise<Anomalies> {
    this.outlet.end()
    const store = new Store(this.file)
    const answer = new Promise<Anomalies>((resolve) => {
      this.thread.on('message', (said: ThreadAnswer) => {
        if ('anomalies' in said) resolve(said.anomalies)
        else if ('threats' in said) onJudged([], said.threats)
        else
          onJudged(
            said.devices.map((one) => judged(one, own.frameworks, store)),
            [],
          )
      })
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
    this.thread.postMessage(own)
    const anomalies = await Promise.race([answer, this.failure])
    // its memory is given back while others may still be at work
    await this.close()
    return anomalies
  }

  close(): Promise<unknown> {
    return this.thread.terminate()
  }
}

function makeFile(): TextFile | undefined {
  try {
    return TextFile.make()
  } catch {
    return undefined
  }
}

/** Below this a capture is audited before a thread has started. */
const THREADS_PAY = 16 * 1024 * 1024
/** Each takes memory of its own. */
const MOST_THREADS = 2

/** Threads that pay for these captures on this machine: 0 where it has one core, or little to do. */
export async function threadsFor(inputs: readonly (string | LiveInput)[]): Promise<number> {
  const cores = availableParallelism()
  if (cores < 2) return 0
  const sizes = await Promise.all(
    // what is no regular file (a pipe, an interface) may be long
    inputs.map(async (path) =>
      path === '-' || typeof path !== 'string'
        ? Infinity
        : await stat(path).then(
            (s) => (s.isFile() ? s.size : Infinity),
            () => 0,
          ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0) < THREADS_PAY ? 0 : Math.min(cores - 1, MOST_THREADS)
}

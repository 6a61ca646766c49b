import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { AuditOptions } from '../audit/audit.ts'
import type { LiveInput } from '../capture/live.ts'
import type { Audit } from '../report/model.ts'
import { ask, type AskingOptions, nobodyAsked, readProbed, requestOf } from './asked.ts'
import { checkDelivery, type Delivery, deliver, jsonTarget } from './deliver.ts'
import type { Exports } from './export.ts'
import { EXIT, Failure } from './failure.ts'
import { met, parseFailOn } from './fail-on.ts'
import { type DossierOptions, dossiersOf, unmatched } from './declarations.ts'
import { givenBy, type GivenOptions } from './given.ts'
import { knowledgeOf } from './knowledge.ts'
import { endBySignal, liveInput, type LiveCommandOptions } from './live.ts'
import { withOneArena } from './one-arena.ts'
import { clean } from './output.ts'
import { ProgressLine } from './progress.ts'

export interface AuditCommandOptions extends LiveCommandOptions, AskingOptions, DossierOptions, Exports, GivenOptions {
  /** true: to standard output. */
  json?: string | true
  html?: string
  canary?: string[]
  failOn?: string
  framework?: string[]
  knowledge?: string[]
  verbose?: boolean
  quiet?: boolean
  /** Whom to ask before the captures are read. */
  probe?: string[]
  /** Files of what was asked before. */
  probed?: string[]
}

/** Audits, writes what was asked for, gives the exit code. */
export async function auditCommand(given: readonly string[], options: AuditCommandOptions): Promise<number> {
  const captures = [...given]
  const json = jsonTarget(options.json, captures)
  const live = await liveInput(options, captures)
  const asks = (options.probe ?? []).length > 0 || (options.site ?? []).length > 0
  if (captures.length === 0 && live === undefined && !asks && (options.probed ?? []).length === 0)
    throw new Failure(
      EXIT.usage,
      'nothing to audit: no capture is named',
      'For example: assay audit home.pcapng (assay audit --help tells more)',
    )
  if (!asks) nobodyAsked(options)
  const { html, oscal, sarif, csv, stix, verbose = false, quiet = false } = options
  const delivery: Delivery = { json, html, exports: { oscal, sarif, csv, stix }, verbose, quiet }
  const failOn = options.failOn === undefined ? undefined : parseFailOn(options.failOn)
  if (options.canary?.some((c) => c.trim().length < 4)) {
    throw new Failure(
      EXIT.usage,
      '--canary: a planted text of fewer than 4 characters would be found everywhere',
      'Plant something longer, such as a made-up e-mail address.',
    )
  }
  const by = options.framework && (await import('./frameworks.ts')).knownAll(options.framework)
  checkInputs(captures)
  await checkDelivery(delivery, [live?.write, options.save])
  const request = asks ? await requestOf(options.probe ?? [], options) : undefined
  const known = await knowledgeOf(options.knowledge ?? [])
  const lookFor = await givenBy(options)
  const declared = await dossiersOf(options)
  const probes = await readProbed(options.probed ?? [])
  if (request !== undefined) probes.push(await ask(request, options, probes.length))
  withOneArena(captures, live !== undefined)
  const audit = await run(live === undefined ? captures : [live], options, {
    knowledge: known,
    probes,
    ...declared,
    ...(by === undefined ? {} : { frameworks: by }),
    ...(lookFor === undefined ? {} : { given: lookFor }),
  })
  await deliver(audit, delivery)
  const damaged = audit.captures.filter((c) => c.damaged !== undefined)
  for (const c of damaged)
    process.stderr.write(
      c.live === undefined
        ? `assay: ${c.path === '-' ? 'standard input' : clean(c.path)} is damaged at byte ${c.damaged!.offset}: it was audited up to there\n`
        : `assay: the capture on ${clean(c.live.interface)} broke off: ${clean(c.damaged!.reason)}. What came until then was audited\n`,
    )
  if (damaged.length > 0) return EXIT.input
  const lost = audit.captures.find((c) => c.live?.notKept !== undefined)?.live?.notKept
  if (lost !== undefined) throw new Failure(EXIT.usage, `${lost}: what it holds is not all that was audited`)
  const idle = unmatched(audit, declared)
  if (idle !== undefined) throw idle
  return failOn && met(audit, failOn) ? EXIT.found : EXIT.audited
}

/** Bytes in memory from which on it is dear. */
const MUCH = 190e6

async function run(inputs: readonly (string | LiveInput)[], options: AuditCommandOptions, known: AuditOptions): Promise<Audit> {
  const progress = options.quiet ? undefined : new ProgressLine()
  // what is kept is small and what is passed through is large: collect often rather than let the heap grow to a multiple of it
  // (on a capture of 1.2 GB under 300 MB at the peak instead of 550, for a twentieth more time); and with all cores at work, the
  // slowest compiler is for what is called most (a fifteenth less time), and the little garbage that is there at a time is one
  // thread's to collect (a twentieth less). Heuristics, safe to set late, and taken over by threads
  setFlagsFromString('--invocation-count-for-turbofan=100000')
  setFlagsFromString('--no-parallel-scavenge')
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=60')
  const { audit } = await import('../audit/audit.ts')
  const { CaptureError } = await import('../capture/error.ts')
  // Ctrl-C reaches a whole pipeline: the first ends who writes the capture, and what came until then is audited; the second ends us
  if (inputs.includes('-')) process.once('SIGINT', () => {})
  const controller = new AbortController()
  const live = inputs.some((input) => typeof input !== 'string')
  const off = live ? endBySignal(controller) : undefined
  try {
    const { signal } = controller
    return await audit(live ? inputs.map((input) => (typeof input === 'string' ? input : { ...input, signal })) : inputs, {
      canaries: options.canary ?? [],
      ...known,
      onProgress(p) {
        progress?.update(p)
        if (process.memoryUsage.rss() > MUCH) setFlagsFromString('--heap-growing-percent=20')
      },
      onRead(devices) {
        // from here on there is no capture to end
        off?.()
        progress?.judging(devices)
        // the largest moment: what was evidence becomes a report, and the heap is to grow by the least that V8 knows (18 MB less at the peak
        // than with 15 per cent, in the same time)
        setFlagsFromString('--optimize-for-size')
      },
    })
  } catch (error) {
    if (error instanceof CaptureError) throw new Failure(EXIT.input, error.message)
    throw error
  } finally {
    off?.()
    progress?.done()
  }
}

function checkInputs(captures: readonly string[]): void {
  const seen = new Set<string>()
  for (const path of captures) {
    const key = path === '-' ? '-' : resolve(path)
    if (seen.has(key))
      throw new Failure(EXIT.usage, `${path}: named twice`, 'Every capture is audited once; its packets would count double.')
    seen.add(key)
  }
  if (seen.has('-') && process.stdin.isTTY)
    throw new Failure(
      EXIT.usage,
      'standard input is a terminal, not a capture',
      'Pipe a capture into it: tcpdump -w - | assay audit -',
    )
}

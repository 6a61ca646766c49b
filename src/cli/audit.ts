import { once } from 'node:events'
import { access, constants, stat, writeFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { dirname, resolve } from 'node:path'
import type { LiveInput } from '../capture/live.ts'
import type { ReadKnowledge } from '../device/read-knowledge.ts'
import type { Audit } from '../report/model.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { met, parseFailOn } from './fail-on.ts'
import { type Declarations, dossiersOf, unmatched } from './declarations.ts'
import { knowledgeOf } from './knowledge.ts'
import { endBySignal, liveInput, type LiveCommandOptions } from './live.ts'
import { withOneArena } from './one-arena.ts'
import { clean, terminal } from './output.ts'
import { ProgressLine } from './progress.ts'

export interface AuditCommandOptions extends LiveCommandOptions {
  /** true: to standard output. */
  json?: string | true
  html?: string
  canary?: string[]
  failOn?: string
  knowledge?: string[]
  dossier?: string[]
  dossierKey?: string[]
  dossierCa?: string[]
  osv?: string
  verbose?: boolean
  quiet?: boolean
}

/** Audits, writes what was asked for, gives the exit code. */
export async function auditCommand(given: readonly string[], options: AuditCommandOptions): Promise<number> {
  const captures = [...given]
  const json = jsonTarget(options.json, captures)
  const live = await liveInput(options, captures)
  if (captures.length === 0 && live === undefined)
    throw new Failure(
      EXIT.usage,
      'nothing to audit: no capture is named',
      'For example: assay audit home.pcapng (assay audit --help tells more)',
    )
  const html = htmlTarget(options.html)
  if (json === '-' && html === '-')
    throw new Failure(EXIT.usage, '--json and --html cannot both go to standard output', 'Name a file for one of them.')
  const failOn = options.failOn === undefined ? undefined : parseFailOn(options.failOn)
  if (options.canary?.some((c) => c.trim().length < 4)) {
    throw new Failure(
      EXIT.usage,
      '--canary: a planted text of fewer than 4 characters would be found everywhere',
      'Plant something longer, such as a made-up e-mail address.',
    )
  }
  checkInputs(captures)
  for (const target of [json, html, live?.write]) if (target !== undefined && target !== '-') await checkFolder(target)

  const known = await knowledgeOf(options.knowledge ?? [])
  const declared = await dossiersOf(options)
  withOneArena(captures, live !== undefined)
  const audit = await run(live === undefined ? captures : [live], options, known, declared)

  const print = !options.quiet && json !== '-' && html !== '-'
  // first what needs no file: an audit must not be lost because one cannot be written
  if (print) {
    const { renderTerminal } = await import('../report/terminal.ts')
    process.stdout.write(renderTerminal(audit, { ...terminal(), verbose: options.verbose ?? false }))
  }
  if (html !== undefined) await save(html, (await import('../report/html.ts')).renderHtml(audit))
  if (print && html !== undefined) process.stdout.write(`\nThe report as a page: ${resolve(html)}\n`)
  if (json !== undefined) await save(json, (await import('../report/json.ts')).jsonPieces(audit))
  if (print && json !== undefined) process.stdout.write(`${html === undefined ? '\n' : ''}The report as JSON: ${resolve(json)}\n`)
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

async function run(
  inputs: readonly (string | LiveInput)[],
  options: AuditCommandOptions,
  knowledge: readonly ReadKnowledge[],
  declared: Declarations,
): Promise<Audit> {
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
      knowledge,
      ...declared,
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

/**
 * '-' or a file. `--json home.pcapng` means JSON to standard output of the audit of home.pcapng: a value that does not end in
 * .json is a capture, which must never be overwritten.
 */
function jsonTarget(value: string | true | undefined, captures: string[]): string | undefined {
  if (value === undefined || value === '-') return value
  if (value === true) return '-'
  if (value.toLowerCase().endsWith('.json')) return value
  captures.unshift(value)
  return '-'
}

function htmlTarget(value: string | undefined): string | undefined {
  if (value === undefined || value === '-' || /\.html?$/i.test(value)) return value
  throw new Failure(EXIT.usage, `--html ${value}: the name of a page ends in .html`, `To write the page: --html report.html`)
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

/** Before the work, not after it: a long audit must not end for a folder that is not there. */
async function checkFolder(target: string): Promise<void> {
  const folder = dirname(resolve(target))
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory())
    throw new Failure(EXIT.usage, `cannot write ${target}: there is no folder ${folder}`, `Make it first: mkdir -p ${folder}`)
  const there = await stat(target).catch(() => undefined)
  try {
    await access(there ? target : folder, constants.W_OK)
  } catch (error) {
    throw new Failure(
      EXIT.usage,
      `cannot write ${target}: ${systemReason(error)}`,
      'Name a file in a folder that is yours to write to.',
    )
  }
}

async function save(target: string, text: string | Iterable<string>): Promise<void> {
  if (target === '-') {
    for (const piece of typeof text === 'string' ? [text] : text)
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
    return
  }
  try {
    await writeFile(target, text)
  } catch (error) {
    throw new Failure(EXIT.usage, `cannot write ${target}: ${systemReason(error)}`)
  }
}

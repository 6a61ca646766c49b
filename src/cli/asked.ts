import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { ProbeRequest, Probed } from '../probe/run.ts'
import type { Target } from '../probe/probe.ts'
import { save } from './files.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { ProgressLine } from './progress.ts'
import { suggest } from './suggest.ts'

/** What is asked, of whom and how, as the command line has it. */
export interface AskingOptions {
  ports?: string
  full?: boolean
  site?: string[]
  resolver?: string
  selector?: string[]
  anchor?: string[]
  iAmAllowed?: boolean
  rate?: string
  only?: string[]
  report?: string
  save?: string
  quiet?: boolean
}

export type Request = Omit<ProbeRequest, 'onProgress' | 'signal' | 'index'>

/** Says so of options that would do nothing, because nobody is asked. */
export function nobodyAsked(options: AskingOptions): void {
  const { ports, full, resolver, selector, anchor, iAmAllowed, rate, only, report, save: kept } = options
  const given = Object.entries({
    '--ports': ports,
    '--full': full,
    '--resolver': resolver,
    '--selector': selector,
    '--anchor': anchor,
    '--i-am-allowed': iAmAllowed,
    '--rate': rate,
    '--only': only,
    '--report': report,
    '--save': kept,
  }).find(([, value]) => value !== undefined)
  if (given !== undefined)
    throw new Failure(
      EXIT.usage,
      `${given[0]} is for asking: nobody to ask is named`,
      'Name a device (--probe 192.168.1.7) or a site (--site www.maker.example).',
    )
}

/**
 * Of what is written at the command line; nothing is sent, but names are looked up.
 * @param also probes that --only may name beside the listed ones
 */
export async function requestOf(
  named: readonly string[],
  options: AskingOptions,
  also: readonly string[] = [],
): Promise<Request> {
  const { MAX_ENTRIES } = await import('../probe/transcript.ts')
  const ports = await portsOf(options)
  const targets = await whom(named, options)
  const sites = (options.site ?? []).map(siteOf)
  const only = await onlyOf(options.only, also, options.full ?? false)
  const { resolver } = options
  if (sites.length === 0)
    for (const option of ['selector', 'anchor'] as const)
      if (options[option] !== undefined)
        throw new Failure(
          EXIT.usage,
          `--${option} is for the maker's side: no site is named`,
          `For example: --site www.maker.example --${option} …`,
        )
  for (const anchor of options.anchor ?? []) await checkAnchor(anchor)
  if (resolver !== undefined) await checkResolver(resolver)
  // most addresses of a range are nobody's
  const sought = targets.filter((target) => target.sought).length
  const hosts = targets.length - sought + Math.min(sought, HOME)
  if (hosts * ports.length > MAX_ENTRIES * 0.8)
    throw new Failure(
      EXIT.usage,
      `${sought === 0 ? '' : 'as many as '}${hosts} hosts with ${ports.length} ports each are more than are asked at a time`,
      'Ask fewer hosts, or fewer ports (--ports), and audit what was kept of each together: --save, then assay audit --probed a.json --probed b.json',
    )
  return {
    targets,
    ports,
    full: options.full ?? false,
    ...(sites.length === 0 ? {} : { sites }),
    ...(resolver === undefined ? {} : { resolver }),
    ...(options.selector === undefined ? {} : { selectors: options.selector }),
    ...(options.anchor === undefined ? {} : { anchors: options.anchor }),
    ...(only === undefined ? {} : { only }),
    ...(options.rate === undefined ? {} : { perSecond: rateOf(options.rate) }),
  }
}

/** So many things may well be in a home. */
const HOME = 32

async function portsOf({ ports, full = false }: AskingOptions): Promise<readonly number[]> {
  const { defaultPorts, fullPorts, parsePorts } = await import('../probe/ports.ts')
  if (ports === undefined) return full ? fullPorts() : defaultPorts()
  const parsed = parsePorts(ports)
  if (parsed === undefined)
    throw new Failure(
      EXIT.usage,
      `--ports ${ports}: these are no ports`,
      'For example: --ports 22,80,8000-9000, --ports default, --ports all',
    )
  return parsed
}

async function whom(named: readonly string[], { iAmAllowed = false, report }: AskingOptions): Promise<Target[]> {
  const { NoTarget, targetsOf } = await import('../probe/targets.ts')
  const known = new Map<string, string>()
  if (report !== undefined)
    for (const device of (await (await import('./report-file.ts')).readReport(report)).devices) {
      const ip = device.ips.find((one) => isIP(one) === 4) ?? device.ips[0]
      if (ip !== undefined) for (const name of [device.id, ...device.macs]) known.set(name, ip)
    }
  try {
    return await targetsOf(named, { allowed: iAmAllowed, known })
  } catch (error) {
    if (error instanceof NoTarget) throw new Failure(EXIT.usage, error.message, error.advice)
    throw error
  }
}

/** A host name. Whoever pastes an address of a page means its host. */
function siteOf(text: string): string {
  const host = /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text).hostname : text.replace(/\.$/, '').toLowerCase()
  if (isIP(host) !== 0 || !/^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(host))
    throw new Failure(EXIT.usage, `--site ${text}: no public name of a host`, 'For example: --site www.maker.example')
  return host
}

async function onlyOf(
  only: readonly string[] | undefined,
  also: readonly string[],
  full: boolean,
): Promise<readonly string[] | undefined> {
  if (only === undefined) return undefined
  const { deviceProbes, siteProbes } = await import('../probe/index.ts')
  const probes = [...deviceProbes, ...siteProbes]
  const ids = [...probes.map(({ id }) => id), ...also]
  const wanted = only.flatMap((list) => list.split(',')).map((id) => id.trim())
  for (const id of wanted) {
    if (probes.find((one) => one.id === id)?.asks(full).length === 0)
      throw new Failure(EXIT.usage, `--only ${id}: this is asked with --full only`, `Add it: --only ${id} --full`)
    if (ids.includes(id)) continue
    const near = suggest(id, ids)
    throw new Failure(
      EXIT.usage,
      `--only ${id}: there is no such probe`,
      near.length > 0 ? `Did you mean: ${near.join(', ')}` : `There are: ${ids.join(', ')}`,
    )
  }
  return wanted
}

async function checkAnchor(anchor: string): Promise<void> {
  const { anchorOf } = await import('../probe/maker/dnssec.ts')
  try {
    anchorOf(anchor)
  } catch {
    throw new Failure(
      EXIT.usage,
      `--anchor ${anchor}: no trust anchor`,
      "A DS or DNSKEY record of a zone, as a zone file has it: --anchor 'lab. IN DS 20326 8 2 E06D…'",
    )
  }
}

async function checkResolver(resolver: string): Promise<void> {
  const { placeOf } = await import('../probe/consent.ts')
  const { ip, port } = placeOf(resolver)
  if (isIP(ip) !== 0 && port > 0 && port <= 65_535) return
  throw new Failure(
    EXIT.usage,
    `--resolver ${resolver}: no address of a resolver`,
    'For example: --resolver 9.9.9.9, --resolver 10.0.0.53:5353',
  )
}

/** Questions a second, to one host; to all of them ten times as many. */
function rateOf(text: string): { one: number; all: number } {
  const one = Number(text)
  if (!Number.isFinite(one) || one < 0.1 || one > 10_000)
    throw new Failure(
      EXIT.usage,
      `--rate ${text}: how many questions a second?`,
      'From 0.1 to 10000; by default 200 to one host: --rate 20',
    )
  return { one, all: one * 10 }
}

/**
 * Asks. Ctrl-C ends it, and what was asked until then is the answer; a second one ends the program.
 * @param index of this among the audit's probes
 */
export async function ask(request: Request, options: AskingOptions, index: number): Promise<Probed> {
  const { probe } = await import('../probe/run.ts')
  const { endBySignal } = await import('./live.ts')
  const progress = options.quiet ? undefined : new ProgressLine()
  const controller = new AbortController()
  const off = endBySignal(controller)
  try {
    const probed = await probe({
      ...request,
      index,
      signal: controller.signal,
      onProgress: (done, all, what) => progress?.asking(done, all, what),
    })
    if (options.save !== undefined) {
      const { writeProbed } = await import('../probe/probed-file.ts')
      await save(options.save, writeProbed(probed))
    }
    return probed
  } finally {
    off()
    progress?.done()
  }
}

/** What was asked before. */
export async function readProbed(paths: readonly string[]): Promise<Probed[]> {
  // what checks files against a schema is large, and most audits have none
  if (paths.length === 0) return []
  const { parseProbed } = await import('../probe/probed-file.ts')
  return Promise.all(
    paths.map(async (path, index) => {
      try {
        return parseProbed(await readFile(path, 'utf8'), index)
      } catch (error) {
        const reason = 'code' in (error as object) ? systemReason(error) : (error as Error).message
        throw new Failure(
          EXIT.input,
          `${path}: not what assay probe keeps: ${reason}`,
          'Such a file is written by: assay probe HOST --save probe.json',
        )
      }
    }),
  )
}

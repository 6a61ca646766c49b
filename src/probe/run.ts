import type { Kind, Kinds } from '../evidence/kinds.ts'
import type { EntryRef } from '../evidence/pointer.ts'
import { Asker, type AskerOptions } from './asker.ts'
import { deviceProbes, siteProbes } from './index.ts'
import type { Asking, DeviceProbe, OpenPort, SiteProbe, Target } from './probe.ts'
import type { Entry } from './transcript.ts'

export interface ProbeRequest extends AskerOptions {
  readonly targets: readonly Target[]
  /** Host names of the maker's. */
  readonly sites?: readonly string[]
  readonly ports: readonly number[]
  readonly full?: boolean
  /** For the maker's side: see SiteAsking. */
  readonly resolver?: string
  readonly anchors?: readonly string[]
  readonly selectors?: readonly string[]
  /** Only these probes, by id. */
  readonly only?: readonly string[]
  /** Index among an audit's probes: pointers carry it. */
  readonly index?: number
  onProgress?(done: number, all: number, what: string): void
}

/** A fact that was asked for: like an observation of traffic, with entries of the transcript instead of frames. */
export interface AskedFact<K extends Kind = Kind> {
  /** Address of the target; of the maker's side its site. */
  readonly of: string
  readonly kind: K
  readonly key: string
  readonly data: Kinds[K]
  /** Microseconds since 1970. */
  readonly at: number
  readonly shown: readonly EntryRef[]
}

/** What was asked, what was answered, and every word of it. Plain data. */
export interface Probed {
  readonly targets: readonly Target[]
  readonly sites: readonly string[]
  readonly began: number
  readonly ended: number
  /** It was ended before all was asked. */
  readonly stopped: boolean
  readonly facts: readonly AskedFact[]
  readonly transcript: readonly Entry[]
}

/** Asks all that is to be asked of all at once, each bounded by itself. Never throws for what others do; stops when the signal says so. */
export async function probe(request: ProbeRequest): Promise<Probed> {
  const began = Date.now() * 1000
  const facts: AskedFact[] = []
  const asker = new Asker(request, request.index ?? 0)
  const wanted = <T extends DeviceProbe | SiteProbe>(list: readonly T[]) =>
    list.filter(({ id }) => request.only === undefined || request.only.includes(id))
  const ofDevices = wanted(deviceProbes)
  const ofSites = wanted(siteProbes)
  const sites = request.sites ?? []
  const all = request.targets.length * ofDevices.length + sites.length * ofSites.length
  let done = 0
  const step = async (of: string, one: DeviceProbe | SiteProbe, run: (asking: Asking) => Promise<void>) => {
    await bounded(of, one, asker, request, facts, run)
    request.onProgress?.(++done, all, `${one.title}: ${of}`)
  }
  await Promise.all([
    ...request.targets.map(async (target) => {
      const open: OpenPort[] = []
      for (const one of ofDevices)
        await step(target.ip, one, (asking) => one.run({ ...asking, target, ports: request.ports, open }))
    }),
    ...sites.map(async (site) => {
      const { resolver, anchors, selectors } = request
      const how = { ...(resolver && { resolver }), ...(anchors && { anchors }), ...(selectors && { selectors }) }
      for (const one of ofSites) await step(site, one, (asking) => one.run({ ...asking, site, ...how }))
    }),
  ])
  return {
    targets: request.targets,
    sites,
    began,
    ended: Date.now() * 1000,
    stopped: request.signal?.aborted ?? false,
    facts,
    transcript: asker.transcript.entries,
  }
}

/** One probe of one target: its time is bounded, and what goes wrong is told as its trouble. */
async function bounded(
  of: string,
  one: DeviceProbe | SiteProbe,
  asker: Asker,
  { full = false, signal }: ProbeRequest,
  facts: AskedFact[],
  run: (asking: Asking) => Promise<void>,
): Promise<void> {
  if (signal?.aborted) return
  const late = AbortSignal.timeout(one.ms)
  let over = false
  const note: Asking['note'] = (kind, key, data, shown) => {
    if (!over) facts.push({ of, kind, key, data, at: Date.now() * 1000, shown: shown.slice(0, MAX_SHOWN) })
  }
  const trouble: Asking['trouble'] = (what, reason, next, shown = []) => {
    // several sites are asked for one device
    const about = one.of === 'site' ? `${of} ${what}`.trimEnd() : what
    note('probe.trouble', `${one.id} ${about}`, { probe: one.id, about, reason, next }, shown)
  }
  try {
    await run({ asker: asker.until(signal ? AbortSignal.any([signal, late]) : late), full, note, trouble })
  } catch (error) {
    if (signal?.aborted) return
    const reason = late.aborted
      ? `it took longer than ${one.ms / 1000} seconds`
      : error instanceof Error
        ? error.message
        : String(error)
    trouble('', reason, `Ask again, this alone: assay probe ${of} --only ${one.id}`)
  } finally {
    // what still comes in is of a probe that has ended
    over = true
  }
}

/** As of observations. */
const MAX_SHOWN = 8

import { getServers } from 'node:dns'
import type { Kind, Kinds } from '../evidence/kinds.ts'
import type { EntryRef } from '../evidence/pointer.ts'
import { Asker, type AskerOptions } from './asker.ts'
import { publicOnly, targetsOnly } from './consent.ts'
import { deviceProbes, siteProbes } from './index.ts'
import { neighbours } from './neighbours.ts'
import { present } from './present.ts'
import { type Asking, type DeviceProbe, longest, type OpenPort, type SiteProbe, type Target } from './probe.ts'
import type { Entry } from './transcript.ts'

export interface ProbeRequest extends Partial<AskerOptions> {
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
  /** Probes of this request alone, asked of each device after all others: they take its way to the Internet. */
  readonly more?: readonly DeviceProbe[]
  /** Index among an audit's probes: pointers carry it. */
  readonly index?: number
  /** So many of all steps are done, and this is begun or over. */
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
  /** Of a range, those who were there. */
  readonly targets: readonly Target[]
  readonly sites: readonly string[]
  readonly began: number
  readonly ended: number
  /** It was ended before all was asked. */
  readonly stopped: boolean
  readonly facts: readonly AskedFact[]
  readonly transcript: readonly Entry[]
}

/** Probes of which all that they find is asked by the others: ports, and what is spoken there. */
const FINDS: ReadonlySet<string> = new Set(['scan', 'services'])
/** Those that need only ports, or nothing. */
const BY_PORTS: ReadonlySet<string> = new Set(['scan', 'services', 'datagrams'])

/** Those that are asked: of devices and of the maker's side. Where only some are wanted, what finds their ports and services is, too. */
export function wanted(
  only: readonly string[] | undefined,
  more: readonly DeviceProbe[] = [],
): { ofDevices: DeviceProbe[]; ofSites: SiteProbe[] } {
  const some = <T extends DeviceProbe | SiteProbe>(list: readonly T[]) =>
    list.filter(({ id }) => only === undefined || only.includes(id))
  const ofDevices = some(deviceProbes)
  const needed = (id: string) =>
    id === 'scan' ? ofDevices.length > 0 : FINDS.has(id) && ofDevices.some((one) => !BY_PORTS.has(one.id))
  return {
    ofDevices: [...deviceProbes.filter((one) => ofDevices.includes(one) || needed(one.id)), ...more],
    ofSites: some(siteProbes),
  }
}

/**
 * Asks all that is to be asked of all at once, each bounded by itself. Devices are asked at the targets' addresses only, the maker's
 * side at public ones only (`consent.ts`), unless `refusal` says otherwise. Never throws for what others do; stops when the signal
 * says so.
 */
export async function probe(request: ProbeRequest): Promise<Probed> {
  const began = Date.now() * 1000
  /** By whom it is of, kind and key. */
  const facts = new Map<string, AskedFact>()
  const { index = 0, resolver, sites = [], signal } = request
  const options = (refusal: AskerOptions['refusal']) => ({ ...request, refusal: request.refusal ?? refusal })
  const asker = new Asker(options(targetsOnly(request.targets.map(({ ip }) => ip))), index)
  const outside = new Asker(
    options(publicOnly(resolver === undefined ? getServers() : [resolver], resolver !== undefined)),
    index,
    asker,
  )
  const { ofDevices, ofSites } = wanted(request.only, request.more)

  const known = request.targets.filter(({ sought }) => sought === undefined)
  const sought = request.targets.filter(({ sought }) => sought === true)
  if (sought.length > 0) request.onProgress?.(0, sought.length, `who is there, of ${sought.length} addresses`)
  const found = signal?.aborted ? [] : await present(asker, sought)
  const there = [...known, ...found]
  const targets: Target[] = [...there]

  const all = there.length * ofDevices.length + sites.length * ofSites.length
  let done = 0
  const step = async (of: string, one: DeviceProbe | SiteProbe, run: (asking: Asking) => Promise<void>) => {
    request.onProgress?.(done, all, `${one.title}: ${of}`)
    await bounded(of, one, one.of === 'device' ? asker : outside, request, facts, run)
    request.onProgress?.(++done, all, `${one.title}: ${of}`)
  }
  await Promise.all([
    ...there.map(async (named, i) => {
      const open: OpenPort[] = []
      for (const one of ofDevices) {
        const target = targets[i]!
        await step(target.ip, one, (asking) => one.run({ ...asking, target, ports: request.ports, open }))
        // who was asked has told its hardware address
        if (target.mac === undefined) targets[i] = await withMac(named)
      }
    }),
    ...sites.map(async (site) => {
      const { anchors, selectors } = request
      const how = { ...(resolver && { resolver }), ...(anchors && { anchors }), ...(selectors && { selectors }) }
      for (const one of ofSites) await step(site, one, (asking) => one.run({ ...asking, site, ...how }))
    }),
  ])
  return {
    targets,
    sites,
    began,
    ended: Date.now() * 1000,
    stopped: signal?.aborted ?? false,
    facts: [...facts.values()],
    transcript: asker.transcript.entries,
  }
}

async function withMac(target: Target): Promise<Target> {
  const bare = target.ip.replace(/%.*$/, '').toLowerCase()
  const mac = (await neighbours()).find(({ ip }) => ip === bare)?.mac
  return mac === undefined ? target : { ...target, mac }
}

/** One probe of one target: its time is bounded, and what goes wrong is told as its trouble. */
async function bounded(
  of: string,
  one: DeviceProbe | SiteProbe,
  asker: Asker,
  { full = false, signal, ports, perSecond }: ProbeRequest,
  facts: Map<string, AskedFact>,
  run: (asking: Asking) => Promise<void>,
): Promise<void> {
  if (signal?.aborted) return
  const ms = longest(one, ports.length, perSecond?.one)
  const late = AbortSignal.timeout(ms)
  const until = signal ? AbortSignal.any([signal, late]) : late
  let over = false
  const note: Asking['note'] = (kind, key, data, shown) => {
    if (over) return
    // who knows more of the same says it anew
    const id = `${of}\n${kind}\n${key}`
    const before = facts.get(id)?.shown ?? []
    facts.delete(id)
    const all = [...shown, ...before.filter(({ entry }) => !shown.some((one) => one.entry === entry))]
    facts.set(id, { of, kind, key, data, at: Date.now() * 1000, shown: all.slice(0, MAX_SHOWN) })
  }
  const say =
    (more: { unseen?: true }): Asking['trouble'] =>
    (what, reason, next, shown = []) => {
      // several sites are asked for one device
      const about = one.of === 'site' ? `${of} ${what}`.trimEnd() : what
      note('probe.trouble', `${one.id} ${about}`, { probe: one.id, about, reason, next, ...more }, shown)
    }
  const trouble = say({})
  try {
    // a probe that does not end when it is told to is left alone
    await Promise.race([
      run({ asker: asker.until(until), full, note, trouble, unseen: say({ unseen: true }) }),
      ended(until, one.undoMs ?? GRACE_MS),
    ])
  } catch (error) {
    if (signal?.aborted) return
    const reason = late.aborted
      ? `it took longer than ${Math.round(ms / 1000)} seconds`
      : error instanceof Error
        ? error.message
        : String(error)
    trouble('', reason, `Ask again, this alone: assay probe ${one.of === 'site' ? '--site ' : ''}${of} --only ${one.id}`)
  } finally {
    // what still comes in is of a probe that has ended
    over = true
  }
}

/** Rejects a little after the signal: what ends by itself may say why. */
function ended(signal: AbortSignal, ms: number): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => setTimeout(() => reject(signal.reason as Error), ms)
    if (signal.aborted) give()
    else signal.addEventListener('abort', give, { once: true })
  })
}

const GRACE_MS = 500

/** As of observations. */
const MAX_SHOWN = 8

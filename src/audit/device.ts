import type { Statement } from '../checks/check.ts'
import type { Declared } from '../evidence/declared.ts'
import type { DeviceEvidence, NetworkEvidence } from '../evidence/evidence.ts'
import { KINDS } from '../evidence/kinds.ts'
import { examine, judge } from '../frameworks/index.ts'
import { groupFrames, groupPointers } from '../report/pointers.ts'
import type { AuditDevice, AuditEvidence, AuditThreat } from '../report/model.ts'
import type { Detector } from '../threat/detector.ts'
import { actionsFor, CAMPAIGNS, type Threat, TECHNIQUES, threatsOf } from '../threat/index.ts'
import type { Store, Stored } from './store.ts'

/** What is told of a device's evidence at length. */
interface Evidence extends Pick<AuditDevice, 'endpoints' | 'services' | 'observations'> {
  signals: AuditDevice['identity']['signals']
}

/** And of its judgement. */
type Judgement = Pick<AuditDevice, 'findings' | 'verdicts'>

type Identity = Omit<AuditDevice['identity'], 'signals'>

/** A device but for the verdicts, which follow from what the checks found. Plain data. */
export interface Examined extends Omit<AuditDevice, keyof Evidence | keyof Judgement | 'identity'> {
  identity: Identity
  /** How much was found bad. */
  bad: number
  threats: AuditThreat[]
  /** Evidence, put away. */
  evidence: Stored
  /** What each check found (Found[][]), put away: a quarter of what judging makes of it. */
  found: Stored
}

interface Found extends Statement {
  evidence: AuditEvidence[]
}

export function examined(
  d: DeviceEvidence,
  network: NetworkEvidence,
  frameworks: readonly string[],
  detectors: readonly Detector[],
  store: Store,
): Examined {
  const found = foundOf(d, network)
  return {
    id: d.id,
    macs: [...d.macs],
    ips: [...d.ips],
    identity: { ...pick(d.identity, ['vendor', 'model', 'category', 'name', 'certainty']), confidence: d.identity.confidence },
    first: time(d.first),
    last: time(d.last),
    packets: d.packets,
    bytesOut: d.bytesOut,
    bytesIn: d.bytesIn,
    ...(d.declared === undefined ? {} : { product: productOf(d.declared), documents: documentsOf(d.declared) }),
    grade: judge(d.id, found, frameworks).grade,
    bad: found.flat().filter((f) => f.outcome === 'fail' || f.outcome === 'warn').length,
    threats: threatsTo(d, network, detectors),
    evidence: store.put(JSON.stringify(evidenceOf(d))),
    found: store.put(JSON.stringify(found)),
  }
}

/** Of a thing, or of who is none. */
export function threatsTo(d: DeviceEvidence, network: NetworkEvidence, detectors: readonly Detector[]): AuditThreat[] {
  const router = network.gateways.some(
    ({ macs, ips }) => d.macs.some((m) => macs.includes(m)) || d.ips.some((ip) => ips.includes(ip)),
  )
  return threatsOf(d, network, detectors).map((threat) => told(threat, d, router))
}

function told({ steps, ...threat }: Threat, { ips, identity }: DeviceEvidence, router: boolean): AuditThreat {
  return {
    ...threat,
    title: CAMPAIGNS[threat.campaign],
    ...(ips[0] === undefined ? {} : { ip: ips[0] }),
    ...pick(identity, ['name']),
    first: time(Math.min(...steps.map((s) => s.first))),
    last: time(Math.max(...steps.map((s) => s.last))),
    alerted: time(Math.min(...steps.map((s) => s.alerted))),
    steps: steps.map(({ evidence, alertedBy, techniques, ...s }) => ({
      ...s,
      first: time(s.first),
      last: time(s.last),
      alerted: time(s.alerted),
      alertedBy: groupPointers([alertedBy])[0]!,
      techniques: techniques.map((id) => ({ id, ...TECHNIQUES[id as keyof typeof TECHNIQUES] })),
      evidence: groupPointers(evidence),
    })),
    actions: actionsFor({ ...threat, steps }, router),
  }
}

/** The dossier, and what it leads to. */
function productOf({ dossier: { product } }: Declared): string {
  return `${product.vendor} ${product.model}`
}

function documentsOf({ document, supplied }: Declared): number[] {
  return [document, ...(supplied?.documents ?? []).map((_, i) => supplied!.firstDocument + i)]
}

function foundOf(d: DeviceEvidence, network: NetworkEvidence): Found[][] {
  return examine(d, network).map((list) => list.map(({ evidence, ...f }) => ({ ...f, evidence: groupPointers(evidence) })))
}

function evidenceOf(d: DeviceEvidence): Evidence {
  return {
    signals: d.identity.signals.map((s) => ({
      kind: s.kind,
      value: s.value,
      weight: s.weight,
      says: s.says,
      evidence: groupPointers(s.frames),
    })),
    endpoints: d.endpoints.map(({ exemplars, packetsOut, packetsIn, first, last, ips, ...e }) => ({
      ...e,
      ...(ips[0] === undefined ? {} : { ip: ips[0] }),
      ips,
      packets: packetsOut + packetsIn,
      first: time(first),
      last: time(last),
      evidence: groupFrames(exemplars),
    })),
    services: d.services.map(({ exemplars, ...s }) => ({ ...s, evidence: groupPointers(exemplars) })),
    // threats tell of signs
    observations: KINDS.flatMap((kind) => (kind === 'sign' ? [] : d.of(kind))).map((o) => ({
      kind: o.kind,
      key: o.key,
      data: o.data,
      count: o.count,
      first: time(o.first),
      last: time(o.last),
      evidence: groupPointers(o.exemplars),
    })),
  }
}

/**
 * A device as the audit holds it: what is told of it at length is put away until it is asked for, and is forgotten again. Of these
 * there are thousands, so it is made in one shape.
 */
class JudgedDevice implements AuditDevice {
  readonly id
  readonly macs
  readonly ips
  readonly grade
  readonly first
  readonly last
  readonly packets
  readonly bytesOut
  readonly bytesIn
  readonly #known: Identity
  readonly #evidence: Stored
  readonly #found: Stored
  readonly #frameworks: readonly string[]
  readonly #store: Store
  readonly product?
  readonly documents?

  constructor(examined: Examined, frameworks: readonly string[], store: Store) {
    this.id = examined.id
    this.macs = examined.macs
    this.ips = examined.ips
    this.grade = examined.grade
    this.first = examined.first
    this.last = examined.last
    this.packets = examined.packets
    this.bytesOut = examined.bytesOut
    this.bytesIn = examined.bytesIn
    this.#known = examined.identity
    this.#evidence = examined.evidence
    this.#found = examined.found
    this.#frameworks = frameworks
    this.#store = store
    if (examined.product !== undefined) this.product = examined.product
    if (examined.documents !== undefined) this.documents = examined.documents
    Object.defineProperties(this, OWN)
  }

  get identity(): AuditDevice['identity'] {
    const told = () => this.#told
    return {
      ...this.#known,
      get signals() {
        return told().signals
      },
    }
  }

  get endpoints() {
    return this.#told.endpoints
  }

  get services() {
    return this.#told.services
  }

  get observations() {
    return this.#told.observations
  }

  get findings() {
    return this.#judgement.findings
  }

  get verdicts() {
    return this.#judgement.verdicts
  }

  get #judgement(): Judgement {
    return judgementOf(this.id, this.#found, this.#frameworks, this.#store)
  }

  get #told(): Evidence {
    return this.#store.read(this.#evidence) as Evidence
  }
}

const PARTS = ['identity', 'endpoints', 'services', 'observations', 'findings', 'verdicts'] as const

/** What a device makes when asked, as its own: a copy by JSON, by spread or by structuredClone has it all. */
const OWN = Object.fromEntries(
  PARTS.map((name) => [name, { ...Object.getOwnPropertyDescriptor(JudgedDevice.prototype, name), enumerable: true }]),
)

/** `bad`: how much was found bad. */
export interface Judged {
  device: AuditDevice
  bad: number
  threats: AuditThreat[]
}

/** @param store where its parts lie */
export function judged(one: Examined, frameworks: readonly string[], store: Store): Judged {
  return { device: new JudgedDevice(one, frameworks, store), bad: one.bad, threats: one.threats }
}

/** What was judged last, and of whom: of two devices alike the same was found, but under names of their own. */
let latest: { id: string; found: Stored; said: Judgement } | undefined

/** Judging costs less than to keep all that it says. */
function judgementOf(id: string, found: Stored, frameworks: readonly string[], store: Store): Judgement {
  if (latest?.id !== id || latest.found !== found)
    latest = { id, found, said: judge(id, store.readOnce(found) as Found[][], frameworks) }
  return latest.said
}

/** Microseconds since 1970 as RFC 3339 in UTC. */
export function time(us: number): string {
  const whole = Number.isFinite(us) ? Math.min(Math.max(Math.floor(us), 0), LAST_US) : 0
  const day = Math.floor(whole / DAY_US)
  if (day !== knownDay) {
    knownDay = day
    knownDate = new Date(day * 86_400_000).toISOString().slice(0, 11)
  }
  const left = whole - day * DAY_US
  const second = Math.floor(left / 1e6)
  const clock = `${TWO[Math.floor(second / 3600)]}:${TWO[Math.floor(second / 60) % 60]}:${TWO[second % 60]}`
  return `${knownDate}${clock}.${String(left - second * 1e6).padStart(6, '0')}Z`
}

const DAY_US = 86_400e6
/** The year 2255: later ones are not exact in a double. */
const LAST_US = Number.MAX_SAFE_INTEGER
/** What comes one after the other is mostly of one day. */
let knownDay = -1
let knownDate = ''
const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const out: Partial<Pick<T, K>> = {}
  for (const k of keys) if (from[k] !== undefined) out[k] = from[k]
  return out
}

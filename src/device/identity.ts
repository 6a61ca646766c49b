import type { FrameRef } from '../capture/frame-ref.ts'
import { type Attribute, BRANDS, type Claim, MODULE_MAKERS, RULES } from './knowledge.ts'
import { isLocallyAdministered, vendorOf } from './vendors.ts'

/** Something a device showed of what it is: kind as in observers' `signal` calls ('dhcp.hostname', 'upnp.model'…), or 'mac'. */
export interface Signal {
  kind: string
  value: string
  count: number
  frames: FrameRef[]
}

/** One signal and how much it weighs. */
export interface WeighedSignal {
  kind: string
  value: string
  /** Share of the confidence, 0..1, of what this signal says; 0 for one that says nothing or was outweighed. */
  weight: number
  /** What it speaks for: "vendor: Philips". */
  says: string
  frames: FrameRef[]
}

export interface Identity {
  vendor?: string
  model?: string
  category?: string
  /** Best name to call it by. */
  name?: string
  /** Of the least certain of vendor, model and category that are given; 0 when none is. */
  confidence: number
  /** Those that weigh first. */
  signals: WeighedSignal[]
}

/** Below this an attribute is left out: "unknown" is an answer, a wrong one is a defect. */
const SURE_ENOUGH = 0.6
const MAX_CANDIDATES = 64
/** Nothing read off the wire is certain: a device can say what it likes. */
const MOST = 0.99
const ATTRIBUTES: readonly Attribute[] = ['vendor', 'model', 'category', 'name']

interface Voice {
  signal: Signal
  claim: Claim
  value: string
  /** Log-odds that the claim is right. */
  odds: number
}

/**
 * What a device is, by weighing the signals it gave. Each claim has log-odds; signals of different kinds add up, of the same kind
 * the strongest counts (ten names under one cloud are one signal). Values of an attribute compete, with "unknown" at odds 0: the
 * winner's confidence is its share, e^s / (1 + sum of e^s).
 */
export function identify(signals: readonly Signal[]): Identity {
  const voices = signals.flatMap(voicesOf)
  const identity: Identity = { confidence: 0, signals: [] }
  const weights = new Map<Signal, { weight: number; says: string[] }>()
  let least = 1
  for (const attribute of ATTRIBUTES) {
    const best = strongest(voices.filter((v) => v.claim.attribute === attribute))
    // names do not contradict each other: any may be called by the best one
    if (!best || (attribute !== 'name' && best.confidence < SURE_ENOUGH)) continue
    identity[attribute] = best.value
    if (attribute !== 'name') least = Math.min(least, best.confidence)
    for (const { signal, odds } of best.voices) {
      const kept = weights.get(signal) ?? { weight: 0, says: [] }
      weights.set(signal, kept)
      if (attribute !== 'name') kept.weight += odds
      kept.says.push(`${attribute}: ${best.value}`)
    }
  }
  if (identity.vendor !== undefined || identity.model !== undefined || identity.category !== undefined)
    identity.confidence = Math.min(round(least), MOST)
  const total = [...weights.values()].reduce((sum, w) => sum + w.weight, 0) || 1
  identity.signals = signals
    .map((signal) => {
      const { weight, says } = weights.get(signal) ?? { weight: 0, says: [] }
      return {
        kind: signal.kind,
        value: signal.value,
        weight: round(weight / total),
        says: says.join(', ') || remark(signal),
        frames: signal.frames,
      }
    })
    .sort((a, b) => b.weight - a.weight)
  return identity
}

function voicesOf(signal: Signal): Voice[] {
  if (signal.kind === 'mac') return macVoices(signal)
  const out: Voice[] = []
  for (const rule of rulesByKind.get(signal.kind) ?? []) {
    const match = rule.pattern.exec(signal.value)
    if (!match) continue
    for (const claim of rule.claims) {
      const raw = claim.value
        .replace('$0', () => signal.value)
        .replace('$1', () => match[1] ?? '')
        .trim()
      const value = claim.attribute === 'vendor' ? brandOf(raw) : raw
      if (value !== '') out.push({ signal, claim, value, odds: logit(claim.p) })
    }
  }
  return out
}

const rulesByKind = new Map<string, (typeof RULES)[number][]>()
for (const rule of RULES) for (const kind of rule.kinds) rulesByKind.set(kind, [...(rulesByKind.get(kind) ?? []), rule])

function macVoices(signal: Signal): Voice[] {
  const registrant = vendorOf(signal.value)
  if (registrant === undefined || MODULE_MAKERS.test(registrant)) return []
  return [{ signal, claim: { attribute: 'vendor', value: registrant, p: 0.9 }, value: brandOf(registrant), odds: logit(0.9) }]
}

/** What a hardware address tells beside a maker. */
function remark(signal: Signal): string {
  if (signal.kind !== 'mac') return ''
  if (isLocallyAdministered(signal.value)) return 'made up by software, not assigned: a phone or computer that hides its address'
  const registrant = vendorOf(signal.value)
  return registrant === undefined ? 'not in the registry' : `registered to ${registrant}, who builds boards for others`
}

function strongest(voices: readonly Voice[]): { value: string; confidence: number; voices: Voice[] } | undefined {
  const candidates = new Map<string, Candidate>()
  for (const voice of voices) {
    const key = voice.value.toLowerCase()
    // a device with more names than these is not to be believed anyway
    if (!candidates.has(key) && candidates.size >= MAX_CANDIDATES) continue
    const c = candidates.get(key) ?? { key, value: voice.value, byKind: new Map<string, Voice>() }
    candidates.set(key, c)
    const same = c.byKind.get(voice.signal.kind)
    if (!same || voice.odds > same.odds) c.byKind.set(voice.signal.kind, voice)
  }
  // "Hue bridge" and "BSB002" do not contradict "Hue bridge BSB002": they speak for it
  const supports = (part: Candidate, whole: Candidate) => part === whole || whole.key.includes(part.key)
  const scored = [...candidates.values()].map((whole) => {
    const party = [...candidates.values()].filter((part) => supports(part, whole))
    const speakers = party.flatMap((part) => [...part.byKind.values()])
    const byKind = Map.groupBy(speakers, (v) => v.signal.kind)
    const score = [...byKind.values()].reduce((sum, same) => sum + Math.max(...same.map((v) => v.odds)), 0)
    return { whole, score, speakers }
  })
  const first = scored.reduce<(typeof scored)[number] | undefined>((a, b) => (a && a.score >= b.score ? a : b), undefined)
  if (!first) return undefined
  const power = (score: number) => Math.exp(Math.min(score, 30))
  const rivals = scored.filter((c) => !supports(c.whole, first.whole)).reduce((sum, c) => sum + power(c.score), 1)
  return { value: first.whole.value, confidence: power(first.score) / (power(first.score) + rivals), voices: first.speakers }
}

interface Candidate {
  /** The value in lower case. */
  key: string
  value: string
  byKind: Map<string, Voice>
}

/** The name people know a registrant by: "TP-LINK TECHNOLOGIES CO.,LTD." is TP-Link. */
export function brandOf(registrant: string): string {
  for (const [pattern, brand] of BRANDS) if (pattern.test(registrant)) return brand
  const words = registrant
    .replace(/[.,()]/g, ' ')
    .split(/\s+/)
    .filter((w) => w !== '')
  while (words.length > 1 && LEGAL.has(words.at(-1)!.toLowerCase())) words.pop()
  const plain = words.join(' ')
  return plain.length > 4 && plain === plain.toUpperCase()
    ? plain.toLowerCase().replace(/\b[a-z]/g, (c) => c.toUpperCase())
    : plain
}

const LEGAL = new Set(
  'inc ltd limited llc co corp corporation company gmbh ag bv b v sa s a spa srl oy ab as kg kk plc pte pty international intl technologies technology tech electronics systems communications group holdings networks industrial'.split(
    ' ',
  ),
)

function logit(p: number): number {
  return Math.log(p / (1 - p))
}

function round(x: number): number {
  return Math.round(x * 100) / 100
}

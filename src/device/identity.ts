import type { FrameRef } from '../capture/frame-ref.ts'
import { probabilities } from './behaviour.ts'
import type { Trait } from './first-packets.ts'
import { type Claim, type Knowledge, sourceOf } from './knowledge.ts'
import { ATTRIBUTES } from './knowledge-format.ts'
import { beginsWithZeros, isLocallyAdministered, vendorOf } from './vendors.ts'

/** Where a device showed something: a packet, or an answer (by probe, and entry of its transcript). */
export type ShownAt = FrameRef | { readonly probe: number; readonly entry: number }

/** Something a device showed of what it is: kind as in observers' `signal` calls ('dhcp.hostname', 'upnp.model'…), or 'mac'. */
export interface Signal {
  kind: string
  value: string
  count: number
  frames: ShownAt[]
}

/** One signal and how much it weighs. */
export interface WeighedSignal {
  kind: string
  value: string
  /** Share of the confidence, 0..1, of what this signal says; 0 for one that says nothing or was outweighed. */
  weight: number
  /** What it speaks for: "vendor: Philips". */
  says: string
  frames: ShownAt[]
}

export interface Identity {
  vendor?: string
  model?: string
  category?: string
  /** Best name to call it by. */
  name?: string
  /** Of the least certain of vendor, model and category that are given; 0 when none is. */
  confidence: number
  /** Of each that is given. */
  certainty?: { vendor?: number; model?: number; category?: number }
  /** Those that weigh first. */
  signals: WeighedSignal[]
}

/** Below this an attribute is left out: "unknown" is an answer, a wrong one is a defect. */
const SURE_ENOUGH = 0.6
const MAX_CANDIDATES = 64
/** Nothing read off the wire is certain: a device can say what it likes. */
const MOST = 0.99
/** How often the registrant of a hardware address is who made the product: of those known by name, and of the rest. */
const KNOWN_BRAND = 0.93
const OTHER_REGISTRANT = 0.75
/** People's own machines: what else they call, or are called, is of the programs on them. */
const PERSONAL = 'phone or computer'
const PERSONALS: ReadonlySet<string> = new Set(['phone', 'tablet', 'computer', PERSONAL])
/** Kind by which rules ask for whom a hardware address is registered to; the report shows it with the address. */
const REGISTRANT = 'mac.registrant'
/** What of a behaviour is shown for it. */
const SHOWN_HABITS = 4

interface Voice {
  signal: Signal
  claim: Claim
  value: string
  /** Log-odds that the claim is right. */
  odds: number
  /** Voices of one source are not independent. */
  source: string
}

/**
 * What a device is, by weighing the signals it gave and how it behaves. Each claim has log-odds; claims from different sources add up,
 * of one source the strongest counts (ten names under one cloud are one signal). Values of an attribute compete, with "unknown" at
 * odds 0: the winner's confidence is its share, e^s / (1 + sum of e^s).
 */
export function identify(given: readonly Signal[], knowledge: Knowledge, habits: readonly Trait[] = []): Identity {
  const behaviour = behaviourOf(knowledge, habits)
  const signals = behaviour ? [...given, behaviour.signal] : given
  let voices = signals.flatMap((s) => (s === behaviour?.signal ? behaviour.voices : voicesOf(s, signals, knowledge)))
  // behaviour does not tell a model from a sibling that nobody taught; what the device says of itself does
  const own = voices.filter((v) => v.claim.attribute === 'model' && v.source !== 'behaviour').map((v) => v.value.toLowerCase())
  const denied = (v: Voice) => {
    const model = v.value.toLowerCase()
    return v.source === 'behaviour' && v.claim.attribute === 'model' && !own.some((o) => model.includes(o) || o.includes(model))
  }
  if (own.length > 0) voices = voices.filter((v) => !denied(v))
  const kind = strongest(voices.filter((v) => v.claim.attribute === 'category'))
  // a phone calls the clouds of everything that its owner has an app for
  const personal = kind !== undefined && kind.confidence >= SURE_ENOUGH && PERSONALS.has(kind.value)
  if (personal) voices = voices.filter((v) => v.claim.personal || v.claim.attribute === 'name')

  const identity: Identity = { confidence: 0, signals: [] }
  const weights = new Map<Signal, { weight: number; says: string[] }>()
  let least = 1
  for (const attribute of ATTRIBUTES) {
    const best = strongest(voices.filter((v) => v.claim.attribute === attribute))
    // names do not contradict each other: any may be called by the best one
    if (!best || (attribute !== 'name' && best.confidence < SURE_ENOUGH)) continue
    identity[attribute] = best.value
    if (attribute !== 'name') {
      least = Math.min(least, best.confidence)
      identity.certainty = { ...identity.certainty, [attribute]: Math.min(round(best.confidence), MOST) }
    }
    for (const { signal, odds } of best.voices) {
      const kept = weights.get(signal) ?? { weight: 0, says: [] }
      weights.set(signal, kept)
      if (attribute !== 'name') kept.weight += odds
      const says = `${attribute}: ${best.value}`
      if (!kept.says.includes(says)) kept.says.push(says)
    }
  }
  if (identity.certainty !== undefined) identity.confidence = Math.min(round(least), MOST)
  const total = [...weights.values()].reduce((sum, w) => sum + w.weight, 0) || 1
  identity.signals = signals
    .map((signal) => {
      const { weight, says } = weights.get(signal) ?? { weight: 0, says: [] }
      return {
        kind: signal.kind,
        value: signal.value,
        weight: round(weight / total),
        says: [says.join(', '), remark(signal, says.length > 0, knowledge)].filter((part) => part !== '').join('; '),
        frames: signal.frames,
      }
    })
    .sort((a, b) => b.weight - a.weight)
  return identity
}

function voicesOf(signal: Signal, all: readonly Signal[], knowledge: Knowledge): Voice[] {
  const voices = knowledge
    .claims(signal, all)
    .map((claim): Voice => ({ signal, claim, value: claim.value, odds: logit(claim.p), source: sourceOf(signal.kind) }))
  if (signal.kind !== 'mac') return voices
  const registrant = vendorOf(signal.value)
  if (registrant === undefined) return voices
  if (knowledge.buildsForOthers(registrant)) return voices
  const brand = knowledge.knownBrand(registrant)
  const p = brand === undefined ? OTHER_REGISTRANT : KNOWN_BRAND
  const claim: Claim = { attribute: 'vendor', value: brand ?? knowledge.brandOf(registrant), p, personal: true }
  // who makes printers only has made a printer
  const kinds = knowledge.claims({ kind: REGISTRANT, value: registrant }, all)
  for (const of of kinds) voices.push({ signal, claim: of, value: of.value, odds: logit(of.p), source: 'mac' })
  return [...voices, { signal, claim, value: claim.value, odds: logit(p), source: 'mac' }]
}

/** Which learnt model it behaves like: one more signal, and what it speaks for. */
function behaviourOf(knowledge: Knowledge, habits: readonly Trait[]): { signal: Signal; voices: Voice[] } | undefined {
  const alike = knowledge.behaviours.compare(habits.map((h) => h.trait))
  const best = alike[0]
  if (!best) return undefined
  const frames = best.shared.slice(0, SHOWN_HABITS).flatMap((habit) => habits.find((h) => h.trait === habit)?.frame ?? [])
  const what = [best.of.vendor, best.of.model].filter((part) => part !== undefined).join(' ')
  const signal: Signal = {
    kind: 'behaviour',
    value: `${Math.round(best.likeness * 100)} % like ${what}, e.g. ${best.shared.slice(0, SHOWN_HABITS).join('; ')}`,
    count: best.shared.length,
    frames,
  }
  const voices = ATTRIBUTES.filter((attribute) => attribute !== 'name').flatMap((attribute) =>
    [...probabilities(alike, attribute)]
      .filter(([, p]) => p > 0.5)
      .map(([value, p]): Voice => {
        const claim: Claim = { attribute, value, p, personal: false }
        return { signal, claim, value, odds: logit(Math.min(p, MOST)), source: 'behaviour' }
      }),
  )
  return voices.length === 0 ? undefined : { signal, voices }
}

/** What a hardware address tells beside a maker. */
function remark(signal: Signal, said: boolean, knowledge: Knowledge): string {
  if (signal.kind !== 'mac') return ''
  if (isLocallyAdministered(signal.value)) return 'made up by software, not assigned: it does not tell the maker'
  if (beginsWithZeros(signal.value)) return 'begins with zeros, which is mostly made up: it does not tell the maker'
  if (said) return ''
  const registrant = vendorOf(signal.value)
  if (registrant === undefined) return 'not in the registry'
  return `registered to ${registrant}${knowledge.buildsForOthers(registrant) ? ', who builds boards for others' : ''}`
}

function strongest(voices: readonly Voice[]): { value: string; confidence: number; voices: Voice[] } | undefined {
  const candidates = new Map<string, Candidate>()
  for (const voice of voices) {
    const key = voice.value.toLowerCase()
    // a device with more names than these is not to be believed anyway
    if (!candidates.has(key) && candidates.size >= MAX_CANDIDATES) continue
    const c = candidates.get(key) ?? { key, value: voice.value, bySource: new Map<string, Voice>() }
    candidates.set(key, c)
    const same = c.bySource.get(voice.source)
    if (!same || voice.odds > same.odds) c.bySource.set(voice.source, voice)
  }
  // "Hue bridge" and "BSB002" do not contradict "Hue bridge BSB002", nor "phone or computer" "phone": they speak for it
  const attribute = voices[0]?.claim.attribute
  const supports = (part: Candidate, whole: Candidate) =>
    part === whole ||
    (attribute === 'category'
      ? part.key === PERSONAL && PERSONALS.has(whole.key)
      : attribute !== 'vendor' && whole.key.includes(part.key))
  const scored = [...candidates.values()].map((whole) => {
    const speakers = [...candidates.values()]
      .filter((part) => supports(part, whole))
      .flatMap((part) => [...part.bySource.values()])
    const bySource = Map.groupBy(speakers, (v) => v.source)
    const score = [...bySource.values()].reduce((sum, same) => sum + Math.max(...same.map((v) => v.odds)), 0)
    return { whole, score, speakers }
  })
  const first = scored.reduce<(typeof scored)[number] | undefined>((a, b) => (a && a.score >= b.score ? a : b), undefined)
  if (!first) return undefined
  const power = (score: number) => Math.exp(Math.min(score, 30))
  const against = (winner: Candidate) =>
    scored.filter((c) => !supports(c.whole, winner) && !supports(winner, c.whole)).reduce((sum, c) => sum + power(c.score), 1)
  const confidence = power(first.score) / (power(first.score) + against(first.whole))
  if (attribute === 'category' && confidence < SURE_ENOUGH && PERSONALS.has(first.whole.key)) {
    // a phone, a tablet or a computer: which, is not sure
    const some = scored.filter((c) => PERSONALS.has(c.whole.key))
    const sum = some.reduce((n, c) => n + power(c.score), 0)
    const others = scored.filter((c) => !PERSONALS.has(c.whole.key)).reduce((n, c) => n + power(c.score), 1)
    return { value: PERSONAL, confidence: sum / (sum + others), voices: some.flatMap((c) => c.speakers) }
  }
  return { value: first.whole.value, confidence, voices: first.speakers }
}

interface Candidate {
  /** The value in lower case. */
  key: string
  value: string
  bySource: Map<string, Voice>
}

function logit(p: number): number {
  return Math.log(p / (1 - p))
}

function round(x: number): number {
  return Math.round(x * 100) / 100
}

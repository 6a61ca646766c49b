import type { Trait } from '../src/device/first-packets.ts'
import { identify, type Identity } from '../src/device/identity.ts'
import { Knowledge, ownKnowledge } from '../src/device/knowledge.ts'
import type { Shown } from '../src/audit/shown.ts'
import type { Label } from './captures.ts'

export type Asked = 'vendor' | 'category' | 'model'
export const ASKED: readonly Asked[] = ['vendor', 'category', 'model']
export const SURE = 0.9

/** What is left of a device's signals and habits. */
export interface Condition {
  name: string
  signal(kind: string): boolean
  habit(trait: string): boolean
}

const STACK = new Set(['dhcp.parameters', 'tls.ja4'])
const NAMELESS = new Set([
  'dns.name',
  'tls.sni',
  'http.host',
  'dhcp.hostname',
  'mdns.host',
  'mdns.instance',
  'mdns.txt',
  'nbns.name',
])
/** Sizes that hang on how long names are, and the services that resolve them. */
const OF_NAMES = /udp\/(?:53|5353|67) |udp\/(?:53|5353)$/
const all = () => true
const none = () => false

export const CONDITIONS: readonly Condition[] = [
  { name: 'everything', signal: all, habit: all },
  { name: 'no hardware address', signal: (kind) => kind !== 'mac', habit: all },
  { name: 'no names', signal: (kind) => !NAMELESS.has(kind), habit: all },
  { name: 'behaviour alone', signal: (kind) => STACK.has(kind), habit: all },
  { name: 'behaviour, DNS unseen', signal: (kind) => STACK.has(kind), habit: (trait) => !OF_NAMES.test(trait) },
  { name: 'no behaviour', signal: all, habit: none },
  { name: 'hardware address alone', signal: (kind) => kind === 'mac', habit: none },
  { name: 'names of clouds alone', signal: (kind) => ['dns.name', 'tls.sni', 'http.host'].includes(kind), habit: none },
]

export interface Answer {
  asked: Asked
  confidence: number
  right: boolean
  what: string
}

export interface Tally {
  of: number
  answers: Answer[]
}

export const knowledge = new Knowledge(ownKnowledge())

export function ask(shown: Shown, condition: Condition, using = knowledge): Identity {
  const signals = shown.signals.filter((s) => condition.signal(s.kind))
  return identify(
    signals,
    using,
    shown.habits.filter((h: Trait) => condition.habit(h.trait)),
  )
}

/** The right one in other words: "Hue bridge BSB002" is "Hue bridge", "DCH-S150" is "DCH-S150 motion sensor". */
export function same(given: string, right: string): boolean {
  const [a, b] = [given, right].map((text) => text.toLowerCase().replace(/[^a-z0-9]/g, '')) as [string, string]
  return a === b || (a.length > 3 && b.includes(a)) || (b.length > 3 && a.includes(b))
}

export function judge(tallies: Map<Asked, Tally>, got: Identity, label: Partial<Pick<Label, Asked>>, what: string): void {
  for (const asked of ASKED) {
    const tally = tallies.get(asked) ?? { of: 0, answers: [] }
    tallies.set(asked, tally)
    tally.of++
    const given = got[asked]
    if (given === undefined) continue
    const right = label[asked]
    const confidence = got.certainty?.[asked] ?? 0
    tally.answers.push({
      asked,
      confidence,
      right: right !== undefined && same(given, right),
      what: `${what}: ${asked} ${given} (${confidence}), is ${right ?? 'not to be seen'}`,
    })
  }
}

import { readdirSync, readFileSync } from 'node:fs'
import { Behaviours } from './behaviour.ts'
import { ATTRIBUTES, type Attribute, type Condition, type KnowledgeFile, type RuleData } from './knowledge-format.ts'

/** What a matching signal speaks for. */
export interface Claim {
  attribute: Attribute
  value: string
  /** How often it is right when the signal is there. */
  p: number
  /** It holds for phones and computers too. */
  personal: boolean
}

/** What a signal must be for rules that are looked up. */
interface Shown {
  readonly kind: string
  readonly value: string
}

/** Kinds of signals that are one source: what they say is not independent, and the strongest counts. */
const GROUPS: Record<string, readonly string[]> = {
  names: ['dns.name', 'tls.sni', 'http.host'],
  called: ['dhcp.hostname', 'mdns.host', 'nbns.name', 'mdns.instance', 'upnp.friendly-name', 'kasa.alias'],
  self: [
    'upnp.model',
    'upnp.manufacturer',
    'kasa.model',
    'mdns.txt',
    'ssdp.server',
    'http.realm',
    'http.title',
    'http.server',
    'banner',
    'rtsp.server',
    'sip.agent',
    'control.vendor',
    'control.model',
    'control.name',
  ],
  offers: ['mdns.service', 'ssdp.usn', 'ssdp.type', 'upnp.device-type', 'service'],
  stack: ['dhcp.parameters', 'dhcp.vendor-class', 'tls.ja4'],
}
const groupOf = new Map(Object.entries(GROUPS).flatMap(([group, kinds]) => kinds.map((kind) => [kind, group] as const)))

/** The source that a kind of signal is from; a kind that shares none is its own. */
export function sourceOf(kind: string): string {
  return groupOf.get(kind) ?? kind
}

/** "@self" is all that a device says of itself: what it is called too. */
function kindsOf(signals: readonly string[]): string[] {
  return signals.flatMap((s) =>
    s === '@self' ? [...GROUPS.self!, ...GROUPS.called!] : s.startsWith('@') ? (GROUPS[s.slice(1)] ?? []) : [s],
  )
}

interface Test {
  kinds: readonly string[]
  matches(value: string): RegExpExecArray | readonly string[] | null
}

interface Rule extends Test {
  needs: readonly Test[]
  says: RuleData['says']
  personal: boolean
}

/** All that is known of makers and products, ready to be asked. */
export class Knowledge {
  readonly behaviours: Behaviours
  private readonly byKind = new Map<string, Rule[]>()
  /** Rules about domains, by kind and domain: there are many, and each name is asked for. */
  private readonly byDomain = new Map<string, Map<string, Rule[]>>()
  private readonly brands: readonly [RegExp, string][]
  private readonly modules: RegExp

  /** @param files later ones are asked first where one answer must do */
  constructor(files: readonly KnowledgeFile[]) {
    const newest = files.toReversed()
    this.behaviours = new Behaviours(newest.flatMap((f) => f.behaviours ?? []))
    this.brands = newest
      .flatMap((f) => f.registrants?.brands ?? [])
      .map(([begins, brand]) => [new RegExp(`^(?:${begins})`, 'i'), brand])
    const modules = newest.flatMap((f) => f.registrants?.modules ?? [])
    this.modules = modules.length === 0 ? /$^/ : new RegExp(modules.join('|'), 'i')
    for (const data of newest.flatMap((f) => f.rules ?? [])) {
      const rule: Rule = {
        ...testOf(data),
        needs: (data.needs ?? []).map(testOf),
        says: data.says,
        personal: data.personal ?? false,
      }
      for (const kind of rule.kinds) {
        if (data.domains === undefined) push(this.byKind, kind, rule)
        else {
          const domains = this.byDomain.get(kind) ?? new Map<string, Rule[]>()
          this.byDomain.set(kind, domains)
          for (const domain of data.domains) push(domains, domain.toLowerCase(), rule)
        }
      }
    }
  }

  /** What `signal` speaks for, of a device that gave `all`. */
  claims(signal: Shown, all: readonly Shown[]): Claim[] {
    const out: Claim[] = []
    for (const rule of this.byKind.get(signal.kind) ?? []) this.take(rule, signal, all, out)
    const domains = this.byDomain.get(signal.kind)
    if (domains)
      for (const part of suffixes(signal.value)) for (const rule of domains.get(part) ?? []) this.take(rule, signal, all, out)
    return out
  }

  private take(rule: Rule, signal: Shown, all: readonly Shown[], out: Claim[]): void {
    const match = matchOf(rule, signal)
    if (!match || !rule.needs.every((need) => all.some((s) => need.kinds.includes(s.kind) && matchOf(need, s)))) return
    for (const attribute of ATTRIBUTES) {
      const said = rule.says[attribute]
      if (said === undefined) continue
      const raw = said[0]
        .replace('$0', () => signal.value)
        .replace('$1', () => match[1] ?? '')
        .trim()
      const value = attribute === 'vendor' ? this.brandOf(raw) : raw
      if (value !== '') out.push({ attribute, value, p: said[1], personal: rule.personal })
    }
  }

  /** Whether rules say something of this very signal, so that it is worth keeping. */
  knows(signal: Shown): boolean {
    return this.claims(signal, []).length > 0
  }

  /**
   * The part of `name` that rules know (the longest), so that a device's many hosts under one domain stay one signal;
   * undefined where they know none.
   */
  knownPart(name: string): string | undefined {
    const domains = this.byDomain.get('dns.name')
    if (domains) for (const part of suffixes(name)) if (domains.has(part)) return part
    return undefined
  }

  /** Builds boards for others, and nothing that people know by a name of its own. */
  buildsForOthers(registrant: string): boolean {
    return this.modules.test(registrant) && this.knownBrand(registrant) === undefined
  }

  /** The name people know a registrant by: "TP-LINK TECHNOLOGIES CO.,LTD." is TP-Link. */
  brandOf(registrant: string): string {
    return this.knownBrand(registrant) ?? plainName(registrant)
  }

  /** undefined where no rule knows it. */
  knownBrand(registrant: string): string | undefined {
    for (const [pattern, brand] of this.brands) if (pattern.test(registrant)) return brand
    return undefined
  }
}

function testOf(condition: Condition): Test {
  const kinds = kindsOf(condition.signals)
  if (condition.pattern !== undefined) {
    const pattern = new RegExp(condition.pattern, 'i')
    return { kinds, matches: (value) => pattern.exec(value) }
  }
  if (condition.is !== undefined) {
    const is = new Set(condition.is.map((v) => v.toLowerCase()))
    return { kinds, matches: (value) => (is.has(value.toLowerCase()) ? [value] : null) }
  }
  const domains = new Set((condition.domains ?? []).map((d) => d.toLowerCase()))
  return { kinds, matches: (value) => (suffixes(value).some((part) => domains.has(part)) ? [value] : null) }
}

function matchOf(test: Test, signal: Shown): ReturnType<Test['matches']> {
  const label = labelOf(signal)
  return test.matches(signal.value) ?? (label === undefined ? null : test.matches(label))
}

/** What a device is called within its domain: "npi0a1b2c.office.example" is "npi0a1b2c". */
function labelOf({ kind, value }: Shown): string | undefined {
  const dot = value.indexOf('.')
  return dot > 0 && groupOf.get(kind) === 'called' ? value.slice(0, dot) : undefined
}

/** "a.b.example": itself, "b.example", "example". */
function suffixes(name: string): string[] {
  const out: string[] = []
  for (let rest = name.toLowerCase(); out.length < 12;) {
    out.push(rest)
    const dot = rest.indexOf('.')
    if (dot < 0) break
    rest = rest.slice(dot + 1)
  }
  return out
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** A registrant without its legal form, and not in capitals. */
function plainName(registrant: string): string {
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

const FOLDER = new URL('../../knowledge/', import.meta.url)
let own: KnowledgeFile[] | undefined

/** What Assay ships. */
export function ownKnowledge(): readonly KnowledgeFile[] {
  return (own ??= readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as KnowledgeFile))
}

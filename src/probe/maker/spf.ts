import type { EntryRef } from '../../evidence/pointer.ts'
import { asName } from './name.ts'
import { mxOf, textOf } from './records.ts'
import type { Resolver } from './resolver.ts'

/** What a domain's SPF policy comes to (RFC 7208), without a sender to hold against it. */
export interface Spf {
  record: string
  /** Of what nothing else matches: '-', '~', '?' or '+'. '?' where the record does not say (section 4.7). */
  all: string
  /** Terms that make a receiver ask DNS, of which 10 are allowed (section 4.6.4). */
  lookups: number
  /** What makes the record an error to receivers ('permerror'), or worthless. */
  faults: string[]
  /** 'v=spf1 -all' and no more: nobody may send. */
  nobody: boolean
}

const MAX_LOOKUPS = 10
const MAX_VOID = 2
const MAX_MX = 10

interface Term {
  qualifier: string
  name: string
  /** After ':' or '='; undefined where there is none. */
  value?: string
  modifier: boolean
}

/** Section 4.5: the records that are of this version. */
export function isSpf(text: string): boolean {
  return /^v=spf1( |$)/i.test(text)
}

/** Section 4.6.1 and 12. Faults of grammar make the whole record an error. */
export function parseSpf(text: string): { terms: Term[]; faults: string[] } {
  const terms: Term[] = []
  const faults: string[] = []
  const modifiers = new Set<string>()
  for (const word of text.slice(6).split(' ')) {
    if (word === '') continue
    const [, modifier, given = ''] = /^([A-Za-z][A-Za-z0-9_.-]*)=(.*)$/.exec(word) ?? []
    if (modifier !== undefined) {
      const name = modifier.toLowerCase()
      if (name === 'redirect' || name === 'exp') {
        if (modifiers.has(name)) faults.push(`${name}= stands twice`)
        if (given === '') faults.push(`${name}= names no domain`)
        modifiers.add(name)
      }
      terms.push({ qualifier: '', name, value: given, modifier: true })
      continue
    }
    const [, qualifier = '', mechanism, , value] = /^([-+?~])?([A-Za-z][A-Za-z0-9_.-]*)((?:[:/])(.*))?$/.exec(word) ?? []
    const name = mechanism?.toLowerCase() ?? ''
    const bare = word.slice(qualifier.length + name.length)
    if (!MECHANISMS.has(name) || !isSound(name, bare)) {
      faults.push(`${word} is no term of SPF`)
      continue
    }
    terms.push({ qualifier: qualifier || '+', name, modifier: false, ...(value === undefined ? {} : { value: bare }) })
  }
  return { terms, faults }
}

const MECHANISMS = new Set(['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'])

/** What follows a mechanism's name: ':domain', '/24', '//64'. */
function isSound(name: string, rest: string): boolean {
  switch (name) {
    case 'all':
      return rest === ''
    case 'include':
    case 'exists':
      return /^:.+$/.test(rest)
    case 'ptr':
      return rest === '' || /^:.+$/.test(rest)
    case 'ip4': {
      const [, a, b, c, d, bits = '32'] = /^:(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(rest) ?? []
      return d !== undefined && [a, b, c, d].every((n) => Number(n) < 256) && Number(bits) <= 32
    }
    case 'ip6': {
      const [, address, bits = '128'] = /^:([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(rest) ?? []
      return address?.includes(':') === true && URL.canParse(`http://[${address}]`) && Number(bits) <= 128
    }
    default: {
      const [, , v4 = '0', , v6 = '0'] = /^(:[^/]+)?(?:\/(\d{1,2}))?(\/\/(\d{1,3}))?$/.exec(rest) ?? ['', '', '99']
      return Number(v4) <= 32 && Number(v6) <= 128
    }
  }
}

/** How much of the Internet a network may hold before it is everybody's. */
const WIDE: Readonly<Record<string, number>> = { ip4: 8, ip6: 16 }

/**
 * The policy of a domain, with what it includes and where it redirects. `trouble`: a question had no answer, so it is not known.
 */
export async function spfOf(
  resolver: Resolver,
  domain: string,
): Promise<{ spf?: Spf; trouble?: string; shown: readonly EntryRef[] }> {
  const found = await recordsOf(resolver, domain)
  if (found.trouble !== undefined || found.records.length === 0) return found
  const spf: Spf = { record: found.records[0]!, all: '?', lookups: 0, faults: [], nobody: false }
  if (found.records.length > 1) {
    spf.faults.push(`there are ${found.records.length} SPF records, which is an error (RFC 7208 section 4.5)`)
    return { ...found, spf }
  }
  const walk = new Walk(resolver, spf)
  await walk.of(domain, found.records[0]!, [domain], true)
  if (spf.lookups > MAX_LOOKUPS)
    spf.faults.push(`it takes more than ${MAX_LOOKUPS} look-ups, which is an error (RFC 7208 section 4.6.4)`)
  if (walk.voids > MAX_VOID)
    spf.faults.push(`more than ${MAX_VOID} of its look-ups find nothing, which is an error (RFC 7208 section 4.6.4)`)
  if (spf.all === '+') spf.faults.push('it ends with +all: everybody may send')
  if (spf.all === '?') spf.faults.push('it does not say that others may not send (no -all or ~all)')
  spf.nobody = /^v=spf1\s+-all\s*$/i.test(spf.record)
  spf.faults = [...new Set(spf.faults)]
  return { spf, shown: found.shown, ...(walk.trouble === undefined ? {} : { trouble: walk.trouble }) }
}

async function recordsOf(resolver: Resolver, domain: string) {
  const answer = await resolver.ask(domain, 'TXT')
  if (answer.kind === 'trouble') return { trouble: answer.reason, records: [], shown: answer.shown }
  const records = answer.kind === 'found' ? answer.records.map(textOf).filter(isSpf) : []
  return { records, shown: answer.shown }
}

class Walk {
  voids = 0
  trouble: string | undefined
  private readonly resolver: Resolver
  private readonly spf: Spf

  constructor(resolver: Resolver, spf: Spf) {
    this.resolver = resolver
    this.spf = spf
  }

  /** @param first what `all` says here is what it says in the end: true of the record itself and of where it redirects */
  async of(domain: string, record: string, path: readonly string[], first: boolean): Promise<void> {
    const { terms, faults } = parseSpf(record)
    this.spf.faults.push(...faults.map((fault) => (path.length === 1 ? fault : `${domain}: ${fault}`)))
    const all = terms.find(({ name, modifier }) => name === 'all' && !modifier)
    if (all !== undefined && first) this.spf.all = all.qualifier
    for (const term of terms) {
      // nothing after it is looked at (section 5.1), and redirect is not where it stands (section 6.1)
      if (term === all) break
      if (term.modifier || this.spf.lookups > MAX_LOOKUPS) continue
      await this.term(domain, term, path)
    }
    const redirect = terms.find(({ name, modifier }) => name === 'redirect' && modifier)?.value
    if (all === undefined && redirect !== undefined) {
      this.spf.lookups++
      await this.into(redirect, 'redirect=', path, first)
    }
  }

  private async term(domain: string, { name, value, qualifier }: Term, path: readonly string[]): Promise<void> {
    const { spf } = this
    if (name === 'ip4' || name === 'ip6') {
      const bits = /\/(\d+)$/.exec(value!)?.[1]
      if (bits !== undefined && Number(bits) < WIDE[name]! && qualifier === '+')
        spf.faults.push(`${name}${value} lets a great part of the Internet send`)
      return
    }
    if (name === 'all') return
    spf.lookups++
    if (spf.lookups > MAX_LOOKUPS) return
    const target = value?.startsWith(':') ? value.slice(1).replace(name === 'a' || name === 'mx' ? /\/.*$/ : '', '') : domain
    if (name === 'ptr') spf.faults.push('it uses ptr, which must not be used any more (RFC 7208 section 5.5)')
    else if (name === 'include') await this.into(target, 'include:', path, false)
    // of macros only a receiver knows what they come to
    else if (!target.includes('%')) await this.look(name, target)
  }

  private async look(name: string, given: string): Promise<void> {
    const target = asName(given)
    if (target === undefined) return void this.spf.faults.push(`${name}:${given} names no domain`)
    const answer = await this.resolver.ask(target, name === 'mx' ? 'MX' : 'A')
    if (answer.kind === 'trouble') return void (this.trouble ??= answer.reason)
    if (answer.kind === 'found') {
      const hosts = name === 'mx' ? answer.records.map(mxOf) : []
      if (hosts.length > MAX_MX) this.spf.faults.push(`mx:${target} has more than ${MAX_MX} mail servers, which is an error`)
      return
    }
    const six = name === 'a' && !answer.nx ? await this.resolver.ask(target, 'AAAA') : answer
    if (six.kind === 'none') this.voids++
  }

  private async into(given: string, how: string, path: readonly string[], first: boolean): Promise<void> {
    if (given.includes('%') || this.spf.lookups > MAX_LOOKUPS) return
    const target = asName(given)
    if (target === undefined) return void this.spf.faults.push(`${how}${given} names no domain`)
    if (path.includes(target))
      return void this.spf.faults.push(`${how}${target} leads back to where it came from, which is an error`)
    const { records, trouble } = await recordsOf(this.resolver, target)
    if (trouble !== undefined) return void (this.trouble ??= trouble)
    if (records.length !== 1) {
      // section 5.2 and 6.1: none is an error, too
      this.spf.faults.push(
        `${how}${target}: there ${records.length === 0 ? 'is no SPF record' : 'are several SPF records'}, which is an error`,
      )
      if (records.length === 0) this.voids++
      return
    }
    await this.of(target, records[0]!, [...path, target], first)
  }
}

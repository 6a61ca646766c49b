import type { Kinds } from '../../evidence/kinds.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import { getDomain } from 'tldts'
import { asName, within } from './name.ts'
import { textOf } from './records.ts'
import type { Resolver } from './resolver.ts'
import { isVersion, readTags } from './tags.ts'

/** RFC 7489 section 6.3, with what its successor (DMARCbis) adds. */
export type Dmarc = NonNullable<Kinds['mail.domain']['dmarc']>

const POLICIES = new Set(['none', 'quarantine', 'reject'])

/**
 * @param own it stands at the domain itself, not at its organisation's
 * Undefined where it is no DMARC record at all (section 6.6.3: then it is as if there was none).
 */
export function parseDmarc(text: string, at: string, own: boolean): Dmarc | undefined {
  if (!isVersion(text, 'DMARC1')) return undefined
  const faults: string[] = []
  const tags = readTags(text) ?? new Map<string, string>()
  if (tags.size === 0) faults.push('it is no list of tags')
  const policy = tags.get('p')?.toLowerCase()
  const sp = tags.get('sp')?.toLowerCase()
  const rua = (tags.get('rua') ?? '')
    .split(',')
    .map((uri) => uri.trim())
    .filter((uri) => uri !== '')
  const sound = rua.filter((uri) => /^mailto:[^@\s]+@[^@\s]+$/i.test(uri.replace(/!\d+[kmgt]?$/i, '')))
  let p = policy
  if (p === undefined || !POLICIES.has(p)) {
    faults.push(
      p === undefined ? 'it says no policy (p)' : `its policy is none of none, quarantine and reject: ${p.slice(0, 40)}`,
    )
    // section 6.6.3: as 'none' where reports can be sent, else as nothing
    p = 'none'
  }
  if (sp !== undefined && !POLICIES.has(sp)) faults.push(`sp is none of none, quarantine and reject: ${sp.slice(0, 40)}`)
  const subdomains = sp !== undefined && POLICIES.has(sp) ? sp : p
  const pct = tags.get('pct')
  let percent = 100
  if (pct !== undefined) {
    if (/^\d{1,3}$/.test(pct) && Number(pct) <= 100) percent = Number(pct)
    else faults.push(`pct is no number from 0 to 100: ${pct.slice(0, 40)}`)
  }
  // DMARCbis: what pct=0 said
  if (tags.get('t') === 'y') percent = 0
  if (rua.length > sound.length) faults.push('rua holds what is no mailto address')
  if (rua.length === 0) faults.push('it asks for no reports (rua): nobody sees who sends in its name')
  for (const tag of ['adkim', 'aspf'])
    if (tags.has(tag) && !/^[rs]$/i.test(tags.get(tag)!)) faults.push(`${tag} is neither r nor s`)
  return { record: text, at, policy: own ? p : subdomains, subdomains, percent, reports: sound.length > 0, faults }
}

/** Mailboxes that the reports go to, by domain. */
function reportDomains(record: string): string[] {
  return (readTags(record)?.get('rua') ?? '')
    .split(',')
    .map((uri) => asName(/@([^@!]+)(?:!.*)?$/.exec(uri.trim())?.[1] ?? ''))
    .filter((name): name is string => name !== undefined && name !== '')
}

/** At the domain, and where there is none at its organisation's (section 6.6.3). */
export async function dmarcOf(
  resolver: Resolver,
  domain: string,
): Promise<{ dmarc?: Dmarc; trouble?: string; shown: EntryRef[] }> {
  const organisation = getDomain(domain) ?? domain
  const shown: EntryRef[] = []
  for (const at of new Set([domain, organisation])) {
    const answer = await resolver.ask(`_dmarc.${at}`, 'TXT')
    shown.push(...answer.shown)
    if (answer.kind === 'trouble') return { trouble: answer.reason, shown }
    const texts = answer.kind === 'found' ? answer.records.map(textOf).filter((text) => isVersion(text, 'DMARC1')) : []
    if (texts.length === 0) continue
    const dmarc = parseDmarc(texts[0]!, `_dmarc.${at}`, at === domain)!
    if (texts.length > 1) {
      dmarc.faults.push(`there are ${texts.length} DMARC records: receivers apply none of them (RFC 7489 section 6.6.3)`)
      dmarc.policy = dmarc.subdomains = 'none'
      return { dmarc, shown }
    }
    for (const to of new Set(reportDomains(dmarc.record).slice(0, 4))) {
      if (within(to, organisation) || getDomain(to) === organisation) continue
      // section 7.1: who is sent others' reports must agree
      const consent = await resolver.ask(`${at}._report._dmarc.${to}`, 'TXT')
      if (consent.kind === 'trouble') continue
      if (consent.kind === 'none' || !consent.records.some((r) => isVersion(textOf(r), 'DMARC1')))
        dmarc.faults.push(`reports go to ${to}, which does not say that it takes them (RFC 7489 section 7.1)`)
    }
    return { dmarc, shown }
  }
  return { shown }
}

import { printable } from '../../decode/text.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { SiteProbe } from '../probe.ts'
import { parent } from './name.ts'
import { caaOf } from './records.ts'
import { Resolver } from './resolver.ts'
import { domainOf, siteName, validator } from './site.ts'

/** DNSSEC of the domain, validated from the root, and who may certify it. */
export const siteNames: SiteProbe = {
  of: 'site',
  id: 'site-names',
  title: "The maker's names",
  ms: 60_000,
  asks: () => ['asks DNS for the keys and signatures from the root to the domain, and for CAA'],
  async run(asking) {
    const site = siteName(asking.site)
    const domain = domainOf(site)
    const resolver = new Resolver(asking.asker, asking.resolver)
    const exists = await resolver.ask(domain, 'SOA', { unchecked: true, aliases: false })
    if (exists.kind === 'trouble') return asking.trouble('', exists.reason, `Ask again: assay probe --site ${site}`, exists.shown)
    if (exists.kind === 'none' && exists.nx)
      return asking.trouble('', `there is no domain ${domain}`, 'Name a domain of the maker that exists', exists.shown)
    const verdict = await validator(asking, resolver).check(domain, 'SOA')
    const facts: Kinds['site.dns'] = { domain, dnssec: verdict.status, caa: [], faults: [], unanswered: [] }
    if (verdict.reason !== '') facts.reason = printable(verdict.reason, 300)
    const shown = [...exists.shown.slice(0, 1), ...verdict.shown.slice(0, 3), ...(await climb(resolver, site, facts))]
    asking.note('site.dns', domain, facts, shown)
  },
}

/** RFC 8659 section 3: the first set of CAA records from the name upwards counts. */
async function climb(resolver: Resolver, site: string, facts: Kinds['site.dns']): Promise<EntryRef[]> {
  for (let at = site; at !== ''; at = parent(at)!) {
    const answer = await resolver.ask(at, 'CAA')
    if (answer.kind === 'trouble') {
      facts.unanswered.push({ about: 'caa', reason: printable(answer.reason, 300) })
      return [...answer.shown]
    }
    if (answer.kind === 'none') continue
    const records = answer.records.map(caaOf).filter((record) => record !== undefined)
    facts.caaAt = at
    facts.caa = records.slice(0, 32).map(({ tag, value }) => printable(`${tag} ${value}`, 200))
    if (!records.some(({ tag }) => tag === 'issue'))
      facts.faults.push(`the CAA records of ${at} name no authority (issue): every one may certify it`)
    for (const { tag, critical } of records)
      if (critical && !KNOWN_TAGS.has(tag))
        facts.faults.push(`a CAA record of ${at} demands what no authority knows: ${tag.slice(0, 20)}`)
    return [...answer.shown]
  }
  return []
}

/** IANA's registry of CAA properties. */
const KNOWN_TAGS = new Set(['issue', 'issuewild', 'iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone'])

import { getDomain } from 'tldts'
import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, pass, warn } from '../finding.ts'
import { ofSites, told } from '../sites.ts'
import { list, plural } from '../words.ts'

export const advisoriesPublished: Check = {
  id: 'advisories-published',
  title: 'Security advisories published',
  facet: 'legal',
  looksFor: 'CSAF provider metadata, and advisories that answer.',
  why: 'Owners and tools must learn of weaknesses from the maker.',
  remedy: 'Maker: publish advisories as CSAF 2.0, and say where.',
  passNeeds: 'Provider metadata by CSAF 2.0, and advisories that can be fetched.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'site.csaf', 'site-disclosure', ['', 'csaf'], judge)
  },
}

/** One of an owner's sites is enough for all of them. */
function judge(sites: readonly Observation<'site.csaf'>[]): Finding[] {
  return [...Map.groupBy(sites, ({ data }) => getDomain(data.host) ?? data.host)].flatMap(([domain, of]) => {
    const found = of.filter(({ data }) => data.found)
    if (found.length > 0) return found.map(judged)
    const why = of.flatMap(({ data }) => data.faults)
    const at = list(of.map(({ data }) => data.host))
    if (why.length > 0) return [fail('medium', `Where ${at} should say where its advisories are: ${told(why)}.`, of, domain)]
    // they may be told in another way: that was not looked for
    return [warn('low', `Tools find no security advisories of ${at}: there is no CSAF provider metadata.`, of, domain)]
  })
}

function judged(site: Observation<'site.csaf'>): Finding {
  const { host, publisher, advisories, more = false, newest, read, signed, faults } = site.data
  if (advisories === undefined || (advisories > 0 && read === undefined))
    return fail(
      'medium',
      `The advisories of ${host} cannot be fetched: ${told(faults) || 'no list of them is named'}.`,
      [site],
      host,
    )
  if (faults.length > 0) return warn('low', `The advisories of ${host}: ${told(faults)}.`, [site], host)
  if (advisories === 0) return pass(`${publisher} publishes advisories as CSAF 2.0; so far there is none.`, [site], host)
  return pass(
    `${publisher} publishes advisories as CSAF 2.0: ${more ? 'more than ' : ''}${plural(advisories, 'advisory', 'advisories')}, the newest of ${newest?.slice(0, 10)}${signed === 'valid' ? ', with a valid signature' : ''}.`,
    [site],
    host,
  )
}

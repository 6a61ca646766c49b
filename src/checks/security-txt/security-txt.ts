import { getDomain } from 'tldts'
import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, pass, warn } from '../finding.ts'
import { ofSites, told } from '../sites.ts'
import { list } from '../words.ts'

export const securityTxt: Check = {
  id: 'security-txt',
  title: 'A way to report weaknesses',
  facet: 'legal',
  looksFor: 'security.txt (RFC 9116): there, in date, with a contact and a policy.',
  why: 'Who finds a hole must know whom to tell.',
  remedy: 'Maker: publish /.well-known/security.txt with a contact, an end date and a policy.',
  passNeeds: 'A security.txt that follows RFC 9116 and has not expired.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'site.security-txt', 'site-disclosure', ['', 'security.txt'], judge)
  },
}

/** One of an owner's sites is enough for all of them. */
function judge(sites: readonly Observation<'site.security-txt'>[]): Finding[] {
  return [...Map.groupBy(sites, ({ data }) => getDomain(data.host) ?? data.host)].flatMap(([domain, of]) => {
    const found = of.filter(({ data }) => data.found)
    if (found.length > 0) return found.map(judged)
    const why = of.flatMap(({ data }) => data.faults)
    return [
      fail(
        'medium',
        `${list(of.map(({ data }) => data.host))} ${of.length === 1 ? 'has' : 'have'} no /.well-known/security.txt${why.length > 0 ? `: ${told(why)}` : ''}.`,
        of,
        domain,
      ),
    ]
  })
}

function judged(site: Observation<'site.security-txt'>): Finding {
  const { host, contacts, expires, policy, signed, faults, notes } = site.data
  const ends = expires === undefined ? Number.NaN : Date.parse(expires)
  const broken = contacts.length === 0 || !(ends * 1000 > site.last) || signed === 'invalid'
  if (broken) return fail('medium', `The security.txt of ${host} serves nobody: ${told(faults)}.`, [site], host)
  if (faults.length > 0) return warn('low', `The security.txt of ${host}: ${told(faults)}.`, [site], host)
  if (policy === undefined)
    return warn('low', `The security.txt of ${host} does not say how reports are treated (no Policy).`, [site], host)
  const signature =
    signed === 'valid' ? ' Its signature is valid.' : signed === 'unverified' ? ' Its signature was not verified.' : ''
  const also = notes.length > 0 ? ` To note: ${told(notes)}.` : ''
  return pass(
    `The security.txt of ${host} names ${list(contacts, 2)}, and holds until ${expires}.${signature}${also}`,
    [site],
    host,
  )
}

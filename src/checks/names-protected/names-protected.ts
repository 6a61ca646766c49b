import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, pass, unanswered, warn } from '../finding.ts'
import { ofSites, told } from '../sites.ts'
import { list } from '../words.ts'

export const namesProtected: Check = {
  id: 'names-protected',
  title: "The maker's names are protected",
  facet: 'security',
  looksFor: 'DNSSEC and CAA of the domains.',
  why: 'Without DNSSEC answers can be forged; without CAA any authority may certify.',
  remedy: 'Service operator: sign the zone, and name your authorities (RFC 8659).',
  passNeeds: 'Signed zones that validate, with CAA records.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'site.dns', 'site-names', [''], (domains) => domains.map(judged))
  },
}

function judged(names: Observation<'site.dns'>): Finding {
  const { domain, dnssec, reason = '', caa, caaAt, faults, unanswered: lost } = names.data
  if (dnssec === 'bogus')
    return fail('high', `DNSSEC of ${domain} is broken, so that validating resolvers find nothing: ${reason}.`, [names], domain)
  const open: string[] = []
  if (dnssec === 'insecure') open.push(`answers can be forged, as the zone is not signed (${reason})`)
  if (caa.length === 0 && lost.length === 0) open.push('any authority may certify it, as there is no CAA record')
  open.push(...faults)
  if (open.length > 0)
    return warn(dnssec === 'insecure' ? 'medium' : 'low', `Names of ${domain}: ${told(open)}.`, [names], domain)
  const why = dnssec === 'unknown' ? reason : lost[0]?.reason
  if (why !== undefined)
    return unanswered(
      `Whether the names of ${domain} are protected is not known: ${why}.`,
      'Ask again with a resolver that passes on DNSSEC: --resolver ADDRESS',
      [names],
      domain,
    )
  const authorities = caa.flatMap((line) => /^issue ([^;\s]+)/.exec(line)?.[1] ?? [])
  const who = authorities.length === 0 ? 'nobody' : `${list(authorities, 4)} only`
  return pass(`${domain} is signed up to the root, and may be certified by ${who} (CAA at ${caaAt}).`, [names], domain)
}

import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, pass, unanswered, warn } from '../finding.ts'
import { ofSites, told } from '../sites.ts'
import { span } from '../words.ts'

export const siteHttps: Check = {
  id: 'site-https',
  title: "The maker's sites use HTTPS",
  facet: 'security',
  looksFor: 'Whether support sites move to HTTPS, with a valid certificate and HSTS.',
  why: 'A support page that can be changed on the way hands out false firmware.',
  remedy: 'Service operator: redirect to HTTPS and send Strict-Transport-Security (RFC 6797).',
  passNeeds: 'Every site that was named answered over HTTPS with a valid certificate and HSTS, and plain HTTP leads there.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'site.https', 'site-web', [''], (sites) => sites.map(judged))
  },
}

/** 180 days: what browsers' lists and graders ask for at least. */
const HALF_A_YEAR = 180 * 86_400

function judged(site: Observation<'site.https'>): Finding {
  const { host, plain, secure, status = 0, certificate, version = '', hsts, leadsTo, faults } = site.data
  if (!secure)
    return fail('high', `${host} does not answer over HTTPS: ${told(faults) || 'plain HTTP is all there is'}.`, [site], host)
  if (certificate !== undefined) return fail('high', `The certificate of ${host} is not valid: ${certificate}.`, [site], host)
  if (plain === 'http')
    return fail('medium', `http://${host} serves its page without leading to HTTPS: it can be changed on the way.`, [site], host)
  if (/^(SSLv|TLSv1(\.1)?$)/.test(version))
    return fail('medium', `${host} agreed on ${version} only, which RFC 8996 forbids.`, [site], host)
  if (hsts === undefined && status >= 400)
    return unanswered(
      `Whether ${host} tells browsers to stay with HTTPS is not known: it answers with ${status}.`,
      `Ask again: assay probe --site ${host}`,
      [site],
      host,
    )
  if (hsts === undefined || hsts.maxAge === 0)
    return fail(
      'medium',
      `${host} does not tell browsers to stay with HTTPS (no Strict-Transport-Security): ${told(faults) || 'the first visit of each day can be turned aside'}.`,
      [site],
      host,
    )
  if (faults.length > 0) return warn('medium', `HTTPS of ${host}: ${told(faults)}.`, [site], host)
  if (hsts.maxAge < HALF_A_YEAR)
    return warn(
      'low',
      `${host} tells browsers to stay with HTTPS for ${span(hsts.maxAge * 1e6)} only: half a year is the least that helps.`,
      [site],
      host,
    )
  const more = hsts.includeSubDomains ? ', with all below it' : ''
  const away = leadsTo === undefined ? '' : ` It leads to ${leadsTo}.`
  const http = plain === 'https' ? 'plain HTTP leads there' : 'plain HTTP serves nothing'
  return pass(`${host} uses HTTPS with a valid certificate, ${http}, and browsers are told to stay${more}.${away}`, [site], host)
}

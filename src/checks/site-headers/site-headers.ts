import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, pass, warn } from '../finding.ts'
import { ofSites, told } from '../sites.ts'
import { list } from '../words.ts'

export const siteHeaders: Check = {
  id: 'site-headers',
  title: "The maker's sites: security headers",
  facet: 'security',
  looksFor: 'Content-Security-Policy, X-Content-Type-Options, Referrer-Policy and frame rules of the sites.',
  why: 'They limit what a flaw in a page can do.',
  remedy: 'Service operator: send them.',
  passNeeds: 'Every site that was named sends them.',
  of: ['maker'],
  run(device) {
    return ofSites(device, 'site.headers', 'site-web', ['', 'headers'], (sites) => sites.map(judged))
  },
}

/** Browsers have a good default for the other one. */
const MATTERS = new Set(['Content-Security-Policy', 'X-Content-Type-Options', 'frame-ancestors'])

function judged(site: Observation<'site.headers'>): Finding {
  const { host, present, missing, faults } = site.data
  if (missing.some((name) => MATTERS.has(name)))
    return fail(
      'low',
      `The page of ${host} is sent without ${list(missing, 4)}${faults.length > 0 ? `, and ${told(faults)}` : ''}.`,
      [site],
      host,
    )
  if (faults.length > 0) return warn('low', `The page of ${host}: ${told(faults)}.`, [site], host)
  if (missing.length > 0) return warn('low', `The page of ${host} is sent without ${list(missing, 4)}.`, [site], host)
  return pass(`The page of ${host} is sent with ${list(present, 5)}.`, [site], host)
}

import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const siteHeaders: Check = {
  id: 'site-headers',
  title: "The maker's sites: security headers",
  facet: 'security',
  looksFor: 'Content-Security-Policy, X-Content-Type-Options, Referrer-Policy and frame rules of the sites.',
  why: 'They limit what a flaw in a page can do.',
  remedy: 'Service operator: send them.',
  passNeeds: 'Every site that was named sends them.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

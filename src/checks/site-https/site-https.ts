import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const siteHttps: Check = {
  id: 'site-https',
  title: "The maker's sites use HTTPS",
  facet: 'security',
  looksFor: 'Whether support sites move to HTTPS, with a valid certificate and HSTS.',
  why: 'A support page that can be changed on the way hands out false firmware.',
  remedy: 'Service operator: redirect to HTTPS and send Strict-Transport-Security (RFC 6797).',
  passNeeds: 'Every site that was named answered over HTTPS with a valid certificate and HSTS, and plain HTTP leads there.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

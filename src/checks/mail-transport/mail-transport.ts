import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const mailTransport: Check = {
  id: 'mail-transport',
  title: 'Mail travels encrypted',
  facet: 'security',
  looksFor: 'STARTTLS of its mail servers, MTA-STS, TLS-RPT and DANE.',
  why: 'Mail without them can be read and turned aside on the way.',
  remedy: 'Service operator: STARTTLS with a valid certificate, and MTA-STS (RFC 8461) or DANE (RFC 7672).',
  passNeeds: 'Every mail server offers STARTTLS, and MTA-STS or DANE make it binding.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

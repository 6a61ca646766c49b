import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const namesProtected: Check = {
  id: 'names-protected',
  title: "The maker's names are protected",
  facet: 'security',
  looksFor: 'DNSSEC and CAA of the domains.',
  why: 'Without DNSSEC answers can be forged; without CAA any authority may certify.',
  remedy: 'Service operator: sign the zone, and name your authorities (RFC 8659).',
  passNeeds: 'Signed zones that validate, with CAA records.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const mailAuthenticated: Check = {
  id: 'mail-authenticated',
  title: 'Mail is authenticated',
  facet: 'security',
  looksFor: 'SPF, DKIM and DMARC of the domains that write to users.',
  why: "Without them anybody writes in the maker's name.",
  remedy: 'Service operator: publish SPF with -all, DKIM keys and a DMARC record, for parked domains too.',
  passNeeds: 'SPF, DKIM and DMARC records of every named domain, all sound.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

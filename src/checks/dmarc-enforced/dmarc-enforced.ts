import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const dmarcEnforced: Check = {
  id: 'dmarc-enforced',
  title: 'DMARC is enforced',
  facet: 'security',
  looksFor: 'Whether the DMARC policy is quarantine or reject, for all mail.',
  why: 'A policy of none asks receivers to let forged mail in.',
  remedy: 'Service operator: move to quarantine, then reject.',
  passNeeds: 'p=quarantine or p=reject, for all mail, of every named domain.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

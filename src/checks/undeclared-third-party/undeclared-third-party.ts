import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const undeclaredThirdParty: Check = {
  id: 'undeclared-third-party',
  title: 'Third parties declared',
  facet: 'privacy',
  looksFor: 'Whom it contacts, held against whom the maker names.',
  why: 'What is shared with others must be said.',
  remedy: 'Maker: name every company that the device talks to, or leave it out.',
  passNeeds: 'Every company contacted is named in the dossier.',
  run() {
    return [inconclusive('It was not asked.', 'Name the dossier: assay audit CAPTURE --dossier maker.yaml')]
  },
}

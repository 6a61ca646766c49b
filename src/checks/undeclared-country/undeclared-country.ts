import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const undeclaredCountry: Check = {
  id: 'undeclared-country',
  title: 'Countries declared',
  facet: 'legal',
  looksFor: 'Where what it contacts is registered, held against the regions that the maker names.',
  why: 'Data that leaves a region falls under other laws.',
  remedy: 'Maker: name the regions, or keep the data in them.',
  passNeeds: 'Every country contacted is named in the dossier.',
  run() {
    return [inconclusive('It was not asked.', 'Name the dossier: assay audit CAPTURE --dossier maker.yaml')]
  },
}

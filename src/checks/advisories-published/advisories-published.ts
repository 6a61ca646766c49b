import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const advisoriesPublished: Check = {
  id: 'advisories-published',
  title: 'Security advisories published',
  facet: 'legal',
  looksFor: 'CSAF provider metadata, and advisories that answer.',
  why: 'Owners and tools must learn of weaknesses from the maker.',
  remedy: 'Maker: publish advisories as CSAF 2.0, and say where.',
  passNeeds: 'Provider metadata by CSAF 2.0, and advisories that can be fetched.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const portsDeclared: Check = {
  id: 'ports-declared',
  title: 'Ports open, and why',
  facet: 'security',
  looksFor: 'Every port that answers, held against those that the maker declares.',
  why: 'A service that operation does not need is a way in that nobody watches.',
  remedy: 'Maker: close what is not declared, or declare what it is for.',
  passNeeds: 'A scan of its ports, and a dossier that names each open one.',
  run() {
    return [inconclusive('It was not asked.', 'Scan it and name the dossier: assay probe HOST --dossier maker.yaml')]
  },
}

import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const knownVulnerabilities: Check = {
  id: 'known-vulnerabilities',
  title: 'Known vulnerabilities',
  facet: 'security',
  looksFor: 'Components of the bill of materials, held against an offline OSV database, with VEX applied.',
  why: 'Known holes are tried first.',
  remedy: 'Maker: update the components, or publish a VEX statement that says why not.',
  passNeeds: 'A bill of materials whose components have no known vulnerability that is not answered.',
  run() {
    return [inconclusive('It was not asked.', 'Give both: assay audit CAPTURE --dossier maker.yaml --osv FOLDER')]
  },
}

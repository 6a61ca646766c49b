import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const billOfMaterials: Check = {
  id: 'bill-of-materials',
  title: 'Bill of materials',
  facet: 'legal',
  looksFor: 'A CycloneDX or SPDX file with the minimum elements of NTIA.',
  why: 'Nobody can mend what nobody knows is in there.',
  remedy: 'Maker: generate it in the build, and publish it.',
  passNeeds: 'A bill of materials with all minimum elements.',
  run() {
    return [inconclusive('It was not asked.', 'Name a dossier that leads to it: assay audit CAPTURE --dossier maker.yaml')]
  },
}

import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const undeclaredUpdatePath: Check = {
  id: 'undeclared-update-path',
  title: 'Update path declared',
  facet: 'security',
  looksFor: 'Where firmware comes from, held against where the maker says.',
  why: "An update from elsewhere is not the maker's.",
  remedy: 'Maker: name every host that serves updates.',
  passNeeds: 'Updates seen come from hosts that the dossier names.',
  run() {
    return [inconclusive('It was not asked.', 'Name the dossier: assay audit CAPTURE --dossier maker.yaml')]
  },
}

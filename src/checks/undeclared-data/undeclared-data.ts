import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const undeclaredData: Check = {
  id: 'undeclared-data',
  title: 'Data declared',
  facet: 'privacy',
  looksFor: 'Personal data seen in clear, held against the data inventory.',
  why: 'What is collected must be said, and why.',
  remedy: 'Maker: list it with its purpose, or do not collect it.',
  passNeeds: "All personal data seen is in the dossier's inventory, and data was seen.",
  run() {
    return [inconclusive('It was not asked.', 'Name the dossier: assay audit CAPTURE --dossier maker.yaml')]
  },
}

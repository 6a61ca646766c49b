import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

/** What only a maker can say: one check a statement of the dossier. */
const STATEMENTS: readonly (readonly [id: string, title: string])[] = [
  ['states-updates', 'Says whether it takes updates'],
  ['states-encryption-at-rest', 'Says how data is kept at rest'],
  ['states-app-authentication', 'Says how its app and services are authenticated'],
  ['states-penetration-tests', 'Dates of penetration tests'],
  ['states-disclosure-policy', 'Says how weaknesses are reported'],
  ['states-update-signing', 'Says how updates are signed and checked'],
  ['states-settings-kept', 'Says that updates keep settings'],
  ['states-update-approval', 'Says who approves updates'],
  ['states-secure-development', 'Says how it was developed and tested'],
  ['states-provider-assessment', 'Dates of assessments of its providers'],
  ['states-unique-passwords', 'Says how first passwords are made'],
  ['states-credential-recovery', 'Says how credentials are recovered'],
  ['states-password-notices', 'Says how password changes are told'],
  ['states-credential-storage', 'Says how credentials are stored'],
  ['states-policies', 'Policies that can be found'],
  ['states-support-period', 'Says how long it is supported'],
  ['states-data-inventory', 'Says which data is collected, and why'],
  ['states-offline-behaviour', 'Says what works offline'],
  ['states-data-retention', 'Says how long data is kept'],
  ['states-pairing', 'Says how pairing is confirmed'],
  ['states-transfer', 'Says how ownership is handed over'],
  ['states-third-parties', 'Says with whom data is shared'],
  ['states-privacy-controls', 'Says how privacy is set and reset'],
  ['states-no-sale', 'Says whether data is sold'],
  ['states-returns', 'Says that it can be returned'],
  ['states-opt-out', 'Says what declining costs'],
  ['states-regions', 'Says by which laws and where'],
  ['states-notice-history', 'History of privacy notices'],
  ['states-deletion', 'Says how data is deleted'],
  ['states-factory-reset', 'Says how it is reset'],
  ['states-mail-domains', 'Names the domains that write to users'],
  ['states-tamper', 'Says how tampering is prevented'],
  ['states-accessibility', 'Says how it is accessible'],
  ['states-communication', 'Says how users are told'],
  ['states-incident-plan', 'Date of its incident plan'],
  ['states-responsible', 'Names who answers for it'],
  ['states-conformity', 'Certifications and declarations of conformity'],
]

export const statements: readonly Check[] = STATEMENTS.map(([id, title]) => ({
  id,
  title,
  facet: 'legal',
  looksFor: 'The statement in the dossier of its maker.',
  why: 'What is not said cannot be held to.',
  remedy: 'Maker: say it in the dossier.',
  passNeeds: 'A statement in the dossier that is whole.',
  run() {
    return [inconclusive('No dossier of its maker was given.', 'Name the dossier: assay audit CAPTURE --dossier maker.yaml')]
  },
}))

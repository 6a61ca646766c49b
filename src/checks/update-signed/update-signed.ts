import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const updateSigned: Check = {
  id: 'update-signed',
  title: 'Updates are signed',
  facet: 'security',
  looksFor: 'A signed manifest (SUIT, TUF) of the update, whose signature is verified.',
  why: "Only a signature tells the maker's image from anybody's.",
  remedy: "Maker: sign a manifest (RFC 9019, RFC 9124) and publish the key's fingerprint.",
  passNeeds: 'A manifest whose signature verifies with the key that the dossier names.',
  run() {
    return [
      inconclusive('It was not asked.', 'Name a dossier that leads to the manifest: assay audit CAPTURE --dossier maker.yaml'),
    ]
  },
}

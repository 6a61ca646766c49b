import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const securityTxt: Check = {
  id: 'security-txt',
  title: 'A way to report weaknesses',
  facet: 'legal',
  looksFor: 'security.txt (RFC 9116): there, in date, with a contact and a policy.',
  why: 'Who finds a hole must know whom to tell.',
  remedy: 'Maker: publish /.well-known/security.txt with a contact, an end date and a policy.',
  passNeeds: 'A security.txt that follows RFC 9116 and has not expired.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe --site maker.example')]
  },
}

import { block } from './catalog.ts'
import type { Framework } from './framework.ts'
import { outcomes } from './nistir8425.ts'

const LABEL = {
  level: 'required' as const,
  sure: 'M' as const,
  signedBy: 'the applicant, in its declarations to the label administrator',
}

export const cybertrustmark: Framework = {
  id: 'cybertrustmark',
  title: 'US Cyber Trust Mark',
  version: 'FCC 24-26, 47 CFR part 8 subpart B',
  publisher: 'Federal Communications Commission',
  published: '2024-03',
  source: 'https://docs.fcc.gov/public/attachments/FCC-24-26A1.pdf',
  word: 'requirement',
  about:
    'The voluntary label for wireless consumer IoT products: the outcomes of NIST IR 8425, and what the public registry tells of a product, in our own words. The FCC left test procedures to standards that were not final when this was written; the numbers R1 to R6 are ours.',
  controls: [
    ...outcomes(LABEL),
    ...block('Registry and declarations', LABEL, [
      {
        id: 'R1',
        topic: 'Says how a default password is changed, or that it cannot be',
        fails: ['states-unique-passwords'],
        unseen: 'the instructions',
        next: 'Look for the way to change the password in the registry and the manual.',
      },
      {
        id: 'R2',
        topic: 'Says how the product is configured securely',
        unseen: 'the instructions',
        next: 'Look in the manual for how to set it up securely.',
      },
      {
        id: 'R3',
        topic: 'Says whether updates are automatic, and how users get them otherwise',
        settled: ['states-updates', 'states-update-approval'],
        next: "Read the maker's support page on updates.",
      },
      {
        id: 'R4',
        topic: 'Says until when security updates come at least, or that it is not supported',
        settled: ['states-support-period'],
        next: 'Look for the date until which security updates are promised.',
      },
      {
        id: 'R5',
        topic: 'Keeps a bill of materials of software and hardware, and says so',
        settled: ['bill-of-materials'],
        beyond: 'the bill of hardware',
        next: 'Ask the maker for a CycloneDX or SPDX document of the current firmware.',
      },
      {
        id: 'R6',
        topic: 'Declares that neither product nor applicant is on a list that excludes it',
        unseen: 'the declaration',
        next: 'Look the product up in the registry.',
      },
    ]),
  ],
}

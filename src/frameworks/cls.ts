import { block } from './catalog.ts'
import { en303645 } from './en303645.ts'
import type { Framework } from './framework.ts'

/** Level 1 asks for the first three clauses. */
const FIRST = /^5\.[123]-/
const mandatory = en303645.controls
  .filter(({ level }) => level === 'required')
  .map((control) => ({ ...control, sure: 'M' as const }))

/** Made of the mandatory provisions of ETSI EN 303 645, on which the scheme is built. */
export const cls: Framework = {
  id: 'cls',
  title: 'Singapore Cybersecurity Labelling Scheme, levels 1 and 2',
  version: 'CLS(IoT) 2023',
  publisher: 'Cyber Security Agency of Singapore',
  published: '2023-09',
  source: 'https://www.csa.gov.sg/our-programmes/certification-and-labelling-schemes/cybersecurity-labelling-scheme',
  word: 'provision',
  about:
    'Level 1 asks for the basics of passwords, reports and updates, level 2 for the other mandatory provisions of ETSI EN 303 645 and for a secure life cycle; a declaration of conformity is signed for both. Numbers are those of ETSI; which of them stands at which level was not checked provision by provision.',
  controls: [
    ...mandatory.filter(({ id }) => FIRST.test(id)).map((control) => ({ ...control, block: 'Level 1', mark: 'level 1' })),
    ...mandatory.filter(({ id }) => !FIRST.test(id)).map((control) => ({ ...control, block: 'Level 2', mark: 'level 2' })),
    ...block('Level 2: life cycle', { sure: 'M', level: 'required' }, [
      {
        id: 'LC-1',
        topic: 'Developed securely: threats modelled, third-party code known, tested',
        mark: 'level 2',
        settled: ['states-secure-development', 'bill-of-materials'],
        fails: ['known-vulnerabilities'],
        next: 'Ask the maker how it develops and tests.',
      },
      {
        id: 'LC-2',
        topic: 'Supported securely: weaknesses are watched for and mended throughout',
        mark: 'level 2',
        settled: ['states-support-period', 'states-disclosure-policy', 'known-vulnerabilities'],
        beyond: 'what is found from now to the end of support',
        next: 'Ask the maker how it watches for weaknesses of what it has sold.',
      },
    ]),
  ],
}

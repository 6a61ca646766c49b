import { block } from './catalog.ts'
import type { Framework } from './framework.ts'

const LAW = {
  sure: 'H' as const,
  level: 'required' as const,
  signedBy: 'the manufacturer, in its statement of compliance (section 9 of the Act)',
}

/** Schedule 1, paragraph by paragraph. Schedule 2 deems a maker to comply who keeps provisions of ETSI EN 303 645 v2.1.1. */
export const psti: Framework = {
  id: 'psti',
  title: 'UK PSTI security requirements',
  version: 'S.I. 2023/1007, Schedule 1',
  publisher: 'UK Parliament',
  published: '2023-09-14',
  source: 'https://www.legislation.gov.uk/uksi/2023/1007/schedule/1/made',
  word: 'requirement',
  about:
    'The security requirements for manufacturers of consumer connectable products that are sold in the United Kingdom, in force since 29 April 2024, by paragraph and in our own words.',
  controls: [
    ...block('1 Passwords', LAW, [
      {
        id: '1(2)',
        topic: 'Outside the factory state each password is unique to the product or chosen by its user',
        appliesWhen: 'the product or software it needs has passwords',
        settled: ['default-login', 'states-unique-passwords'],
        fails: ['default-credentials'],
        next: 'Set two products up: do their first passwords differ, or must one be chosen?',
      },
      {
        id: '1(3)',
        topic:
          'Unique passwords are no counters, do not come from public facts, nor from serial numbers without cryptography, and cannot be guessed',
        appliesWhen: 'passwords are unique per product',
        settled: ['states-password-generation'],
        fails: ['states-unique-passwords', 'default-login', 'default-credentials'],
        next: 'Ask the maker how first passwords are generated, and compare those of several products.',
      },
    ]),
    ...block('2 How to report security issues', LAW, [
      {
        id: '2(2)',
        topic: 'At least one point of contact for reports is published',
        settled: ['states-disclosure-policy'],
        next: "Look for the contact and /.well-known/security.txt on the maker's site.",
      },
      {
        id: '2(3)',
        topic: 'When a reporter gets an acknowledgement, and news until the issue is resolved, is published',
        settled: ['states-disclosure-times'],
        next: 'Look for these times in the disclosure policy.',
      },
      {
        id: '2(4)',
        topic: 'This is accessible, clear and transparent: in English, free of charge, unasked, without asking for personal data',
        sure: 'M+',
        fails: ['states-disclosure-policy'],
        unseen: 'language, cost and what is asked of a reporter',
        next: 'Open the page without an account, and read it.',
      },
    ]),
    ...block('3 Minimum security update period', LAW, [
      {
        id: '3(2)',
        topic: 'The period for which security updates are provided is published, with its end date',
        settled: ['states-support-period'],
        next: 'Look for the date until which security updates are promised.',
      },
      {
        id: '3(3)',
        topic: 'An extended period is published as soon as practicable',
        appliesWhen: 'the period is extended',
        unseen: 'what was published before',
        next: 'Compare the published period with what was published when it was sold.',
      },
      {
        id: '3(4)',
        topic:
          'This is accessible, clear and transparent: in English, free of charge, unasked, without asking for personal data, plain to a lay reader',
        fails: ['states-support-period'],
        unseen: 'language, cost and what is asked of a reader',
        next: 'Open the page without an account, and read it.',
      },
      {
        id: '3(5)',
        topic: "Where the maker's own site offers the product, the period stands there beside its main features",
        sure: 'M+',
        appliesWhen: 'the maker offers the product on a site of its own',
        fails: ['states-support-period'],
        unseen: "the maker's offers",
        next: "Look for the end of support on the product's page.",
      },
    ]),
  ],
}

import { block, type Written } from './catalog.ts'
import type { Control, Framework } from './framework.ts'

const COMMON = {
  level: 'required' as const,
  signedBy: 'the manufacturer, in its technical documentation (decision trees) and EU declaration of conformity',
}
const UPDATE_FAILS = ['update-signed', 'firmware-unprotected', 'undeclared-update-path']
const ENTRY_FAILS = ['web-without-login', 'broken-lan-protocol']
const NETWORK_EQUIPMENT = 'it is network equipment'
const UPDATABLE = 'its software that touches these assets can be updated'

/** The parts that a requirement is in, where not in all: 1 networks, 2 privacy, 3 monetary value. */
const ONLY_IN: readonly (readonly [ids: RegExp, parts: readonly number[]])[] = [
  [/^(RLM|NMM|TCM)-/, [1]],
  [/^(ACM-[3-6]|DLM-1|UNM-[12]|GEC-7)$/, [2]],
  [/^GEC-8$/, [3]],
  [/^LGM-/, [2, 3]],
]

const MECHANISMS: readonly (readonly [title: string, of: readonly Written[]])[] = [
  [
    'ACM: access control',
    [
      {
        id: 'ACM-1',
        topic: 'Access to its assets is controlled',
        beyond: 'its buttons and connectors',
        settled: ['open-without-login'],
        fails: ENTRY_FAILS,
        next: 'Ask each of its services without a log-in: assay probe.',
      },
      {
        id: 'ACM-2',
        topic: 'Only who is entitled gets that access',
        fails: ['open-without-login', 'default-login', 'default-credentials', ...ENTRY_FAILS],
        unseen: 'roles and rights behind the log-in',
        next: 'Log in as each kind of user, and see what each may do.',
      },
      {
        id: 'ACM-3',
        topic: 'Toys: by default children reach only what they may',
        appliesWhen: 'it is a toy',
        unseen: 'what a child can reach',
        next: 'Set the toy up, and try as a child.',
      },
      {
        id: 'ACM-4',
        topic: 'Toys and child care: by default nobody reaches data of children',
        appliesWhen: 'it is a toy or for child care',
        fails: ['open-without-login'],
        unseen: 'who reaches data of children',
        next: 'Set it up, and look at who can see the data.',
      },
      {
        id: 'ACM-5',
        topic: 'Toys: parents control what their child can reach',
        appliesWhen: 'it is a toy',
        unseen: 'parental controls',
        next: 'Look for parental controls in the app.',
      },
      {
        id: 'ACM-6',
        topic: 'Parents control access to data of their child',
        appliesWhen: 'it is a toy or for child care',
        unseen: 'parental controls',
        next: 'Look for parental controls in the app.',
      },
    ],
  ],
  [
    'AUM: authentication',
    [
      {
        id: 'AUM-1-1',
        sure: 'M+',
        topic: 'Over the network, access is authenticated',
        settled: ['open-without-login'],
        fails: ENTRY_FAILS,
        next: 'Ask each of its services without a log-in: assay probe.',
      },
      {
        id: 'AUM-1-2',
        sure: 'M+',
        topic: 'At its user interface, access is authenticated',
        unseen: 'buttons and screens of the device',
        next: 'Try its buttons and screen.',
      },
      {
        id: 'AUM-2',
        sure: 'M+',
        topic: 'The means of authentication fit the access',
        settled: ['states-app-authentication', 'open-without-login'],
        fails: ['credentials-in-clear', 'pages-encrypted'],
        next: 'Ask the maker how users and services are authenticated.',
      },
      {
        id: 'AUM-3',
        sure: 'M+',
        topic: 'Everything that authenticates is validated',
        settled: ['backend-authenticated'],
        fails: ['certificate-not-verified'],
        beyond: 'how it validates who comes to it',
        next: 'Let it meet an impostor: assay probe --impostor.',
      },
      {
        id: 'AUM-4',
        sure: 'M+',
        topic: 'What authenticates can be changed',
        fails: ['states-credential-recovery'],
        unseen: 'how a password or key is changed',
        next: 'Change the password in the app and on the device.',
      },
      {
        id: 'AUM-5-1',
        sure: 'M+',
        topic: 'Passwords of the factory are unique and strong, or are set before use',
        appliesWhen: 'there are factory default passwords',
        settled: ['default-login', 'states-unique-passwords', 'states-password-generation'],
        fails: ['default-credentials'],
        next: 'Set two devices up: do their first passwords differ, or must one be chosen?',
      },
      {
        id: 'AUM-5-2',
        sure: 'M+',
        topic: 'Other passwords are set by the user before use, or are unique and strong',
        appliesWhen: 'there are other passwords',
        settled: ['states-unique-passwords', 'states-password-generation'],
        fails: ['default-login', 'default-credentials'],
        next: 'Set it up, and see which passwords it accepts.',
      },
      {
        id: 'AUM-6',
        sure: 'M+',
        topic: 'Guessing is impracticable',
        settled: ['lockout'],
        fails: ['brute-force-tolerated'],
        next: 'Try 20 wrong passwords in a minute on your own device, while capturing.',
      },
    ],
  ],
  [
    'SUM: secure updates',
    [
      {
        id: 'SUM-1',
        sure: 'M+',
        topic: 'Software that touches its assets can be updated',
        settled: ['states-updates'],
        fails: ['update-traffic-seen'],
        next: 'Ask the maker whether and how the device takes updates.',
      },
      {
        id: 'SUM-2',
        sure: 'M+',
        topic: 'Only software that is whole and authentic is installed',
        appliesWhen: UPDATABLE,
        settled: ['states-update-signing'],
        fails: UPDATE_FAILS,
        beyond: 'what the device does with an altered image',
        next: 'Ask the maker how images are signed and where the device checks it.',
      },
      {
        id: 'SUM-3',
        sure: 'M+',
        topic: 'Updating is automatic, or guided',
        appliesWhen: UPDATABLE,
        settled: ['states-automatic-updates'],
        fails: ['update-traffic-seen'],
        next: 'Ask the maker who starts and approves an update.',
      },
    ],
  ],
  [
    'SSM: secure storage',
    [
      {
        id: 'SSM-1',
        topic: 'Stored assets are protected',
        fails: ['states-credential-storage', 'states-encryption-at-rest'],
        unseen: 'how keys are stored',
        next: 'Ask the maker how keys, settings and data are stored.',
      },
      {
        id: 'SSM-2',
        topic: 'Stored assets cannot be changed unnoticed',
        fails: ['states-credential-storage'],
        unseen: 'how integrity is kept in storage',
        next: 'Ask the maker, or examine the firmware.',
      },
      {
        id: 'SSM-3',
        topic: 'Stored secrets stay confidential',
        fails: ['states-credential-storage', 'states-encryption-at-rest'],
        unseen: 'how keys are stored',
        next: 'Ask the maker, or examine the firmware.',
      },
    ],
  ],
  [
    'SCM: secure communication',
    [
      {
        id: 'SCM-1',
        topic: 'Assets on their way are protected',
        settled: ['cleartext-internet', 'services-tls'],
        fails: [
          'credentials-in-clear',
          'personal-data-in-clear',
          'pages-encrypted',
          'cleartext-local',
          'broken-lan-protocol',
          'states-encryption-in-transit',
        ],
        beyond: 'links that were not captured (Bluetooth, Zigbee)',
        next: 'Capture a day of use, and ask its services: assay probe.',
      },
      {
        id: 'SCM-2',
        topic: 'They arrive whole and from whom they claim',
        settled: ['backend-authenticated', 'services-tls'],
        fails: ['certificate-not-verified', 'tls-weak', 'pages-encrypted', 'broken-lan-protocol'],
        next: 'Let it meet an impostor: assay probe --impostor.',
      },
      {
        id: 'SCM-3',
        topic: 'They stay confidential',
        settled: ['cleartext-internet', 'services-tls'],
        fails: [
          'credentials-in-clear',
          'personal-data-in-clear',
          'pages-encrypted',
          'tls-weak',
          'broken-lan-protocol',
          'states-encryption-in-transit',
        ],
        next: 'Capture a day of use, and ask its services: assay probe.',
      },
      {
        id: 'SCM-4',
        topic: 'They cannot be replayed',
        fails: ['broken-lan-protocol', 'tls-weak'],
        unseen: 'what it does with a replayed message',
        next: 'Replay a recorded command to your own device.',
      },
    ],
  ],
  [
    'RLM: resilience',
    [
      {
        id: 'RLM-1',
        topic: 'It withstands denial of service and recovers',
        fails: ['works-offline'],
        unseen: 'what it does under a flood',
        next: 'Take the network away and give it back; flood your own device.',
      },
    ],
  ],
  [
    'NMM: network monitoring',
    [
      {
        id: 'NMM-1',
        topic: 'It detects denial of service in the traffic that it passes on',
        appliesWhen: NETWORK_EQUIPMENT,
        unseen: 'what it detects',
        next: 'Flood through it, and look at its alarms.',
      },
    ],
  ],
  [
    'TCM: traffic control',
    [
      {
        id: 'TCM-1',
        topic: 'It controls the traffic that it passes on',
        appliesWhen: `${NETWORK_EQUIPMENT} towards the Internet`,
        unseen: 'its filter',
        next: 'Try what it lets through in both directions.',
      },
    ],
  ],
  [
    'LGM: logging',
    [
      {
        id: 'LGM-1',
        topic: 'Events that matter to its assets are logged',
        unseen: 'its log',
        next: 'Look for a log of accesses in the app or on the device.',
      },
      {
        id: 'LGM-2',
        topic: 'The log outlives a loss of power',
        unseen: 'its log',
        next: 'Cut its power, and look at the log.',
      },
      {
        id: 'LGM-3',
        topic: 'A least number of events is kept',
        unseen: 'its log',
        next: 'Ask the maker how many events are kept.',
      },
      {
        id: 'LGM-4',
        topic: 'Events are logged with their time',
        unseen: 'its log',
        next: 'Look at the times in the log.',
      },
    ],
  ],
  [
    'DLM: deletion',
    [
      {
        id: 'DLM-1',
        topic: 'The user can delete personal data and secrets',
        settled: ['states-factory-reset'],
        beyond: 'the state of this device after a reset',
        next: 'Reset the device, and see whether it still knows the Wi-Fi, the account or the name.',
      },
    ],
  ],
  [
    'UNM: user notification',
    [
      {
        id: 'UNM-1',
        sure: 'M+',
        topic: 'Users are told of changes that touch their privacy',
        settled: ['states-communication'],
        fails: ['states-notice-history'],
        next: 'Ask the maker how users learn of changes.',
      },
      {
        id: 'UNM-2',
        sure: 'M+',
        topic: 'The notice says what changed and what it means',
        fails: ['states-notice-history'],
        unseen: 'the content of notices',
        next: 'Read the last notice.',
      },
    ],
  ],
  [
    'CCK: confidential cryptographic keys',
    [
      {
        id: 'CCK-1',
        topic: 'Keys are strong enough',
        fails: ['broken-lan-protocol'],
        unseen: 'the keys themselves',
        next: 'Ask its services which keys they use: assay probe.',
      },
      {
        id: 'CCK-2',
        topic: 'Keys are generated by accepted means',
        unseen: 'how keys are generated',
        next: 'Ask the maker how the keys of each device are made.',
      },
      {
        id: 'CCK-3',
        topic: 'No key is the same in all devices',
        fails: ['broken-lan-protocol'],
        unseen: 'keys in the firmware',
        next: 'Search the firmware image for keys, and compare two devices.',
      },
    ],
  ],
  [
    'GEC: general equipment capabilities',
    [
      {
        id: 'GEC-1',
        topic: 'Software and hardware are current, without publicly known vulnerabilities that can be exploited',
        settled: ['bill-of-materials', 'known-vulnerabilities'],
        next: 'Hold its bill of materials against known vulnerabilities.',
      },
      {
        id: 'GEC-2',
        topic: 'As it comes, only services that setting up or basic operation needs are exposed',
        settled: ['ports-declared'],
        fails: ['dangerous-services', 'services-offered', 'upnp-port-mapping'],
        next: 'Scan its ports, and compare with what the maker documents: assay probe --dossier.',
      },
      {
        id: 'GEC-3',
        topic: 'Optional services can be switched on and off by who is entitled',
        fails: ['services-offered'],
        unseen: 'the settings of optional services',
        next: 'Look for switches of its services in the app.',
      },
      {
        id: 'GEC-4',
        topic: 'Exposed interfaces and services are documented for the user',
        settled: ['ports-declared'],
        fails: ['services-offered'],
        beyond: 'whether users get that document',
        next: 'Compare its open ports with the manual.',
      },
      {
        id: 'GEC-5',
        topic: 'No needless external interface',
        unseen: 'physical interfaces',
        next: 'Look at the case for ports without a use.',
      },
      {
        id: 'GEC-6',
        topic: 'Input is validated',
        unseen: 'how it takes what is malformed',
        next: 'Ask the maker for the results of its fuzzing.',
      },
      {
        id: 'GEC-7',
        topic: 'Everything by which it senses is documented for the user',
        unseen: 'by which means it senses its surroundings',
        next: 'Compare the documented sensors with the hardware.',
      },
      {
        id: 'GEC-8',
        topic: 'The integrity of its software is verified when it starts',
        unseen: 'how it starts',
        next: 'Ask the maker whether the boot chain is verified.',
      },
    ],
  ],
  [
    'CRY: cryptography',
    [
      {
        id: 'CRY-1',
        topic: 'Current, accepted cryptography protects its assets',
        settled: ['services-tls', 'tls-weak', 'states-encryption-at-rest'],
        fails: ['broken-lan-protocol', 'certificate-not-verified'],
        next: 'Ask the maker which algorithms protect storage and communication; ask its services.',
      },
    ],
  ],
]

function part(number: 1 | 2 | 3, about: string): Framework {
  const controls: Control[] = MECHANISMS.flatMap(([title, of]) =>
    block(
      title,
      COMMON,
      of.filter(({ id }) => ONLY_IN.every(([ids, parts]) => !ids.test(id) || parts.includes(number))),
    ),
  )
  return {
    id: `en18031-${number}`,
    title: `EN 18031-${number}, radio equipment`,
    version: '2024',
    publisher: 'CEN-CENELEC',
    published: '2024-08',
    source: 'https://eur-lex.europa.eu/eli/dec_impl/2025/138/oj',
    word: 'requirement',
    about: `${about} By number and in our own words; the standard is not public, so that most numbers are from memory. Cited in the Official Journal with restrictions (Implementing Decision (EU) 2025/138).`,
    controls,
  }
}

export const en18031 = [
  part(1, 'Common security requirements for Internet-connected radio equipment (RED Article 3(3)(d), protection of networks).'),
  part(2, 'The same for radio equipment that processes personal data, toys and child care included (RED Article 3(3)(e)).'),
  part(3, 'The same for Internet-connected radio equipment that handles money or monetary value (RED Article 3(3)(f)).'),
]

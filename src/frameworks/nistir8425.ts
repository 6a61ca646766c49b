import { block, type Written } from './catalog.ts'
import type { Control, Framework } from './framework.ts'

const UPDATE_FAILS = ['update-signed', 'firmware-unprotected', 'undeclared-update-path']

/** Its outcomes: capabilities of the product first, then activities of its maker. Abbreviations are ours. */
const OUTCOMES: readonly (readonly [title: string, of: readonly Written[]])[] = [
  [
    'Asset identification',
    [
      {
        id: 'AI-1',
        topic: 'Customer and maker can identify the product uniquely',
        unseen: 'the identity that the product has for its owner',
        next: 'Look for a serial number on the case and in the app.',
      },
      {
        id: 'AI-2',
        topic: 'It knows its components, and keeps their inventory current',
        unseen: 'its inventory',
        next: 'Look in the app for a list of connected components.',
      },
    ],
  ],
  [
    'Product configuration',
    [
      {
        id: 'PC-1',
        topic: 'Who is entitled can change its settings',
        settled: ['states-privacy-controls', 'open-without-login'],
        beyond: 'settings that are not of privacy',
        fails: ['web-without-login', 'broken-lan-protocol'],
        next: 'Change its settings as owner, and try it as a stranger.',
      },
      {
        id: 'PC-2',
        topic: 'Who is entitled can restore a secure default',
        settled: ['states-factory-reset'],
        beyond: 'the state of this device after a reset',
        next: 'Reset the device, and ask it as it comes: assay probe.',
      },
      {
        id: 'PC-3',
        topic: 'Settings reach all components concerned',
        unseen: 'the settings of each component',
        next: 'Change a setting, and look at each component.',
      },
    ],
  ],
  [
    'Data protection',
    [
      {
        id: 'DP-1',
        topic: 'Each component protects the data that it stores',
        settled: ['states-encryption-at-rest', 'states-credential-storage'],
        next: 'Ask the maker how data is kept in device, app and servers.',
      },
      {
        id: 'DP-2',
        topic: 'Stored data about people and homes can be deleted or made inaccessible',
        settled: ['states-deletion', 'states-factory-reset'],
        next: 'Ask for deletion in the app, and reset the device.',
      },
      {
        id: 'DP-3',
        topic: 'Data between components and to the outside is protected',
        settled: ['cleartext-internet', 'services-tls', 'backend-authenticated'],
        fails: [
          'personal-data-in-clear',
          'credentials-in-clear',
          'tls-weak',
          'certificate-not-verified',
          'cleartext-local',
          'pages-encrypted',
          'broken-lan-protocol',
          'states-encryption-in-transit',
        ],
        next: 'Capture a day of use, and let it meet an impostor.',
      },
    ],
  ],
  [
    'Interface access control',
    [
      {
        id: 'IAC-1',
        topic: 'Each component lets only who is entitled through its interfaces, and closes those not needed',
        settled: ['ports-declared', 'open-without-login', 'default-login'],
        fails: [
          'dangerous-services',
          'web-without-login',
          'default-credentials',
          'broken-lan-protocol',
          'upnp-port-mapping',
          'services-offered',
        ],
        next: 'Scan and ask its services: assay probe --dossier.',
      },
      {
        id: 'IAC-2',
        topic: 'Interfaces protect themselves: data is validated, unauthorised sending prevented, first contact controlled',
        settled: ['lockout', 'states-pairing'],
        fails: ['brute-force-tolerated', 'attacks-others'],
        beyond: 'how it takes what is malformed',
        next: 'Try wrong passwords and malformed input on your own device.',
      },
    ],
  ],
  [
    'Software update',
    [
      {
        id: 'SU-1',
        topic: 'Each component can receive, verify and apply verified updates',
        settled: ['states-updates', 'states-update-signing'],
        fails: UPDATE_FAILS,
        next: 'Ask the maker how updates are signed and where that is checked.',
      },
      {
        id: 'SU-2',
        topic: 'Software is kept up to date, automatically or by a manual way that is kept',
        settled: ['states-update-approval', 'states-support-period'],
        fails: ['update-traffic-seen', 'known-vulnerabilities'],
        next: 'Ask the maker how and how long updates reach the product.',
      },
    ],
  ],
  [
    'Cybersecurity state awareness',
    [
      {
        id: 'CSA-1',
        topic: 'It records securely what shows its state of security',
        unseen: 'its records',
        next: 'Look for a log of security events in the app or on the device.',
      },
    ],
  ],
  [
    'Documentation',
    [
      {
        id: 'D-1',
        topic: 'The maker documents the product and its security: assumptions, components, design, maintenance, tests',
        settled: ['states-secure-development', 'bill-of-materials'],
        fails: ['ports-declared'],
        beyond: 'assumptions, design and maintenance',
        next: 'Ask the maker for its documentation and bill of materials.',
      },
    ],
  ],
  [
    'Information and query reception',
    [
      {
        id: 'IQR-1',
        topic: 'The maker receives reports and questions about security',
        settled: ['states-disclosure-policy'],
        next: "Look for the contact and /.well-known/security.txt on the maker's site.",
      },
    ],
  ],
  [
    'Information dissemination',
    [
      {
        id: 'ID-1',
        topic: 'The maker publishes what matters to security: updates, end of support, vulnerabilities, incidents',
        settled: ['states-communication', 'states-support-period', 'states-advisories'],
        fails: ['states-incident-plan'],
        next: "Look for the maker's advisories and its end of support.",
      },
      {
        id: 'ID-2',
        topic: 'The maker gives it to those concerned, also alerts',
        sure: 'M',
        unseen: 'who was told',
        next: 'Look for a notice in the app or by mail.',
      },
    ],
  ],
  [
    'Product education and awareness',
    [
      {
        id: 'PEA-1',
        topic: 'Customers are taught what concerns its security: settings, updates, data, end of life',
        fails: ['states-policies', 'states-communication', 'states-transfer'],
        unseen: 'what customers are taught',
        next: 'Look in the manual for security settings, updates and how to hand the product on.',
      },
    ],
  ],
]

/** All outcomes, under the headings of the report. */
export function outcomes(common: Parameters<typeof block>[1]): Control[] {
  return OUTCOMES.flatMap(([title, of]) => block(title, common, of))
}

const MAKER = 'a person of the maker who answers for its security'

export const nistir8425: Framework = {
  id: 'nistir8425',
  title: 'NIST IR 8425, consumer IoT core baseline',
  version: '2022-09',
  publisher: 'NIST',
  published: '2022-09-20',
  source: 'https://doi.org/10.6028/NIST.IR.8425',
  word: 'outcome',
  about:
    'Outcomes for consumer IoT products (device, app and services) and activities of their makers, in our own words. NIST numbers them under headings; the abbreviations of these are ours. It sets no levels.',
  controls: outcomes({ sure: 'M+', signedBy: MAKER }),
}

/** The same outcomes, as a profile for routers; what a router must do beside them comes from router standards that it names. */
export const nistir8425a: Framework = {
  ...nistir8425,
  id: 'nistir8425a',
  title: 'NIST IR 8425A, consumer-grade routers',
  version: '2024-09',
  published: '2024-09-10',
  source: 'https://doi.org/10.6028/NIST.IR.8425A',
  about:
    'The outcomes of NIST IR 8425 for consumer-grade router products, in our own words; the report lists beside each what four router standards (Broadband Forum, CableLabs, BSI, IMDA) ask, which is not repeated here. Abbreviations are ours; it sets no levels.',
  controls: outcomes({ sure: 'M', signedBy: MAKER }).map((control) => ({
    ...control,
    appliesWhen: 'it is a consumer-grade router',
  })),
}

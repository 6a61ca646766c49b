import type { Dossier } from '../../dossier/dossier.ts'
import type { DeviceEvidence } from '../../evidence/evidence.ts'
import { cut, defaultLetIn, guessedOn, impostorLetIn, inClear, noSecurityTxt } from './contradictions.ts'
import {
  certified,
  incidentPlan,
  noticeHistory,
  penetrationTests,
  policiesInClear,
  providerAssessment,
  supportPeriod,
} from './dated.ts'
import type { Need, StatementRow } from './statement.ts'
import { dataInventory, hiddenUpdates, mailDomains, retention, thirdPartiesTold } from './told.ts'

/** A yes or no of which the opposite is said as such. */
function yes(at: string, words: string, severity: NonNullable<Need['no']>['severity'], says: string): Need {
  return { at, words, no: { severity, says } }
}

/** A period that only its maker knows is promised to nobody. */
const PUBLISHED: Need = { at: ['/support/url', '/policies/support/url'], words: 'where this is published' }

const UNDISCLOSED = { value: 'undisclosed', severity: 'medium', says: 'that users are not told how updates come' } as const

function noUpdates({ updates }: Dossier): readonly [string, string] | undefined {
  return updates?.available === false ? ['/updates/available', 'that it takes no updates'] : undefined
}

/** Believed only as long as nothing else was seen. */
function noCredentials({ credentials }: Dossier, device: DeviceEvidence): readonly [string, string] | undefined {
  const seen = device.of('credential').length + device.of('login').length + device.of('probe.login').length
  return credentials?.used === false && seen === 0
    ? ['/credentials/used', 'that there are no passwords and no accounts']
    : undefined
}

/** None that comes with the device. */
function noFirstPassword(dossier: Dossier, device: DeviceEvidence): readonly [string, string] | undefined {
  const { first } = dossier.credentials ?? {}
  if (first === 'set-by-user') return ['/credentials/first', 'that the user sets the first password']
  if (first === 'certificate') return ['/credentials/first', 'that certificates stand in for passwords']
  return noCredentials(dossier, device)
}

function noData({ data }: Dossier, device: DeviceEvidence): readonly [string, string] | undefined {
  return data?.collected === false && device.of('personal').length === 0
    ? ['/data/collected', 'that no personal data is collected']
    : undefined
}

export const STATEMENTS: readonly StatementRow[] = [
  {
    id: 'states-updates',
    title: 'Says whether it takes updates',
    facet: 'security',
    looksFor: 'Whether the maker says that the product takes security updates, how they come, and what the user must do.',
    why: 'A thing that is not updated stays as weak as the day it was sold, and its owner must know whose turn it is.',
    remedy: 'Maker: say whether it takes security updates, whether they come by themselves, and what the user must do.',
    needs: [
      yes('/updates/available', 'that it takes security updates', 'high', 'that it takes no security updates'),
      { at: '/updates/how', words: 'how they come', no: UNDISCLOSED },
      { at: '/updates/userAction', words: 'what the user must do' },
    ],
  },
  {
    id: 'states-encryption-in-transit',
    title: 'Says how data travels',
    facet: 'security',
    looksFor: 'Whether the maker says that personal data and control travel encrypted, held against what was read on the wire.',
    why: 'Who says that all is encrypted must be held to it: one link in clear gives it all away.',
    remedy: 'Maker: encrypt every link, or name what travels in clear and why.',
    needs: [
      yes('/encryption/inTransit/used', 'that it travels encrypted', 'high', 'that personal data and control travel in clear'),
      { at: '/encryption/inTransit/how', words: 'by which protocols' },
    ],
    judge: inClear,
  },
  {
    id: 'states-encryption-at-rest',
    title: 'Says how data is kept at rest',
    facet: 'security',
    looksFor: 'Whether the maker says that personal data is kept encrypted in the device, its app and on servers.',
    why: 'Devices are lost, sold and thrown away, and servers are broken into.',
    remedy: 'Maker: encrypt what is kept, and say by which algorithms and with whose keys.',
    needs: [
      yes('/encryption/atRest/used', 'that data is kept encrypted', 'medium', 'that personal data is kept in clear'),
      { at: '/encryption/atRest/how', words: 'by which algorithms and with whose keys' },
    ],
    beside: noData,
  },
  {
    id: 'states-app-authentication',
    title: 'Says how its app and services are authenticated',
    facet: 'security',
    looksFor: 'How the device tells its services and its app from impostors, held against what it did when an impostor answered.',
    why: 'A device that talks to whoever answers can be led by anybody on the way.',
    remedy: 'Maker: check certificates in full, authenticate the app, and say how.',
    needs: [
      yes(
        '/authentication/services/authenticated',
        'that the device checks who its services are',
        'high',
        'that the device does not check who its services are',
      ),
      { at: '/authentication/services/how', words: 'by what' },
      yes(
        '/authentication/app/authenticated',
        'that it checks who its app is',
        'high',
        'that the device does not check who its app is',
      ),
      { at: '/authentication/app/how', words: 'how the app is checked' },
    ],
    judge: impostorLetIn,
  },
  {
    id: 'states-penetration-tests',
    title: 'Dates of penetration tests',
    facet: 'security',
    looksFor: 'Dates of penetration tests of the sites and servers behind it: two within the twelve months before the evidence.',
    why: 'Servers change every week: a test of long ago says nothing of today.',
    remedy: 'Service operator: test sites and servers at least twice a year. Maker: give the dates in the dossier.',
    needs: [
      yes('/penetrationTests/done', 'that penetration tests are done', 'medium', 'that no penetration tests are done'),
      { at: '/penetrationTests/tests', words: 'when' },
    ],
    passNeeds:
      'A dossier that says that penetration tests are done, with at least two within the twelve months before the evidence.',
    judge: penetrationTests,
  },
  {
    id: 'states-disclosure-policy',
    title: 'Says how weaknesses are reported',
    facet: 'security',
    looksFor: 'A policy for those who find weaknesses, and an address that takes reports; held against what the site answered.',
    why: 'Who finds a weakness and nobody to tell it to tells everybody, or sells it.',
    remedy: 'Maker: publish a disclosure policy, and a contact in security.txt (RFC 9116).',
    needs: [
      yes('/disclosure/accepted', 'that reports are taken and answered', 'medium', 'that it takes no reports of weaknesses'),
      { at: '/disclosure/policy', words: 'by which policy' },
      { at: '/disclosure/contact', words: 'where to report' },
    ],
    judge: noSecurityTxt,
  },
  {
    id: 'states-disclosure-times',
    title: 'Says when reports are answered',
    facet: 'security',
    looksFor: 'Within which time a report of a weakness is acknowledged, and how who reported hears of its state.',
    why: 'Who hears nothing tells the world; laws ask for these times.',
    remedy: 'Maker: promise a first answer within days, and news until it is mended.',
    needs: [
      { at: '/disclosure/acknowledgedWithin', words: 'within which time reports are acknowledged' },
      { at: '/disclosure/statusUpdates', words: 'how who reported is told of its state' },
    ],
  },
  {
    id: 'states-advisories',
    title: 'Says where its advisories are',
    facet: 'security',
    looksFor: 'Whether security advisories are published, and where.',
    why: 'A weakness that was mended in silence stays open where nobody knew to update.',
    remedy: 'Maker: publish an advisory for each weakness that was mended, in CSAF where you can, and say where.',
    needs: [
      yes(
        '/advisories/published',
        'that security advisories are published',
        'medium',
        'that it publishes no security advisories',
      ),
      { at: '/advisories/url', words: 'where' },
    ],
  },
  {
    id: 'states-update-signing',
    title: 'Says how updates are signed and checked',
    facet: 'security',
    looksFor: 'Whether updates are signed, and whether the device checks it before it installs.',
    why: 'Who can give it an update owns it.',
    remedy: 'Maker: sign images or manifests, check on the device before installing, and say so.',
    needs: [
      yes('/updates/signed', 'that updates are signed', 'high', 'that updates are not signed'),
      yes(
        '/updates/checkedOnDevice',
        'that the device checks it',
        'high',
        'that the device does not check signatures of updates',
      ),
    ],
    beside: noUpdates,
  },
  {
    id: 'states-settings-kept',
    title: 'Says that updates keep settings',
    facet: 'privacy',
    looksFor: 'Whether updates leave preferences and settings of security and privacy as the user set them.',
    why: 'A choice that the next update undoes is none.',
    remedy: 'Maker: keep settings over updates, tell the user of what changes, and say so.',
    needs: [
      yes(
        '/updates/keepsSettings',
        'that updates keep settings',
        'medium',
        'that updates may change settings of security and privacy',
      ),
    ],
    beside: noUpdates,
  },
  {
    id: 'states-update-approval',
    title: 'Says who approves updates',
    facet: 'legal',
    looksFor: 'Whether updates come by themselves, are offered for approval, or must be looked for.',
    why: 'What was bought must not change without its owner knowing that it may.',
    remedy: 'Maker: say whether updates are automatic, approved by the user, or manual.',
    needs: [{ at: '/updates/how', words: 'how updates are approved', no: UNDISCLOSED }],
    beside: noUpdates,
  },
  {
    id: 'states-automatic-updates',
    title: 'Says that updates come by themselves',
    facet: 'security',
    looksFor: 'Whether updates come by themselves, or are at least offered without being looked for.',
    why: 'Hardly anybody looks for updates of a lamp.',
    remedy: 'Maker: let the device look for updates, and install or offer them.',
    needs: [
      {
        at: '/updates/how',
        words: 'how updates come',
        no: { value: 'manual', severity: 'low', says: 'that users must look for updates themselves', only: 'warn' },
      },
    ],
    beside: noUpdates,
    judge: hiddenUpdates,
  },
  {
    id: 'states-secure-development',
    title: 'Says how it was developed and tested',
    facet: 'security',
    looksFor: 'A process of secure development: threats modelled, code of others listed, tests before it shipped.',
    why: 'Security that is added in the end is paid for by the user.',
    remedy: 'Maker: model threats, list the code of others, test before shipping, and name the process.',
    needs: [
      yes('/development/secure', 'that security was part of development', 'medium', 'that security was no part of development'),
      { at: '/development/process', words: 'by which process' },
      yes('/development/threatModel', 'that threats were modelled', 'medium', 'that threats were not modelled'),
      yes('/development/thirdPartyCode', 'that the code of others is listed', 'medium', 'that the code of others is not listed'),
      { at: '/development/tested', words: 'how it was tested' },
    ],
  },
  {
    id: 'states-provider-assessment',
    title: 'Dates of assessments of its providers',
    facet: 'security',
    looksFor: 'Dated assessments of the companies whose services and clouds it rests on, the last of them within a year.',
    why: 'Data is as safe as the weakest who holds it.',
    remedy: 'Service operator: assess providers for security and compliance every year. Maker: give the dates.',
    needs: [
      yes('/providerAssessment/done', 'that providers are assessed', 'medium', 'that its providers are not assessed'),
      { at: '/providerAssessment/assessments', words: 'when' },
    ],
    judge: providerAssessment,
  },
  {
    id: 'states-unique-passwords',
    title: 'Says how first passwords are made',
    facet: 'security',
    looksFor: 'How the first password of each device is made, held against default passwords that let somebody in.',
    why: 'One password for all is a password of nobody: botnets know it.',
    remedy: 'Maker: give each device a password of its own, or have the user set one before use; administration apart.',
    needs: [
      {
        at: '/credentials/first',
        words: 'how first passwords are made',
        no: { value: 'shared', severity: 'critical', says: 'that all devices have the same first password' },
      },
      { at: '/credentials/how', words: 'by what' },
    ],
    beside: noCredentials,
    judge: defaultLetIn,
  },
  {
    id: 'states-password-generation',
    title: 'Says that first passwords cannot be guessed',
    facet: 'security',
    looksFor:
      'Whether first passwords are random and long: neither counted up nor made of what is printed or told anywhere, such as serial numbers and addresses.',
    why: 'A password that follows from the serial number is printed on the box; who knows two that were counted up knows all.',
    remedy: 'Maker: draw each first password at random, from enough to choose, and say so; or have the user set it before use.',
    needs: [
      yes(
        '/credentials/unguessable',
        'that first passwords are random and long',
        'high',
        'that first passwords can be guessed from what others know',
      ),
    ],
    beside: noFirstPassword,
  },
  {
    id: 'states-credential-recovery',
    title: 'Says how credentials are recovered',
    facet: 'security',
    looksFor: 'How a lost password is recovered, and whether more than one factor is asked for.',
    why: 'The way back in is a way in.',
    remedy: 'Service operator: ask for more than one factor before a password is set anew. Maker: say how it works.',
    needs: [
      yes(
        '/credentials/recovery/offered',
        'that lost credentials can be recovered',
        'low',
        'that lost credentials cannot be recovered',
      ),
      { at: '/credentials/recovery/how', words: 'by which steps' },
      yes(
        '/credentials/recovery/multiFactor',
        'that more than one factor is asked for',
        'medium',
        'that one factor is enough to recover credentials',
      ),
    ],
    beside: noCredentials,
  },
  {
    id: 'states-lockout',
    title: 'Says how guessing is resisted',
    facet: 'security',
    looksFor: 'Whether the maker says that log-ins lock or slow down after some bad ones, held against what they did when asked.',
    why: 'Who may guess for ever gets in.',
    remedy: 'Maker: lock or slow down log-ins after a few bad ones, at every service, and say after how many.',
    needs: [
      yes(
        '/credentials/lockout/used',
        'that log-ins lock or slow down',
        'high',
        'that nothing keeps anybody from guessing passwords',
      ),
      { at: '/credentials/lockout/after', words: 'after how many bad ones' },
      { at: '/credentials/lockout/how', words: 'what happens then' },
    ],
    beside: noCredentials,
    judge: guessedOn,
  },
  {
    id: 'states-password-notices',
    title: 'Says how password changes are told',
    facet: 'security',
    looksFor: 'Whether the user is told of a reset or change of credentials, over a secure or separate channel.',
    why: 'Who took an account over does not tell its owner.',
    remedy: 'Service operator: tell the user of every reset and change. Maker: say over which channel.',
    needs: [
      yes(
        '/credentials/changeNotice/sent',
        'that changes of credentials are told',
        'medium',
        'that the user is not told of changes of credentials',
      ),
      { at: '/credentials/changeNotice/by', words: 'over which channel' },
    ],
    beside: noCredentials,
  },
  {
    id: 'states-credential-storage',
    title: 'Says how credentials are stored',
    facet: 'security',
    looksFor: 'Whether stored credentials are salted and hashed, or encrypted.',
    why: 'What is stored is stolen one day: then it decides whether passwords are out.',
    remedy: 'Maker: store passwords salted and hashed (RFC 9106), keys in a secure element or encrypted, and say so.',
    needs: [
      {
        at: '/credentials/storage',
        words: 'how credentials are stored',
        no: { value: 'clear', severity: 'high', says: 'that credentials are stored in clear' },
      },
      { at: '/credentials/storageHow', words: 'by which algorithm' },
    ],
    beside: noCredentials,
  },
  {
    id: 'states-policies',
    title: 'Policies that can be found',
    facet: 'legal',
    looksFor: 'Where the privacy notice, the security policy and the support policy can be read, before purchase.',
    why: 'Terms that are shown after purchase were not agreed to.',
    remedy: 'Maker: publish the policies on the product page, over HTTPS, without an account.',
    needs: [
      { at: '/policies/privacy/url', words: 'where its privacy notice is' },
      yes(
        '/policies/privacy/beforePurchase',
        'that it can be read before purchase',
        'medium',
        'that the privacy notice cannot be read before purchase',
      ),
      { at: '/policies/security/url', words: 'where its security policy is' },
      { at: '/policies/support/url', words: 'where its support policy is' },
    ],
    judge: policiesInClear,
  },
  {
    id: 'states-support-period',
    title: 'Says how long it is supported',
    facet: 'legal',
    looksFor: 'The day until which security updates are promised, and whether it is past at the time of the evidence.',
    why: 'A thing without updates must be replaced or fenced in: its owner must know the day.',
    remedy: 'Maker: promise security updates until a day, and publish it. Owner: replace it, or keep it off the Internet.',
    needs: [
      yes('/support/provided', 'that it gets security updates', 'high', 'that it gets no security updates'),
      { at: ['/support/end', '/support/duration'], words: 'until when' },
      PUBLISHED,
    ],
    passNeeds:
      'A dossier that says until when it gets security updates and where this is published, and that day not past at the time of the evidence.',
    judge: supportPeriod,
  },
  {
    id: 'states-data-inventory',
    title: 'Says which data is collected, and why',
    facet: 'privacy',
    looksFor: 'A list of the personal data that is collected, each with its purpose, and that it is used for nothing else.',
    why: 'Nobody can agree to what is not said.',
    remedy: 'Maker: list what is collected and why, and ask before any other use.',
    needs: [
      { at: '/data/inventory', words: 'which data is collected, and why' },
      yes(
        '/data/purposeBound',
        'that it is used for nothing else without asking',
        'medium',
        'that data is used for other purposes without asking',
      ),
    ],
    judge: dataInventory,
  },
  {
    id: 'states-offline-behaviour',
    title: 'Says what works offline',
    facet: 'development',
    looksFor: 'What works and what stops without the Internet or the service, held against what was seen when it was cut off.',
    why: 'Networks fail, and makers close: what was bought should still work, or it must be said that it does not.',
    remedy: 'Maker: say what works and what stops without the Internet, and keep local control working.',
    needs: [
      { at: '/offline/works', words: 'whether it works offline' },
      { at: '/offline/keeps', words: 'what keeps working', empty: 'that nothing keeps working' },
      { at: '/offline/loses', words: 'what stops', empty: 'that nothing stops' },
    ],
    judge: cut,
  },
  {
    id: 'states-data-retention',
    title: 'Says how long data is kept',
    facet: 'privacy',
    looksFor: 'For how long personal data is kept, of each kind or in all.',
    why: 'What is deleted can no longer be stolen, sold or asked for.',
    remedy: 'Service operator: delete what is no longer needed. Maker: say after how long.',
    needs: [{ at: ['/data/retention/period', '/data/retention/rule'], words: 'for how long data is kept' }],
    beside: noData,
    judge: retention,
  },
  {
    id: 'states-pairing',
    title: 'Says how pairing is confirmed',
    facet: 'privacy',
    looksFor: 'Whether the user is told or must confirm when it pairs with devices, platforms and services.',
    why: 'Who pairs unseen, listens unseen.',
    remedy: 'Maker: ask for a press of a button or a code when pairing, and say so.',
    needs: [
      yes('/pairing/confirmed', 'that pairing must be confirmed', 'medium', 'that it pairs without confirmation'),
      { at: '/pairing/how', words: 'by what' },
    ],
  },
  {
    id: 'states-transfer',
    title: 'Says how ownership is handed over',
    facet: 'legal',
    looksFor: 'Whether and how the product and its data can be handed to a new owner.',
    why: 'Things are sold and inherited; the first owner must not stay in the house.',
    remedy: 'Maker: let an owner hand it on, and say by which steps.',
    needs: [
      {
        at: '/transfer/possible',
        words: 'that it can be handed on',
        no: { severity: 'low', says: 'that it cannot be handed to a new owner', only: 'warn' },
      },
      { at: '/transfer/how', words: 'by which steps' },
    ],
  },
  {
    id: 'states-third-parties',
    title: 'Says with whom data is shared',
    facet: 'privacy',
    looksFor: 'Every company that receives data, what for, on whose consent, and that it is bound to the same terms.',
    why: 'What is shared is no longer in the hands of whom it was told to.',
    remedy: 'Maker: name every company, ask for consent where operation does not need it, and bind them by contract.',
    needs: [{ at: '/thirdParties/parties', words: 'which companies receive data' }],
    passNeeds: 'A dossier that says that no other company is involved, or names each with consent and terms.',
    judge: thirdPartiesTold,
  },
  {
    id: 'states-privacy-controls',
    title: 'Says how privacy is set and reset',
    facet: 'privacy',
    looksFor: 'Where the user can review and change privacy preferences, and go back to the default.',
    why: 'A preference that cannot be found is the preference of the maker.',
    remedy: 'Maker: offer the settings in the app, with a way back to the default.',
    needs: [
      yes('/privacyControls/offered', 'that privacy can be set', 'medium', 'that there are no privacy settings'),
      { at: '/privacyControls/how', words: 'where' },
      yes(
        '/privacyControls/resettable',
        'that it can be set back to the default',
        'low',
        'that privacy settings cannot be set back',
      ),
    ],
  },
  {
    id: 'states-no-sale',
    title: 'Says whether data is sold',
    facet: 'privacy',
    looksFor: 'Whether identifiable data is sold or handed on other than with the business itself.',
    why: 'What is sold once is out for ever.',
    remedy: 'Service operator: do not sell identifiable data. Maker: promise it.',
    needs: [
      {
        at: '/data/sale/sold',
        expect: false,
        words: 'that identifiable data is not sold',
        no: { severity: 'high', says: 'that identifiable data is sold' },
      },
      yes(
        '/data/sale/withBusinessOnly',
        'that it goes to others with the business itself only',
        'medium',
        'that data goes to others without the business',
      ),
    ],
    beside: noData,
  },
  {
    id: 'states-returns',
    title: 'Says that it can be returned',
    facet: 'legal',
    looksFor: 'Whether the product may be returned free of charge when its privacy terms are refused.',
    why: 'Consent that costs the price of the product is not free.',
    remedy: 'Maker: take it back free of charge from who refuses the terms, and say until when.',
    needs: [
      yes(
        '/returns/accepted',
        'that it may be returned free of charge',
        'low',
        'that it is not taken back when the privacy terms are refused',
      ),
      { at: '/returns/within', words: 'until when' },
    ],
  },
  {
    id: 'states-opt-out',
    title: 'Says what declining costs',
    facet: 'privacy',
    looksFor: 'Whether the user may decline or opt out, and what does not work then.',
    why: 'Who does not know what a no costs cannot choose.',
    remedy: 'Maker: let users decline what operation does not need, and say what they lose.',
    needs: [
      yes('/optOut/possible', 'that the user may decline', 'medium', 'that the user may not decline'),
      { at: '/optOut/consequences', words: 'what does not work then' },
    ],
    beside: noData,
  },
  {
    id: 'states-regions',
    title: 'Says by which laws and where',
    facet: 'legal',
    looksFor: 'The countries in which personal data is processed, and the laws that the maker keeps.',
    why: 'Where data lies decides who may take it.',
    remedy: 'Maker: name the countries, the laws, and the legal ground of transfers.',
    needs: [
      { at: '/regions/countries', words: 'in which countries data is processed' },
      { at: '/regions/laws', words: 'which laws it keeps' },
      { at: '/regions/transfers', words: 'on which ground data leaves the region' },
    ],
  },
  {
    id: 'states-notice-history',
    title: 'History of privacy notices',
    facet: 'legal',
    looksFor: 'Earlier versions of the privacy notice, for two years back from the evidence or as long as there is one.',
    why: 'Who cannot see what changed cannot see what was taken.',
    remedy: 'Maker: keep earlier versions of the notice public, with dates, for two years.',
    needs: [
      yes('/noticeHistory/published', 'that earlier notices can be read', 'low', 'that earlier privacy notices cannot be read'),
      { at: '/noticeHistory/url', words: 'where' },
      { at: '/noticeHistory/since', words: 'since when' },
    ],
    passNeeds:
      'A dossier that says where earlier notices can be read, back to two years before the evidence or to the first of all.',
    judge: noticeHistory,
  },
  {
    id: 'states-deletion',
    title: 'Says how data is deleted',
    facet: 'privacy',
    looksFor: 'Whether and how the user can have personal data on servers deleted or made anonymous.',
    why: 'Who leaves must be able to take their life along.',
    remedy: 'Service operator: delete when the user asks. Maker: say by which steps.',
    needs: [
      yes('/data/deletion/possible', 'that data can be deleted', 'high', 'that data on servers cannot be deleted'),
      { at: '/data/deletion/how', words: 'by which steps' },
    ],
    beside: noData,
  },
  {
    id: 'states-factory-reset',
    title: 'Says how it is reset',
    facet: 'privacy',
    looksFor: 'Whether device and app can be reset to factory settings, and whether that erases the data of the user.',
    why: 'Things are sold with the Wi-Fi password of their owner in them.',
    remedy: 'Maker: offer a reset that erases all data of the user, and say by which steps.',
    needs: [
      yes('/reset/possible', 'that it can be reset', 'medium', 'that it cannot be reset'),
      { at: '/reset/how', words: 'by which steps' },
      yes(
        '/reset/erasesData',
        'that this erases the data of the user',
        'high',
        'that a reset does not erase the data of the user',
      ),
    ],
  },
  {
    id: 'states-mail-domains',
    title: 'Names the domains that write to users',
    facet: 'security',
    looksFor: 'Every domain by which the maker and its services write to users, parked domains included.',
    why: 'Who knows the domains can tell a forged mail from a real one.',
    remedy: 'Maker: list the domains that write to users, and those that never do.',
    needs: [
      {
        at: ['/mail/domains', '/mail/sent'],
        words: 'which domains write to users',
      },
    ],
    judge: mailDomains,
  },
  {
    id: 'states-tamper',
    title: 'Says how tampering is prevented',
    facet: 'security',
    looksFor: 'Whether opening the case or reaching a debug port is prevented, or shows.',
    why: 'A thing at the door is in the hands of whoever passes.',
    remedy: 'Maker: close debug ports, seal the case, and say so.',
    needs: [
      yes('/tamper/addressed', 'that tampering is prevented or shows', 'medium', 'that nothing prevents or shows tampering'),
      { at: '/tamper/how', words: 'by what' },
    ],
  },
  {
    id: 'states-accessibility',
    title: 'Says how it is accessible',
    facet: 'legal',
    looksFor: 'What was done for people with disabilities, by which standard.',
    why: 'Security that some cannot use is no security for them.',
    remedy: 'Maker: test with people who need it, follow EN 301 549 or WCAG, and publish a statement.',
    needs: [
      yes('/accessibility/considered', 'that accessibility was considered', 'low', 'that accessibility was not considered'),
      { at: '/accessibility/how', words: 'what was done' },
    ],
  },
  {
    id: 'states-communication',
    title: 'Says how users are told',
    facet: 'legal',
    looksFor: 'By which channels and in which languages users are told of security, privacy, end of life and recall.',
    why: 'A warning that does not arrive, or is not understood, warns nobody.',
    remedy: 'Maker: tell users in their language, by more than one channel, and say by which.',
    needs: [
      yes('/communication/told', 'that users are told', 'medium', 'that users are not told'),
      { at: '/communication/channels', words: 'by which channels' },
      { at: '/communication/languages', words: 'in which languages' },
    ],
  },
  {
    id: 'states-incident-plan',
    title: 'Date of its incident plan',
    facet: 'security',
    looksFor: 'A plan for telling users of breaches and dangers, reviewed within the year before the evidence.',
    why: 'In the night of a breach nobody writes a plan.',
    remedy: 'Service operator: keep a plan, and review it every year. Maker: give the date of the last review.',
    needs: [
      yes('/incidentPlan/exists', 'that there is a plan', 'medium', 'that there is no plan for breaches'),
      { at: '/incidentPlan/reviewed', words: 'when it was reviewed' },
    ],
    judge: incidentPlan,
  },
  {
    id: 'states-responsible',
    title: 'Names who answers for it',
    facet: 'legal',
    looksFor: 'The legal entity that makes it, with its address and how to reach it, and who takes reports of weaknesses.',
    why: 'Whom nobody can find, nobody can hold to anything.',
    remedy: 'Maker: name the manufacturer with postal address and contact, and a security contact.',
    needs: [
      { at: '/responsible/manufacturer/name', words: 'who makes it' },
      { at: '/responsible/manufacturer/address', words: 'at which address' },
      {
        at: ['/responsible/manufacturer/email', '/responsible/manufacturer/url', '/responsible/manufacturer/phone'],
        words: 'how to reach it',
      },
      {
        at: ['/responsible/securityContact/email', '/responsible/securityContact/url', '/disclosure/contact'],
        words: 'who takes reports of weaknesses',
      },
    ],
  },
  {
    id: 'states-conformity',
    title: 'Certifications and declarations of conformity',
    facet: 'legal',
    looksFor: 'Certificates, labels and declarations of conformity that the product holds, and whether they still hold.',
    why: 'A certificate is the word of somebody who looked; one that ran out is not.',
    remedy: 'Maker: list what the product holds, with number, body and date, and renew what runs out.',
    needs: [{ at: '/certifications', words: 'what it is certified for' }],
    judge: certified,
  },
]

import type { Dossier } from '../../src/dossier/dossier.ts'
import type { Maker } from './names.ts'

/**
 * What each maker declares. The sound one says all that there is to say, and the lab bears it out. The poor one says no where a maker
 * may say no, and elsewhere says what the lab shows to be otherwise.
 * @param today RFC 3339 date of the lab's run
 * @param updateKey public key (PEM) by which the sound maker's manifest is checked
 */
export function dossierOf(maker: Maker, today: string, updateKey: string): Dossier {
  const ago = (days: number) => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10)
  return maker === 'sound' ? sound(today, ago, updateKey) : poor(today, ago)
}

type Ago = (days: number) => string

function sound(today: string, ago: Ago, updateKey: string): Dossier {
  const page = (name: string) => `https://www.sound.example/${name}.html`
  const policy = (name: string) => ({ url: page(name), version: '3', date: ago(200), beforePurchase: true })
  const party = { name: 'Sound Things GmbH', address: 'Ring 1, 10115 Berlin', country: 'DE', email: 'info@sound.example' }
  return {
    schema: 'assay-dossier-1',
    issued: today,
    product: { vendor: 'Sound', model: 'Plug 2', versions: ['2.4.1'], category: 'plug' },
    responsible: {
      manufacturer: party,
      euRepresentative: party,
      importer: party,
      serviceOperator: party,
      dataController: party,
      securityContact: { ...party, email: 'security@sound.example' },
    },
    support: {
      provided: true,
      start: ago(300),
      end: ago(-1500),
      beyondWarranty: true,
      afterEnd: 'It goes on working on the local network, without updates.',
      url: page('support'),
    },
    updates: {
      available: true,
      how: 'automatic',
      userAction: 'None; the app tells of each update.',
      signed: true,
      checkedOnDevice: true,
      algorithm: 'Ed25519',
      encryptedTransport: true,
      rollbackProtected: true,
      hosts: ['updates.sound.example'],
      keys: [updateKey],
      manifest: { kind: 'suit', file: 'plug-2.4.1.suit' },
      keepsSettings: true,
      changesTold: true,
      notes: page('updates'),
    },
    data: {
      collected: true,
      inventory: [
        {
          what: 'times at which the socket was switched',
          kind: 'usage',
          why: 'to show consumption',
          where: ['DE'],
          keptFor: '90 days',
          who: ['Sound Things GmbH'],
          needed: true,
        },
      ],
      purposeBound: true,
      retention: { period: 'P90D', rule: 'Deleted after 90 days.', url: page('privacy') },
      deletion: { possible: true, how: 'In the app, under Account.', within: 'P7D' },
      sale: { sold: false, withBusinessOnly: true },
      children: { directed: false },
    },
    domains: ['sound.example', '*.sound.example'],
    thirdParties: { any: false, parties: [] },
    regions: { countries: ['DE'], transfers: 'None.', laws: ['GDPR'] },
    services: [
      { transport: 'tcp', port: 443, protocol: 'https', purpose: 'local control', reach: 'local', authentication: 'password' },
    ],
    sbom: { file: 'plug-2.4.1.cdx.json', format: 'cyclonedx' },
    disclosure: {
      accepted: true,
      policy: page('security'),
      contact: 'mailto:security@sound.example',
      securityTxt: 'https://www.sound.example/.well-known/security.txt',
      acknowledgedWithin: 'P3D',
      statusUpdates: 'every two weeks',
      bounty: true,
    },
    advisories: { published: true, url: 'https://www.sound.example/.well-known/csaf/', format: 'csaf' },
    penetrationTests: {
      done: true,
      tests: [
        { date: ago(60), by: 'Probe Ltd', scope: 'sites and servers' },
        { date: ago(220), by: 'Probe Ltd', scope: 'sites and servers' },
      ],
    },
    providerAssessment: { done: true, assessments: [{ date: ago(90), by: 'Audit AG', scope: 'hosting' }] },
    incidentPlan: { exists: true, reviewed: ago(100), notifiedWithin: 'P3D', contact: 'mailto:security@sound.example' },
    development: {
      secure: true,
      process: 'IEC 62443-4-1',
      threatModel: true,
      thirdPartyCode: true,
      tested: 'Static analysis, fuzzing and a penetration test before each release.',
    },
    credentials: {
      used: true,
      first: 'unique',
      how: 'Drawn at random at manufacture, 12 characters, on the label.',
      unguessable: true,
      administrationApart: true,
      recovery: { offered: true, how: 'A code by mail and the button of the device.', multiFactor: true },
      changeNotice: { sent: true, by: 'mail and app' },
      storage: 'salted-hash',
      storageHow: 'scrypt, N = 2^15',
      lockout: { used: true, after: 5, how: 'Locked for a minute.' },
    },
    encryption: {
      inTransit: { used: true, how: 'TLS 1.2 and 1.3' },
      atRest: { used: true, how: 'AES-256-GCM with keys of the device; on servers with keys of the operator' },
    },
    authentication: {
      services: { authenticated: true, how: 'certificates of the maker, checked by chain and name' },
      app: { authenticated: true, how: 'a key exchanged at pairing' },
    },
    pairing: { confirmed: true, how: 'Press the button.' },
    transfer: { possible: true, how: 'Reset it; the new owner pairs it anew.' },
    reset: { possible: true, how: 'Hold the button for ten seconds.', erasesData: true },
    privacyControls: { offered: true, how: 'In the app, under Privacy.', resettable: true },
    optOut: { possible: true, consequences: 'No consumption is shown.' },
    returns: { accepted: true, within: 'P30D', how: 'Send it back free of charge.' },
    noticeHistory: { published: true, url: page('history'), since: ago(800), complete: true },
    offline: { works: true, keeps: ['switching on the local network'], loses: ['consumption in the app when away'] },
    tamper: { addressed: true, how: 'Sealed case; debug ports are closed.' },
    accessibility: { considered: true, how: 'WCAG 2.2 AA', standard: 'EN 301 549', url: page('accessibility') },
    communication: { told: true, channels: ['mail', 'app'], languages: ['en', 'de'] },
    sites: ['www.sound.example'],
    mail: { sent: true, domains: ['sound.example'], parked: [], dkimSelectors: ['default'] },
    policies: { privacy: policy('privacy'), security: policy('security'), support: policy('support') },
    certifications: [{ scheme: 'CE (RED)', kind: 'declaration', date: ago(300), url: page('conformity') }],
  }
}

function poor(today: string, ago: Ago): Dossier {
  return {
    schema: 'assay-dossier-1',
    issued: today,
    product: { vendor: 'Poor', model: 'Plug 1', versions: ['1.0.0'], category: 'plug' },
    support: { provided: false },
    updates: {
      available: true,
      how: 'undisclosed',
      signed: false,
      checkedOnDevice: false,
      encryptedTransport: true,
      hosts: ['ota.poor.example'],
      keepsSettings: false,
      changesTold: false,
    },
    data: {
      collected: true,
      inventory: [],
      retention: { limited: false },
      purposeBound: false,
      deletion: { possible: false },
      sale: { sold: true, withBusinessOnly: false },
    },
    domains: ['poor.example', '*.poor.example'],
    thirdParties: { any: false, parties: [] },
    regions: { countries: ['DE'] },
    services: [{ transport: 'tcp', port: 80, protocol: 'http', purpose: 'local control' }],
    sbom: { file: 'plug-1.0.0.cdx.json', format: 'cyclonedx' },
    disclosure: { accepted: false },
    advisories: { published: false },
    penetrationTests: { done: false },
    providerAssessment: { done: false },
    incidentPlan: { exists: false },
    development: { secure: false, threatModel: false, thirdPartyCode: false },
    credentials: {
      used: true,
      first: 'unique',
      recovery: { offered: false },
      changeNotice: { sent: false },
      storage: 'clear',
    },
    encryption: { inTransit: { used: true }, atRest: { used: false } },
    authentication: { services: { authenticated: true }, app: { authenticated: false } },
    pairing: { confirmed: false },
    transfer: { possible: false },
    reset: { possible: false },
    privacyControls: { offered: false },
    optOut: { possible: false },
    returns: { accepted: false },
    noticeHistory: { published: false },
    offline: { works: true },
    tamper: { addressed: false },
    accessibility: { considered: false },
    communication: { told: false },
    sites: ['www.poor.example'],
    mail: { sent: true, domains: ['poor.example'] },
    policies: { privacy: { url: 'http://www.poor.example/privacy.html', date: ago(2000), beforePurchase: false } },
  }
}

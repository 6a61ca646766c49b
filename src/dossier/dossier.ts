import { type Static, type TSchema, Type } from 'typebox'

/**
 * What a maker declares about a product: one source for the type and for the published JSON Schema (`assay schema dossier`). All but
 * `schema` and `product` may be left out: what is not said is not held against anybody, and settles nothing. A no is said as such
 * (`signed: false`), never by leaving it out. Within a version fields may be added; to remove or change one raises the version.
 */
const strict = { additionalProperties: false }
const told = (description: string) => ({ description })

const Text = (description: string) => Type.String({ minLength: 1, maxLength: 2000, description })
const Name = (description: string, example?: string) =>
  Type.String({ minLength: 1, maxLength: 200, description, ...(example === undefined ? {} : { examples: [example] }) })
const Yes = (description: string) => Type.Boolean({ description })
const Day = (description: string, example = '2026-06-30') =>
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: `${description} (RFC 3339)`, examples: [example] })
const Period = (description: string) =>
  Type.String({
    pattern: '^P(?=\\d)(?:\\d{1,4}Y)?(?:\\d{1,4}M)?(?:\\d{1,4}W)?(?:\\d{1,5}D)?$',
    description: `${description} (ISO 8601: P5Y, P90D)`,
    examples: ['P90D'],
  })
const Url = (description: string) =>
  Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2000, description, examples: ['https://www.example.com/page'] })
const Host = (description: string) =>
  Type.String({
    pattern: '^(?:\\*\\.)?[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*$',
    maxLength: 253,
    description,
    examples: ['example.com'],
  })
const Country = (description: string) =>
  Type.String({ pattern: '^(?:[A-Z]{2}|EEA)$', description: `${description} (ISO 3166 alpha-2, EU, or EEA)`, examples: ['DE'] })
const Digest = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the document, in hex',
  examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
})
const list = <T extends TSchema>(of: T, description?: string) =>
  Type.Array(of, { maxItems: 1000, ...(description === undefined ? {} : { description }) })

/** Every member may be left out. */
function part<P extends Record<string, TSchema>>(description: string, members: P) {
  return Type.Object(
    Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, Type.Optional(schema)])) as {
      [K in keyof P]: ReturnType<typeof Type.Optional<P[K]>>
    },
    { ...strict, description },
  )
}

const Party = (description: string) =>
  Type.Object(
    {
      name: Name('as it is registered'),
      address: Type.Optional(Text('postal address')),
      country: Type.Optional(Country('where it is established')),
      email: Type.Optional(Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 254, examples: ['security@example.com'] })),
      phone: Type.Optional(Name('phone number')),
      url: Type.Optional(Url('page by which it is reached')),
    },
    { ...strict, description },
  )

const Document = (description: string) =>
  part(description, {
    url: Url('where it can be read'),
    sha256: Digest,
    version: Name('its version'),
    date: Day('since when it holds'),
    beforePurchase: Yes('it can be read before purchase, without an account'),
  })

const Dated = (description: string) =>
  Type.Object(
    {
      date: Day('when it was finished'),
      by: Type.Optional(Name('who did it')),
      scope: Type.Optional(Text('what was looked at')),
      report: Type.Optional(Url('where its result or summary can be read')),
    },
    { ...strict, description },
  )

const FILE = {
  file: Name('path, relative to the dossier'),
  url: Url('where it is published'),
  sha256: Digest,
}

/** Kinds of personal data, as inventories name them and as traffic may show them. */
export const DATA_KINDS = [
  'account',
  'address',
  'audio',
  'biometric',
  'children',
  'contacts',
  'credentials',
  'diagnostics',
  'email',
  'hardware-address',
  'health',
  'location',
  'name',
  'payment',
  'phone',
  'serial-number',
  'usage',
  'video',
  'wifi-name',
  'other',
] as const

const Responsible = part('who answers for it, by role', {
  manufacturer: Party('who makes it, or has it made and sells it under its own name'),
  euRepresentative: Party('authorised representative in the European Union'),
  ukRepresentative: Party('authorised representative in the United Kingdom'),
  importer: Party('who places it on a market'),
  distributor: Party('who makes it available on a market'),
  serviceOperator: Party('who runs the services behind it'),
  dataController: Party('who decides why and how personal data is processed'),
  dataProtectionOfficer: Party('data protection officer'),
  securityContact: Party('who takes reports of weaknesses'),
})

const Support = part('for how long it gets security updates', {
  provided: Yes('it gets security updates at all'),
  start: Day('when the period begins'),
  end: Day('the day after which nothing is promised', '2031-12-31'),
  duration: Period('how long, counted from `start`'),
  beyondWarranty: Yes('it lasts beyond the warranty'),
  afterEnd: Text('what happens to the product then, and what to do'),
  url: Url('where this is published'),
})

const Updates = part('updates', {
  available: Yes('it takes security updates'),
  how: Type.Enum(
    ['automatic', 'approved', 'manual', 'undisclosed'],
    told(
      'automatic: by themselves; approved: offered, and the user says yes; manual: the user must look for them; undisclosed: users are not told',
    ),
  ),
  userAction: Text('what the user must do'),
  signed: Yes('images or their manifests are signed'),
  checkedOnDevice: Yes('the device checks the signature before it installs'),
  algorithm: Name('of the signature'),
  encryptedTransport: Yes('images and questions for them travel encrypted (HTTPS)'),
  rollbackProtected: Yes('older versions are refused'),
  hosts: list(Host('name of a server of updates, or *.domain'), 'every server that updates come from'),
  keys: list(
    Type.Union([
      Type.String({ minLength: 1, maxLength: 10_000, description: 'PEM' }),
      Type.Object({ kty: Type.String() }, told('JWK (RFC 7517), public')),
    ]),
    'public keys by which updates are checked',
  ),
  manifest: part('of the current update', {
    kind: Type.Enum(['suit', 'tuf'], told('SUIT manifest (RFC 9019), or metadata of The Update Framework')),
    ...FILE,
  }),
  keepsSettings: Yes('preferences and settings of security and privacy stay as they are'),
  changesTold: Yes('the user is told of what an update changes'),
  notes: Url('where each update is described'),
})

const DataItem = Type.Object(
  {
    what: Text('which data'),
    kind: Type.Optional(Type.Enum([...DATA_KINDS])),
    why: Text('for which purpose'),
    where: Type.Optional(list(Name('country, "device" or "app"'), 'where it is kept')),
    keptFor: Type.Optional(Text('for how long')),
    who: Type.Optional(list(Name('company'), 'who receives it')),
    optIn: Type.Optional(Yes('only where the user has said yes')),
    needed: Type.Optional(Yes('the product does not work without it')),
  },
  strict,
)

const Data = part('personal data', {
  collected: Yes('personal data is collected at all'),
  inventory: list(DataItem, 'all of it'),
  purposeBound: Yes('it is used for these purposes only, for others only where the user has said yes'),
  retention: part('for how long it is kept, where the inventory does not say', {
    limited: Yes('it is deleted after a time'),
    period: Period('at most'),
    rule: Text('in words'),
    url: Url('where this is published'),
  }),
  deletion: part('deletion of data on servers', {
    possible: Yes('the user can have it deleted or made anonymous'),
    how: Text('what the user must do'),
    within: Period('time until it is done'),
  }),
  sale: part('sale', {
    sold: Type.Boolean({ description: 'identifiable data is sold or handed on for money or the like', examples: [false] }),
    withBusinessOnly: Yes('it goes to others only with the business itself'),
  }),
  children: part('children', {
    directed: Yes('the product is for children'),
    consent: Text('how their parents are asked'),
  }),
})

const ThirdParty = Type.Object(
  {
    name: Name('company'),
    domains: Type.Optional(list(Host('name or *.domain'), 'domains by which it is reached')),
    purpose: Text('what it does'),
    receives: Type.Optional(list(Text('data'), 'what it is given')),
    country: Type.Optional(Country('where it processes it')),
    role: Type.Optional(Type.Enum(['processor', 'controller', 'carrier'], told('a carrier sees encrypted data only'))),
    consent: Type.Optional(Type.Enum(['asked', 'needed', 'none'], told('the user is asked; operation needs it; neither'))),
    boundToSameTerms: Type.Optional(Yes('by contract')),
  },
  strict,
)

const Service = Type.Object(
  {
    transport: Type.Enum(['tcp', 'udp']),
    port: Type.Integer({ minimum: 1, maximum: 65_535, examples: [443] }),
    to: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: 'last port of a range', examples: [443] })),
    protocol: Type.Optional(Name('what is spoken: https, mqtt, rtsp')),
    purpose: Text('what operation needs it for'),
    reach: Type.Optional(Type.Enum(['local', 'internet'], told('from where it may be reached'))),
    authentication: Type.Optional(Text('what is asked before it serves')),
  },
  strict,
)

const Credentials = part('user names, passwords and keys of users', {
  used: Yes('there are passwords or accounts at all'),
  first: Type.Enum(
    ['unique', 'one-time', 'set-by-user', 'certificate', 'shared'],
    told(
      'the first password: its own for each device, for one use, chosen by the user before use, a certificate; or the same for all',
    ),
  ),
  how: Text('how the first password is made'),
  unguessable: Yes('the first password is random and long: neither counted up nor made of serial numbers, addresses or the like'),
  administrationApart: Yes('administration has credentials of its own'),
  recovery: part('lost credentials', {
    offered: Yes('they can be recovered'),
    how: Text('by which steps'),
    multiFactor: Yes('more than one factor is asked for'),
  }),
  changeNotice: part('notice of a reset or change', {
    sent: Yes('the user is told'),
    by: Text('over which channel'),
  }),
  storage: Type.Enum(
    ['salted-hash', 'encrypted', 'secure-element', 'clear'],
    told('how credentials are stored, in the device and on servers'),
  ),
  storageHow: Text('algorithm and parameters'),
  lockout: part('many bad log-ins', {
    used: Yes('log-ins are locked or slowed down'),
    after: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'bad log-ins', examples: [10] }),
    how: Text('what happens then'),
  }),
})

const Encryption = part('cryptography', {
  inTransit: part('on every link', {
    used: Yes('everything travels encrypted but names and time, and what exceptions name'),
    how: Text('protocols and versions'),
    exceptions: list(Text('what travels in clear, and why')),
  }),
  atRest: part('in the device, its app and on servers', {
    used: Yes('personal data is kept encrypted'),
    how: Text('algorithms, and whose keys'),
  }),
})

const Authentication = part('of the device, its app and its services to one another', {
  services: part('services', {
    authenticated: Yes('the device checks who its services are'),
    how: Text('by what: certificates, pinned keys'),
  }),
  app: part('app', {
    authenticated: Yes('the device checks who its app is'),
    how: Text('by what'),
  }),
})

const Disclosure = part('weaknesses that others report', {
  accepted: Yes('reports are taken, tracked and answered'),
  policy: Url('disclosure policy'),
  contact: Text('address or page for reports'),
  securityTxt: Url('RFC 9116'),
  acknowledgedWithin: Period('first answer'),
  statusUpdates: Text('how often who reported is told how it stands'),
  bounty: Yes('reports are rewarded'),
})

const Certification = Type.Object(
  {
    scheme: Name('what it certifies: CE (RED), ETSI EN 303 645, Cyber Trust Mark'),
    kind: Type.Optional(Type.Enum(['certificate', 'declaration', 'label'])),
    number: Type.Optional(Name('certificate number')),
    by: Type.Optional(Name('body that issued it')),
    level: Type.Optional(Name('level')),
    date: Type.Optional(Day('when it was issued')),
    expires: Type.Optional(Day('until when it holds', '2031-12-31')),
    url: Type.Optional(Url('where it can be checked')),
  },
  strict,
)

export const DossierSchema = Type.Object(
  {
    schema: Type.Literal('assay-dossier-1'),
    issued: Type.Optional(Day('when the dossier was written')),
    product: Type.Object(
      {
        vendor: Name('who makes it, as on the product', 'Example'),
        model: Name('which it is, as on the product', 'Cam 2'),
        versions: Type.Optional(list(Name('version of its firmware', '1.4.2'), 'the versions that this is about')),
        aliases: Type.Optional(
          part('other names by which a network may know it', { vendors: list(Name('vendor')), models: list(Name('model')) }),
        ),
        category: Type.Optional(Name('camera, plug, hub…')),
        description: Type.Optional(Text('what it does')),
        url: Type.Optional(Url('its page')),
      },
      strict,
    ),
    responsible: Type.Optional(Responsible),
    support: Type.Optional(Support),
    updates: Type.Optional(Updates),
    data: Type.Optional(Data),
    domains: Type.Optional(list(Host('name or *.domain'), "domains of the maker's own servers, that the device talks to")),
    thirdParties: Type.Optional(
      part('other companies', {
        any: Yes('the device, its app or its services talk to others or pass data on'),
        parties: list(ThirdParty, 'all of them'),
      }),
    ),
    regions: Type.Optional(
      part('where personal data goes, and by which laws', {
        countries: list(Country('where servers stand'), 'every country that the device talks to'),
        transfers: Text('on which legal ground data leaves the region of the user'),
        laws: list(Name('law'), 'that the maker keeps: GDPR, COPPA'),
      }),
    ),
    services: Type.Optional(list(Service, 'every port on which the device answers; an empty list: none')),
    mud: Type.Optional(part('RFC 8520', { url: Url('MUD URL'), sha256: Digest })),
    sbom: Type.Optional(part('bill of materials', { ...FILE, format: Type.Enum(['cyclonedx', 'spdx']) })),
    vex: Type.Optional(list(part('statement on known vulnerabilities', FILE))),
    vulnerabilities: Type.Optional(
      part('publicly known vulnerabilities of its components', {
        open: Yes('there are some that are neither mended nor answered by VEX'),
      }),
    ),
    disclosure: Type.Optional(Disclosure),
    advisories: Type.Optional(
      part('security advisories', {
        published: Yes('there are any, or there will be'),
        url: Url('where'),
        format: Type.Enum(['csaf', 'rss', 'html']),
      }),
    ),
    penetrationTests: Type.Optional(part('of sites and servers', { done: Yes('they are done'), tests: list(Dated('a test')) })),
    providerAssessment: Type.Optional(
      part('of providers of services and clouds', { done: Yes('they are assessed'), assessments: list(Dated('an assessment')) }),
    ),
    incidentPlan: Type.Optional(
      part('for breaches and dangers', {
        exists: Yes('there is a plan for telling users'),
        reviewed: Day('last review'),
        notifiedWithin: Period('time until users are told'),
        contact: Text('whom to ask'),
      }),
    ),
    development: Type.Optional(
      part('how it was made', {
        secure: Yes('security was part of it from the beginning'),
        process: Text('standard or process'),
        threatModel: Yes('threats were modelled'),
        thirdPartyCode: Yes('the code of others is listed and watched'),
        tested: Text('how it was tested before it shipped'),
      }),
    ),
    credentials: Type.Optional(Credentials),
    encryption: Type.Optional(Encryption),
    authentication: Type.Optional(Authentication),
    pairing: Type.Optional(
      part('with devices, platforms and services', { confirmed: Yes('the user must confirm, or is told'), how: Text('by what') }),
    ),
    transfer: Type.Optional(
      part('to a new owner', { possible: Yes('ownership and data can be handed on'), how: Text('by which steps') }),
    ),
    reset: Type.Optional(
      part('to factory settings', {
        possible: Yes('device and app can be reset'),
        how: Text('by which steps'),
        erasesData: Yes("the user's data is erased"),
      }),
    ),
    privacyControls: Type.Optional(
      part('privacy preferences', {
        offered: Yes('the user can review and change them'),
        how: Text('where'),
        resettable: Yes('back to the default'),
      }),
    ),
    optOut: Type.Optional(
      part('declining', { possible: Yes('the user may decline or opt out'), consequences: Text('what does not work then') }),
    ),
    returns: Type.Optional(
      part('where the privacy terms are refused', {
        accepted: Yes('the product may be returned free of charge'),
        within: Period('after purchase'),
        how: Text('by which steps'),
      }),
    ),
    noticeHistory: Type.Optional(
      part('earlier versions of the privacy notice', {
        published: Yes('they can be read'),
        url: Url('where'),
        since: Day('the oldest of them'),
        complete: Yes('there was none before'),
      }),
    ),
    offline: Type.Optional(
      part('without the Internet or the service', {
        works: Yes('its main function works'),
        keeps: list(Text('what works')),
        loses: list(Text('what stops')),
      }),
    ),
    tamper: Type.Optional(part('physical tampering', { addressed: Yes('it is prevented or shows'), how: Text('by what') })),
    accessibility: Type.Optional(
      part('people with disabilities', {
        considered: Yes('they were thought of'),
        how: Text('what was done'),
        standard: Name('standard that was followed'),
        url: Url('accessibility statement'),
      }),
    ),
    communication: Type.Optional(
      part('with users, on security, privacy, end of life and recall', {
        told: Yes('users are told'),
        channels: list(Name('mail, app, page, post')),
        languages: list(
          Type.String({ pattern: '^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$', description: 'BCP 47: de, pt-BR', examples: ['de'] }),
        ),
      }),
    ),
    sites: Type.Optional(list(Host('name of a web site'), "the maker's web sites: support, shop, account")),
    mail: Type.Optional(
      part('mail to users', {
        sent: Yes('the maker or its services write to users by mail'),
        domains: list(Host('domain'), 'every domain that writes to users'),
        parked: list(Host('domain'), 'its domains that never write'),
        dkimSelectors: list(Name('selector')),
      }),
    ),
    policies: Type.Optional(
      part('what the maker publishes', {
        privacy: Document('privacy notice'),
        security: Document('security policy'),
        support: Document('support policy'),
        terms: Document('terms of use'),
      }),
    ),
    certifications: Type.Optional(list(Certification, 'certificates and declarations of conformity held')),
  },
  { ...strict, title: 'Assay dossier, version 1' },
)

export type Dossier = Static<typeof DossierSchema>

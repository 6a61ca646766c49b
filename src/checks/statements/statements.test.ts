import { describe, expect, it } from 'vitest'
import type { Dossier } from '../../dossier/dossier.ts'
import { atPointer, steps } from '../../dossier/pointer.ts'
import { isEntry, isFrame } from '../../evidence/pointer.ts'
import { aDevice, aNetwork, HOUR, localPeer, peer, START } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import type { Check } from '../check.ts'
import { later, yearsBefore } from './days.ts'
import { statements } from './statements.ts'
import { STATEMENTS } from './table.ts'

type Said = Omit<Dossier, 'schema' | 'product'>

/** A maker that says everything, and nothing against itself. The evidence of tests is of 2026-01-01. */
const WHOLE = {
  responsible: {
    manufacturer: { name: 'Example Ltd', address: '1 Example Street', email: 'info@example.com' },
    securityContact: { name: 'Example PSIRT', email: 'psirt@example.com' },
  },
  support: { provided: true, end: '2030-12-31' },
  updates: {
    available: true,
    how: 'approved',
    userAction: 'press yes',
    signed: true,
    checkedOnDevice: true,
    keepsSettings: true,
  },
  data: {
    collected: true,
    inventory: [{ what: 'video', why: 'to show it', keptFor: '30 days' }],
    purposeBound: true,
    retention: { period: 'P30D' },
    deletion: { possible: true, how: 'in the app' },
    sale: { sold: false, withBusinessOnly: true },
  },
  thirdParties: {
    any: true,
    parties: [{ name: 'Example Cloud', purpose: 'hosting', consent: 'needed', boundToSameTerms: true }],
  },
  regions: { countries: ['DE'], laws: ['GDPR'], transfers: 'none leaves' },
  disclosure: {
    accepted: true,
    policy: 'https://example.com/vdp',
    contact: 'psirt@example.com',
    acknowledgedWithin: 'P5D',
    statusUpdates: 'every two weeks',
  },
  advisories: { published: true, url: 'https://example.com/advisories' },
  penetrationTests: { done: true, tests: [{ date: '2025-03-01' }, { date: '2025-09-01' }] },
  providerAssessment: { done: true, assessments: [{ date: '2025-06-01' }] },
  incidentPlan: { exists: true, reviewed: '2025-05-01' },
  development: {
    secure: true,
    process: 'IEC 62443-4-1',
    threatModel: true,
    thirdPartyCode: true,
    tested: 'fuzzing, code review',
  },
  credentials: {
    used: true,
    first: 'unique',
    how: 'random, on the label',
    unguessable: true,
    recovery: { offered: true, how: 'mail and app', multiFactor: true },
    changeNotice: { sent: true, by: 'mail' },
    lockout: { used: true, after: 10, how: 'a minute' },
    storage: 'salted-hash',
    storageHow: 'Argon2id',
  },
  encryption: { inTransit: { used: true, how: 'TLS 1.3' }, atRest: { used: true, how: 'AES-256-GCM, own keys' } },
  authentication: {
    services: { authenticated: true, how: 'pinned keys' },
    app: { authenticated: true, how: 'paired keys' },
  },
  pairing: { confirmed: true, how: 'button' },
  transfer: { possible: true, how: 'reset, then set up' },
  reset: { possible: true, how: 'hold the button', erasesData: true },
  privacyControls: { offered: true, how: 'in the app', resettable: true },
  optOut: { possible: true, consequences: 'no clips' },
  returns: { accepted: true, within: 'P30D' },
  noticeHistory: { published: true, url: 'https://example.com/history', since: '2023-01-01' },
  offline: { works: true, keeps: ['live view'], loses: ['clips'] },
  mail: { sent: true, domains: ['example.com'] },
  tamper: { addressed: true, how: 'sealed' },
  accessibility: { considered: true, how: 'screen reader' },
  communication: { told: true, channels: ['mail'], languages: ['en'] },
  policies: {
    privacy: { url: 'https://example.com/privacy', beforePurchase: true },
    security: { url: 'https://example.com/security' },
    support: { url: 'https://example.com/support' },
  },
  certifications: [{ scheme: 'CE (RED)', expires: '2027-01-01' }],
} satisfies Said

const of = (id: string): Check => statements.find((check) => check.id === id)!

/** The whole with one place changed, or left out. */
function with_(at: string, value?: unknown): Said {
  const copy = structuredClone(WHOLE) as Record<string, unknown>
  const path = steps(at)
  const last = path.pop()!
  let now = copy
  for (const step of path) now = (now[step] ??= {}) as Record<string, unknown>
  if (value === undefined) delete now[last]
  else now[last] = value
  return copy
}

const say = (id: string, said: Said) => finding(of(id), aDevice().declares(said))

describe.each(STATEMENTS.map((row) => [row.id, row] as const))('%s', (id, row) => {
  it('passes on a statement that is whole, and points to it', () => {
    const found = say(id, WHOLE)
    expect(found).toMatchObject({ outcome: 'pass', assurance: 'declared', severity: 'info' })
    expect(found.reason).toMatch(/^[A-Z].*\.$/)
    expect(found.evidence.length).toBeGreaterThan(0)
    for (const pointer of found.evidence) {
      expect(pointer).toMatchObject({ document: 0 })
      if (!isFrame(pointer) && !isEntry(pointer)) expect(atPointer(WHOLE, pointer.at), pointer.at).toBeDefined()
    }
  })

  it('knows more of one whose signature was verified', () => {
    expect(finding(of(id), aDevice().declares(WHOLE, 'key abc'))).toMatchObject({ outcome: 'pass', assurance: 'documented' })
  })

  it('is open without a dossier, and with one that says nothing', () => {
    for (const device of [aDevice(), aDevice().declares({})]) {
      const found = finding(of(id), device)
      expect(found.outcome).toBe('inconclusive')
      expect(found.next?.length).toBeGreaterThan(10)
    }
  })

  const needed = row.needs.filter(({ at }) => !OTHERWISE_SAID[id]?.includes(String(at)))
  it.each(needed.map((need) => [String(need.at), need] as const))('is open without %s', (_, need) => {
    let said = WHOLE as Said
    for (const at of typeof need.at === 'string' ? [need.at] : need.at) {
      const copy = structuredClone(said) as Record<string, unknown>
      const path = steps(at)
      const last = path.pop()!
      const around = path.reduce<Record<string, unknown> | undefined>(
        (o, s) => o?.[s] as Record<string, unknown> | undefined,
        copy,
      )
      if (around !== undefined) delete around[last]
      said = copy
    }
    expect(say(id, said).outcome).toBe('inconclusive')
  })

  it.each(
    row.needs.flatMap(({ at, no, expect: wanted = true }) => (no === undefined ? [] : [[String(at), no, wanted] as const])),
  )('fails where %s says the opposite', (at, no, wanted) => {
    const found = say(id, with_(at, no.value ?? !wanted))
    expect(found).toMatchObject({
      outcome: no.only ?? 'fail',
      severity: no.severity,
      reason: `The maker says ${no.says}.`,
      evidence: [{ document: 0, at }],
    })
  })
})

/** What follows from the rest of the statement: dates say that it was done. */
const OTHERWISE_SAID: Record<string, string[]> = {
  'states-support-period': ['/support/provided'],
  'states-penetration-tests': ['/penetrationTests/done'],
  'states-provider-assessment': ['/providerAssessment/done'],
  'states-data-retention': ['/data/retention/period,/data/retention/rule'],
}

describe('dates, on the day of the evidence', () => {
  it('support ends', () => {
    expect(say('states-support-period', with_('/support/end', '2026-01-01')).outcome).toBe('pass')
    const over = say('states-support-period', with_('/support/end', '2025-12-31'))
    expect(over).toMatchObject({ outcome: 'fail', severity: 'high' })
    expect(over.reason).toBe('The maker says that security updates ended on 2025-12-31: on 2026-01-01 it was still in use.')
    expect(say('states-support-period', { support: { provided: true, start: '2025-01-01', duration: 'P5Y' } }).reason).toContain(
      'until 2030-01-01',
    )
    expect(say('states-support-period', { support: { provided: true, start: '2020-01-01', duration: 'P5Y' } }).outcome).toBe(
      'fail',
    )
    expect(say('states-support-period', { support: { provided: true, duration: 'P5Y' } }).outcome).toBe('inconclusive')
  })

  it('penetration tests are two within twelve months', () => {
    const tests = (...dates: string[]) =>
      say('states-penetration-tests', { penetrationTests: { done: true, tests: dates.map((date) => ({ date })) } })
    expect(tests('2025-01-01', '2025-12-31').outcome).toBe('pass')
    expect(tests('2024-12-31', '2025-12-31')).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('One penetration test') as string,
    })
    expect(tests('2024-12-31', '2024-06-01')).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('more than a year') as string,
    })
    // what lies in the future has not been done
    expect(tests('2025-12-31', '2026-06-01').outcome).toBe('fail')
    expect(tests('2026-06-01', '2026-09-01').outcome).toBe('inconclusive')
  })

  it('plans, assessments and certificates grow old', () => {
    expect(say('states-incident-plan', with_('/incidentPlan/reviewed', '2025-01-01')).outcome).toBe('pass')
    expect(say('states-incident-plan', with_('/incidentPlan/reviewed', '2024-12-31')).outcome).toBe('fail')
    expect(say('states-incident-plan', with_('/incidentPlan/reviewed', '2026-02-01')).outcome).toBe('inconclusive')
    expect(say('states-provider-assessment', with_('/providerAssessment/assessments', [{ date: '2024-12-31' }]))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
    expect(say('states-conformity', with_('/certifications/0/expires', '2025-12-31')).outcome).toBe('warn')
  })

  it('the history of notices goes back two years, or to the first', () => {
    expect(say('states-notice-history', with_('/noticeHistory/since', '2024-01-01')).outcome).toBe('pass')
    expect(say('states-notice-history', with_('/noticeHistory/since', '2024-01-02')).outcome).toBe('inconclusive')
    const first = { ...WHOLE, noticeHistory: { ...WHOLE.noticeHistory, since: '2025-06-01', complete: true } }
    expect(say('states-notice-history', first).outcome).toBe('pass')
  })

  it('are never held against the clock: without a time of the evidence they are open', () => {
    const device = { ...aDevice().declares(WHOLE).build(), last: Number.NEGATIVE_INFINITY, first: Infinity }
    const network = aNetwork({ first: 0, last: 0 })
    for (const id of ['states-support-period', 'states-penetration-tests', 'states-incident-plan'])
      expect(of(id).run(device, network)[0]).toMatchObject({ outcome: 'inconclusive' })
    // an answer of years later is the day that counts
    const later = { ...device, last: START + 6 * 365 * 24 * HOUR }
    expect(of('states-support-period').run(later, network)[0]!.outcome).toBe('fail')
  })

  it('are reckoned as calendars do', () => {
    expect(yearsBefore('2024-02-29', 1)).toBe('2023-02-28')
    expect(yearsBefore('2026-01-01', 2)).toBe('2024-01-01')
    expect(later('2024-02-29', 'P1Y')).toBe('2025-02-28')
    expect(later('2026-01-31', 'P1M')).toBe('2026-02-28')
    expect(later('2026-01-31', 'P1Y2M3W4D')).toBe('2027-04-25')
    expect(later('2026-01-01', 'P9999Y')).toBeUndefined()
    expect(later('2026-01-01', 'soon')).toBeUndefined()
  })
})

describe('questions that do not arise', () => {
  it('where no data is collected, as long as none was seen', () => {
    const none = { ...WHOLE, data: { collected: false } }
    expect(say('states-data-inventory', none).outcome).toBe('pass')
    for (const id of ['states-deletion', 'states-data-retention', 'states-no-sale', 'states-encryption-at-rest'])
      expect(say(id, { data: { collected: false } }).outcome).toBe('not-applicable')
    const seen = aDevice()
      .declares({ data: { collected: false } })
      .observe('personal', { what: 'email', masked: 'a…(9)', peer: peer(), protocol: 'http', where: 'body' })
    expect(finding(of('states-deletion'), seen).outcome).toBe('inconclusive')
  })

  it('where there are no passwords, as long as nobody was asked for one', () => {
    const none = { credentials: { used: false } }
    for (const id of [
      'states-unique-passwords',
      'states-credential-recovery',
      'states-password-notices',
      'states-credential-storage',
    ])
      expect(say(id, none).outcome).toBe('not-applicable')
    const asked = aDevice()
      .declares(none)
      .observe('login', { role: 'server', peer: localPeer(), protocol: 'telnet', outcome: 'refused' })
    expect(finding(of('states-credential-storage'), asked).outcome).toBe('inconclusive')
  })

  it('where it takes no updates', () => {
    for (const id of ['states-update-signing', 'states-settings-kept', 'states-update-approval'])
      expect(say(id, { updates: { available: false } }).outcome).toBe('not-applicable')
    expect(say('states-updates', { updates: { available: false } })).toMatchObject({ outcome: 'fail', severity: 'high' })
  })
})

describe('lists, of which each entry must be whole', () => {
  it('retention may stand with each kind of data', () => {
    const each = { data: { ...WHOLE.data, retention: {} } }
    expect(say('states-data-retention', each)).toMatchObject({
      outcome: 'pass',
      reason: expect.stringContaining('video (30 days)') as string,
    })
    const open = { data: { ...each.data, inventory: [...WHOLE.data.inventory, { what: 'sound', why: 'the same' }] } }
    expect(say('states-data-retention', open)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'The dossier does not say for how long it keeps sound.',
    })
  })

  it('what is kept without end is said as such', () => {
    expect(say('states-data-retention', { data: { collected: true, retention: { limited: false } } })).toMatchObject({
      outcome: 'fail',
      evidence: [{ document: 0, at: '/data/retention/limited' }],
    })
  })

  it('third parties receive data by consent or need, on the same terms', () => {
    const party = (more: object) =>
      say('states-third-parties', { thirdParties: { any: true, parties: [{ name: 'X', purpose: 'ads', ...more }] } })
    expect(party({ consent: 'asked', boundToSameTerms: true }).outcome).toBe('pass')
    expect(party({ consent: 'none', boundToSameTerms: true }).outcome).toBe('fail')
    expect(party({ consent: 'asked', boundToSameTerms: false }).outcome).toBe('fail')
    expect(party({ consent: 'asked' }).outcome).toBe('inconclusive')
    expect(party({ role: 'carrier' }).outcome).toBe('pass')
    expect(say('states-third-parties', { thirdParties: { any: false } }).outcome).toBe('pass')
    expect(say('states-third-parties', { thirdParties: { any: true } }).outcome).toBe('inconclusive')
  })

  it('who writes mail names its domains', () => {
    expect(say('states-mail-domains', { mail: { sent: false } }).outcome).toBe('pass')
    expect(say('states-mail-domains', { mail: { sent: true } }).outcome).toBe('inconclusive')
  })

  it('policies are read over HTTPS', () => {
    expect(say('states-policies', with_('/policies/privacy/url', 'http://example.com/privacy'))).toMatchObject({
      outcome: 'fail',
      severity: 'low',
    })
  })
})

describe('what an answer or a packet shows otherwise', () => {
  const shown = (id: string, device: ReturnType<typeof aDevice>, signedBy?: string) =>
    finding(of(id), device.declares(WHOLE, signedBy))

  it('says encrypted, and was read', () => {
    const found = shown(
      'states-encryption-in-transit',
      aDevice().observe(
        'credential',
        { role: 'client', peer: peer({ port: 80 }), protocol: 'http', scheme: 'basic', accepted: 'unknown' },
        { exemplars: [{ capture: 0, frame: 812 }] },
      ),
    )
    expect(found).toMatchObject({
      outcome: 'fail',
      severity: 'high',
      contradiction: true,
      assurance: 'observed',
      reason:
        'The maker says that everything travels encrypted; frame 812 shows in clear: credentials (HTTP) to api.example.com:80.',
      // the packet first, then the place
      evidence: [
        { capture: 0, frame: 812 },
        { document: 0, at: '/encryption/inTransit/used' },
      ],
    })
    const talk = aDevice().endpoint({ name: 'a.example', port: 80, protocol: 'http', protection: 'clear' })
    expect(shown('states-encryption-in-transit', talk).contradiction).toBe(true)
    expect(shown('states-encryption-in-transit', aDevice().endpoint()).outcome).toBe('pass')
    // names and time are in clear by their standards
    const time = aDevice().endpoint({ port: 123, transport: 'udp', protocol: 'ntp', protection: 'clear' })
    expect(shown('states-encryption-in-transit', time).outcome).toBe('pass')
    const excepted = { encryption: { inTransit: { used: true, how: 'TLS', exceptions: ['weather'] } } }
    expect(finding(of('states-encryption-in-transit'), talk.declares(excepted))).toMatchObject({ outcome: 'warn' })
  })

  it('keeps both sides in sight, however much shows it', () => {
    const device = aDevice()
    for (let i = 0; i < 40; i++) device.endpoint({ name: `s${i}.example`, port: 80, protocol: 'http', protection: 'clear' })
    const { evidence } = shown('states-encryption-in-transit', device)
    expect(evidence).toHaveLength(16)
    expect(evidence.at(-1)).toEqual({ document: 0, at: '/encryption/inTransit/used' })
  })

  it('says that first passwords are its own, and a published one let somebody in', () => {
    const login = { protocol: 'telnet', port: 23, transport: 'tcp', tried: 5, refused: 4 } as const
    const accepted = { user: 'r…(4)', secret: 'x…(6)', of: 'Mirai' }
    const found = shown(
      'states-unique-passwords',
      aDevice().asked('probe.login', 'telnet tcp/23', { ...login, accepted } as never),
    )
    expect(found).toMatchObject({ outcome: 'fail', severity: 'critical', contradiction: true, assurance: 'probed' })
    expect(found.reason).toMatch(
      /^The maker says that each device has a first password of its own; question \d+ shows that telnet on tcp\/23 lets r…\(4\) in/i,
    )
    expect(shown('states-unique-passwords', aDevice().asked('probe.login', 'telnet tcp/23', login as never)).outcome).toBe('pass')
    const seen = {
      role: 'server',
      peer: localPeer(),
      protocol: 'telnet',
      scheme: 'login',
      known: 'Mirai',
      accepted: 'yes',
    } as const
    expect(shown('states-unique-passwords', aDevice().observe('credential', seen)).contradiction).toBe(true)
    expect(shown('states-unique-passwords', aDevice().observe('credential', { ...seen, accepted: 'no' })).outcome).toBe('pass')
    // who says that there are none, and lets somebody in by one
    const none = aDevice()
      .declares({ credentials: { used: false } })
      .observe('credential', seen)
    expect(finding(of('states-unique-passwords'), none).contradiction).toBe(true)
  })

  it('says that guessing is resisted, and was not', () => {
    const guess = (outcome: string, attempts = 12) =>
      aDevice().asked('probe.lockout', 'telnet tcp/23', {
        protocol: 'telnet',
        port: 23,
        transport: 'tcp',
        attempts,
        outcome,
        firstMs: 1,
        lastMs: 1,
      } as never)
    expect(shown('states-lockout', guess('unchanged'))).toMatchObject({
      contradiction: true,
      severity: 'high',
      reason: expect.stringMatching(
        /^The maker says that log-ins lock or slow down after 10 bad ones; question \d+ shows that telnet on tcp\/23 answered 12 bad log-ins alike\.$/i,
      ) as string,
    })
    expect(shown('states-lockout', guess('locked')).outcome).toBe('pass')
    // fewer than it takes show nothing
    expect(shown('states-lockout', guess('unchanged', 9)).outcome).toBe('pass')
  })

  it('says that it checks its services, and took an impostor for one', () => {
    const impostor = { server: 'api.example.com', port: 443, offer: 'self-signed', outcome: 'accepted', sent: 300 } as const
    const ask = (outcome: string) => aDevice().asked('probe.impostor', 'x', { ...impostor, outcome } as never)
    expect(shown('states-app-authentication', ask('accepted'))).toMatchObject({ contradiction: true, severity: 'critical' })
    expect(shown('states-app-authentication', ask('refused')).outcome).toBe('pass')
    expect(shown('states-app-authentication', ask('not-tried')).outcome).toBe('pass')
  })

  it('says that it works offline, and did not', () => {
    const cut = (during: boolean, { after = true, dropped = 12 } = {}) =>
      aDevice().asked('probe.cut', 'http tcp/80', {
        service: 'HTTP on tcp/80',
        before: true,
        during,
        after,
        seconds: 60,
        dropped,
      } as never)
    expect(shown('states-offline-behaviour', cut(false))).toMatchObject({ contradiction: true, severity: 'medium' })
    expect(shown('states-offline-behaviour', cut(true)).outcome).toBe('pass')
    // it was switched off meanwhile, or sent nothing that could be missed
    expect(shown('states-offline-behaviour', cut(false, { after: false })).outcome).toBe('pass')
    expect(shown('states-offline-behaviour', cut(false, { dropped: 0 })).outcome).toBe('pass')
    const honest = { offline: { works: false, keeps: [], loses: ['all'] } }
    expect(finding(of('states-offline-behaviour'), cut(false).declares(honest))).toMatchObject({
      outcome: 'pass',
      reason: 'The maker says whether it works offline (no), that nothing keeps working and what stops (all).',
    })
  })

  it('names a security.txt that is not there', () => {
    const said = {
      ...WHOLE,
      disclosure: { ...WHOLE.disclosure, securityTxt: 'https://www.example.com/.well-known/security.txt' },
    }
    const site = (found: boolean, host = 'www.example.com') =>
      aDevice()
        .asked('site.security-txt', host, { host, found, contacts: [], canonical: [], faults: [] } as never)
        .declares(said)
    expect(finding(of('states-disclosure-policy'), site(false)).contradiction).toBe(true)
    expect(finding(of('states-disclosure-policy'), site(true)).outcome).toBe('pass')
    expect(finding(of('states-disclosure-policy'), site(false, 'other.example')).outcome).toBe('pass')
  })
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../../checks/index.ts'
import type { Outcome } from '../../checks/check.ts'
import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import type { Kind, Kinds } from '../../evidence/kinds.ts'
import type { WorldResult } from '../../testing/makers.ts'
import { aNetwork } from '../../testing/device.ts'

const NEEDED = ['unshare', 'ip', 'mount', 'openssl', 'named', 'dnssec-signzone', 'delv', 'nginx', 'exim4', 'gpg']
const missing = NEEDED.filter((name) => spawnSync('which', [name], { stdio: 'ignore' }).status !== 0)
const root = process.getuid?.() === 0 && spawnSync('unshare', ['--net', '--pid', '--mount', '--fork', 'true']).status === 0
const why = missing.length > 0 ? ` (needs ${missing.join(', ')})` : root ? '' : ' (needs root and namespaces)'

const IDS = [
  'site-https',
  'site-headers',
  'security-txt',
  'advisories-published',
  'mail-authenticated',
  'dmarc-enforced',
  'mail-transport',
  'names-protected',
] as const
type Id = (typeof IDS)[number]

/** What differs from the good one, of which everything passes: nothing else may. */
const TWINS: Record<string, Partial<Record<Id, [Outcome, RegExp]>>> = {
  good: {},
  'no-https': {
    'site-https': ['fail', /does not answer over HTTPS/],
    'site-headers': ['error', /nobody listens/],
    'security-txt': ['error', /nobody listens/],
    'advisories-published': ['error', /nobody listens/],
  },
  'plain-http': { 'site-https': ['fail', /without leading to HTTPS/] },
  'expired-certificate': {
    'site-https': ['fail', /it has expired/],
    'security-txt': ['warn', /it has expired/],
    'advisories-published': ['warn', /it has expired/],
    'mail-transport': ['pass', /DANE makes it binding/],
  },
  'wrong-name': {
    'site-https': ['fail', /for another name/],
    'security-txt': ['warn', /for another name/],
    'advisories-published': ['warn', /for another name/],
    'mail-transport': ['pass', /DANE makes it binding/],
  },
  'unknown-authority': {
    'site-https': ['fail', /authority is not known/],
    'security-txt': ['warn', /authority is not known/],
    'advisories-published': ['warn', /authority is not known/],
    'mail-transport': ['pass', /DANE makes it binding/],
  },
  'no-hsts': { 'site-https': ['fail', /no Strict-Transport-Security/] },
  'short-hsts': { 'site-https': ['warn', /for 24 hours only/] },
  'broken-hsts': { 'site-https': ['fail', /cannot be read/] },
  'no-csp': { 'site-headers': ['fail', /without Content-Security-Policy/] },
  'weak-csp': { 'site-headers': ['warn', /unsafe-inline/] },
  'no-nosniff': { 'site-headers': ['fail', /without X-Content-Type-Options/] },
  framed: { 'site-headers': ['fail', /without frame-ancestors/] },
  'no-referrer': { 'site-headers': ['warn', /without Referrer-Policy/] },
  'round-and-round': { 'site-https': ['warn', /more than 5 redirects/], 'site-headers': ['error', /more than 5 redirects/] },
  elsewhere: {},
  'odd-port': { 'site-https': ['warn', /good\.example:8443, which was not asked/], 'site-headers': ['error', /8443/] },
  dead: {
    'site-https': ['error', /takes connections/],
    'site-headers': ['error', /takes connections/],
    'security-txt': ['error', /nobody listens/],
    'advisories-published': ['error', /nobody listens/],
  },
  mute: {
    'site-https': ['error', /nobody answered/],
    'site-headers': ['error', /nobody answered/],
    'security-txt': ['error', /nobody answered/],
    'advisories-published': ['error', /nobody answered/],
  },
  drip: { 'security-txt': ['error', /did not come whole/], 'advisories-published': ['error', /did not come whole/] },
  flood: { 'security-txt': ['error', /more than is read/], 'advisories-published': ['error', /more than is read/] },
  bomb: { 'security-txt': ['error', /packed/], 'advisories-published': ['error', /packed/] },
  deep: { 'security-txt': ['fail', /./], 'advisories-published': ['fail', /no JSON/] },
  headers: { 'security-txt': ['error', /./], 'advisories-published': ['error', /./] },
  'not-http': { 'security-txt': ['error', /./], 'advisories-published': ['error', /./] },
  maze: { 'security-txt': ['error', /more than 5 redirects/], 'advisories-published': ['error', /more than 5 redirects/] },
  'no-address': {
    'site-https': ['error', /no address/],
    'site-headers': ['error', /no address/],
    'security-txt': ['error', /no address/],
    'advisories-published': ['error', /address/],
  },
  'no-security-txt': { 'security-txt': ['fail', /has no/] },
  'old-place': { 'security-txt': ['fail', /at \/security\.txt only/] },
  past: { 'security-txt': ['fail', /expired on 2025-01-01/] },
  'no-contact': { 'security-txt': ['fail', /names no contact/] },
  'no-policy': { 'security-txt': ['warn', /no Policy/] },
  'twice-expires': { 'security-txt': ['warn', /more than once/] },
  'not-ours': { 'security-txt': ['warn', /Canonical does not list/] },
  'as-html': { 'security-txt': ['fail', /is a web page/] },
  'as-json': { 'security-txt': ['warn', /application\/json/] },
  'signed-text': { 'security-txt': ['pass', /Its signature is valid/] },
  'forged-text': { 'security-txt': ['fail', /not what was signed/] },
  'signed-unknown': { 'security-txt': ['pass', /was not verified/] },
  'everything-found': { 'security-txt': ['fail', /is a web page/], 'advisories-published': ['warn', /no CSAF/] },
  'server-error': { 'security-txt': ['error', /503/] },
  'no-csaf': { 'advisories-published': ['warn', /no CSAF/] },
  'csaf-missing': { 'advisories-published': ['fail', /answers with 404/] },
  'csaf-by-dns': {},
  'csaf-folder': {},
  'csaf-trusted': { 'advisories-published': ['pass', /with a valid signature/] },
  'csaf-forged': { 'advisories-published': ['warn', /checksum .* another file; the signature .* not valid/] },
  'csaf-unsigned': { 'advisories-published': ['warn', /\.asc cannot be fetched/] },
  'csaf-no-publisher': { 'advisories-published': ['warn', /names no publisher/] },
  'csaf-gone': { 'advisories-published': ['fail', /cannot be fetched/] },
  'csaf-other-id': { 'advisories-published': ['warn', /tracking id/] },
  'no-spf': { 'mail-authenticated': ['fail', /no SPF record/] },
  'plus-all': { 'mail-authenticated': ['fail', /\+all/] },
  'two-spf': { 'mail-authenticated': ['fail', /2 SPF records/] },
  ptr: { 'mail-authenticated': ['fail', /ptr/] },
  'deep-spf': { 'mail-authenticated': ['fail', /more than 10 look-ups/] },
  'loop-spf': { 'mail-authenticated': ['fail', /leads back/] },
  'void-spf': { 'mail-authenticated': ['fail', /find nothing/] },
  'redirect-spf': {},
  'soft-spf': {},
  'no-dkim': { 'mail-authenticated': ['inconclusive', /selector/] },
  'dkim-768': { 'mail-authenticated': ['fail', /768 bits/] },
  'dkim-1024': { 'mail-authenticated': ['warn', /1024 bits/] },
  'dkim-ed25519': {},
  'dkim-every': { 'mail-authenticated': ['pass', /keys under \*/] },
  'odd-selector': {},
  'dkim-test': { 'mail-authenticated': ['warn', /marked as a test/] },
  'no-dmarc': { 'mail-authenticated': ['fail', /no DMARC record/], 'dmarc-enforced': ['fail', /no DMARC record/] },
  'two-dmarc': { 'mail-authenticated': ['warn', /2 DMARC records/], 'dmarc-enforced': ['fail', /is none/] },
  'dmarc-none': { 'dmarc-enforced': ['fail', /is none/] },
  'dmarc-half': { 'dmarc-enforced': ['warn', /50 %/] },
  'dmarc-sp': { 'dmarc-enforced': ['warn', /below it/] },
  'dmarc-away': { 'mail-authenticated': ['warn', /does not say that it takes them/] },
  parked: { 'mail-authenticated': ['pass', /Nobody may write/], 'mail-transport': ['not-applicable', /takes no mail/] },
  'parked-open': {
    'mail-authenticated': ['fail', /no SPF record and no DMARC record/],
    'dmarc-enforced': ['fail', /no DMARC/],
    'mail-transport': ['not-applicable', /takes no mail/],
  },
  'no-starttls': { 'mail-transport': ['fail', /offers no STARTTLS/] },
  'strange-mx': { 'mail-transport': ['fail', /authority is not known/] },
  'refuses-tls': { 'mail-transport': ['fail', /454/] },
  'flood-mx': { 'mail-transport': ['error', /did not greet/] },
  'cut-mx': { 'mail-transport': ['error', /before TLS was set up|not finished/] },
  'no-tls-mx': { 'mail-transport': ['fail', /TLS failed: wrong version number|packet length/] },
  refused: { 'site-headers': ['error', /403/] },
  'dead-mx': { 'mail-transport': ['error', /nobody listens/] },
  'mute-mx': { 'mail-transport': ['error', /did not greet/] },
  'sts-only': { 'mail-transport': ['pass', /and MTA-STS makes/] },
  'dane-only': { 'mail-transport': ['pass', /and DANE makes/] },
  'dane-unsigned': { 'mail-transport': ['warn', /without DNSSEC/], 'names-protected': ['warn', /not signed/] },
  'dane-wrong': { 'mail-transport': ['fail', /TLSA/] },
  opportunistic: { 'mail-transport': ['warn', /neither MTA-STS nor DANE/] },
  'sts-testing': { 'mail-transport': ['warn', /is testing/] },
  'sts-other-mx': { 'mail-transport': ['warn', /leaves out/] },
  'sts-redirect': { 'mail-transport': ['warn', /301/] },
  'no-tls-rpt': { 'mail-transport': ['pass', /no TLS-RPT/] },
  unsigned: { 'names-protected': ['warn', /not signed: its parent says so/] },
  'late-signature': { 'names-protected': ['fail', /its signature ended/] },
  'wrong-ds': { 'names-protected': ['fail', /vouches for/] },
  tampered: { 'names-protected': ['fail', /its signature is false/] },
  stripped: { 'names-protected': ['fail', /is not signed/] },
  nsec3: {},
  rsa: {},
  sha1: { 'names-protected': ['warn', /RFC 9905/] },
  ed448: {},
  'left-out': { 'names-protected': ['warn', /leaves it out/] },
  signed: {},
  'no-caa': { 'names-protected': ['warn', /no CAA/] },
  'empty-caa': { 'names-protected': ['warn', /name no authority/] },
}

/** Asked for by the name of a host below the domain. */
const HOST = 'www.www-mail.example'
const domainOf = (name: string) => `${name}.${name === 'left-out' || name === 'signed' ? 'test' : 'example'}`

describe.skipIf(why !== '')(`a world of makers${why}`, () => {
  let world: WorldResult
  beforeAll(() => {
    const dir = mkdtempSync(join(tmpdir(), 'makers-'))
    const ca = ['-subj', '/CN=ca', '-keyout', join(dir, 'ca.key'), '-out', join(dir, 'ca.crt')]
    const how = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30'.split(' ')
    expect(spawnSync('openssl', [...how, ...ca]).status).toBe(0)
    const program = fileURLToPath(new URL('../../testing/maker-world.ts', import.meta.url))
    const run = spawnSync('unshare', ['--net', '--pid', '--mount', '--fork', '--kill-child', process.execPath, program], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(dir, 'ca.crt'), WORLD_CA_KEY: join(dir, 'ca.key') },
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 90_000,
    })
    expect(run.stderr).toBe('')
    world = JSON.parse(run.stdout) as WorldResult
  })

  const evidence = (site: string) => {
    const facts = world.facts
      .filter(({ of }) => of === site)
      .map((f) => ({ ...f, count: 1, bytes: 0, first: f.at, last: f.at, exemplars: f.shown }))
    return {
      of: <K extends Kind>(kind: K) => facts.filter((f) => f.kind === kind) as unknown as Observation<K>[],
    } as unknown as DeviceEvidence
  }
  const fact = <K extends Kind>(name: string, kind: K) =>
    world.facts.find((f) => f.of === domainOf(name) && f.kind === kind)?.data as Kinds[K] | undefined

  it('has a verdict awaited of every maker', () => {
    const asked = new Set(world.facts.map(({ of }) => of))
    expect(asked).toEqual(new Set([...Object.keys(TWINS).map(domainOf), HOST]))
  })

  it.each(Object.entries(TWINS))('tells %s from the good one, and by nothing else', (name, differs) => {
    const device = evidence(domainOf(name))
    for (const id of IDS) {
      const [outcome, reason] = differs[id] ?? ['pass', /./]
      const found = checks.find((check) => check.id === id)!.run(device, aNetwork())
      expect(found, id).toMatchObject([{ outcome, reason: expect.stringMatching(reason) }])
      if (outcome === 'pass' || outcome === 'fail') expect(found[0]!.evidence.length, id).toBeGreaterThan(0)
    }
  })

  it('asks a host for its pages, its domain for mail and names, and the host for mail where it takes some', () => {
    const facts = world.facts.filter(({ of }) => of === HOST).map(({ kind, key }) => `${kind} ${key}`)
    expect(new Set(facts)).toEqual(
      new Set([
        `site.https ${HOST}`,
        `site.headers ${HOST}`,
        `site.security-txt ${HOST}`,
        `site.csaf ${HOST}`,
        'mail.domain www-mail.example',
        `mail.domain ${HOST}`,
        'site.dns www-mail.example',
      ]),
    )
    const outcomes = (id: Id) => checks.find((check) => check.id === id)!.run(evidence(HOST), aNetwork())
    expect(outcomes('mail-authenticated')).toMatchObject([
      { outcome: 'pass', about: 'www-mail.example' },
      { outcome: 'fail', about: HOST, reason: expect.stringMatching(/no -all or ~all/) },
    ])
    // the record of the domain holds for the host, too
    expect(outcomes('dmarc-enforced')).toMatchObject([
      { outcome: 'pass' },
      { outcome: 'pass', reason: expect.stringMatching(/_dmarc\.www-mail/) },
    ])
  })

  it('agrees with delv on every kind of zone', () => {
    const verdicts = Object.entries(world.delv).map(([domain, said]) => {
      const secure = said.includes('; fully validated')
      const status = secure ? 'secure' : said.includes('; unsigned answer') ? 'insecure' : 'bogus'
      return [domain, status]
    })
    const ours = world.facts
      .filter((f) => f.kind === 'site.dns' && world.delv[f.of] !== undefined)
      .map((f) => [f.of, (f.data as Kinds['site.dns']).dnssec])
    // BIND still takes SHA-1 unless the system's policy forbids it; RFC 9905 section 3 says that validators must not
    const expected = { ...Object.fromEntries(verdicts), 'sha1.example': 'insecure' }
    expect(verdicts.length).toBeGreaterThan(12)
    expect(world.delv['sha1.example']).toBeDefined()
    expect(Object.fromEntries(ours)).toEqual(expected)
    expect(new Set(verdicts.map(([, status]) => status))).toEqual(new Set(['secure', 'insecure', 'bogus']))
  })

  it('writes down what the servers say', () => {
    expect(fact('good', 'site.https')).toMatchObject({
      plain: 'https',
      secure: true,
      version: 'TLSv1.3',
      hsts: { maxAge: 31_536_000 },
    })
    expect(fact('elsewhere', 'site.https')).toMatchObject({ leadsTo: 'good.example' })
    expect(fact('good', 'mail.domain')).toMatchObject({
      mx: ['mx.good.example'],
      spf: { all: '-', lookups: 1, faults: [] },
      dkim: [{ selector: 's1', keyBits: 2048 }],
      mtaSts: { mode: 'enforce', mx: ['mx.good.example'], faults: [] },
      dane: [{ secure: true, matches: true }],
      startTls: [{ offered: true, version: 'TLSv1.3' }],
      unanswered: [],
    })
    expect(fact('parked', 'mail.domain')).toMatchObject({ nullMx: true, dkimNobody: true, spf: { nobody: true } })
    expect(fact('redirect-spf', 'mail.domain')?.spf).toMatchObject({ all: '-', lookups: 2, faults: [] })
    expect(fact('good', 'site.csaf')).toMatchObject({ publisher: 'Maker & Sons', advisories: 2, newest: '2026-10-01T10:00:00Z' })
    expect(fact('csaf-folder', 'site.csaf')).toMatchObject({
      advisories: 2,
      read: 'https://csaf-folder.example/csaf/2026/m-2.json',
    })
  })

  it('sends no mail, and asks politely', () => {
    const smtp = world.transcript.filter(({ port }) => port === 25)
    expect(smtp.length).toBeGreaterThan(50)
    const said = smtp.flatMap((entry) => entry.said.filter(({ by }) => by === 'us').map(({ text }) => text))
    expect(said.filter((text) => /MAIL|RCPT|DATA|VRFY|EXPN/i.test(text))).toEqual([])
    const open = smtp.filter((entry) => entry.ip === '127.0.0.21')
    expect(open.length).toBe(1)
    expect(open[0]!.said.filter(({ by }) => by === 'us').map(({ text }) => text)).toEqual([
      'EHLO assay.invalid\\r\\n',
      'QUIT\\r\\n',
    ])
    expect(world.transcript.every(({ ip }) => ip.startsWith('127.'))).toBe(true)
  })
})

import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Dossier } from './dossier.ts'
import { supplied } from './supplied.ts'

let root: string
let folder: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'supplied-'))
  folder = join(root, 'maker')
  mkdirSync(join(folder, 'osv'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

const dossier = (more: Partial<Dossier>): Dossier => ({
  schema: 'assay-dossier-1',
  product: { vendor: 'Lab', model: 'Hub' },
  ...more,
})
const read = (more: Partial<Dossier>, osv = false) =>
  supplied(dossier(more), folder, { documents: 3, ...(osv ? { osv: join(folder, 'osv') } : {}) })
const put = (name: string, value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  writeFileSync(join(folder, name), text)
  return createHash('sha256').update(text).digest('hex')
}

const SUPPLIER = { name: 'Lab Libraries' }
const component = (purl: string, more: object = {}) => ({
  'bom-ref': purl,
  name: purl.replace(/^.*\//, '').replace(/@.*/, ''),
  version: purl.replace(/^.*@|\?.*$/g, ''),
  purl,
  supplier: SUPPLIER,
  ...more,
})
const bom = (...components: object[]) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: {
    timestamp: '2026-01-01T00:00:00Z',
    authors: [{ name: 'Lab' }],
    component: { 'bom-ref': 'hub', name: 'Hub', version: '4.0', supplier: SUPPLIER, purl: 'pkg:generic/lab/hub@4.0' },
  },
  components,
  dependencies: [{ ref: 'hub', dependsOn: components.map((c) => (c as { 'bom-ref': string })['bom-ref']) }],
})
const record = (id: string, ecosystem: string, name: string, fixed: string, more: object = {}) =>
  put(`osv/${id}.json`, {
    id,
    modified: '2026-01-02T00:00:00Z',
    affected: [{ package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }] }],
    ...more,
  })

describe('what a dossier leads to', () => {
  it('is nothing where it leads nowhere', () => {
    expect(read({}, true)).toEqual({ firstDocument: 3, documents: [], vex: [], admitted: [] })
  })

  it('is a bill of materials, and known vulnerabilities of what is in it', () => {
    const sha256 = put(
      'sbom.json',
      bom(
        component('pkg:npm/lodash@4.17.20'),
        component('pkg:deb/debian/openssl@3.0.11-1?distro=debian-12'),
        component('pkg:npm/sound@1.0.0'),
      ),
    )
    record('GHSA-1', 'npm', 'lodash', '4.17.21', { aliases: ['CVE-2021-23337'], database_specific: { severity: 'HIGH' } })
    record('OTHER-1', 'npm', 'lodash', '4.18.0', {
      aliases: ['CVE-2021-23337'],
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    })
    record('GHSA-2', 'npm', 'lodash', '4.17.12')
    record('DSA-1', 'Debian:12', 'openssl', '3.0.14-1', { aliases: ['CVE-2024-1'] })
    record('DSA-2', 'Debian:11', 'openssl', '9', {})
    const found = read({ sbom: { file: 'sbom.json', sha256 } }, true)
    expect(found).toEqual({
      firstDocument: 3,
      documents: [{ path: 'sbom.json', sha256, kind: 'bill of materials', title: 'CycloneDX 1.5', sealed: true }],
      vex: [],
      admitted: [],
      sbom: {
        document: 3,
        format: 'CycloneDX 1.5',
        components: 3,
        author: 'Lab',
        created: '2026-01-01T00:00:00Z',
        lacks: [],
        listed: [
          { name: 'lodash', version: '4.17.20', at: '/components/0' },
          { name: 'openssl', version: '3.0.11-1', at: '/components/1' },
          { name: 'sound', version: '1.0.0', at: '/components/2' },
        ],
      },
      vulnerabilities: {
        records: 5,
        newest: Date.UTC(2026, 0, 2),
        compared: 3,
        uncompared: [],
        // one vulnerability of two names once, as bad as the worse says
        openCounts: { critical: 1, unknown: 1 },
        answeredCount: 0,
        open: [
          { id: 'CVE-2021-23337', severity: 'critical', component: { name: 'lodash', version: '4.17.20', at: '/components/0' } },
          { id: 'CVE-2024-1', severity: 'unknown', component: { name: 'openssl', version: '3.0.11-1', at: '/components/1' } },
        ],
        answered: [],
      },
    })
    expect(structuredClone(found)).toEqual(found)
  })

  it('is answered by VEX beside it and within the bill, with a reason only', () => {
    put('sbom.json', {
      ...bom(
        component('pkg:npm/a@1.0.0'),
        component('pkg:npm/b@1.0.0'),
        component('pkg:npm/c@1.0.0'),
        component('pkg:npm/d@1.0.0'),
      ),
      vulnerabilities: [{ id: 'V-d', analysis: { state: 'resolved' }, affects: [{ ref: 'pkg:npm/d@1.0.0' }] }],
    })
    for (const name of ['a', 'b', 'c', 'd']) record(`V-${name}`, 'npm', name, '2.0.0')
    put('vex.json', {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      author: 'Lab',
      timestamp: '2026-01-01T00:00:00Z',
      statements: [
        {
          vulnerability: { name: 'V-a' },
          products: [{ '@id': 'Lab Hub' }],
          status: 'not_affected',
          justification: 'component_not_present',
        },
        { vulnerability: { name: 'V-b' }, products: [{ '@id': 'Lab Hub' }], status: 'not_affected' },
        { vulnerability: { name: 'V-c' }, products: [{ '@id': 'pkg:npm/c' }], status: 'under_investigation' },
      ],
    })
    const { vulnerabilities, documents, vex } = read(
      { sbom: { file: 'sbom.json' }, vex: [{ file: 'vex.json' }, { file: 'none.json' }] },
      true,
    )
    expect(documents.map(({ kind, sealed }) => [kind, sealed])).toEqual([
      ['bill of materials', false],
      ['VEX', false],
    ])
    expect(vulnerabilities).toMatchObject({
      open: [
        { id: 'V-B', answer: { status: 'not_affected', document: 4, at: '/statements/1' } },
        { id: 'V-C', answer: { status: 'under_investigation', document: 4, at: '/statements/2' } },
      ],
      answered: [
        {
          id: 'V-A',
          answer: { status: 'not_affected', justification: 'component_not_present', document: 4, at: '/statements/0' },
        },
        { id: 'V-D', answer: { status: 'fixed', document: 3, at: '/vulnerabilities/0' } },
      ],
    })
    expect(vex).toMatchObject([
      { trouble: 'a statement on vulnerabilities (VEX) cannot be read: there is no file none.json in the folder of the dossier' },
    ])
  })

  it('knows advisories of distributions by what they mend, all of which must be answered', () => {
    put('sbom.json', bom(component('pkg:deb/debian/curl@7.88.1-10?distro=debian-12')))
    record('DEBIAN-CVE-2024-1', 'Debian:12', 'curl', '7.88.1-11', {
      upstream: ['CVE-2024-1'],
      modified: '2026-01-03T00:00:05.986201214Z',
    })
    record('DSA-5', 'Debian:12', 'curl', '7.88.1-11', { upstream: ['CVE-2024-1', 'CVE-2024-2'] })
    const say = (name: string) => ({ vulnerability: { name }, products: [{ '@id': 'Hub' }], status: 'fixed' })
    put('vex.json', { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [say('CVE-2024-1')] })
    expect(read({ sbom: { file: 'sbom.json' }, vex: [{ file: 'vex.json' }] }, true).vulnerabilities).toMatchObject({
      newest: Date.UTC(2026, 0, 3, 0, 0, 5, 986),
      answered: [{ id: 'CVE-2024-1' }],
      open: [{ id: 'CVE-2024-2' }],
    })
  })

  it('takes a maker at its word that it is affected, whatever a database knows, until it says otherwise', () => {
    put('sbom.json', bom(component('pkg:npm/a@1.0.0'), component('pkg:npm/b@1.0.0')))
    const say = (name: string, products: object[], status: string, timestamp = '2026-01-01T00:00:00Z') => ({
      vulnerability: { name },
      products,
      status,
      timestamp,
      justification: 'component_not_present',
    })
    const hub = { '@id': 'Lab Hub' }
    put('vex.json', {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      statements: [
        say('CVE-1', [hub], 'affected'),
        say('CVE-2', [{ '@id': 'pkg:npm/a' }], 'affected'),
        say('CVE-3', [{ ...hub, subcomponents: [{ '@id': 'pkg:npm/b@1.0.0' }] }], 'affected'),
        // later, of another version, of another product, of what is not in it
        say('CVE-4', [hub], 'affected'),
        say('CVE-4', [hub], 'fixed', '2026-02-01T00:00:00Z'),
        say('CVE-5', [{ '@id': 'pkg:npm/a@2.0.0' }], 'affected'),
        say('CVE-6', [{ '@id': 'Lab Camera' }], 'affected'),
        say('CVE-7', [{ ...hub, subcomponents: [{ '@id': 'pkg:npm/c' }] }], 'affected'),
        say('CVE-8', [hub], 'not_affected'),
        say('cve-1', [{ '@id': 'pkg:npm/a' }], 'affected'),
      ],
    })
    const { admitted, vex } = read({ sbom: { file: 'sbom.json' }, vex: [{ file: 'vex.json' }] })
    expect(vex).toEqual([])
    expect(admitted).toEqual([
      { id: 'CVE-1', document: 4, at: '/statements/0' },
      { id: 'CVE-2', document: 4, at: '/statements/1' },
      { id: 'CVE-3', document: 4, at: '/statements/2' },
    ])
    // of the product without any bill, too
    expect(read({ vex: [{ file: 'vex.json' }] }).admitted.map(({ id }) => id)).toEqual(['CVE-1'])
  })

  it('compares no more statements than a product can have', () => {
    const statement = { vulnerability: { name: 'CVE-1' }, products: [{ '@id': 'Hub' }], status: 'affected' }
    put('vex.json', { '@context': 'https://openvex.dev/ns/v0.2.0', statements: Array.from({ length: 5000 }, () => statement) })
    expect(read({ vex: [{ file: 'vex.json' }] }).vex).toMatchObject([
      { trouble: expect.stringMatching(/too many statements on the same/) },
    ])
  })

  it('says what was not compared, and why', () => {
    put(
      'sbom.json',
      bom(component('pkg:generic/uboot@2024.1'), component('pkg:cargo/time@1.0.0'), component('pkg:npm/x@latest'), {
        'bom-ref': 'n',
        name: 'nameless',
      }),
    )
    record('V-x', 'npm', 'x', '2.0.0')
    put('osv/broken.json', '{')
    const { vulnerabilities } = read({ sbom: { file: 'sbom.json' } }, true)
    expect(vulnerabilities).toMatchObject({
      compared: 0,
      uncompared: [
        { reason: 'OSV has no ecosystem for pkg:generic', count: 1, examples: ['uboot 2024.1'] },
        { reason: 'they have no package URL', count: 1, examples: ['nameless'] },
        { reason: 'the database has no records of crates.io', count: 1, examples: ['time 1.0.0'] },
        { reason: 'V-x: latest cannot be compared with the versions of the record', count: 1, examples: ['x latest'] },
        { reason: 'files of the database cannot be read', count: 1, examples: ['broken.json is no JSON'] },
      ],
    })
  })

  it('is read beside the dossier and nowhere else', () => {
    writeFileSync(join(root, 'secret.json'), JSON.stringify(bom()))
    symlinkSync(join(root, 'secret.json'), join(folder, 'link.json'))
    symlinkSync(root, join(folder, 'up'))
    put('inside.json', bom())
    symlinkSync(join(folder, 'inside.json'), join(folder, 'fine.json'))
    for (const file of [
      '../secret.json',
      join(root, 'secret.json'),
      'link.json',
      'up/secret.json',
      'osv/../../secret.json',
      'osv',
      '.',
      'a\0b',
    ])
      expect([file, read({ sbom: { file } }).sbom]).toEqual([
        file,
        {
          trouble: expect.stringMatching(/there is no file .* in the folder of the dossier$/),
          next: expect.stringMatching(/beside the dossier/),
        },
      ])
    expect(read({ sbom: { file: 'fine.json' } }).sbom).toHaveProperty('format')
    // nothing is fetched
    expect(read({ sbom: { url: 'https://lab.example/sboms/none.json?x=1' } }).sbom).toMatchObject({
      trouble: expect.stringMatching(/nothing is fetched from https:\/\/lab\.example\/.*there is no none\.json$/),
    })
    expect(read({ sbom: { url: 'https://lab.example/sboms/inside.json?x=1' } }).sbom).toHaveProperty('format')
    expect(read({ sbom: {} }).sbom).toMatchObject({ trouble: expect.stringMatching(/neither a file nor a URL/) })
    expect(read({ sbom: { file: 'inside.json', sha256: '00'.repeat(32) } }).sbom).toMatchObject({
      trouble: expect.stringMatching(/is not the one that the dossier means/),
    })
    put('big.json', '')
    truncateSync(join(folder, 'big.json'), 50e6 + 1)
    expect(read({ sbom: { file: 'big.json' } }).sbom).toMatchObject({
      trouble: expect.stringMatching(/more than 50000000 bytes/),
    })
  })

  it('is a manifest that verifies with a key of the dossier, or does not', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string
    const jwk = { kty: 'OKP', ...publicKey.export({ format: 'jwk' }) }
    // as a dossier's reader leaves it: in one line
    const pem = (publicKey.export({ type: 'spki', format: 'pem' }) as string).trim().replaceAll('\n', ' ')
    writeFileSync(
      join(folder, 'update.suit'),
      tinySuit((bytes) => sign(null, bytes, privateKey)),
    )
    const manifest = { kind: 'suit' as const, file: 'update.suit' }
    for (const keys of [[jwk], [other, pem]])
      expect(read({ updates: { manifest, keys } })).toMatchObject({
        documents: [{ kind: 'update manifest', title: 'SUIT manifest' }],
        manifest: {
          kind: 'suit',
          document: 3,
          state: 'sequence number 7',
          verifiedBy: `key ${keys.length} of the dossier (EdDSA)`,
          payloads: 0,
        },
      })
    expect(read({ updates: { manifest, keys: [other] } }).manifest).toMatchObject({
      broken: 'the key of the dossier does not verify its signature (EdDSA)',
    })
    expect(read({ updates: { manifest, keys: [other, 'no key at all'] } }).manifest).toHaveProperty('broken')
    expect(read({ updates: { manifest } }).manifest).toMatchObject({
      unsettled: { trouble: 'the dossier names no public key to verify it with' },
    })
    put('update.suit', 'no manifest')
    expect(read({ updates: { manifest, keys: [jwk] } }).manifest).toMatchObject({
      trouble: expect.stringMatching(/it is no SUIT envelope/),
    })
    expect(read({ updates: { manifest: { kind: 'tuf', file: 'update.suit' } } }).manifest).toMatchObject({
      trouble: expect.stringMatching(/it is no JSON/),
    })
  })

  it('compares no more than a product can have', () => {
    put('sbom.json', bom(...Array.from({ length: 3000 }, (_, i) => component(`pkg:npm/x@1.0.${i}`))))
    for (let i = 0; i < 700; i++) record(`V-${i}`, 'npm', 'x', '0.1.0')
    expect(read({ sbom: { file: 'sbom.json' } }, true).vulnerabilities).toMatchObject({
      trouble: expect.stringMatching(/too many records and statements/),
    })
  })

  it('tells a database that is not there', () => {
    put('sbom.json', bom(component('pkg:npm/x@1.0.0')))
    const found = supplied(dossier({ sbom: { file: 'sbom.json' } }), folder, { documents: 0, osv: join(folder, 'nowhere') })
    expect(found.vulnerabilities).toEqual({
      trouble: 'known vulnerabilities cannot be looked up: the folder of the OSV database cannot be read: ENOENT',
      next: 'Name its folder: --osv FOLDER',
    })
  })
})

/** An envelope without components, by the CDDL of draft-ietf-suit-manifest. */
function tinySuit(signs: (bytes: Buffer) => Buffer): Buffer {
  const bstr = (bytes: Buffer) =>
    Buffer.concat([bytes.length < 24 ? Buffer.from([0x40 | bytes.length]) : Buffer.from([0x58, bytes.length]), bytes])
  const manifest = bstr(Buffer.from('a3010102070341a0', 'hex'))
  const digest = Buffer.concat([Buffer.from([0x82, 0x2f]), bstr(createHash('sha256').update(manifest).digest())])
  const header = Buffer.from('a10127', 'hex')
  const signed = Buffer.concat([
    Buffer.from('846a5369676e617475726531', 'hex'),
    bstr(header),
    bstr(Buffer.alloc(0)),
    bstr(digest),
  ])
  const cose = Buffer.concat([Buffer.from([0xd2, 0x84]), bstr(header), Buffer.from([0xa0, 0xf6]), bstr(signs(signed))])
  return Buffer.concat([
    Buffer.from([0xd8, 0x6b, 0xa2, 0x02]),
    bstr(Buffer.concat([Buffer.from([0x82]), bstr(digest), bstr(cose)])),
    Buffer.from([0x03]),
    manifest,
  ])
}

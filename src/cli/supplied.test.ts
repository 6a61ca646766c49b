import { spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Audit } from '../report/model.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const home = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
/** A camera of that capture. */
const CAMERA = '192.168.50.148'

/** Example 0 of draft-ietf-suit-manifest (appendix B.1), and the public key that its examples are signed with. */
const SUIT =
  'd86ba2025873825824822f58206658ea560262696dd1f13b782239a064da7c6c5cbaf52fded428a6fc83c7e5af584ad28443a10126a0f65840408d0816' +
  'f9b510749bf6a51b066951e08a4438f849eb092a1ac768eed9de696c1b1dd35d82ef149e6a73a61976ad2cfe78444b8064293350a122f332cb49f0da03' +
  '5871a50101020003585fa202818141000458568614a40150fa6b4a53d5ad5fdfbe9de663e4d41ffe02501492af1425695e48bf429b2d51f2ab45035824' +
  '822f582000112233445566778899aabbccddeeff0123456789abcdeffedcba98765432100e1987d0010f020f074382030f0943821702'
const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhJaBGq4LqqvSYVcYnuzaJr6qi/Eb
bz/m4rVlnIXbwK07HypLbAmBMcCjbazR14vTgdzfsJwFLbM5kdtzOLSolg==
-----END PUBLIC KEY-----
`

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'assay-supplied-'))))
afterAll(() => rmSync(folder, { recursive: true }))

function assay(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 60_000,
    maxBuffer: 1 << 26,
  })
  return { code: status, out: stdout, err: stderr }
}

/** A maker's folder: a dossier, and what it leads to. The twin's busybox is older, and the last byte of its manifest another. */
function maker(name: string, twin: boolean): void {
  mkdirSync(join(folder, name))
  const put = (file: string, content: string | Buffer) => {
    writeFileSync(join(folder, name, file), content)
    return createHash('sha256').update(content).digest('hex')
  }
  const version = twin ? '1.36.1-r28' : '1.36.1-r29'
  const busybox = {
    'bom-ref': 'busybox',
    name: 'busybox',
    version,
    purl: `pkg:apk/alpine/busybox@${version}?distro=alpine-3.20.1`,
  }
  const sbom = put(
    'sbom.json',
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: {
        timestamp: '2026-11-01T00:00:00Z',
        authors: [{ name: 'Lens' }],
        component: {
          'bom-ref': 'cam',
          name: 'LC200',
          version: '4.0',
          supplier: { name: 'Lens' },
          purl: 'pkg:generic/lens/lc200@4.0',
        },
      },
      components: [{ ...busybox, supplier: { name: 'Alpine Linux' } }],
      dependencies: [{ ref: 'cam', dependsOn: ['busybox'] }],
    }),
  )
  const manifest = put('update.suit', Buffer.from(twin ? `${SUIT.slice(0, -2)}03` : SUIT, 'hex'))
  put(
    'maker.yaml',
    JSON.stringify({
      schema: 'assay-dossier-1',
      product: { vendor: 'Lens', model: 'LC200' },
      sbom: { file: 'sbom.json', sha256: sbom },
      vulnerabilities: { open: false },
      updates: { signed: true, keys: [KEY], manifest: { kind: 'suit', file: 'update.suit', sha256: manifest } },
    }),
  )
}

describe('assay audit --dossier --osv', { timeout: 60_000 }, () => {
  it('reads what a signed dossier leads to, and tells a maker from its twin', () => {
    mkdirSync(join(folder, 'osv'))
    writeFileSync(
      join(folder, 'osv', 'ALPINE-1.json'),
      JSON.stringify({
        id: 'ALPINE-CVE-2023-42366',
        aliases: ['CVE-2023-42366'],
        modified: '2026-11-20T00:00:00Z',
        severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H' }],
        affected: [
          {
            package: { ecosystem: 'Alpine:v3.20', name: 'busybox' },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.36.1-r29' }] }],
          },
        ],
      }),
    )
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(join(folder, 'pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    const said = ['good', 'twin'].map((name) => {
      maker(name, name === 'twin')
      expect(assay('dossier', 'sign', `${name}/maker.yaml`, '--key', 'key.pem')).toMatchObject({ code: 0 })
      const { code, out, err } = assay(
        'audit',
        home,
        '--dossier',
        `${name}/maker.yaml@${CAMERA}`,
        '--dossier-key',
        'pub.pem',
        '--osv',
        'osv',
        '--json',
      )
      expect([code, err]).toEqual([0, ''])
      const audit = JSON.parse(out) as Audit
      expect(audit.documents?.map(({ kind, path, signedBy }) => [kind, path, signedBy !== undefined])).toEqual([
        ['dossier', `${name}/maker.yaml`, true],
        ['bill of materials', `${name}/sbom.json`, true],
        ['update manifest', `${name}/update.suit`, true],
      ])
      const device = audit.devices.find(({ ips }) => ips.includes(CAMERA))!
      expect(device.documents).toEqual([0, 1, 2])
      return ['bill-of-materials', 'known-vulnerabilities', 'update-signed'].map((check) => {
        const [finding, ...more] = device.findings.filter((f) => f.check === check)
        expect(more).toEqual([])
        return [check, finding!.outcome, finding!.severity, finding!.assurance, finding!.contradiction ?? false]
      })
    })
    expect(said).toEqual([
      [
        ['bill-of-materials', 'pass', 'info', 'documented', false],
        ['known-vulnerabilities', 'pass', 'info', 'documented', false],
        ['update-signed', 'pass', 'info', 'documented', false],
      ],
      [
        ['bill-of-materials', 'pass', 'info', 'documented', false],
        ['known-vulnerabilities', 'fail', 'medium', 'documented', true],
        ['update-signed', 'fail', 'high', 'documented', true],
      ],
    ])
  })

  it('tells who writes the dossier the same before it is published', () => {
    for (const [name, marks] of [
      ['good', ['✓ Bill of materials', '✓ Known vulnerabilities', '✓ Updates are signed']],
      ['twin', ['✓ Bill of materials', '✗ Known vulnerabilities', '✗ Updates are signed']],
    ] as const) {
      const { code, out } = assay('dossier', 'check', `${name}/maker.yaml`, '--osv', 'osv')
      expect(code).toBe(0)
      // the database is held against today: it may be an old one by then
      for (const mark of marks) if (name === 'twin' || !mark.includes('Known')) expect(out).toContain(mark)
    }
  })

  it('says that the folder of --osv is not there, also where a dossier leads to no component', () => {
    writeFileSync(join(folder, 'bare.yaml'), 'schema: assay-dossier-1\nproduct: { vendor: Lab, model: Thing }\n')
    expect(assay('dossier', 'check', 'bare.yaml', '--osv', 'nowhere')).toMatchObject({
      code: 3,
      err: expect.stringContaining('--osv nowhere: no such file or directory'),
    })
  })

  it('says what --osv is for where no dossier is named', () => {
    expect(assay('audit', home, '--osv', '.')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no dossier is named[^]*--dossier maker\.yaml/),
    })
  })
})

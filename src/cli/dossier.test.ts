import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { template } from '../dossier/template.ts'
import { renderSchema } from '../report/json.ts'
import type { Audit } from '../report/model.ts'
import { dossiersOf } from './declarations.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const sample = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
/** The sample's camera: its truth file names the address, and that it fetches firmware by HTTP from fw.lenscam.example. */
const CAMERA = '192.168.50.148'
let folder: string

function assay(...args: string[]) {
  const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000 })
  return { code: run.status, out: run.stdout, err: run.stderr }
}

const DOSSIER = `schema: assay-dossier-1
product: { vendor: Lens, model: Cam 200 }
support: { provided: true, end: 2030-12-31, url: 'https://www.lenscam.example/support' }
updates: { available: true, encryptedTransport: true, hosts: [updates.lenscam.example] }
regions: { countries: [EU] }
`

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-dossier-cli-'))
  writeFileSync(join(folder, 'cam.yaml'), DOSSIER)
  for (const name of ['maker', 'other']) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(join(folder, `${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(join(folder, `${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('assay dossier', { timeout: 60_000 }, () => {
  it('init writes a template that check takes, and overwrites nothing', () => {
    expect(assay('dossier', 'init', '-o', 'new.yaml')).toMatchObject({ code: 0, err: '' })
    expect(assay('dossier', 'check', 'new.yaml')).toMatchObject({ code: 0, err: '' })
    expect(assay('dossier', 'init', '-o', 'new.yaml')).toMatchObject({
      code: 2,
      err: expect.stringContaining('not overwritten') as string,
    })
    expect(readFileSync(join(folder, 'new.yaml'), 'utf8')).toBe(template())
  })

  it('check says what is said, what is not and for which principle, and what will be held against it', () => {
    const { code, out } = assay('dossier', 'check', 'cam.yaml')
    expect(code).toBe(0)
    expect(out).toContain('cam.yaml: a sound dossier of Lens Cam 200')
    expect(out).toMatch(
      /✓ Says how long it is supported \(principle 19\)\n {4}The maker promises security updates until 2030-12-31\./,
    )
    expect(out).toMatch(/\? Date of its incident plan \(principle 40\)/)
    expect(out).toContain('- updates come from updates.lenscam.example')
    expect(out).toContain('- updates travel encrypted')
  })

  it('check tells every mistake with its line and what was meant, and ends with 3', () => {
    writeFileSync(
      join(folder, 'bad.yaml'),
      'schema: assay-dossier-1\nproduct: { vendor: Lens, model: Cam }\nsuport:\n  end: 2030-12-31\n',
    )
    const { code, out, err } = assay('dossier', 'check', 'bad.yaml')
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/line 3, \/suport: there is no such field\. Did you mean support/)
    expect(assay('dossier', 'check', 'missing.yaml')).toMatchObject({
      code: 3,
      err: expect.stringContaining('no such file') as string,
    })
    expect(assay('audit', sample, '--dossier', 'bad.yaml', '--quiet')).toMatchObject({ code: 3 })
  })

  it('sign and verify: by whom and when, or why not', () => {
    expect(assay('dossier', 'sign', 'cam.yaml', '--key', 'maker.pem')).toMatchObject({ code: 0, err: '' })
    expect(assay('dossier', 'verify', 'cam.yaml', '--key', 'maker.pub').out).toMatch(
      /^cam\.yaml \(Lens Cam 200\) is signed by key [\w-]{43}, with EdDSA, on \d{4}-\d\d-\d\d [\d:]+ UTC as its signer says\.\n$/,
    )
    const wrong = assay('dossier', 'verify', 'cam.yaml', '--key', 'other.pub')
    expect(wrong).toMatchObject({ code: 3, out: '' })
    expect(wrong.err).toContain('not of this key')
    expect(assay('dossier', 'verify', 'cam.yaml')).toMatchObject({
      code: 2,
      err: expect.stringContaining('nobody is named') as string,
    })
    // what is signed already is not signed over
    expect(assay('dossier', 'sign', 'cam.yaml', '--key', 'other.pem').code).toBe(2)
    expect(assay('dossier', 'verify', 'cam.yaml', '--key', 'maker.pem').err).toContain('private key')
  })
})

describe('assay audit --dossier', { timeout: 60_000 }, () => {
  it('holds the maker of the device that is named to what it says, and shows that first', () => {
    const { code, out, err } = assay(
      'audit',
      sample,
      '--dossier',
      `cam.yaml@${CAMERA}`,
      '--dossier-key',
      'maker.pub',
      '--json',
      'r.json',
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.indexOf('THE MAKER SAYS OTHERWISE')).toBeGreaterThan(0)
    expect(out.indexOf('THE MAKER SAYS OTHERWISE')).toBeLessThan(out.indexOf('THE NETWORK'))
    expect(out).toMatch(
      /The maker says that updates travel encrypted; frame \d+ shows firmware from\s+fw\.lenscam\.example:80, in clear\./,
    )
    const report = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as Audit
    expect(report.documents).toMatchObject([
      { path: 'cam.yaml', kind: 'dossier', title: 'Lens Cam 200', signedBy: expect.stringMatching(/^key /) as string },
    ])
    const valid = new Ajv2020({ allErrors: true }).compile(JSON.parse(renderSchema()) as object)
    expect(valid(report), JSON.stringify(valid.errors)).toBe(true)
    const held = report.devices.filter((device) => device.documents !== undefined)
    expect(held.map(({ ips }) => ips.includes(CAMERA))).toEqual([true])
    const findings = held[0]!.findings
    expect(findings.filter((f) => f.contradiction === true).map((f) => f.check)).toContain('undeclared-update-path')
    expect(findings.find((f) => f.check === 'states-support-period')).toMatchObject({ outcome: 'pass', assurance: 'documented' })
    for (const other of report.devices.filter((device) => device.documents === undefined))
      expect(other.findings.filter((f) => f.contradiction === true)).toEqual([])
  })

  it('says so when a dossier is about nobody there, and who is; what was audited is not lost', () => {
    const { code, out, err } = assay('audit', sample, '--dossier', 'cam.yaml')
    expect(code).toBe(2)
    expect(out).toContain('THE NETWORK')
    expect(err).toContain('cam.yaml.jws was not verified')
    expect(err).toMatch(/fits cam\.yaml \(of Lens Cam 200\)\. There are:/)
    expect(err).toContain(CAMERA)
  })

  it('never passes over a signature that is wrong', () => {
    expect(assay('audit', sample, '--dossier', `cam.yaml@${CAMERA}`, '--dossier-key', 'other.pub')).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining('does not sign') as string,
    })
  })
})

describe('dossiers that are named', () => {
  const at = (name: string) => join(folder, name)

  it('are about whom they are named for; a file whose name holds an @ is a file', async () => {
    writeFileSync(at('me@home.yaml'), DOSSIER)
    const { dossiers, documents } = await dossiersOf({
      dossier: [at('me@home.yaml'), `${at('me@home.yaml')}@02:00:00:00:00:01`],
    })
    expect(dossiers.map(({ document, of }) => [document, of])).toEqual([
      [0, undefined],
      [1, '02:00:00:00:00:01'],
    ])
    expect(documents).toMatchObject([{ title: 'Lens Cam 200', kind: 'dossier' }, {}])
    expect(documents[0]).not.toHaveProperty('signedBy')
    await expect(dossiersOf({ dossier: [`${at('cam.yaml')}@`] })).rejects.toMatchObject({ code: 2 })
    await expect(dossiersOf({ dossier: [at('nothing.yaml')] })).rejects.toMatchObject({ code: 3 })
  })

  it('must be signed where somebody is named who must have signed', async () => {
    writeFileSync(at('bare.yaml'), DOSSIER)
    const dossierKey = [at('maker.pub')]
    await expect(dossiersOf({ dossier: [at('bare.yaml')], dossierKey })).rejects.toMatchObject({
      code: 3,
      message: expect.stringContaining('is not signed') as string,
    })
    await expect(dossiersOf({ dossierKey })).rejects.toMatchObject({ code: 2 })
    // changed after it was signed
    writeFileSync(at('bare.yaml'), DOSSIER.replace('[EU]', '[CN]'))
    writeFileSync(at('bare.yaml.jws'), readFileSync(at('cam.yaml.jws')))
    await expect(dossiersOf({ dossier: [at('bare.yaml')], dossierKey })).rejects.toMatchObject({ code: 3 })
    // and laid out anew it is the same
    writeFileSync(
      at('bare.yaml'),
      `# a comment\n${DOSSIER.replace('{ vendor: Lens, model: Cam 200 }', '\n  model: Cam 200\n  vendor: Lens')}`,
    )
    const { dossiers } = await dossiersOf({ dossier: [at('bare.yaml')], dossierKey })
    expect(dossiers[0]!.signedBy).toMatch(/^key [\w-]{43}$/)
    await expect(dossiersOf({ dossier: [at('bare.yaml')], dossierCa: [at('maker.pub')] })).rejects.toMatchObject({
      code: 2,
      message: expect.stringContaining('no certificate') as string,
    })
  })
})

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Dossier } from '../dossier/dossier.ts'
import { renderJson } from '../report/json.ts'
import { audit } from './audit.ts'

const sample = fileURLToPath(new URL('../../samples/home.pcapng.gz', import.meta.url))
const camera = '192.168.50.148'

const dossier: Dossier = {
  schema: 'assay-dossier-1',
  product: { vendor: 'Lens', model: 'Cam 200' },
  support: { provided: true, end: '2030-12-31', url: 'https://www.example.com/support' },
  updates: { available: true, hosts: ['updates.lenscam.example'] },
}
const document = { path: 'cam.yaml', sha256: 'a'.repeat(64), kind: 'dossier', title: 'Lens Cam 200' }

describe('an audit with a dossier', { timeout: 60_000 }, () => {
  it('is the same in threads, and holds the one device to it', async () => {
    const given = { dossiers: [{ document: 0, dossier, of: camera, signedBy: 'key abc' }], documents: [document] }
    const alone = await audit([sample], { ...given, threads: 0 })
    const threads = await audit([sample], { ...given, threads: 2 })
    expect(renderJson(threads)).toBe(renderJson(alone))
    const held = alone.devices.filter(({ documents }) => documents !== undefined)
    expect(held.map(({ ips, documents }) => [ips.includes(camera), documents])).toEqual([[true, [0]]])
    expect(held[0]!.findings.find(({ check }) => check === 'states-support-period')).toMatchObject({
      outcome: 'pass',
      assurance: 'documented',
      evidence: [{ document: 0, places: ['/support/end', '/support/url'], signed: true }],
    })
    const otherwise = held[0]!.findings.filter(({ contradiction }) => contradiction === true)
    expect(otherwise.map(({ check, about }) => `${check} ${about}`)).toEqual(['undeclared-update-path elsewhere'])
    // the packet first, then the place
    expect(otherwise[0]!.evidence).toMatchObject([{ capture: 0 }, { document: 0, places: ['/updates/hosts'] }])
  })
})

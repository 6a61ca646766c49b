import { describe, expect, it } from 'vitest'
import type { SbomSummary } from '../../dossier/supplied-model.ts'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { findingsOf } from '../../testing/supplied.ts'
import { billOfMaterials as check } from './bill-of-materials.ts'

const sbom: SbomSummary = {
  document: 1,
  format: 'CycloneDX 1.5',
  components: 12,
  author: 'Lab',
  created: '2026-01-01T00:00:00Z',
  lacks: [],
  listed: [],
}
const documents = [{ path: 'sbom.json', sha256: '00', kind: 'bill of materials', title: 'CycloneDX 1.5', sealed: true }] as const

describe('bill-of-materials', () => {
  it('passes where no minimum element is missing', () => {
    expect(findingsOf(check, { sbom, documents })).toMatchObject([
      {
        outcome: 'pass',
        reason: 'The bill of materials (CycloneDX 1.5, by Lab, 2026-01-01) has all minimum elements of 12 components.',
        evidence: [{ document: 1, at: '' }],
        assurance: 'declared',
      },
    ])
  })

  it('is documented where the dossier is signed and gives its digest, and declared where either lacks', () => {
    const of = (sealed: boolean, signedBy?: string) =>
      findingsOf(check, { sbom, documents: [{ ...documents[0], sealed }] }, signedBy === undefined ? {} : { signedBy })[0]
        ?.assurance
    expect([of(true, 'Lab'), of(false, 'Lab'), of(true)]).toEqual(['documented', 'declared', 'declared'])
  })

  it('warns where suppliers or identifiers are missing, and fails where names, versions, author or time are', () => {
    const lack = (element: SbomSummary['lacks'][number]['element'], at?: string) => ({
      element,
      count: 3,
      examples: at === undefined ? [] : [{ name: 'lodash', at }],
    })
    expect(findingsOf(check, { sbom: { ...sbom, lacks: [lack('supplier name', '/components/4')] }, documents })).toMatchObject([
      {
        outcome: 'warn',
        severity: 'low',
        reason: 'The bill of materials (CycloneDX 1.5, 12 components) lacks minimum elements: supplier name of 3 (lodash).',
        evidence: [{ document: 1, at: '/components/4' }],
      },
    ])
    const lacks = [lack('version', '/components/4'), lack('timestamp')]
    expect(findingsOf(check, { sbom: { ...sbom, lacks }, documents })).toMatchObject([
      { outcome: 'fail', severity: 'medium', reason: expect.stringMatching(/: version of 3 \(lodash\); the timestamp\.$/) },
    ])
  })

  it('fails where it names nothing', () => {
    expect(findingsOf(check, { sbom: { ...sbom, components: 0 } })).toMatchObject([{ outcome: 'fail', severity: 'medium' }])
  })

  it('contradicts a maker whose device tells another version than is listed', () => {
    const listed = [
      { name: 'lighttpd', version: '1.4.59-r0', at: '/components/0' },
      { name: 'openssh', version: '1:9.2p1-2+deb12u3', at: '/components/1' },
      { name: 'dropbear', version: '2020.81', at: '/components/2' },
      { name: 'dropbear', version: '2022.83', at: '/components/3' },
    ]
    const of = (product: string, version: string, more: object = {}) =>
      findingsOf(
        check,
        { sbom: { ...sbom, listed }, documents },
        { device: aDevice().observe('software', { product, version, via: 'HTTP' }), ...more },
      )
    expect(of('lighttpd', '1.4.35')).toMatchObject([
      { outcome: 'pass' },
      {
        outcome: 'fail',
        contradiction: true,
        severity: 'medium',
        about: 'lighttpd',
        reason: 'The bill of materials lists lighttpd 1.4.59-r0; frame 1 shows lighttpd 1.4.35.',
        evidence: [
          { capture: 0, frame: 1 },
          { document: 1, at: '/components/0' },
        ],
      },
    ])
    for (const [product, version] of [
      ['lighttpd', '1.4.59'],
      ['lighttpd', '1.4'],
      ['OpenSSH', '9.2p1'],
      ['dropbear', '2022.83'],
      ['nginx', '1.0'],
      ['lighttpd', ''],
    ] as const)
      expect([product, version, of(product, version).length]).toEqual([product, version, 1])
    const asked = aDevice().observe('probe.service', {
      transport: 'tcp',
      port: 22,
      protocol: 'ssh',
      product: 'OpenSSH',
      version: '7.4',
    })
    expect(of('x', '1', { device: asked })[1]?.reason).toMatch(/lists openssh 1:9\.2p1.* OpenSSH 7\.4\.$/)
  })

  it('is open without a dossier or without a bill, and unanswered where it cannot be read', () => {
    expect(finding(check, aDevice())).toMatchObject({ outcome: 'inconclusive', next: expect.stringContaining('--dossier') })
    for (const supplied of [undefined, {}])
      expect(findingsOf(check, supplied)).toMatchObject([{ outcome: 'inconclusive', evidence: [{ document: 0 }] }])
    expect(
      findingsOf(check, { sbom: { trouble: 'the bill of materials cannot be read: it is XML', next: 'Convert it.' } }),
    ).toMatchObject([
      {
        outcome: 'error',
        reason: 'The bill of materials cannot be read: it is XML.',
        next: 'Convert it.',
        evidence: [{ document: 0, at: '/sbom' }],
      },
    ])
  })
})

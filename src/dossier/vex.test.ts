import { describe, expect, it } from 'vitest'
import { Unreadable } from './sbom-json.ts'
import type { Component } from './sbom-model.ts'
import { readVex, statementFor } from './vex.ts'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

const lodash: Component = {
  name: 'lodash',
  version: '4.17.20',
  purl: 'pkg:npm/lodash@4.17.20',
  ref: 'a',
  identified: true,
  related: true,
  at: '/components/0',
}
const hub = { names: new Set(['hub', 'lab hub', 'hub 4.0']), purl: 'pkg:generic/lab/hub@4.0' }
const ID = new Set(['CVE-2021-23337', 'GHSA-35JH-R3H4-6JHM'])

const openVex = (statement: object, more: object = {}) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://lab.example/vex/1',
  author: 'Lab Devices',
  timestamp: '2026-01-01T00:00:00Z',
  version: 1,
  statements: [{ vulnerability: { name: 'CVE-2021-23337' }, products: [{ '@id': 'pkg:npm/lodash@4.17.20' }], ...statement }],
  ...more,
})
const cycloneDx = (analysis: object, ref = 'a') => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { timestamp: '2026-01-01T00:00:00Z' },
  vulnerabilities: [{ id: 'CVE-2021-23337', analysis, affects: [{ ref }] }],
})
const csaf = (status: object, more: object = {}) => ({
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: { name: 'Lab Devices' },
    tracking: { current_release_date: '2026-01-01T00:00:00Z' },
  },
  product_tree: {
    branches: [
      {
        category: 'vendor',
        name: 'Lab',
        branches: [{ category: 'product_name', name: 'Hub', product: { product_id: 'HUB', name: 'Lab Hub' } }],
      },
    ],
    full_product_names: [
      { product_id: 'LODASH', name: 'lodash', product_identification_helper: { purl: 'pkg:npm/lodash@4.17.20' } },
      { product_id: 'CAM', name: 'Lab Camera' },
    ],
    relationships: [
      {
        category: 'default_component_of',
        product_reference: 'LODASH',
        relates_to_product_reference: 'HUB',
        full_product_name: { product_id: 'HUB:LODASH', name: 'lodash in Hub' },
      },
      {
        category: 'default_component_of',
        product_reference: 'LODASH',
        relates_to_product_reference: 'CAM',
        full_product_name: { product_id: 'CAM:LODASH', name: 'lodash in Camera' },
      },
    ],
  },
  vulnerabilities: [{ cve: 'CVE-2021-23337', product_status: status, ...more }],
})

const answer = (document: object) => {
  const about = readVex(json(document)).statements.filter(({ ids }) => ids.some((id) => ID.has(id.toUpperCase())))
  const found = statementFor(about, lodash, hub)
  return found && [found.status, found.justification]
}

describe('VEX', () => {
  it('is read as OpenVEX', () => {
    const because = { status: 'not_affected', justification: 'vulnerable_code_not_in_execute_path' }
    expect(answer(openVex(because))).toEqual(['not_affected', 'vulnerable_code_not_in_execute_path'])
    expect(answer(openVex({ status: 'not_affected', impact_statement: 'It is never called.' }))).toEqual([
      'not_affected',
      'It is never called.',
    ])
    for (const status of ['fixed', 'affected', 'under_investigation'] as const)
      expect(answer(openVex({ status }))).toEqual([status, undefined])
    // by the product, by the product and its part, by another version, of another product, of another vulnerability
    const of = (...products: object[]) => answer(openVex({ ...because, products }))?.[0]
    expect(of({ '@id': 'pkg:generic/lab/hub' })).toBe('not_affected')
    expect(of({ '@id': 'Lab Hub' })).toBe('not_affected')
    expect(of({ '@id': 'https://x', identifiers: { purl: 'pkg:npm/lodash' } })).toBe('not_affected')
    expect(of({ '@id': 'pkg:generic/lab/hub@4.0', subcomponents: [{ '@id': 'pkg:npm/lodash' }] })).toBe('not_affected')
    expect(of({ '@id': 'pkg:generic/lab/hub@4.0', subcomponents: [{ '@id': 'pkg:npm/other' }] })).toBeUndefined()
    expect(of({ '@id': 'pkg:generic/lab/camera@4.0', subcomponents: [{ '@id': 'pkg:npm/lodash' }] })).toBeUndefined()
    expect(of({ '@id': 'pkg:npm/lodash@4.17.19' })).toBeUndefined()
    expect(of({ '@id': 'pkg:generic/lab/hub@3.9' })).toBeUndefined()
    expect(of()).toBeUndefined()
    expect(answer(openVex({ ...because, vulnerability: 'CVE-2021-1' }))).toBeUndefined()
    expect(answer(openVex({ ...because, vulnerability: { name: 'X-1', aliases: ['ghsa-35jh-r3h4-6jhm'] } }))?.[0]).toBe(
      'not_affected',
    )
    expect(answer(openVex({ ...because, status: 'safe' }))).toBeUndefined()
  })

  it('is read as CycloneDX', () => {
    expect(answer(cycloneDx({ state: 'not_affected', justification: 'code_not_reachable' }))).toEqual([
      'not_affected',
      'code_not_reachable',
    ])
    expect(answer(cycloneDx({ state: 'not_affected' }))).toEqual(['not_affected', undefined])
    expect(answer(cycloneDx({ state: 'false_positive' }))).toEqual(['not_affected', 'false positive'])
    expect(answer(cycloneDx({ state: 'resolved' }))?.[0]).toBe('fixed')
    expect(answer(cycloneDx({ state: 'in_triage' }))?.[0]).toBe('under_investigation')
    expect(answer(cycloneDx({ state: 'exploitable' }))?.[0]).toBe('affected')
    expect(answer(cycloneDx({ state: 'exploitable' }, 'urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#a'))?.[0]).toBe('affected')
    expect(answer(cycloneDx({ state: 'exploitable' }, 'pkg:npm/lodash@4.17.20'))?.[0]).toBe('affected')
    expect(answer(cycloneDx({ state: 'exploitable' }, 'b'))).toBeUndefined()
    expect(answer(cycloneDx({}))).toBeUndefined()
  })

  it('is read as CSAF', () => {
    const flags = [{ label: 'component_not_present', product_ids: ['HUB:LODASH'] }]
    expect(answer(csaf({ known_not_affected: ['HUB:LODASH'] }, { flags }))).toEqual(['not_affected', 'component_not_present'])
    expect(answer(csaf({ known_not_affected: ['HUB:LODASH'] }))).toEqual(['not_affected', undefined])
    const threats = [{ category: 'impact', details: 'Never called.', product_ids: ['HUB'] }]
    expect(answer(csaf({ known_not_affected: ['HUB'] }, { threats }))).toEqual(['not_affected', 'Never called.'])
    expect(answer(csaf({ known_affected: ['HUB'] }))?.[0]).toBe('affected')
    expect(answer(csaf({ first_fixed: ['LODASH'] }))?.[0]).toBe('fixed')
    expect(answer(csaf({ under_investigation: ['HUB:LODASH'] }))?.[0]).toBe('under_investigation')
    expect(answer(csaf({ known_not_affected: ['CAM:LODASH'] }))).toBeUndefined()
    expect(answer(csaf({ known_not_affected: ['CAM', 'NOBODY'] }))).toBeUndefined()
  })

  it('holds by what was said last, and else by the worst', () => {
    const say = (status: string, timestamp?: string) => ({
      vulnerability: { name: 'CVE-2021-23337' },
      products: [{ '@id': 'Hub' }],
      status,
      justification: 'component_not_present',
      ...(timestamp === undefined ? {} : { timestamp }),
    })
    const all = (...statements: object[]) => answer({ ...openVex({}), statements })?.[0]
    expect(all(say('affected', '2026-01-01T00:00:00Z'), say('fixed', '2026-02-01T00:00:00Z'))).toBe('fixed')
    expect(all(say('fixed', '2026-02-01T00:00:00Z'), say('affected', '2026-03-01T00:00:00Z'))).toBe('affected')
    expect(all(say('not_affected'), say('under_investigation'), say('fixed'))).toBe('under_investigation')
  })

  it('is nothing else, and no deeper than it need be', () => {
    let branches: object[] = []
    for (let i = 0; i < 40; i++) branches = [{ branches }]
    for (const [document, why] of [
      [{}, /neither OpenVEX/],
      [{ '@context': 'https://spdx.org' }, /neither OpenVEX/],
      [{ ...csaf({}), product_tree: { branches } }, /deeper than 32/],
      [openVex({}, { statements: Array.from({ length: 100_001 }, () => 0) }), /more than 100000/],
    ] as const) {
      expect(() => readVex(json(document))).toThrow(Unreadable)
      expect(() => readVex(json(document))).toThrow(why)
    }
  })
})

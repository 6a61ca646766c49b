import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { auditFixture, hostile } from '../testing/audit-fixture.ts'
import { STIX_SCHEMA } from '../testing/stix-schema.ts'
import { withThreats } from '../testing/threat-fixture.ts'
import type { Audit } from './model.ts'
import { type StixObject, stixBundle } from './stix.ts'

const valid = new Ajv({ allErrors: true, strict: false }).compile(STIX_SCHEMA)
const written = (audit: Audit) => JSON.parse(JSON.stringify(stixBundle(audit))) as { id: string; objects: StixObject[] }
const of = (objects: readonly StixObject[], type: string) => objects.filter((o) => o.type === type)
const { threats: _, detectors: __, ...old } = auditFixture()

/** Every identifier that an object names. */
const refs = (object: StixObject): string[] =>
  Object.entries(object).flatMap(([name, value]) =>
    name.endsWith('_ref') ? [value as string] : name.endsWith('_refs') ? (value as string[]) : [],
  )

describe('threats as STIX', () => {
  it.each([
    ['threats, with names that want to break out', withThreats(auditFixture())],
    ['none found', auditFixture()],
    ['nobody looked', old],
    ['nothing captured', { ...auditFixture(), captures: [], network: { ...auditFixture().network, first: '', last: '' } }],
  ])('are as the specification requires: %s', (_, audit) => {
    expect(valid(written(audit)), JSON.stringify(valid.errors?.slice(0, 4))).toBe(true)
  })

  it('are refused by the schema where they are wrong: it is asked', () => {
    for (const spoil of [
      (o: StixObject) => delete o['object_refs'],
      (o: StixObject) => (o['number_observed'] = 0),
      (o: StixObject) => (o.id = 'observed-data--1'),
      (o: StixObject) => (o['severity'] = 'high'),
    ]) {
      const bundle = written(withThreats(auditFixture()))
      spoil(of(bundle.objects, 'observed-data')[0]!)
      expect(valid(bundle)).toBe(false)
    }
  })

  it('name only what is there, each once, and times in order', () => {
    const { objects } = written(withThreats(auditFixture()))
    const ids = new Set(objects.map(({ id }) => id))
    expect(ids.size).toBe(objects.length)
    for (const object of objects) {
      for (const ref of refs(object)) expect(ids.has(ref), `${object.id} names ${ref}`).toBe(true)
      for (const [first, last] of [
        ['first_seen', 'last_seen'],
        ['first_observed', 'last_observed'],
        ['created', 'modified'],
      ] as const)
        if (object[last] !== undefined) expect((object[last] as string) >= (object[first] as string), object.id).toBe(true)
      if (object['last_seen'] !== undefined) expect(object['last_seen']).not.toBe(object['first_seen'])
    }
    // the report has all but itself
    expect(of(objects, 'report')[0]!['object_refs']).toHaveLength(objects.length - 1)
  })

  it('have for observables the identifiers of the specification', () => {
    const audit = withThreats(auditFixture())
    const [threat] = audit.threats!
    threat!.steps[0]!.indicators = [
      { type: 'ip', value: '198.51.100.3', role: 'scanner' },
      { type: 'domain', value: 'example.com', role: 'command server' },
    ]
    const ids = written(audit).objects.map(({ id }) => id)
    // the examples of sections 2.9 and 6.4 of the specification with its errata 01 (those without are others)
    expect(ids).toContain('ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4')
    expect(ids).toContain('domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7')
  })

  it('are the same for the same audit', () => {
    expect(written(withThreats(auditFixture()))).toEqual(written(withThreats(auditFixture())))
  })

  it("warn of who attacks, and not of who was attacked, nor of what is one's own", () => {
    const patterns = of(written(withThreats(auditFixture())).objects, 'indicator').map((o) => o['pattern'])
    expect(patterns).toContain("[ipv4-addr:value = '198.51.100.66']")
    expect(patterns).toContain("[url:value = 'http://203.0.113.44/bins/x.arm7']")
    expect(patterns).toContain(`[file:hashes.'SHA-256' = '${'ab'.repeat(32)}']`)
    expect(patterns).not.toContain("[ipv4-addr:value = '192.0.2.80']")
    const audit = withThreats(auditFixture())
    audit.threats![0]!.steps[0]!.indicators = [
      '192.168.1.20',
      '10.0.0.9',
      '::ffff:10.0.0.9',
      'fe80::1',
      '224.0.0.1',
      'nonsense',
    ].map((value) => ({ type: 'ip', value, role: 'scanner' }))
    const local = of(written(audit).objects, 'indicator').map((o) => String(o['pattern']))
    expect(local.filter((p) => /192\.168|10\.0|fe80|224\.0|nonsense/.test(p))).toEqual([])
  })

  it('hold no password, and point to packets', () => {
    const text = JSON.stringify(stixBundle(withThreats(auditFixture())))
    expect(text).not.toContain('x…(7)')
    expect(text).toContain('frames 104, 188')
    expect(text).toContain('"external_id":"T1498.001"')
    expect(text).toContain('https://attack.mitre.org/techniques/T1498/001')
  })

  it('quote what would end a pattern', () => {
    const audit = withThreats(auditFixture())
    audit.threats![0]!.steps[0]!.indicators = [{ type: 'domain', value: `a'] OR [x\\${hostile.ansi}`, role: 'loader' }]
    const bundle = written(audit)
    expect(valid(bundle), JSON.stringify(valid.errors?.slice(0, 4))).toBe(true)
    expect(of(bundle.objects, 'indicator').map((o) => o['pattern'])).toContainEqual(
      expect.stringMatching(/^\[domain-name:value = 'a\\'\] OR \[x\\\\/),
    )
  })
})

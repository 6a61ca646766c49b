import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { frameworkOf, frameworks } from '../frameworks/index.ts'
import { auditFixture } from '../testing/audit-fixture.ts'
import { judgedFixture } from '../testing/judged-audit.ts'
import { schemaBeside } from '../testing/corpus.ts'
import { catalogFile, controlId, oscalCatalog, oscalProfile, oscalResults } from './oscal.ts'

const schemas = {
  catalog: schemaBeside('oscal/oscal_catalog_schema.json'),
  profile: schemaBeside('oscal/oscal_profile_schema.json'),
  results: schemaBeside('oscal/oscal_assessment-results_schema.json'),
}
const missing = Object.values(schemas).includes(undefined)

/** What NIST's schema says is wrong with it. */
function faults(schema: object | undefined, value: object): unknown[] {
  const valid = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema!)
  // as another program reads it
  return valid(JSON.parse(JSON.stringify(value))) ? [] : (valid.errors ?? []).slice(0, 5)
}

interface Results {
  'assessment-results': {
    results: {
      findings?: {
        target: { 'target-id': string; status: { state: string } }
        'related-observations'?: { 'observation-uuid': string }[]
      }[]
      observations?: { uuid: string; 'relevant-evidence'?: { href: string; description: string }[] }[]
      risks?: { uuid: string }[]
      remarks?: string
    }[]
    'back-matter': { resources: { uuid: string; rlinks?: { hashes: { value: string }[] }[] }[] }
  }
}

describe.skipIf(missing)(
  `OSCAL${missing ? " (skipped: NIST's schemas are not beside the project, shared/schemas/oscal)" : ''}`,
  () => {
    it.each(frameworks.map((framework) => [framework.id, framework] as const))('has a valid catalog of %s', (_, framework) => {
      expect(faults(schemas.catalog, oscalCatalog(framework))).toEqual([])
      const ids = framework.controls.map(({ id }) => controlId(framework.id, id))
      expect(new Set(ids).size).toBe(ids.length)
    })

    it('has a valid profile over all of them', () => {
      expect(faults(schemas.profile, oscalProfile(auditFixture(), frameworks))).toEqual([])
    })

    it.each([
      ['names that want to break out', auditFixture()],
      ['nothing found', { ...auditFixture(), devices: [] }],
      ['nothing captured, all of it asked and read', judgedFixture()],
    ])('has valid results of an audit with %s', (_, audit) => {
      expect(faults(schemas.results, oscalResults(audit))).toEqual([])
    })

    it('is refused by the schemas where it is wrong: they are asked', () => {
      const wrong = structuredClone(oscalCatalog(frameworkOf('psti')!)) as { catalog: { uuid: string } }
      wrong.catalog.uuid = 'none'
      expect(faults(schemas.catalog, wrong)).not.toEqual([])
    })
  },
)

describe('OSCAL of an audit', () => {
  const audit = judgedFixture()
  const { results, 'back-matter': back } = (oscalResults(audit) as Results)['assessment-results']

  it('says of each settled control whether it is satisfied, and of none that is open', () => {
    const [result] = results
    const of = (outcome: string) => audit.devices[0]!.verdicts.filter((verdict) => verdict.outcome === outcome)
    const state = new Map(result!.findings!.map(({ target }) => [target['target-id'], target.status.state]))
    for (const { framework, control } of of('pass')) expect(state.get(`${controlId(framework, control)}_smt`)).toBe('satisfied')
    for (const { framework, control } of of('fail'))
      expect(state.get(`${controlId(framework, control)}_smt`)).toBe('not-satisfied')
    expect(of('pass').length).toBeGreaterThan(0)
    expect(of('fail').length).toBeGreaterThan(0)
    expect(state.size).toBe(of('pass').length + of('fail').length + of('warn').length)
    for (const { framework, control } of of('inconclusive').slice(0, 5))
      expect(result!.remarks).toContain(`${framework} ${control}: not settled`)
  })

  it('leads from a finding to its observation, and from that to the evidence', () => {
    const result = results[0]!
    const observations = new Map(result.observations!.map((observation) => [observation.uuid, observation]))
    const resources = new Map(back.resources.map((resource) => [`#${resource.uuid}`, resource]))
    for (const { 'related-observations': rests } of result.findings!)
      for (const { 'observation-uuid': id } of rests ?? []) expect(observations.has(id)).toBe(true)
    const shown = [...observations.values()].flatMap((observation) => observation['relevant-evidence'] ?? [])
    expect(shown.length).toBeGreaterThan(0)
    for (const { href } of shown) expect(resources.has(href)).toBe(true)
    expect(
      back.resources.flatMap(({ rlinks = [] }) => rlinks.flatMap(({ hashes }) => hashes.map(({ value }) => value))),
    ).toContain(audit.documents![0]!.sha256)
  })

  it('points to the statements of the catalogs that lie beside it', () => {
    const ids = new Set(JSON.stringify(audit.frameworks.map(({ id }) => oscalCatalog(frameworkOf(id)!))).match(/"[^"]+_smt"/g))
    for (const { target } of results[0]!.findings!) expect(ids.has(`"${target['target-id']}"`)).toBe(true)
    expect(JSON.stringify(oscalProfile(audit, [frameworkOf('psti')!]))).toContain(catalogFile({ id: 'psti' }))
  })

  it('is the same every time', () => {
    expect(JSON.stringify(oscalResults(judgedFixture()))).toBe(JSON.stringify(oscalResults(audit)))
  })
})

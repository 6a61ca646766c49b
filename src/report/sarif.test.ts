import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { checks } from '../checks/index.ts'
import { frameworkOf, frameworks } from '../frameworks/index.ts'
import { auditFixture } from '../testing/audit-fixture.ts'
import { judgedFixture } from '../testing/judged-audit.ts'
import { sarifLog } from './sarif.ts'

/** OASIS's schema, as Microsoft's matchers carry it: of draft 4, of which it uses only what later drafts have too. */
const {
  $schema: _,
  id: __,
  ...schema
} = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
) as Record<string, unknown>
const valid = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true }).compile(schema)

interface Log {
  runs: {
    tool: { driver: { rules: { id: string }[] } }
    taxonomies: { name: string; taxa: { id: string }[] }[]
    artifacts: { location: { uri: string } }[]
    results: {
      ruleId: string
      ruleIndex: number
      kind: string
      level: string
      taxa?: { id: string; index: number; toolComponent: { name: string; index: number } }[]
      locations: { physicalLocation?: { artifactLocation: { uri: string; index: number } } }[]
      properties: { outcome: string }
    }[]
  }[]
}

function written(audit: ReturnType<typeof auditFixture>, by = frameworks): Log {
  return JSON.parse(JSON.stringify(sarifLog(audit, by))) as Log
}

describe('the report as SARIF', () => {
  it.each([
    ['names that want to break out', auditFixture()],
    ['nothing captured, all of it asked and read', judgedFixture()],
    ['no device', { ...auditFixture(), devices: [] }],
  ])('is valid by its schema: %s', (_, audit) => {
    const log = written(audit)
    expect(valid(log), JSON.stringify(valid.errors?.slice(0, 5))).toBe(true)
  })

  it('is refused by the schema where it is wrong: it is asked', () => {
    const log = written(judgedFixture())
    log.runs[0]!.results[0]!.kind = 'dreadful'
    expect(valid(log)).toBe(false)
  })

  it('points by every index to what it names', () => {
    const audit = judgedFixture()
    const run = written(
      audit,
      audit.frameworks.map(({ id }) => frameworkOf(id)!),
    ).runs[0]!
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual(checks.map(({ id }) => id))
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex]!.id).toBe(result.ruleId)
      for (const { id, index, toolComponent } of result.taxa ?? []) {
        expect(run.taxonomies[toolComponent.index]!.name).toBe(toolComponent.name)
        expect(run.taxonomies[toolComponent.index]!.taxa[index]!.id).toBe(id)
      }
      for (const { physicalLocation } of result.locations)
        if (physicalLocation) {
          const { uri, index } = physicalLocation.artifactLocation
          expect(run.artifacts[index]!.location.uri).toBe(uri)
          expect(uri).toBe('maker/camera%20%221%22.yaml')
        }
    }
    const bad = run.results.find(({ ruleId }) => ruleId === 'default-login')!
    expect([bad.kind, bad.level]).toEqual(['fail', 'error'])
    expect(bad.taxa!.map(({ id }) => id)).toContain('5.1-1')
  })

  it('calls failures only what failed: levels stand at no other kind', () => {
    for (const { kind, level, properties } of written(judgedFixture()).runs[0]!.results) {
      expect([properties.outcome, kind === 'fail']).toEqual([properties.outcome, ['fail', 'warn'].includes(properties.outcome)])
      expect(level === 'none').toBe(kind !== 'fail')
    }
  })

  it('makes no link of what a device says of itself', () => {
    const audit = structuredClone(judgedFixture())
    const [finding] = audit.devices[0]!.findings
    finding!.reason = 'Called [update](https://evil.example/) and [1]; see array[0] (the first).'
    const [first] = (written(audit) as unknown as { runs: { results: { message: { text: string } }[] }[] }).runs[0]!.results
    // section 3.11.6: brackets that begin no link have a backslash before them
    expect(first!.message.text).toContain('Called \\[update\\](https://evil.example/) and [1]; see array[0] (the first).')
  })
})

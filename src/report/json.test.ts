import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
import { renderJson, renderSchema } from './json.ts'
import { parseReport } from './read.ts'

const published = readFileSync(new URL('../../docs/schema/audit-2.json', import.meta.url), 'utf8')

describe('JSON report', () => {
  it('has its published schema up to date (else: assay schema > docs/schema/audit-2.json)', () => {
    expect(published).toBe(renderSchema())
  })

  it('is valid by that schema, and says what the audit says', () => {
    const valid = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(published) as object)
    const audit = auditFixture(20)
    const report = JSON.parse(renderJson(audit)) as unknown
    expect(report).toEqual(audit)
    expect(valid(report), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ ...audit, devices: [{ ...audit.devices[0], grade: { letter: 'G' } }] })).toBe(false)
    expect(valid({ ...audit, schema: 'assay-audit-1' })).toBe(false)
  })

  it('is the same text whatever order the properties were made in', () => {
    const audit = auditFixture()
    const text = renderJson(audit)
    expect(renderJson(reversed(audit))).toBe(text)
    expect(text).toContain('"frames": [12, 40, 41, 42, 43, 90]')
  })

  it('is safe to print: no control or format character but line ends', () => {
    expect(renderJson(auditFixture())).not.toMatch(/[^\n\P{C}]/u)
  })

  it('is read back, and nothing else is', () => {
    expect(parseReport(renderJson(auditFixture()))).toEqual(auditFixture())
    expect(() => parseReport('{"schema":')).toThrow('not JSON')
    expect(() => parseReport('[1]')).toThrow('not a report')
    expect(() => parseReport('{"schema":"assay-audit-9"}')).toThrow('another version')
    expect(() => parseReport('{"schema":"assay-audit-2"}')).toThrow('schema')
  })
})

/** The same value with every object's properties in the opposite order. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([k, v]) => [k, reversed(v)]),
  ) as T
}

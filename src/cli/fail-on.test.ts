import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
import { withThreats } from '../testing/threat-fixture.ts'
import { Failure } from './failure.ts'
import { met, parseFailOn } from './fail-on.ts'

const only = (letter: string | null) => {
  const audit = auditFixture()
  audit.devices = audit.devices.filter((d) => d.grade.letter === letter)
  expect(audit.devices.length).toBeGreaterThan(0)
  return audit
}

describe('--fail-on', () => {
  it.each([
    ['fail', 'F', true],
    ['fail', 'D', false],
    ['warn', 'D', true],
    ['warn', 'F', true],
    ['warn', 'A', false],
    ['D', 'D', true],
    ['d', 'D', true],
    ['D', 'F', true],
    ['D', 'C', false],
    ['A', 'A', true],
    ['A', null, false],
    ['warn', null, false],
  ])('%s with a device graded %s: %s', (what, letter, expected) => expect(met(only(letter), parseFailOn(what))).toBe(expected))

  it.each([
    ['threat', 'critical', true],
    ['threat', 'high', true],
    ['threat', 'medium', false],
    ['threat:medium', 'medium', true],
    ['threat:medium', 'low', false],
    ['threat:critical', 'high', false],
    ['threat:info', 'info', true],
  ] as const)('%s with a threat of severity %s: %s', (what, severity, expected) => {
    const audit = withThreats(auditFixture())
    audit.threats = [{ ...audit.threats![0]!, severity }]
    expect(met(audit, parseFailOn(what))).toBe(expected)
    expect(met({ ...audit, threats: [] }, parseFailOn(what))).toBe(false)
    const { threats: _, ...old } = audit
    expect(met(old, parseFailOn(what))).toBe(false)
  })

  it.each(['G', '', 'pass', 'FF', 'failed', 'threat:', 'threat:grave', 'threats', 'xthreat'])('refuses %j', (what) =>
    expect(() => parseFailOn(what)).toThrow(Failure),
  )
})

import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
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

  it.each(['G', '', 'pass', 'FF', 'failed'])('refuses %j', (what) => expect(() => parseFailOn(what)).toThrow(Failure))
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../checks/check.ts'
import { aCatalog, aControl, aFinding, aFramework, badFinding, checkIds, FEW, someFindings } from '../testing/findings.ts'
import type { Control, Framework } from './framework.ts'
import type { IdentifiedFinding } from './identify.ts'
import { frameworks } from './index.ts'
import { ota25 } from './ota-2.5.ts'
import { verdictsOf } from './verdict.ts'

const RUNS = { numRuns: 2000 }

function framework(...controls: Control[]): Framework {
  return { id: 'test', ...aCatalog, title: 'Test', controls, informational: [] }
}

function verdict(control: Partial<Control>, ...findings: IdentifiedFinding[]) {
  return verdictsOf(framework(aControl(control)), findings)[0]!
}

const settledByA = { checks: [{ id: 'a', role: 'settles' }] } as const
const settledByAB = {
  checks: [
    { id: 'a', role: 'settles' },
    { id: 'b', role: 'settles' },
  ],
} as const
const aAndMaybeB = {
  checks: [
    { id: 'a', role: 'settles' },
    { id: 'b', role: 'can-fail' },
  ],
} as const

describe('the combination rule', () => {
  it('fails on one fail, whatever else passed', () => {
    const said = verdict(settledByAB, aFinding({ check: 'a', outcome: 'pass' }), aFinding({ check: 'b', outcome: 'fail' }))
    expect(said).toMatchObject({ outcome: 'fail', reason: 'b fail', findings: ['device/b'], assurance: 'observed' })
    expect(said.next).toBeUndefined()
  })

  it('warns on a warning, and rests on every bad finding, the worst first', () => {
    const low = aFinding({ check: 'a', outcome: 'warn', severity: 'low', id: 'low' })
    const high = aFinding({ check: 'a', outcome: 'warn', severity: 'high', id: 'high' })
    expect(verdict(settledByA, low, high)).toMatchObject({
      outcome: 'warn',
      findings: ['high', 'low'],
      reason: 'a warn And 1 more finding.',
    })
    const fail = aFinding({ check: 'a', outcome: 'fail', severity: 'low', id: 'fail' })
    expect(verdict(settledByA, low, high, fail)).toMatchObject({ outcome: 'fail', findings: ['fail', 'high', 'low'] })
  })

  it('passes when every settling check passed, with the weakest assurance', () => {
    const observed = aFinding({ check: 'a', outcome: 'pass' })
    const declared = aFinding({ check: 'b', outcome: 'pass', assurance: 'declared' })
    expect(verdict(settledByAB, observed, declared)).toMatchObject({
      outcome: 'pass',
      assurance: 'declared',
      findings: ['device/a', 'device/b'],
    })
    expect(verdict(settledByAB, observed)).toMatchObject({ outcome: 'inconclusive', assurance: 'none' })
  })

  it('passes though a check that could only fail it did not run, and says so', () => {
    const passed = aFinding({ check: 'a', outcome: 'pass' })
    expect(verdict(aAndMaybeB, passed)).toMatchObject({
      outcome: 'pass',
      reason: 'a pass Not run, though it could fail it: b.',
    })
    expect(verdict(aAndMaybeB, passed, aFinding({ check: 'b', outcome: 'inconclusive' }))).toMatchObject({
      outcome: 'pass',
      reason: 'a pass',
    })
    expect(verdict(aAndMaybeB, aFinding({ check: 'b', outcome: 'pass' })).outcome).toBe('inconclusive')
  })

  it('does not pass while something is unseen, and says what', () => {
    const said = verdict(
      { checks: [{ id: 'a', role: 'can-fail' }], unseen: 'data at rest', next: 'ask' },
      aFinding({ check: 'a', outcome: 'pass', title: 'TLS version' }),
    )
    expect(said).toMatchObject({
      outcome: 'inconclusive',
      reason: 'Sound in what was seen: TLS version. Not seen: data at rest.',
      next: 'ask',
    })
    expect(said.findings).toEqual(['device/a'])
  })

  it('does not pass while something is unseen even if a check claims to settle it', () => {
    expect(verdict({ ...settledByA, unseen: 'the rest' }, aFinding({ check: 'a', outcome: 'pass' })).outcome).toBe('inconclusive')
    expect(verdict({ ...settledByA, unseen: 'the rest' }, aFinding({ check: 'a', outcome: 'not-applicable' })).outcome).toBe(
      'inconclusive',
    )
  })

  it('takes the next step from a check that could settle it, else from the control', () => {
    const open = aFinding({ check: 'a', outcome: 'inconclusive', next: 'capture more' })
    expect(verdict(settledByA, open).next).toBe('capture more')
    expect(verdict({ checks: [{ id: 'a', role: 'can-fail' }], unseen: 'x', next: 'ask' }, open).next).toBe('ask')
  })

  it('does not apply where all that settles it does not', () => {
    const beside = aFinding({ check: 'a', outcome: 'not-applicable' })
    expect(verdict(settledByA, beside).outcome).toBe('not-applicable')
    expect(verdict(settledByAB, beside).outcome).toBe('inconclusive')
    expect(verdict({ checks: [{ id: 'a', role: 'can-fail' }], unseen: 'x' }, beside).outcome).toBe('inconclusive')
    expect(verdict(settledByAB, beside, aFinding({ check: 'b', outcome: 'pass' })).outcome).toBe('pass')
  })

  it('is an error where a check failed, unless something bad is known anyway', () => {
    const error = aFinding({ check: 'a', outcome: 'error' })
    expect(verdict(settledByA, error).outcome).toBe('error')
    expect(verdict(settledByAB, error, aFinding({ check: 'b', outcome: 'fail' })).outcome).toBe('fail')
  })

  it('names who answers for the finding that decided', () => {
    const control = {
      responsible: 'maker',
      checks: [
        { id: 'a', role: 'can-fail', responsible: 'network owner' },
        { id: 'b', role: 'can-fail' },
      ],
      unseen: 'x',
    } as const
    expect(verdict(control, aFinding({ check: 'a', outcome: 'fail' })).responsible).toBe('network owner')
    expect(verdict(control, aFinding({ check: 'b', outcome: 'fail' })).responsible).toBe('maker')
    expect(verdict(control, aFinding({ check: 'a', outcome: 'pass' })).responsible).toBe('maker')
  })

  it('knows a fail as well as its best known finding', () => {
    const declared = aFinding({ check: 'a', outcome: 'fail', assurance: 'declared', id: 'x', severity: 'high' })
    const observed = aFinding({ check: 'a', outcome: 'fail', assurance: 'observed', id: 'y', severity: 'low' })
    expect(verdict(settledByA, declared, observed).assurance).toBe('observed')
  })
})

/** Better is more. */
const GOOD: Record<Outcome, number> = { pass: 3, 'not-applicable': 2, inconclusive: 2, error: 2, warn: 1, fail: 0 }

describe.each([
  ['the IoT Trust Framework', fc.constant(ota25), checkIds],
  ['the other frameworks', fc.constantFrom(...frameworks.slice(1)), checkIds],
  ['any framework', aFramework, FEW],
])('in %s', (_, frameworks, ids) => {
  it('is open everywhere without evidence, with a next step', () => {
    fc.assert(
      fc.property(frameworks, (framework) => {
        for (const verdict of verdictsOf(framework, [])) {
          expect(verdict.outcome).toBe('inconclusive')
          expect(verdict.next).not.toBe('')
          expect(verdict.next).toBeDefined()
          expect(verdict.assurance).toBe('none')
        }
      }),
    )
  })

  it('is never better for one more bad finding', () => {
    fc.assert(
      fc.property(frameworks, someFindings(ids), badFinding(ids), (framework, findings, bad) => {
        const before = verdictsOf(framework, findings)
        const after = verdictsOf(framework, [...findings, bad])
        expect(after.filter((verdict, i) => GOOD[verdict.outcome] > GOOD[before[i]!.outcome])).toEqual([])
      }),
      RUNS,
    )
  })

  it('never turns to pass when good evidence is taken away, or a check is not run that said nothing bad and did not break', () => {
    fc.assert(
      fc.property(frameworks, someFindings(ids), fc.constantFrom(...ids), (framework, findings, gone) => {
        const before = verdictsOf(framework, findings)
        const dropped = findings.filter((finding) => finding.check === gone)
        const without = [findings.filter((finding) => finding.check !== gone || finding.outcome !== 'pass')]
        if (dropped.every(({ outcome }) => !['fail', 'warn', 'error'].includes(outcome)))
          without.push(findings.filter((finding) => finding.check !== gone))
        for (const rest of without) {
          expect(
            verdictsOf(framework, rest).filter(({ outcome }, i) => outcome === 'pass' && before[i]!.outcome !== 'pass'),
          ).toEqual([])
        }
      }),
      RUNS,
    )
  })

  it('is never pass while a check that settles it did not run, or one says otherwise; and names what else did not run', () => {
    fc.assert(
      fc.property(frameworks, someFindings(ids), (framework, findings) => {
        for (const verdict of verdictsOf(framework, findings)) {
          if (verdict.outcome !== 'pass') continue
          const control = framework.controls.find(({ id }) => id === verdict.control)!
          expect(control.unseen).toBeUndefined()
          for (const check of control.checks) {
            const said = findings.filter((finding) => finding.check === check.id).map(({ outcome }) => outcome)
            if (said.length === 0) {
              expect(check.role).toBe('can-fail')
              expect(verdict.reason).toMatch(new RegExp(`Not run, though it could fail it: .*\\b${check.id}\\b`))
            }
            expect(said).not.toContain('fail')
            expect(said).not.toContain('warn')
            expect(said).not.toContain('error')
            if (check.role === 'settles') expect(said).not.toContain('inconclusive')
          }
        }
      }),
      RUNS,
    )
  })

  it('is the same whatever order the findings come in', () => {
    fc.assert(
      fc.property(frameworks, someFindings(ids), (framework, findings) => {
        const plain = (all: IdentifiedFinding[]) =>
          verdictsOf(framework, all).map(({ control, outcome, assurance }) => ({ control, outcome, assurance }))
        expect(plain(findings.toReversed())).toEqual(plain(findings))
      }),
      RUNS,
    )
  })
})

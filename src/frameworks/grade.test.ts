import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Severity } from '../checks/check.ts'
import { aCatalog, aControl, aFinding, aFramework, badFinding, checkIds, FEW, someFindings } from '../testing/findings.ts'
import { BANDS, COVERAGE_CAPS, FAIL_CAPS, gradeOf, type Letter, letterOf, top } from './grade.ts'
import type { Framework } from './framework.ts'
import type { IdentifiedFinding } from './identify.ts'
import { frameworks } from './index.ts'
import { ota25 } from './ota-2.5.ts'
import { POINTS } from './severity.ts'
import { verdictsOf } from './verdict.ts'

const RUNS = { numRuns: 2000 }
const LETTERS: readonly Letter[] = ['F', 'E', 'D', 'C', 'B', 'A']
const rank = (letter: Letter) => LETTERS.indexOf(letter)

function grade(framework: Framework, findings: IdentifiedFinding[]) {
  return gradeOf(verdictsOf(framework, findings), findings, 'principle')
}

/** A framework of 40 controls, each settled by a check of its own, and findings for the first of them. */
const forty: Framework = {
  id: 'forty',
  ...aCatalog,
  informational: [],
  controls: Array.from({ length: 40 }, (_, i) => aControl({ id: String(i + 1), checks: [{ id: `c${i + 1}`, role: 'settles' }] })),
}

function gradeWith(passes: number, ...bad: ['fail' | 'warn', Severity][]) {
  const findings = [
    ...Array.from({ length: passes }, (_, i) => aFinding({ check: `c${i + 1}`, outcome: 'pass' })),
    ...bad.map(([outcome, severity], i) => aFinding({ check: `c${40 - i}`, outcome, severity })),
  ]
  return grade(forty, findings)
}

describe('docs/grade.md', () => {
  const page = readFileSync(new URL('../../docs/grade.md', import.meta.url), 'utf8')

  it('shows worked examples as the code computes them', () => {
    const examples: [string, ReturnType<typeof gradeWith>][] = [
      ['nothing settled', gradeWith(0)],
      ['one low warning, nothing passed (typical of traffic alone)', gradeWith(0, ['warn', 'low'])],
      ['clear text to the Internet: one high failure', gradeWith(0, ['fail', 'high'])],
      [
        'a camera with Telnet and clear text: two high failures, one medium warning',
        gradeWith(0, ['fail', 'high'], ['fail', 'high'], ['warn', 'medium']),
      ],
      ['a default password that was accepted: one critical failure', gradeWith(0, ['fail', 'critical'])],
      ['the same with 39 controls passed', gradeWith(39, ['fail', 'critical'])],
      ['9 passed, nothing bad', gradeWith(9)],
      ['10 passed, nothing bad', gradeWith(10)],
      ['20 passed, nothing bad', gradeWith(20)],
      ['20 passed, one medium failure', gradeWith(20, ['fail', 'medium'])],
      ['30 passed, one low failure', gradeWith(30, ['fail', 'low'])],
      ['39 passed, one high failure', gradeWith(39, ['fail', 'high'])],
    ]
    const rows = examples.map(
      ([what, of]) =>
        `| ${what} | ${of.letter ?? 'none'} | ${of.score ?? 'none'} | ${Math.round(of.coverage * 100)}% | ${of.because} |`,
    )
    expect(page).toContain(['| of 40 controls | grade | score | coverage | because |', '|--|--|--|--|--|', ...rows].join('\n'))
  })

  it('gives the numbers of the code', () => {
    for (const [letter, least] of BANDS) expect(page).toContain(`| ${letter} | ${least} |`)
    for (const severity of ['low', 'medium', 'high', 'critical'] as const) {
      expect(page).toContain(`| ${severity} | ${POINTS[severity]} | ${POINTS[severity] / 2} | ${FAIL_CAPS[severity] ?? 'none'} |`)
    }
    for (const [share, letter] of COVERAGE_CAPS) expect(page).toContain(`under ${share * 100}% | ${letter} |`)
  })
})

describe('the grade', () => {
  it('is null where nothing was settled', () => {
    expect(grade(ota25, [])).toMatchObject({ letter: null, score: null, coverage: 0, settled: 0, applicable: 40 })
  })

  it('counts only controls that apply', () => {
    const aside = Array.from({ length: 30 }, (_, i) => aFinding({ check: `c${i + 1}`, outcome: 'not-applicable' }))
    const passed = Array.from({ length: 5 }, (_, i) => aFinding({ check: `c${i + 31}`, outcome: 'pass' }))
    expect(grade(forty, [...aside, ...passed])).toMatchObject({ letter: 'A', applicable: 10, settled: 5, coverage: 0.5 })
    const all = Array.from({ length: 40 }, (_, i) => aFinding({ check: `c${i + 1}`, outcome: 'not-applicable' }))
    expect(grade(forty, all)).toMatchObject({ letter: null, coverage: 0, applicable: 0 })
  })

  it('has scores and letters that agree', () => {
    for (const letter of LETTERS) expect(letterOf(top(letter))).toBe(letter)
  })

  it('is capped by failures, not by warnings', () => {
    expect(gradeWith(39, ['warn', 'high'])).toMatchObject({ letter: 'B', score: 80 })
    expect(gradeWith(39, ['fail', 'high'])).toMatchObject({ letter: 'D', score: 59 })
  })

  it('does not rise by a failure that lifts the coverage over a cap', () => {
    // 9 of 40 passed and 0 bad: 22.5% settled; one low failure makes it 25%
    expect(gradeWith(9)).toMatchObject({ letter: 'C', score: 74, coverage: 0.225 })
    expect(gradeWith(9, ['fail', 'low'])).toMatchObject({ letter: 'C', score: 74, coverage: 0.25 })
  })

  it('does not rise when a weak failure joins a strong warning of the same control', () => {
    const warn = aFinding({ check: 'c1', outcome: 'warn', severity: 'critical', id: 'w' })
    const fail = aFinding({ check: 'c1', outcome: 'fail', severity: 'low', id: 'f' })
    expect(grade(forty, [warn, fail]).score).toBe(grade(forty, [warn]).score)
  })
})

describe.each([
  ['the IoT Trust Framework', fc.constant(ota25), checkIds],
  ['the other frameworks', fc.constantFrom(...frameworks.slice(1)), checkIds],
  ['any framework', aFramework, FEW],
])('over %s', (_, frameworks, ids) => {
  it('more bad evidence never raises grade or score', () => {
    fc.assert(
      fc.property(frameworks, someFindings(ids), badFinding(ids), (framework, findings, bad) => {
        const before = grade(framework, findings)
        const after = grade(framework, [...findings, bad])
        if (before.letter === null || before.score === null) {
          // the first thing known is bad: no better than the cap for nothing passed
          if (after.letter !== null) expect(rank(after.letter)).toBeLessThanOrEqual(rank('C'))
          return
        }
        expect(after.score).not.toBeNull()
        expect(after.score!).toBeLessThanOrEqual(before.score)
        expect(rank(after.letter!)).toBeLessThanOrEqual(rank(before.letter))
      }),
      RUNS,
    )
  })

  it('caps hold, and the score agrees with the letter', () => {
    fc.assert(
      fc.property(frameworks, someFindings(ids), (framework, findings) => {
        const verdicts = verdictsOf(framework, findings)
        const { letter, score, coverage } = gradeOf(verdicts, findings)
        if (letter === null) {
          expect(verdicts.some(({ outcome }) => outcome === 'pass' || outcome === 'fail' || outcome === 'warn')).toBe(false)
          return
        }
        expect(letterOf(score!)).toBe(letter)
        if (coverage < 0.25) expect(rank(letter)).toBeLessThanOrEqual(rank('C'))
        if (coverage < 0.5) expect(rank(letter)).toBeLessThanOrEqual(rank('B'))
        const resting = new Set(verdicts.flatMap((verdict) => verdict.findings))
        const fails = findings.filter(({ id, outcome }) => outcome === 'fail' && resting.has(id)).map(({ severity }) => severity)
        if (fails.includes('critical')) expect(letter).toBe('F')
        if (fails.includes('high')) expect(rank(letter)).toBeLessThanOrEqual(rank('D'))
        if (fails.includes('medium')) expect(rank(letter)).toBeLessThanOrEqual(rank('B'))
      }),
      RUNS,
    )
  })

  it('does not depend on the order of findings or verdicts', () => {
    fc.assert(
      fc.property(frameworks, someFindings(ids), (framework, findings) => {
        const turned = findings.toReversed()
        expect(gradeOf(verdictsOf(framework, turned).toReversed(), turned, 'principle')).toEqual(grade(framework, findings))
      }),
      RUNS,
    )
  })
})

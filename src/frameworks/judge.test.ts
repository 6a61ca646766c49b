import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Check } from '../checks/check.ts'
import type { DeviceEvidence } from '../evidence/evidence.ts'
import { aDevice, aNetwork, peer } from '../testing/device.ts'
import { bad, entered, type Fact, good } from '../testing/facts.ts'
import type { Letter } from './grade.ts'
import { findingId, identified, outcomesOf } from './identify.ts'
import { examine, judge } from './index.ts'

const RUNS = { numRuns: 2000 }
const RANK: Record<Letter, number> = { A: 5, B: 4, C: 3, D: 2, E: 1, F: 0 }
const GOOD = { pass: 3, 'not-applicable': 2, inconclusive: 2, error: 2, warn: 1, fail: 0 }

// each at most once: a device has one service a port
const someFacts = fc.uniqueArray(fc.constantFrom(...good, ...bad, entered), { maxLength: 14 })

function judgedDevice(device: DeviceEvidence) {
  return judge(device.id, examine(device, aNetwork()))
}

function judged(facts: readonly Fact[]) {
  return judgedDevice(facts.reduce((device, fact) => fact(device), aDevice()).build())
}

describe('judge', () => {
  it('settles nothing without evidence', () => {
    const { findings, verdicts, grade } = judged([])
    expect(findings.every(({ outcome }) => outcome === 'inconclusive')).toBe(true)
    expect(verdicts).toHaveLength(40)
    expect(verdicts.every(({ outcome, next }) => outcome === 'inconclusive' && next !== undefined)).toBe(true)
    expect(grade).toMatchObject({ letter: null, score: null, coverage: 0 })
  })

  it('goes from a clear-text request to the verdict and the packets', () => {
    const device = aDevice()
      .endpoint({ port: 80, protocol: 'http', protection: 'clear', name: 'api.example.com' })
      .observe(
        'http.client',
        { peer: peer({ port: 80 }), method: 'GET', host: 'api.example.com', path: '/v1/status' },
        { count: 14 },
      )
    const { findings, verdicts, grade } = judgedDevice(device.build())
    const verdict = verdicts.find(({ control }) => control === '2')!
    expect(verdict).toMatchObject({
      outcome: 'fail',
      responsible: 'maker',
      assurance: 'observed',
      findings: ['mac-020000000001/cleartext-internet'],
    })
    expect(findings.find(({ id }) => id === verdict.findings[0])!.evidence).toEqual([
      { capture: 0, frame: 1 },
      { capture: 0, frame: 2 },
    ])
    expect(grade).toMatchObject({ letter: 'D', settled: 1, applicable: 40, coverage: 0.025 })
  })

  it('never raises the grade or a verdict by one more bad fact, wherever it stands', () => {
    fc.assert(
      fc.property(someFacts, fc.constantFrom(...bad, entered), fc.nat(), (facts, worse, at) => {
        const before = judged(facts)
        const after = judged(facts.toSpliced(at % (facts.length + 1), 0, worse))
        expect(after.verdicts.filter(({ outcome }, i) => GOOD[outcome] > GOOD[before.verdicts[i]!.outcome])).toEqual([])
        if (before.grade.letter === null) expect(RANK[after.grade.letter ?? 'F']).toBeLessThanOrEqual(RANK.C)
        else {
          expect(after.grade.score).not.toBeNull()
          expect(after.grade.score!).toBeLessThanOrEqual(before.grade.score!)
          expect(RANK[after.grade.letter!]).toBeLessThanOrEqual(RANK[before.grade.letter])
        }
      }),
      RUNS,
    )
  })

  it('shows packets for every pass, fail and warn, a next step for what is open, and ids that are unique and the same every time', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const { findings, verdicts } = judged(facts)
        const ids = findings.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(judged(facts).findings.map(({ id }) => id)).toEqual(ids)
        expect(
          findings.filter(
            ({ outcome, evidence }) =>
              ['pass', 'fail', 'warn'].includes(outcome) && (evidence.length === 0 || evidence.length > 16),
          ),
        ).toEqual([])
        expect(
          findings.filter(({ outcome, severity }) => (outcome === 'fail' || outcome === 'warn') !== (severity !== 'info')),
        ).toEqual([])
        expect(
          [...findings, ...verdicts].filter(({ outcome, next }) => outcome === 'inconclusive' && (next ?? '') === ''),
        ).toEqual([])
        // no check failed, and no two findings of one check want the same name
        expect(findings.filter(({ outcome, id }) => outcome === 'error' || id.includes('~'))).toEqual([])
        expect(verdicts.flatMap((verdict) => verdict.findings).filter((id) => !ids.includes(id))).toEqual([])
      }),
      RUNS,
    )
  })

  it('every bad fact is found bad, and no good one', () => {
    const isBad = (facts: Fact[]) =>
      judged(facts).findings.some(
        ({ outcome, check }) => (outcome === 'fail' || outcome === 'warn') && check !== 'open-standards',
      )
    for (const fact of bad) expect([fact.toString(), isBad([fact])]).toEqual([fact.toString(), true])
    for (const fact of [...good, entered]) expect([fact.toString(), isBad([fact])]).toEqual([fact.toString(), false])
  })
})

describe('findings and their ids', () => {
  const check = (run: Check['run']): Check => ({
    id: 'a-check',
    title: 'A',
    facet: 'security',
    looksFor: '',
    why: '',
    remedy: 'mend',
    passNeeds: '',
    run,
  })

  it('a check that throws, or says nothing, is an error and not a pass', () => {
    const device = aDevice().build()
    const thrown = check(() => {
      throw new Error('no such thing')
    })
    const findings = (one: Check) => identified([one], device.id, outcomesOf([one], device, aNetwork()))
    expect(findings(thrown)).toMatchObject([
      { outcome: 'error', reason: 'The check itself failed: no such thing', id: 'mac-020000000001/a-check', evidence: [] },
    ])
    expect(findings(check(() => []))).toMatchObject([{ outcome: 'error' }])
  })

  it('are readable, and differ where the subjects differ', () => {
    expect(findingId('d', 'c', '')).toBe('d/c')
    expect(findingId('d', 'c', 'tcp/23')).toBe('d/c/tcp-23')
    expect(findingId('d', 'c', 'internet http')).toBe('d/c/internet-http')
    expect(findingId('d', 'c', 'Ünï/../x')).toMatch(/^d\/c\/[a-z0-9._:-]+$/)
    expect(findingId('d', 'c', 'a b*')).not.toBe(findingId('d', 'c', 'a b?'))
    expect(findingId('d', 'c', 'x'.repeat(200)).length).toBeLessThan(90)
    expect(findingId('d', 'c', 'x'.repeat(200))).not.toBe(findingId('d', 'c', 'x'.repeat(201)))
  })
})

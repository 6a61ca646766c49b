import { describe, expect, it } from 'vitest'
import type { Supplied, Vulnerabilities, Vulnerability } from '../../dossier/supplied-model.ts'
import { aDevice, START } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { findingsOf } from '../../testing/supplied.ts'
import { knownVulnerabilities as check } from './known-vulnerabilities.ts'

const DAY = 86_400_000
const sbom: Supplied['sbom'] = { document: 1, format: 'CycloneDX 1.5', components: 2, lacks: [], listed: [] }
const vulnerabilities: Vulnerabilities = {
  records: 1000,
  newest: START / 1000 - 10 * DAY,
  compared: 2,
  uncompared: [],
  openCounts: {},
  open: [],
  answeredCount: 0,
  answered: [],
}
const one: Vulnerability = {
  id: 'CVE-2021-1',
  severity: 'high',
  component: { name: 'lodash', version: '4.17.20', at: '/components/0' },
}
const answer = { status: 'not_affected', justification: 'code_not_reachable', document: 2, at: '/statements/0' } as const
/** Counted as they are listed. */
const counted = (more: Partial<Vulnerabilities>): Vulnerabilities => ({
  ...vulnerabilities,
  openCounts: Object.fromEntries(
    [...Map.groupBy(more.open ?? [], (v) => v.severity)].map(([severity, list]) => [severity, list.length]),
  ),
  answeredCount: more.answered?.length ?? 0,
  ...more,
})
const of = (more: Partial<Vulnerabilities>, rest: Partial<Supplied> = {}) =>
  findingsOf(check, { sbom, vulnerabilities: counted(more), ...rest })

describe('known-vulnerabilities', () => {
  it('passes where everything was compared and nothing is known', () => {
    expect(of({})).toMatchObject([
      {
        outcome: 'pass',
        reason: 'No vulnerability is known of all 2 components, compared with 1,000 records, as the database knew on 2025-12-22.',
        evidence: [{ document: 1, at: '' }],
      },
    ])
  })

  it('passes where the maker has answered all', () => {
    expect(of({ answered: [{ ...one, answer }] })).toMatchObject([
      {
        outcome: 'pass',
        reason: expect.stringMatching(
          /^The maker answers each of 1 known vulnerability .*CVE-2021-1 in lodash 4.17.20: not affected, code not reachable/,
        ),
        evidence: [
          { document: 1, at: '' },
          { document: 2, at: '/statements/0' },
        ],
      },
    ])
  })

  it('fails as badly as the worst that is open', () => {
    expect(of({ open: [one] })).toMatchObject([
      {
        outcome: 'fail',
        severity: 'high',
        about: 'affected',
        reason:
          'Its components have 1 known vulnerability that is not answered (1 high): CVE-2021-1 in lodash 4.17.20, as the database knew on 2025-12-22.',
        evidence: [{ document: 1, at: '/components/0' }],
      },
    ])
    expect(of({ open: [{ ...one, severity: 'critical' }, one] })[0]?.severity).toBe('critical')
    // more than are told at length are counted
    expect(of({ open: [one], openCounts: { critical: 2000, high: 1 } })[0]).toMatchObject({
      severity: 'critical',
      reason: expect.stringMatching(
        /2,001 known vulnerabilities that are not answered \(2,000 critical, 1 high\): .* and 2,000 more/,
      ),
    })
    expect(of({ open: [{ ...one, severity: 'unknown' }] })[0]?.severity).toBe('medium')
    expect(of({ open: [{ ...one, severity: 'low' }] })[0]?.severity).toBe('low')
  })

  it('takes no answer without a reason, and none that is still sought', () => {
    const open = [
      { ...one, answer: { ...answer, justification: undefined } },
      { ...one, answer: { ...answer, status: 'affected' } },
      { ...one, answer: { ...answer, status: 'under_investigation' } },
    ] as Vulnerability[]
    expect(of({ open })[0]).toMatchObject({
      outcome: 'fail',
      reason: expect.stringMatching(/said not to be affected, without saying why.*affected, its maker says.*under investigation/),
    })
  })

  it('contradicts a maker who says that none is open', () => {
    const supplied = { sbom, vulnerabilities: counted({ open: [one] }) }
    expect(findingsOf(check, supplied, { vulnerabilities: { open: false } })).toMatchObject([
      {
        outcome: 'fail',
        contradiction: true,
        reason: expect.stringMatching(/^The maker says that none is open\. Its components have 1/),
        evidence: [
          { document: 1, at: '/components/0' },
          { document: 0, at: '/vulnerabilities/open' },
        ],
      },
    ])
    expect(findingsOf(check, supplied, { vulnerabilities: { open: true } })[0]).not.toHaveProperty('contradiction')
  })

  it('does not pass what was not compared, though nothing was found', () => {
    const uncompared = [{ reason: 'they have no package URL', count: 4, examples: ['uboot'] }]
    expect(of({ uncompared })).toMatchObject([
      { outcome: 'inconclusive', reason: expect.stringMatching(/4 because they have no package URL \(uboot\)/) },
    ])
    expect(of({ uncompared, open: [one] }).map((f) => f.outcome)).toEqual(['fail', 'inconclusive'])
  })

  it('fails by the word of the maker, whatever a database knows, and counts nothing twice', () => {
    const admitted = [
      { id: 'CVE-2021-1', document: 2, at: '/statements/3' },
      { id: 'CVE-2021-2', document: 2, at: '/statements/4' },
    ]
    const told = (found: ReturnType<typeof of>) => found.map(({ outcome, about, severity }) => [outcome, about, severity])
    expect(findingsOf(check, { admitted })).toMatchObject([
      {
        outcome: 'fail',
        severity: 'medium',
        reason: "The maker's own VEX says that the product is affected by 2 known vulnerabilities: CVE-2021-1 and CVE-2021-2.",
        evidence: [
          { document: 2, at: '/statements/3' },
          { document: 2, at: '/statements/4' },
        ],
      },
      { outcome: 'inconclusive' },
    ])
    expect(told(of({}, { admitted }))).toEqual([['fail', 'admitted', 'medium']])
    expect(told(of({ open: [one] }, { admitted }))).toEqual([
      ['fail', 'admitted', 'medium'],
      ['fail', 'affected', 'high'],
    ])
    expect(told(of({ open: [one] }, { admitted: admitted.slice(0, 1) }))).toEqual([['fail', 'affected', 'high']])
    expect(findingsOf(check, { admitted }, { vulnerabilities: { open: false } })[0]?.contradiction).toBe(true)
  })

  it('does not pass while a VEX document was not read: it may say anything', () => {
    const vex = [{ trouble: 'a statement on vulnerabilities (VEX) cannot be read: it is no JSON', next: 'Mend it.' }]
    expect(of({}, { vex })).toMatchObject([
      { outcome: 'inconclusive', next: 'Mend it.', reason: expect.stringMatching(/it is no JSON\.$/) },
    ])
    expect(of({ open: [one] }, { vex }).map(({ outcome }) => outcome)).toEqual(['fail', 'inconclusive'])
  })

  it('does not pass by an old database, nor by one that tells no time', () => {
    expect(of({ newest: START / 1000 - 100 * DAY })).toMatchObject([
      { outcome: 'inconclusive', reason: expect.stringMatching(/last changed on 2025-09-23, 100 days before/) },
    ])
    expect(of({ newest: undefined })).toMatchObject([{ outcome: 'inconclusive', reason: expect.stringMatching(/tells no time/) }])
    // what it knows counts all the same
    expect(of({ newest: START / 1000 - 100 * DAY, open: [one] })[0]?.outcome).toBe('fail')
  })

  it('is open without a dossier, a bill or a database, and unanswered where they cannot be read', () => {
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
    expect(findingsOf(check, {})).toMatchObject([{ outcome: 'inconclusive' }])
    expect(findingsOf(check, { sbom })).toMatchObject([{ outcome: 'inconclusive', next: expect.stringContaining('--osv') }])
    const trouble = { trouble: 'the OSV database cannot be read: ENOENT', next: 'Name its folder.' }
    expect(findingsOf(check, { sbom, vulnerabilities: trouble })).toMatchObject([
      { outcome: 'error', reason: 'The OSV database cannot be read: ENOENT.' },
    ])
    expect(findingsOf(check, { sbom: trouble })).toMatchObject([{ outcome: 'error' }])
  })
})

import { describe, expect, it } from 'vitest'
import { type Acted, actionsFor } from './actions.ts'
import type { Severity } from './detector.ts'
import { CAMPAIGNS, STAGE_ORDER, type Campaign } from './stage.ts'

type Step = Acted['steps'][number]
const step = (stage: Step['stage'], severity: Severity, role: Step['role'], ...indicators: Step['indicators']): Step => ({
  stage,
  severity,
  role,
  indicators,
})
const RANK: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']
const ids = (campaign: Campaign, steps: Step[], router = false) =>
  actionsFor({ campaign, severity: RANK[Math.max(...steps.map((s) => RANK.indexOf(s.severity)))]!, steps }, router).map(
    ({ id }) => id,
  )

describe('what to do', () => {
  it('of a device that was taken: off the network, then what makes it clean, then what keeps it so', () => {
    const list = ids('recruitment', [
      step('guessed', 'medium', 'target', { type: 'ip', value: '203.0.113.9', role: 'guesser' }),
      step('attacking', 'critical', 'source'),
    ])
    expect(list).toEqual(['keep', 'isolate', 'restart', 'update', 'password', 'close', 'reset', 'block', 'return', 'tell'])
  })

  it('never has a restart without saying that the password must change, too', () => {
    for (const campaign of Object.keys(CAMPAIGNS) as Campaign[])
      for (const stage of STAGE_ORDER)
        for (const severity of RANK)
          for (const role of ['source', 'target'] as const) {
            const list = ids(campaign, [step(stage, severity, role)])
            expect(list.length).toBeGreaterThan(0)
            expect(new Set(list).size).toBe(list.length)
            if (list.includes('restart')) expect(list.indexOf('password')).toBeGreaterThan(list.indexOf('restart'))
          }
  })

  it('of attempts that failed: nothing is unplugged', () => {
    const list = ids('recruitment', [step('probed', 'low', 'target'), step('guessed', 'medium', 'target')])
    expect(list).toEqual(['password', 'close', 'update', 'watch'])
    // a step further that is no graver is another attempt
    expect(ids('recruitment', [step('loading', 'medium', 'target')])).not.toContain('isolate')
  })

  it('of a weak sign of what it does itself: ask first', () => {
    expect(ids('recruitment', [step('scanning', 'medium', 'source')])).toEqual([
      'keep',
      'purpose',
      'restart',
      'password',
      'update',
      'watch',
    ])
  })

  it('of background: one thing, or none', () => {
    expect(ids('recruitment', [step('scanning', 'low', 'source')])).toEqual(['nothing'])
    expect(ids('recruitment', [step('guessed', 'low', 'target')])).toEqual(['password'])
    expect(ids('rule', [step('matched', 'info', 'source')])).toEqual(['nothing'])
  })

  it('of a router: its way to the Internet, not the power', () => {
    const [, isolate] = actionsFor(
      { campaign: 'recruitment', severity: 'high', steps: [step('commanded', 'high', 'source')] },
      true,
    )
    expect(isolate).toMatchObject({ id: 'isolate', title: expect.stringContaining('router') })
  })

  it('of who stands between others: them, not those they stand between', () => {
    expect(ids('interception', [step('intercepting', 'high', 'source')])).toContain('isolate')
    expect(ids('interception', [step('intercepting', 'high', 'target')])).not.toContain('isolate')
  })

  it('of data that was carried away: what the device knew', () => {
    expect(ids('recruitment', [step('exfiltrating', 'high', 'source')])).toContain('secrets')
  })

  it('is said in sentences', () => {
    for (const campaign of Object.keys(CAMPAIGNS) as Campaign[])
      for (const { title, text } of actionsFor({
        campaign,
        severity: 'critical',
        steps: [step('attacking', 'critical', 'source')],
      })) {
        expect(title).toMatch(/^[A-Z].*[^.]$/)
        expect(text).toMatch(/^[A-Z].{20,}\.$/)
      }
  })
})

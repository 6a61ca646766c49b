import { describe, expect, it } from 'vitest'
import { auditFixture } from '../testing/audit-fixture.ts'
import { aThreat, withThreats } from '../testing/threat-fixture.ts'
import { indicatorsOf, silence, stagesLine, stagesOf, sureness, threatened, threatsBehind, timeLine } from './threats.ts'

const audit = withThreats(auditFixture())
const [camera, spoofer, router, , silent] = audit.threats!

describe('threats in words', () => {
  it('have the whole road of recruitment, with what was not seen of it', () => {
    expect(stagesOf(camera!).map(({ reached }) => reached)).toEqual([true, true, true, true, false, true, true, true])
    expect(stagesLine(camera!)).toMatch(/^Seen: looked for, .*, attacks\. Not seen: program fetched\.$/)
    expect(stagesOf(spoofer!)).toEqual([{ stage: 'intercepting', title: 'In the way of others', reached: true }])
  })

  it('know stages of later versions by their names', () => {
    const [step] = camera!.steps
    const later = aThreat('x', 'recruitment', [{ ...step!, stage: 'mining' }])
    expect(stagesLine({ ...later, steps: [{ ...step!, stage: 'mining' }] })).toBe('Seen: mining.')
  })

  it('name devices, routers, and who was only sent to', () => {
    expect(threatened(audit, camera!)).toBe('Kitchen camera')
    expect(threatened(audit, router!)).toBe('The router (192.168.1.1)')
    expect(threatened(audit, silent!)).toBe('A device of which nothing else was seen (192.168.1.200)')
    const { ip: _, ...nowhere } = silent!
    expect(threatened(audit, nowhere)).toContain('ip-192.168.1.200')
  })

  it.each([
    [1, 'as good as certain (100 %)'],
    [0.9, 'very likely (90 %)'],
    [0.7, 'likely (70 %)'],
    [0.5, 'possible (50 %)'],
    [0, 'a weak sign (0 %)'],
  ])('say how sure %d is', (confidence, words) => {
    expect(sureness(confidence)).toBe(words)
  })

  it('say when it was sure', () => {
    const first = '2026-11-01T10:00:00.000000Z'
    const last = '2026-11-01T10:00:09.000000Z'
    expect(timeLine({ first, alerted: '2026-11-01T10:00:02.000000Z', last })).toContain('sure 2 s later')
    expect(timeLine({ first, alerted: first, last })).toContain('sure at once')
    expect(timeLine({ first, alerted: first, last: first })).toBe('One packet, 2026-11-01 10:00:00 UTC.')
  })

  it('have each indicator once, with all it was there', () => {
    expect(indicatorsOf(camera!).filter(({ value }) => value === '203.0.113.9')).toEqual([
      { type: 'ip', value: '203.0.113.9', role: 'scanner, guesser' },
    ])
  })

  it('stand behind findings that rest on the same packets, and no others', () => {
    const [device] = audit.devices
    const [credential] = device!.findings
    expect(threatsBehind(audit, device!, credential!)).toEqual([camera])
    expect(threatsBehind(audit, device!, { ...credential!, evidence: [{ capture: 1, frames: [12] }] })).toEqual([])
  })

  it('are not passed by silence', () => {
    expect(silence(audit)).toBeUndefined()
    expect(silence({ ...audit, threats: [] })).toMatch(/no proof.*Looked for: password guessing, scanning, floods\.$/)
    const { detectors: _, ...unknown } = audit
    expect(silence({ ...unknown, threats: [] })).not.toContain('Looked for')
  })
})

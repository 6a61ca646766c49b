import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { lockout as check } from './lockout.ts'

const key = 'telnet tcp/23'
const tolerant = {
  protocol: 'telnet',
  port: 23,
  transport: 'tcp',
  attempts: 10,
  outcome: 'unchanged',
  firstMs: 40,
  lastMs: 42,
} as const
const login = { protocol: 'telnet', port: 23, transport: 'tcp', scheme: 'prompt', tried: 4, refused: 4 } as const

describe('lockout', () => {
  it('fails where ten bad log-ins change nothing, harder at a command line', () => {
    expect(finding(check, aDevice().asked('probe.lockout', key, tolerant))).toMatchObject({
      outcome: 'fail',
      severity: 'high',
      assurance: 'probed',
      reason:
        'Refused 10 bad log-ins of a made-up user in a row by Telnet on tcp/23, each after 42 ms: neither slower nor locked.',
    })
    expect(finding(check, aDevice().asked('probe.lockout', 'http tcp/80', { ...tolerant, protocol: 'http' })).severity).toBe(
      'medium',
    )
  })

  it('concludes nothing from a port that takes connections and says nothing', () => {
    const open = { ...login, protocol: 'http', port: 80, scheme: 'none', open: { gives: 'read', what: 'the page /' } } as const
    const device = () => aDevice().asked('probe.login', 'http tcp/80', open)
    expect(finding(check, device())).toMatchObject({
      outcome: 'not-applicable',
      reason: 'There is no password to guess: HTTP on tcp/80 takes none.',
    })
    const silent = device().asked('probe.service', 'tcp/23', { transport: 'tcp', port: 23, protocol: '' })
    expect(finding(check, silent)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('tcp/23 said nothing'),
    })
  })

  it('warns of a wait that does not grow', () => {
    const said = finding(check, aDevice().asked('probe.lockout', key, { ...tolerant, firstMs: 3000, lastMs: 2900 }))
    expect(said).toMatchObject({ outcome: 'warn', severity: 'low' })
  })

  it.each(['locked', 'slowed', 'cut-off'] as const)('passes where it %s', (outcome) => {
    expect(
      finding(check, aDevice().asked('probe.lockout', key, { ...tolerant, outcome, attempts: 5, lastMs: 9000 })).outcome,
    ).toBe('pass')
  })

  it('takes the lock that the defaults met', () => {
    const met = aDevice().asked('probe.login', key, { ...login, tried: 3, refused: 2, stopped: 'locked' })
    expect(finding(check, met)).toMatchObject({ outcome: 'pass', reason: 'Locked after 3 bad log-ins by Telnet on tcp/23.' })
    const again = met.asked('probe.lockout', key, { ...tolerant, attempts: 1, outcome: 'locked' })
    expect(finding(check, again)).toMatchObject({ outcome: 'pass', reason: 'Locked after 3 bad log-ins by Telnet on tcp/23.' })
    // one slow refusal may be chance
    expect(finding(check, aDevice().asked('probe.login', key, { ...login, stopped: 'slow' })).outcome).toBe('inconclusive')
    // that it no longer answers may have other reasons
    expect(finding(check, aDevice().asked('probe.login', key, { ...login, stopped: 'cut off' })).outcome).toBe('inconclusive')
  })

  it('is open where nobody tried, and does not arise where there is no password', () => {
    expect(finding(check, aDevice().asked('probe.login', key, login)).next).toContain('--full')
    const keys = { ...login, protocol: 'ssh', scheme: 'keys', tried: 0, refused: 0 }
    expect(finding(check, aDevice().asked('probe.login', 'ssh tcp/22', keys)).outcome).toBe('not-applicable')
  })

  it('says what had no answer', () => {
    const trouble = { probe: 'lockout', about: key, reason: 'A bad log-in had no answer.', next: 'Ask it again, this alone.' }
    expect(finding(check, aDevice().asked('probe.trouble', 'x', trouble)).outcome).toBe('error')
  })
})

import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { defaultLogin as check } from './default-login.ts'

const telnet = { protocol: 'telnet', port: 23, transport: 'tcp', scheme: 'prompt', tried: 4, refused: 4 } as const
const key = 'telnet tcp/23'
const accepted = { user: 'r…(4)', secret: 'x…(6)', of: 'Mirai source code' }

describe('default-login', () => {
  it('fails, critical, where a published pair let us in', () => {
    const said = finding(check, aDevice().asked('probe.login', key, { ...telnet, refused: 3, accepted }))
    expect(said).toMatchObject({
      outcome: 'fail',
      severity: 'critical',
      about: key,
      assurance: 'probed',
      evidence: [{ probe: 0, entry: 1 }],
      reason: 'Let us in with a published default by Telnet on tcp/23: user r…(4), password x…(6) (Mirai source code).',
    })
  })

  it('claims no name where none is asked for', () => {
    const alone = { ...telnet, scheme: 'password', refused: 3, accepted: { ...accepted, user: '(empty)' } }
    expect(finding(check, aDevice().asked('probe.login', key, alone)).reason).toContain('tcp/23: password x…(6) (Mirai')
  })

  it('is high for a community, which is for reading', () => {
    const snmp = { ...telnet, protocol: 'snmp', port: 161, transport: 'udp', scheme: 'community', accepted } as const
    expect(finding(check, aDevice().asked('probe.login', 'snmp udp/161', snmp))).toMatchObject({
      outcome: 'fail',
      severity: 'high',
    })
  })

  it('passes where all were refused, each service by itself', () => {
    expect(finding(check, aDevice().asked('probe.login', key, telnet))).toMatchObject({
      outcome: 'pass',
      reason: 'Refused all 4 published defaults that were tried by Telnet on tcp/23.',
    })
    const ssh = { ...telnet, protocol: 'ssh', port: 22, tried: 1, refused: 0, accepted }
    const both = aDevice().asked('probe.login', key, telnet).asked('probe.login', 'ssh tcp/22', ssh)
    expect(check.run(both.build(), aNetwork()).map(({ outcome }) => outcome)).toEqual(['pass', 'fail'])
  })

  it('passes where enough were refused before it locked', () => {
    const locked = aDevice().asked('probe.login', key, { ...telnet, tried: 8, refused: 7, stopped: 'locked' })
    expect(finding(check, locked)).toMatchObject({
      outcome: 'pass',
      reason: 'Refused 7 published defaults by Telnet on tcp/23, and then locked.',
    })
    const gone = aDevice().asked('probe.login', key, { ...telnet, tried: 8, refused: 7, stopped: 'cut off' })
    expect(finding(check, gone).outcome).toBe('inconclusive')
  })

  it('does not pass where it locked at once, nothing was tried, or the answer was not clear', () => {
    for (const given of [
      { stopped: 'locked' as const, refused: 2, tried: 3 },
      { tried: 0, refused: 0 },
      { tried: 2, refused: 1 },
    ])
      expect(finding(check, aDevice().asked('probe.login', key, { ...telnet, ...given })).outcome).toBe('inconclusive')
  })

  it('says what could not be asked, and no verdict', () => {
    const trouble = { probe: 'logins', about: key, reason: 'It showed no prompt.', next: 'Ask it again, this alone.' }
    expect(finding(check, aDevice().asked('probe.trouble', `logins ${key}`, trouble))).toMatchObject({
      outcome: 'error',
      reason: 'Telnet on tcp/23: It showed no prompt.',
    })
    const half = aDevice()
      .asked('probe.login', key, { ...telnet, tried: 1, refused: 0 })
      .asked('probe.trouble', 'x', trouble)
    expect(finding(check, half).outcome).toBe('error')
    // of another probe's it says nothing
    expect(finding(check, aDevice().asked('probe.trouble', 'x', { ...trouble, probe: 'tls' })).outcome).toBe('inconclusive')
  })

  it('does not arise where nothing takes a password', () => {
    const keys = { ...telnet, protocol: 'ssh', scheme: 'keys', tried: 0, refused: 0 }
    expect(finding(check, aDevice().asked('probe.login', 'ssh tcp/22', keys)).outcome).toBe('not-applicable')
    const open = { ...telnet, scheme: 'none', tried: 0, refused: 0, open: { gives: 'shell', what: 'a command line' } } as const
    expect(finding(check, aDevice().asked('probe.login', key, open)).outcome).toBe('not-applicable')
  })

  it('counts a log-in once that has two doors', () => {
    const http = { ...telnet, protocol: 'http', port: 80, scheme: 'form' }
    const two = aDevice()
      .asked('probe.login', 'http tcp/80', http)
      .asked('probe.login', 'http tcp/443', { ...http, port: 443, tried: 0, refused: 0, sameAs: 'http tcp/80' })
    expect(finding(check, two).outcome).toBe('pass')
  })
})

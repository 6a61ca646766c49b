import { describe, expect, it } from 'vitest'
import { aDevice, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { defaultCredentials as check } from './default-credentials.ts'

const pair = {
  role: 'server',
  peer: localPeer(),
  protocol: 'telnet',
  scheme: 'prompt',
  user: 'r…(4)',
  secret: 'x…(6)',
  known: 'Mirai source code',
  accepted: 'yes',
} as const

describe('default-credentials', () => {
  it('fails, critical, when a published pair was accepted', () => {
    expect(
      finding(
        check,
        aDevice()
          .observe('credential', { ...pair, accepted: 'no' })
          .observe('credential', pair),
      ),
    ).toMatchObject({ outcome: 'fail', severity: 'critical' })
  })

  it('warns when the device uses one elsewhere, or the answer is not known', () => {
    expect(finding(check, aDevice().observe('credential', { ...pair, role: 'client', peer: peer() }))).toMatchObject({
      outcome: 'warn',
      severity: 'medium',
    })
    expect(finding(check, aDevice().observe('credential', { ...pair, accepted: 'unknown' }))).toMatchObject({
      outcome: 'warn',
      severity: 'medium',
    })
  })

  it('does not blame who logs in to a neighbour that takes one', () => {
    expect(finding(check, aDevice().observe('credential', { ...pair, role: 'client' }))).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('Logged in to 192.168.1.30:80 with a published default'),
    })
  })

  it('is high for an SNMP community, which seldom gives control', () => {
    const community = { ...pair, protocol: 'snmp', user: undefined, known: 'default SNMP communities' } as const
    expect(finding(check, aDevice().observe('credential', community)).severity).toBe('high')
    expect(finding(check, aDevice().observe('credential', community).observe('credential', pair)).severity).toBe('critical')
  })

  it('never passes: refused pairs are not all there are', () => {
    const said = finding(check, aDevice().observe('credential', { ...pair, accepted: 'no' }, { count: 60 }))
    expect(said).toMatchObject({
      outcome: 'inconclusive',
      reason: 'Refused 60 log-ins with published defaults; others were not tried.',
    })
  })

  it('says nothing of pairs that no list has', () => {
    const { known: _, ...own } = pair
    expect(finding(check, aDevice().observe('credential', own)).outcome).toBe('inconclusive')
  })
})

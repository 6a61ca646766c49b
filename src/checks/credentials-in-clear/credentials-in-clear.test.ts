import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { credentialsInClear as check } from './credentials-in-clear.ts'

const sent = {
  role: 'client',
  peer: peer({ port: 80 }),
  protocol: 'http',
  scheme: 'Basic',
  user: 'a…(5)',
  secret: 'h…(7)',
  accepted: 'yes',
} as const
const got = { ...sent, role: 'server', peer: localPeer(), protocol: 'telnet', scheme: 'prompt' } as const

describe('credentials-in-clear', () => {
  it('fails, critical over the Internet and high at home, once a protocol', () => {
    const said = check.run(aDevice().observe('credential', sent, { count: 3 }).observe('credential', got).build(), aNetwork())
    expect(said.map(({ about, outcome, severity }) => [about, outcome, severity])).toEqual([
      ['internet http', 'fail', 'critical'],
      ['local telnet', 'fail', 'high'],
    ])
    expect(said[0]?.reason).toBe('Readable log-in: HTTP Basic user a…(5), password h…(7) sent to api.example.com:80 (3 times).')
    expect(said[1]?.reason).toBe('Readable log-in: Telnet user a…(5), password h…(7) received from 192.168.1.30.')
  })

  it('is open on guesses that were refused, on names without passwords, and on nothing', () => {
    expect(finding(check, aDevice().observe('credential', { ...got, accepted: 'no' })).outcome).toBe('inconclusive')
    expect(
      finding(
        check,
        aDevice().observe('credential', {
          role: 'client',
          peer: peer(),
          protocol: 'http',
          scheme: 'Digest',
          user: 'a…(5)',
          accepted: 'yes',
        }),
      ).outcome,
    ).toBe('inconclusive')
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
  })

  it('takes an SNMP community for less, and an empty secret for none', () => {
    const community = { ...sent, protocol: 'snmp', scheme: 'v2c', user: undefined, secret: 'p…(6)' } as const
    expect(finding(check, aDevice().observe('credential', community))).toMatchObject({
      severity: 'high',
      reason: 'Readable log-in: SNMP community p…(6) sent to api.example.com:80.',
    })
    expect(finding(check, aDevice().observe('credential', { ...community, role: 'server', peer: localPeer() })).severity).toBe(
      'medium',
    )
    expect(finding(check, aDevice().observe('credential', { ...community, secret: '(empty)' })).outcome).toBe('inconclusive')
  })

  it('lets the thing at home that wants a password in clear answer for it, not who logs in to it', () => {
    expect(finding(check, aDevice().observe('credential', { ...sent, peer: localPeer() }))).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringMatching(/^Logged in to 192\.168\.1\.30:80 on this network, which takes passwords only in clear/),
    })
  })

  it('counts many places instead of naming them', () => {
    const device = aDevice()
    for (let i = 0; i < 500; i++)
      device.observe('credential', { ...sent, peer: peer({ ip: `203.0.113.${i}`, name: `h${i}.example`, port: 80 }) })
    expect(finding(check, device).reason).toBe(
      'Readable HTTP log-ins sent to 500 addresses, such as h0.example:80: HTTP Basic user a…(5), password h…(7) (500 times).',
    )
  })

  it('fails on what the device sent even if it was refused', () => {
    expect(finding(check, aDevice().observe('credential', { ...sent, accepted: 'no' })).outcome).toBe('fail')
  })
})

import { describe, expect, it } from 'vitest'
import { aDevice, HOUR, localPeer, START } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { bruteForceTolerated as check } from './brute-force-tolerated.ts'

const bad = { role: 'server', peer: localPeer(), protocol: 'telnet', outcome: 'refused' } as const

describe('brute-force-tolerated', () => {
  it('fails when twenty guesses are answered alike', () => {
    // the builder's observations last an hour: 400 in it are one every nine seconds
    const said = finding(check, aDevice().observe('login', bad, { count: 400 }))
    expect(said).toMatchObject({ outcome: 'fail', severity: 'high', about: 'telnet' })
    expect(said.reason).toBe('Answered 400 bad log-ins from 192.168.1.30 within 60 minutes by Telnet without slowing down.')
  })

  it('is critical when the guesser got in', () => {
    expect(
      finding(
        check,
        aDevice()
          .observe('login', bad, { count: 400 })
          .observe('login', { ...bad, outcome: 'accepted' }),
      ).severity,
    ).toBe('critical')
    expect(
      finding(
        check,
        aDevice()
          .observe('login', bad, { count: 400 })
          .observe('login', { ...bad, outcome: 'accepted', peer: localPeer({ ip: '192.168.1.31' }) }),
      ).severity,
    ).toBe('high')
  })

  it('is open on few guesses, slow ones, those of others, and none', () => {
    expect(finding(check, aDevice().observe('login', bad, { count: 19 })).outcome).toBe('inconclusive')
    expect(HOUR / 300).toBeGreaterThan(10e6)
    expect(START).toBeGreaterThan(0)
    expect(finding(check, aDevice().observe('login', bad, { count: 300 })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('login', { ...bad, role: 'client' }, { count: 400 })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
  })
})

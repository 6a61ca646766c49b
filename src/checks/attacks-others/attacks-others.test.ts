import { describe, expect, it } from 'vitest'
import { aDevice, localPeer, START } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { attacksOthers as check } from './attacks-others.ts'

const peer = localPeer({ port: 23 })
const guesses = {
  detector: 'guessing',
  what: 'telnet',
  role: 'source',
  peer,
  port: 23,
  detail: { pairs: 12, listed: 12, hidden: 0, peers: 1 },
  raised: { time: START, frame: { capture: 0, frame: 7 } },
} as const

describe('attacks-others', () => {
  it('calls who guesses passwords by name', () => {
    expect(finding(check, aDevice().observe('sign', guesses, { count: 400 }))).toMatchObject({
      outcome: 'fail',
      severity: 'critical',
      reason: 'Guessed passwords: 400 log-ins tried by Telnet at 192.168.1.30:23 within 60 minutes.',
    })
    const got = aDevice()
      .observe('sign', guesses, { count: 400 })
      .observe('login', { role: 'client', peer, protocol: 'telnet', outcome: 'accepted' })
    expect(finding(check, got).reason).toMatch(/, and got in\.$/)
  })

  it('warns where it is told by sizes only', () => {
    const ssh = { ...guesses, what: 'ssh', port: 22, detail: { hidden: 40 } }
    expect(finding(check, aDevice().observe('sign', ssh, { count: 40 }))).toMatchObject({ outcome: 'warn', severity: 'medium' })
  })

  it('says nothing of too few, of who is guessed at, and of other signs', () => {
    const { raised: _, ...few } = guesses
    for (const sign of [few, { ...guesses, role: 'target' as const }, { ...guesses, detector: 'scan' }])
      expect(finding(check, aDevice().observe('sign', sign)).outcome).toBe('inconclusive')
  })

  const silent = (at: (i: number) => { ips: string[]; port: number }, count: number) => {
    const device = aDevice()
    for (let i = 0; i < count; i++) device.endpoint({ ...at(i), protocol: '', protection: 'unknown', answered: 0 })
    return device
  }

  it('tells a scan over addresses and over ports', () => {
    const wide = (i: number) => ({ ips: [`198.51.100.${i}`], port: 23 })
    expect(finding(check, silent(wide, 20))).toMatchObject({ outcome: 'fail', severity: 'high', about: 'scan tcp/23' })
    expect(finding(check, silent(wide, 20)).reason).toContain('TCP port 23 at 20 addresses that did not answer')
    expect(finding(check, silent(wide, 19)).outcome).toBe('inconclusive')
    const deep = (i: number) => ({ ips: ['192.168.1.30'], port: 1000 + i })
    expect(finding(check, silent(deep, 50))).toMatchObject({ outcome: 'fail', about: 'scan 192.168.1.30' })
    expect(finding(check, silent(deep, 49)).outcome).toBe('inconclusive')
  })

  it('takes places that answer, or one place that does not, for no scan', () => {
    const device = aDevice()
    for (let i = 0; i < 100; i++) device.endpoint({ ips: [`198.51.100.${i}`] })
    expect(finding(check, device.endpoint({ answered: 0, flows: 12_000 })).outcome).toBe('inconclusive')
    // answers to somebody who used its address: it sent nothing
    const reflected = aDevice()
    for (let i = 0; i < 100; i++) reflected.endpoint({ ips: [`198.51.100.${i}`], answered: 0, packetsOut: 0 })
    expect(finding(check, reflected).outcome).toBe('inconclusive')
  })
})

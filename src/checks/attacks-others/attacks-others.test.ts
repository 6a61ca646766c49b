import { describe, expect, it } from 'vitest'
import { aDevice, HOUR, localPeer, START } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { attacksOthers as check } from './attacks-others.ts'

const bad = { role: 'client', peer: localPeer({ port: 23 }), protocol: 'telnet', outcome: 'refused' } as const

describe('attacks-others', () => {
  it('calls who guesses passwords by name', () => {
    expect(finding(check, aDevice().observe('login', bad, { count: 400 }))).toMatchObject({
      outcome: 'fail',
      severity: 'critical',
      reason: 'Guessed passwords: 400 refused log-ins by Telnet at 192.168.1.30:23 within 60 minutes.',
    })
    const got = aDevice()
      .observe('login', bad, { count: 400 })
      .observe('login', { ...bad, outcome: 'accepted' })
    expect(finding(check, got).reason).toMatch(/, and got in\.$/)
  })

  it('says nothing of a person who mistypes, of slow programs, and of who is guessed at', () => {
    for (const [data, count] of [
      [bad, 19],
      [bad, 300],
      [{ ...bad, role: 'server' }, 400],
      [{ ...bad, outcome: 'accepted' }, 400],
    ] as const) {
      expect(HOUR / 300).toBeGreaterThan(10e6)
      expect(finding(check, aDevice().observe('login', data, { count })).outcome).toBe('inconclusive')
    }
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

  it('warns of SSH and Telnet connections as guessing opens them', () => {
    const ssh = { protocol: 'ssh', port: 22, first: START, last: START + 600e6 } as const
    expect(finding(check, aDevice().endpoint({ ...ssh, answered: 60 }))).toMatchObject({ outcome: 'warn', severity: 'medium' })
    const telnet = { ...ssh, protocol: 'telnet', port: 23, last: START + 2e6 } as const
    expect(finding(check, aDevice().endpoint({ ...telnet, answered: 22 })).reason).toMatch(
      /^Opened a Telnet connection to .* 22 times/,
    )
    expect(finding(check, aDevice().endpoint({ ...telnet, answered: 19 })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().endpoint({ ...ssh, answered: 29 })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().endpoint({ ...ssh, answered: 60, last: START + 3 * HOUR })).outcome).toBe('inconclusive')
  })
})

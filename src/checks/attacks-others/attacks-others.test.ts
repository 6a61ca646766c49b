import { describe, expect, it } from 'vitest'
import type { SignFacts } from '../../evidence/sign.ts'
import { heldSince } from '../../threat/held.ts'
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

  const sign = (given: Partial<SignFacts>, raised = true): SignFacts => ({
    detector: 'scan',
    what: 'tcp-addresses',
    role: 'source',
    port: 23,
    detail: { different: 20, answered: 0 },
    ...(raised ? { raised: { time: START, frame: { capture: 0, frame: 1 } } } : {}),
    ...given,
  })

  it('tells a scan over addresses and over ports, as its detector does', () => {
    const wide = finding(check, aDevice().observe('sign', sign({}), { count: 20 }))
    expect(wide).toMatchObject({ outcome: 'fail', severity: 'high', about: 'scan tcp/23' })
    expect(wide.reason).toContain('tried TCP port 23 (Telnet) at about 20 addresses on the Internet')
    const peer = { ip: '198.51.100.9', port: 0, scope: 'internet' } as const
    const { port: _, ...deep } = sign({ what: 'tcp-ports', peer })
    expect(finding(check, aDevice().observe('sign', deep))).toMatchObject({ outcome: 'fail', about: 'scan 198.51.100.9' })
    const near = sign({ what: 'near-telnet', detail: { different: 8, answered: 0, swept: 1 } })
    expect(finding(check, aDevice().observe('sign', near))).toMatchObject({ outcome: 'warn', severity: 'medium' })
  })

  it('is sure of a port that others use, too, when the addresses have no names', () => {
    const held = sign(
      { port: 8080, detail: { different: 40, answered: 0, ...heldSince(START, { capture: 0, frame: 9 }) } },
      false,
    )
    const silent = (name?: string) => {
      const device = aDevice().observe('sign', held, { count: 40 })
      for (let i = 0; i < 20; i++)
        device.endpoint({
          ips: [`198.51.100.${i}`],
          port: 8080,
          protocol: '',
          answered: 0,
          ...(name === undefined ? {} : { name }),
        })
      return device
    }
    expect(finding(check, silent())).toMatchObject({ outcome: 'warn', about: 'scan tcp/8080' })
    expect(finding(check, silent('cloud.example.com')).outcome).toBe('inconclusive')
  })

  it('takes who looks for neighbours, what was never sure, and what was done to it for no scan', () => {
    const discovery = sign({ what: 'local-discovery', detail: { different: 200, answered: 0, by: 'tcp' } })
    const { raised: _, ...unsure } = sign({})
    for (const facts of [discovery, unsure, sign({ detector: 'probed', role: 'target', what: 'ports' })])
      expect(finding(check, aDevice().observe('sign', facts)).outcome).toBe('inconclusive')
    const device = aDevice()
    for (let i = 0; i < 100; i++) device.endpoint({ ips: [`198.51.100.${i}`] })
    expect(finding(check, device.endpoint({ answered: 0, flows: 12_000 })).outcome).toBe('inconclusive')
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

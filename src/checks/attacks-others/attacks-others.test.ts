import { describe, expect, it } from 'vitest'
import type { SignFacts } from '../../evidence/sign.ts'
import { heldSince } from '../../threat/held.ts'
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
    for (const sign of [few, { ...guesses, role: 'target' as const }, { ...guesses, detector: 'flood' }])
      expect(finding(check, aDevice().observe('sign', sign)).outcome).toBe('inconclusive')
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
})

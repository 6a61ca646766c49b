import { describe, expect, it } from 'vitest'
import { aDevice, aNetwork, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { personalDataInClear as check } from './personal-data-in-clear.ts'

const mail = { what: 'email', masked: 'a…(17)', peer: peer({ port: 80 }), protocol: 'http', where: 'body' } as const

describe('personal-data-in-clear', () => {
  it.each([
    ['email', 'high'],
    ['phone', 'high'],
    ['coordinates', 'high'],
    ['canary', 'high'],
    ['ssid', 'medium'],
    ['mac', 'medium'],
    ['serial', 'medium'],
  ] as const)('fails on %s over the Internet', (what, severity) => {
    expect(finding(check, aDevice().observe('personal', { ...mail, what }))).toMatchObject({
      outcome: 'fail',
      severity,
      about: `${what} internet`,
    })
  })

  it('warns, low, at home, and counts each fact once', () => {
    const home = (port: number) => ({ ...mail, what: 'mac', peer: localPeer({ port }) }) as const
    const said = finding(check, aDevice().observe('personal', home(40_001), { count: 2 }).observe('personal', home(40_002)))
    expect(said).toMatchObject({
      outcome: 'warn',
      severity: 'low',
      reason: 'Sent its hardware address in clear on the local network: a…(17) in the body of HTTP to 192.168.1.30 (3 times).',
    })
  })

  it('gives one finding a kind and reach', () => {
    const said = check.run(
      aDevice()
        .observe('personal', mail)
        .observe('personal', { ...mail, what: 'ssid' })
        .observe('personal', { ...mail, peer: localPeer() })
        .build(),
      aNetwork(),
    )
    expect(said.map(({ about }) => about)).toEqual(['email internet', 'ssid internet', 'email local'])
  })

  it('leaves what a thing at home demands in clear to that thing', () => {
    const given = aDevice()
      .endpoint({ scope: 'local', ips: ['192.168.1.30'], port: 80, protocol: 'http', protection: 'clear' })
      .observe('personal', { ...mail, peer: localPeer() })
    expect(finding(check, given)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringMatching(/^Gave an e-mail address to 192\.168\.1\.30 in clear/),
    })
  })

  it('never passes', () => {
    expect(finding(check, aDevice().endpoint())).toMatchObject({
      outcome: 'inconclusive',
      next: expect.stringContaining('--canary'),
    })
  })
})

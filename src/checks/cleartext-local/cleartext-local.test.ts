import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { cleartextLocal as check } from './cleartext-local.ts'

const local = { scope: 'local' as const, ips: ['192.168.1.30'] }

describe('cleartext-local', () => {
  it('warns, low, on clear text at home', () => {
    const said = finding(
      check,
      aDevice()
        .endpoint({ ...local, protocol: 'http', protection: 'clear', port: 80 })
        .endpoint({ ...local, protocol: 'telnet', protection: 'clear', port: 23, initiator: 'peer' }),
    )
    expect(said).toMatchObject({ outcome: 'warn', severity: 'low' })
    expect(said.reason).toBe('Served 32 kB in clear to others on the local network: Telnet on its port 23.')
  })

  it('leaves what it uses of others to those', () => {
    const said = finding(check, aDevice().endpoint({ ...local, protocol: 'http', protection: 'clear', port: 80 }))
    expect(said.outcome).toBe('inconclusive')
    expect(said.reason).toBe(
      'Used 1 service of other things that speaks only in clear: 192.168.1.30:80 (HTTP). Those things answer for it; this one served nothing in clear.',
    )
  })

  it('passes on enough recognised encryption, and not on high entropy', () => {
    expect(finding(check, aDevice().endpoint(local)).outcome).toBe('pass')
    expect(finding(check, aDevice().endpoint({ ...local, bytesOut: 10, bytesIn: 10 })).outcome).toBe('inconclusive')
    expect(
      finding(
        check,
        aDevice()
          .endpoint(local)
          .endpoint({ ...local, protocol: 'high-entropy', protection: 'unknown' }),
      ).outcome,
    ).toBe('inconclusive')
  })

  it('leaves discovery and the Internet out', () => {
    const device = aDevice()
      .endpoint({ ...local, protocol: 'ssdp', protection: 'clear', transport: 'udp' })
      .endpoint({ protocol: 'http', protection: 'clear' })
    expect(finding(check, device).outcome).toBe('inconclusive')
  })
})

describe('what cannot be told', () => {
  it('is not called unknown where the protocol is known: RTP looks like SRTP', () => {
    const call = (protocol: string) =>
      aDevice().endpoint({ scope: 'local', transport: 'udp', port: 40_002, protocol, protection: 'unknown' })
    expect(finding(check, call('rtp')).reason).toContain('does not show whether it is encrypted')
    expect(finding(check, call('high-entropy')).reason).toContain('in no known protocol')
  })
})

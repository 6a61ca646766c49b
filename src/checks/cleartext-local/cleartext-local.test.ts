import { describe, expect, it } from 'vitest'
import { aDevice } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { cleartextLocal as check } from './cleartext-local.ts'

const local = { scope: 'local', ips: ['192.168.1.30'] } as const

describe('cleartext-local', () => {
  it('warns, low, on clear text at home', () => {
    const said = finding(
      check,
      aDevice()
        .endpoint({ ...local, protocol: 'http', protection: 'clear', port: 80 })
        .endpoint({ ...local, protocol: 'telnet', protection: 'clear', port: 23, initiator: 'peer' }),
    )
    expect(said).toMatchObject({ outcome: 'warn', severity: 'low' })
    expect(said.reason).toBe(
      'Exchanged 64 kB in clear on the local network: http with 192.168.1.30:80 and telnet on its port 23.',
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

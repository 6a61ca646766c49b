import { describe, expect, it } from 'vitest'
import type { Kinds, Peer } from '../../evidence/kinds.ts'
import { aDevice, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { unencryptedDns as check } from './unencrypted-dns.ts'

const asked = (resolver: Peer): Kinds['dns.query'] => ({
  name: 'api.example.com',
  type: 'A',
  resolver,
  transport: 'udp',
  answers: [],
})
const dot = { port: 853, name: 'dns.example' } as const

describe('unencrypted-dns', () => {
  it('warns on questions to the Internet in clear, whatever else is encrypted', () => {
    const device = aDevice()
      .endpoint(dot)
      .observe('dns.query', asked(peer({ ip: '9.9.9.9', port: 53 })))
    expect(finding(check, device)).toMatchObject({
      outcome: 'warn',
      severity: 'low',
      reason: 'Sent 1 question in clear to 9.9.9.9 on the Internet: api.example.com.',
    })
  })

  it('passes on DNS over TLS that was answered', () => {
    expect(finding(check, aDevice().endpoint(dot)).outcome).toBe('pass')
    expect(finding(check, aDevice().endpoint({ ...dot, answered: 0 })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().endpoint({ ...dot, protection: 'unknown' })).outcome).toBe('inconclusive')
  })

  it('passes on encrypted DNS that is known for it, and says to whom', () => {
    const doh = {
      resolver: peer({ ip: '8.8.8.8', port: 443, name: 'dns.google' }),
      how: 'DoH',
      known: 'name',
      completed: true,
    } as const
    expect(finding(check, aDevice().observe('dns.encrypted', doh))).toMatchObject({
      outcome: 'pass',
      reason: 'Its DNS is encrypted: DNS over HTTPS to dns.google; it sent no question to the Internet in clear.',
    })
    expect(finding(check, aDevice().observe('dns.encrypted', { ...doh, completed: false })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('dns.encrypted', { ...doh, known: 'likely-name' })).outcome).toBe('inconclusive')
    const both = aDevice()
      .observe('dns.encrypted', doh)
      .observe('dns.query', asked(peer({ ip: '9.9.9.9', port: 53 })))
    expect(finding(check, both).outcome).toBe('warn')
  })

  it("leaves the network's own resolver to its owner", () => {
    expect(finding(check, aDevice().observe('dns.query', asked(localPeer({ port: 53 })))).outcome).toBe('not-applicable')
  })
})

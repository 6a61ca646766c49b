import { describe, expect, it } from 'vitest'
import type { Kinds, Peer } from '../../evidence/kinds.ts'
import { aDevice, aNetwork } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { hardcodedResolver as check } from './hardcoded-resolver.ts'

const router: Peer = { ip: '192.168.1.1', port: 53, scope: 'local' }
const abroad: Peer = { ip: '8.8.8.8', port: 53, scope: 'internet' }
const asked = (resolver: Peer): Kinds['dns.query'] => ({
  name: 'api.example.com',
  type: 'A',
  resolver,
  transport: 'udp',
  answers: [],
})
const lease = (...gaveResolvers: string[]): Kinds['dhcp.client'] => ({ parameters: [], gaveResolvers, version: 4 })

describe('hardcoded-resolver', () => {
  it('warns on a resolver that the network did not name', () => {
    const said = finding(check, aDevice().observe('dns.query', asked(router)).observe('dns.query', asked(abroad), { count: 7 }))
    expect(said).toMatchObject({ outcome: 'warn', severity: 'low', evidence: [{ capture: 0, frame: 2 }] })
    expect(said.reason).toBe(
      'Sent 7 questions to 8.8.8.8, which this network did not name (it named 192.168.1.1), e.g. for api.example.com.',
    )
  })

  it("takes the word of the lease that the device got before the network's", () => {
    expect(
      finding(check, aDevice().observe('dhcp.client', lease('8.8.8.8')).observe('dns.query', asked(abroad), { count: 3 }))
        .outcome,
    ).toBe('pass')
  })

  it('passes on three questions to the resolver that was named', () => {
    expect(finding(check, aDevice().observe('dns.query', asked(router), { count: 3 })).outcome).toBe('pass')
    expect(finding(check, aDevice().observe('dns.query', asked(router), { count: 2 })).outcome).toBe('inconclusive')
  })

  it('is open where the network was not heard to name one', () => {
    expect(finding(check, aDevice().observe('dns.query', asked(abroad), { count: 9 }), aNetwork({ resolvers: [] })).outcome).toBe(
      'inconclusive',
    )
  })

  it('is open on a local resolver that nobody named', () => {
    expect(finding(check, aDevice().observe('dns.query', asked({ ...router, ip: '192.168.1.2' }), { count: 9 })).outcome).toBe(
      'inconclusive',
    )
  })

  it('says of encrypted DNS to whom it goes, and settles nothing by it', () => {
    const dot = {
      resolver: { ip: '9.9.9.9', port: 853, scope: 'internet', name: 'dns.quad9.net' },
      how: 'DoT',
      known: 'port',
      completed: true,
    } as const
    expect(finding(check, aDevice().observe('dns.encrypted', dot))).toMatchObject({
      outcome: 'inconclusive',
      reason: 'Its DNS is encrypted, to dns.quad9.net; whether the network named that resolver was not seen.',
    })
  })
})

import { describe, expect, it } from 'vitest'
import { aDevice, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { cleartextInternet as check } from './cleartext-internet.ts'

const http = { port: 80, protocol: 'http', protection: 'clear', name: 'api.example.com', country: 'US' } as const
const request = { peer: peer({ port: 80 }), method: 'GET', host: 'api.example.com', path: '/v1/status' }

describe('cleartext-internet', () => {
  it('fails on HTTP, with count, place and example', () => {
    const said = finding(check, aDevice().endpoint(http).observe('http.client', request, { count: 14 }))
    expect(said).toMatchObject({ outcome: 'fail', severity: 'high', assurance: 'observed' })
    expect(said.reason).toBe(
      'Exchanged 32 kB in clear with the Internet: 14 HTTP requests to api.example.com:80 (United States). For example GET /v1/status.',
    )
    expect(said.evidence).toEqual([
      { capture: 0, frame: 1 },
      { capture: 0, frame: 2 },
    ])
  })

  it('fails on readable text of no known protocol, on broken encryption, and on what strangers open', () => {
    expect(finding(check, aDevice().endpoint({ protocol: 'text', protection: 'unknown' })).reason).toContain(
      'readable text with 203.0.113.10:443',
    )
    expect(finding(check, aDevice().endpoint({ protocol: 'kasa', protection: 'broken' })).reason).toContain(
      'its encryption is broken',
    )
    expect(
      finding(check, aDevice().endpoint({ protocol: 'telnet', protection: 'clear', initiator: 'peer', port: 23 })).reason,
    ).toContain('Telnet on its own port 23, opened by 203.0.113.10')
  })

  it('fails however much else is encrypted', () => {
    expect(finding(check, aDevice().endpoint({ bytesIn: 1e9 }).endpoint(http)).outcome).toBe('fail')
  })

  it('passes on enough recognised encryption', () => {
    const said = finding(check, aDevice().endpoint({ name: 'api.example.com', bytesOut: 4000, bytesIn: 6000 }))
    expect(said).toMatchObject({
      outcome: 'pass',
      severity: 'info',
      reason: 'Exchanged 10 kB in recognised encryption with api.example.com:443 in 60 minutes, and nothing readable.',
    })
    expect(said.evidence.length).toBeGreaterThan(0)
  })

  it('does not pass on a byte less', () => {
    expect(finding(check, aDevice().endpoint({ bytesOut: 4000, bytesIn: 5999 }))).toMatchObject({
      outcome: 'inconclusive',
      next: expect.stringContaining('24 hours'),
    })
  })

  it.each(['high-entropy', 'low-entropy'])('does not take %s for encryption', (protocol) => {
    const said = finding(
      check,
      aDevice()
        .endpoint()
        .endpoint({ protocol, protection: 'unknown', port: 9000, ips: ['203.0.113.77'] }),
    )
    expect(said).toMatchObject({ outcome: 'inconclusive', next: expect.stringContaining('203.0.113.77:9000') })
  })

  it('does not believe that high entropy is encryption even where it is said to be', () => {
    expect(finding(check, aDevice().endpoint({ protocol: 'high-entropy', protection: 'encrypted' })).outcome).toBe('inconclusive')
  })

  it('does not pass over endpoints that were folded together', () => {
    expect(finding(check, aDevice().endpoint().endpoint({ overflow: true, protocol: '', protection: 'unknown' })).outcome).toBe(
      'inconclusive',
    )
  })

  it('a handshake that came to nothing carries nothing: it neither counts for a pass nor stands in its way', () => {
    const began = { protocol: 'tls', protection: 'unknown' as const, port: 8883, ips: ['203.0.113.66'], flows: 20 }
    const only = finding(check, aDevice().endpoint({ ...began, bytesOut: 12_000, bytesIn: 2000 }))
    expect(only).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('No conversation with content') })
    expect(
      finding(
        check,
        aDevice()
          .endpoint()
          .endpoint({ ...began, bytesOut: 12_000, bytesIn: 2000 }),
      ).outcome,
    ).toBe('pass')
    // more than a handshake takes: of what was in it nothing is known
    const more = finding(
      check,
      aDevice()
        .endpoint()
        .endpoint({ ...began, bytesOut: 12_000, bytesIn: 900_000 }),
    )
    expect(more).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('203.0.113.66:8883 (912 kB, TLS)') })
  })

  it('leaves out what nobody answered, names, time, and the local network', () => {
    const quiet = aDevice()
      .endpoint({ ...http, answered: 0 })
      .endpoint({ protocol: 'dns', protection: 'clear', transport: 'udp', port: 53 })
      .endpoint({ protocol: 'ntp', protection: 'clear', transport: 'udp', port: 123 })
      .endpoint({ ...http, scope: 'local' })
    expect(finding(check, quiet).outcome).toBe('inconclusive')
  })

  it('does not blame connectivity checks and certificate status, and does not pass on them', () => {
    const probe = { ...request, host: 'connectivitycheck.gstatic.com', path: '/generate_204' }
    const device = aDevice()
      .endpoint({ ...http, name: 'connectivitycheck.gstatic.com' })
      .observe('http.client', probe)
    expect(finding(check, device).outcome).toBe('inconclusive')
    expect(finding(check, device.endpoint({ ips: ['203.0.113.11'] })).outcome).toBe('pass')
    expect(
      finding(
        check,
        device.observe('http.client', { ...request, method: 'POST', host: 'connectivitycheck.gstatic.com', path: '/upload' }),
      ).outcome,
    ).toBe('fail')
  })

  it('does not apply to what kept to the local network for a day', () => {
    const home = () => aDevice().endpoint({ scope: 'local' })
    expect(finding(check, home().watched(24)).outcome).toBe('not-applicable')
    expect(finding(check, home().watched(23)).outcome).toBe('inconclusive')
    expect(finding(check, home().endpoint({ answered: 0 }).watched(24)).outcome).toBe('inconclusive')
  })
})

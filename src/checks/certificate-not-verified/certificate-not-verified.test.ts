import { describe, expect, it } from 'vitest'
import type { CertificateFacts, TlsFacts } from '../../evidence/kinds.ts'
import { aDevice, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { certificateNotVerified as check } from './certificate-not-verified.ts'

function handshake(problems: CertificateFacts['problems'], given: Partial<TlsFacts> = {}): TlsFacts {
  const certificate: CertificateFacts = {
    subject: 'CN=other.example.net',
    issuer: 'CN=other.example.net',
    names: ['other.example.net'],
    notBefore: 0,
    notAfter: Date.UTC(2020, 1, 3) * 1000,
    selfSigned: problems.includes('self-signed'),
    keyType: 'RSA',
    keyBits: 2048,
    signatureAlgorithm: 'sha256WithRSAEncryption',
    sha256: '00',
    chainLength: 1,
    problems,
  }
  return {
    peer: peer(),
    transport: 'tcp',
    sni: 'api.example.com',
    alpn: [],
    versionChosen: 'TLS 1.2',
    suite: 'x',
    weak: [],
    weakOffered: [],
    completed: true,
    certificate,
    ...given,
  }
}
const refused = { completed: false, alert: { by: 'client', name: 'unknown_ca' } } as const

describe('certificate-not-verified', () => {
  it.each([
    ['expired', 'expired 2020-02-03'],
    ['self-signed', 'self-signed'],
    ['wrong-name', 'for another name: other.example.net'],
    ['not-yet-valid', 'not yet valid'],
  ] as const)('fails when an %s certificate was accepted', (problem, words) => {
    const said = finding(check, aDevice().observe('tls.client', handshake([problem]), { count: 2 }))
    expect(said).toMatchObject({ outcome: 'fail', severity: 'high' })
    expect(said.reason).toContain(
      `Went on with 2 connections although the certificate was wrong: api.example.com:443 (${words}).`,
    )
  })

  it('says that a self-signed one may be pinned', () => {
    expect(finding(check, aDevice().observe('tls.client', handshake(['self-signed']))).reason).toContain('holds a copy')
    expect(finding(check, aDevice().observe('tls.client', handshake(['self-signed', 'expired']))).reason).not.toContain(
      'holds a copy',
    )
  })

  it('only warns about things at home', () => {
    expect(finding(check, aDevice().observe('tls.client', handshake(['self-signed'], { peer: localPeer() })))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
  })

  it('passes when a bad one was refused and none accepted', () => {
    expect(finding(check, aDevice().observe('tls.client', handshake(['wrong-name'], refused)))).toMatchObject({ outcome: 'pass' })
    expect(
      finding(
        check,
        aDevice()
          .observe('tls.client', handshake(['wrong-name'], refused))
          .observe('tls.client', handshake(['expired'])),
      ).outcome,
    ).toBe('fail')
  })

  it('is open where only good certificates were shown, the server gave up, or nothing was seen', () => {
    expect(finding(check, aDevice().observe('tls.client', handshake([]))).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('tls.client', handshake(['weak-key']))).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('tls.client', handshake(['expired'], { completed: false }))).outcome).toBe(
      'inconclusive',
    )
    expect(
      finding(
        check,
        aDevice().observe(
          'tls.client',
          handshake(['expired'], { completed: false, alert: { by: 'server', name: 'unknown_ca' } }),
        ),
      ).outcome,
    ).toBe('inconclusive')
  })
})

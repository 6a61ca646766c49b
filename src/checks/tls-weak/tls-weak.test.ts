import { describe, expect, it } from 'vitest'
import type { TlsFacts } from '../../evidence/kinds.ts'
import { aDevice, aNetwork, localPeer, peer } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { tlsWeak as check } from './tls-weak.ts'

const good: TlsFacts = {
  peer: peer(),
  transport: 'tcp',
  sni: 'api.example.com',
  alpn: [],
  versionChosen: 'TLS 1.3',
  suite: 'TLS_AES_128_GCM_SHA256',
  weak: [],
  weakOffered: [],
  completed: true,
}
const old: TlsFacts = {
  ...good,
  versionChosen: 'TLS 1.0',
  suite: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  weak: ['TLS 1.0 is forbidden since 2021 (RFC 8996)'],
}

describe('tls-weak', () => {
  it('fails on a forbidden version that was used', () => {
    const said = finding(check, aDevice().observe('tls.client', good).observe('tls.client', old))
    expect(said).toMatchObject({ outcome: 'fail', severity: 'medium', about: 'client', evidence: [{ capture: 0, frame: 2 }] })
    expect(said.reason).toBe('Set up weak TLS connections: TLS 1.0 is forbidden since 2021 (RFC 8996), with api.example.com:443.')
  })

  it('fails harder on ciphers that can be read', () => {
    expect(finding(check, aDevice().observe('tls.client', { ...old, suite: 'TLS_RSA_WITH_RC4_128_SHA' })).severity).toBe('high')
    expect(finding(check, aDevice().observe('tls.client', { ...old, versionChosen: 'SSL 3.0' })).severity).toBe('high')
  })

  it('fails on weak keys in the certificate', () => {
    const certificate = {
      subject: '',
      issuer: '',
      names: [],
      notBefore: 0,
      notAfter: 0,
      selfSigned: false,
      keyType: 'RSA',
      keyBits: 512,
      signatureAlgorithm: '',
      sha256: '',
      chainLength: 1,
      problems: ['weak-key' as const],
    }
    expect(finding(check, aDevice().observe('tls.client', { ...good, certificate })).reason).toContain(
      'certificate with weak key',
    )
  })

  it('warns on weak suites that were only offered, and on missing forward secrecy', () => {
    expect(finding(check, aDevice().observe('tls.client', { ...good, weakOffered: ['TLS_RSA_WITH_RC4_128_MD5'] }))).toMatchObject(
      { outcome: 'warn', severity: 'low' },
    )
    expect(finding(check, aDevice().observe('tls.client', { ...good, forwardSecrecy: false }))).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
  })

  it('passes on a completed handshake that was strong', () => {
    expect(finding(check, aDevice().observe('tls.client', good, { count: 5 }))).toMatchObject({
      outcome: 'pass',
      reason: 'Completed 5 handshakes as client, all with TLS 1.3, none weak.',
    })
  })

  it('says where keys were agreed that last', () => {
    const lasting = { ...good, postQuantum: 'chosen', group: 'X25519MLKEM768' } as const
    expect(finding(check, aDevice().observe('tls.client', lasting)).reason).toMatch(
      /none weak\. What is recorded today stays secret even from a quantum computer \(X25519MLKEM768\) with .+:\d+\.$/,
    )
  })

  it('is open where none was completed, or what was chosen was not seen', () => {
    expect(finding(check, aDevice().observe('tls.client', { ...old, completed: false })).outcome).toBe('inconclusive')
    expect(finding(check, aDevice().observe('tls.client', { ...good, suite: undefined })).outcome).toBe('inconclusive')
  })

  it('judges the device as server apart', () => {
    const said = check.run(
      aDevice()
        .observe('tls.client', good)
        .observe('tls.server', { ...old, peer: localPeer(), servedPort: 8443 })
        .build(),
      aNetwork(),
    )
    expect(said.map(({ about, outcome }) => [about, outcome])).toEqual([
      ['client', 'pass'],
      ['server', 'fail'],
    ])
    expect(said[1]?.reason).toContain('its own port 8443')
  })
})

import { describe, expect, it } from 'vitest'
import type { AskedCertificate, TlsWeakness } from '../../evidence/asked/tls.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import { aDevice, type DeviceBuilder } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { servicesTls as check } from './services-tls.ts'

const certificate: AskedCertificate = {
  subject: 'CN=thing',
  issuer: 'CN=thing',
  names: ['thing'],
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2027-01-01T00:00:00Z',
  keyType: 'EC',
  keyBits: 256,
  signatureAlgorithm: 'ecdsa-with-SHA256',
  sha256: '00',
  chainLength: 1,
  chain: 'self-signed',
}
const good: Kinds['probe.tls'] = {
  port: 443,
  versions: ['TLS 1.3', 'TLS 1.2'],
  suites: [],
  groups: [],
  certificates: [certificate],
  handshakes: 30,
  complete: true,
  untested: [],
  weaknesses: [],
}
const old: TlsWeakness = { id: 'old-tls', severity: 'medium', says: 'It speaks TLS 1.0 (RFC 8996 forbids it).' }
const kept: TlsWeakness = { id: 'static-key-exchange', severity: 'low', says: 'It takes TLS_RSA_WITH_AES_128_CBC_SHA.' }

const scanned = (open: number, closed: number, asked = 330) =>
  aDevice().observe('probe.ports', {
    transport: 'tcp',
    asked,
    open,
    closed,
    silent: asked - open - closed,
    which: `${asked} ports`,
  })
const ports = (device: DeviceBuilder, asked: number[], speak: number[]) => device.observe('probe.tls-ports', { asked, speak })

describe('services-tls', () => {
  it('concludes nothing from a port that takes connections and says nothing', () => {
    const silent = ports(scanned(1, 9), [443], []).asked('probe.service', 'tcp/443', {
      transport: 'tcp',
      port: 443,
      protocol: '',
    })
    expect(finding(check, silent)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'No TLS was found, but tcp/443 said nothing to any question.',
    })
  })

  it('fails by the gravest, with the port and the reason', () => {
    const said = finding(
      check,
      ports(scanned(2, 8), [443, 8443], [443, 8443])
        .observe('probe.tls', good)
        .observe('probe.tls', { ...good, port: 8443, weaknesses: [kept, old] }),
    )
    expect(said).toMatchObject({ outcome: 'fail', severity: 'medium', reason: `Port 8443: ${old.says}` })
    expect(said.evidence).toHaveLength(1)
  })

  it('warns where only what is advised against was found', () => {
    expect(
      finding(check, ports(scanned(1, 9), [443], [443]).observe('probe.tls', { ...good, weaknesses: [kept] })),
    ).toMatchObject({
      outcome: 'warn',
      severity: 'low',
    })
  })

  it('passes when every TLS service was asked in full and is sound', () => {
    expect(finding(check, ports(scanned(1, 9), [443], [443]).observe('probe.tls', good))).toMatchObject({
      outcome: 'pass',
      reason: 'Asked in full, and nothing weak found: port 443 (TLS 1.3 and TLS 1.2; EC key of 256 bits, self-signed).',
    })
  })

  it('says nothing for a service that was found and not asked', () => {
    expect(finding(check, ports(scanned(2, 8), [443, 8443], [443, 8443]).observe('probe.tls', good))).toMatchObject({
      outcome: 'inconclusive',
      reason: 'TLS is spoken on port 8443, and was not asked there.',
    })
  })

  it('does not judge what it could not ask to the end, but does what it found', () => {
    const cut = ports(scanned(1, 9), [443], [443])
      .observe('probe.tls', { ...good, complete: false })
      .observe('probe.trouble', { probe: 'tls', about: 'tcp/443', reason: 'It fell silent.', next: 'Ask again.' })
    expect(finding(check, cut)).toMatchObject({ outcome: 'error', reason: 'tcp/443: It fell silent.', next: 'Ask again.' })
    expect(finding(check, cut.observe('probe.tls', { ...good, complete: false, weaknesses: [old] })).outcome).toBe('fail')
    expect(finding(check, ports(scanned(1, 9), [443], [443]).observe('probe.tls', { ...good, complete: false })).outcome).toBe(
      'error',
    )
  })

  it('does not apply to a device that answered and has no TLS service', () => {
    expect(finding(check, ports(scanned(1, 9), [], []))).toMatchObject({
      outcome: 'not-applicable',
      reason: 'None of its services speaks TLS: 1 open port, asked 330 ports.',
    })
    expect(finding(check, ports(scanned(0, 3), [], [])).outcome).toBe('not-applicable')
  })

  it('is open where few ports were asked, and an error where the scan could not tell what is open', () => {
    expect(finding(check, ports(scanned(1, 9, 10), [], [])).outcome).toBe('inconclusive')
    const tarpit = ports(scanned(330, 0), [], []).observe('probe.trouble', {
      probe: 'scan',
      about: 'tcp',
      reason: 'it takes connections on every port',
      next: 'Ask from elsewhere.',
    })
    expect(finding(check, tarpit)).toMatchObject({ outcome: 'error', next: 'Ask from elsewhere.' })
  })

  it('is open for a device that answered nothing, or was not asked', () => {
    expect(finding(check, ports(scanned(0, 0), [], [])).outcome).toBe('inconclusive')
    expect(finding(check, scanned(1, 9))).toMatchObject({ outcome: 'inconclusive', next: 'Ask it: assay probe 192.168.1.20' })
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
  })
})

import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeCertificate, type MadeCertificate } from '../../testing/certificates.ts'
import { corpus } from '../../testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { type Certificate, certificateProblems, matchesName, readCertificate } from './x509.ts'

const FILES = [
  'ja4/pcap/browsers-x509.pcapng',
  'ja4/pcap/badcurveball.pcap',
  'ja4/pcap/https3-301-get.pcap',
  'ja4/pcap/latest.pcapng',
  'ja4/pcap/ssh2.pcapng',
  'ndpi/pcap/tls_verylong_certificate.pcap',
  'ndpi/pcap/tls_long_cert.pcap',
  'ndpi/pcap/tls_certificate_too_long.pcap',
  'ndpi/pcap/tls_malicious_sha1.pcapng',
  'ndpi/pcap/tls_client_certificate_with_missing_server_one.pcapng',
  'zeek/tls/chrome-34-google.pcap',
  'wireshark/rsasnakeoil2.pcap',
  'wireshark/tls12-chacha20poly1305.pcap',
  'wireshark/rsa-p-lt-q.pcap',
  'wireshark/dmgr.pcapng',
  'wireshark/tls-renegotiation.pcap',
  'iot-sentinel/D-LinkCam/Setup-A-1-STA.pcap',
  'iot-sentinel/WeMoLink/Setup-A-1-STA.pcap',
].filter((name) => corpus(name) !== undefined)

/** What OpenSSL, behind Node's X509Certificate, says of the same bytes. */
function theirs(der: Uint8Array): Partial<Certificate> & { commonName: string | undefined } {
  const x = new X509Certificate(der)
  const names = [...(x.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,]+)/g)].map((match) => match[1]!)
  const key = x.publicKey
  const commonName = x.subject?.match(/CN=(.*)$/m)?.[1]?.replace(/\\(.)/g, '$1')
  const details = key.asymmetricKeyDetails
  const curve: Record<string, number> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 }
  return {
    names: names.length > 0 || commonName === undefined ? names : [commonName],
    notBefore: x.validFromDate.getTime() * 1000,
    notAfter: x.validToDate.getTime() * 1000,
    selfSigned: x.issuer === x.subject && x.verify(key),
    keyType: key.asymmetricKeyType!.toUpperCase(),
    keyBits: details?.modulusLength ?? curve[details?.namedCurve ?? ''] ?? 0,
    sha256: x.fingerprint256.replaceAll(':', '').toLowerCase(),
    commonName,
  }
}

describe.skipIf(FILES.length === 0 || !tsharkAvailable())(
  'certificates of captures as OpenSSL reads them (needs the public captures and tshark)',
  () => {
    it.each(FILES)('%s', (name) => {
      let count = 0
      for (const [certificates] of tsharkFields(
        corpus(name)!,
        ['tls.handshake.certificate'],
        'tls.handshake.certificate',
      ).values()) {
        for (const text of certificates!) {
          const der = Uint8Array.from(Buffer.from(text.replaceAll(':', ''), 'hex'))
          const { commonName, ...facts } = theirs(der)
          const ours = readCertificate(der)
          expect(ours).toMatchObject(facts)
          if (commonName !== undefined) expect(ours!.subject).toContain(`CN=${commonName.replace(/[,+"\\<>;]/g, '\\$&')}`)
          count++
        }
      }
      expect(count).toBeGreaterThan(0)
    })
  },
)

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength })
const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const issued: MadeCertificate = { subject: 'a.example', issuer: 'Authority', signer: authority.privateKey, dns: ['a.example'] }
const NOW = Date.now() * 1000
const problems = (made: MadeCertificate, sni: string | undefined = 'a.example', at = NOW) =>
  certificateProblems(readCertificate(makeCertificate(made).der)!, at, sni)

describe('problems', () => {
  it('none in a good one', () => expect(problems(issued)).toEqual([]))

  it('validity, at the time of the packet', () => {
    const dated = { ...issued, notBefore: new Date('2020-01-01'), notAfter: new Date('2020-12-31T23:59:59Z') }
    expect(problems(dated, 'a.example', Date.UTC(2020, 5, 1) * 1000)).toEqual([])
    expect(problems(dated, 'a.example', Date.UTC(2019, 5, 1) * 1000)).toEqual(['not-yet-valid'])
    expect(problems(dated, 'a.example', Date.UTC(2021, 5, 1) * 1000)).toEqual(['expired'])
    // a capture without times
    expect(problems(dated, 'a.example', 0)).toEqual([])
    // GeneralizedTime
    expect(problems({ ...issued, notAfter: new Date('2060-01-01') })).toEqual([])
  })

  it('self-signed: by its own key, not only by its own name', () => {
    expect(problems({ subject: 'a.example', dns: ['a.example'] })).toEqual(['self-signed'])
    expect(problems({ subject: 'a.example', dns: ['a.example'], signer: authority.privateKey })).toEqual([])
  })

  it('the name, if the client named one', () => {
    expect(problems(issued, 'b.example')).toEqual(['wrong-name'])
    expect(certificateProblems(readCertificate(makeCertificate(issued).der)!, NOW, undefined)).toEqual([])
    expect(problems({ ...issued, dns: ['x.example'] }, 'a.example')).toEqual(['wrong-name'])
    // the common name counts only where there are no others
    expect(problems({ ...issued, dns: [] }, 'a.example')).toEqual([])
    expect(problems({ ...issued, dns: ['c.example'], ips: [[192, 0, 2, 1]] }, '192.0.2.1')).toEqual([])
    expect(problems({ ...issued, dns: Array.from({ length: 300 }, (_, i) => `n${i}.example`) }, 'n299.example')).toEqual([])
  })

  it('weak keys and signatures', () => {
    expect(problems({ ...issued, key: rsa(1024) })).toEqual(['weak-key'])
    expect(problems({ ...issued, key: rsa(2048) })).toEqual([])
    expect(problems({ ...issued, hash: 'sha1' })).toEqual(['weak-signature'])
    // under itself a signature proves nothing anyway
    expect(problems({ subject: 'a.example', dns: ['a.example'], hash: 'sha1' })).toEqual(['self-signed'])
  })
})

describe('names (RFC 9525 section 6.3)', () => {
  it.each([
    ['a.example', 'A.Example', true],
    ['a.example', 'a.example.', true],
    ['a.example', 'b.a.example', false],
    ['*.a.example', 'b.a.example', true],
    ['*.a.example', 'a.example', false],
    ['*.a.example', 'c.b.a.example', false],
    ['*.a.example', '.a.example', false],
    ['b*.a.example', 'bc.a.example', false],
    ['*', 'example', false],
    ['*.example', 'a.example', true],
    ['*.', 'a.', false],
    ['*.2.0.192', '1.2.0.192', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['', '', false],
    ['a.example', 'a.example:443', true],
    ['2001:db8::1', '2001:db8::1', true],
  ])('%s for %s: %s', (presented, wanted, matches) => expect(matchesName(presented, wanted)).toBe(matches))
})

it('what is no certificate, or only a part of one, is refused without a throw', () => {
  const { der } = makeCertificate(issued)
  expect(readCertificate(der)?.subject).toBe('CN=a.example')
  for (let cut = 0; cut < der.length; cut++) expect(readCertificate(der.subarray(0, cut))).toBeUndefined()
  expect(readCertificate(new Uint8Array(64).fill(0x30))).toBeUndefined()
})

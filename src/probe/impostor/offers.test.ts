import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../testing/certificates.ts'
import { Forger, OFFERS, type Offer, readTrusted } from './offers.ts'

const without =
  spawnSync('openssl', ['version']).status === 0 ? '' : ' (skipped, openssl missing: sudo apt-get install -y openssl)'

/** An authority by OpenSSL: certificate and key, PEM. */
function authority(folder: string, kind: string[]): string {
  const args = ['req', '-x509', '-newkey', ...kind, '-nodes', '-subj', '/CN=Lab Root', '-days', '9']
  const { status, stderr } = spawnSync('openssl', [...args, '-keyout', join(folder, 'k'), '-out', join(folder, 'c')])
  if (status !== 0) throw new Error(stderr.toString())
  return spawnSync('cat', [join(folder, 'c'), join(folder, 'k')]).stdout.toString()
}

describe.skipIf(without !== '')(`offers, as OpenSSL sees them${without}`, () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-offers-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What OpenSSL has against a chain, for who trusts `root`; '' for nothing. */
  function verify(chain: string, root: string, server: string): string {
    const [leaf = '', ...rest] = chain.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? []
    for (const [file, text] of [
      ['leaf.pem', leaf],
      ['rest.pem', rest.join('\n') || leaf],
      ['root.pem', root],
    ] as const)
      writeFileSync(join(folder, file), text)
    const { stderr, stdout, status } = spawnSync('openssl', [
      'verify',
      '-CAfile',
      join(folder, 'root.pem'),
      '-untrusted',
      join(folder, 'rest.pem'),
      '-purpose',
      'sslserver',
      /^[\d.]+$|:/.test(server) ? '-verify_ip' : '-verify_hostname',
      server,
      join(folder, 'leaf.pem'),
    ])
    if (status === 0) return ''
    return /error \d+ at [^:]+: ?(.*)/.exec(stderr.toString() + stdout.toString())?.[1] ?? stderr.toString()
  }

  it.each(['api.maker.example', '192.0.2.7', '2001:db8::7'])('has one fault each, for %s', async (server) => {
    const forger = await Forger.create()
    const stranger = makeCertificate({ subject: 'Stranger' }).pem
    for (const offer of OFFERS) {
      const { cert, key, only, says } = await forger.offer(offer, server)
      expect(only).toBe(false)
      expect(says).toContain('certificate: subject')
      expect(cert).toHaveLength(2)
      expect(cert.map((pem) => new X509Certificate(pem).publicKey.asymmetricKeyType)).toEqual(['rsa', 'ec'])
      expect(key).toHaveLength(2)
      for (const chain of cert) {
        const certificates = chain.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g)!
        expect(verify(chain, stranger, server)).not.toBe('')
        // for who trusts whom it names, nothing else is wrong
        const alone: Record<Offer, string> = {
          'self-signed': '',
          'unknown-ca': '',
          'wrong-name': server.includes('maker') ? 'hostname mismatch' : 'IP address mismatch',
          expired: 'certificate has expired',
          'public-looking': '',
        }
        expect(verify(chain, certificates.at(-1)!, server), offer).toBe(alone[offer])
      }
    }
  })

  it('copies the names of a public authority, and not its key', async () => {
    const { cert } = await (await Forger.create()).offer('public-looking', 'x.example')
    const [leaf, issuer, root] = cert[0]!
      .match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g)!
      .map((pem) => new X509Certificate(pem))
    expect(leaf!.issuer).toBe("C=US\nO=Let's Encrypt\nCN=R11")
    expect(issuer!.issuer).toBe('C=US\nO=Internet Security Research Group\nCN=ISRG Root X1')
    expect(leaf!.verify(issuer!.publicKey)).toBe(true)
    expect(issuer!.verify(root!.publicKey)).toBe(true)
    // https://letsencrypt.org/certificates: the true one's
    expect(root!.fingerprint256.replaceAll(':', '')).not.toMatch(/^96BCEC06264976F37460779ACF28C5A7/)
  })

  const root = '/etc/ssl/certs/ISRG_Root_X1.pem'
  it.skipIf(!existsSync(root))(
    `is taken for the public authority's until the signature is looked at (needs ${root})`,
    async () => {
      const { cert } = await (await Forger.create()).offer('public-looking', 'x.example')
      // what is sent of the root is left out: the true one is found by its name
      const [leaf, issuer] = cert[0]!.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g)!
      expect(verify(`${leaf}\n${issuer}`, readFileSync(root, 'utf8'), 'x.example')).toBe('certificate signature failure')
    },
  )

  it.each([[['rsa:2048']], [['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']]])(
    'has a wrong name or a past date for its only fault, of an authority that is trusted (%s)',
    async (kind) => {
      const pem = authority(folder, kind)
      const forger = await Forger.create([readTrusted(pem)])
      for (const [offer, fault] of [
        ['wrong-name', 'hostname mismatch'],
        ['expired', 'certificate has expired'],
      ] as const) {
        const { cert, only } = await forger.offer(offer, 'api.maker.example')
        expect(only).toBe(true)
        for (const chain of cert) expect(verify(chain, pem, 'api.maker.example')).toBe(fault)
      }
      expect((await forger.offer('self-signed', 'api.maker.example')).only).toBe(false)
    },
  )

  it("shows a genuine certificate of the user's as one for another name, and not where the name is right", async () => {
    const mine = makeCertificate({ subject: 'mine.example', dns: ['mine.example'] })
    const forger = await Forger.create([readTrusted(mine.pem + mine.keyPem)])
    expect(await forger.offer('wrong-name', 'api.maker.example')).toMatchObject({ only: true, key: [mine.keyPem] })
    expect(await forger.offer('wrong-name', 'mine.example')).toMatchObject({ only: false })
  })

  it('says what is wrong with a file that is to be trusted', () => {
    const { pem, keyPem } = makeCertificate()
    expect(() => readTrusted(keyPem)).toThrow('there is no certificate in it')
    expect(() => readTrusted(pem)).toThrow('there is no private key in it')
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    expect(() => readTrusted(pem + other.toString())).toThrow('not that of its first certificate')
    const old = makeCertificate({ notBefore: new Date(0), notAfter: new Date(86_400_000) })
    expect(() => readTrusted(old.pem + old.keyPem)).toThrow('expired on Jan  2')
  })
})

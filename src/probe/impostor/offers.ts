import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Kinds } from '../../evidence/kinds.ts'

/** A certificate that must be refused. */
export type Offer = Exclude<Kinds['probe.impostor']['offer'], 'genuine'>

/** In the order in which they are tried. */
export const OFFERS: readonly Offer[] = ['self-signed', 'unknown-ca', 'wrong-name', 'expired', 'public-looking']

/** 'answers its call to x:443 with …' */
export const OFFER_WORDS: Readonly<Record<Offer, string>> = {
  'self-signed': 'a certificate that signed itself',
  'unknown-ca': 'a certificate of an authority that nobody knows',
  'wrong-name': 'a certificate for another name',
  expired: 'an expired certificate',
  'public-looking': 'a certificate whose authority only bears the name of a public one',
}

/** For node:tls: chains and keys, PEM, one RSA and (where we made it) one EC. */
export interface Shown {
  key: string[]
  cert: string[]
  /** Its wrong name or date is all that is wrong: the authority is one that you say the device trusts. */
  only: boolean
  /** For the transcript. */
  says: string
}

/**
 * What the user has that the device trusts, from one PEM file: an authority's certificate and key (a test root), or a server's own (of
 * a public authority, for a name of the user's).
 */
export interface Trusted {
  authority: boolean
  certificate: X509Certificate
  /** The whole chain as given. */
  chain: string
  key: KeyObject
}

/** Throws with what is wrong with it, in plain words. */
export function readTrusted(pem: string): Trusted {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  const [keyPem] = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/.exec(pem) ?? []
  if (!certificates) throw new Error('there is no certificate in it (PEM)')
  if (keyPem === undefined) throw new Error('there is no private key in it that is not encrypted (PEM)')
  const certificate = new X509Certificate(certificates[0])
  const key = createPrivateKey(keyPem)
  if (!certificate.checkPrivateKey(key)) throw new Error('its private key is not that of its first certificate')
  if (Date.parse(certificate.validTo) < Date.now()) throw new Error(`its certificate expired on ${certificate.validTo}`)
  return { authority: certificate.ca, certificate, chain: certificates.join('\n'), key }
}

const DAY = 86_400_000
/** RFC 6761 section 6.4: never anybody's. */
const OTHER_NAME = 'another-name.invalid'

/** WebCrypto's key as pkijs knows it: the types of browsers and of Node.js differ in words only. */
type WebKey = Parameters<import('pkijs').Certificate['sign']>[0]

interface Pair {
  publicKey: WebKey
  privateKey: WebKey
  pem: string
}

type Name = readonly (readonly [oid: string, value: string])[]
const CN = '2.5.4.3'
const O = '2.5.4.10'
const C = '2.5.4.6'

const UNKNOWN: Name = [[CN, 'An Authority That Nobody Trusts']]
/** As the root and an intermediate of Let's Encrypt, which most things trust. */
const PUBLIC_ROOT: Name = [
  [C, 'US'],
  [O, 'Internet Security Research Group'],
  [CN, 'ISRG Root X1'],
]
const PUBLIC_ISSUER: Name = [
  [C, 'US'],
  [O, "Let's Encrypt"],
  [CN, 'R11'],
]

/** Makes every wrong certificate for every server that is called. Keys are made once and live in memory only. */
export class Forger {
  private readonly made = new Map<string, Promise<Shown>>()
  private readonly leaves: readonly Pair[]
  private readonly authority: Pair
  private readonly trusted: readonly Trusted[]
  private readonly pki: typeof import('pkijs')
  private readonly asn1: typeof import('asn1js')

  private constructor(
    pki: typeof import('pkijs'),
    asn1: typeof import('asn1js'),
    leaves: readonly Pair[],
    authority: Pair,
    trusted: readonly Trusted[],
  ) {
    this.pki = pki
    this.asn1 = asn1
    this.leaves = leaves
    this.authority = authority
    this.trusted = trusted
  }

  static async create(trusted: readonly Trusted[] = []): Promise<Forger> {
    // loaded only by who needs it
    const [pki, asn1, rsa, ec, authority] = await Promise.all([import('pkijs'), import('asn1js'), pair(RSA), pair(EC), pair(RSA)])
    return new Forger(pki, asn1, [rsa, ec], authority, trusted)
  }

  /** @param server a name or an address */
  offer(offer: Offer, server: string): Promise<Shown> {
    const id = `${offer} ${server}`
    let made = this.made.get(id)
    if (made === undefined) {
      // a device that makes up names must not fill our memory
      if (this.made.size >= MAX_MADE) this.made.delete(this.made.keys().next().value!)
      this.made.set(id, (made = this.make(offer, server)))
    }
    return made
  }

  private async make(offer: Offer, server: string): Promise<Shown> {
    const genuine = this.trusted.find(({ authority }) => !authority)
    if (offer === 'wrong-name' && genuine && !genuine.certificate.checkHost(server))
      return {
        key: [genuine.key.export({ type: 'pkcs8', format: 'pem' }).toString()],
        cert: [genuine.chain],
        only: true,
        says: said(genuine.certificate),
      }
    const trusted = offer === 'wrong-name' || offer === 'expired' ? this.trusted.find(({ authority }) => authority) : undefined
    const { chain, name, key } = trusted
      ? { chain: [trusted.chain], name: trusted.certificate, key: await imported(trusted.key) }
      : await this.authorityFor(offer)
    const cert: string[] = []
    for (const leaf of this.leaves) {
      const own = offer === 'self-signed'
      const subject: Name = [[CN, (offer === 'wrong-name' ? OTHER_NAME : server).slice(0, 64)]]
      const pem = await this.certificate({
        subject,
        issuer: own ? subject : name,
        publicKey: leaf.publicKey,
        signer: own ? leaf.privateKey : key,
        from: offer === 'expired' ? -400 : -2,
        to: offer === 'expired' ? -35 : 60,
        server: offer === 'wrong-name' ? OTHER_NAME : server,
      })
      cert.push([pem, ...(own ? [] : chain)].join('\n'))
    }
    return {
      key: this.leaves.map(({ pem }) => pem),
      cert,
      only: trusted !== undefined,
      says: said(new X509Certificate(cert[0]!)),
    }
  }

  /** Whose name the leaf's issuer bears, the certificates sent behind it, and the key that signs it. */
  private async authorityFor(offer: Offer): Promise<{ chain: string[]; name: Name; key: WebKey }> {
    const { publicKey, privateKey: signer } = this.authority
    const ca = (subject: Name, issuer: Name) =>
      this.certificate({ subject, issuer, publicKey, signer, from: -700, to: 3000, server: undefined })
    if (offer === 'public-looking')
      return {
        chain: [await ca(PUBLIC_ISSUER, PUBLIC_ROOT), await ca(PUBLIC_ROOT, PUBLIC_ROOT)],
        name: PUBLIC_ISSUER,
        key: signer,
      }
    return { chain: [await ca(UNKNOWN, UNKNOWN)], name: UNKNOWN, key: signer }
  }

  /** RFC 5280. `from` and `to` in days from now; without a `server` it is an authority's. PEM. */
  private async certificate(given: {
    subject: Name
    issuer: Name | X509Certificate
    publicKey: WebKey
    signer: WebKey
    from: number
    to: number
    server: string | undefined
  }): Promise<string> {
    const { pki, asn1 } = this
    const { server } = given
    const certificate = new pki.Certificate()
    certificate.version = 2
    // section 4.1.2.2: positive, at most 20 octets
    const serial = randomBytes(16)
    serial[0] = (serial[0]! & 0x7f) | 0x40
    certificate.serialNumber = new asn1.Integer({ valueHex: serial })
    certificate.subject = this.name(given.subject)
    certificate.issuer =
      given.issuer instanceof X509Certificate ? pki.Certificate.fromBER(given.issuer.raw).subject : this.name(given.issuer)
    certificate.notBefore.value = new Date(Date.now() + given.from * DAY)
    certificate.notAfter.value = new Date(Date.now() + given.to * DAY)
    const extension = (extnID: string, critical: boolean, value: { toBER: () => ArrayBuffer }) =>
      new pki.Extension({ extnID, critical, extnValue: value.toBER() })
    const usage = new asn1.BitString({ valueHex: Uint8Array.of(server === undefined ? 0x06 : 0xa0) })
    certificate.extensions = [
      extension('2.5.29.19', true, new pki.BasicConstraints({ cA: server === undefined }).toSchema()),
      // keyCertSign and cRLSign; digitalSignature and keyEncipherment
      extension('2.5.29.15', true, usage),
    ]
    if (server !== undefined) {
      const family = isIP(server)
      const name =
        family === 0
          ? new pki.GeneralName({ type: 2, value: server })
          : new pki.GeneralName({ type: 7, value: new asn1.OctetString({ valueHex: addressBytes(server) }) })
      certificate.extensions.push(
        extension('2.5.29.37', false, new pki.ExtKeyUsage({ keyPurposes: ['1.3.6.1.5.5.7.3.1'] }).toSchema()),
        extension('2.5.29.17', false, new pki.GeneralNames({ names: [name] }).toSchema()),
      )
    }
    await certificate.subjectPublicKeyInfo.importKey(given.publicKey)
    await certificate.sign(given.signer, 'SHA-256')
    const der = Buffer.from(certificate.toSchema(true).toBER())
    return `-----BEGIN CERTIFICATE-----\n${der
      .toString('base64')
      .match(/.{1,64}/g)!
      .join('\n')}\n-----END CERTIFICATE-----`
  }

  /** RFC 5280 section 4.1.2.4: one attribute in each relative name. (pkijs would write them all into one, which is another name.) */
  private name(name: Name): import('pkijs').RelativeDistinguishedNames {
    const { pki, asn1 } = this
    const relative = name.map(([type, text]) => {
      // as public authorities write theirs
      const value = PRINTABLE.test(text) ? new asn1.PrintableString({ value: text }) : new asn1.Utf8String({ value: text })
      return new asn1.Set({ value: [new asn1.Sequence({ value: [new asn1.ObjectIdentifier({ value: type }), value] })] })
    })
    return pki.RelativeDistinguishedNames.fromBER(new asn1.Sequence({ value: relative }).toBER())
  }
}

/** ITU-T X.680 section 41.4. */
const PRINTABLE = /^[A-Za-z0-9 '()+,./:=?-]+$/
const MAX_MADE = 512

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
}
const EC = { name: 'ECDSA', namedCurve: 'P-256' }

async function pair(kind: typeof RSA | typeof EC): Promise<Pair> {
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(kind, true, ['sign', 'verify'])
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey))
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' })
  return { publicKey: publicKey as WebKey, privateKey: privateKey as WebKey, pem: pem.toString() }
}

/** A key of the user's, for WebCrypto. Throws for kinds that it cannot sign with. */
function imported(key: KeyObject): Promise<WebKey> {
  const curve = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[
    createPublicKey(key).asymmetricKeyDetails?.namedCurve ?? ''
  ]
  const kind = key.asymmetricKeyType === 'rsa' ? RSA : curve ? { name: 'ECDSA', namedCurve: curve } : undefined
  if (!kind) throw new Error('only RSA keys and keys on the curves of NIST can sign')
  return webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), kind, false, [
    'sign',
  ]) as Promise<WebKey>
}

function addressBytes(ip: string): Uint8Array<ArrayBuffer> {
  if (isIP(ip) === 4) return Uint8Array.from(ip.split('.'), Number)
  // RFC 5952 backwards: '::' stands for as many zeros as are missing
  const [head = '', tail = ''] = ip.replace(/%.*$/, '').split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':')).map((word) => Number.parseInt(word, 16))
  const [first, last] = [words(head), words(tail)]
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]))
}

function said(certificate: X509Certificate): string {
  const line = (name: string | undefined) => (name ?? '').replaceAll('\n', ', ')
  return `certificate: subject ${line(certificate.subject)}; issuer ${line(certificate.issuer)}; until ${certificate.validTo}`
}

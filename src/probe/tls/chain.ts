import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { type Certificate, readCertificate } from '../../decode/protocols/x509.ts'
import type { AskedCertificate } from '../../evidence/asked/tls.ts'

/** A server's own certificate: what is told of it, and all that can be judged. */
export interface Shown {
  facts: AskedCertificate
  read: Certificate
}

const MAX_NAMES = 32

/** What a server's certificates say, its own first, and where they lead. Undefined where its own is none. */
export function certificateFacts(chain: readonly Uint8Array[], length: number): Shown | undefined {
  const read = chain[0] && readCertificate(chain[0])
  if (read === undefined) return undefined
  const { subject, issuer, keyType, keyBits, signatureAlgorithm, sha256 } = read
  const facts: AskedCertificate = {
    subject,
    issuer,
    names: read.names.slice(0, MAX_NAMES),
    notBefore: date(read.notBefore),
    notAfter: date(read.notAfter),
    keyType,
    keyBits,
    signatureAlgorithm,
    sha256,
    chainLength: length,
    chain: leadsTo(read, chain),
  }
  return { facts, read }
}

/** RFC 5246 section 7.4.2: each certificate is followed by its issuer's; the root may be left out. */
function leadsTo(own: Certificate, chain: readonly Uint8Array[]): AskedCertificate['chain'] {
  if (own.selfSigned) return 'self-signed'
  const certificates = chain.map(parsed)
  for (let i = 0; i + 1 < certificates.length; i++) if (!issued(certificates[i + 1], certificates[i])) return 'out-of-order'
  const last = certificates.at(-1)
  if (last === undefined) return 'incomplete'
  if (roots().some((root) => root.fingerprint256 === last.fingerprint256 || issued(root, last))) return 'public'
  return issued(last, last) ? 'private' : 'incomplete'
}

function parsed(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}

function issued(issuer: X509Certificate | undefined, certificate: X509Certificate | undefined): boolean {
  if (issuer === undefined || certificate === undefined) return false
  try {
    return certificate.issuer === issuer.subject && certificate.verify(issuer.publicKey)
  } catch {
    // a kind of key that OpenSSL does not know
    return false
  }
}

let known: X509Certificate[] | undefined

/** Mozilla's roots, as Node carries them. */
function roots(): X509Certificate[] {
  return (known ??= rootCertificates.map((pem) => new X509Certificate(pem)))
}

/** Microseconds since 1970 as RFC 3339. Years have four digits in certificates. */
function date(us: number): string {
  return new Date(us / 1000).toISOString().replace('.000Z', 'Z')
}

import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { calculateJwkThumbprint, CompactSign, compactVerify, exportJWK, type JWK } from 'jose'
import { printable } from '../decode/text.ts'
import { chainFault, nameOf } from './chain.ts'
import { canonical } from './jcs.ts'

const MAX_SIGNATURE = 64 * 1024
const MAX_CHAIN = 8
const TYPE = 'assay-dossier+jws'

/** Cannot be signed with this key, or a signature that cannot be believed; the message says why, in a sentence without its end. */
export class SignatureError extends Error {}

export interface Signer {
  /** 'Example Ltd (certified by Example CA)' of a chain, 'key <RFC 7638 thumbprint>' of a key that was pinned. */
  readonly by: string
  readonly algorithm: string
  /** When, as the signer says; nobody else vouches for it. RFC 3339. */
  readonly at?: string
}

/** Whom a user trusts to sign. */
export interface Trust {
  readonly keys: readonly KeyObject[]
  readonly authorities: readonly X509Certificate[]
}

/**
 * Signs a value: a JWS in compact serialization with detached content (RFC 7515, section 7.1 and appendix F) over its canonical form
 * (RFC 8785), so that layout and comments of a YAML file may change and what it says may not. Throws SignatureError.
 * @param key private key, PEM
 * @param certificates of the key, then those that lead to its authority; goes along as x5c
 * @param now in milliseconds since 1970
 */
export async function signValue(
  value: unknown,
  key: string,
  certificates: readonly X509Certificate[],
  now: number,
  rsa: 'PS256' | 'RS256' = 'PS256',
): Promise<string> {
  const secret = privateKey(key)
  const [leaf] = certificates
  const publicKey = createPublicKey(secret)
  if (leaf !== undefined && !leaf.publicKey.equals(publicKey)) throw new SignatureError('the first certificate is of another key')
  const jws = await new CompactSign(new TextEncoder().encode(canonical(value)))
    .setProtectedHeader({
      alg: algorithmOf(secret, rsa),
      typ: TYPE,
      kid: await thumbprint(publicKey),
      iat: Math.floor(now / 1000),
      ...(leaf === undefined ? {} : { x5c: certificates.map(({ raw }) => raw.toString('base64')) }),
    })
    .sign(secret)
  const [header, , signature] = jws.split('.')
  return `${header}..${signature}`
}

/**
 * Who signed it: by a pinned key, or by a certificate that leads to an authority of the user's. Throws SignatureError with the reason
 * where nobody trusted did. @param now in milliseconds since 1970: certificates must hold then
 */
export async function verifyValue(value: unknown, jws: string, trust: Trust, now: number): Promise<Signer> {
  const { header, parts } = parsed(jws)
  const whole = `${parts[0]}.${Buffer.from(canonical(value)).toString('base64url')}.${parts[2]}`
  if (parts[1] !== '' && whole !== jws.trim()) throw new SignatureError('it is the signature of another dossier')
  const told = {
    algorithm: String(header['alg']),
    ...(typeof header['iat'] === 'number' && Math.abs(header['iat']) < 8.64e12
      ? { at: new Date(header['iat'] * 1000).toISOString() }
      : {}),
  }
  const reasons: string[] = []
  for (const key of trust.keys) {
    const by = `key ${await thumbprint(key)}`
    const fault = await signatureFault(whole, told.algorithm, key)
    if (fault === undefined) return { by, ...told }
    reasons.push(`${by}: ${fault}`)
  }
  if (trust.authorities.length > 0) {
    const chain = chainOf(header)
    if (chain === undefined) reasons.push('it carries no certificates (x5c), so that no authority can vouch for its key')
    else {
      const fault =
        chainFault(chain, trust.authorities, now) ?? (await signatureFault(whole, told.algorithm, chain[0]!.publicKey))
      if (fault === undefined) return { by: nameOf(chain, trust.authorities), ...told }
      reasons.push(`the certificate of ${printable(chain[0]!.subject.replaceAll('\n', ', '), 200)}: ${fault}`)
    }
  }
  throw new SignatureError(reasons.length > 0 ? reasons.join('; ') : 'nobody is named who is trusted to sign')
}

/** PEM of a public key or certificate, or a JWK or a set of them. Throws SignatureError. */
export function publicKeys(text: string): KeyObject[] {
  if (/PRIVATE KEY/.test(text))
    throw new SignatureError('it is a private key, which nobody should give away: give the public one')
  try {
    if (text.trimStart().startsWith('{')) {
      const json = JSON.parse(text) as JWK & { keys?: JWK[] }
      return (json.keys ?? [json]).slice(0, 100).map((key) => createPublicKey({ key: publicPart(key), format: 'jwk' }))
    }
    return [createPublicKey(text)]
  } catch (error) {
    if (error instanceof SignatureError) throw error
    throw new SignatureError('it is no public key or certificate as PEM, and no JWK')
  }
}

/** Every certificate of a PEM file, in its order. Throws SignatureError. */
export function certificatesOf(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new SignatureError('it holds no certificate as PEM')
  return blocks.slice(0, 1000).map((pem) => {
    try {
      return new X509Certificate(pem)
    } catch {
      throw new SignatureError('it holds a certificate that cannot be read')
    }
  })
}

/** RFC 7638, SHA-256, base64url. */
export async function thumbprint(key: KeyObject): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(key))
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new SignatureError(
      /ENCRYPTED/.test(pem)
        ? 'the private key is locked by a password: unlock it first (openssl pkey -in key.pem -out open.pem)'
        : 'it is no private key as PEM',
    )
  }
}

/** What a key may sign with: nothing where it is weak, or of another kind. */
function algorithmsOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): readonly string[] {
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return ['ES256']
  if (type === 'ed25519') return ['EdDSA', 'Ed25519']
  return type === 'rsa' && (details?.modulusLength ?? 0) >= 2048 ? ['PS256', 'RS256'] : []
}

function algorithmOf(key: KeyObject, rsa: string): string {
  const own = algorithmsOf(key)
  if (own.length === 0)
    throw new SignatureError('the key is of no kind that is taken: P-256, Ed25519, or RSA of 2048 bits or more')
  return own.includes(rsa) ? rsa : own[0]!
}

function publicPart(key: JWK): JWK {
  if (key.kty === 'oct') throw new SignatureError('it is a shared secret, which proves nothing')
  const { kty, crv, x, y, n, e } = key
  return Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part !== undefined))
}

function parsed(jws: string): { header: Record<string, unknown>; parts: string[] } {
  const parts = jws.trim().split('.')
  if (jws.length > MAX_SIGNATURE || parts.length !== 3) throw new SignatureError('it is no JWS in compact serialization')
  try {
    const header: unknown = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString('utf8'))
    if (typeof header === 'object' && header !== null) return { header: header as Record<string, unknown>, parts }
  } catch {
    // told below
  }
  throw new SignatureError('its header cannot be read')
}

/** Why a key did not sign it; undefined where it did. */
async function signatureFault(jws: string, algorithm: string, key: KeyObject): Promise<string | undefined> {
  const algorithms = algorithmsOf(key)
  if (algorithms.length === 0) return 'the key is of no kind that is taken'
  // the key says what may be done with it, never the header alone
  if (!algorithms.includes(algorithm)) return `${printable(algorithm, 40)} does not go with this key`
  try {
    await compactVerify(jws, key, { algorithms: [algorithm] })
    return undefined
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
      return 'the signature is not of this key, or the dossier was changed after it was signed'
    return printable(message, 200)
  }
}

function chainOf(header: Record<string, unknown>): X509Certificate[] | undefined {
  const { x5c } = header
  if (!Array.isArray(x5c) || x5c.length === 0) return undefined
  if (x5c.length > MAX_CHAIN) throw new SignatureError(`it carries more than ${MAX_CHAIN} certificates`)
  return x5c.map((one: unknown) => {
    try {
      return new X509Certificate(Buffer.from(String(one), 'base64'))
    } catch {
      throw new SignatureError('it carries a certificate that cannot be read')
    }
  })
}

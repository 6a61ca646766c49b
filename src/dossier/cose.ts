import { constants, type KeyObject, verify } from 'node:crypto'
import { type Cbor, CborError, cborHead, decodeCbor, Tagged } from './cbor.ts'

/** A signature of COSE, over a payload that may lie elsewhere. */
export interface CoseSignature {
  /** The protected header of the body, as signed. */
  readonly body: Uint8Array
  /** And of the signer, where several sign (COSE_Sign). */
  readonly signer?: Uint8Array
  /** IANA's number of the algorithm. */
  readonly algorithm?: number
  readonly keyId?: Uint8Array
  readonly payload?: Uint8Array
  readonly signature: Uint8Array
}

/** Signatures of a COSE_Sign1 or COSE_Sign structure (RFC 9052 sections 4.1, 4.2), tagged or not. Throws CborError. */
export function coseSignatures(encoded: Uint8Array): CoseSignature[] {
  const item = decodeCbor(encoded)
  const tag = item instanceof Tagged ? item.tag : undefined
  const value = item instanceof Tagged ? item.value : item
  if (!Array.isArray(value) || value.length !== 4) throw new CborError('no COSE structure of four parts')
  const [protectedHeader, unprotectedHeader, payload, last] = value as Cbor[]
  const body = asSigned(bytesOf(protectedHeader, 'protected header'))
  const content = payload === null ? undefined : bytesOf(payload, 'payload')
  const found = (signature: Cbor | undefined, own: Uint8Array, header: Cbor | undefined, signer: boolean): CoseSignature => {
    const inside = headerOf(own)
    const outside = header instanceof Map ? (header as Map<Cbor, Cbor>) : new Map<Cbor, Cbor>()
    // it should stand in the protected header; the examples of RFC 9052's working group have it outside, too
    const algorithm = inside.get(1) ?? outside.get(1)
    const keyId = inside.get(4) ?? outside.get(4)
    return {
      body,
      ...(signer ? { signer: own } : {}),
      ...(typeof algorithm === 'number' ? { algorithm } : {}),
      ...(keyId instanceof Uint8Array ? { keyId } : {}),
      ...(content === undefined ? {} : { payload: content }),
      signature: bytesOf(signature, 'signature'),
    }
  }
  if (tag === 17 || tag === 97) throw new CborError('a MAC, not a signature: who can check it can also make it')
  if (tag === 18 || (tag === undefined && last instanceof Uint8Array)) return [found(last, body, unprotectedHeader, false)]
  if (tag !== 98 && tag !== undefined) throw new CborError(`tag ${tag}, neither COSE_Sign1 (18) nor COSE_Sign (98)`)
  if (!Array.isArray(last)) throw new CborError('no signatures')
  return (last as Cbor[]).slice(0, 16).map((one) => {
    if (!Array.isArray(one) || one.length !== 3) throw new CborError('a signature that has not three parts')
    const [own, header, signature] = one as Cbor[]
    return found(signature, asSigned(bytesOf(own, 'protected header')), header, true)
  })
}

/** A header without parameters is signed as the empty string, however it is written (RFC 9052 section 4.4). */
function asSigned(encoded: Uint8Array): Uint8Array {
  return headerOf(encoded).size === 0 ? new Uint8Array() : encoded
}

function bytesOf(value: Cbor | undefined, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new CborError(`no byte string for the ${what}`)
  return value
}

function headerOf(encoded: Uint8Array): ReadonlyMap<Cbor, Cbor> {
  if (encoded.length === 0) return new Map()
  const header = decodeCbor(encoded)
  if (!(header instanceof Map)) throw new CborError('a protected header that is no map')
  return header as ReadonlyMap<Cbor, Cbor>
}

interface Algorithm {
  readonly name: string
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly fits: (key: KeyObject) => boolean
  readonly pss?: true
}

const curve = (name: string) => (key: KeyObject) =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === name
const type = (name: string) => (key: KeyObject) => key.asymmetricKeyType === name
/** At least as long as RFC 8230 section 6.1 wants it. */
const rsa = (key: KeyObject) => key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048

/** IANA, "COSE Algorithms": RFC 9053 sections 2.1 and 2.2, RFC 8230, RFC 9864. An algorithm is used with keys of its own curve only. */
const ALGORITHMS: ReadonlyMap<number, Algorithm> = new Map([
  [-7, { name: 'ES256', digest: 'sha256', fits: curve('prime256v1') }],
  [-9, { name: 'ESP256', digest: 'sha256', fits: curve('prime256v1') }],
  [-35, { name: 'ES384', digest: 'sha384', fits: curve('secp384r1') }],
  [-51, { name: 'ESP384', digest: 'sha384', fits: curve('secp384r1') }],
  [-36, { name: 'ES512', digest: 'sha512', fits: curve('secp521r1') }],
  [-52, { name: 'ESP512', digest: 'sha512', fits: curve('secp521r1') }],
  [-8, { name: 'EdDSA', digest: null, fits: (key) => type('ed25519')(key) || type('ed448')(key) }],
  [-19, { name: 'Ed25519', digest: null, fits: type('ed25519') }],
  [-53, { name: 'Ed448', digest: null, fits: type('ed448') }],
  [-37, { name: 'PS256', digest: 'sha256', fits: rsa, pss: true }],
  [-38, { name: 'PS384', digest: 'sha384', fits: rsa, pss: true }],
  [-39, { name: 'PS512', digest: 'sha512', fits: rsa, pss: true }],
])

export function algorithmName(algorithm: number | undefined): string {
  return algorithm === undefined ? 'no algorithm' : (ALGORITHMS.get(algorithm)?.name ?? `algorithm ${algorithm}`)
}

/** Whether it is one of those that Assay can verify. */
export function isKnownAlgorithm(algorithm: number | undefined): boolean {
  return algorithm !== undefined && ALGORITHMS.has(algorithm)
}

/**
 * Whether `key` made the signature (RFC 9052 section 4.4, no external data). False, too, for keys that do not fit the algorithm.
 * @param detached the payload, where the structure itself has none
 */
export function coseVerifies(given: CoseSignature, key: KeyObject, detached?: Uint8Array): boolean {
  const algorithm = given.algorithm === undefined ? undefined : ALGORITHMS.get(given.algorithm)
  const payload = given.payload ?? detached
  if (algorithm === undefined || payload === undefined || !algorithm.fits(key)) return false
  const signed = Buffer.concat([
    ...(given.signer === undefined
      ? [cborHead(4, 4), ...text('Signature1'), ...bstr(given.body)]
      : [cborHead(4, 5), ...text('Signature'), ...bstr(given.body), ...bstr(given.signer)]),
    ...bstr(new Uint8Array()),
    ...bstr(payload),
  ])
  try {
    const how = algorithm.pss
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { key, dsaEncoding: 'ieee-p1363' as const }
    return verify(algorithm.digest, signed, how, given.signature)
  } catch {
    return false
  }
}

function text(value: string): Uint8Array[] {
  const bytes = Buffer.from(value)
  return [cborHead(3, bytes.length), bytes]
}

function bstr(value: Uint8Array): Uint8Array[] {
  return [cborHead(2, value.length), value]
}

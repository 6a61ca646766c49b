import { createHash, type KeyObject } from 'node:crypto'
import { type Cbor, CborError, cborHead, decodeCbor, Tagged } from './cbor.ts'
import { algorithmName, coseSignatures, coseVerifies, type CoseSignature, isKnownAlgorithm } from './cose.ts'
import { Unreadable, words } from './sbom-json.ts'

/** A SUIT manifest of which everything that was said is as it is said, or the first thing that is not. */
export interface SuitManifest {
  /** Counts up with every update of a device: an older one must be refused. */
  readonly sequence: string
  /** 'ES256': of each signature. */
  readonly algorithms: readonly string[]
  /** Which of the keys made a signature of it; undefined: none of them. */
  readonly signedBy?: number
  /** Signed in a way that Assay cannot verify, and why. */
  readonly unverifiable?: string
  /** What does not fit together: the manifest has not the digest that is signed, or a part or payload not the one that the manifest says. */
  readonly broken?: string
  /** Payloads that the manifest names, and of how many the bytes were there and fit. */
  readonly payloads: number
  readonly payloadsHeld: number
}

/** The bytes of a payload, by the last part of its URI; undefined where they are not at hand. */
export type Payload = (name: string) => Uint8Array | undefined

type Fields = ReadonlyMap<Cbor, Cbor>

/** Key numbers of SUIT_Envelope and SUIT_Manifest (draft-ietf-suit-manifest, section 8; they answer RFC 9124's elements). */
/** Chains of keys that sign keys (until draft 20; draft-ietf-suit-trust-domains since). */
const DELEGATION = 1
const AUTHENTICATION = 2
const MANIFEST = 3
const COMMON = 3
const SHARED_SEQUENCE = 4
/** Parts that may be cut off the manifest, which then has their digests: fetch, install (17 until draft 20), text and others. */
const SEVERABLE = [5, 13, 15, 16, 17, 18, 20, 23]
const PARAMETER_DIGEST = 3
const PARAMETER_URI = 21
const DIRECTIVE_OVERRIDE = 20
const DIRECTIVE_SET = 19
const TRY_EACH = 15
const RUN_SEQUENCE = 32

/**
 * Verifies a SUIT envelope: the signature over the digest (COSE, RFC 9052), the manifest against the digest, parts that were cut off it
 * and payloads against the manifest. Throws Unreadable for what is no envelope.
 * @param keys those that the maker says it signs with
 */
export function readSuit(bytes: Uint8Array, keys: readonly KeyObject[], payload: Payload = () => undefined): SuitManifest {
  try {
    return read(bytes, keys, payload)
  } catch (error) {
    if (error instanceof CborError) throw new Unreadable(`it is no SUIT envelope: ${error.message}`)
    throw error
  }
}

function read(bytes: Uint8Array, keys: readonly KeyObject[], payload: Payload): SuitManifest {
  const outer = decodeCbor(bytes)
  const envelope = mapOf(outer instanceof Tagged && outer.tag === 107 ? outer.value : outer, 'envelope')
  const manifest = bytesOf(envelope.get(MANIFEST), 'manifest')
  const fields = mapOf(decodeCbor(manifest), 'manifest')
  const sequence = fields.get(2)
  const version = fields.get(1)
  if (version !== 1)
    throw new Unreadable(`it is a SUIT manifest of version ${typeof version === 'number' ? version : 'unknown'}; 1 is read`)
  if (typeof sequence !== 'number' && typeof sequence !== 'bigint') throw new CborError('no sequence number')

  const [first, ...blocks] = listOf(decodeCbor(bytesOf(envelope.get(AUTHENTICATION), 'authentication')), 'authentication')
  const signed = bytesOf(first, 'digest')
  const authentic = authenticity(
    signed,
    blocks.map((block) => bytesOf(block, 'signature')),
    keys,
  )

  // whose key signs is then told in the envelope, by another key
  const delegated =
    envelope.has(DELEGATION) && authentic.signedBy === undefined && authentic.unverifiable === undefined
      ? { unverifiable: 'it is signed by a key that another was asked to vouch for (delegation), which Assay does not follow' }
      : {}

  let broken: string | undefined
  let unknown: string | undefined
  const expect = (digest: Cbor, of: readonly Uint8Array[], what: string) => {
    const fits = matches(digest, of)
    if (fits === undefined) unknown ??= `the digest of ${what} is made by an algorithm that Assay does not know`
    else if (!fits) broken ??= `${what} does not have the digest that is written down for it`
  }
  expect(decodeCbor(signed), wrapped(manifest), 'the manifest')
  for (const key of SEVERABLE) {
    const here = fields.get(key)
    const cut = envelope.get(key)
    if (isDigest(here) && cut instanceof Uint8Array) expect(here, wrapped(cut), `the part ${key} that was cut off the manifest`)
  }

  const named = imagesOf(fields, envelope)
  let held = 0
  for (const { digest, uri } of named) {
    const own = uri?.startsWith('#') ? envelope.get(uri) : undefined
    const image = own instanceof Uint8Array ? own : uri === undefined ? undefined : payload(lastPart(uri))
    if (image === undefined) continue
    expect(digest, [image], `the payload ${words(uri, 100) ?? ''}`)
    held++
  }
  return {
    sequence: String(sequence),
    ...authentic,
    ...delegated,
    ...(unknown === undefined ? {} : { signedBy: undefined, unverifiable: unknown }),
    ...(broken === undefined ? {} : { broken }),
    payloads: named.length,
    payloadsHeld: held,
  }
}

function authenticity(
  signed: Uint8Array,
  blocks: readonly Uint8Array[],
  keys: readonly KeyObject[],
): Pick<SuitManifest, 'algorithms' | 'signedBy' | 'unverifiable'> {
  const signatures: CoseSignature[] = []
  let unverifiable: string | undefined
  for (const block of blocks.slice(0, 16)) {
    try {
      signatures.push(...coseSignatures(block))
    } catch (error) {
      if (!(error instanceof CborError)) throw error
      unverifiable ??= error.message
    }
  }
  const algorithms = signatures.map(({ algorithm }) => algorithmName(algorithm))
  for (const signature of signatures) {
    const by = keys.findIndex((key) => coseVerifies(signature, key, signed))
    // a payload of its own must be the digest, too
    if (by >= 0 && (signature.payload === undefined || Buffer.compare(signature.payload, signed) === 0))
      return { algorithms, signedBy: by }
    if (!isKnownAlgorithm(signature.algorithm)) unverifiable ??= `Assay does not verify ${algorithmName(signature.algorithm)}`
  }
  return { algorithms, ...(unverifiable === undefined ? {} : { unverifiable }) }
}

/** [-16, h'…']. */
function isDigest(value: Cbor | undefined): value is readonly Cbor[] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && value[1] instanceof Uint8Array
}

/** IANA, "COSE Algorithms" (RFC 9054). */
const HASHES: ReadonlyMap<Cbor, string> = new Map<Cbor, string>([
  [-16, 'sha256'],
  [-43, 'sha384'],
  [-44, 'sha512'],
  [-18, 'shake128'],
  [-45, 'shake256'],
])

function matches(digest: Cbor, of: readonly Uint8Array[]): boolean | undefined {
  if (!isDigest(digest)) throw new CborError('a digest that has not two parts')
  const hash = HASHES.get(digest[0]!)
  if (hash === undefined) return undefined
  const wanted = digest[1] as Uint8Array
  // RFC 9054 section 3.3: 256 and 512 bits
  const length = hash === 'shake128' ? 32 : hash === 'shake256' ? 64 : undefined
  const made = createHash(hash, length === undefined ? {} : { outputLength: length })
  for (const piece of of) made.update(piece)
  return made.digest().equals(wanted)
}

/** Digests of the manifest and of its parts are over their byte strings as they are encoded, head and all; those of payloads are not. */
function wrapped(bytes: Uint8Array): Uint8Array[] {
  return [cborHead(2, bytes.length), bytes]
}

interface Image {
  readonly digest: Cbor
  readonly uri?: string
}

/** More images than this no manifest has. */
const MAX_IMAGES = 256

/** Digests of images that its sequences set, each with the URI that was set for the same component. */
function imagesOf(manifest: Fields, envelope: Fields): Image[] {
  const digests = new Map<number, Cbor>()
  const uris = new Map<number, string>()
  const follow = (encoded: Cbor | undefined, depth: number) => {
    if (!(encoded instanceof Uint8Array) || depth > 8) return
    const commands = listOf(decodeCbor(encoded), 'sequence')
    let component = 0
    for (let i = 0; i + 1 < commands.length; i += 2) {
      const [command, argument] = [commands[i], commands[i + 1]]
      // true and lists mean several components; the first stands for them
      if (command === 12) component = typeof argument === 'number' ? argument : 0
      else if (command === TRY_EACH && Array.isArray(argument)) for (const one of argument as Cbor[]) follow(one, depth + 1)
      else if (command === RUN_SEQUENCE) follow(argument, depth + 1)
      else if ((command === DIRECTIVE_OVERRIDE || command === DIRECTIVE_SET) && argument instanceof Map) {
        const parameters = argument as Fields
        const digest = parameters.get(PARAMETER_DIGEST)
        const uri = parameters.get(PARAMETER_URI)
        if (digests.size >= MAX_IMAGES) return
        if (digest instanceof Uint8Array) digests.set(component, decodeCbor(digest))
        if (typeof uri === 'string') uris.set(component, uri)
      }
    }
  }
  const common = manifest.get(COMMON)
  if (common instanceof Uint8Array) follow(mapOf(decodeCbor(common), 'common part').get(SHARED_SEQUENCE), 0)
  for (const key of [7, 8, 9, 10, ...SEVERABLE]) {
    // 13 is its own component id, and 23 its texts: no sequences
    if (key === 13 || key === 5 || key === 23) continue
    const here = manifest.get(key)
    follow(isDigest(here) ? envelope.get(key) : here, 0)
  }
  return [...digests].map(([component, digest]) => {
    const uri = uris.get(component)
    return { digest, ...(uri === undefined ? {} : { uri }) }
  })
}

function lastPart(uri: string): string {
  return uri.split(/[?#]/, 1)[0]!.split('/').at(-1) ?? ''
}

function mapOf(value: Cbor | undefined, what: string): Fields {
  if (!(value instanceof Map)) throw new CborError(`no map for the ${what}`)
  return value as Fields
}

function listOf(value: Cbor | undefined, what: string): readonly Cbor[] {
  if (!Array.isArray(value)) throw new CborError(`no array for the ${what}`)
  return value as readonly Cbor[]
}

function bytesOf(value: Cbor | undefined, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new CborError(`no byte string for the ${what}`)
  return value
}

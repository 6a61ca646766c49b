import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { fields, items, moment, parseJson, Unreadable, words } from './sbom-json.ts'
import { canonical } from './tuf-canonical.ts'

type Fields = ReturnType<typeof fields>

/** TUF metadata of which everything holds together, or the first thing that does not. */
export interface TufMetadata {
  /** Version of the newest root. */
  readonly root: number
  /** Why the metadata is not what those who sign it wrote, or is not all of one state. */
  readonly broken?: string
  /** The maker has named this root: by its digest, or by the keys that sign it. */
  readonly anchored: boolean
  /** Signatures of each role that are needed: 'root 2, timestamp 1'. */
  readonly thresholds: string
  /** Milliseconds since 1970, and whose metadata ends then: the first to end. */
  readonly expires?: number
  readonly expiresOf?: string
  /** Files that the targets name, and of how many the bytes were there and fit. */
  readonly payloads: number
  readonly payloadsHeld: number
}

/** A file of the folder of metadata by its name there; undefined where there is none. */
export type InFolder = (name: string) => Uint8Array | undefined

/** Root files one after another: more no repository has. */
const MAX_ROOTS = 1024
const MAX_DELEGATED = 64
/** Payloads that are looked for beside the metadata. */
const MAX_PAYLOADS = 64

interface Role {
  readonly name: string
  readonly signed: Fields
  readonly version: number
}

/** What does not hold. */
class Broken extends Error {}

/**
 * Verifies a repository's metadata as a client would that trusts the root it is given (The Update Framework specification 1.0, section
 * 5): the chain of roots, timestamp, snapshot and targets with delegations; signatures to their thresholds, versions, lengths and hashes.
 * Whether it has expired is for the reader to say: the time of `expires` is given. Throws Unreadable for what is no TUF metadata.
 * @param start the root that is trusted, or any other metadata: then the folder's 1.root.json or root.json is
 * @param named the maker has given the digest of `start`
 * @param keys those that the maker says it signs roots with
 */
export function readTuf(start: Uint8Array, inFolder: InFolder, keys: readonly KeyObject[], named: boolean): TufMetadata {
  const first = load(start, 'root')
  const isRoot = first.signed['_type'] === 'root'
  const rootBytes = isRoot ? start : (inFolder('1.root.json') ?? inFolder('root.json'))
  if (rootBytes === undefined) throw new Unreadable('there is no root.json beside it')
  let root = load(rootBytes, 'root')
  const thresholds = ['root', 'timestamp', 'snapshot', 'targets'].map(
    (name) => `${name} ${String(roleOf(root, name)['threshold'])}`,
  )
  const state = {
    root: root.version,
    anchored: (named && isRoot) || signedByMaker(root, rootBytes, keys),
    thresholds: thresholds.join(', '),
    payloads: 0,
    payloadsHeld: 0,
  }
  const roles: Role[] = []
  try {
    signedBy(root, rootBytes, root, 'root')
    for (let i = 0; i < MAX_ROOTS; i++) {
      const bytes = inFolder(`${root.version + 1}.root.json`)
      if (bytes === undefined) break
      const next = load(bytes, 'root')
      if (next.version !== root.version + 1)
        throw new Broken(`the root after version ${root.version} has version ${next.version}`)
      // by the old and by the new: section 5.3.4
      signedBy(next, bytes, root, 'root')
      signedBy(next, bytes, next, 'root')
      root = next
    }
    state.root = root.version
    roles.push(root)
    const timestamp = loadSigned('timestamp.json', 'timestamp', root, inFolder)
    const snapshot = loadListed('snapshot', fields(timestamp.signed['meta'])['snapshot.json'], root, root, inFolder)
    const targets = loadListed('targets', fields(snapshot.signed['meta'])['targets.json'], root, root, inFolder)
    roles.push(timestamp, snapshot, targets, ...delegatedOf(targets, snapshot, root, inFolder))
    // section 4.2: none holds for ever
    for (const { name, signed } of roles)
      if (moment(signed['expires']) === undefined) throw new Broken(`${shown(name)} metadata does not say until when it holds`)
    const files = roles.slice(3).flatMap(({ signed }) => Object.entries(fields(signed['targets'])))
    state.payloads = files.length
    for (const [name, told] of files.slice(0, MAX_PAYLOADS)) {
      const bytes = payloadOf(name, fields(told), inFolder)
      if (bytes === undefined || !HASHES.some((hash) => typeof fields(fields(told)['hashes'])[hash] === 'string')) continue
      fits(bytes, fields(told), `the payload ${shown(name)}`)
      state.payloadsHeld++
    }
  } catch (error) {
    if (error instanceof Broken) return { ...state, broken: error.message }
    throw error
  }
  const ends = roles.flatMap(({ name, signed }) => {
    const at = moment(signed['expires'])
    return at === undefined ? [] : [{ name, at }]
  })
  const end = ends.toSorted((a, b) => a.at - b.at)[0]
  return { ...state, ...(end === undefined ? {} : { expires: end.at, expiresOf: end.name }) }
}

function load(bytes: Uint8Array, name: string): Role {
  const signed = fields(fields(parseJson(bytes))['signed'])
  const version = signed['version']
  if (typeof signed['_type'] !== 'string' || typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    throw new Unreadable('it is no TUF metadata: no signed part with a type and a version')
  const spec = words(signed['spec_version'], 16)
  if (spec === undefined || !spec.startsWith('1.'))
    throw new Unreadable(`it is TUF metadata of specification ${spec ?? 'unknown'}; 1.0 is read`)
  return { name, signed, version }
}

function loadSigned(file: string, type: string, root: Role, inFolder: InFolder): Role {
  const bytes = inFolder(file)
  if (bytes === undefined) throw new Broken(`there is no ${file} beside it`)
  const role = load(bytes, type)
  signedBy(role, bytes, root, type)
  return role
}

/** What timestamp or snapshot tell of it must hold: version always, length and hashes where they are told. */
function loadListed(name: string, meta: unknown, root: Role, delegator: Role, inFolder: InFolder): Role {
  const told = fields(meta)
  if (typeof told['version'] !== 'number') throw new Broken(`no version of ${shown(name)} is told`)
  const file = root.signed['consistent_snapshot'] === true ? `${told['version']}.${name}.json` : `${name}.json`
  const bytes = inFolder(file)
  if (bytes === undefined) throw new Broken(`there is no ${shown(file)} beside it`)
  fits(bytes, told, shown(file))
  const role = load(bytes, name)
  signedBy(role, bytes, delegator, name)
  if (role.version !== told['version'])
    throw new Broken(`${shown(file)} has version ${role.version}, where ${told['version']} is told`)
  return role
}

/** Targets of those to whom targets were delegated; a role whose file is not there is left out: clients fetch it when it matters. */
function delegatedOf(targets: Role, snapshot: Role, root: Role, inFolder: InFolder): Role[] {
  const found: Role[] = []
  const seen = new Set<string>(['targets'])
  const open = [targets]
  for (let delegator = open.shift(); delegator !== undefined; delegator = open.shift()) {
    for (const one of items(fields(delegator.signed['delegations'])['roles'])) {
      const { name } = fields(one)
      if (typeof name !== 'string' || seen.has(name) || seen.size > MAX_DELEGATED) continue
      seen.add(name)
      const meta = fields(fields(snapshot.signed['meta'])[`${name}.json`])
      const file = root.signed['consistent_snapshot'] === true ? `${String(meta['version'])}.${name}.json` : `${name}.json`
      if (inFolder(file) === undefined) continue
      const role = loadListed(name, meta, root, delegator, inFolder)
      found.push(role)
      open.push(role)
    }
  }
  return found
}

/** Roles whose metadata is of a type of their own; all others are targets. */
const TOP = new Set(['root', 'timestamp', 'snapshot'])

/** Signed by as many of the keys that `delegator` names for it as it wants. */
function signedBy(role: Role, bytes: Uint8Array, delegator: Role, name: string): void {
  const type = TOP.has(name) ? name : 'targets'
  if (role.signed['_type'] !== type)
    throw new Broken(`what should be ${type} metadata says that it is ${words(role.signed['_type'], 32) ?? ''}`)
  const { keyids, threshold } = roleOf(delegator, name)
  if (typeof threshold !== 'number' || !Number.isSafeInteger(threshold) || threshold < 1)
    throw new Broken(`the threshold of ${shown(name)} is no positive number`)
  const good = signersOf(role, bytes, keysOf(delegator), new Set(items(keyids)))
  if (good.size < threshold)
    throw new Broken(`${shown(name)} metadata of version ${role.version} has ${good.size} good of ${threshold} needed signatures`)
}

function roleOf(delegator: Role, name: string): Fields {
  const own = fields(fields(delegator.signed['roles'])[name])
  if (Object.keys(own).length > 0) return own
  return fields(items(fields(delegator.signed['delegations'])['roles']).find((one) => fields(one)['name'] === name))
}

function keysOf({ signed }: Role): Fields {
  return fields(signed['_type'] === 'root' ? signed['keys'] : fields(signed['delegations'])['keys'])
}

/** Keys, as DER, that signed it: each counts once, under however many ids. */
function signersOf({ signed }: Role, bytes: Uint8Array, keys: Fields, allowed: ReadonlySet<unknown>): Map<string, KeyObject> {
  const content = Buffer.from(canonical(signed))
  const found = new Map<string, KeyObject>()
  for (const one of items(fields(parseJson(bytes))['signatures']).slice(0, 256)) {
    const { keyid, sig } = fields(one)
    if (typeof keyid !== 'string' || typeof sig !== 'string' || !allowed.has(keyid) || !Object.hasOwn(keys, keyid)) continue
    const key = fields(keys[keyid])
    const known = keyOf(key)
    if (known !== undefined && verifies(content, Buffer.from(sig, 'hex'), known, words(key['scheme'], 64)))
      found.set(derOf(known), known)
  }
  return found
}

function derOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64')
}

function keyOf(key: Fields): KeyObject | undefined {
  const value = fields(key['keyval'])['public']
  if (typeof value !== 'string') return undefined
  try {
    if (key['keytype'] !== 'ed25519') return createPublicKey(value)
    const x = Buffer.from(value, 'hex')
    return x.length === 32
      ? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') }, format: 'jwk' })
      : undefined
  } catch {
    return undefined
  }
}

/** The schemes of the specification (section 4.2), each with keys of its own kind only. */
function verifies(content: Uint8Array, signature: Uint8Array, key: KeyObject, scheme: string | undefined): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  try {
    if (scheme === 'ed25519') return type === 'ed25519' && verify(null, content, key, signature)
    if (scheme === 'ecdsa-sha2-nistp256')
      return type === 'ec' && details?.namedCurve === 'prime256v1' && verify('sha256', content, key, signature)
    if (scheme === 'ecdsa-sha2-nistp384')
      return type === 'ec' && details?.namedCurve === 'secp384r1' && verify('sha384', content, key, signature)
    // what is shorter can be factored
    if (scheme !== 'rsassa-pss-sha256' || type !== 'rsa' || (details?.modulusLength ?? 0) < 2048) return false
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    return verify('sha256', content, pss, signature)
  } catch {
    return false
  }
}

/** The root is signed, to its threshold, by keys that the maker names elsewhere. */
function signedByMaker(root: Role, bytes: Uint8Array, keys: readonly KeyObject[]): boolean {
  const { keyids, threshold } = roleOf(root, 'root')
  const named = new Set(keys.map(derOf))
  const good = [...signersOf(root, bytes, keysOf(root), new Set(items(keyids))).keys()].filter((der) => named.has(der))
  return typeof threshold === 'number' && threshold >= 1 && good.length >= threshold
}

const HASHES = ['sha512', 'sha384', 'sha256']

function fits(bytes: Uint8Array, told: Fields, what: string): void {
  const { length, hashes } = told
  if (typeof length === 'number' && length !== bytes.length)
    throw new Broken(`${what} has ${bytes.length} bytes, where ${length} are told`)
  for (const name of HASHES) {
    const wanted = fields(hashes)[name]
    if (typeof wanted === 'string' && createHash(name).update(bytes).digest('hex') !== wanted.toLowerCase())
      throw new Broken(`${what} does not have the ${name} digest that is told`)
  }
}

/** Payloads lie in `targets` beside the metadata or beside its folder; with consistent snapshots under their digest, too. */
function payloadOf(name: string, told: Fields, inFolder: InFolder): Uint8Array | undefined {
  const slash = name.lastIndexOf('/') + 1
  const digests = HASHES.flatMap((hash) => words(fields(told['hashes'])[hash], 200) ?? [])
  const names = [name, ...digests.map((digest) => `${name.slice(0, slash)}${digest}.${name.slice(slash)}`)]
  for (const folder of ['', 'targets/', '../targets/'])
    for (const one of names) {
      const bytes = inFolder(`${folder}${one}`)
      if (bytes !== undefined) return bytes
    }
  return undefined
}

function shown(name: string): string {
  return words(name, 100) ?? ''
}

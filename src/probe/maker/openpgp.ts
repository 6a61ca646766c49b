import { createHash, createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto'

/**
 * As much of OpenPGP (RFC 9580) as a cleartext signature needs: keys and signatures of versions 4 and 6, with RSA, ECDSA, EdDSA,
 * Ed25519 and Ed448. The one library kept well is under a licence that this project does not take in.
 */

/** A text and the signatures under it (section 7). */
export interface Cleartext {
  /** As a reader sees it: dashes unescaped. */
  text: string
  signatures: Signature[]
}

interface Signature {
  version: 4 | 6
  type: number
  algorithm: number
  hash: number
  /** From the version to the end of the hashed subpackets. */
  hashed: Buffer
  salt: Buffer
  subpackets: Map<number, Buffer>
  /** Not hashed: only a hint, but for a signature that is verified by itself. */
  loose: Map<number, Buffer>
  values: Buffer
}

interface Key {
  fingerprint: Buffer
  version: number
  algorithm: number
  /** Seconds since 1970. */
  created: number
  body: Buffer
  key: KeyObject | undefined
}

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----'
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----'
/** Keys, names and signatures of one file: published keys hold hundreds of signatures of others. */
const MAX_PACKETS = 2000
const HASHES: Readonly<Record<number, string>> = {
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
  12: 'sha3-256',
  14: 'sha3-512',
}

export function isCleartext(text: string): boolean {
  return text.trimStart().startsWith('-----BEGIN PGP SIGNED MESSAGE')
}

/** Undefined where it breaks the framework. */
export function readCleartext(text: string): Cleartext | undefined {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const start = lines.findIndex((line) => line.trim() !== '')
  if (lines[start]?.trimEnd() !== BEGIN) return undefined
  const blank = lines.findIndex((line, i) => i > start && line.trim() === '')
  const end = lines.findIndex((line, i) => i > blank && line.trimEnd() === SIGNATURE)
  if (blank < 0 || end < 0) return undefined
  // section 7.1: only Hash may stand there, so that nothing unsigned is taken for signed
  if (lines.slice(start + 1, blank).some((line) => !/^Hash: [A-Za-z0-9, -]+$/.test(line.trimEnd()))) return undefined
  const said = lines.slice(blank + 1, end).map((line) => (line.startsWith('- ') ? line.slice(2) : line))
  if (lines.slice(blank + 1, end).some((line) => line.startsWith('-') && !line.startsWith('- '))) return undefined
  const stop = lines.findIndex((line, i) => i > end && line.trimEnd() === '-----END PGP SIGNATURE-----')
  if (stop < 0 || lines.slice(stop + 1).some((line) => line.trim() !== '')) return undefined
  const bytes = dearmor(lines.slice(end, stop + 1).join('\n'))
  const signatures = packets(bytes ?? Buffer.alloc(0))
    ?.filter(({ tag }) => tag === 2)
    .map(({ body }) => readSignature(body))
    .filter((s) => s !== undefined)
  return signatures === undefined || signatures.length === 0 ? undefined : { text: said.join('\n'), signatures }
}

export interface Verified {
  status: 'valid' | 'invalid' | 'unverified'
  reason?: string
}

/**
 * @param keyFile armoured or not, as published
 * @param now seconds since 1970
 */
export function verifyCleartext({ text, signatures }: Cleartext, keyFile: Buffer, now?: number): Verified {
  // section 5.2.1.2 and 7.2: CRLF, without blanks at the ends of lines
  const canonical = text.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''))
  return verified(
    signatures,
    { binary: Buffer.from(text, 'utf8'), canonical: Buffer.from(canonical.join('\r\n'), 'utf8') },
    keyFile,
    now,
  )
}

/** A signature in a file of its own (section 10.4), over bytes as they are. */
export function verifyDetached(signatureFile: Buffer, bytes: Buffer, keyFile: Buffer, now?: number): Verified {
  const signatures = packetsOf(signatureFile)
    ?.filter(({ tag }) => tag === 2)
    .map(({ body }) => readSignature(body))
    .filter((s) => s !== undefined)
  if (signatures === undefined || signatures.length === 0) return { status: 'invalid', reason: 'the signature cannot be read' }
  const text = bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n')
  return verified(signatures, { binary: bytes, canonical: Buffer.from(text, 'latin1') }, keyFile, now)
}

/** Of a file that is armoured or not. */
function packetsOf(file: Buffer): { tag: number; body: Buffer }[] | undefined {
  const latin = file.toString('latin1')
  return packets(latin.includes('-----BEGIN PGP') ? (dearmor(latin) ?? Buffer.alloc(0)) : file)
}

function verified(
  signatures: readonly Signature[],
  { binary, canonical }: { binary: Buffer; canonical: Buffer },
  keyFile: Buffer,
  now = Date.now() / 1000,
): Verified {
  const list = packetsOf(keyFile)
  if (list === undefined || list.length === 0) return { status: 'unverified', reason: 'the key file cannot be read' }
  const signers = readSigners(list, now)
  if (signers.length === 0) return { status: 'unverified', reason: 'the key file holds no key that may sign' }
  let reason = 'it was made by a key that the file does not hold'
  let made = false
  for (const s of signatures.slice(0, 4)) {
    const [issuer, id] = [s.subpackets.get(33) ?? s.loose.get(33), s.subpackets.get(16) ?? s.loose.get(16)]
    for (const { key, trouble } of signers) {
      if (issuer ? !issuer.subarray(1).equals(key.fingerprint) : id && !keyId(key).equals(id)) continue
      made = true
      if (s.type !== 0x00 && s.type !== 0x01) reason = 'it is no signature of a document'
      else if (!verifies(s, key, [s.type === 0x01 ? canonical : binary])) reason = 'the text is not what was signed'
      else if (trouble !== undefined) reason = trouble
      else {
        const at = time(s)
        const lasts = s.subpackets.get(3)?.readUInt32BE(0) ?? 0
        if (at === undefined || at > now + 86_400) reason = 'it is dated in the future'
        else if (lasts > 0 && at + lasts < now) reason = 'the signature has expired'
        else return { status: 'valid' }
      }
    }
  }
  return { status: made ? 'invalid' : 'unverified', reason }
}

/** Section 6: the checksum at the end is optional, and not needed where a signature is verified. */
function dearmor(text: string): Buffer | undefined {
  const [, body] =
    /-----BEGIN PGP [A-Z ]+-----[ \t]*\r?\n(?:[!-9;-~]+: [^\n]*\n)*[ \t]*\r?\n([A-Za-z0-9+/=\s]+?)-----END PGP/.exec(text) ?? []
  if (body === undefined) return undefined
  const lines = body.split(/\s+/).filter((line) => line !== '' && !/^=[A-Za-z0-9+/]{4}$/.test(line))
  return Buffer.from(lines.join(''), 'base64')
}

/** Section 4.2. Undefined where they do not end where the bytes do. */
function packets(bytes: Buffer): { tag: number; body: Buffer }[] | undefined {
  const found: { tag: number; body: Buffer }[] = []
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at]!
    if ((head & 0x80) === 0 || found.length >= MAX_PACKETS) return undefined
    let [size, from] = [-1, at + 2]
    const first = bytes[at + 1] ?? 0
    const isNew = (head & 0x40) !== 0
    if (isNew) {
      if (first < 192) size = first
      else if (first < 224) [size, from] = [((first - 192) << 8) + (bytes[at + 2] ?? 0) + 192, at + 3]
      else if (first === 255 && at + 6 <= bytes.length) [size, from] = [bytes.readUInt32BE(at + 2), at + 6]
    } else {
      const width = [1, 2, 4, 0][head & 3]!
      if (width > 0 && at + 1 + width <= bytes.length) [size, from] = [bytes.readUIntBE(at + 1, width), at + 1 + width]
    }
    if (size < 0 || from + size > bytes.length) return undefined
    found.push({ tag: isNew ? head & 0x3f : (head >> 2) & 15, body: bytes.subarray(from, from + size) })
    at = from + size
  }
  return found
}

/** Section 5.2.3. */
function readSignature(body: Buffer): Signature | undefined {
  const version = body[0]
  if ((version !== 4 && version !== 6) || body.length < 12) return undefined
  const width = version === 6 ? 4 : 2
  const hashedEnd = 4 + width + body.readUIntBE(4, width)
  if (hashedEnd + width > body.length) return undefined
  const looseEnd = hashedEnd + width + body.readUIntBE(hashedEnd, width)
  const subpackets = readSubpackets(body.subarray(4 + width, hashedEnd))
  const loose = looseEnd > body.length ? undefined : readSubpackets(body.subarray(hashedEnd + width, looseEnd))
  if (subpackets === undefined || loose === undefined) return undefined
  let at = looseEnd + 2
  let salt = Buffer.alloc(0) as Buffer
  if (version === 6) {
    salt = body.subarray(at + 1, at + 1 + (body[at] ?? 0))
    at += 1 + salt.length
  }
  return {
    version,
    type: body[1]!,
    algorithm: body[2]!,
    hash: body[3]!,
    hashed: body.subarray(0, hashedEnd),
    salt,
    subpackets,
    loose,
    values: body.subarray(at),
  }
}

/** Section 5.2.3.7. */
function readSubpackets(bytes: Buffer): Map<number, Buffer> | undefined {
  const found = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!
    let [size, from] = [first, at + 1]
    if (first >= 192 && first < 255) [size, from] = [((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192, at + 2]
    else if (first === 255) {
      if (at + 5 > bytes.length) return undefined
      ;[size, from] = [bytes.readUInt32BE(at + 1), at + 5]
    }
    if (size < 1 || from + size > bytes.length) return undefined
    found.set(bytes[from]! & 0x7f, bytes.subarray(from + 1, from + size))
    at = from + size
  }
  return found
}

/** The primary keys and their signing subkeys, each with why it may not sign now. */
function readSigners(list: readonly { tag: number; body: Buffer }[], now: number): { key: Key; trouble?: string }[] {
  const found: { key: Key; trouble?: string }[] = []
  for (let i = 0; i < list.length; i++) {
    if (list[i]!.tag !== 6) continue
    const primary = readKey(list[i]!.body)
    let end = i + 1
    while (end < list.length && list[end]!.tag !== 6) end++
    if (primary?.key !== undefined) found.push(...signersOf(primary, list.slice(i + 1, end), now))
    if (found.length > 64) break
  }
  return found
}

function signersOf(primary: Key, rest: readonly { tag: number; body: Buffer }[], now: number): { key: Key; trouble?: string }[] {
  const found: { key: Key; trouble?: string }[] = []
  let trouble: string | undefined
  let flags: number | undefined
  let newest = -1
  let about: { tag: number; body: Buffer } | undefined
  let sub: Key | undefined
  for (const packet of rest) {
    if (packet.tag === 13 || packet.tag === 17) [about, sub] = [packet, undefined]
    else if (packet.tag === 14) [about, sub] = [packet, readKey(packet.body)]
    if (packet.tag !== 2) continue
    const s = readSignature(packet.body)
    // others' signatures on the key say nothing here
    const issuer = s?.subpackets.get(33) ?? s?.loose.get(33)
    if (s === undefined || (issuer && !issuer.subarray(1).equals(primary.fingerprint))) continue
    if (s.type === 0x20 && verifies(s, primary, [framed(primary)])) trouble = 'the key was revoked'
    else if (s.type === 0x1f && about === undefined && verifies(s, primary, [framed(primary)])) take(s)
    else if (s.type >= 0x10 && s.type <= 0x13 && about?.tag === 13 && verifies(s, primary, [framed(primary), named(about)]))
      take(s)
    else if (s.type === 0x18 && sub?.key && verifies(s, primary, [framed(primary), framed(sub)])) {
      // section 5.2.3.34: a subkey that signs agrees to that itself
      const back = s.subpackets.get(32) ?? s.loose.get(32)
      const agreed = back && readSignature(back)
      if (
        ((s.subpackets.get(27)?.[0] ?? 0) & 2) === 0 ||
        agreed?.type !== 0x19 ||
        !verifies(agreed, sub, [framed(primary), framed(sub)])
      )
        continue
      const ended = expired(s, sub, now)
      found.push({ key: sub, ...(ended === undefined ? {} : { trouble: ended }) })
    } else if (s.type === 0x28 && sub?.key && verifies(s, primary, [framed(primary), framed(sub)])) {
      const revoked = found.find(({ key }) => key === sub)
      if (revoked) revoked.trouble = 'the key was revoked'
    }
  }
  if (trouble !== undefined) for (const one of found) one.trouble ??= trouble
  // without flags it may do all (section 5.2.3.29); without a signature of its own it is nobody's
  if (newest >= 0 && (flags === undefined || (flags & 2) !== 0))
    found.push({ key: primary, ...(trouble === undefined ? {} : { trouble }) })
  return newest < 0 ? [] : found

  function take(s: Signature): void {
    const at = time(s) ?? 0
    if (at < newest) return
    newest = at
    const given = s.subpackets.get(27)
    if (given !== undefined) flags = given[0] ?? 0
    const ended = expired(s, primary, now)
    if (trouble === undefined || trouble === EXPIRED) trouble = ended
  }
}

const EXPIRED = 'the key has expired'

function expired(s: Signature, key: Key, now: number): string | undefined {
  const lasts = s.subpackets.get(9)?.length === 4 ? s.subpackets.get(9)!.readUInt32BE(0) : 0
  return lasts > 0 && key.created + lasts < now ? EXPIRED : undefined
}

function time(s: Signature): number | undefined {
  const bytes = s.subpackets.get(2)
  return bytes?.length === 4 ? bytes.readUInt32BE(0) : undefined
}

/** Section 5.2.4: a user ID as it is hashed. */
function named({ body }: { body: Buffer }): Buffer {
  const head = Buffer.from([0xb4, 0, 0, 0, 0])
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** A key as it is hashed (section 5.2.4), and by which its fingerprint is made (section 5.5.4). */
function framed({ body, version }: Pick<Key, 'body' | 'version'>): Buffer {
  const head = version === 6 ? Buffer.from([0x9b, 0, 0, 0, 0]) : Buffer.from([0x99, 0, 0])
  if (version === 6) head.writeUInt32BE(body.length, 1)
  else head.writeUInt16BE(body.length & 0xffff, 1)
  return Buffer.concat([head, body])
}

function keyId({ fingerprint, version }: Key): Buffer {
  return version === 6 ? fingerprint.subarray(0, 8) : fingerprint.subarray(-8)
}

/** Section 5.5.2. Undefined for what is no key of version 4 or 6; `key` is undefined for kinds that do not sign. */
function readKey(body: Buffer): Key | undefined {
  const version = body[0]
  if ((version !== 4 && version !== 6) || body.length < 12) return undefined
  const algorithm = body[5]!
  const material = body.subarray(version === 6 ? 10 : 6)
  const fingerprint = createHash(version === 6 ? 'sha256' : 'sha1')
    .update(framed({ body, version }))
    .digest()
  let key: KeyObject | undefined
  try {
    key = readMaterial(algorithm, material)
  } catch {
    // no point of its curve, or the like
  }
  return { version, algorithm, created: body.readUInt32BE(1), body, fingerprint, key }
}

/** Object identifiers of curves (section 9.2), without tag and length. */
const CURVES: Readonly<Record<string, { crv: string; size: number }>> = {
  '2a8648ce3d030107': { crv: 'P-256', size: 32 },
  '2b81040022': { crv: 'P-384', size: 48 },
  '2b81040023': { crv: 'P-521', size: 66 },
  '2b06010401da470f01': { crv: 'Ed25519', size: 32 },
}

function readMaterial(algorithm: number, bytes: Buffer): KeyObject | undefined {
  const jwk = (key: Record<string, string>) => createPublicKey({ key, format: 'jwk' })
  if (algorithm === 1 || algorithm === 3) {
    const [n, e] = numbers(bytes, 2) ?? []
    if (n === undefined || e === undefined || n.length < 128 || n.length > 1024 || e.length > 8) return undefined
    return jwk({ kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') })
  }
  if (algorithm === 27 && bytes.length >= 32) return jwk({ kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url', 0, 32) })
  if (algorithm === 28 && bytes.length >= 57) return jwk({ kty: 'OKP', crv: 'Ed448', x: bytes.toString('base64url', 0, 57) })
  if (algorithm !== 19 && algorithm !== 22) return undefined
  const size = bytes[0] ?? 0
  const curve = CURVES[bytes.toString('hex', 1, 1 + size)]
  const [point] = numbers(bytes.subarray(1 + size), 1) ?? []
  if (curve === undefined || point === undefined) return undefined
  if (algorithm === 22)
    return curve.crv === 'Ed25519' && point[0] === 0x40 && point.length === 33
      ? jwk({ kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url', 1) })
      : undefined
  if (curve.crv === 'Ed25519' || point[0] !== 4 || point.length !== 1 + 2 * curve.size) return undefined
  return jwk({
    kty: 'EC',
    crv: curve.crv,
    x: point.toString('base64url', 1, 1 + curve.size),
    y: point.toString('base64url', 1 + curve.size),
  })
}

/** Section 3.2: numbers with their length in bits before them. */
function numbers(bytes: Buffer, count: number): Buffer[] | undefined {
  const found: Buffer[] = []
  for (let at = 0; found.length < count;) {
    if (at + 2 > bytes.length) return undefined
    const size = (bytes.readUInt16BE(at) + 7) >> 3
    if (at + 2 + size > bytes.length) return undefined
    found.push(bytes.subarray(at + 2, at + 2 + size))
    at += 2 + size
  }
  return found
}

/** Section 5.2.4: over the salt, the parts, the signature's own hashed part, and its length. */
function verifies(s: Signature, { key, algorithm, version }: Key, parts: readonly Buffer[]): boolean {
  const hash = HASHES[s.hash]
  if (hash === undefined || key === undefined || s.version !== version) return false
  if (s.algorithm !== algorithm && !(s.algorithm === 1 && algorithm === 3)) return false
  const trailer = Buffer.from([s.version, 0xff, 0, 0, 0, 0])
  trailer.writeUInt32BE(s.hashed.length, 2)
  const data = Buffer.concat([s.salt, ...parts, s.hashed, trailer])
  try {
    switch (algorithm) {
      case 1:
      case 3: {
        const [value] = numbers(s.values, 1) ?? []
        const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) >> 3
        return value !== undefined && verifySignature(hash, data, key, padded(value, size))
      }
      case 19: {
        const pair = numbers(s.values, 2)
        const size = CURVE_SIZES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 32
        return (
          pair !== undefined &&
          verifySignature(hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(pair.map((n) => padded(n, size))))
        )
      }
      case 22: {
        const pair = numbers(s.values, 2)
        const digest = createHash(hash).update(data).digest()
        return pair !== undefined && verifySignature(undefined, digest, key, Buffer.concat(pair.map((n) => padded(n, 32))))
      }
      default:
        return verifySignature(
          undefined,
          createHash(hash).update(data).digest(),
          key,
          s.values.subarray(0, algorithm === 27 ? 64 : 114),
        )
    }
  } catch {
    return false
  }
}

const CURVE_SIZES: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 }

function padded(n: Buffer, size: number): Buffer {
  return n.length >= size ? n : Buffer.concat([Buffer.alloc(size - n.length), n])
}

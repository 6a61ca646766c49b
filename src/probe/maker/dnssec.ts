import { createHash, createPublicKey, type JsonWebKey, verify as verifySignature } from 'node:crypto'
import type { EntryRef } from '../../evidence/pointer.ts'
import { type Rr, type TypeName, TYPES } from './message.ts'
import { labelCount, nameBytes, parent, within } from './name.ts'
import { type DnsKey, type Ds, dsOf, keyOf, nsec3Of, nsecOf, type Signature, signatureOf } from './records.ts'
import type { Answered, Resolver } from './resolver.ts'

/** RFC 4033 section 5. `unknown`: its 'indeterminate', or the questions had no answer. */
export type Security = 'secure' | 'insecure' | 'bogus' | 'unknown'

export interface Verdict {
  readonly status: Security
  /** Why it is not secure. */
  readonly reason: string
  readonly shown: readonly EntryRef[]
}

/** A key that is trusted from the start: the DS of a zone. */
export interface Anchor extends Ds {
  readonly zone: string
}

/**
 * The root's, as IANA publishes them (https://data.iana.org/root-anchors/root-anchors.xml, key tags 20326 of 2017 and 38696 of 2024).
 */
export const ROOT_ANCHORS: readonly string[] = [
  '. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
  '. IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16',
]

/** A line 'zone [ttl] [IN] DS tag algorithm digest-type digest'. Throws where it is none. */
export function anchorOf(line: string): Anchor {
  const [, zone, tag, algorithm, digestType, digest = ''] =
    /^(\S+)(?:\s+\d+)?(?:\s+IN)?\s+DS\s+(\d+)\s+(\d+)\s+(\d+)\s+([0-9A-Fa-f\s]+)$/i.exec(line.trim()) ?? []
  if (zone === undefined) throw new Error(`not a trust anchor, as in '. IN DS 20326 8 2 E06D…': ${line.slice(0, 80)}`)
  return {
    zone: zone.replace(/\.$/, '').toLowerCase(),
    keyTag: Number(tag),
    algorithm: Number(algorithm),
    digestType: Number(digestType),
    digest: Buffer.from(digest.replaceAll(/\s/g, ''), 'hex'),
  }
}

/** A zone whose keys are trusted; or how it came that there are none. */
type Zone =
  | { readonly zone: string; readonly keys: readonly DnsKey[]; readonly verdict?: undefined }
  | { readonly verdict: Verdict }

/** RFC 8624 section 3.1, RFC 9905: what a validator may rely on. SHA-1 is not among them. */
const ALGORITHMS: Readonly<Record<number, { hash: string | undefined; key: (raw: Buffer) => JsonWebKey | undefined }>> = {
  8: { hash: 'sha256', key: rsa },
  10: { hash: 'sha512', key: rsa },
  13: { hash: 'sha256', key: (raw) => curve(raw, 'P-256', 32) },
  14: { hash: 'sha384', key: (raw) => curve(raw, 'P-384', 48) },
  15: { hash: undefined, key: (raw) => edwards(raw, 'Ed25519', 32) },
  16: { hash: undefined, key: (raw) => edwards(raw, 'Ed448', 57) },
}
const DIGESTS: Readonly<Record<number, string>> = { 2: 'sha256', 4: 'sha384' }
/** Signatures that are tried for one set of records: beyond that somebody wants us to calculate (CVE-2023-50387). */
const MAX_TRIES = 12
/** RFC 9276 section 3.2: beyond so many a proof is as good as none. */
const MAX_ITERATIONS = 100

/** Validates what a resolver answers from trust anchors down (RFC 4035 section 5), by itself: no AD bit is relied on. */
export class Validator {
  private readonly resolver: Resolver
  private readonly anchors: readonly Anchor[]
  /** Seconds since 1970. */
  private readonly now: number
  private readonly zones = new Map<string, Promise<Zone>>()

  constructor(resolver: Resolver, anchors: readonly Anchor[], now = Math.floor(Date.now() / 1000)) {
    this.resolver = resolver
    this.anchors = anchors
    this.now = now
  }

  /**
   * Whether the records of that type at that name, or a proof that there are none, are signed up to an anchor. `records` are those
   * that were validated.
   */
  async check(name: string, type: TypeName): Promise<Verdict & { records: readonly Rr[] }> {
    const zone = await this.zoneOf(name)
    if (zone.verdict) return { ...zone.verdict, records: [] }
    const answer = await this.resolver.ask(name, type, { unchecked: true, aliases: false })
    const end = (status: Security, reason: string, records: readonly Rr[] = []) => ({
      status,
      reason,
      shown: answer.shown,
      records,
    })
    if (answer.kind === 'trouble') return end('unknown', answer.reason)
    if (answer.kind === 'found') {
      const fault = this.fault(answer.records, answer.message.answers, answer.message.authorities, zone)
      return fault === undefined ? end('secure', '', answer.records) : end('bogus', fault)
    }
    const denial = this.denial(name, TYPES[type], answer.message.authorities, zone)
    if (denial.proven === 'insecure') return end('insecure', denial.reason)
    return denial.proven === undefined ? end('bogus', denial.reason) : end('secure', '')
  }

  /** The zone that `name` is in, walked down to from the anchor that is next above it. */
  private async zoneOf(name: string): Promise<Zone> {
    const anchor = this.anchors
      .filter(({ zone }) => within(name, zone))
      .toSorted((a, b) => labelCount(b.zone) - labelCount(a.zone))[0]
    if (anchor === undefined) return none('unknown', 'no trust anchor is above it', [])
    const path = [name]
    for (let at = name; at !== anchor.zone; path.push(at)) at = parent(at)!
    let zone = await this.remember(anchor.zone, () =>
      this.keysOf(
        anchor.zone,
        this.anchors.filter((a) => a.zone === anchor.zone),
      ),
    )
    for (const child of path.reverse().slice(1)) {
      if (zone.verdict) return zone
      const above = zone
      zone = await this.remember(child, () => this.below(above, child))
    }
    return zone
  }

  private remember(name: string, find: () => Promise<Zone>): Promise<Zone> {
    const found = this.zones.get(name) ?? find()
    this.zones.set(name, found)
    return found
  }

  /** The zone in which `child` is, where `above` holds its parent. */
  private async below(above: Zone & { verdict?: undefined }, child: string): Promise<Zone> {
    const answer = await this.resolver.ask(child, 'DS', { unchecked: true, aliases: false })
    const { shown } = answer
    if (answer.kind === 'trouble') return none('unknown', answer.reason, shown)
    if (answer.kind === 'found') {
      const fault = this.fault(answer.records, answer.message.answers, answer.message.authorities, above)
      if (fault !== undefined) return none('bogus', fault, shown)
      return await this.keysOf(
        child,
        answer.records.map(dsOf).filter((ds) => ds !== undefined),
      )
    }
    // an alias has no zone of its own below it (RFC 1034 section 3.6.2)
    const alias = answer.message.answers.filter((r) => r.name === child && r.type === TYPES.CNAME)
    if (alias.length > 0) {
      const fault = this.fault(alias, answer.message.answers, answer.message.authorities, above)
      return fault === undefined ? above : none('bogus', fault, shown)
    }
    const { proven, reason } = this.denial(child, TYPES.DS, answer.message.authorities, above)
    if (proven === 'insecure' || proven === 'delegation') return none('insecure', reason, shown)
    // unsigned where all should be: forged, or dropped on the way. Which of the two nobody can tell from here
    return proven === undefined ? none(this.stripped(answer) ? 'unknown' : 'bogus', reason, shown) : above
  }

  private stripped(answer: Answered): boolean {
    return answer.kind === 'none' && !answer.message.authorities.some(({ type }) => type === TYPES.RRSIG)
  }

  /** RFC 4035 section 5.2: keys of a zone that one of its DS vouches for. */
  private async keysOf(zone: string, trusted: readonly Ds[]): Promise<Zone> {
    const usable = trusted.filter(({ algorithm, digestType }) => algorithm in ALGORITHMS && digestType in DIGESTS)
    const named = zone === '' ? 'the root' : zone
    if (usable.length === 0)
      return none(
        'insecure',
        `${named} is signed only with what no validator may rely on any more (RFC 9905), or does not know`,
        [],
      )
    const answer = await this.resolver.ask(zone, 'DNSKEY', { unchecked: true, aliases: false })
    if (answer.kind === 'trouble') return none('unknown', answer.reason, answer.shown)
    if (answer.kind === 'none') return none('bogus', `${named} should be signed, and has no keys`, answer.shown)
    const keys = answer.records.map(keyOf).filter((key) => key !== undefined && isZoneKey(key)) as DnsKey[]
    const owner = nameBytes(zone)!
    const entry = keys.filter((key) =>
      usable.some(
        ({ keyTag, algorithm, digestType, digest }) =>
          key.tag === keyTag &&
          key.algorithm === algorithm &&
          createHash(DIGESTS[digestType]!).update(owner).update(key.data).digest().equals(digest),
      ),
    )
    if (entry.length === 0)
      return none('bogus', `none of the keys of ${named} is the one that its parent vouches for`, answer.shown)
    const { answers, authorities } = answer.message
    if (!answers.some(({ type }) => type === TYPES.RRSIG))
      return none('unknown', `the keys of ${named} came without signatures: the resolver does not pass them on`, answer.shown)
    const fault = this.fault(answer.records, answers, authorities, { zone, keys: entry })
    return fault === undefined ? { zone, keys } : none('bogus', fault, answer.shown)
  }

  /**
   * Why this set of records is not to be trusted; undefined where it is (RFC 4035 section 5.3).
   * @param authorities of its message: where it came of a wildcard, they must prove that there was no nearer name
   */
  private fault(
    set: readonly Rr[],
    section: readonly Rr[],
    authorities: readonly Rr[],
    { zone, keys }: { zone: string; keys: readonly DnsKey[] },
  ): string | undefined {
    const { name, type } = set[0]!
    const what = `${Object.entries(TYPES).find(([, n]) => n === type)?.[0] ?? type} of ${name === '' ? 'the root' : name}`
    const signatures = section
      .filter((r) => r.name === name && r.type === TYPES.RRSIG)
      .map(signatureOf)
      .filter((s) => s?.covered === type) as Signature[]
    if (signatures.length === 0) return `${what} is not signed`
    let why = `${what}: no signature of a key that is trusted`
    let tries = 0
    for (const s of signatures) {
      if (s.signer !== zone || s.labels > labelCount(name)) continue
      const date = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
      if (s.expires < this.now) {
        why = `${what}: its signature ended on ${date(s.expires)}`
        continue
      }
      if (s.begins > this.now) {
        why = `${what}: its signature begins on ${date(s.begins)} only`
        continue
      }
      for (const key of keys.filter((k) => k.tag === s.keyTag && k.algorithm === s.algorithm)) {
        if (++tries > MAX_TRIES) return `${what}: more keys and signatures fit than anybody needs`
        if (!isSigned(set, s, key)) {
          why = `${what}: its signature is false`
          continue
        }
        if (s.labels >= labelCount(name)) return undefined
        const nearer = name
          .split('.')
          .slice(-(s.labels + 1))
          .join('.')
        if (this.proofs(authorities, { zone, keys }).some((proof) => proof.covers(nearer) || proof.covers(name))) return undefined
        why = `${what}: it came of a wildcard, without the proof that there is no nearer name`
      }
    }
    return why
  }

  /** What a negative answer proves (RFC 4035 section 5.4, RFC 5155 section 8). 'delegation': a zone begins there, unsigned. */
  private denial(
    name: string,
    type: number,
    authorities: readonly Rr[],
    zone: { zone: string; keys: readonly DnsKey[] },
  ): { proven: 'none' | 'delegation' | 'insecure' | undefined; reason: string } {
    const proofs = this.proofs(authorities, zone)
    for (const proof of proofs) {
      if (proof.iterations > MAX_ITERATIONS)
        return {
          proven: 'insecure',
          reason: `${zone.zone} proves with ${proof.iterations} rounds of NSEC3, which nobody accepts (RFC 9276)`,
        }
      const types = proof.matches(name)
      if (types === undefined) continue
      if (types.has(type) || types.has(TYPES.CNAME))
        return { proven: undefined, reason: `the proof for ${name} says that the record is there` }
      const cut = types.has(TYPES.NS) && !types.has(TYPES.SOA)
      if (type === TYPES.DS ? cut : false) return { proven: 'delegation', reason: `${name} is not signed: its parent says so` }
      // a proof of the parent's says nothing of what the child holds
      if (cut) return { proven: undefined, reason: `the proof for ${name} is its parent's` }
      return { proven: 'none', reason: '' }
    }
    const covering = proofs.find((proof) => proof.covers(name))
    const optOut = proofs.find((proof) => proof.optOut && ancestors(name, zone.zone).some((at) => proof.covers(at)))
    const encloser = proofs.some((proof) => ancestors(name, zone.zone).some((at) => proof.matches(at) !== undefined))
    if (optOut !== undefined && encloser)
      return { proven: 'delegation', reason: `${name} is not signed: its parent leaves it out` }
    if (covering !== undefined && (covering.plain || encloser)) return { proven: 'none', reason: '' }
    // a deeper name of which an ancestor is denied
    if (encloser && proofs.some((proof) => ancestors(name, zone.zone).some((at) => proof.covers(at))))
      return { proven: 'none', reason: '' }
    return {
      proven: undefined,
      reason: `that ${name} has no such record is not proven by a signature of ${zone.zone === '' ? 'the root' : zone.zone}`,
    }
  }

  private proofs(section: readonly Rr[], zone: { zone: string; keys: readonly DnsKey[] }): Proof[] {
    const found: Proof[] = []
    for (const record of section) {
      if (found.length >= 8) break
      if (record.type !== TYPES.NSEC && record.type !== TYPES.NSEC3) continue
      if (this.fault([record], section, [], zone) !== undefined) continue
      const proof = record.type === TYPES.NSEC ? nsecProof(record) : nsec3Proof(record, zone.zone)
      if (proof !== undefined) found.push(proof)
    }
    return found
  }
}

/** One signed record of denial. */
interface Proof {
  /** NSEC, not NSEC3. */
  plain: boolean
  optOut: boolean
  iterations: number
  /** The types that are at that name, where the record is about it. */
  matches(name: string): Set<number> | undefined
  /** There is no such name. */
  covers(name: string): boolean
}

function nsecProof(record: Rr): Proof | undefined {
  const nsec = nsecOf(record)
  if (nsec === undefined) return undefined
  const [from, to] = [sortable(record.name), sortable(nsec.next)]
  return {
    plain: true,
    optOut: false,
    iterations: 0,
    matches: (name) => {
      if (name === record.name) return nsec.types
      // a name with nothing of its own between two others (RFC 4592 section 2.2.2)
      return within(nsec.next, name) && after(sortable(name), from) ? new Set() : undefined
    },
    covers: (name) => {
      const at = sortable(name)
      // what lies below a delegation is not the zone's to deny
      if (nsec.types.has(TYPES.NS) && !nsec.types.has(TYPES.SOA) && within(name, record.name)) return false
      return after(to, from) ? after(at, from) && after(to, at) : after(at, from) || after(to, at)
    },
  }
}

function nsec3Proof(record: Rr, zone: string): Proof | undefined {
  const nsec = nsec3Of(record)
  if (nsec === undefined || nsec.algorithm !== 1 || parent(record.name) !== zone) return undefined
  const own = base32hex(record.name.split('.')[0]!)
  if (own === undefined) return undefined
  const over = nsec.iterations > MAX_ITERATIONS
  const hash = (name: string) => {
    let digest = nameBytes(name) ?? Buffer.alloc(0)
    for (let n = 0; n <= nsec.iterations; n++) digest = createHash('sha1').update(digest).update(nsec.salt).digest()
    return digest
  }
  return {
    plain: false,
    optOut: nsec.optOut,
    iterations: nsec.iterations,
    matches: (name) => (!over && hash(name).equals(own) ? nsec.types : undefined),
    covers: (name) => {
      if (over) return false
      const at = hash(name)
      const [low, high] = [Buffer.compare(at, own) > 0, Buffer.compare(nsec.next, at) > 0]
      return Buffer.compare(nsec.next, own) > 0 ? low && high : low || high
    },
  }
}

/** From the name itself up to just below the zone, and the zone. */
function ancestors(name: string, zone: string): string[] {
  const found = [name]
  for (let at = name; at !== zone && at !== '';) found.push((at = parent(at)!))
  return found
}

/** RFC 4034 section 6.1: compared label by label from the right, as bytes. */
function sortable(name: string): string[] {
  return name === ''
    ? []
    : name
        .split('.')
        .reverse()
        .map((label) => label.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number(code))))
}

function after(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! > b[i]!
  return a.length > b.length
}

/** RFC 4648 section 7, without padding. */
function base32hex(text: string): Buffer | undefined {
  const bytes: number[] = []
  let [bits, held] = [0, 0]
  for (const c of text) {
    const value = '0123456789abcdefghijklmnopqrstuv'.indexOf(c)
    if (value < 0) return undefined
    held = ((held << 5) | value) & 0xfff
    if ((bits += 5) >= 8) bytes.push((held >> (bits -= 8)) & 255)
  }
  return Buffer.from(bytes)
}

function none(status: Security, reason: string, shown: readonly EntryRef[]): { verdict: Verdict } {
  return { verdict: { status, reason, shown } }
}

/** Zone key, not revoked (RFC 4034 section 2.1.1, RFC 5011 section 2.1). */
function isZoneKey({ flags, protocol, algorithm }: DnsKey): boolean {
  return (flags & 0x0100) !== 0 && (flags & 0x0080) === 0 && protocol === 3 && algorithm in ALGORITHMS
}

/** RFC 4034 section 3.1.8.1. */
export function isSigned(set: readonly Rr[], s: Signature, key: DnsKey): boolean {
  const { hash, key: read } = ALGORITHMS[key.algorithm]!
  const jwk = read(key.key)
  const { name, type } = set[0]!
  const labels = labelCount(name)
  const owner = nameBytes(s.labels < labels ? ['*', ...name.split('.').slice(labels - s.labels)].join('.') : name)
  if (jwk === undefined || owner === undefined) return false
  const head = Buffer.alloc(8)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(1, 2)
  head.writeUInt32BE(s.ttl, 4)
  const sorted = set.map(({ data }) => data).toSorted((a, b) => Buffer.compare(a, b))
  const parts: Buffer[] = [s.head]
  sorted.forEach((data, i) => {
    if (i > 0 && data.equals(sorted[i - 1]!)) return
    const size = Buffer.alloc(2)
    size.writeUInt16BE(data.length)
    parts.push(owner, head, size, data)
  })
  try {
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    return verifySignature(hash, Buffer.concat(parts), { key: publicKey, dsaEncoding: 'ieee-p1363' }, s.signature)
  } catch {
    // no point of its curve, or the like
    return false
  }
}

/** RFC 3110 section 2: no longer than anybody signs with, so that nobody makes us calculate. */
function rsa(raw: Buffer): JsonWebKey | undefined {
  const short = raw[0] !== 0
  const size = short ? raw[0]! : raw.length > 2 ? raw.readUInt16BE(1) : 0
  const from = short ? 1 : 3
  const [e, n] = [raw.subarray(from, from + size), raw.subarray(from + size)]
  if (e.length < 1 || e.length > 8 || n.length < 64 || n.length > 512) return undefined
  return { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') }
}

/** RFC 6605 section 4. */
function curve(raw: Buffer, crv: string, size: number): JsonWebKey | undefined {
  if (raw.length !== size * 2) return undefined
  return { kty: 'EC', crv, x: raw.subarray(0, size).toString('base64url'), y: raw.subarray(size).toString('base64url') }
}

/** RFC 8080 section 3. */
function edwards(raw: Buffer, crv: string, size: number): JsonWebKey | undefined {
  return raw.length === size ? { kty: 'OKP', crv, x: raw.toString('base64url') } : undefined
}

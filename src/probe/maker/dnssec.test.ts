import { generateKeyPairSync, sign, createHash, type KeyObject } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { answerTo, dnsServer, record, wireName } from '../../testing/dns-server.ts'
import { Asker } from '../asker.ts'
import { type Anchor, anchorOf, isSigned, ROOT_ANCHORS, Validator } from './dnssec.ts'
import { type Rr, TYPES } from './message.ts'
import { keyOf, signatureOf } from './records.ts'
import { Resolver } from './resolver.ts'

let server: Awaited<ReturnType<typeof dnsServer>> | undefined
afterEach(() => {
  server?.close()
  server = undefined
})

const NOW = 1_800_000_000

/** A zone with one key (Ed25519, algorithm 15), signed by hand. */
class Zone {
  readonly name: string
  readonly key: Buffer
  readonly tag: number
  private readonly secret: KeyObject

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    this.name = name
    this.secret = privateKey
    this.key = Buffer.concat([Buffer.from([1, 1, 3, 15]), publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)])
    let sum = 0
    this.key.forEach((byte, i) => (sum += i & 1 ? byte : byte << 8))
    this.tag = (sum + (sum >>> 16)) & 0xffff
  }

  get anchor(): Anchor {
    const digest = createHash('sha256').update(wireName(this.name)).update(this.key).digest()
    return { zone: this.name, keyTag: this.tag, algorithm: 15, digestType: 2, digest }
  }

  /** A record and its RRSIG. @param labels of what was signed: fewer for a wildcard */
  signed(
    name: string,
    type: number,
    data: Buffer,
    { begins = NOW - 60, expires = NOW + 60, labels = name.split('.').length } = {},
  ): Buffer[] {
    const head = Buffer.alloc(18)
    head.writeUInt16BE(type, 0)
    head[2] = 15
    head[3] = labels
    head.writeUInt32BE(expires, 8)
    head.writeUInt32BE(begins, 12)
    head.writeUInt16BE(this.tag, 16)
    const start = Buffer.concat([head, wireName(this.name)])
    const owner = labels < name.split('.').length ? `*.${name.split('.').slice(-labels).join('.')}` : name
    const rr = record(owner, type, data)
    return [
      record(name, type, data),
      record(name, TYPES.RRSIG, Buffer.concat([start, sign(undefined, Buffer.concat([start, rr]), this.secret)])),
    ]
  }

  keys(extra: Buffer[] = []): Buffer[] {
    return [...this.signed(this.name, TYPES.DNSKEY, this.key), ...extra]
  }
}

async function validator(zone: Zone, answers: (name: string, type: number) => Buffer[], anchors = [zone.anchor]) {
  server = await dnsServer((q, name) => [answerTo(q, { records: answers(name, q.readUInt16BE(q.indexOf(0, 12) + 1)) })])
  return new Validator(new Resolver(new Asker({ refusal: () => undefined }), server.at, 400), anchors, NOW)
}

const zone = new Zone('example')
const A = Buffer.from([192, 0, 2, 1])
const serve =
  (a: Buffer[], keys = zone.keys()) =>
  (_: string, type: number) =>
    type === TYPES.DNSKEY ? keys : type === TYPES.DS ? [] : a

describe('a validator', () => {
  it('takes what is signed up to its anchor, and nothing else', async () => {
    const at = await validator(zone, serve(zone.signed('example', TYPES.A, A)))
    expect(await at.check('example', 'A')).toMatchObject({ status: 'secure', records: [{ name: 'example' }] })
  })

  it.each<[string, Buffer[], RegExp]>([
    ['an end that is past', zone.signed('example', TYPES.A, A, { expires: NOW - 1 }), /ended on 2027-01-15/],
    ['a beginning to come', zone.signed('example', TYPES.A, A, { begins: NOW + 1 }), /begins on/],
    ['no signature', zone.signed('example', TYPES.A, A).slice(0, 1), /is not signed/],
    ['other data', [record('example', TYPES.A, Buffer.from([6, 6, 6, 6])), zone.signed('example', TYPES.A, A)[1]!], /is false/],
    ['the signature of a stranger', new Zone('example').signed('example', TYPES.A, A), /no signature of a key/],
    ['the signature of another zone', new Zone('other').signed('example', TYPES.A, A), /no signature of a key/],
  ])('does not take %s', async (_, answer, reason) => {
    const at = await validator(zone, serve(answer))
    expect(await at.check('example', 'A')).toMatchObject({ status: 'bogus', reason: expect.stringMatching(reason), records: [] })
  })

  it('does not take a wildcard that nothing proves', async () => {
    const at = await validator(zone, (name, type) =>
      type === TYPES.DNSKEY ? zone.keys() : type === TYPES.DS ? [] : zone.signed(name, TYPES.A, A, { labels: 1 }),
    )
    const verdict = await at.check('www.example', 'A')
    // that there is no zone below was not proven, either
    expect(['bogus', 'unknown']).toContain(verdict.status)
  })

  it('does not take keys that its anchor does not name', async () => {
    const at = await validator(zone, serve(zone.signed('example', TYPES.A, A)), [new Zone('example').anchor])
    expect(await at.check('example', 'A')).toMatchObject({ status: 'bogus', reason: expect.stringMatching(/vouches for/) })
  })

  it('knows nothing where the resolver passes nothing on, or nobody answers', async () => {
    const bare = await validator(zone, serve([record('example', TYPES.A, A)], [record('example', TYPES.DNSKEY, zone.key)]))
    expect(await bare.check('example', 'A')).toMatchObject({
      status: 'unknown',
      reason: expect.stringMatching(/does not pass them on/),
    })
    server!.close()
    server = undefined
    expect(await bare.check('other', 'A')).toMatchObject({ status: 'unknown', reason: 'no trust anchor is above it' })
    expect(await bare.check('below.example', 'A')).toMatchObject({ status: 'unknown' })
  })

  it('does not calculate for ever (CVE-2023-50387)', async () => {
    // false signatures by the hundred, each of a key that fits
    const wrong = new Zone('example')
    Object.assign(wrong, { tag: zone.tag })
    const many = Array.from({ length: 200 }, () => wrong.signed('example', TYPES.A, A)[1]!)
    const at = await validator(zone, serve([record('example', TYPES.A, A), ...many]))
    expect(await at.check('example', 'A')).toMatchObject({
      status: 'bogus',
      reason: expect.stringMatching(/than anybody needs/),
    })
  })
})

describe('trust anchors', () => {
  it("are the root's by IANA", () => {
    expect(ROOT_ANCHORS.map(anchorOf)).toMatchObject([
      { zone: '', keyTag: 20326, algorithm: 8, digestType: 2 },
      { zone: '', keyTag: 38696, algorithm: 8, digestType: 2 },
    ])
    expect(ROOT_ANCHORS.map(anchorOf).every(({ digest }) => digest.length === 32)).toBe(true)
  })

  it('are read as dnssec-dsfromkey writes them', () => {
    expect(anchorOf('Maker.example. 3600 IN DS 1 13 2 00FF 00ff')).toEqual({
      zone: 'maker.example',
      keyTag: 1,
      algorithm: 13,
      digestType: 2,
      digest: Buffer.from('00ff00ff', 'hex'),
    })
    expect(() => anchorOf('. DNSKEY 257')).toThrow('not a trust anchor')
  })
})

/** As the RFCs print them: owner, signer, type covered, labels, expiration, inception, data, DNSKEY, RRSIG, key tag. */
const PUBLISHED = [
  {
    of: 'RFC 8080 section 6 (Ed25519)',
    owner: 'example.com',
    type: TYPES.MX,
    data: Buffer.concat([Buffer.from([0, 10]), wireName('mail.example.com')]),
    signer: 'example.com',
    times: [1_440_021_600, 1_438_207_200],
    tag: 3613,
    algorithm: 15,
    key: 'l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
    signature: 'oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==',
  },
  {
    of: 'RFC 6605 section 6.1 (ECDSA P-256)',
    owner: 'www.example.net',
    type: TYPES.A,
    data: Buffer.from([192, 0, 2, 1]),
    signer: 'example.net',
    times: [Date.UTC(2010, 8, 9, 10, 4, 39) / 1000, Date.UTC(2010, 7, 12, 10, 4, 39) / 1000],
    tag: 55648,
    algorithm: 13,
    key: 'GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
    signature: 'qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==',
  },
]

describe.each(PUBLISHED)('the signature of $of', ({ owner, type, data, signer, times, tag, algorithm, key, signature }) => {
  const head = Buffer.alloc(18)
  head.writeUInt16BE(type, 0)
  head[2] = algorithm
  head[3] = owner.split('.').length
  head.writeUInt32BE(3600, 4)
  head.writeUInt32BE(times[0]!, 8)
  head.writeUInt32BE(times[1]!, 12)
  head.writeUInt16BE(tag, 16)
  const rr = (given: Buffer): Rr => ({ name: owner, type, class: 1, ttl: 3600, data: given })
  const rrsig = signatureOf(rr(Buffer.concat([head, wireName(signer), Buffer.from(signature, 'base64')])))!
  const dnskey = keyOf(rr(Buffer.concat([Buffer.from([1, 1, 3, algorithm]), Buffer.from(key, 'base64')])))!

  it('is good, and of no other record', () => {
    expect(dnskey.tag).toBe(tag)
    expect(isSigned([rr(data)], rrsig, dnskey)).toBe(true)
    const other = Buffer.from(data)
    other.writeUInt8(other.readUInt8(1) ^ 1, 1)
    expect(isSigned([rr(other)], rrsig, dnskey)).toBe(false)
  })
})

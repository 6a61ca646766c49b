import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Unreadable } from './sbom-json.ts'
import { readSuit } from './suit.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))

/** The key that the examples of draft-ietf-suit-manifest are signed with. */
const KEY = createPublicKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhJaBGq4LqqvSYVcYnuzaJr6qi/Eb
bz/m4rVlnIXbwK07HypLbAmBMcCjbazR14vTgdzfsJwFLbM5kdtzOLSolg==
-----END PUBLIC KEY-----
`)
/** Its example 0 (appendix B.1): secure boot. */
const EXAMPLE_0 = hex(`
  d86ba2025873825824822f58206658ea560262696dd1f13b782239a064da7c6c5cbaf52fded428a6fc83c7e5af584ad28443a10126a0f65840408d0816
  f9b510749bf6a51b066951e08a4438f849eb092a1ac768eed9de696c1b1dd35d82ef149e6a73a61976ad2cfe78444b8064293350a122f332cb49f0da03
  5871a50101020003585fa202818141000458568614a40150fa6b4a53d5ad5fdfbe9de663e4d41ffe02501492af1425695e48bf429b2d51f2ab45035824
  822f582000112233445566778899aabbccddeeff0123456789abcdeffedcba98765432100e1987d0010f020f074382030f0943821702`)
/** Its example 1 (appendix B.2): a payload is fetched from http://example.com/file.bin. */
const EXAMPLE_1 = hex(`
  D86BA2025873825824822F58201F2E7ACCA0DC2786F2FE4EB947F50873A6A3CFAA98866C5B02E621F42074DAF2584AD28443A10126A0F658400D4AFA63
  7ECA6D7B4970DC85926001B42B8E1B96D512CA065E8BD0028B67E04561A2993414C9F2649ED78B37E6F2DD02D147D14BBCBBE25C5982265B5B81206203
  5894A50101020103585FA202818141000458568614A40150FA6B4A53D5AD5FDFBE9DE663E4D41FFE02501492AF1425695E48BF429B2D51F2AB45035824
  822F582000112233445566778899AABBCCDDEEFF0123456789ABCDEFFEDCBA98765432100E1987D0010F020F074382030F1458258614A115781B687474
  703A2F2F6578616D706C652E636F6D2F66696C652E62696E1502030F`)

describe('SUIT manifests', () => {
  it('verify as the examples of the draft do', () => {
    expect(readSuit(EXAMPLE_0, [KEY])).toEqual({
      sequence: '0',
      algorithms: ['ES256'],
      signedBy: 0,
      payloads: 1,
      payloadsHeld: 0,
    })
    expect(readSuit(EXAMPLE_1, [other(), KEY])).toMatchObject({ sequence: '1', signedBy: 1, payloads: 1 })
  })

  it('do not verify with another key, or when a bit is another', () => {
    expect(readSuit(EXAMPLE_0, [other()]).signedBy).toBeUndefined()
    for (const envelope of [EXAMPLE_0, EXAMPLE_1])
      for (let at = 2; at < envelope.length; at++) {
        const twin = envelope.slice()
        twin[at]! ^= 0x10
        try {
          const { signedBy, broken } = readSuit(twin, [KEY])
          expect([at, signedBy !== undefined && broken === undefined]).toEqual([at, false])
        } catch (error) {
          expect(error).toBeInstanceOf(Unreadable)
        }
      }
  })

  it('hold payloads against their digests', () => {
    const asked: string[] = []
    const wrong = readSuit(EXAMPLE_1, [KEY], (name) => (asked.push(name), Buffer.from('another image')))
    expect(asked).toEqual(['file.bin'])
    expect(wrong.broken).toBe('the payload http://example.com/file.bin does not have the digest that is written down for it')

    const image = Buffer.from('an image of the lab')
    const made = envelope({ image, uri: 'coaps://lab.example/fw/image.bin?v=4' })
    expect(readSuit(made.bytes, [made.key], (name) => (name === 'image.bin' ? image : undefined))).toEqual({
      sequence: '7',
      algorithms: ['EdDSA'],
      signedBy: 0,
      payloads: 1,
      payloadsHeld: 1,
    })
  })

  it('hold payloads within the envelope, and parts that were cut off', () => {
    const image = Buffer.from('an image within')
    const good = envelope({ image, uri: '#image', inside: true, cut: true })
    expect(readSuit(good.bytes, [good.key])).toMatchObject({ signedBy: 0, payloadsHeld: 1 })
    expect(readSuit(good.bytes, [good.key]).broken).toBeUndefined()
    // the twin: one byte of the payload, one of the part
    for (const [of, why] of [
      ['an image within', /the payload #image/],
      ['http-text', /the part 23 that was cut off/],
    ] as const) {
      const twin = Buffer.from(good.bytes)
      twin[twin.indexOf(of)]! ^= 1
      expect(readSuit(twin, [good.key])).toMatchObject({ signedBy: 0, broken: expect.stringMatching(why) })
    }
  })

  it('say what cannot be verified', () => {
    const made = envelope({ image: Buffer.from('x'), uri: 'a', algorithm: [0xa1, 0x01, 0x05] })
    expect(readSuit(made.bytes, [made.key])).toMatchObject({ unverifiable: 'Assay does not verify algorithm 5' })
    const delegated = envelope({ image: Buffer.from('x'), uri: 'a', delegation: true })
    expect(readSuit(delegated.bytes, [other()]).unverifiable).toMatch(/delegation/)
    expect(readSuit(delegated.bytes, [delegated.key])).not.toHaveProperty('unverifiable')
    const mac = envelope({ image: Buffer.from('x'), uri: 'a', tag: 0xd1 })
    expect(readSuit(mac.bytes, [mac.key]).unverifiable).toMatch(/a MAC/)
    expect(readSuit(mac.bytes, [mac.key]).signedBy).toBeUndefined()
    // a hash that is not known shows nothing, good or bad: -50
    const image = Buffer.from('x')
    const hashed = envelope({ image, uri: 'a', hash: [0x38, 0x31] })
    const said = readSuit(hashed.bytes, [hashed.key], () => image)
    expect(said).toMatchObject({ unverifiable: expect.stringMatching(/the payload a is made by an algorithm/) as string })
    expect(said.broken).toBeUndefined()
    expect(said.signedBy).toBeUndefined()
  })

  it('are not made of anything else', () => {
    for (const [bytes, why] of [
      [Buffer.from('{"a":1}'), /no SUIT envelope/],
      [hex('d86ba0'), /no byte string for the manifest/],
      [hex('d86ba10343a10102'), /version 2; 1 is read/],
      [EXAMPLE_0.subarray(0, 90), /ends at 90/],
      [new Uint8Array(), /ends at 0/],
    ] as const) {
      expect(() => readSuit(bytes, [KEY])).toThrow(Unreadable)
      expect(() => readSuit(bytes, [KEY])).toThrow(why)
    }
  })
})

function other() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
}

interface Made {
  image: Buffer
  uri: string
  inside?: boolean
  cut?: boolean
  algorithm?: number[]
  tag?: number
  delegation?: boolean
  /** COSE's number of the payload's hash, as CBOR. */
  hash?: number[]
}

/** An envelope by the CDDL of draft-ietf-suit-manifest (appendix A), written down by hand and signed with a key of its own. */
function envelope({
  image,
  uri,
  inside = false,
  cut = false,
  algorithm = [0xa1, 0x01, 0x27],
  tag = 0xd2,
  delegation = false,
  hash,
}: Made) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const text = Buffer.from('\xa1\x61\x01\x69http-text', 'latin1')
  const parameters = map([3, bstr(digest(image, hash))], [14, uint(image.length)], [21, tstr(uri)])
  const sequence = array(uint(20), parameters)
  const common = map([2, array(array(bstr(Buffer.from([0]))))], [4, bstr(sequence)])
  const manifest = map(
    [1, uint(1)],
    [2, uint(7)],
    [3, bstr(common)],
    ...(cut ? ([[23, digest(bstr(text))]] as [number, Buffer][]) : []),
  )
  const signed = digest(bstr(manifest))
  const toSign = Buffer.concat([
    Buffer.from('846a5369676e617475726531', 'hex'),
    bstr(Buffer.from(algorithm)),
    bstr(Buffer.alloc(0)),
    bstr(signed),
  ])
  const cose = Buffer.concat([
    Buffer.from([tag]),
    array(bstr(Buffer.from(algorithm)), Buffer.from([0xa0]), Buffer.from([0xf6]), bstr(sign(null, toSign, privateKey))),
  ])
  const members: Buffer[] = [
    ...(delegation ? [uint(1), bstr(Buffer.from([0x80]))] : []),
    uint(2),
    bstr(array(bstr(signed), bstr(cose))),
    uint(3),
    bstr(manifest),
  ]
  if (cut) members.push(uint(23), bstr(text))
  if (inside) members.push(tstr(uri), bstr(image))
  const bytes = Buffer.concat([Buffer.from([0xd8, 0x6b, 0xa0 | (members.length / 2)]), ...members])
  return { bytes, key: publicKey }
}

function digest(of: Buffer, hash: number[] = [0x2f]): Buffer {
  return array(Buffer.from(hash), bstr(createHash('sha256').update(of).digest()))
}

function head(major: number, value: number): Buffer {
  const top = major << 5
  if (value < 24) return Buffer.from([top | value])
  return value < 256 ? Buffer.from([top | 24, value]) : Buffer.from([top | 25, value >> 8, value & 255])
}

function uint(value: number): Buffer {
  return head(0, value)
}

function bstr(bytes: Buffer): Buffer {
  return Buffer.concat([head(2, bytes.length), bytes])
}

function tstr(text: string): Buffer {
  return Buffer.concat([head(3, text.length), Buffer.from(text)])
}

function array(...of: Buffer[]): Buffer {
  return Buffer.concat([head(4, of.length), ...of])
}

function map(...of: [number, Buffer][]): Buffer {
  return Buffer.concat([head(5, of.length), ...of.flatMap(([key, value]) => [uint(key), value])])
}

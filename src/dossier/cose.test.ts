import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CborError } from './cbor.ts'
import { coseSignatures, coseVerifies } from './cose.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const jwk = (x: string, y: string) => createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })

/** Key '11' of the examples of the COSE working group (github.com/cose-wg/Examples). */
const ELEVEN = jwk('usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8', 'IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4')
/** sign1-tests/sign-pass-01: ES256, with an empty protected header. */
const PASS =
  'd28441a0a201260442313154546869732069732074686520636f6e74656e742e5840eae868ecc176883766c5dc5ba5b8dca25dab3c2e56a551ce5705b7' +
  '93914348e11a02e5f0344bf2d4ee5c7fd75a68a9f5e0b3cc1f1fc1409c189566586ff9d610'
const CONTENT = Buffer.from('This is the content.')

describe('COSE signatures', () => {
  it("verify as the working group's example does, whole and detached", () => {
    const [signature] = coseSignatures(hex(PASS))
    expect(signature).toMatchObject({ algorithm: -7, keyId: hex('3131') })
    // its protected header is an empty map in a byte string, signed as the empty string
    expect(coseVerifies(signature!, ELEVEN)).toBe(true)
  })

  it('do not verify when anything is changed', () => {
    const bytes = hex(PASS)
    let verified = 0
    for (let i = 12; i < bytes.length; i++) {
      const twin = bytes.slice()
      twin[i]! ^= 1
      try {
        if (coseSignatures(twin).every((s) => coseVerifies(s, ELEVEN))) verified++
      } catch (error) {
        expect(error).toBeInstanceOf(CborError)
      }
    }
    expect(verified).toBe(0)
  })

  it('verify with each algorithm, and with keys of its own kind only', () => {
    const kinds: [number, string | null, KeyObject, KeyObject][] = [
      [-7, 'sha256', ...pair('ec', 'P-256')],
      [-35, 'sha384', ...pair('ec', 'P-384')],
      [-36, 'sha512', ...pair('ec', 'P-521')],
      [-8, null, ...pair('ed25519')],
      [-37, 'sha256', ...pair('rsa')],
    ]
    for (const [algorithm, digest, secret, open] of kinds) {
      const header = algorithm < -24 ? [0xa1, 0x01, 0x38, -1 - algorithm] : [0xa1, 0x01, 0x20 | (-1 - algorithm)]
      const toSign = Buffer.concat([
        Buffer.from('846a5369676e617475726531', 'hex'),
        Buffer.from([0x40 | header.length, ...header, 0x40, 0x40 | CONTENT.length]),
        CONTENT,
      ])
      const how =
        algorithm === -37 ? { key: secret, padding: 6, saltLength: 32 } : { key: secret, dsaEncoding: 'ieee-p1363' as const }
      const made = sign(digest, toSign, how)
      const bytes = Buffer.concat([
        Buffer.from([0xd2, 0x84, 0x40 | header.length, ...header, 0xa0, 0xf6, 0x59, made.length >> 8, made.length & 255]),
        made,
      ])
      const [signature] = coseSignatures(bytes)
      expect([algorithm, coseVerifies(signature!, open, CONTENT)]).toEqual([algorithm, true])
      expect(coseVerifies(signature!, open, Buffer.from('This is the content?'))).toBe(false)
      // without its payload there is nothing that could verify
      expect(coseVerifies(signature!, open)).toBe(false)
      for (const [other, , , theirs] of kinds)
        if (other !== algorithm) expect(coseVerifies(signature!, theirs, CONTENT)).toBe(false)
    }
  })

  it('are not MACs, and not what has not their shape', () => {
    for (const [bytes, why] of [
      ['d18440a0f640', /a MAC/],
      ['d8618540a0f64080', /four parts/],
      ['00', /four parts/],
      ['d284a0a0f640', /protected header/],
      ['d28440a0f6f6', /signature/],
      ['d2844100a0f640', /protected header that is no map/],
    ] as const) {
      expect(() => coseSignatures(hex(bytes)), bytes).toThrow(why)
      expect(() => coseSignatures(hex(bytes)), bytes).toThrow(CborError)
    }
  })
})

function pair(kind: 'ec' | 'ed25519' | 'rsa', namedCurve = ''): [KeyObject, KeyObject] {
  const { privateKey, publicKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve })
      : kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519')
  return [privateKey, publicKey]
}

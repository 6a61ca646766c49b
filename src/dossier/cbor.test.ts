import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CborError, cborHead, decodeCbor, Tagged } from './cbor.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

describe('CBOR', () => {
  it('decodes the examples of RFC 8949 appendix A', () => {
    const examples: [string, unknown][] = [
      ['00', 0],
      ['17', 23],
      ['1818', 24],
      ['1903e8', 1000],
      ['1a000f4240', 1_000_000],
      ['1b000000e8d4a51000', 1_000_000_000_000],
      ['1bffffffffffffffff', 18446744073709551615n],
      ['3bffffffffffffffff', -18446744073709551616n],
      ['20', -1],
      ['3903e7', -1000],
      ['f4', false],
      ['f5', true],
      ['f6', null],
      ['4401020304', hex('01020304')],
      ['6449455446', 'IETF'],
      ['62c3bc', 'ü'],
      ['80', []],
      ['8301820203820405', [1, [2, 3], [4, 5]]],
      [
        'a201020304',
        new Map([
          [1, 2],
          [3, 4],
        ]),
      ],
      [
        'a26161016162820203',
        new Map<string, unknown>([
          ['a', 1],
          ['b', [2, 3]],
        ]),
      ],
      ['d74401020304', new Tagged(23, hex('01020304'))],
    ]
    for (const [bytes, value] of examples) expect([bytes, decodeCbor(hex(bytes))]).toEqual([bytes, value])
  })

  it('refuses what no signed manifest has, saying what and where', () => {
    const refused: [string, RegExp][] = [
      ['', /ends at 0/],
      ['0000', /1 bytes are left at 1/],
      ['9f0102ff', /indefinite or reserved length at 0/],
      ['5f42010243030405ff', /indefinite/],
      ['1c', /reserved/],
      ['f97e00', /a float at 0/],
      ['fb3ff199999999999a', /a float/],
      ['f7', /simple value without meaning at 0/],
      ['e6', /simple value/],
      ['a201020103', /same key twice in the map at 0/],
      ['62ff41', /no UTF-8/],
      ['9bffffffffffffffff', /ends at 9/],
      ['5bffffffffffffffff', /ends at 9/],
      ['bb7fffffffffffffff01', /ends at 10/],
      ['81'.repeat(40) + '00', /nested deeper than 32/],
      ['d8'.repeat(1) + '6b', /ends at 2/],
    ]
    for (const [bytes, why] of refused) {
      expect(() => decodeCbor(hex(bytes)), bytes).toThrow(CborError)
      expect(() => decodeCbor(hex(bytes)), bytes).toThrow(why)
    }
  })

  it('ends for whatever bytes, with a value or a CborError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeCbor(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(CborError)
        }
      }),
      { numRuns: 3000, seed: 26 },
    )
  })

  it('writes heads as it reads them', () => {
    for (const value of [0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295]) expect(decodeCbor(cborHead(0, value))).toBe(value)
  })
})

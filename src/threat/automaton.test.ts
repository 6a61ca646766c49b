import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../testing/seeded.ts'
import { Automaton, lower, type Pattern } from './automaton.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const pattern = (text: string, nocase = false): Pattern => ({ bytes: bytesOf(text), nocase })

function found(patterns: readonly Pattern[], text: string): string[] {
  const hits: string[] = []
  const bytes = bytesOf(text)
  new Automaton(patterns).search(bytes, 0, bytes.length, Automaton.START, (p, end) => hits.push(`${p}@${end}`))
  return hits.sort()
}

/** Looks for each pattern at each place. */
function naive(patterns: readonly Pattern[], bytes: Uint8Array): string[] {
  const hits: string[] = []
  patterns.forEach(({ bytes: of, nocase }, p) => {
    const same = nocase ? (a: number, b: number) => lower(a) === lower(b) : (a: number, b: number) => a === b
    for (let at = 0; at + of.length <= bytes.length; at++)
      if (of.every((b, i) => same(b, bytes[at + i]!))) hits.push(`${p}@${at + of.length}`)
  })
  return hits.sort()
}

describe('Automaton', () => {
  it('finds every place of every pattern, those within others too', () => {
    expect(
      found(
        ['he', 'she', 'his', 'hers'].map((t) => pattern(t)),
        'ushers',
      ),
    ).toEqual(['0@4', '1@4', '3@6'])
  })

  it('minds case where it counts, beside patterns where it does not', () => {
    expect(found([pattern('Wget'), pattern('wget', true)], 'WGET wget Wget')).toEqual(['0@14', '1@14', '1@4', '1@9'])
  })

  it('folds letters of ASCII only', () => {
    expect(found([pattern('[@\u00c0', true)], '[@\u00c0 {`\u00e0 [@\u00e0')).toEqual(['0@3'])
  })

  it('tells of patterns of the same bytes each', () => {
    expect(found([pattern('abc'), pattern('abc'), pattern('ABC', true)], 'xabcx')).toEqual(['0@4', '1@4', '2@4'])
  })

  it('finds what all 256 bytes are in, and nothing where there are no patterns', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const text = Buffer.concat([all, all]).toString('latin1')
    expect(found([{ bytes: all }, pattern('\u00ff\u0000')], text)).toEqual(['0@256', '0@512', '1@257'])
    expect(found([], 'anything')).toEqual([])
  })

  it('finds the same in pieces, wherever they are cut', () => {
    const bytes = bytesOf('GET /shell?cd+/tmp;WGET+http://')
    const automaton = new Automaton([pattern('/shell?'), pattern('wget', true), pattern('WGET')])
    for (let cut = 0; cut <= bytes.length; cut++) {
      const hits: string[] = []
      const hit = (p: number, end: number) => hits.push(`${p}@${end}`)
      const state = automaton.search(bytes, 0, cut, Automaton.START, hit)
      automaton.search(bytes, cut, bytes.length, state, hit, 0)
      expect(hits, `cut at ${cut}`).toEqual(['0@11', '2@23', '1@23'])
    }
  })

  it('takes case for right in bytes that are gone, and no further', () => {
    const automaton = new Automaton([pattern('Wget'), pattern('x', true)])
    const after = (first: string, second: string) => {
      let hits = 0
      const state = automaton.search(bytesOf(first), 0, first.length, Automaton.START, () => hits++)
      automaton.search(bytesOf(second), 0, second.length, state, () => hits++)
      return hits
    }
    expect(after('wg', 'et')).toBe(1)
    expect(after('Wg', 'ET')).toBe(0)
  })

  it('agrees with looking at each place', () => {
    // few letters, so that patterns share beginnings and ends
    const text = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', '\u0000'), maxLength: 60 })
    const some = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B'), minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(fc.array(fc.tuple(some, fc.boolean()), { maxLength: 12 }), text, fc.nat(60), (made, said, cut) => {
        const patterns = made.map(([t, nocase]) => pattern(t, nocase))
        const bytes = bytesOf(said)
        const hits: string[] = []
        const automaton = new Automaton(patterns)
        const middle = Math.min(cut, bytes.length)
        const hit = (p: number, end: number) => hits.push(`${p}@${end}`)
        const state = automaton.search(bytes, 0, middle, Automaton.START, hit)
        automaton.search(bytes, middle, bytes.length, state, hit, 0)
        expect(hits.sort()).toEqual(naive(patterns, bytes))
      }),
      { numRuns: 500 },
    )
  })

  it('agrees on any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 })), fc.uint8Array({ maxLength: 400 }), (of, bytes) => {
        const patterns = of.map((one, i) => ({ bytes: one, nocase: i % 2 === 0 }))
        const hits: string[] = []
        new Automaton(patterns).search(bytes, 0, bytes.length, Automaton.START, (p, end) => hits.push(`${p}@${end}`))
        expect(hits.sort()).toEqual(naive(patterns, bytes))
      }),
    )
  })

  it('keeps thousands of patterns small', () => {
    const random = seeded(7)
    const patterns = Array.from({ length: 3000 }, () => ({
      bytes: Uint8Array.from({ length: 6 + random(20) }, () => 32 + random(95)),
      nocase: random(2) === 0,
    }))
    expect(new Automaton(patterns).byteLength).toBeLessThan(3 << 20)
  })

  it('refuses what is none, and more than it should hold', () => {
    expect(() => new Automaton([pattern('')])).toThrow(new RangeError('an empty pattern'))
    const one = pattern('a')
    expect(() => new Automaton(Array.from({ length: 65_537 }, () => one))).toThrow(RangeError)
    expect(() => new Automaton([{ bytes: new Uint8Array(5 << 20) }])).toThrow(RangeError)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distance, suggest } from './suggest.ts'

describe('suggestions', () => {
  it.each([
    ['', '', 0],
    ['kitten', 'sitting', 3],
    ['abcd', 'abdc', 1],
    ['tls-weak', 'tls-weka', 1],
    ['a', '', 1],
  ])('from %j to %j it is %i steps', (a, b, steps) => expect(distance(a, b)).toBe(steps))

  it('is the same both ways, and nothing only for the same word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a))
        expect(distance(a, b) === 0).toBe(a === b)
      }),
    )
  })

  it('finds the near ones, best first, and none where nothing is near', () => {
    const names = ['default-credentials', 'credentials-in-clear', 'tls-weak', 'trackers']
    expect(suggest('defalt-credentials', names)[0]).toBe('default-credentials')
    expect(suggest('credentials', names)).toEqual(['default-credentials', 'credentials-in-clear'])
    expect(suggest('traker', names)).toEqual(['trackers'])
    expect(suggest('zebra', names)).toEqual([])
    expect(suggest('x'.repeat(1e6), names)).toEqual([])
  })
})

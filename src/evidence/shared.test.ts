import { describe, expect, it } from 'vitest'
import { Shared } from './shared.ts'

const through = (shared: Shared, list: unknown[]) => {
  const data = { list, other: 'text' }
  shared.lists(data)
  return data.list
}

describe('lists that many observations have alike', () => {
  it('are one, and none of who gave them', () => {
    const shared = new Shared()
    const mine = ['h2', 'http/1.1']
    const kept = through(shared, mine)
    expect(kept).toEqual(['h2', 'http/1.1'])
    expect(kept).not.toBe(mine)
    expect(through(shared, ['h2', 'http/1.1'])).toBe(kept)
    expect(through(shared, ['h2,http/1.1'])).toEqual(['h2,http/1.1'])
    expect(through(shared, [1])).not.toBe(through(shared, ['1']))
    mine.push('more')
    expect(through(shared, ['h2', 'http/1.1'])).toEqual(['h2', 'http/1.1'])
  })

  it('are not remembered beyond a bound, nor long ones, which are seldom alike', () => {
    const shared = new Shared()
    const long = () => Array.from({ length: 32 }, (_, i) => `${'x'.repeat(200)}.${i}.example`)
    expect(through(shared, long())).toEqual(long())
    expect(through(shared, long())).not.toBe(through(shared, long()))
    const first = through(shared, ['first'])
    for (let i = 0; i < 10_000; i++) through(shared, [i])
    expect(through(shared, [9999])).not.toBe(through(shared, [9999]))
    expect(through(shared, ['first'])).toBe(first)
  })
})

import { describe, expect, it } from 'vitest'
import { Seats } from './seats.ts'

describe('seats', () => {
  it('are taken by so many at once, in turn, and left by who gives up or fails', async () => {
    const seats = new Seats(2)
    const going = new AbortController()
    let held = 0
    let most = 0
    const done: number[] = []
    const work = (n: number) => async () => {
      most = Math.max(most, ++held)
      await new Promise((later) => setTimeout(later, 5))
      held--
      done.push(n)
      if (n === 1) throw new Error('failed')
    }
    const all = [0, 1, 2, 3, 4].map((n) => seats.with(n === 3 ? going.signal : undefined, work(n)))
    going.abort(new Error('gave up'))
    const ends = await Promise.allSettled(all)
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
    expect(done).toEqual([0, 1, 2, 4])
    expect(most).toBe(2)
  })

  it('are given to nobody whose time was over before', async () => {
    const seats = new Seats(0)
    await expect(seats.with(AbortSignal.abort(new Error('late')), async () => undefined)).rejects.toThrow('late')
  })
})

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as event from '../evidence/events.ts'
import { makeRing, RingOutlet, ThreadFailed } from './ring.ts'

const reader = new URL('../testing/ring-reader.ts', import.meta.url)

/** Writes an event of so many words, filled from `seed`; returns `sum` with its words mixed in, as the reader does. */
function write(out: RingOutlet, size: number, seed: number, sum: number): number {
  const at = out.room(size)
  expect(at % 2).toBe(0)
  out.words[at + event.SIZE] = size
  out.words[at + event.KIND] = event.FOLD
  for (let i = 2; i < size; i++) out.words[at + i] = seed + i
  for (let i = at; i < at + size; i++) sum = (Math.imul(sum, 31) + out.words[i]!) | 0
  out.done(size)
  return sum
}

describe('the ring', { timeout: 60_000 }, () => {
  it('brings every word of every event to the other thread, in order, many times round', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: event.MOST_WORDS / 2 }), { minLength: 1, maxLength: 20 }),
        async (sizes) => {
          const ring = makeRing()
          const thread = new Worker(reader, { workerData: { ring, failAfter: Infinity } })
          const answer = once(thread, 'message')
          const out = new RingOutlet(ring)
          let sum = 0
          let events = 0
          for (let words = 0; words < 3 << 20;) {
            for (const size of sizes) {
              sum = write(out, 2 * size, events++, sum)
              words += 2 * size
            }
          }
          out.end()
          expect((await answer)[0]).toEqual({ events, sum })
          await thread.terminate()
        },
      ),
      { numRuns: 8, seed: 1 },
    )
  })

  for (const [when, failAfter] of [
    ['has failed', 100],
    ['could not begin', -1],
  ] as const)
    it(`tells the writer that the reader ${when}, instead of waiting for it`, async () => {
      const ring = makeRing()
      const thread = new Worker(reader, { workerData: { ring, failAfter } })
      const error = once(thread, 'error')
      const out = new RingOutlet(ring)
      expect(() => {
        for (let i = 0; i < 1000; i++) write(out, event.MOST_WORDS, i, 0)
      }).toThrow(ThreadFailed)
      expect((await error)[0]).toMatchObject({ message: 'as it was told' })
    })
})

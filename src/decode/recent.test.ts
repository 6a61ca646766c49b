import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Place, Recent } from './recent.ts'

describe('what was met last', () => {
  it('is kept whole until it makes room, the oldest first', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ hash: fc.nat(30), length: fc.nat(40) })), (contents) => {
        const memory = new Int32Array(100)
        const recent = new Recent<Place & { content: number }>(memory.length, 8)
        const held: { hash: number; start: number; end: number; content: number }[] = []
        contents.forEach(({ hash, length }, content) => {
          const start = recent.room(length)
          expect(start + length).toBeLessThanOrEqual(memory.length)
          memory.fill(content, start, start + length)
          recent.set(hash, { start, end: start + length, content })
          held.push({ hash, start, end: start + length, content })
          // whatever is found has not been written over
          const found = held.filter((h) => recent.get(h.hash)?.content === h.content)
          for (const h of found) expect([...memory.subarray(h.start, h.end)].every((v) => v === h.content)).toBe(true)
          expect(found.length).toBeLessThanOrEqual(8)
          expect(recent.get(hash)?.content).toBe(content)
          // and of two, the newer stays: those found are the last ones, but for hashes used again
          const first = held.indexOf(found[0]!)
          for (const h of held.slice(first))
            expect(found.includes(h) || held.some((later) => later.content > h.content && later.hash === h.hash)).toBe(true)
        })
      }),
    )
  })
})

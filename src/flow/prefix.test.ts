import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BufferPool, Direction, MAX_MARKS, PREFIX_BYTES } from './prefix.ts'

const bytes = (n: number, from = 0) => Uint8Array.from({ length: n }, (_, i) => (from + i) & 255)
const fresh = () => new BufferPool(1 << 20)

function take(d: Direction, pool: BufferPool, payload: Uint8Array, seq: number, frame: number): boolean {
  // at an offset, as in a capture's buffer
  const buffer = new Uint8Array(payload.length + 7)
  buffer.set(payload, 7)
  return d.take(buffer, 7, 7 + payload.length, payload.length, seq >>> 0, frame, pool)
}

describe('the first bytes of a direction', () => {
  it('are rebuilt whatever the order, the overlaps and the repeats of the segments, sequence numbers wrapping', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(fc.tuple(fc.nat(4000), fc.integer({ min: 1, max: 1500 })), { maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        (length, base, extra, order) => {
          const whole = bytes(length, base)
          const cuts: [number, number][] = []
          for (let at = 0; at < length; at += 500) cuts.push([at, Math.min(at + 500, length)])
          for (const [at, n] of extra) if (at < length) cuts.push([at, Math.min(at + n, length)])
          const shuffled = cuts.map((cut) => ({ cut, rank: order.next().value as number })).sort((a, b) => a.rank - b.rank)
          const d = new Direction()
          d.begin(base, false)
          const pool = fresh()
          shuffled.forEach(({ cut: [from, to] }, i) => take(d, pool, whole.subarray(from, to), base + from, i + 1))
          // more holes than are kept at a time may tear it: what is there is still the beginning, and it says that it is cut
          expect(d.length === length || d.truncated).toBe(true)
          expect(d.bytes.subarray(0, d.length)).toEqual(whole.subarray(0, d.length))
          let wrong = 0
          for (let at = 0; at < d.length; at++) {
            const [from, to] = shuffled[d.frameAt(at) - 1]!.cut
            if (at < from || at >= to) wrong++
          }
          expect(wrong).toBe(0)
        },
      ),
      { numRuns: 500, seed: 7 },
    )
  })

  it('keep what came first where segments disagree, and its frame, and say so', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(100, false)
    expect(take(d, pool, Uint8Array.of(1, 2, 3), 100, 1)).toBe(true)
    expect(take(d, pool, Uint8Array.of(9, 9, 9, 4), 100, 2)).toBe(false)
    expect(take(d, pool, Uint8Array.of(3, 4, 5), 102, 3)).toBe(true)
    expect([...d.bytes.subarray(0, d.length)]).toEqual([1, 2, 3, 4, 5])
    expect([0, 1, 2, 3, 4].map((at) => d.frameAt(at))).toEqual([1, 1, 1, 2, 3])
  })

  it('are, of segments that wait behind a gap and disagree, those of the one that begins first', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(0, false)
    expect(take(d, pool, Uint8Array.of(4, 5, 6, 7), 4, 1)).toBe(true)
    expect(take(d, pool, Uint8Array.of(2, 3, 40, 50), 2, 2)).toBe(false)
    expect(take(d, pool, Uint8Array.of(60, 70, 8), 6, 3)).toBe(false)
    expect(take(d, pool, Uint8Array.of(0, 1), 0, 4)).toBe(true)
    expect([...d.bytes.subarray(0, d.length)]).toEqual([0, 1, 2, 3, 40, 50, 6, 7, 8])
    expect(Array.from({ length: 9 }, (_, at) => d.frameAt(at))).toEqual([4, 4, 2, 2, 2, 2, 1, 1, 3])
  })

  it('are not contradicted by the one byte of a keep-alive', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(0, false)
    take(d, pool, bytes(10), 0, 1)
    expect(take(d, pool, Uint8Array.of(99), 9, 2)).toBe(true)
    expect([d.length, d.bytes[9], d.frameAt(9)]).toEqual([10, 9, 1])
  })

  it('have the right frame to the last byte, however small the segments: then there are fewer bytes', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(0, false)
    for (let at = 0; at < 2 * MAX_MARKS; at++) take(d, pool, bytes(1, at), at, at + 1)
    expect(d.length).toBeGreaterThan(MAX_MARKS - 4)
    expect([d.length <= MAX_MARKS, d.truncated]).toEqual([true, true])
    expect(Array.from({ length: d.length }, (_, at) => d.frameAt(at))).toEqual(
      Array.from({ length: d.length }, (_, at) => at + 1),
    )
    d.reset(pool)
    expect(pool.grow(new Uint8Array(0), 0, PREFIX_BYTES)).toBeDefined()
  })

  it('are whole when all has come that was sent before the FIN', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(0, false)
    take(d, pool, bytes(10), 0, 1)
    d.finish(20)
    expect(d.whole).toBe(false)
    take(d, pool, bytes(5, 15), 15, 2)
    expect(d.whole).toBe(false)
    take(d, pool, bytes(10, 10), 10, 3)
    expect(d.whole).toBe(true)
  })

  it('end at a gap until it is filled', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(0, false)
    take(d, pool, bytes(10), 0, 1)
    take(d, pool, bytes(10, 20), 20, 2)
    expect(d.length).toBe(10)
    take(d, pool, bytes(10, 10), 10, 3)
    expect(d.length).toBe(30)
    expect([0, 10, 15, 20, 29].map((at) => d.frameAt(at))).toEqual([1, 3, 3, 2, 2])
  })

  it('are bounded, and say that there was more', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(0, false)
    for (let at = 0; at < 2 * PREFIX_BYTES; at += 1000) take(d, pool, bytes(1000, at), at, at + 1)
    expect(d.length).toBe(PREFIX_BYTES)
    expect(d.truncated).toBe(true)
    expect(d.full).toBe(true)
  })

  it('begin where the capture does when its SYN was not seen', () => {
    const d = new Direction()
    const pool = fresh()
    take(d, pool, bytes(5), 0xfffffffe, 1)
    expect(d.midstream).toBe(true)
    take(d, pool, bytes(5, 5), 3, 2)
    expect(d.length).toBe(10)
  })

  it('ignore what lies far from the window', () => {
    const d = new Direction()
    const pool = fresh()
    d.begin(0, false)
    take(d, pool, bytes(5), 0x40000000, 1)
    take(d, pool, bytes(5), 0xc0000000, 2)
    expect(d.length).toBe(0)
  })

  it('take no more memory than the pool has', () => {
    const pool = new BufferPool(8 * 1024)
    const list = Array.from({ length: 20 }, () => new Direction())
    for (const d of list) {
      d.begin(0, false)
      take(d, pool, bytes(1000), 0, 1)
    }
    expect(list.filter((d) => d.bytes.length > 0).length).toBe(8)
    for (const d of list) pool.give(d.bytes)
    expect(pool.exhausted).toBe(true) // 8 KiB is less than one full prefix
    expect(new BufferPool(PREFIX_BYTES).exhausted).toBe(false)
  })
})

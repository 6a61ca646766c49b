import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../testing/seeded.ts'
import { Blocks, Transfer } from './transfer.ts'

const sha = (b: Uint8Array) => createHash('sha256').update(b).digest('hex')
const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const noise = (length: number, seed: number) => {
  const below = seeded(seed)
  return Uint8Array.from({ length }, () => below(256))
}

interface Segment {
  from: number
  to: number
}

/** Cuts what is sent into segments of up to `most` bytes. */
function cut(length: number, most: number, below: (n: number) => number): Segment[] {
  const segments: Segment[] = []
  for (let from = 0; from < length;) {
    const to = Math.min(length, from + 1 + below(most))
    segments.push({ from, to })
    from = to
  }
  return segments
}

const chunksOf = (b: Uint8Array, below: (n: number) => number) => {
  const parts = cut(b.length, 900, below).map(({ from, to }) => [
    bytes(`${(to - from).toString(16)}${below(4) === 0 ? ';x=y' : ''}\r\n`),
    b.subarray(from, to),
    bytes('\r\n'),
  ])
  return Uint8Array.from(Buffer.concat([...parts.flat(), bytes('0\r\n\r\n')]))
}

describe('a file in a TCP conversation', () => {
  it('has the hash of what was sent, in whatever order, however often and however cut', () => {
    for (let round = 1; round <= 150; round++) {
      const below = seeded(round)
      const file = noise(1 + below(20_000), round)
      const chunked = round % 3 === 0
      const sent = chunked ? chunksOf(file, below) : file
      // sequence numbers wrap
      const base = round % 2 === 0 ? 0xffffffff - below(3000) : below(2 ** 31)
      const framing = chunked
        ? { chunked, whole: true }
        : round % 3 === 1
          ? { length: file.length, whole: true }
          : { whole: true }
      const transfer = new Transfer(base, framing, 100)
      const segments = cut(sent.length, 1460, below)
      for (let i = 0; i < segments.length; i++) {
        if (below(5) === 0) segments.splice(Math.min(segments.length - 1, i + below(8)), 0, ...segments.splice(i, 1))
        if (below(6) === 0) segments.splice(i, 0, segments[i]!)
        // a retransmission that is cut otherwise
        if (below(8) === 0) {
          const { from, to } = segments[i]!
          segments.splice(i, 0, { from: Math.max(0, from - below(200)), to })
        }
      }
      const end = file.length === 0 ? 0 : sent.length
      for (const { from, to } of segments)
        transfer.take(sent, from, to, to - from, (base + from) >>> 0, to === end && below(2) === 0)
      transfer.take(sent, 0, 0, 0, (base + end) >>> 0, true)
      expect([round, transfer.done, transfer.broken, transfer.sha256]).toEqual([round, true, false, sha(file)])
      expect(transfer.contents.size).toBe(file.length)
      expect(transfer.contents.opening.subarray(0, transfer.contents.opened)).toEqual(file.subarray(0, 100))
    }
  })

  it('has none where a segment is missing, or was cut by the capture', () => {
    const file = noise(9000, 3)
    const of = (skip: number, short = 0) => {
      const transfer = new Transfer(1000, { length: file.length, whole: true })
      for (let from = 0; from < file.length; from += 1000)
        if (from !== skip) transfer.take(file, from, from + 1000 - short, 1000, 1000 + from, from === 8000)
      transfer.close()
      return transfer
    }
    expect(of(-1).sha256).toBe(sha(file))
    for (const skip of [0, 4000, 8000]) expect(of(skip)).toMatchObject({ done: false, broken: true, sha256: undefined })
    expect(of(-1, 10)).toMatchObject({ broken: true, sha256: undefined })
  })

  it('has none where it ended before it was whole, is a part, or came otherwise than it is', () => {
    const file = noise(100, 4)
    const early = new Transfer(0, { length: 200, whole: true })
    early.take(file, 0, 100, 100, 0, true)
    expect(early).toMatchObject({ broken: true, sha256: undefined })
    const open = new Transfer(0, { whole: true })
    open.take(file, 0, 100, 100, 0, false)
    open.close()
    expect(open).toMatchObject({ broken: true, sha256: undefined })
    const part = new Transfer(0, { length: 100, whole: false })
    part.take(file, 0, 100, 100, 0, false)
    expect(part).toMatchObject({ done: true, sha256: undefined })
  })

  it('leaves what comes behind its last byte to others', () => {
    const file = noise(100, 5)
    const transfer = new Transfer(0, { length: 60, whole: true })
    transfer.take(file, 0, 100, 100, 0, false)
    expect(transfer.sha256).toBe(sha(file.subarray(0, 60)))
  })

  it('is given up where chunks are none', () => {
    for (const wrong of ['zz\r\n', '5\r\nabcdeX\r\n', `${'1'.repeat(100)}\r\n`]) {
      const transfer = new Transfer(0, { chunked: true, whole: true })
      const b = bytes(wrong)
      transfer.take(b, 0, b.length, b.length, 0, false)
      expect(transfer).toMatchObject({ broken: true, sha256: undefined })
    }
  })

  it('keeps little of what waits behind a gap', () => {
    const file = noise(1460, 6)
    const transfer = new Transfer(0, { whole: true })
    let kept = 0
    for (let i = 1; i < 1000 && !transfer.broken; i++, kept++) transfer.take(file, 0, 1460, 1460, i * 1460, false)
    expect(transfer.broken).toBe(true)
    expect(kept * 1460).toBeLessThan(300_000)
  })

  it('is not hashed for ever', () => {
    const transfer = new Transfer(0, { whole: true })
    const b = new Uint8Array(1 << 20)
    for (let i = 0; i < 40; i++) transfer.take(b, 0, b.length, b.length, i * b.length, false)
    expect(transfer).toMatchObject({ broken: true })
    expect(transfer.contents.size).toBeLessThanOrEqual(32 << 20)
  })
})

describe('a file in blocks of TFTP', () => {
  const send = (file: Uint8Array, block: number, order: readonly number[], agreed = block) => {
    const blocks = new Blocks(agreed, 10)
    for (const i of order) {
      const from = (i - 1) * block
      const to = Math.min(file.length, from + block)
      blocks.take(i & 0xffff, file, from, to, to - from)
    }
    return blocks
  }

  it('has its hash, also where blocks come again', () => {
    const file = noise(1300, 8)
    expect(send(file, 512, [1, 2, 3]).sha256).toBe(sha(file))
    expect(send(file, 512, [1, 1, 2, 1, 2, 3, 3]).sha256).toBe(sha(file))
    expect(send(file, 1024, [1, 2]).sha256).toBe(sha(file))
  })

  it('ends with an empty block where the last is full', () => {
    const file = noise(1024, 9)
    expect(send(file, 512, [1, 2])).toMatchObject({ done: false, sha256: undefined })
    expect(send(file, 512, [1, 2, 3]).sha256).toBe(sha(file))
  })

  it('has none where a block is missing', () => {
    const file = noise(3000, 10)
    expect(send(file, 512, [1, 3, 4, 5, 6])).toMatchObject({ broken: true, sha256: undefined })
  })

  it('goes on after block 65,535', () => {
    const file = noise(65_540 * 8 + 3, 11)
    expect(
      send(
        file,
        8,
        Array.from({ length: 65_541 }, (_, i) => i + 1),
      ).sha256,
    ).toBe(sha(file))
  })
})

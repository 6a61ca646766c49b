import { describe, expect, it } from 'vitest'
import { ByteMemo, Memo } from './memo.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('Memo', () => {
  it('makes a value once, also an undefined one, until the oldest has to go', () => {
    const made: string[] = []
    const memo = new Memo<string | undefined>(2)
    const get = (key: string) => memo.get(key, (k) => (made.push(k), k === 'none' ? undefined : k.toUpperCase()))
    expect([get('none'), get('none'), get('b'), get('b')]).toEqual([undefined, undefined, 'B', 'B'])
    get('c')
    get('none')
    expect(made).toEqual(['none', 'b', 'c', 'none'])
  })
})

describe('ByteMemo', () => {
  it('knows the same bytes of the same owner again, and no others', () => {
    const memo = new ByteMemo<number>(1 << 20)
    let made = 0
    const get = (owner: string | number, content: Uint8Array, end = content.length) => memo.get(owner, content, end, () => ++made)
    expect(get('a', bytes('GET / HTTP/1.1'))).toBe(1)
    // most comes once: remembered is what comes the second time
    expect(get('a', bytes('GET / HTTP/1.1'))).toBe(2)
    expect(get('a', bytes('GET / HTTP/1.1'))).toBe(2)
    expect(get('b', bytes('GET / HTTP/1.1'))).toBe(3)
    expect(get('a', bytes('GET / HTTP/1.0'))).toBe(4)
    expect(get('a', bytes('GET / HTTP/1.'))).toBe(5)
    expect(get('a', bytes('GET / HTTP/1.1 and what is not asked about'), 14)).toBe(2)
    expect(get(7, bytes(''))).toBe(6)
    expect(get(7, bytes(''))).toBe(7)
    expect(get(7, bytes(''))).toBe(7)
  })

  it('keeps its own copy: a buffer that is used again changes nothing', () => {
    const memo = new ByteMemo<string>(1 << 20)
    const buffer = bytes('serial=A1')
    for (let i = 0; i < 2; i++) memo.get('a', buffer, 9, () => 'A1')
    buffer[7] = 0x42
    expect(memo.get('a', buffer, 9, () => 'B1')).toBe('B1')
    expect(memo.get('a', bytes('serial=A1'), 9, () => 'forgotten')).toBe('A1')
  })

  it('holds no more than its budget, and nothing that is too long', () => {
    const memo = new ByteMemo<number>(4 * 1000)
    const content = (i: number) => new Uint8Array(1000).fill(i)
    for (let i = 0; i < 200; i++) memo.get('a', content(i >> 1), 1000, () => i >> 1)
    // from the newest on: asking for what is held adds nothing, but asking for what is not makes it come again
    const held = Array.from({ length: 100 }, (_, i) => 99 - i).filter((i) => memo.get('a', content(i), 1000, () => -1) === i)
    expect(held).toEqual([99, 98, 97, 96])
    const long = new Uint8Array(5000)
    expect([memo.get('a', long, 5000, () => 1), memo.get('a', long, 5000, () => 2)]).toEqual([1, 2])
  })
})

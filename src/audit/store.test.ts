import { closeSync, existsSync, ftruncateSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Store, TextFile } from './store.ts'

const texts = Array.from({ length: 300 }, (_, i) => ({ n: i, text: `${'ä€ß𝄞'.repeat(i)} ${i}`, list: [i, i + 1] }))

describe('what is put away', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-store-'))
    vi.stubEnv('TMPDIR', folder)
  })

  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['in memory', 1 << 20],
    ['in memory and in a file', 5000],
    ['in a file', 0],
  ])('is there when it is asked for, %s', (_, most) => {
    const store = new Store(undefined, most)
    const kept = texts.map((data) => store.put(JSON.stringify(data)))
    expect(kept.some((stored) => typeof stored === 'string')).toBe(most > 0)
    expect(kept.some((stored) => typeof stored !== 'string')).toBe(most < 1 << 20)
    expect(kept.map((stored) => store.read(stored))).toEqual(texts)
    expect(kept.toReversed().map((stored) => store.read(stored))).toEqual(texts.toReversed())
  })

  it('leaves no file that anybody could find', () => {
    const store = new Store(undefined, 0)
    store.put('{}')
    expect(readdirSync(folder)).toEqual([])
  })

  it('stays in memory where no file can be made', () => {
    vi.stubEnv('TMPDIR', join(folder, 'there is none'))
    const store = new Store(undefined, 0)
    const kept = texts.map((data) => store.put(JSON.stringify(data)))
    expect(kept.map((stored) => store.read(stored))).toEqual(texts)
  })

  it.skipIf(!existsSync('/dev/full'))('stays in memory where the disk is full', () => {
    const fd = openSync('/dev/full', 'r+')
    const store = new Store(new TextFile(fd), 0)
    const kept = texts.map((data) => store.put(JSON.stringify(data)))
    expect(kept.map((stored) => store.read(stored))).toEqual(texts)
    closeSync(fd)
  })

  it('is read by another thread of what one has written, and no more than that', () => {
    const fd = openSync(join(folder, 'shared'), 'w+')
    const one = new Store(new TextFile(fd), 0)
    const kept = texts.map((data) => one.put(JSON.stringify(data)))
    const other = new Store(new TextFile(fd))
    expect(kept.map((stored) => other.read(stored))).toEqual(texts)
    ftruncateSync(fd, 100)
    expect(() => other.read(kept[200]!)).toThrow('shorter than what was written')
    closeSync(fd)
  })
})

import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratchFile } from '../../fuzz/sample.ts'
import { dialogueCapture } from './dialogue-capture.ts'
import temporary from './temporary.ts'

describe('the temporary folder of a run of tests', () => {
  it('is its own, and what tests write without clearing it away lies in there', () => {
    expect(relative(dirname(tmpdir()), tmpdir())).toMatch(/^assay-tests-/)
    for (const path of [dialogueCapture([['client', 'hello']], 7), scratchFile()])
      expect(relative(tmpdir(), path), path).not.toMatch(/^\.\./)
  })

  it('goes with all that is in it, and the one before is back', () => {
    const before = tmpdir()
    const end = temporary()
    const folder = tmpdir()
    expect(dirname(folder)).toBe(before)
    writeFileSync(join(mkdtempSync(join(tmpdir(), 'left-')), 'behind'), '')
    end()
    expect([existsSync(folder), tmpdir()]).toEqual([false, before])
  })
})

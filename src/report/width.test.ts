import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, fold, pad, width } from './width.ts'

describe('width', () => {
  it.each([
    ['', 0],
    ['camera', 6],
    ['Küche', 5],
    ['Ku\u0308che', 5],
    ['客厅摄像机', 10],
    ['カメラ', 6],
    ['한국', 4],
    ['ＡＢ', 4],
    ['📷', 2],
    ['❤️', 2],
    ['✓✗!?·…–', 7],
    ['\uFFFD', 1],
  ])('%j takes %i columns', (text, columns) => expect(width(text)).toBe(columns))

  it('cuts to the columns there are', () => {
    expect(cut('camera', 6)).toBe('camera')
    expect(cut('cameras', 6)).toBe('camer…')
    expect(cut('客厅摄像机', 6)).toBe('客厅…')
    expect(pad('客厅', 6)).toBe('客厅  ')
  })

  it('never gives a line wider than asked, and loses no letter in folding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 4, max: 50 }), (text, max) => {
        expect(width(cut(text, max))).toBeLessThanOrEqual(max)
        const lines = fold(text, max)
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(max)
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })
})

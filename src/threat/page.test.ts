import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { detectors } from './index.ts'
import { threatsPage } from './page.ts'

const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

describe('the list of detectors', () => {
  it('is the page in docs', async () => {
    await expect(threatsPage()).toMatchFileSnapshot('../../docs/threats.md')
  })

  it('has each once, and each a folder of its name', () => {
    const ids = detectors.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(folders).toContain(id)
  })

  it.each(detectors.map((detector) => [detector.id, detector] as const))(
    '%s says what it does, and why by these figures',
    (id, detector) => {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      for (const text of [detector.looksFor, detector.mistakes]) expect(text).toMatch(/^[A-Z].*\.$/s)
      for (const { value, unit, why } of Object.values(detector.tunables)) {
        expect(Number.isFinite(value)).toBe(true)
        expect(unit).not.toBe('')
        expect(why.length).toBeGreaterThan(5)
      }
    },
  )

  it('tells of a figure whose reason would break a table', () => {
    const [detector] = detectors
    const page = threatsPage([{ ...detector!, tunables: { x: { value: 3, unit: 'packets', why: 'one | two\n three' } } }])
    expect(page).toContain('| `x` | 3 | packets | one \\| two three |')
  })
})

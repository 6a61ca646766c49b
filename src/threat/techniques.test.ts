import { describe, expect, it } from 'vitest'
import { TECHNIQUES } from './techniques.ts'

describe('the techniques', () => {
  it('have numbers as their matrix counts them, in order, and no name twice', () => {
    const ids = Object.keys(TECHNIQUES)
    expect(ids).toEqual(ids.toSorted())
    for (const [id, { matrix, name }] of Object.entries(TECHNIQUES)) {
      expect(id).toMatch(matrix === 'ics' ? /^T0\d{3}$/ : /^T1\d{3}(\.\d{3})?$/)
      // a part of a technique is named with the whole
      expect(name.includes(': '), id).toBe(id.includes('.'))
    }
    expect(new Set(Object.values(TECHNIQUES).map(({ name, matrix }) => `${matrix} ${name}`)).size).toBe(ids.length)
  })
})

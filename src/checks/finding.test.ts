import { describe, expect, it } from 'vitest'
import type { FrameRef } from '../evidence/evidence.ts'
import { frames, inconclusive } from './finding.ts'

const source = (first: number, count: number) => ({
  exemplars: Array.from({ length: count }, (_, i) => ({ capture: 0, frame: first + i })),
})

describe('the packets of a finding', () => {
  it('show a little of every source before more of the first', () => {
    expect(frames([source(1, 4), source(11, 3)]).map((ref) => (ref as FrameRef).frame)).toEqual([1, 2, 11, 12, 3, 4, 13])
  })

  it('are at most sixteen, each once', () => {
    expect(frames([source(1, 8), source(1, 8), source(20, 8), source(40, 8)])).toHaveLength(16)
    expect(frames([source(1, 3), source(2, 3)]).map((ref) => (ref as FrameRef).frame)).toEqual([1, 2, 3, 4])
    expect(frames([])).toEqual([])
  })

  it('of one capture are not those of another', () => {
    expect(frames([{ exemplars: [{ capture: 0, frame: 1 }] }, { exemplars: [{ capture: 1, frame: 1 }] }])).toHaveLength(2)
  })

  it('open, a finding is known as well as what it shows', () => {
    expect(inconclusive('x', 'y').assurance).toBe('none')
    expect(inconclusive('x', 'y', [source(1, 1)]).assurance).toBe('observed')
  })
})

import { describe, expect, it } from 'vitest'
import { place } from '../capture/frame-ref.ts'
import { type Frames, refsOf, withFrame } from './frames.ts'
import { Ledger } from './ledger.ts'
import { Shared } from './shared.ts'

const CAPTURES = [0, 1, 2, 100_000]
const FRAMES = [1, 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]

describe('frames kept as numbers', () => {
  it('are what they were, of every capture', () => {
    for (const capture of CAPTURES)
      for (const frame of FRAMES) expect(refsOf(place(capture, frame))).toEqual([{ capture, frame }])
    const all = CAPTURES.flatMap((capture) => FRAMES.map((frame) => ({ capture, frame })))
    let kept: Frames = 0
    for (const { capture, frame } of [...all, ...all]) kept = withFrame(kept, place(capture, frame), all.length)
    expect(refsOf(kept)).toEqual(all)
  })

  it('are the first few, each once, and those that are none are not among them', () => {
    const ledger = new Ledger({ hours: 9, observations: 9, names: 9 }, new Shared())
    const add = (capture: number, frame: number) => {
      ledger.add('name', 'dhcp x', { via: 'dhcp', name: 'x' }, place(capture, frame), 1, 0)
      ledger.signal('dhcp.hostname', 'x', place(capture, frame))
    }
    const shown = () => [ledger.byKind().get('name')![0]!.exemplars, refsOf(ledger.signals[0]!.frames)]
    add(3, 0)
    expect(shown()).toEqual([[], []])
    for (const [capture, frame] of [
      [3, 7],
      [3, 7],
      [0, 7],
      [3, 0],
      [0, 0],
      [3, 8],
      [3, 7],
      [3, 9],
      [3, 10],
      [3, 11],
    ] as const)
      add(capture, frame)
    for (const list of shown())
      expect(list.slice(0, 4)).toEqual([
        { capture: 3, frame: 7 },
        { capture: 0, frame: 7 },
        { capture: 3, frame: 8 },
        { capture: 3, frame: 9 },
      ])
  })

  it('are in lists that are never written to', () => {
    const one = withFrame(withFrame(0, 5, 4), 6, 4)
    expect(withFrame(one, 7, 4)).toEqual([5, 6, 7])
    expect(one).toEqual([5, 6])
  })
})

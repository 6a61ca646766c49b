import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus } from '../testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../testing/tshark.ts'
import { frameList, runs, wiresharkFilter } from './frames.ts'
import { frameRefs, groupFrames } from './pointers.ts'

const frame = fc.integer({ min: 1, max: 640 })
const sorted = (frames: number[]) => [...new Set(frames)].sort((a, b) => a - b)

describe('frames', () => {
  it('groups pointers by capture, each frame once, ascending', () => {
    expect(
      groupFrames([
        { capture: 1, frame: 9 },
        { capture: 0, frame: 40 },
        { capture: 0, frame: 12 },
        { capture: 0, frame: 40 },
      ]),
    ).toEqual([
      { capture: 0, frames: [12, 40] },
      { capture: 1, frames: [9] },
    ])
  })

  it('loses no pointer on the way there and back', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ capture: fc.nat(3), frame }), { selector: (r) => `${r.capture}/${r.frame}` }),
        (refs) => {
          const order = (a: { capture: number; frame: number }, b: { capture: number; frame: number }) =>
            a.capture - b.capture || a.frame - b.frame
          expect(frameRefs(groupFrames(refs))).toEqual(refs.toSorted(order))
        },
      ),
    )
  })

  it('writes runs as ranges', () => {
    expect(runs([1, 2, 3, 7, 9, 10])).toEqual([
      [1, 3],
      [7, 7],
      [9, 10],
    ])
    expect(wiresharkFilter([12, 40])).toBe('frame.number in {12,40}')
    expect(wiresharkFilter([12, 40, 41, 42, 90])).toBe('frame.number in {12,40..42,90}')
    expect(frameList([12])).toBe('frame 12')
    expect(frameList([12, 40, 41, 90, 95, 99], 3)).toBe('frames 12, 40–41, 90 and 2 more')
  })

  const capture = corpus('malware/id2t/mirai_botnet.pcap')
  it.skipIf(!capture || !tsharkAvailable())(
    'tshark shows exactly the frames of the filter (needs the public captures and tshark)',
    () => {
      for (const frames of [
        [],
        ...fc.sample(fc.array(frame, { minLength: 1, maxLength: 12 }).map(sorted), { numRuns: 3, seed: 7 }),
        [1, 2, 3, 5, 6, 640],
      ]) {
        expect([...tsharkFields(capture!, ['frame.len'], wiresharkFilter(frames)).keys()]).toEqual(frames)
      }
    },
    60_000,
  )
})

import { type FrameRef, refOf } from '../capture/frame-ref.ts'

/**
 * The first frames that show a fact, as numbers (`place`): none (0), one alone, or a list. Most facts are shown by one frame, and there are
 * hundreds of thousands of facts. Lists are never written to.
 */
export type Frames = number | readonly number[]

/** The frames and `at`, where there is room for it. */
export function withFrame(frames: Frames, at: number, max: number): Frames {
  if (at === 0) return frames
  if (frames === 0) return at
  if (typeof frames === 'number') return frames === at || max < 2 ? frames : [frames, at]
  if (frames.length >= max || frames.includes(at)) return frames
  // as large as it has to be: a list that grows in place grows to seventeen
  return frames.concat(at)
}

export function refsOf(frames: Frames): FrameRef[] {
  if (frames === 0) return []
  return typeof frames === 'number' ? [refOf(frames)] : frames.map(refOf)
}

/** The same of frames that are told already: the list with `at`, where there is room for it. */
export function exemplar(list: FrameRef[], at: FrameRef, max: number): FrameRef[] {
  if (list.length >= max || at.frame === 0) return list
  for (let i = 0; i < list.length; i++) if (list[i]!.frame === at.frame && list[i]!.capture === at.capture) return list
  // oxlint-disable-next-line unicorn/prefer-spread -- as above
  return list.concat(at)
}

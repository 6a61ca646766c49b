import { isEntry, isFrame, type Pointer } from '../evidence/pointer.ts'

/** The first place that shows it, in a sentence: 'frame 812 shows', 'question 12 shows'. */
export function shows({ exemplars: [first] }: { readonly exemplars: readonly Pointer[] }): string {
  if (first === undefined) return 'what was seen shows'
  if (isFrame(first)) return `frame ${first.frame}${first.capture === 0 ? '' : ` of capture ${first.capture + 1}`} shows`
  return isEntry(first) ? `question ${first.entry} shows` : `${first.at} says`
}

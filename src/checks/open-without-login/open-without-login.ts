import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const openWithoutLogin: Check = {
  id: 'open-without-login',
  title: 'Let in without a log-in',
  facet: 'security',
  looksFor: 'Services that show or do something for anybody who asks: shells, brokers, pages that set, streams.',
  why: 'What lets anybody in needs no password to be stolen.',
  remedy: 'Maker: ask for a log-in before anything is shown or done.',
  passNeeds: 'Every service was asked, and none lets anybody in.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe HOST')]
  },
}

import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const lockout: Check = {
  id: 'lockout',
  title: 'Bad log-ins slow down',
  facet: 'security',
  looksFor: 'What a handful of bad log-ins in a row does: a lock, a growing delay, or nothing.',
  why: 'Without a limit every short password is found in a night.',
  remedy: 'Maker: slow down after five bad log-ins, and lock for a while after ten.',
  passNeeds: 'Bad log-ins were tried at every service that has one, and each slowed down or locked.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe HOST --full')]
  },
}

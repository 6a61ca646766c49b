import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const defaultLogin: Check = {
  id: 'default-login',
  title: 'Default passwords tried',
  facet: 'security',
  looksFor: 'Published default names and passwords, tried a few at a time at every service that asks for one.',
  why: 'Mirai took cameras with some sixty published pairs.',
  remedy: 'Maker: a password of its own for each device, or one that the owner must set first. Owner: change it now.',
  passNeeds: 'Every service with a log-in refused all the pairs that were tried.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe HOST')]
  },
}

import type { Tunable } from '../detector.ts'

export const MARKED: Tunable = { value: 2, unit: 'packets', why: 'one is chance once in 4 billion' }
export const KNOCKS: Tunable = { value: 3, unit: 'calls not let in', why: 'a person tries once or twice' }
export const PORTS: Tunable = { value: 20, unit: 'ports', why: 'apps try a handful' }
export const STRANGERS: Tunable = {
  value: 10,
  unit: 'calls',
  why: 'what is in the background of the Internet is worth a line, once',
}
export const QUIET: Tunable = {
  value: 8,
  unit: 'calls under way or unanswered',
  why: 'most things never have more: nothing is counted of them, but at ports that only bots call',
}

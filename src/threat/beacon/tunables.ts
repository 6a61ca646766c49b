import type { Tunable } from '../detector.ts'

export const DEAD_CALLS: Tunable = { value: 12, unit: 'calls', why: 'who is called by hand is given up sooner' }
export const DEAD_SPAN: Tunable = { value: 600, unit: 'seconds', why: 'an outage of some minutes is nothing' }
export const PERIODIC_CALLS: Tunable = { value: 20, unit: 'calls', why: 'fewer are regular by chance' }
export const PERIODIC_SPAN: Tunable = {
  value: 1800,
  unit: 'seconds',
  why: 'what is set up or watched by somebody is regular for minutes',
}
export const JITTER: Tunable = {
  value: 0.1,
  unit: 'of the period, by which three quarters of the last 16 intervals differ from it at most',
  why: 'a timer that a program sets, and its network',
}
export const SMALL: Tunable = { value: 1000, unit: 'bytes a call each way', why: 'enough for "here I am" and "nothing to do"' }
export const BEATS: Tunable = { value: 10, unit: 'packets at equal intervals', why: 'fewer are regular by chance' }
export const BEAT_BYTES: Tunable = { value: 64, unit: 'bytes', why: 'a sign of life says nothing; commands come seldom' }
export const GAP: Tunable = { value: 2, unit: 'seconds', why: 'what comes sooner is the same call tried again, or a flood' }
export const PLACES: Tunable = { value: 8, unit: 'places', why: 'programs that call more dead ones are peers of others' }

import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { watched } from '../traffic.ts'
import { plural, size, span } from '../words.ts'

const HOURS = 24
/** 72 MB a month for doing nothing: a fourteenth of the smallest plans. */
const LIMIT = 100_000

export const idleChatter: Check = {
  id: 'idle-chatter',
  title: 'Chatter when idle',
  facet: 'development',
  looksFor: `What the device exchanges with the Internet in its quietest quarter of ${HOURS} hours or more, when it can be taken to be idle.`,
  why: 'Talk without need costs on metered links, drains batteries, and tells the maker when someone is at home.',
  remedy: 'Maker: keep connections open with long keep-alive intervals instead of polling; report on change.',
  passNeeds: `Watched for at least ${HOURS} hours with traffic in half of them, and at most ${size(LIMIT)} an hour in the quietest quarter.`,
  run(device) {
    const hours = device.of('traffic.hour')
    const length = Math.floor(watched(device) / 3600e6)
    if (length < HOURS) {
      return [
        inconclusive(
          `Watched for ${span(watched(device))} only.`,
          'Capture 24 hours, with the device left alone overnight.',
          hours,
        ),
      ]
    }
    // an hour without a record had no packet at all
    const loads = [
      ...hours.map(({ data }) => data.internetBytes),
      ...Array<number>(Math.max(0, length - hours.length)).fill(0),
    ].toSorted((a, b) => a - b)
    const quiet = loads.slice(0, Math.floor(loads.length / 4))
    const idle = quiet.reduce((sum, bytes) => sum + bytes, 0) / quiet.length
    const fact = `In its ${plural(quiet.length, 'quietest hour')} of ${loads.length} it exchanged ${size(idle)} an hour with the Internet`
    // low: it costs money, not safety
    if (idle > LIMIT) return [warn('low', `${fact}, ${size(idle * 720)} a month for doing nothing.`, hours)]
    if (hours.length * 2 < length) {
      return [
        inconclusive(
          `It was silent in ${plural(length - hours.length, 'hour')} of ${length}: off, or asleep.`,
          'Capture 24 hours with the device switched on.',
          hours,
        ),
      ]
    }
    return [pass(`${fact}.`, hours)]
  },
}

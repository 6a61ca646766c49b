import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { bytesOf, total, watched } from '../traffic.ts'
import { list, size, span, where } from '../words.ts'

const DAY = 24 * 3600e6
/** A month of 30 days on the smallest mobile plan that statistics of affordability count with (1 GB). */
const PLAN = 1e9
const PER_DAY = PLAN / 30

export const dataFootprint: Check = {
  id: 'data-footprint',
  title: 'Data footprint',
  facet: 'development',
  looksFor: `How much the device exchanges with the Internet in a day, and whether it would use up a plan of ${size(PLAN)} a month by itself.`,
  why: 'Where data is paid by the megabyte, a thing that talks too much costs more than it is worth.',
  remedy:
    'Maker: send less and less often, compress, keep work local, let the user choose. Owner: lower quality and frequency in the app.',
  passNeeds: `Watched for at least 24 hours, with traffic, and at that pace less than ${size(PER_DAY)} a day.`,
  run(device) {
    const far = device.endpoints.filter((endpoint) => endpoint.scope === 'internet').toSorted((a, b) => bytesOf(b) - bytesOf(a))
    const took = watched(device)
    const days = device.of('traffic.day')
    // by day what travels in a tunnel is counted once; endpoints show it and the tunnel
    const byDay = days.reduce((sum, { data }) => sum + data.internetBytes, 0)
    const bytes = days.length > 0 ? Math.min(byDay, total(far)) : total(far)
    const heaviest = days.toSorted((a, b) => b.data.internetBytes - a.data.internetBytes)[0]
    const perDay = took > 0 ? (bytes / took) * DAY : 0
    const pace = `Exchanged ${size(bytes)} with the Internet in ${span(took)}; at that pace ${size(perDay)} a day, ${size(perDay * 30)} a month`
    // low: it costs money, not safety
    if (heaviest !== undefined && heaviest.data.internetBytes > PER_DAY) {
      return [
        warn(
          'low',
          `Exchanged ${size(heaviest.data.internetBytes)} with the Internet on ${heaviest.data.day} alone; a plan of ${size(PLAN)} a month allows ${size(PER_DAY)} a day.`,
          [heaviest, ...far],
        ),
      ]
    }
    if (took < DAY || far.length + days.length === 0) {
      const reason =
        bytes === 0 ? `No exchange with the Internet was seen in ${span(took)}.` : `${pace}, but that is too short to tell.`
      return [inconclusive(reason, 'Capture 24 hours of normal use.', far)]
    }
    const most =
      far.length === 0
        ? ''
        : `, most of it with ${list(
            far.map((endpoint) => where(endpoint)),
            2,
          )}`
    if (perDay > PER_DAY) return [warn('low', `${pace}${most}: more than a plan of ${size(PLAN)} a month holds.`, far)]
    return [pass(`${pace}${most}.`, [...far, ...days])]
  },
}

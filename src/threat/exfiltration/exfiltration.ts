import type { DeviceEvidence, Endpoint, FrameRef } from '../../evidence/evidence.ts'
import type { Pointer } from '../../evidence/pointer.ts'
import type { Detector, Sign, Telling } from '../detector.ts'
import { registered } from '../registered.ts'

const HOURS = { value: 24, unit: 'hours', why: 'less does not know what a day of the device is like' }
const MUCH = { value: 50e6, unit: 'bytes', why: 'less than a few photographs and short films is nobody’s loss by volume' }
const SPREAD = {
  value: 10,
  unit: 'median absolute deviations (scaled by 1.4826) above the median',
  why: 'hours of things are not spread as a bell: far more than the 3 to 5 that would do for one',
}
const TIMES = {
  value: 3,
  unit: 'times',
  why: 'the largest hour of the week before: what it does once a day, or once a week, is its habit',
}
const WEEK = 168
/** Hours taken into account: clocks of captures can be years off. */
const MOST = 10_000
const ONE_WAY = { value: 10, unit: 'bytes out for one in', why: 'what is fetched or talked over is not one-way' }

/** What people work with sends much at any time. */
const PERSONAL = new Set(['phone', 'tablet', 'computer', 'phone or computer', 'storage', 'console', 'network', 'wearable'])
/** What has little to say. */
const SPARSE = new Set([
  'plug',
  'bulb',
  'sensor',
  'switch',
  'thermostat',
  'lock',
  'scale',
  'alarm',
  'hub',
  'energy',
  'controller',
  'toy',
  'appliance',
])
const HOUR_US = 3600e6

/** Much sent out, by the device's own measure. */
export const exfiltration: Detector = {
  id: 'exfiltration',
  title: 'Unusual upload',
  looksFor: `After ${HOURS.value} hours of a device: an hour in which it sends at least ${MUCH.value / 1e6} MB to the Internet, ${SPREAD.value} deviations above the median of its hours before (median absolute deviation) and ${TIMES.value} times the largest of the week before; or a place on the Internet, of nobody it dealt with before, to which it sends as much, ${ONE_WAY.value} bytes for each that comes back. Phones, computers, disks and consoles are left out, and who is not known to be a thing of few words is told of in a low voice.`,
  mistakes:
    'A new way of use: the first recording of a camera that is moved, a backup that is turned on, a diagnosis sent to the maker. It looks at volume alone and does not know what was sent. Not seen: what goes out slowly or within what is usual, anything in the first day, and what phones, computers and disks send. An hour is told of when it has been audited. That a device suddenly sends many packets or connections without volume is not told of here: floods and scans have detectors of their own.',
  baseRate:
    'Not measured: of the captures at hand one is as long as a day (a Hakai bot, which is silent here). Of true uploads most are harmless: take it as a reason to look, not as proof.',
  tunables: { hours: HOURS, much: MUCH, spread: SPREAD, times: TIMES, oneWay: ONE_WAY },
  judge,
  tell,
}

function judge(device: DeviceEvidence): Sign[] {
  if (PERSONAL.has(device.identity.category ?? '')) return []
  return [...unusualHours(device), ...newPlaces(device)]
}

interface Hour {
  /** Hours since 1970. */
  at: number
  out: number
  exemplars: readonly Pointer[]
}

function unusualHours(device: DeviceEvidence): Sign[] {
  const hours = hoursOf(device)
  const first = hours[0]?.at
  if (first === undefined) return []
  /** Sorted, and the last of them in order of time. */
  const before: number[] = []
  let week: [hour: number, out: number][] = []
  let next = first
  let sign: Sign | undefined
  let most = 0
  for (const { at, out, exemplars } of hours) {
    // hours in which nothing was sent are hours too
    for (; next < at && before.length < MOST; next++) insert(before, 0)
    next = at + 1
    week = week.filter(([hour]) => hour > at - WEEK)
    // few hours have as much: only of those is more asked
    const usual =
      before.length < HOURS.value || out < MUCH.value ? undefined : usualOf(before, Math.max(0, ...week.map(([, most]) => most)))
    if (before.length < MOST) insert(before, out)
    week.push([at, out])
    const frame = exemplars.find((one): one is FrameRef => 'frame' in one)
    if (usual === undefined || frame === undefined || out <= usual) continue
    const median = before[before.length >> 1]!
    sign ??= {
      key: 'exfiltration hours',
      count: 0,
      first: at * HOUR_US,
      last: (at + 1) * HOUR_US,
      exemplars: [...exemplars],
      data: {
        detector: 'exfiltration',
        what: 'hour',
        role: 'source',
        detail: { thing: device.identity.category ?? '' },
        raised: { time: Math.min((at + 1) * HOUR_US, device.last), frame },
      },
    }
    sign.count++
    sign.last = (at + 1) * HOUR_US
    if (out > most) {
      most = out
      Object.assign(sign.data.detail, { out, median, usual: Math.round(usual), before: before.length - 1, hour: hourText(at) })
    }
  }
  return sign ? [sign] : []
}

/**
 * What went to the Internet, hour by hour: at least so much, as bytes are known by direction and by place, but not by both. An hour that
 * took what found no room of its own is left out.
 */
function hoursOf(device: DeviceEvidence): Hour[] {
  return device
    .of('traffic.hour')
    .map(({ first, data, exemplars }) => ({
      at: Math.round(first / HOUR_US),
      out: Math.max(0, data.internetBytes - data.bytesIn),
      exemplars,
    }))
    .filter(({ at }, i, all) => i < all.length - 1 || device.last <= (at + 1) * HOUR_US)
}

/** More than this is unusual. */
function usualOf(sorted: readonly number[], largest: number): number {
  const median = sorted[sorted.length >> 1]!
  const apart = sorted.map((one) => Math.abs(one - median)).sort((a, b) => a - b)
  const deviation = 1.4826 * apart[apart.length >> 1]!
  return Math.max(median + SPREAD.value * deviation, TIMES.value * largest)
}

/** Into a sorted list. */
function insert(sorted: number[], value: number): void {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const mid = (low + high) >> 1
    if (sorted[mid]! < value) low = mid + 1
    else high = mid
  }
  sorted.splice(low, 0, value)
}

function newPlaces(device: DeviceEvidence): Sign[] {
  const settled = device.first + HOURS.value * HOUR_US
  const out = device.endpoints.filter((one) => one.scope === 'internet' && one.overflow !== true)
  const known = new Set(out.filter((one) => one.first < settled).map(placeOf))
  return out
    .filter(
      (one) =>
        one.first >= settled &&
        one.bytesOut >= MUCH.value &&
        one.bytesOut >= ONE_WAY.value * one.bytesIn &&
        !known.has(placeOf(one)) &&
        one.exemplars.length > 0,
    )
    .map((one): Sign => {
      const ip = one.ips[0]!
      const name = one.name === undefined ? {} : { name: one.name }
      return {
        key: `exfiltration place ${ip}`,
        count: one.flows,
        first: one.first,
        last: one.last,
        exemplars: one.exemplars,
        data: {
          detector: 'exfiltration',
          what: 'place',
          role: 'source',
          peer: { ip, ...name, port: one.port, scope: 'internet' },
          port: one.port,
          detail: {
            out: one.bytesOut,
            in: one.bytesIn,
            after: Math.floor((one.first - device.first) / HOUR_US),
            thing: device.identity.category ?? '',
          },
          indicators: [{ type: 'ip', value: ip, role: 'took an upload' }],
          raised: { time: one.last, frame: one.exemplars[0]! },
        },
      }
    })
}

/** Whose it is: the registered domain, or the network of the address. */
function placeOf({ name, ips }: Endpoint): string {
  return (name === undefined ? undefined : registered(name)?.domain) ?? ips[0]!.split('.').slice(0, 2).join('.')
}

function hourText(at: number): string {
  return `${new Date((at * HOUR_US) / 1000).toISOString().slice(0, 13)}:00Z`
}

function megabytes(bytes: number | string | undefined): string {
  return `${(Number(bytes) / 1e6).toFixed(Number(bytes) < 1e6 ? 2 : 0)} MB`
}

function tell({ data: { what, detail, peer }, count }: Sign): Telling {
  const sparse = SPARSE.has(String(detail['thing']))
  const common = {
    campaign: 'recruitment',
    stage: 'exfiltrating',
    severity: sparse ? 'medium' : 'low',
    confidence: sparse ? 0.5 : 0.3,
    techniques: ['T1041'],
  } as const
  if (what === 'place')
    return {
      ...common,
      says: `Sent ${megabytes(detail['out'])} to ${peer?.name ?? peer?.ip}, and got ${megabytes(detail['in'])} back. It first called there ${detail['after']} hours after it was first seen. Most such uploads are harmless: look whether you know of it.`,
    }
  return {
    ...common,
    says: `Sent at least ${megabytes(detail['out'])} to the Internet in the hour from ${detail['hour']}${count > 1 ? ` (the most of ${count} such hours)` : ''}; half of its ${detail['before']} hours before were at or below ${megabytes(detail['median'])}, and more than ${megabytes(detail['usual'])} is unusual for it. Most such uploads are harmless: look whether you know of it.`,
  }
}

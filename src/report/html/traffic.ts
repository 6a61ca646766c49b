import type { AuditDevice } from '../model.ts'
import { moment, size } from '../words.ts'
import { type Html, markup } from './escape.ts'

const MAX_BARS = 96
const HOUR = 3_600_000

/** Bars of a device's bytes by hour, or by day where the capture is long; nothing where there is only one. */
export function trafficBars(device: AuditDevice): Html | undefined {
  const hours = bars(device, 'traffic.hour', 'hour', HOUR)
  const chosen =
    hours.length <= MAX_BARS
      ? { list: hours, unit: 'hour' }
      : { list: bars(device, 'traffic.day', 'day', 24 * HOUR).slice(-MAX_BARS), unit: 'day' }
  const { list, unit } = chosen
  if (list.length < 2) return undefined
  const top = list.reduce((a, b) => (b.bytes > a.bytes ? b : a))
  const when = (start: number) => moment(new Date(start).toISOString()).slice(0, unit === 'day' ? 10 : 16)
  const words = `Traffic by ${unit} from ${when(list[0]!.start)} UTC, ${list.length} ${unit}s; the busiest, ${when(top.start)}: ${size(top.bytes)}`
  return markup`<figure class="traffic"><svg viewBox="0 0 ${Math.max(list.length, 36) * 10} 40" preserveAspectRatio="none" role="img" aria-label="${words}">${list.map(
    ({ bytes }, i) => {
      const height = bytes === 0 || top.bytes === 0 ? 0.5 : Math.max(1, Math.round((bytes / top.bytes) * 400) / 10)
      return markup`<rect x="${i * 10 + 1}" y="${40 - height}" width="8" height="${height}"/>`
    },
  )}</svg><figcaption>${words}</figcaption></figure>`
}

/** One bar a unit, with empty ones where nothing was sent. */
function bars(device: AuditDevice, kind: string, field: string, unit: number): { start: number; bytes: number }[] {
  const found = new Map<number, number>()
  for (const o of device.observations) {
    if (o.kind !== kind || typeof o.data !== 'object' || o.data === null) continue
    const data = o.data as Record<string, unknown>
    const text = typeof data[field] === 'string' ? data[field] : ''
    const start = Date.parse(unit === HOUR ? `${text}:00:00Z` : `${text}T00:00:00Z`)
    const bytes = Number(data['bytesIn']) + Number(data['bytesOut'])
    if (Number.isFinite(start) && Number.isFinite(bytes)) found.set(start, (found.get(start) ?? 0) + bytes)
  }
  if (found.size === 0) return []
  const first = Math.min(...found.keys())
  const units = Math.min(Math.round((Math.max(...found.keys()) - first) / unit) + 1, 10_000)
  return Array.from({ length: units }, (_, i) => ({ start: first + i * unit, bytes: found.get(first + i * unit) ?? 0 }))
}

import { getDomain } from 'tldts'
import type { Audit, AuditDevice, AuditEndpoint } from '../model.ts'
import { cut } from '../width.ts'
import { addresses, clean, count, deviceName, size } from '../words.ts'
import { type Html, markup } from './escape.ts'

/** Sizes of one drawing: in its own units, which are CSS pixels where the page is as wide. */
export interface MapSize {
  width: number
  devices: number
  places: number
  /** Characters of a label. */
  label: number
  font: number
  name: string
}

export const WIDE: MapSize = { width: 920, devices: 16, places: 16, label: 30, font: 13, name: 'wide' }
export const NARROW: MapSize = { width: 340, devices: 10, places: 10, label: 13, font: 10.5, name: 'narrow' }

type Protection = AuditEndpoint['protection']
const WORST_FIRST: readonly Protection[] = ['clear', 'broken', 'unknown', 'encrypted']

interface Link {
  device: number
  place: string
  bytes: number
  protection: Protection
}

/** Who talks to whom: devices to the left of the gateway, places on the Internet to the right, a line for each pair. */
export function networkMap(audit: Audit, shape: MapSize): Html | undefined {
  const shown = audit.devices.slice(0, shape.devices)
  const { links, places, hidden } = linksOf(shown, shape.places)
  if (shown.length === 0) return undefined
  const step = shape.font * 2.4
  const rows = Math.max(shown.length + (audit.devices.length > shown.length ? 1 : 0), places.length + (hidden > 0 ? 1 : 0), 4)
  const height = Math.round(rows * step + 24)
  const cx = shape.width / 2
  const cy = height / 2
  const reach = shape.width * (shape === WIDE ? 0.215 : 0.19)
  const at = (side: -1 | 1, i: number, of: number): { x: number; y: number } => {
    // the shorter side is spread over the height of the longer, up to twice its pace
    const pace = of < 2 ? step : Math.min(step * 2, ((rows - 1) * step) / (of - 1))
    const y = cy + (i - (of - 1) / 2) * pace
    const lift = Math.min(1, Math.abs(y - cy) / (height * 0.62))
    return { x: round(cx + side * reach * Math.sqrt(1 - lift * lift)), y: round(y) }
  }
  const deviceAt = shown.map((_, i) => at(-1, i, shown.length))
  const placeAt = new Map(places.map((p, i) => [p, at(1, i, places.length)]))
  const gap = shape.font
  const id = `map-${shape.name}`
  const gateway = audit.network.gateways[0]?.ips[0] ?? ''
  return markup`<svg class="map ${shape.name}" viewBox="0 0 ${shape.width} ${height}" role="img" aria-labelledby="${id}-title" font-size="${shape.font}">
<title id="${id}-title">${`Map of the network: ${count(shown.length, 'device')}, and the ${count(places.length, 'place')} on the Internet that got most of their traffic. The tables below say the same in words.`}</title>
${links.map(({ device, place, bytes, protection }) => {
  const from = deviceAt[device]!
  const to = placeAt.get(place)!
  const pull = reach * 0.3
  const path = `M${from.x} ${from.y}C${round(cx - pull)} ${round((from.y + cy * 2) / 3)} ${round(cx + pull)} ${round((to.y + cy * 2) / 3)} ${to.x} ${to.y}`
  return markup`<path class="link ${protection}" d="${path}" stroke-width="${round(Math.min(5, 1 + Math.log10(1 + bytes / 2000)))}"><title>${`${deviceName(shown[device]!)} to ${place}: ${size(bytes)}, ${protection}`}</title></path>`
})}
<g class="gateway"><circle cx="${cx}" cy="${cy}" r="${gap * 1.5}"/><path d="M${cx - 6} ${cy + 5}h12M${cx} ${cy + 5}v-4M${cx - 4} ${cy - 2}a5.7 5.7 0 0 1 8 0M${cx - 7} ${cy - 5}a9.9 9.9 0 0 1 14 0" fill="none"/>
<text class="halo" x="${cx}" y="${round(cy + gap * 2.9)}" text-anchor="middle">gateway</text>${gateway && shape === WIDE && markup`<text class="halo faint" x="${cx}" y="${round(cy + gap * 4.15)}" text-anchor="middle" font-size="${gap - 1.5}">${cut(clean(gateway), 20)}</text>`}</g>
${shown.map((device, i) => {
  const { x, y } = deviceAt[i]!
  const { letter } = device.grade
  return markup`<g><circle class="node g${letter ?? '0'}" cx="${x}" cy="${y}" r="${round(shape.font * 0.9)}"/><text class="letter on${letter ?? '0'}" x="${x}" y="${round(y + shape.font * 0.34)}" text-anchor="middle">${letter ?? '–'}</text><text x="${round(x - gap * 1.35)}" y="${round(y + shape.font * 0.34)}" text-anchor="end">${cut(label(device), shape.label)}</text></g>`
})}
${places.map((place) => {
  const { x, y } = placeAt.get(place)!
  return markup`<g><circle class="place" cx="${x}" cy="${y}" r="3.5"/><text x="${round(x + gap * 0.8)}" y="${round(y + shape.font * 0.34)}">${cut(clean(place), shape.label)}</text></g>`
})}
${audit.devices.length > shown.length && markup`<text class="faint" x="${round(cx - reach)}" y="${height - 6}" text-anchor="end">and ${audit.devices.length - shown.length} more</text>`}
${hidden > 0 && markup`<text class="faint" x="${round((placeAt.get(places.at(-1) ?? '')?.x ?? cx + reach) + gap * 0.8)}" y="${height - 2}">and ${hidden} more</text>`}
</svg>`
}

/** Its name; for a thing without one its address, which is shorter than 'Unknown device …'. */
function label(device: AuditDevice): string {
  const { name, vendor, model, category } = device.identity
  return name || vendor || model || category ? deviceName(device) : (addresses(device)[0] ?? device.id)
}

/** Who runs the other end, as far as one can tell: the company, else the registered domain, else the address. */
function placeOf(e: AuditEndpoint): string {
  if (e.overflow) return 'many others'
  return e.thirdParty?.company ?? (e.name === undefined ? undefined : (getDomain(e.name) ?? e.name)) ?? e.ip ?? 'unknown'
}

/** Pairs of device and place; the places that got most, and how many others there are. */
function linksOf(devices: readonly AuditDevice[], most: number): { links: Link[]; places: string[]; hidden: number } {
  const links = new Map<string, Link>()
  const all = new Set<string>()
  devices.forEach((device, i) => {
    for (const e of device.endpoints) {
      if (e.scope !== 'internet') continue
      const place = placeOf(e)
      const bytes = e.bytesIn + e.bytesOut
      all.add(place)
      const key = `${i} ${place}`
      const link = links.get(key)
      if (!link) {
        links.set(key, { device: i, place, bytes, protection: e.protection })
        continue
      }
      link.bytes += bytes
      if (WORST_FIRST.indexOf(e.protection) < WORST_FIRST.indexOf(link.protection)) link.protection = e.protection
    }
  })
  // each device's first place before any device's second: a talkative one must not crowd out the others
  const turns = new Map<string, { turn: number; bytes: number }>()
  devices.forEach((_, i) => {
    const own = [...links.values()].filter((l) => l.device === i).sort((a, b) => b.bytes - a.bytes)
    own.forEach(({ place, bytes }, turn) => {
      const known = turns.get(place)
      turns.set(place, { turn: Math.min(turn, known?.turn ?? turn), bytes: bytes + (known?.bytes ?? 0) })
    })
  })
  const places = [...turns]
    .sort(([, a], [, b]) => a.turn - b.turn || b.bytes - a.bytes)
    .slice(0, most)
    .map(([p]) => p)
  // places in the order of the devices that use them: fewer lines cross
  const mean = (place: string) => {
    const of = [...links.values()].filter((l) => l.place === place)
    return of.reduce((sum, l) => sum + l.device, 0) / of.length
  }
  places.sort((a, b) => mean(a) - mean(b))
  return { links: [...links.values()].filter((l) => places.includes(l.place)), places, hidden: all.size - places.length }
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}

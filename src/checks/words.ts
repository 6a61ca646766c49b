import type { Kinds, TlsFacts } from '../evidence/kinds.ts'
import type { DeviceEvidence } from '../evidence/evidence.ts'
import { plural, span } from '../evidence/words.ts'

export { plural, span }

export { protocolName } from '../evidence/protocol-names.ts'

/** How findings speak: the same numbers, places and lists in the same plain words everywhere. */

/** 'it is so' as a sentence of its own: 'It is so.' */
export function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** SI units, as file managers and tariffs use them: 1,234,567 is '1.2 MB'. */
export function size(bytes: number): string {
  if (bytes < 1000) return plural(Math.round(bytes), 'byte')
  let value = bytes
  for (const unit of ['kB', 'MB', 'GB', 'TB']) {
    value /= 1000
    if (value < 999.5 || unit === 'TB') return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`
  }
  return ''
}

/** What comes from the wire may be as long as its sender likes. */
const LONGEST = 240

/** 'a', 'a and b', 'a, b and c', 'a, b, c and 4 more'. */
export function list(items: readonly string[], max = 3): string {
  const distinct = [...new Set(items.map((item) => (item.length > LONGEST ? `${item.slice(0, LONGEST)}…` : item)))]
  // '… and 1 more' takes the room of the one
  const shown = distinct.length <= max + 1 ? distinct : distinct.slice(0, max)
  const rest = distinct.length - shown.length
  if (rest > 0) return `${shown.join(', ')} and ${rest.toLocaleString('en')} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** Equal texts as one, with how often where it was more than once: 'password in the path (3 times)'. */
export function tally(items: readonly { text: string; count: number }[], max = 3): string {
  const counts = new Map<string, number>()
  for (const { text, count } of items) counts.set(text, (counts.get(text) ?? 0) + count)
  return list(
    [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${times(count)})`)),
    max,
  )
}

/** Personal data, as findings speak of it. */
export const PERSONAL: Readonly<Record<Kinds['personal']['what'], string>> = {
  mac: 'its hardware address',
  serial: 'a serial number',
  email: 'an e-mail address',
  phone: 'a phone number',
  coordinates: 'coordinates',
  ssid: 'the name of the Wi-Fi network',
  canary: 'a planted text',
}

/** 'once', 'twice', '3 times'. */
export function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : plural(count, 'time')
}

interface Place {
  name?: string | undefined
  ip?: string | undefined
  ips?: readonly string[] | undefined
  port: number
  country?: string | undefined
}

/** 'api.example.com:80', '[2001:db8::1]:443'. */
export function hostPort(place: Place): string {
  const ip = place.ip ?? place.ips?.[0] ?? '?'
  return `${place.name ?? (ip.includes(':') ? `[${ip}]` : ip)}:${place.port}`
}

/**
 * The server of a TLS handshake, by the name that was asked for: but where that may be the outer name of an encrypted hello, by what else
 * is known.
 */
export function tlsServer({ sni, ech, peer }: Pick<TlsFacts, 'sni' | 'ech' | 'peer'>): string {
  return hostPort({ ...peer, name: ech ? peer.name : (sni ?? peer.name) })
}

/** The other end without a port: where it was the one who asked, its port says nothing. */
export function who(place: Omit<Place, 'port'>): string {
  return place.name ?? place.ip ?? place.ips?.[0] ?? '?'
}

/** The same with the country of the address's registration where it is known: 'api.example.com:80 (United States)'. */
export function where(place: Place, device?: DeviceEvidence): string {
  const country =
    place.country ?? device?.endpoints.find((endpoint) => place.ip !== undefined && endpoint.ips.includes(place.ip))?.country
  return country === undefined ? hostPort(place) : `${hostPort(place)} (${countryName(country)})`
}

// built on first use: most runs of the command line name no country
let names: Intl.DisplayNames | undefined
/** Codes are those of our own tables: a few hundred. */
const named = new Map<string, string>()

export function countryName(code: string): string {
  let name = named.get(code)
  if (name === undefined) named.set(code, (name = nameOf(code)))
  return name
}

function nameOf(code: string): string {
  names ??= new Intl.DisplayNames(['en'], { type: 'region' })
  try {
    return names.of(code) ?? code
  } catch {
    return code
  }
}

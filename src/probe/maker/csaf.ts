import { printable } from '../../decode/text.ts'
import { sameOwner } from './page.ts'
import { rfc3339 } from './security-txt.ts'

/** CSAF 2.0 (OASIS standard of 18 November 2022), section 7: what a provider publishes, as far as a reader can check it from outside. */

/** A JSON value that came from outside: nothing about it is known. */
type Json = unknown

function object(value: Json): Record<string, Json> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, Json>) : undefined
}

function list(value: Json): Json[] {
  return Array.isArray(value) ? value : []
}

function string(value: Json): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Undefined where it is no JSON object, or nested so deep that only an attacker would. */
export function readJson(text: string): Record<string, Json> | undefined {
  try {
    return object(JSON.parse(text))
  } catch {
    return undefined
  }
}

export interface Provider {
  publisher?: string
  role?: string
  /** ROLIE feeds (RFC 8322) and folders with index.txt and changes.csv. */
  feeds: string[]
  folders: string[]
  /** Addresses of its OpenPGP keys. */
  keys: string[]
  faults: string[]
}

const ROLES = new Set(['csaf_publisher', 'csaf_provider', 'csaf_trusted_provider'])
const CATEGORIES = new Set(['coordinator', 'discoverer', 'other', 'translator', 'user', 'vendor'])
const MAX_SOURCES = 16

/** provider-metadata.json (section 7.1.7 and its JSON schema). @param url where it was fetched */
export function parseProvider(metadata: Record<string, Json>, url: URL): Provider {
  const found: Provider = { feeds: [], folders: [], keys: [], faults: [] }
  const { faults } = found
  if (metadata['metadata_version'] !== '2.0') faults.push('its metadata_version is not 2.0')
  const canonical = string(metadata['canonical_url'])
  if (canonical === undefined) faults.push('it has no canonical_url')
  else if (!canonical.startsWith('https://')) faults.push('its canonical_url is not under https')
  else if (!sameOwner(URL.parse(canonical)?.hostname ?? '', url.hostname))
    faults.push(`its canonical_url is another's: ${printable(canonical, 120)}`)
  const updated = string(metadata['last_updated'])
  if (updated === undefined || rfc3339(updated) === undefined) faults.push('it does not say when it was updated (last_updated)')
  const publisher = object(metadata['publisher'])
  const name = string(publisher?.['name'])
  if (name === undefined || name === '') faults.push('it names no publisher')
  else found.publisher = printable(name, 200)
  if (publisher !== undefined) {
    if (!CATEGORIES.has(string(publisher['category']) ?? '')) faults.push("its publisher's category is none of the standard's")
    if (!URL.canParse(string(publisher['namespace']) ?? '')) faults.push("its publisher's namespace is no address")
  }
  const role = string(metadata['role']) ?? 'csaf_provider'
  if (ROLES.has(role)) found.role = role
  else faults.push(`its role is none of the standard's: ${printable(role, 40)}`)
  if (typeof metadata['list_on_CSAF_aggregators'] !== 'boolean') faults.push('it does not say list_on_CSAF_aggregators')
  if (typeof metadata['mirror_on_CSAF_aggregators'] !== 'boolean') faults.push('it does not say mirror_on_CSAF_aggregators')
  const keys = list(metadata['public_openpgp_keys'])
  if (role === 'csaf_trusted_provider' && keys.length === 0)
    faults.push('a trusted provider must name its OpenPGP keys (section 7.1.20)')
  if (keys.some((key) => !string(object(key)?.['url'])?.startsWith('https://')))
    faults.push('an OpenPGP key has no https address')
  found.keys = keys
    .slice(0, 4)
    .map((key) => string(object(key)?.['url']))
    .filter((url): url is string => url?.startsWith('https://') === true)
  for (const entry of list(metadata['distributions']).slice(0, MAX_SOURCES)) {
    const folder = string(object(entry)?.['directory_url'])
    if (folder !== undefined) found.folders.push(folder)
    for (const feed of list(object(object(entry)?.['rolie'])?.['feeds']).slice(0, MAX_SOURCES)) {
      const one = object(feed)
      // what is not for everybody is not asked
      if (!['WHITE', 'CLEAR'].includes(string(one?.['tlp_label']) ?? '')) continue
      const at = string(one?.['url'])
      if (at !== undefined) found.feeds.push(at)
    }
  }
  if (found.feeds.length + found.folders.length === 0 && role !== 'csaf_publisher')
    faults.push('it names neither feed nor folder of advisories for everybody (distributions)')
  for (const at of [...found.feeds, ...found.folders])
    if (!at.startsWith('https://')) faults.push(`${printable(at, 120)} is not under https`)
  return found
}

/** What a feed or an index lists. */
export interface Listing {
  count: number
  /** RFC 3339, of the newest. */
  newest?: string
  /** Address of the newest advisory. */
  link?: string
  faults: string[]
}

/** A ROLIE feed (section 7.1.15). */
export function parseFeed(document: Record<string, Json>): Listing {
  const feed = object(document['feed'])
  const entries = list(feed?.['entry'])
  const found: Listing = { count: entries.length, faults: [] }
  if (feed === undefined || string(feed['id']) === undefined || !Array.isArray(feed['entry']))
    found.faults.push('the feed is no ROLIE feed')
  for (const entry of entries) {
    const one = object(entry)
    const updated = string(one?.['updated'])
    const at = updated === undefined ? undefined : rfc3339(updated)
    const link = list(one?.['link'])
      .map(object)
      .find((l) => l?.['rel'] === 'self')
    const href = string(link?.['href']) ?? string(object(one?.['content'])?.['src'])
    if (at === undefined || href === undefined) {
      if (found.faults.length < 2) found.faults.push('an entry of the feed has no date or no address')
      continue
    }
    if (found.newest === undefined || at > rfc3339(found.newest)!) [found.newest, found.link] = [updated!, href]
  }
  return found
}

/** The beginning of a feed that was cut, closed after its last whole entry; as it is where there is none. */
export function mendFeed(text: string): string {
  let depth = 0
  let end = -1
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '\\') i++
      else if (c === '"') quoted = false
    } else if (c === '"') quoted = true
    else if (c === '{' || c === '[') depth++
    // {"feed":{"entry":[{…}
    else if ((c === '}' || c === ']') && --depth === 3 && c === '}') end = i + 1
  }
  return end < 0 ? text : `${text.slice(0, end)}]}}`
}

/** changes.csv (section 7.1.13): '"2026/x.json","2026-01-01T00:00:00Z"', the newest first. @param folder its address, with a slash at the end */
export function parseChanges(text: string, folder: string): Listing {
  const found: Listing = { count: 0, faults: [] }
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue
    const [, path, date] = /^\s*"?([^",]+)"?\s*,\s*"?([^",]+)"?\s*$/.exec(line) ?? []
    const at = date === undefined ? undefined : rfc3339(date)
    if (path === undefined || at === undefined) {
      if (found.faults.length < 1) found.faults.push(`a line of changes.csv has no path or date: ${printable(line, 80)}`)
      continue
    }
    found.count++
    const link = URL.parse(path, folder)?.href
    if (link !== undefined && (found.newest === undefined || at > rfc3339(found.newest)!))
      [found.newest, found.link] = [date!, link]
  }
  return found
}

const STATUSES = new Set(['draft', 'final', 'interim'])
/** Section 4. */
const PROFILES = new Set([
  'csaf_base',
  'csaf_security_incident_response',
  'csaf_informational_advisory',
  'csaf_security_advisory',
  'csaf_vex',
])

/**
 * What a reader needs of an advisory (sections 3.2.1 and 4, and 6.1's tests that need nothing but it): not the whole schema.
 * @param file the last part of its address
 */
export function advisoryFaults(advisory: Record<string, Json>, file: string): string[] {
  const faults: string[] = []
  const document = object(advisory['document'])
  if (document === undefined) return ['the advisory has no document part']
  const category = string(document['category'])
  if (category === undefined || category === '') faults.push('the advisory has no category')
  if (document['csaf_version'] !== '2.0' && document['csaf_version'] !== '2.1')
    faults.push('the advisory does not say by which version of CSAF it is')
  if (!string(document['title'])) faults.push('the advisory has no title')
  const publisher = object(document['publisher'])
  if (!string(publisher?.['name']) || !CATEGORIES.has(string(publisher?.['category']) ?? ''))
    faults.push('the advisory names no publisher')
  const tracking = object(document['tracking'])
  const id = string(tracking?.['id'])
  if (!id) faults.push('the advisory has no tracking id')
  // section 5.1
  else if (`${id.toLowerCase().replaceAll(/[^+\-a-z0-9]+/g, '_')}.json` !== file)
    faults.push('the advisory is not filed under its tracking id (section 5.1)')
  for (const date of ['initial_release_date', 'current_release_date'])
    if (rfc3339(string(tracking?.[date]) ?? '') === undefined) faults.push(`the advisory has no ${date}`)
  if (!STATUSES.has(string(tracking?.['status']) ?? '')) faults.push('the advisory has no status')
  const history = list(tracking?.['revision_history']).map(object)
  if (history.length === 0) faults.push('the advisory has no revision history')
  else if (!history.some((entry) => entry?.['number'] === tracking?.['version']))
    faults.push('the version of the advisory is not in its history')
  if (category === 'csaf_security_advisory' || category === 'csaf_vex') {
    if (object(advisory['product_tree']) === undefined) faults.push('the advisory names no products')
    if (list(advisory['vulnerabilities']).length === 0) faults.push('the advisory names no vulnerability')
  } else if (category?.startsWith('csaf_') === true && !PROFILES.has(category))
    faults.push("the advisory's category is none of the standard's")
  return faults
}

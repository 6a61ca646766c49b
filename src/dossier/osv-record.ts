import { cvss3, ratingOf, type Severity } from './osv-cvss.ts'
import type { Purl } from './purl.ts'
import { fields, items, words } from './sbom-json.ts'
import { orderOf } from './versions.ts'

type Fields = ReturnType<typeof fields>

/** A package as a database names it. */
export interface Package {
  readonly ecosystem: string
  readonly name: string
}

/** Where OSV files a package URL (OSV schema, "Defined Ecosystems"); undefined where it has no ecosystem for its type. */
export function packageOf(purl: Purl): Package | undefined {
  const { type, namespace, name } = purl
  const plain = PLAIN[type]
  if (plain !== undefined) return { ecosystem: plain, name: namespace === undefined ? name : `${namespace}/${name}` }
  if (type === 'maven') return { ecosystem: 'Maven', name: `${namespace ?? ''}:${name}` }
  const distribution = DISTRIBUTIONS[`${type}/${namespace ?? ''}`]
  if (distribution === undefined) return undefined
  // advisories of distributions are about source packages
  const [source] = (purl.qualifiers['upstream'] ?? purl.qualifiers['source'] ?? name).split('@', 1)
  return { ecosystem: `${distribution}${releaseOf(distribution, purl.qualifiers['distro'] ?? '')}`, name: source! }
}

const PLAIN: Readonly<Record<string, string>> = {
  __proto__: null as never,
  npm: 'npm',
  pypi: 'PyPI',
  golang: 'Go',
  cargo: 'crates.io',
  gem: 'RubyGems',
  nuget: 'NuGet',
  composer: 'Packagist',
  hex: 'Hex',
  pub: 'Pub',
  cran: 'CRAN',
  hackage: 'Hackage',
  swift: 'SwiftURL',
  conan: 'ConanCenter',
}
const DISTRIBUTIONS: Readonly<Record<string, string>> = {
  __proto__: null as never,
  'deb/debian': 'Debian',
  'deb/ubuntu': 'Ubuntu',
  'apk/alpine': 'Alpine',
  'apk/wolfi': 'Wolfi',
  'apk/chainguard': 'Chainguard',
  'rpm/redhat': 'Red Hat',
  'rpm/rocky': 'Rocky Linux',
  'rpm/rocky-linux': 'Rocky Linux',
  'rpm/almalinux': 'AlmaLinux',
  'rpm/opensuse': 'openSUSE',
  'rpm/suse': 'SUSE',
  'rpm/sles': 'SUSE',
  'rpm/openeuler': 'openEuler',
  'rpm/mageia': 'Mageia',
}
const DEBIAN: Readonly<Record<string, string>> = {
  __proto__: null as never,
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
}

/** ':12' for debian-12 and bookworm, ':v3.20' for alpine-3.20.1; '' where the purl does not tell. */
function releaseOf(distribution: string, distro: string): string {
  const number = /(\d+(?:\.\d+)*)/.exec(distro)?.[1]
  if (distribution === 'Debian') {
    const release = DEBIAN[distro.toLowerCase()] ?? number?.split('.')[0]
    return release === undefined ? '' : `:${release}`
  }
  if (number === undefined) return ''
  const parts = number.split('.')
  if (distribution === 'Alpine') return parts.length < 2 ? '' : `:v${parts[0]}.${parts[1]}`
  if (distribution === 'Ubuntu') return `:${number}`
  return distribution === 'AlmaLinux' || distribution === 'Rocky Linux' ? `:${parts[0]}` : ''
}

/**
 * Under what a record's package is looked for. Of distributions without the release: a component that does not tell its release must be
 * found, too.
 */
export function keyOf({ ecosystem, name }: Package): string {
  const [family] = ecosystem.split(':', 1)
  return `${family}/${family === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : family === 'NuGet' ? name.toLowerCase() : name}`
}

/** Releases that both tell and that differ are another package. Ubuntu's are written with and without :LTS and :Pro. */
function sameRelease(a: string, b: string): boolean {
  const [x, y] = [a.split(':').find((p) => /^v?\d/.test(p)), b.split(':').find((p) => /^v?\d/.test(p))]
  return x === undefined || y === undefined || x === y
}

/** Whether a version is one that a record is about; or why that cannot be told. */
export type Verdict = 'affected' | 'not affected' | { readonly unclear: string }

/** What a record says of a component (OSV schema, "Evaluation"). Undefined: it is about other packages. */
export function verdictOf(record: Fields, purl: Purl): Verdict | undefined {
  const wanted = packageOf(purl)
  const version = purl.version
  let found: Verdict | undefined
  const releases = new Set<Verdict>()
  for (const one of items(record['affected'])) {
    const affected = fields(one)
    const { ecosystem, name } = fields(affected['package'])
    const named = typeof ecosystem === 'string' && typeof name === 'string' ? { ecosystem, name } : undefined
    const same =
      wanted !== undefined &&
      named !== undefined &&
      keyOf(wanted) === keyOf(named) &&
      sameRelease(wanted.ecosystem, named.ecosystem)
    if (!same && !isItsRepository(affected, purl)) continue
    const here: Verdict =
      version === undefined ? { unclear: 'the component has no version' } : ofVersion(affected, named?.ecosystem ?? '', version)
    if (wanted !== undefined && !wanted.ecosystem.includes(':') && named?.ecosystem.includes(':')) releases.add(here)
    else if (here === 'affected') return here
    if (found === undefined || found === 'not affected') found = here
  }
  // of releases that say different things it may be any
  if (releases.size > 1) return { unclear: 'their package URL does not tell the release (distro), and releases differ' }
  return found
}

/** Records of sources that no ecosystem has name their repository. */
function isItsRepository(affected: Fields, { type, namespace, name }: Purl): boolean {
  if (type !== 'github' || namespace === undefined) return false
  const wanted = `github.com/${namespace}/${name}`.toLowerCase()
  return items(affected['ranges']).some((range) => {
    const { repo } = fields(range)
    return (
      typeof repo === 'string' &&
      repo
        .toLowerCase()
        .replace(/^(https?|git):\/\//, '')
        .replace(/(\.git)?\/?$/, '') === wanted
    )
  })
}

function ofVersion(affected: Fields, ecosystem: string, version: string): Verdict {
  const listed = items(affected['versions'])
  if (listed.includes(version)) return 'affected'
  const compare = ecosystem === '' ? undefined : orderOf(ecosystem)
  // tags are mostly the version with a prefix
  if (
    ecosystem === '' &&
    listed.some((tag) => typeof tag === 'string' && tag.replace(/^[^\d]*/, '') === version.replace(/^[^\d]*/, ''))
  )
    return 'affected'
  let unclear: string | undefined
  for (const one of items(affected['ranges'])) {
    const range = fields(one)
    if (range['type'] === 'GIT') {
      // commits have no order that is written down; the versions beside say the same
      if (listed.length === 0) unclear = 'the record tells commits only'
      continue
    }
    const order = range['type'] === 'SEMVER' ? orderOf('npm') : compare
    if (order === undefined) {
      if (listed.length === 0) unclear = `Assay does not know how ${words(ecosystem, 40) || 'its ecosystem'} orders versions`
      continue
    }
    const inside = inRange(items(range['events']).map(fields), version, order)
    if (inside === undefined) unclear = `${words(version, 40)} cannot be compared with the versions of the record`
    else if (inside) return 'affected'
  }
  return unclear === undefined ? 'not affected' : { unclear }
}

/** Events in the order of their versions turn it on and off; undefined where one cannot be compared. */
function inRange(
  events: readonly Fields[],
  version: string,
  compare: (a: string, b: string) => number | undefined,
): boolean | undefined {
  const limits = events.flatMap(({ limit }) => (typeof limit === 'string' ? [limit] : []))
  if (limits.length > 0 && !limits.some((limit) => limit === '*' || (compare(version, limit) ?? 1) < 0)) return false
  let on = false
  let unordered = false
  const sorted: { kind: 'introduced' | 'fixed' | 'last_affected'; at: string }[] = []
  for (const event of events)
    for (const kind of ['introduced', 'fixed', 'last_affected'] as const) {
      const at = event[kind]
      if (typeof at === 'string') sorted.push({ kind, at })
    }
  const place = (a: string, b: string): number => {
    if (a === b) return 0
    if (a === '0' || b === '0') return a === '0' ? -1 : 1
    const order = compare(a, b)
    if (order === undefined) unordered = true
    return order ?? 0
  }
  sorted.sort((a, b) => place(a.at, b.at))
  for (const { kind, at } of sorted) {
    const order = at === '0' ? 1 : compare(version, at)
    if (order === undefined) return undefined
    if (kind === 'introduced' && order >= 0) on = true
    else if (kind === 'fixed' && order >= 0) on = false
    else if (kind === 'last_affected' && order > 0) on = false
  }
  return unordered ? undefined : on
}

/** By its CVSS 3 vector, else by the word of the database that published it. */
export function severityOf(record: Fields): Severity {
  const scores: number[] = []
  const lists = [record['severity'], ...items(record['affected']).map((a) => fields(a)['severity'])]
  for (const one of lists.flatMap(items)) {
    const { type, score } = fields(one)
    const value = type === 'CVSS_V3' && typeof score === 'string' ? cvss3(score) : undefined
    if (value !== undefined) scores.push(value)
  }
  if (scores.length > 0) return ratingOf(Math.max(...scores))
  const said = [record, ...items(record['affected']).map(fields)].flatMap((of) =>
    ['database_specific', 'ecosystem_specific'].flatMap((where) => {
      const { severity, urgency } = fields(of[where])
      // Debian's word for it
      return [severity, urgency]
    }),
  )
  for (const word of said) {
    const found = typeof word === 'string' ? WORDS[word.toLowerCase()] : undefined
    if (found !== undefined) return found
  }
  return 'unknown'
}

const WORDS: Readonly<Record<string, Severity>> = {
  __proto__: null as never,
  unimportant: 'low',
  negligible: 'low',
  low: 'low',
  moderate: 'medium',
  medium: 'medium',
  high: 'high',
  important: 'high',
  critical: 'critical',
}

import { readOsv, repositoryOf } from './osv.ts'
import type { Severity } from './osv-cvss.ts'
import { keyOf, packageOf, severityOf, verdictOf } from './osv-record.ts'
import { packageKey, type Purl, parsePurl } from './purl.ts'
import { fields, items, Unreadable, words } from './sbom-json.ts'
import type { Component, Sbom } from './sbom-model.ts'
import type { Admitted, Uncompared, Vulnerabilities, Vulnerability } from './supplied-model.ts'
import { isComponent, isProduct, type ProductNames, statementFor } from './vex.ts'
import type { VexStatement } from './vex-statement.ts'

type Fields = ReturnType<typeof fields>

/** A statement, and in which of the audit's documents it stands. */
export type Said = VexStatement & { readonly document: number }

/** Vulnerabilities that are told at length; all are counted. */
const MAX_TOLD = 1000

/** Records and statements that are held against components, all in all: a product of a million is made up. */
const MAX_COMPARISONS = 2_000_000

/** Vulnerabilities that one advisory mends: kernels have hundreds. */
const MAX_UPSTREAM = 2000

/** Why components could not be compared, at length; one more stands for all others. */
const MAX_REASONS = 50

/**
 * Vulnerabilities by which the maker itself says the product to be affected, each once: whatever a database knows. What it has later said
 * otherwise of the same thing is left out. Throws Unreadable for more statements than a product can have.
 */
export function admittedBy(
  said: readonly Said[],
  sbom: Sbom | undefined,
  product: { readonly vendor: string; readonly model: string },
): Admitted[] {
  const affected = said.filter(({ status }) => status === 'affected')
  if (affected.length === 0) return []
  const names = namesOf(sbom?.subject, product)
  const statements = byVulnerability(said)
  const named = componentsByName(sbom?.components ?? [])
  const found = new Map<string, Admitted>()
  let left = MAX_COMPARISONS
  for (const statement of affected) {
    const id = statement.ids.map((name) => name.toUpperCase()).toSorted(cveFirst)[0]!
    const about = statement.ids.flatMap((name) => statements.get(name.toUpperCase()) ?? [])
    for (const { names: whole, part } of statement.products ?? [{ names: [product.model] }]) {
      left -= about.length
      if (left < 0) throw new Unreadable('there are too many statements on the same vulnerabilities')
      const isWhole = whole.some((name) => isProduct(name, names))
      const components = (isWhole ? (part ?? []) : part === undefined ? whole : []).flatMap((name) => named(name) ?? [])
      const component = isWhole && part === undefined ? NOTHING_IN_IT : components[0]
      if (component === undefined || statementFor(about, component, names) !== statement) continue
      if (!found.has(id)) found.set(id, { id, document: statement.document, at: statement.at })
    }
  }
  return [...found.values()].slice(0, MAX_TOLD)
}

/** Of the product as such, no component is spoken of. */
const NOTHING_IN_IT: Component = { identified: false, related: true, at: '' }

/** By bom-ref or SPDXID, or by package URL with or without version. */
function componentsByName(components: readonly Component[]): (name: string) => Component | undefined {
  const refs = new Map<string, Component>()
  const packages = new Map<string, Component[]>()
  for (const component of components) {
    if (component.ref !== undefined && !refs.has(component.ref)) refs.set(component.ref, component)
    const purl = component.purl === undefined ? undefined : parsePurl(component.purl)
    if (purl === undefined) continue
    const same = packages.get(packageKey(purl))
    if (same === undefined) packages.set(packageKey(purl), [component])
    else if (same.length < 100) same.push(component)
  }
  return (name) => {
    const purl = parsePurl(name)
    const same = purl === undefined ? [] : (packages.get(packageKey(purl)) ?? [])
    return refs.get(name) ?? same.find((component) => isComponent(name, component))
  }
}

interface Asked {
  readonly component: Component
  readonly purl: Purl
  /** As the database is asked for it. */
  readonly key: string
  /** The family of ecosystems that the database must know. */
  readonly family: string
}

/**
 * Components held against an offline OSV database, and what the maker says of what was found. Throws Unreadable where the database cannot
 * be read.
 */
export function vulnerabilitiesOf(
  sbom: Sbom,
  said: readonly Said[],
  product: { readonly vendor: string; readonly model: string },
  folder: string,
): Vulnerabilities {
  const uncompared = new Map<string, { count: number; examples: string[] }>()
  const miss = (why: string, component: Component) => {
    const reason = uncompared.has(why) || uncompared.size < MAX_REASONS ? why : 'other reasons'
    const kept = uncompared.get(reason) ?? { count: 0, examples: [] }
    kept.count++
    if (kept.examples.length < 3) kept.examples.push(labelOf(component))
    uncompared.set(reason, kept)
  }
  const asked: Asked[] = []
  for (const component of sbom.components) {
    const one = askedOf(component)
    if (typeof one === 'string') miss(one, component)
    else asked.push(one)
  }
  const keys = new Set(asked.filter(({ family }) => family !== 'GIT').map(({ key }) => key))
  const repositories = new Set(asked.filter(({ family }) => family === 'GIT').map(({ key }) => key))
  const database = readOsv(folder, { keys, repositories })

  let left = MAX_COMPARISONS
  const spend = (comparisons: number) => {
    left -= comparisons
    if (left < 0) throw new Unreadable('there are too many records and statements for so many components alike')
  }
  for (const { key } of asked) spend(database.about.get(key)?.length ?? 0)

  const names = namesOf(sbom.subject, product)
  const statements = byVulnerability(said)
  const open: Vulnerability[] = []
  const answered: Vulnerability[] = []
  let compared = 0
  for (const one of asked) {
    const { component, key, family, purl } = one
    if (!database.families.has(family)) {
      miss(`the database has no records of ${family === 'GIT' ? 'Git repositories' : family}`, component)
      continue
    }
    const affecting: Fields[] = []
    let unclear: string | undefined
    for (const record of database.about.get(key) ?? []) {
      const verdict = verdictOf(record, purl)
      if (verdict === 'affected') affecting.push(record)
      else if (typeof verdict === 'object') unclear ??= `${words(record['id'], 64) ?? ''}: ${verdict.unclear}`
    }
    if (unclear === undefined) compared++
    else miss(unclear, component)
    for (const { id, ids, severity } of merged(affecting)) {
      const about = [...ids].flatMap((name) => statements.get(name) ?? [])
      spend(about.length)
      const statement = statementFor(about, component, names)
      const found: Vulnerability = {
        id,
        severity,
        component: {
          name: component.name ?? component.purl!,
          ...(component.version === undefined ? {} : { version: component.version }),
          at: component.at,
        },
        ...(statement === undefined ? {} : { answer: answerOf(statement) }),
      }
      if (isAnswer(statement)) answered.push(found)
      else open.push(found)
    }
  }
  if (database.unread > 0)
    uncompared.set('files of the database cannot be read', { count: database.unread, examples: [...database.unreadExamples] })
  return {
    records: database.records,
    ...(database.newest === undefined ? {} : { newest: database.newest }),
    compared,
    uncompared: [...uncompared].map(([reason, of]): Uncompared => ({ reason, ...of })),
    openCounts: Object.fromEntries(
      [...Map.groupBy(open, ({ severity }) => severity)].map(([severity, of]) => [severity, of.length]),
    ),
    open: open.toSorted(worstFirst).slice(0, MAX_TOLD),
    answeredCount: answered.length,
    answered: answered.toSorted(worstFirst).slice(0, MAX_TOLD),
  }
}

/** By each of its names, in capitals. */
function byVulnerability(said: readonly Said[]): Map<string, Said[]> {
  const found = new Map<string, Said[]>()
  for (const statement of said)
    for (const id of new Set(statement.ids.map((name) => name.toUpperCase()))) {
      const list = found.get(id)
      if (list === undefined) found.set(id, [statement])
      else list.push(statement)
    }
  return found
}

/** Or why it cannot be asked for. */
function askedOf(component: Component): Asked | string {
  if (component.purl === undefined) return 'they have no package URL'
  const parsed = parsePurl(component.purl)
  if (parsed === undefined) return 'their package URL cannot be read'
  const version = parsed.version ?? component.version
  const purl = version === undefined ? parsed : { ...parsed, version }
  if (version === undefined) return 'they have no version'
  const named = packageOf(purl)
  if (named !== undefined) {
    const key = keyOf(named)
    return { component, purl, key, family: key.slice(0, key.indexOf('/')) }
  }
  const repository = purl.type === 'github' ? repositoryOf(`github.com/${purl.namespace ?? ''}/${purl.name}`) : undefined
  if (repository === undefined) return `OSV has no ecosystem for pkg:${words(purl.type, 20) ?? ''}`
  return { component, purl, key: repository, family: 'GIT' }
}

function namesOf(subject: Component | undefined, { vendor, model }: { vendor: string; model: string }): ProductNames {
  const names = [model, `${vendor} ${model}`, subject?.ref, subject?.name]
  if (subject?.name !== undefined && subject.version !== undefined)
    names.push(`${subject.name} ${subject.version}`, `${subject.name}@${subject.version}`)
  return {
    names: new Set(names.flatMap((name) => (name === undefined ? [] : [name.toLowerCase()]))),
    ...(subject?.purl === undefined ? {} : { purl: subject.purl }),
  }
}

/** Records that are the same vulnerability under several names, once each. */
function merged(records: readonly Fields[]): { id: string; ids: Set<string>; severity: Severity }[] {
  const groups: { ids: Set<string>; severity: Severity }[] = []
  for (const record of records) {
    const rated = severityOf(record)
    for (const ids of vulnerabilitiesIn(record)) {
      let severity = rated
      // what this record ties together is one
      for (let i = groups.length - 1; i >= 0; i--) {
        const group = groups[i]!
        if (![...ids].some((id) => group.ids.has(id))) continue
        for (const id of group.ids) ids.add(id)
        severity = worse(severity, group.severity)
        groups.splice(i, 1)
      }
      groups.push({ ids, severity })
    }
  }
  return groups.map((group) => ({ ...group, id: [...group.ids].toSorted(cveFirst)[0]! }))
}

/**
 * Names of each vulnerability that a record is about. `aliases` are names of the same one; `upstream` (OSV schema 1.7) is what a
 * distribution's advisory mends, which may be several: each must be answered then.
 */
function vulnerabilitiesIn(record: Fields): Set<string>[] {
  const names = (list: readonly unknown[]) => list.flatMap((id) => words(id, 128)?.toUpperCase() ?? [])
  const own = names([record['id'], ...items(record['aliases'])])
  const upstream = names(items(record['upstream']).slice(0, MAX_UPSTREAM))
  return upstream.length > 1 ? upstream.map((id) => new Set([id])) : [new Set([...own, ...upstream])]
}

function cveFirst(a: string, b: string): number {
  return Number(b.startsWith('CVE-')) - Number(a.startsWith('CVE-')) || (a < b ? -1 : 1)
}

const RANK: readonly Severity[] = ['unknown', 'low', 'medium', 'high', 'critical']

function worse(a: Severity, b: Severity): Severity {
  return RANK.indexOf(a) >= RANK.indexOf(b) ? a : b
}

function worstFirst(a: Vulnerability, b: Vulnerability): number {
  return RANK.indexOf(b.severity) - RANK.indexOf(a.severity) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** That it is not affected is an answer only with a reason (CISA, "Minimum Requirements for VEX", section 2.3.3). */
function isAnswer(statement: VexStatement | undefined): boolean {
  return statement?.status === 'fixed' || (statement?.status === 'not_affected' && statement.justification !== undefined)
}

function answerOf({ status, justification, document, at }: Said): NonNullable<Vulnerability['answer']> {
  return { status, ...(justification === undefined ? {} : { justification }), document, at }
}

function labelOf({ name, version, purl }: Component): string {
  const label = name ?? purl ?? 'a component without a name'
  return version === undefined ? label : `${label} ${version}`
}

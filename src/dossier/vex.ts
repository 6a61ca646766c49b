import { cycloneDxStatements, MAX_STATEMENTS } from './cyclonedx.ts'
import { packageKey, parsePurl } from './purl.ts'
import { fields, items, moment, parseJson, Unreadable, words } from './sbom-json.ts'
import type { Component } from './sbom-model.ts'
import type { VexProduct, VexStatement, VexStatus } from './vex-statement.ts'

type Fields = ReturnType<typeof fields>

export interface Vex {
  /** 'OpenVEX', 'CycloneDX VEX', 'CSAF VEX'. */
  readonly format: string
  readonly author?: string
  readonly statements: readonly VexStatement[]
}

/** OpenVEX, CycloneDX and CSAF 2.0 (profile VEX), as JSON. Throws Unreadable. */
export function readVex(bytes: Uint8Array): Vex {
  const document = fields(parseJson(bytes))
  if (document['bomFormat'] === 'CycloneDX') return { format: 'CycloneDX VEX', statements: cycloneDxStatements(document) }
  if (typeof document['@context'] === 'string' && document['@context'].startsWith('https://openvex.dev/ns'))
    return readOpenVex(document)
  if (typeof fields(document['document'])['csaf_version'] === 'string') return readCsaf(document)
  throw new Unreadable('it is neither OpenVEX, nor CycloneDX, nor CSAF')
}

const STATUSES: readonly string[] = ['not_affected', 'affected', 'fixed', 'under_investigation'] satisfies VexStatus[]

/** OpenVEX specification 0.2.0. */
function readOpenVex(document: Fields): Vex {
  const author = words(document['author'])
  const whole = moment(document['last_updated']) ?? moment(document['timestamp'])
  const statements: VexStatement[] = []
  const list = items(document['statements'])
  if (list.length > MAX_STATEMENTS) throw new Unreadable(`it has more than ${MAX_STATEMENTS} statements`)
  for (const [i, one] of list.entries()) {
    const statement = fields(one)
    const status = statement['status']
    const vulnerability = statement['vulnerability']
    const { name, '@id': id, aliases } = typeof vulnerability === 'string' ? { name: vulnerability } : fields(vulnerability)
    const ids = [name, id, ...items(aliases)].flatMap((v) => words(v, 128) ?? [])
    const products = items(statement['products']).flatMap(openVexProducts)
    // said of nothing that is named
    if (typeof status !== 'string' || !STATUSES.includes(status) || ids.length === 0 || products.length === 0) continue
    const justification = words(statement['justification'], 64) ?? words(statement['impact_statement'])
    const said = moment(statement['last_updated']) ?? moment(statement['timestamp']) ?? whole
    statements.push({
      ids,
      products,
      status: status as VexStatus,
      ...(justification === undefined ? {} : { justification }),
      ...(said === undefined ? {} : { said }),
      at: `/statements/${i}`,
    })
  }
  return { format: 'OpenVEX', ...(author === undefined ? {} : { author }), statements }
}

function openVexProducts(one: unknown): VexProduct[] {
  const names = openVexNames(one)
  if (names.length === 0) return []
  const parts = items(fields(one)['subcomponents']).map(openVexNames)
  return parts.length === 0 ? [{ names }] : parts.map((part) => ({ names, part }))
}

function openVexNames(one: unknown): string[] {
  if (typeof one === 'string') return [words(one, 1024) ?? ''].filter((n) => n !== '')
  const { '@id': id, identifiers } = fields(one)
  return [id, fields(identifiers)['purl']].flatMap((n) => words(n, 1024) ?? [])
}

/** CSAF 2.0 (OASIS, 2022): section 3.2.3.12 product_status, section 4.5 profile VEX. */
const CSAF: readonly (readonly [string, VexStatus])[] = [
  ['known_affected', 'affected'],
  ['first_affected', 'affected'],
  ['last_affected', 'affected'],
  ['fixed', 'fixed'],
  ['first_fixed', 'fixed'],
  ['known_not_affected', 'not_affected'],
  ['under_investigation', 'under_investigation'],
]

function readCsaf(document: Fields): Vex {
  const about = fields(document['document'])
  const author = words(fields(about['publisher'])['name'])
  const said = moment(fields(about['tracking'])['current_release_date'])
  const products = csafProducts(fields(document['product_tree']))
  const statements: VexStatement[] = []
  for (const [i, one] of items(document['vulnerabilities']).entries()) {
    const vulnerability = fields(one)
    const ids = [vulnerability['cve'], ...items(vulnerability['ids']).map((id) => fields(id)['text'])].flatMap(
      (v) => words(v, 128) ?? [],
    )
    if (ids.length === 0) continue
    const why = justificationsOf(vulnerability)
    for (const [name, status] of CSAF) {
      for (const [k, product] of items(fields(vulnerability['product_status'])[name]).entries()) {
        if (statements.length >= MAX_STATEMENTS) throw new Unreadable(`it has more than ${MAX_STATEMENTS} statements`)
        const found = typeof product === 'string' ? products.get(product) : undefined
        if (found === undefined) continue
        const justification = why.get(product as string)
        statements.push({
          ids,
          products: [found],
          status,
          ...(justification === undefined ? {} : { justification }),
          ...(said === undefined ? {} : { said }),
          at: `/vulnerabilities/${i}/product_status/${name}/${k}`,
        })
      }
    }
  }
  return { format: 'CSAF VEX', ...(author === undefined ? {} : { author }), statements }
}

/** Flags with a justification, or an impact statement, by product. */
function justificationsOf(vulnerability: Fields): Map<string, string> {
  const found = new Map<string, string>()
  for (const one of items(vulnerability['threats'])) {
    const { category, details, product_ids: of } = fields(one)
    const text = words(details)
    if (category === 'impact' && text !== undefined) for (const id of items(of)) found.set(String(id), text)
  }
  for (const one of items(vulnerability['flags'])) {
    const { label, product_ids: of } = fields(one)
    const text = words(label, 64)
    if (text !== undefined) for (const id of items(of)) found.set(String(id), text)
  }
  return found
}

/** Branches within branches: deeper ones are not read. */
const MAX_DEPTH = 32

/** What each product id stands for: a product, or a component of one (product_tree.relationships). */
function csafProducts(tree: Fields): Map<string, VexProduct> {
  const found = new Map<string, VexProduct>()
  const add = (product: unknown) => {
    const { product_id: id, name, product_identification_helper: helper } = fields(product)
    if (typeof id !== 'string' || found.size >= MAX_STATEMENTS) return
    found.set(id, { names: [words(name, 512), words(fields(helper)['purl'], 1024)].filter((n) => n !== undefined) })
  }
  const walk = (branches: unknown, depth: number) => {
    if (depth > MAX_DEPTH) throw new Unreadable(`its product tree is deeper than ${MAX_DEPTH}`)
    for (const one of items(branches)) {
      const { product, branches: inner } = fields(one)
      if (product !== undefined) add(product)
      walk(inner, depth + 1)
    }
  }
  walk(tree['branches'], 0)
  for (const one of items(tree['full_product_names'])) add(one)
  for (const one of items(tree['relationships'])) {
    const { full_product_name: whole, product_reference: part, relates_to_product_reference: product } = fields(one)
    const { product_id: id } = fields(whole)
    const [inner, outer] = [found.get(String(part)), found.get(String(product))]
    if (typeof id === 'string' && inner !== undefined && outer !== undefined)
      found.set(id, { names: outer.names, part: inner.names })
  }
  return found
}

/** The product, by every name that a VEX may call it. */
export interface ProductNames {
  readonly names: ReadonlySet<string>
  readonly purl?: string
}

/**
 * Of statements on one vulnerability, the one that holds for a component of a product: the latest; of several of one time, or of none, the
 * one that says the worst.
 */
export function statementFor<S extends VexStatement>(
  statements: readonly S[],
  component: Component,
  product: ProductNames,
): S | undefined {
  let found: S | undefined
  for (const one of statements) {
    if (!isAbout(one, component, product)) continue
    if (found === undefined || outranks(one, found)) found = one
  }
  return found
}

const WORST_FIRST: readonly VexStatus[] = ['affected', 'under_investigation', 'fixed', 'not_affected']

function outranks(a: VexStatement, b: VexStatement): boolean {
  const [x, y] = [a.said ?? -Infinity, b.said ?? -Infinity]
  return x === y ? WORST_FIRST.indexOf(a.status) < WORST_FIRST.indexOf(b.status) : x > y
}

function isAbout({ products }: VexStatement, component: Component, product: ProductNames): boolean {
  if (products === undefined) return true
  return products.some(({ names, part }) =>
    part === undefined
      ? names.some((name) => isComponent(name, component) || isProduct(name, product))
      : names.some((name) => isProduct(name, product)) && part.some((name) => isComponent(name, component)),
  )
}

export function isComponent(name: string, { ref, purl }: Component): boolean {
  return name === ref || (purl !== undefined && samePurl(name, purl))
}

export function isProduct(name: string, { names, purl }: ProductNames): boolean {
  return names.has(name.toLowerCase()) || (purl !== undefined && samePurl(name, purl))
}

/** The same package; and the same version, where the statement tells one. */
function samePurl(said: string, purl: string): boolean {
  if (said === purl) return true
  const [a, b] = [parsePurl(said), parsePurl(purl)]
  return (
    a !== undefined && b !== undefined && packageKey(a) === packageKey(b) && (a.version === undefined || a.version === b.version)
  )
}

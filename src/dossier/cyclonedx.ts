import { fields, items, moment, Unreadable, words } from './sbom-json.ts'
import { type Component, MAX_COMPONENTS, type Sbom } from './sbom-model.ts'
import type { VexStatement, VexStatus } from './vex-statement.ts'

/** Components within components: deeper ones are not read. */
const MAX_DEPTH = 32

type Fields = ReturnType<typeof fields>

/** CycloneDX 1.2 to 1.6 (ECMA-424), parsed JSON. Throws Unreadable. */
export function readCycloneDx(document: Fields): Sbom {
  const version = words(document['specVersion'], 8)
  if (version === undefined || !/^1\.[2-9]$/.test(version))
    throw new Unreadable(`it is CycloneDX ${version ?? 'without a version'}; 1.2 to 1.6 are read`)
  const metadata = fields(document['metadata'])
  const related = relatedIn(document)
  const components: Component[] = []
  walk(items(document['components']), '/components', related, components, 0)
  const subject = fields(metadata['component'])
  // what the product is made of may stand in it
  walk(items(subject['components']), '/metadata/component/components', related, components, 0)
  const created = metadata['timestamp']
  const author = authorOf(metadata)
  return {
    format: `CycloneDX ${version}`,
    ...(author === undefined ? {} : { author }),
    ...(moment(created) === undefined ? {} : { created: created as string }),
    ...(Object.keys(subject).length === 0 ? {} : { subject: componentOf(subject, '/metadata/component', related) }),
    components,
    statements: cycloneDxStatements(document),
  }
}

function authorOf(metadata: Fields): string | undefined {
  for (const one of items(metadata['authors'])) {
    const { name, email } = fields(one)
    const found = words(name) ?? words(email)
    if (found !== undefined) return found
  }
  // 'manufacture' until 1.5
  return ['manufacturer', 'manufacture', 'supplier']
    .map((who) => words(fields(metadata[who])['name']))
    .find((name) => name !== undefined)
}

/** bom-refs that the dependency graph knows. */
function relatedIn(document: Fields): Set<string> {
  const found = new Set<string>()
  for (const one of items(document['dependencies'])) {
    const { ref, dependsOn } = fields(one)
    // a component that depends on nothing, and on which nothing does, is in no relationship: but to name it says so
    if (typeof ref === 'string') found.add(ref)
    for (const on of items(dependsOn)) if (typeof on === 'string') found.add(on)
  }
  for (const one of items(document['compositions']))
    for (const on of [...items(fields(one)['assemblies']), ...items(fields(one)['dependencies'])])
      if (typeof on === 'string') found.add(on)
  return found
}

function walk(list: readonly unknown[], at: string, related: ReadonlySet<string>, into: Component[], depth: number): void {
  if (depth >= MAX_DEPTH) throw new Unreadable(`its components are nested deeper than ${MAX_DEPTH} at ${at}`)
  for (const [i, one] of list.entries()) {
    if (into.length >= MAX_COMPONENTS) throw new Unreadable(`it has more than ${MAX_COMPONENTS} components`)
    const component = fields(one)
    into.push(componentOf(component, `${at}/${i}`, related, depth > 0))
    walk(items(component['components']), `${at}/${i}/components`, related, into, depth + 1)
  }
}

function componentOf(component: Fields, at: string, related: ReadonlySet<string>, nested = false): Component {
  const group = words(component['group'])
  const plain = words(component['name'])
  const name = group === undefined || plain === undefined ? plain : `${group}/${plain}`
  const version = words(component['version'], 128)
  const ref = words(component['bom-ref'], 1024)
  const purl = words(component['purl'], 1024)
  const supplier =
    words(fields(component['supplier'])['name']) ??
    words(fields(component['manufacturer'])['name']) ??
    words(component['publisher'])
  return {
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(supplier === undefined ? {} : { supplier }),
    ...(purl === undefined ? {} : { purl }),
    identified:
      purl !== undefined ||
      words(component['cpe']) !== undefined ||
      words(fields(component['swid'])['tagId']) !== undefined ||
      items(component['swhid']).length > 0 ||
      items(component['omniborId']).length > 0,
    ...(ref === undefined ? {} : { ref }),
    related: nested || (ref !== undefined && related.has(ref)),
    at,
  }
}

/** CycloneDX's impact analysis states, in the words of VEX (cyclonedx.org, "Vulnerability Exploitability eXchange"). */
const STATES: Readonly<Record<string, VexStatus>> = {
  __proto__: null as never,
  resolved: 'fixed',
  resolved_with_pedigree: 'fixed',
  exploitable: 'affected',
  in_triage: 'under_investigation',
  false_positive: 'not_affected',
  not_affected: 'not_affected',
}

/** A BOM-Link (urn:cdx:serial/version#bom-ref) is what stands after its #. */
function afterHash(ref: string): string {
  if (!ref.startsWith('urn:cdx:')) return ref
  const tail = ref.slice(ref.indexOf('#') + 1)
  try {
    return decodeURIComponent(tail)
  } catch {
    return tail
  }
}

/** More than these are not read. */
export const MAX_STATEMENTS = 100_000

/** What a CycloneDX document says of vulnerabilities, where it has analysed them. */
export function cycloneDxStatements(document: Fields): VexStatement[] {
  const whole = moment(fields(document['metadata'])['timestamp'])
  const found: VexStatement[] = []
  for (const [i, one] of items(document['vulnerabilities']).entries()) {
    if (found.length >= MAX_STATEMENTS) throw new Unreadable(`it speaks of more than ${MAX_STATEMENTS} vulnerabilities`)
    const vulnerability = fields(one)
    const analysis = fields(vulnerability['analysis'])
    const state = words(analysis['state'], 64)
    const status = state === undefined ? undefined : STATES[state]
    const id = words(vulnerability['id'], 128)
    if (status === undefined || id === undefined) continue
    const same = items(vulnerability['references']).map((r) => words(fields(r)['id'], 128))
    const justification =
      words(analysis['justification'], 64) ??
      words(analysis['detail']) ??
      (state === 'false_positive' ? 'false positive' : undefined)
    const said = moment(analysis['lastUpdated']) ?? moment(vulnerability['updated']) ?? whole
    const refs = items(vulnerability['affects']).flatMap((a) => words(fields(a)['ref'], 1024) ?? [])
    found.push({
      ids: [id, ...same.filter((other) => other !== undefined)],
      ...(refs.length === 0 ? {} : { products: refs.map((ref) => ({ names: [afterHash(ref)] })) }),
      status,
      ...(justification === undefined ? {} : { justification }),
      ...(said === undefined ? {} : { said }),
      at: `/vulnerabilities/${i}`,
    })
  }
  return found
}

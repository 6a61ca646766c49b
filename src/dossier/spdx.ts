import { printable } from '../decode/text.ts'
import { fields, items, MAX_DOCUMENT, moment, Unreadable, words } from './sbom-json.ts'
import { type Component, MAX_COMPONENTS, type Sbom } from './sbom-model.ts'

type Fields = ReturnType<typeof fields>

/** A package while it is read: relationships are known at the end. */
interface Package {
  name?: string
  version?: string
  supplier?: string
  purl?: string
  identified: boolean
  ref?: string
  at: string
}

/** SPDX 2.2 and 2.3 (ISO/IEC 5962) as parsed JSON. Throws Unreadable. */
export function readSpdxJson(document: Fields): Sbom {
  const version = versionOf(document['spdxVersion'])
  const info = fields(document['creationInfo'])
  const packages = items(document['packages'])
  bounded(packages.length)
  const related = new Set<string>()
  const described = new Set(items(document['documentDescribes']).filter((d) => typeof d === 'string'))
  for (const one of items(document['relationships'])) {
    const { spdxElementId, relationshipType, relatedSpdxElement } = fields(one)
    relate(spdxElementId, relationshipType, relatedSpdxElement, related, described)
  }
  return assembled(
    `SPDX ${version}`,
    items(info['creators']).map((creator) => words(creator)),
    info['created'],
    packages.map((one, i) => jsonPackage(fields(one), `/packages/${i}`)),
    related,
    described,
  )
}

function jsonPackage(one: Fields, at: string): Package {
  const found: Package = { at, identified: false }
  say(found, 'name', one['name'])
  say(found, 'version', one['versionInfo'])
  say(found, 'supplier', one['supplier'])
  if (typeof one['SPDXID'] === 'string') found.ref = printable(one['SPDXID'], 1024)
  for (const ref of items(one['externalRefs'])) {
    const { referenceType, referenceLocator } = fields(ref)
    refer(found, referenceType, referenceLocator)
  }
  return found
}

/** The same as tag-value (SPDX 2.3, annex "RDF, tag:value …"): 'Tag: value' lines, long texts between <text> and </text>. */
export function readSpdxTags(bytes: Uint8Array): Sbom {
  if (bytes.length > MAX_DOCUMENT) throw new Unreadable(`it has ${bytes.length} bytes; more than ${MAX_DOCUMENT} are not read`)
  const packages: Package[] = []
  const creators: (string | undefined)[] = []
  const related = new Set<string>()
  const described = new Set<string>()
  let version = ''
  let created: unknown
  let current: Package | undefined
  let number = 0
  let long = false
  for (const line of lines(Buffer.from(bytes))) {
    number++
    if (long) {
      long = !line.includes('</text>')
      continue
    }
    const colon = line.indexOf(':')
    if (colon < 1 || line.startsWith('#')) continue
    const tag = line.slice(0, colon).trim()
    const value = line.slice(colon + 1).trim()
    long = value.startsWith('<text>') && !value.includes('</text>')
    const text = value.replace(/^<text>/, '').replace(/<\/text>$/, '')
    if (tag === 'SPDXVersion') version = versionOf(text)
    else if (tag === 'Creator') creators.push(words(text))
    else if (tag === 'Created') created = text
    else if (tag === 'PackageName') {
      bounded(packages.length + 1)
      current = { at: `line ${number}`, identified: false }
      say(current, 'name', text)
      packages.push(current)
    } else if (tag === 'FileName' || tag === 'SnippetSPDXID') current = undefined
    else if (tag === 'Relationship') {
      const [from, type, to] = text.split(/\s+/)
      relate(from, type, to, related, described)
    } else if (current === undefined) continue
    else if (tag === 'SPDXID') current.ref = printable(text, 1024)
    else if (tag === 'PackageVersion') say(current, 'version', text)
    else if (tag === 'PackageSupplier') say(current, 'supplier', text)
    else if (tag === 'ExternalRef') {
      const [, type, locator] = text.split(/\s+/)
      refer(current, type, locator)
    }
  }
  return assembled(`SPDX ${version} tag-value`, creators, created, packages, related, described)
}

function* lines(text: Buffer): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf(10, at)
    const stop = end < 0 ? text.length : end
    // nothing that is read here is as long
    yield text.toString('utf8', at, Math.min(stop, at + 4096))
    at = stop + 1
  }
}

/** SPDX 3.0 as JSON-LD, the elements that its software profile has for a bill of materials. */
export function readSpdx3(document: Fields): Sbom {
  const graph = items(document['@graph']).map(fields)
  bounded(graph.length)
  const names = new Map<string, string>()
  for (const one of graph) {
    const [id, name] = [one['spdxId'], words(one['name'])]
    if (typeof id === 'string' && name !== undefined) names.set(id, name)
  }
  const info = graph.find(({ type }) => type === 'CreationInfo') ?? {}
  const version = words(info['specVersion'], 16)
  if (version === undefined || !version.startsWith('3.')) throw new Unreadable('it is a graph without a CreationInfo of SPDX 3')
  const packages: Package[] = []
  const related = new Set<string>()
  const described = new Set<string>()
  for (const [i, one] of graph.entries()) {
    if (one['type'] === 'software_Package') packages.push(graphPackage(one, `/@graph/${i}`, names))
    else if (one['type'] === 'Relationship' || one['type'] === 'LifecycleScopedRelationship')
      for (const to of items(one['to'])) relate(one['from'], one['relationshipType'], to, related, described)
    else if (one['type'] === 'SpdxDocument' || one['type'] === 'software_Sbom')
      for (const root of items(one['rootElement'])) if (typeof root === 'string') described.add(root)
  }
  const makers = items(info['createdBy']).map((id) => graph.find(({ spdxId }) => spdxId === id))
  const creators = makers.flatMap((maker) =>
    maker?.['type'] === 'Person' || maker?.['type'] === 'Organization' ? [`${maker['type']}: ${words(maker['name']) ?? ''}`] : [],
  )
  return assembled(`SPDX ${version}`, creators, info['created'], packages, related, described)
}

function graphPackage(one: Fields, at: string, names: ReadonlyMap<string, string>): Package {
  const found: Package = { at, identified: false }
  say(found, 'name', one['name'])
  say(found, 'version', one['software_packageVersion'])
  say(found, 'supplier', names.get(String(one['suppliedBy'])))
  if (typeof one['spdxId'] === 'string') found.ref = printable(one['spdxId'], 1024)
  refer(found, 'purl', one['software_packageUrl'])
  for (const id of items(one['externalIdentifier'])) {
    const { externalIdentifierType, identifier } = fields(id)
    refer(found, externalIdentifierType === 'packageUrl' ? 'purl' : externalIdentifierType, identifier)
  }
  return found
}

function versionOf(value: unknown): string {
  const found = /^SPDX-(2\.[23])$/.exec(typeof value === 'string' ? value.trim() : '')
  if (found === null)
    throw new Unreadable(`it is ${words(value, 32) ?? 'SPDX without a version'}; SPDX 2.2, 2.3 and 3.0 are read`)
  return found[1]!
}

function bounded(count: number): void {
  if (count > MAX_COMPONENTS) throw new Unreadable(`it has more than ${MAX_COMPONENTS} components`)
}

/** NOASSERTION and NONE say nothing. */
function say(found: Package, what: 'name' | 'version' | 'supplier', value: unknown): void {
  const text = words(value)?.replace(what === 'supplier' ? /^(Organization|Person):\s*/ : /^$/, '')
  if (text !== undefined && text !== '' && text !== 'NOASSERTION' && text !== 'NONE') found[what] = text
}

function refer(found: Package, type: unknown, locator: unknown): void {
  const text = words(locator, 1024)
  if (text === undefined) return
  if (type === 'purl') found.purl ??= text
  if (type === 'purl' || type === 'cpe22Type' || type === 'cpe23Type' || type === 'cpe22' || type === 'cpe23')
    found.identified = true
  else if (type === 'swh' || type === 'swhid' || type === 'swid' || type === 'gitoid') found.identified = true
}

function relate(from: unknown, type: unknown, to: unknown, related: Set<string>, described: Set<unknown>): void {
  if (typeof from !== 'string' || typeof to !== 'string' || typeof type !== 'string') return
  const kind = type.toUpperCase()
  if (kind === 'DESCRIBES') described.add(to)
  else if (kind === 'DESCRIBED_BY') described.add(from)
  related.add(from)
  related.add(to)
}

function assembled(
  format: string,
  creators: readonly (string | undefined)[],
  created: unknown,
  packages: readonly Package[],
  related: ReadonlySet<string>,
  described: ReadonlySet<unknown>,
): Sbom {
  const author = creators.find((creator) => creator !== undefined && /^(Person|Organization):\s*\S/.test(creator))
  const all = packages.map((p): Component => ({ ...p, related: p.ref !== undefined && related.has(p.ref) }))
  // one that is described is the product; several are a list of components
  const subject = described.size === 1 ? all.find(({ ref }) => ref !== undefined && described.has(ref)) : undefined
  return {
    format,
    ...(author === undefined ? {} : { author: author.replace(/^\w+:\s*/, '') }),
    ...(moment(created) === undefined ? {} : { created: created as string }),
    ...(subject === undefined ? {} : { subject }),
    components: all.filter((c) => c !== subject),
    statements: [],
  }
}

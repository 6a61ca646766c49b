import { readCycloneDx } from './cyclonedx.ts'
import { readSpdx3, readSpdxJson, readSpdxTags } from './spdx.ts'
import { fields, parseJson, Unreadable } from './sbom-json.ts'
import type { Component, Sbom } from './sbom-model.ts'

/** CycloneDX 1.2 to 1.6 as JSON; SPDX 2.2 and 2.3 as JSON or tag-value, 3.0 as JSON-LD. Throws Unreadable, saying why, for all else. */
export function readSbom(bytes: Uint8Array): Sbom {
  const start = Buffer.from(bytes.subarray(0, 400))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (start.startsWith('<')) {
    throw new Unreadable(
      'it is XML: of CycloneDX and SPDX, JSON is read (SPDX also as tag-value); convert it with the tool that made it',
    )
  }
  if (!start.startsWith('{')) {
    if (/^(#.*\n\s*)*SPDXVersion:/.test(start)) return readSpdxTags(bytes)
    throw new Unreadable('it is neither JSON nor SPDX tag-value')
  }
  const document = fields(parseJson(bytes))
  if (document['bomFormat'] === 'CycloneDX') return readCycloneDx(document)
  if (typeof document['spdxVersion'] === 'string') return readSpdxJson(document)
  if (Array.isArray(document['@graph'])) return readSpdx3(document)
  throw new Unreadable('it is neither CycloneDX (no bomFormat) nor SPDX (no spdxVersion, no @graph)')
}

/** The minimum elements of a bill of materials (NTIA, "The Minimum Elements For a Software Bill of Materials", 2021, section IV). */
export const ELEMENTS = [
  'supplier name',
  'component name',
  'version',
  'other unique identifier',
  'dependency relationship',
  'author of the data',
  'timestamp',
] as const
export type Element = (typeof ELEMENTS)[number]

export interface Lack {
  readonly element: Element
  /** Components without it; 1 for what the document as a whole lacks. */
  readonly count: number
  /** A few of them, by name, and where they stand. */
  readonly examples: readonly { readonly name: string; readonly at: string }[]
}

const MAX_EXAMPLES = 5

/** What is missing of the minimum elements, in their order. */
export function lacks({ author, created, subject, components }: Sbom): Lack[] {
  const all = subject === undefined ? components : [subject, ...components]
  const of = (element: Element, has: (component: Component) => boolean): Lack => {
    const without = all.filter((c) => !has(c))
    const examples = without.slice(0, MAX_EXAMPLES).map(({ name = 'without a name', at }) => ({ name, at }))
    return { element, count: without.length, examples }
  }
  const whole = (element: Element, has: boolean): Lack => ({ element, count: has ? 0 : 1, examples: [] })
  return [
    of('supplier name', (c) => c.supplier !== undefined),
    of('component name', (c) => c.name !== undefined),
    of('version', (c) => c.version !== undefined),
    of('other unique identifier', (c) => c.identified),
    of('dependency relationship', (c) => c.related),
    whole('author of the data', author !== undefined),
    whole('timestamp', created !== undefined),
  ].filter(({ count }) => count > 0)
}

import { AuditSchema, type Audit } from './model.ts'

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
}

/**
 * The audit as JSON text: properties in the schema's order (others after them, by name), lists of plain values on one line, so that
 * two reports compare line by line. Control and bidirectional characters are escaped: the text is safe to print.
 */
export function renderJson(audit: Audit): string {
  return [...jsonPieces(audit)].join('')
}

/** The same text piece by piece: the audit of thousands of things is larger than one would want in memory twice. */
export function* jsonPieces(audit: Audit): Generator<string> {
  const { devices, ...rest } = audit
  const [before, after] = renderValue({ ...rest, devices: [] }, AuditSchema as Schema, '\n').split(EMPTY_DEVICES)
  yield before!
  if (devices.length === 0) yield EMPTY_DEVICES
  else {
    const schema = (AuditSchema as Schema).properties!['devices']!.items
    for (const [i, device] of devices.entries())
      yield `${i === 0 ? '\n  "devices": [' : ','}\n    ${renderValue(device, schema, '\n    ')}`
    yield '\n  ]'
  }
  yield `${after}\n`
}

/** Only a member of the outermost object stands at this depth: no text of the audit holds a line's end. */
const EMPTY_DEVICES = '\n  "devices": []'

function renderValue(value: unknown, schema: Schema | undefined, newline: string): string {
  const parts: string[] = []
  write(value, schema, newline, parts)
  return parts.join('')
}

/** A JSON Schema as published in docs/schema: the audit's, or another. */
export function renderSchema(of: object = AuditSchema): string {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...of }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function write(value: unknown, schema: Schema | undefined, newline: string, out: string[]): void {
  if (Array.isArray(value)) {
    if (value.every((v) => typeof v !== 'object' || v === null)) {
      out.push(`[${value.map(plain).join(', ')}]`)
      return
    }
    out.push('[')
    const deeper = `${newline}  `
    value.forEach((v, i) => {
      out.push(i > 0 ? ',' : '', deeper)
      write(v, schema?.items, deeper, out)
    })
    out.push(newline, ']')
  } else if (typeof value === 'object' && value !== null) {
    const members = ordered(value as Record<string, unknown>, schema)
    if (members.length === 0) {
      out.push('{}')
      return
    }
    out.push('{')
    const deeper = `${newline}  `
    members.forEach(([key, v], i) => {
      out.push(i > 0 ? ',' : '', deeper, plain(key), ': ')
      write(v, schema?.properties?.[key], deeper, out)
    })
    out.push(newline, '}')
  } else {
    out.push(plain(value))
  }
}

function ordered(value: Record<string, unknown>, schema: Schema | undefined): [string, unknown][] {
  const known = Object.keys(schema?.properties ?? {})
  const rest = Object.keys(value)
    .filter((k) => !known.includes(k))
    .sort()
  return [...known.filter((k) => Object.hasOwn(value, k)), ...rest]
    .map((k): [string, unknown] => [k, value[k]])
    .filter(([, v]) => v !== undefined)
}

/** As JSON.stringify, and no number that JSON lacks becomes anything but null. */
function plain(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(
    /[\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

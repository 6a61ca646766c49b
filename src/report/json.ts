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
  const [before, after] = write({ ...rest, devices: [] }, AuditSchema as Schema, '\n').split(EMPTY_DEVICES)
  yield before!
  if (devices.length === 0) yield EMPTY_DEVICES
  else {
    const schema = (AuditSchema as Schema).properties!['devices']!.items
    for (const [i, device] of devices.entries())
      yield `${i === 0 ? '\n  "devices": [' : ','}\n    ${write(device, schema, '\n    ')}`
    yield '\n  ]'
  }
  yield `${after}\n`
}

/** Only a member of the outermost object stands at this depth: no text of the audit holds a line's end. */
const EMPTY_DEVICES = '\n  "devices": []'

/** A JSON Schema as published in docs/schema: the audit's, or another. */
export function renderSchema(of: object = AuditSchema): string {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...of }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function write(value: unknown, schema: Schema | undefined, newline: string): string {
  if (typeof value !== 'object' || value === null) return plain(value)
  const deeper = `${newline}  `
  if (Array.isArray(value)) {
    if (value.every((v) => typeof v !== 'object' || v === null)) return `[${value.map(plain).join(', ')}]`
    let out = '['
    for (const v of value) out += `${out === '[' ? '' : ','}${deeper}${write(v, schema?.items, deeper)}`
    return `${out}${newline}]`
  }
  let out = '{'
  for (const [key, v] of ordered(value as Record<string, unknown>, schema))
    out += `${out === '{' ? '' : ','}${deeper}${plain(key)}: ${write(v, schema?.properties?.[key], deeper)}`
  return out === '{' ? '{}' : `${out}${newline}}`
}

function ordered(value: Record<string, unknown>, schema: Schema | undefined): [string, unknown][] {
  const known = schema?.properties ?? {}
  const members: [string, unknown][] = []
  for (const key in known) if (Object.hasOwn(value, key)) members.push([key, value[key]])
  const rest = Object.keys(value).filter((key) => !Object.hasOwn(known, key))
  for (const key of rest.sort()) members.push([key, value[key]])
  return members.filter(([, v]) => v !== undefined)
}

/** As JSON.stringify, and no number that JSON lacks becomes anything but null. */
function plain(value: unknown): string {
  // most texts need nothing, and asking is cheaper than doing
  if (typeof value === 'string' && !NEEDS_ESCAPE.test(value)) return `"${value}"`
  return (JSON.stringify(value) ?? 'null').replace(
    /[\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const NEEDS_ESCAPE = /[^ !#-[\]-~]/

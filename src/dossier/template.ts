import { DossierSchema } from './dossier.ts'

interface Schema {
  readonly type?: string
  readonly const?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly description?: string
  readonly examples?: readonly unknown[]
}

/**
 * A dossier to begin with, as YAML: what it must have, and all that it may have as comments, each field with an example and what it
 * means. It is made from the schema, so that it lacks nothing; and checks as it is, and with every field's '#' taken away.
 */
export function template(): string {
  const { properties, required = [] } = DossierSchema as Schema
  const lines = [
    '# What its maker declares of a product. Take the "#" away from what holds, and change the example to what is true.',
    '# What is left out is not said: it settles nothing. A no is said as such (false).',
    '# assay dossier check FILE tells what is missing, and to what its maker will be held.',
    '',
  ]
  for (const [name, schema] of Object.entries(properties!)) {
    const must = required.includes(name)
    if (lines.at(-1) !== '') lines.push('')
    lines.push(...field(name, schema, 0, must))
  }
  return `${lines.join('\n')}\n`
}

/** A field and all within; `must`: not as a comment. */
function field(name: string, schema: Schema, depth: number, must: boolean): string[] {
  const indent = '  '.repeat(depth)
  const head = must ? '' : '#'
  const about = [schema.description, (schema.enum ?? schema.items?.enum)?.join(', ')].filter(Boolean).join('; one of ')
  const named = (line: string) => [remark(line, about)]
  if (schema.properties !== undefined) return [...named(`${head}${indent}${name}:`), ...members(schema, depth + 1, must)]
  const { items } = schema
  if (schema.type !== 'array' || items === undefined) return named(`${head}${indent}${name}: ${example(schema)}`)
  if (items.properties === undefined) {
    return [remark(`${head}${indent}${name}: [${example(items)}]`, about === '' ? (items.description ?? '') : about)]
  }
  const [first, ...rest] = members(items, depth + 2, must)
  const at = head.length + indent.length + 2
  return [...named(`${head}${indent}${name}:`), `${first!.slice(0, at)}- ${first!.slice(at + 2)}`, ...rest]
}

function members({ properties = {}, required = [] }: Schema, depth: number, must: boolean): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => field(name, schema, depth, must && required.includes(name)))
}

/** A line, and what it means behind it. */
function remark(line: string, about: string): string {
  return about === '' ? line : `${line}  # ${about}`
}

function example(schema: Schema): string {
  if (schema.const !== undefined) return schema.const
  if (schema.examples !== undefined) return plain(schema.examples[0])
  if (schema.enum !== undefined) return schema.enum[0]!
  if (schema.anyOf !== undefined) return example(schema.anyOf[0]!)
  if (schema.type === 'boolean') return 'true'
  return '…'
}

/** Quoted where YAML would take it for a number. */
function plain(value: unknown): string {
  return typeof value === 'string' && !/^[A-Za-z][\w ./:@*-]*$|^\d{4}-\d{2}-\d{2}$/.test(value)
    ? JSON.stringify(value)
    : String(value)
}

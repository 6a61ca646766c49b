import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { Settings } from 'typebox/system'
import { Errors } from 'typebox/value'
import { type Document, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { printable } from '../decode/text.ts'
import { type Dossier, DossierSchema } from './dossier.ts'
import { atPointer, pointer, steps } from './pointer.ts'
import { yamlFault } from './yaml-bounds.ts'

/** Larger dossiers are refused. */
const MAX_BYTES = 1 << 20
/** Problems told at once: the rest shows when these are mended. */
const MAX_PROBLEMS = 20
/** Levels of the value; the schema has eight. */
const MAX_DEPTH = 40
/** Texts, numbers, lists and objects in it, aliases written out. */
const MAX_VALUES = 100_000

/** What is wrong, and where. */
export interface Problem {
  /** JSON pointer (RFC 6901); '' is the whole. */
  readonly at: string
  /** From 1; undefined where the place is not known. */
  readonly line?: number
  readonly what: string
  /** A field that there is none of, and those there are. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] }
}

/** Cannot be taken as a dossier. `problems` is never empty. */
export class DossierError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ at, what }) => (at === '' ? what : `${at}: ${what}`)).join('; '))
    this.name = 'DossierError'
    this.problems = problems
  }
}

export interface ReadDossier {
  readonly path: string
  /** Of the file's bytes, in hex. */
  readonly sha256: string
  /** As it was written: what a signature is over. */
  readonly value: unknown
  /** The same, with texts that are safe to print. */
  readonly dossier: Dossier
}

/**
 * Reads a dossier, YAML 1.2 or JSON. Throws DossierError for what is none, and what the file system throws. Bounded in size, depth and
 * time whoever wrote it.
 */
export function readDossier(path: string): ReadDossier {
  const bytes = readBounded(path)
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), ...parseDossier(bytes) }
}

/** The same of bytes. */
export function parseDossier(bytes: Uint8Array): Pick<ReadDossier, 'value' | 'dossier'> {
  const text = utf8(bytes)
  const fault = yamlFault(text)
  if (fault !== undefined) throw new DossierError([{ at: '', ...fault }])
  const lines = new LineCounter()
  // keys are compared below: here it would take the square of their number
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    uniqueKeys: false,
    prettyErrors: false,
    // 'silent' would pass over a second document
    logLevel: 'error',
    lineCounter: lines,
  })
  const wrong = [...document.errors, ...document.warnings].slice(0, MAX_PROBLEMS)
  if (wrong.length > 0)
    throw new DossierError(
      wrong.map(({ message, pos }) => ({
        at: '',
        line: lines.linePos(pos[0]).line,
        what: `it is neither YAML nor JSON: ${printable(message, 300)}`,
      })),
    )
  const place = (at: readonly string[]) => ({ at: printable(pointer(at), 400), ...lineOf(document, lines, at) })
  const keys = keyProblems(document, lines)
  if (keys.length > 0) throw new DossierError(keys.slice(0, MAX_PROBLEMS))
  const value = plain(document)
  const problems = [...schemaProblems(value, place), ...first(textProblems(value, place))]
  if (problems.length > 0)
    throw new DossierError(problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, MAX_PROBLEMS))
  const dossier = cleaned(value) as Dossier
  const odd = selfContradictions(dossier).map(([at, what]) => ({ ...place(steps(at)), what }))
  if (odd.length > 0) throw new DossierError(odd.slice(0, MAX_PROBLEMS))
  return { value, dossier }
}

function readBounded(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    // a pipe or a device has no size: read until one byte is too many
    const bytes = Buffer.alloc(MAX_BYTES + 1)
    let filled = 0
    for (let n = -1; n !== 0 && filled <= MAX_BYTES; filled += n) n = readSync(file, bytes, filled, bytes.length - filled, null)
    if (filled > MAX_BYTES) throw new DossierError([{ at: '', what: `it is larger than ${MAX_BYTES >> 20} MiB` }])
    return bytes.subarray(0, filled)
  } finally {
    closeSync(file)
  }
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new DossierError([{ at: '', what: 'it is not UTF-8 text' }])
  }
}

/** Keys that stand twice, of which one would silently win, and keys that are no names. */
function keyProblems(document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = []
  const look = (node: unknown, at: readonly string[]): void => {
    if (problems.length >= MAX_PROBLEMS) return
    if (isSeq(node)) node.items.forEach((item, i) => look(item, [...at, String(i)]))
    if (!isMap(node)) return
    const seen = new Set<string>()
    for (const { key, value } of node.items) {
      const where = isScalar(key) && key.range ? { line: lines.linePos(key.range[0]).line } : {}
      if (!isScalar(key) || typeof key.value !== 'string') {
        problems.push({ at: printable(pointer(at), 400), ...where, what: "a field's name is no text" })
        continue
      }
      const name = key.value
      if (seen.has(name))
        problems.push({ at: printable(pointer([...at, name]), 400), ...where, what: 'it stands there twice: keep one of them' })
      seen.add(name)
      look(value, [...at, name])
    }
  }
  look(document.contents, [])
  return problems
}

/** The value, aliases written out. */
function plain(document: Document): unknown {
  const tooMuch = (what: string) => new DossierError([{ at: '', what }])
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw tooMuch(`its aliases lead nowhere, or repeat too much: ${printable((error as Error).message, 200)}`)
  }
  let left = MAX_VALUES
  // an alias within its own anchor makes a value without end
  const count = (one: unknown, depth: number): void => {
    if (--left < 0) throw tooMuch(`it holds more than ${MAX_VALUES.toLocaleString('en')} values`)
    if (depth > MAX_DEPTH) throw tooMuch(`it is nested more than ${MAX_DEPTH} levels deep`)
    if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) count(inner, depth + 1)
  }
  count(value, 0)
  return value
}

/** As many as are told: to find the place of each takes time. */
function first(problems: Iterable<Problem>): Problem[] {
  const out: Problem[] = []
  for (const problem of problems) {
    if (out.length === MAX_PROBLEMS) break
    out.push(problem)
  }
  return out
}

type Place = (at: readonly string[]) => Pick<Problem, 'at' | 'line'>

function schemaProblems(value: unknown, place: Place): Problem[] {
  if (value === null || value === undefined) return [{ at: '', what: 'it is empty' }]
  const unknown = first(unknownFields(DossierSchema as Schema, value, [], place))
  const errors = allErrors(value)
  // of a choice, why none of its members fits says nothing beside that none does
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ schemaPath }) => `${schemaPath}/anyOf/`)
  const told = errors
    .filter(({ keyword, schemaPath }) => !BY_NAME.has(keyword) && !choices.some((c) => schemaPath.startsWith(c)))
    .flatMap((error): Problem[] => {
      const at = steps(error.instancePath)
      const found = atPointer(value, error.instancePath)
      switch (error.keyword) {
        case 'required':
          return [{ ...place(at), what: `it lacks ${error.params.requiredProperties.join(', ')}` }]
        case 'enum':
          return [{ ...place(at), what: `${shown(found)} is not one of ${error.params.allowedValues.join(', ')}` }]
        case 'const':
          return [{ ...place(at), what: `${shown(found)} is not ${String(error.params.allowedValue)}` }]
        case 'type':
          return [
            { ...place(at), what: `${shown(found)} is no ${TYPES[String(error.params.type)] ?? String(error.params.type)}` },
          ]
        case 'pattern': {
          const { description } = schemaAt(error.schemaPath) ?? {}
          return [{ ...place(at), what: `${shown(found)} cannot be ${description ?? 'this'}` }]
        }
        case 'anyOf':
          return [{ ...place(at), what: `${shown(found)} is nothing that may stand here` }]
        default:
          return [{ ...place(at), what: error.message }]
      }
    })
  const all = [...unknown, ...told]
  // whatever else the schema refuses is refused
  return all.length > 0 || errors.length === 0 ? all : [{ ...place(steps(errors[0]!.instancePath)), what: errors[0]!.message }]
}

/** Told of fields that there are none of, which are looked for below: one for each would drown the others. */
const BY_NAME = new Set<string>(['additionalProperties', 'boolean'])

/** A typo must not be silent. */
function* unknownFields(schema: Schema, value: unknown, at: readonly string[], place: Place): Generator<Problem> {
  if (Array.isArray(value)) {
    if (schema.items !== undefined)
      for (const [i, inner] of value.entries()) yield* unknownFields(schema.items, inner, [...at, String(i)], place)
    return
  }
  const { properties } = schema
  if (!isObject(value) || properties === undefined) return
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) yield* unknownFields(properties[name]!, inner, [...at, name], place)
    else
      yield {
        ...place([...at, name]),
        what: 'there is no such field',
        unknown: { name: printable(name, 100), known: Object.keys(properties).filter((one) => !Object.hasOwn(value, one)) },
      }
  }
}

/** The library stops at a few, of which one mistake takes several. */
function allErrors(value: unknown): ReturnType<typeof Errors> {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: 8 * MAX_PROBLEMS })
  try {
    return Errors(DossierSchema, value)
  } finally {
    Settings.Set({ maxErrors })
  }
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'object with fields',
  array: 'list',
  string: 'text (in YAML, quote what looks like a number)',
  boolean: 'true or false',
  integer: 'whole number',
}

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  description?: string
}

/** '#/properties/support/properties/end' */
function schemaAt(path: string): Schema | undefined {
  return atPointer(DossierSchema, path.slice(1)) as Schema | undefined
}

function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return JSON.stringify(printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 60))
}

/** What the template says where only its maker knows. */
const UNFILLED = '…'

/** Days that no calendar has, texts that nobody wrote, and what could not be signed. */
function* textProblems(value: unknown, place: Place, at: readonly string[] = []): Generator<Problem> {
  if (typeof value === 'string') {
    // it could not be signed (RFC 8785, section 3.2.2.2)
    if (!value.isWellFormed()) yield { ...place(at), what: 'it holds half of a character (a lone surrogate)' }
    if (value.trim() === UNFILLED) yield { ...place(at), what: 'it is still to be filled in' }
    if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !isDay(value)) yield { ...place(at), what: `${value} is in no calendar` }
  } else if (typeof value === 'number' && !Number.isFinite(value)) yield { ...place(at), what: 'it is no number of JSON' }
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (!key.isWellFormed()) yield { ...place(at), what: "a field's name holds half of a character (a lone surrogate)" }
      yield* textProblems(inner, place, [...at, key])
    }
}

function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day)
}

/** Texts on one line, without characters that could steer a terminal or a page. */
function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return printable(value.trim().replace(/\s+/g, ' '), Infinity)
  if (Array.isArray(value)) return value.map(cleaned)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [printable(key, 200), cleaned(inner)]))
}

/** Where it says two things at once: what is held against it must be clear. */
function selfContradictions({ support, updates, data, thirdParties, services, mail }: Dossier): [at: string, what: string][] {
  const out: [string, string][] = []
  if (support?.start !== undefined && support.end !== undefined && support.end < support.start)
    out.push(['/support/end', `it lies before /support/start (${support.start})`])
  if (updates?.available === false && updates.how !== undefined)
    out.push(['/updates/how', 'it says how updates come, and /updates/available says that there are none'])
  if (data?.collected === false && (data.inventory?.length ?? 0) > 0)
    out.push(['/data/inventory', 'it lists data, and /data/collected says that none is collected'])
  if (thirdParties?.any === false && (thirdParties.parties?.length ?? 0) > 0)
    out.push(['/thirdParties/parties', 'it lists companies, and /thirdParties/any says that there are none'])
  if (mail?.sent === false && (mail.domains?.length ?? 0) > 0)
    out.push(['/mail/domains', 'it lists domains that write, and /mail/sent says that none does'])
  for (const [i, { port, to }] of (services ?? []).entries())
    if (to !== undefined && to < port) out.push([`/services/${i}/to`, `the range ends before it begins (${port})`])
  return out
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The line of a place, or of the nearest thing around it. */
function lineOf(document: Document, lines: LineCounter, at: readonly string[]): { line?: number } {
  let node: unknown = document.contents
  let offset = isCollection(node) ? node.range?.[0] : undefined
  for (const step of at) {
    if (isSeq(node)) node = node.items[Number(step)]
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
      if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset
      node = pair?.value
    } else break
    if (isSeq(node) || isMap(node) || isScalar(node)) offset = isMap(node) || isSeq(node) ? offset : (node.range?.[0] ?? offset)
  }
  return offset === undefined ? {} : { line: lines.linePos(offset).line }
}

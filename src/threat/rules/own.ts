import { isMap, isSeq, LineCounter, parseDocument } from 'yaml'
import { printable } from '../../decode/text.ts'
import { yamlFault } from '../../dossier/yaml-bounds.ts'
import type { Severity } from '../detector.ts'
import { STAGES, type Stage } from '../stage.ts'
import {
  BUFFERS,
  type BufferName,
  type Content,
  type Pattern,
  type Refused,
  type Rule,
  type Test,
  type Threshold,
} from './rule.ts'
import { faultOf, flagsOf } from './suricata.ts'
import { portsOf, wrongAddress } from './spelling.ts'

/* Rules in a form of our own: YAML or JSON, a field for each condition, all of which must hold (docs/rules.md). */

/** What is wrong with a file as a whole. */
export class RulesError extends Error {
  override readonly name = 'RulesError'
  /** From 1, where it is known. */
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    super(message)
    this.line = line
  }
}

/** What is wrong with one rule. */
class Wrong extends Error {
  readonly field: string

  constructor(field: string, why: string) {
    super(why)
    this.field = field
  }
}

type Fields = Record<string, unknown>

const FORMAT = 'assay-rules-1'

/** Throws RulesError for what is no file of rules at all. */
export function readOwn(text: string, file: string): { rules: Rule[]; refused: Refused[] } {
  const fault = yamlFault(text)
  if (fault !== undefined) throw new RulesError(fault.what.replace('any dossier needs', 'a file of rules may have'), fault.line)
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  })
  const [wrong] = [...document.errors, ...document.warnings]
  if (wrong)
    throw new RulesError(`it is neither YAML nor JSON: ${printable(wrong.message, 300)}`, lines.linePos(wrong.pos[0]).line)
  const value = valueOf(document)
  if (!isFields(value) || value['format'] !== FORMAT) throw new RulesError(`it does not begin with "format: ${FORMAT}"`, 1)
  for (const name of Object.keys(value))
    if (!['format', 'about', 'rules'].includes(name))
      throw new RulesError(`there is no field "${printable(name, 80)}"; there are format, about, rules`)
  const list = value['rules']
  const node = isMap(document.contents) ? document.contents.get('rules', true) : undefined
  if (!Array.isArray(list) || !isSeq(node)) throw new RulesError('"rules" is no list')
  const rules: Rule[] = []
  const refused: Refused[] = []
  for (const [i, one] of (list as unknown[]).entries()) {
    const at = (node.items[i] as { range?: [number, number, number] } | undefined)?.range?.[0]
    const line = at === undefined ? 1 : lines.linePos(at).line
    try {
      if (!isFields(one)) throw new Wrong('rules', 'a rule is a set of fields')
      rules.push(ruleOf(one, file, line))
    } catch (error) {
      if (!(error instanceof Wrong)) throw error
      const id = isFields(one) && typeof one['id'] === 'string' ? { id: printable(one['id'], 128) } : {}
      refused.push({ file, line, ...id, keyword: error.field, why: error.message })
    }
  }
  return { rules, refused }
}

/** References (`*name`) are not followed: some are made to grow without end. */
function valueOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    throw new RulesError('it refers to parts of itself (*): write them out')
  }
}

const FIELDS = new Set(
  `id title severity stage says remedy techniques transport protocol direction role peer ports content regex size flags threshold name
  ja4`.split(/\s+/),
)
const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']

function ruleOf(of: Fields, file: string, line: number): Rule {
  known(of, FIELDS, 'a rule')
  const tests = [...contents(of['content']), ...patterns(of['regex']), ...names(of['name']), ...ja4s(of['ja4'])]
  const ports = of['ports'] === undefined ? undefined : portList(of['ports'])
  const peer = of['peer'] === undefined ? undefined : peerOf(of['peer'])
  const protocol = of['protocol'] === undefined ? undefined : texts('protocol', of['protocol'])
  const size = of['size'] === undefined ? undefined : sizeOf(of['size'])
  const flags = of['flags'] === undefined ? undefined : flagsField(of['flags'])
  const threshold = of['threshold'] === undefined ? undefined : thresholdOf(of['threshold'])
  const direction = oneOf('direction', of['direction'] ?? 'from device', ['from device', 'to device', 'either'])
  const role = of['role'] === undefined ? undefined : oneOf('role', of['role'], ['client', 'server'])
  if (tests.length === 0 && !ports && !peer && !protocol && !size && !flags)
    throw new Wrong('content', 'it has no condition: it would match all there is')
  const rule: Rule = {
    id: id(of['id']),
    title: text('title', of['title'], 300),
    severity: oneOf('severity', of['severity'], SEVERITIES),
    ...(of['stage'] === undefined ? {} : { stage: oneOf('stage', of['stage'], Object.keys(STAGES) as Stage[]) }),
    ...(of['says'] === undefined ? {} : { says: text('says', of['says'], 1000) }),
    ...(of['remedy'] === undefined ? {} : { remedy: text('remedy', of['remedy'], 1000) }),
    techniques: of['techniques'] === undefined ? [] : techniques(of['techniques']),
    file,
    line,
    transport: oneOf('transport', of['transport'] ?? (flags ? 'tcp' : 'any'), ['tcp', 'udp', 'icmp', 'any']),
    ...(protocol ? { protocols: protocol } : {}),
    ...(ports ? { called: ports } : {}),
    ...(direction === 'either' ? {} : { device: direction === 'from device' ? 'source' : 'target' }),
    ...(role === undefined ? {} : { role }),
    ...(peer ? { peer } : {}),
    tests,
    ...(size ? { size } : {}),
    ...(flags ? { flags } : {}),
    bits: [],
    ...(threshold ? { threshold } : {}),
  }
  const wrong = faultOf(rule)
  if (wrong) throw new Wrong(OWN_WORDS[wrong[0] ?? ''] ?? wrong[0] ?? 'content', wrong[1])
  return rule
}

/** What Suricata's keywords are called here. */
const OWN_WORDS: Record<string, string> = { pcre: 'regex', dsize: 'size', isdataat: 'content', fast_pattern: 'content' }

function contents(value: unknown): Test[] {
  return list(value).map((one): Content => {
    const of = typeof one === 'string' ? { text: one } : one
    if (!isFields(of)) throw new Wrong('content', 'it is a text, or a set of fields')
    known(of, new Set(['text', 'hex', 'in', 'nocase', 'not', 'offset', 'depth', 'distance', 'within', 'at end']), 'content')
    if ((of['text'] === undefined) === (of['hex'] === undefined)) throw new Wrong('content', 'give one of text and hex')
    return {
      kind: 'content',
      in: bufferOf(of['in']),
      bytes: of['text'] === undefined ? hexOf(of['hex']) : Buffer.from(text('content', of['text'], 2000), 'utf8'),
      ...truth(of, 'nocase'),
      ...truth(of, 'not'),
      ...(of['at end'] === undefined ? {} : { atEnd: yes('at end', of['at end']) }),
      ...number(of, 'offset', 0),
      ...number(of, 'depth', 1),
      ...number(of, 'distance', -65_535),
      ...number(of, 'within', 1),
    }
  })
}

function patterns(value: unknown): Test[] {
  return list(value).map((one): Pattern => {
    const of = typeof one === 'string' ? { pattern: one } : one
    if (!isFields(of)) throw new Wrong('regex', 'it is a text, or a set of fields')
    known(of, new Set(['pattern', 'in', 'nocase', 'not', 'any line', 'lines', 'after']), 'regex')
    return {
      kind: 'pattern',
      in: bufferOf(of['in']),
      source: text('regex', of['pattern'], 2000),
      ...truth(of, 'nocase'),
      ...truth(of, 'not'),
      ...(of['any line'] === undefined ? {} : { multiline: yes('any line', of['any line']) }),
      ...(of['lines'] === undefined ? {} : { dotAll: yes('lines', of['lines']) }),
      ...(of['after'] === undefined ? {} : { relative: yes('after', of['after']) }),
    }
  })
}

function names(value: unknown): Test[] {
  if (value === undefined) return []
  const domains = texts('name', value).map((name) =>
    name
      .toLowerCase()
      .replace(/^\*?\./, '')
      .replace(/\.$/, ''),
  )
  for (const name of domains)
    if (!/^[^\s/:*]{1,253}$/.test(name)) throw new Wrong('name', `"${printable(name, 80)}" is no name of a domain`)
  return [{ kind: 'name', domains }]
}

function ja4s(value: unknown): Test[] {
  if (value === undefined) return []
  const values = texts('ja4', value)
  for (const one of values)
    if (!/^[a-z0-9]{10}_[0-9a-f]{12}_[0-9a-f]{12}$/.test(one))
      throw new Wrong('ja4', `"${printable(one, 80)}" is no JA4 fingerprint`)
  return [{ kind: 'one-of', in: 'ja4', values }]
}

function portList(value: unknown) {
  const words = list(value).map((one) => (typeof one === 'number' || typeof one === 'string' ? `${one}`.trim() : '?'))
  const made = portsOf(
    words.filter((word) => !word.startsWith('!')),
    words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)),
    '-',
  )
  if (typeof made === 'string') throw new Wrong('ports', `"${printable(made, 80)}" is no port, and no range such as 8000-8080`)
  return made
}

function peerOf(value: unknown) {
  const words = texts('peer', value).map((word) => (word === 'internet' ? 'away' : word === 'local' ? 'home' : word))
  for (const word of words) {
    if (word === 'away' || word === 'home') continue
    const wrong = wrongAddress(word.replace(/^!/, ''))
    if (wrong !== undefined)
      throw new Wrong('peer', `${printable(wrong, 120)}; there are internet, local, addresses and networks`)
  }
  return {
    some: words.filter((word) => !word.startsWith('!')),
    not: words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)),
  }
}

function sizeOf(value: unknown) {
  if (!isFields(value)) throw new Wrong('size', 'it has min, max, or both')
  known(value, new Set(['min', 'max']), 'size')
  const { least } = { least: 0, ...renamed(number(value, 'min', 0), 'least') }
  const { most } = { most: Infinity, ...renamed(number(value, 'max', 0), 'most') }
  if (most < least) throw new Wrong('size', 'max is less than min')
  return { least, most }
}

function renamed<K extends string>(of: Record<string, number>, name: K): Partial<Record<K, number>> {
  const [value] = Object.values(of)
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, number>>)
}

function flagsField(value: unknown) {
  const made = flagsOf(text('flags', value, 20))
  if (!made) throw new Wrong('flags', 'letters of F, S, R, P, A, U, E, C, as Suricata has them: S, SA, R+')
  return made
}

function thresholdOf(value: unknown): Threshold {
  if (!isFields(value)) throw new Wrong('threshold', 'it has count, seconds and by')
  known(value, new Set(['count', 'seconds', 'by']), 'threshold')
  const { count } = number(value, 'count', 1, 1_000_000)
  const { seconds } = number(value, 'seconds', 1, 86_400 * 30)
  if (count === undefined || seconds === undefined) throw new Wrong('threshold', 'it needs count and seconds')
  return { count, seconds, by: oneOf('by', value['by'] ?? 'rule', ['source', 'target', 'both', 'rule']) }
}

function techniques(value: unknown): string[] {
  const all = texts('techniques', value)
  for (const one of all)
    if (!/^T\d{4}(?:\.\d{3})?$/.test(one))
      throw new Wrong('techniques', `"${printable(one, 40)}" is no id of ATT&CK such as T1110.001`)
  return all
}

function id(value: unknown): string {
  const said = typeof value === 'number' ? `${value}` : value
  if (typeof said !== 'string' || !/^[\w][\w.:-]{0,99}$/.test(said))
    throw new Wrong('id', 'letters, digits, ".", ":", "-" and "_", at most 100')
  return said
}

function bufferOf(value: unknown): BufferName {
  return value === undefined ? 'payload' : oneOf('in', value, BUFFERS)
}

function hexOf(value: unknown): Uint8Array {
  const said = text('hex', value, 4000).replaceAll(/[\s:]/g, '')
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(said)) throw new Wrong('hex', 'it is pairs of hexadecimal digits')
  return Buffer.from(said, 'hex')
}

function list(value: unknown): unknown[] {
  const all = value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value]
  if (all.length > 256) throw new Wrong('content', 'a list of more than 256')
  return all
}

function texts(field: string, value: unknown): string[] {
  const all = list(value).map((one) => text(field, one, 300))
  if (all.length === 0) throw new Wrong(field, 'the list is empty')
  return all
}

function text(field: string, value: unknown, most: number): string {
  if (typeof value !== 'string' || value === '' || value.length > most)
    throw new Wrong(field, value === undefined ? 'it is missing' : `it is a text of at most ${most} characters`)
  return value
}

function oneOf<T extends string>(field: string, value: unknown, all: readonly T[]): T {
  const found = all.find((one) => one === value)
  if (found === undefined)
    throw new Wrong(
      field,
      `${value === undefined ? 'it is missing' : typeof value === 'string' ? `"${printable(value, 60)}"` : 'it is no text'}; there are ${all.join(', ')}`,
    )
  return found
}

function truth<K extends string>(of: Fields, field: K): Partial<Record<K, boolean>> {
  return of[field] === undefined ? {} : ({ [field]: yes(field, of[field]) } as Partial<Record<K, boolean>>)
}

function yes(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Wrong(field, 'it is true or false')
  return value
}

function number<K extends string>(of: Fields, field: K, least: number, most = 65_535): Partial<Record<K, number>> {
  const value = of[field]
  if (value === undefined) return {}
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw new Wrong(field, `it is a whole number from ${least} to ${most}`)
  return { [field]: value } as Partial<Record<K, number>>
}

function known(of: Fields, names: ReadonlySet<string>, what: string): void {
  for (const name of Object.keys(of))
    if (!names.has(name))
      throw new Wrong(printable(name, 80), `there is no such field of ${what}; there are ${[...names].join(', ')}`)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { printable } from '../../decode/text.ts'

const MAX_BYTES = 64 << 20
export const MAX_LISTED = 200_000
const MAX_REFUSED = 1000
/** Networks that are wider hold too many who have done nothing. */
const WIDEST_4 = 8
const WIDEST_6 = 19

export const TYPES = ['ip', 'network', 'domain', 'url', 'ja4', 'sha256', 'sha1', 'md5'] as const
export type ListedType = (typeof TYPES)[number]

/** One thing on a list. Plain data. */
export interface Listed {
  readonly type: ListedType
  /** As it is compared: in lower case, an address as the audit writes it, a network as address/length, an URL without its scheme. */
  readonly value: string
  readonly file: string
  readonly line: number
  /** What the list says of it. */
  readonly label?: string
}

export interface NotListed {
  readonly file: string
  readonly line: number
  readonly why: string
}

export interface ReadList {
  readonly path: string
  readonly listed: readonly Listed[]
  readonly refused: readonly NotListed[]
}

/** Is no list. */
export class ListError extends Error {
  override readonly name = 'ListError'
}

/** Reads a list: STIX 2.1, CSV, or a line each. Throws ListError for what is none, and what the file system throws. */
export function readList(path: string, room = MAX_LISTED): ReadList {
  if (statSync(path).size > MAX_BYTES) throw new ListError(`it is larger than ${MAX_BYTES >> 20} MiB`)
  return { path, ...parseList(readFileSync(path), path, room) }
}

/** The same of bytes. */
export function parseList(bytes: Uint8Array, path: string, room = MAX_LISTED): Omit<ReadList, 'path'> {
  if (bytes.includes(0)) throw new ListError('it is no text')
  const text = new TextDecoder().decode(bytes)
  const found = new Found(path, room)
  if (/^\s*\{/.test(text)) ofStix(text, found)
  else ofLines(text, found)
  if (found.listed.length === 0 && found.refused.length === 0) throw new ListError('it holds no indicator')
  return found
}

class Found {
  readonly listed: Listed[] = []
  readonly refused: NotListed[] = []
  private readonly file: string
  private readonly room: number

  constructor(file: string, room: number) {
    this.file = file
    this.room = room
  }

  take(word: string, line: number, label?: string, as?: ListedType): void {
    const one = recognised(word, as)
    if (typeof one === 'string') this.refuse(line, one)
    else if (this.listed.length >= this.room) this.refuse(line, `there is room for ${MAX_LISTED}`)
    else this.listed.push({ ...one, file: this.file, line, ...(label ? { label: printable(label, 200) } : {}) })
  }

  /** Of a file that is no list every line is refused: the first tell enough. */
  refuse(line: number, why: string): void {
    if (this.refused.length > MAX_REFUSED) return
    if (this.refused.length === MAX_REFUSED) why = 'from here on lines that are refused are not listed'
    this.refused.push({ file: this.file, line, why: printable(why, 300) })
  }
}

/** What a word is, or why it is nothing. Written so that nobody follows it by mistake (hxxp, [.]) it is understood, too. */
function recognised(word: string, as?: ListedType): Pick<Listed, 'type' | 'value'> | string {
  const value = word.trim().replaceAll('[.]', '.').replaceAll('[:]', ':').replace(/^hxxp/i, 'http')
  const what = `"${word.slice(0, 80)}"`
  if (/^https?:\/\//i.test(value)) return urlOf(value) ?? `${what} is no URL`
  const [ip, length, ...more] = value.split('/') as [string, string?, ...string[]]
  const family = isIP(ip)
  if (family !== 0 && more.length === 0) return addressOf(ip, family, length) ?? `${what} is no network, or a very wide one`
  if (/^[0-9a-f]+$/i.test(value)) {
    const type = ({ 64: 'sha256', 40: 'sha1', 32: 'md5' } as const)[value.length]
    if (type !== undefined) return { type, value: value.toLowerCase() }
  }
  if (/^[tqd][0-9a-z]{9}_[0-9a-f]{12}_[0-9a-f]{12}$/.test(value)) return { type: 'ja4', value }
  const name = value
    .toLowerCase()
    .replace(/^(?:\*?\.)/, '')
    .replace(/\.$/, '')
  if (/^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(name))
    return { type: 'domain', value: name }
  return `${what} is no ${as ?? 'address, network, domain, URL, JA4 fingerprint or hash'}`
}

function addressOf(ip: string, family: number, length: string | undefined): Pick<Listed, 'type' | 'value'> | undefined {
  const value = canonical(ip)
  const all = family === 4 ? 32 : 128
  if (length === undefined || length === `${all}`) return { type: 'ip', value }
  if (!/^\d{1,3}$/.test(length) || Number(length) > all || Number(length) < (family === 4 ? WIDEST_4 : WIDEST_6)) return undefined
  return { type: 'network', value: `${value}/${length}` }
}

/** An IPv6 address as URLs have it, which is RFC 5952's form. */
export function canonical(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip.replace(/%.*/, '')}]/`).hostname.slice(1, -1) : ip
}

function urlOf(value: string): Pick<Listed, 'type' | 'value'> | undefined {
  const said = /^https?:\/\/(?:[^/@]*@)?([^/?#]+)([^#]*)/i.exec(value)
  if (!said) return undefined
  const host = said[1]!.toLowerCase().replace(/:80$/, '')
  return { type: 'url', value: `${host}${said[2]!.startsWith('/') ? said[2]! : `/${said[2]!}`}` }
}

const HEADS: Record<string, readonly string[]> = {
  value: ['value', 'indicator', 'indicator_value', 'ioc', 'ioc_value', 'observable'],
  type: ['type', 'indicator_type', 'ioc_type'],
  label: ['label', 'description', 'comment', 'threat', 'malware', 'name', 'tags', 'category'],
}

function ofLines(text: string, found: Found): void {
  let columns: Record<string, number> | undefined
  let begun = false
  for (const [i, whole] of text.split(/\r?\n/).entries()) {
    const said = whole.trim()
    if (said === '' || /^(?:#|;|\/\/)/.test(said)) continue
    // a value may hold a comma in quotes only
    const cells = /[,;\t]/.test(said) && !/^https?:\/\/[^,"\s]*$/i.test(said) ? cellsOf(said) : undefined
    if (!begun && cells) {
      columns = columnsOf(cells)
      begun = true
      if (columns) continue
    }
    begun = true
    if (cells && columns) {
      const value = cells[columns['value']!] ?? ''
      found.take(value, i + 1, columns['label'] === undefined ? undefined : cells[columns['label']])
    } else if (cells) {
      const at = cells.findIndex((cell) => typeof recognised(cell) !== 'string')
      if (at < 0) found.refuse(i + 1, `no part of "${said.slice(0, 80)}" is an indicator`)
      else found.take(cells[at]!, i + 1, cells[at + 1])
    } else {
      // as files of hosts have it: an address of nobody, and a name
      const words = said
        .replace(/\s#.*$/, '')
        .trim()
        .split(/\s+/)
      found.take(words.length === 2 && /^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)$/.test(words[0]!) ? words[1]! : words.join(' '), i + 1)
    }
  }
}

function columnsOf(cells: readonly string[]): Record<string, number> | undefined {
  const names = cells.map((cell) => cell.trim().toLowerCase().replaceAll(/[\s-]/g, '_'))
  const columns: Record<string, number> = {}
  for (const [what, heads] of Object.entries(HEADS)) {
    const at = heads.map((head) => names.indexOf(head)).find((n) => n >= 0)
    if (at !== undefined) columns[what] = at
  }
  return columns['value'] === undefined ? undefined : columns
}

/** RFC 4180, with semicolons and tabs where there are no commas. */
function cellsOf(line: string): string[] {
  const separator = [',', ';', '\t'].find((c) => line.includes(c))!
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!
    if (quoted && c === '"' && line[i + 1] === '"') cell += line[++i]!
    else if (c === '"') quoted = !quoted
    else if (c === separator && !quoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += c
  }
  return [...cells, cell.trim()]
}

/** Indicators of a STIX 2.1 bundle: comparisons for equality, and any of several. The line is that where the indicator's id stands. */
function ofStix(text: string, found: Found): void {
  let bundle: unknown
  try {
    bundle = JSON.parse(text)
  } catch (error) {
    throw new ListError(`it is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const objects = (bundle as { objects?: unknown }).objects
  if ((bundle as { type?: unknown }).type !== 'bundle' || !Array.isArray(objects)) throw new ListError('it is no STIX bundle')
  const lines = new Lines(text)
  for (const one of objects as Record<string, unknown>[]) {
    if (typeof one !== 'object' || one === null || one['type'] !== 'indicator') continue
    const line = typeof one['id'] === 'string' ? lines.of(`"${one['id']}"`) : lines.of('')
    if (one['revoked'] === true) continue
    const pattern = one['pattern']
    if (typeof pattern !== 'string' || (one['pattern_type'] ?? 'stix') !== 'stix') {
      found.refuse(line, 'its pattern is none of STIX')
      continue
    }
    const terms = termsOf(pattern)
    if (typeof terms === 'string') found.refuse(line, terms)
    else for (const value of terms) found.take(value, line, typeof one['name'] === 'string' ? one['name'] : undefined)
  }
}

const TERM =
  /^\s*(?:(?:ipv4-addr|ipv6-addr|domain-name|url):value\s*(?:=|ISSUBSET)|(?:file|artifact):hashes\.(?:'[\w-]+'|"[\w-]+"|\w+)\s*=)\s*'((?:[^'\\]|\\.)*)'\s*/

/** Values of a pattern: any of them matches. Or why it is not understood. */
function termsOf(pattern: string): string[] | string {
  const values: string[] = []
  let rest = pattern.trim()
  for (;;) {
    if (!rest.startsWith('[')) return `"${rest.slice(0, 60)}" is more than comparisons for equality`
    rest = rest.slice(1)
    for (;;) {
      const term = TERM.exec(rest)
      if (!term || values.length >= 1000) return `"${rest.slice(0, 60)}" is more than comparisons for equality, joined by OR`
      values.push(term[1]!.replaceAll(/\\(.)/g, '$1'))
      rest = rest.slice(term[0].length)
      if (!/^OR\b/.test(rest)) break
      rest = rest.slice(2)
    }
    if (!rest.startsWith(']')) return `"${rest.slice(0, 60)}" is more than comparisons for equality, joined by OR`
    rest = rest.slice(1).trim()
    if (rest === '') return values
    if (!/^OR\b/.test(rest)) return `"${rest.slice(0, 60)}" is more than comparisons for equality, joined by OR`
    rest = rest.slice(2).trim()
  }
}

/** Lines of a text, asked for in order. */
class Lines {
  private readonly text: string
  private at = 0
  private line = 1
  private lost = false

  constructor(text: string) {
    this.text = text
  }

  of(what: string): number {
    const found = this.lost || what === '' ? -1 : this.text.indexOf(what, this.at)
    // one that is written otherwise than it reads: to look for each of those to the end would take hours
    if (found < 0) this.lost ||= what !== ''
    if (found < 0) return this.line
    for (let i = this.text.indexOf('\n', this.at); i >= 0 && i < found; i = this.text.indexOf('\n', i + 1)) this.line++
    this.at = found
    return this.line
  }
}

import { printable } from '../decode/text.ts'

/** A document cannot be read: what is wrong with it, in words for its reader. */
export class Unreadable extends Error {}

/** Larger documents are not read. */
export const MAX_DOCUMENT = 50e6

type Fields = Readonly<Record<string, unknown>>

/** JSON of a stranger. Throws Unreadable. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_DOCUMENT) throw new Unreadable(`it has ${bytes.length} bytes; more than ${MAX_DOCUMENT} are not read`)
  measure(bytes)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Unreadable('it is no UTF-8')
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unreadable(`it is no JSON: ${printable((error as Error).message, 120)}`)
  }
}

/** Objects and arrays within one another, objects and arrays, and values, of a document: a bill of 200,000 components has half as many. */
const MAX_DEPTH = 128
const MAX_CONTAINERS = 4e6
const MAX_VALUES = 16e6

/** What would be made of it is counted before it is made: two bytes of text may become a hundred of memory. Throws Unreadable. */
function measure(bytes: Uint8Array): void {
  let [depth, containers, values] = [0, 0, 0]
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!
    if (c === 0x22) {
      for (i++; i < bytes.length && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > MAX_DEPTH) throw new Unreadable(`it is nested deeper than ${MAX_DEPTH}`)
      if (++containers > MAX_CONTAINERS) throw new Unreadable(`it has more than ${MAX_CONTAINERS} objects and lists`)
    } else if (c === 0x7d || c === 0x5d) depth--
    else if (c === 0x2c && ++values > MAX_VALUES) throw new Unreadable(`it has more than ${MAX_VALUES} values`)
  }
}

/** {} for what is no object. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** [] for what is no array. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Text that may be shown, without spaces around; undefined for what is none, or empty. */
export function words(value: unknown, max = 256): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = printable(value.slice(0, max * 2).trim(), max)
  return text === '' ? undefined : text
}

/** Milliseconds since 1970 of an RFC 3339 time; undefined for what is none. */
export function moment(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(value))
    return undefined
  const at = Date.parse(value)
  return Number.isFinite(at) ? at : undefined
}

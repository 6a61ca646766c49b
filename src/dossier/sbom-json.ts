import { printable } from '../decode/text.ts'

/** A document cannot be read: what is wrong with it, in words for its reader. */
export class Unreadable extends Error {}

/** Larger documents are not read. */
export const MAX_DOCUMENT = 50e6

type Fields = Readonly<Record<string, unknown>>

/** JSON of a stranger. Throws Unreadable. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_DOCUMENT) throw new Unreadable(`it has ${bytes.length} bytes; more than ${MAX_DOCUMENT} are not read`)
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

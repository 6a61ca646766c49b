import { printable } from '../text.ts'

/** Longest text kept of a field, in characters. */
const MAX_FIELD = 128

export type JsonObject = Readonly<Record<string, unknown>>

const NOTHING: JsonObject = {}

/** The object that the text (of decode/text.ts, which replaces line ends and tabs) is; an empty one where it is none, or cut. */
export function objectOf(json: string): JsonObject {
  try {
    return asObject(JSON.parse(json.replaceAll('\uFFFD', ' ')))
  } catch {
    return NOTHING
  }
}

export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : NOTHING
}

/** A text or number of the object itself (never of its prototype), printable and bounded; undefined where it is empty or neither. */
export function fieldOf(object: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  return typeof value === 'string' && value !== '' ? printable(value, MAX_FIELD) : undefined
}

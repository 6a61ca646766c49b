/**
 * The canonical form of a JSON value (JSON Canonicalization Scheme, RFC 8785): the same bytes whoever wrote it and however it was laid
 * out. Throws for what JSON cannot say: numbers that are none, lone surrogates (I-JSON, RFC 7493), anything but plain values.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'number':
      // section 3.2.2.3: as ECMAScript writes numbers
      if (!Number.isFinite(value)) throw new TypeError(`${value} is no number of JSON`)
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    case 'object':
      break
    default:
      throw new TypeError(`${typeof value} is no value of JSON`)
  }
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  // section 3.2.3: by UTF-16 code units, as ECMAScript compares
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, inner]) => `${text(name)}:${canonical(inner)}`).join(',')}}`
}

/** Section 3.2.2.2: what JSON.stringify escapes, and as it does. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a text holds half of a character (a lone surrogate)')
  return JSON.stringify(value)
}

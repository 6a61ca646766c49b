import { Unreadable } from './sbom-json.ts'

const MAX_DEPTH = 32

/**
 * A value as OLPC's canonical JSON, which is what TUF's signatures are over (TUF specification 1.0, section 4.2): names in the order of
 * their code points, no spaces, in strings only " and \ escaped, integers only. Throws Unreadable for what it cannot write down.
 */
export function canonical(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new Unreadable(`its metadata is nested deeper than ${MAX_DEPTH}`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Unreadable('its metadata has a number that is no integer')
    return String(value)
  }
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one, depth + 1)).join(',')}]`
  const entries = Object.entries(value as object).map(([name, one]) => [Buffer.from(name), name, one] as const)
  entries.sort(([a], [b]) => Buffer.compare(a, b))
  return `{${entries.map(([, name, one]) => `${quoted(name)}:${canonical(one, depth + 1)}`).join(',')}}`
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

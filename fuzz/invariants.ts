/** What rewrites a terminal or a page: C0, DEL, C1, line separators, bidirectional controls. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/

/** HTTP messages hold the buffer that they read from when asked, and how far they have read: neither is told to anyone. */
const INTERNAL: ReadonlySet<string> = new Set(['side', 'content'])

const MAX_STRING = 4096
const MAX_LIST = 4096

/** Plain data that may be kept and shown: bounded, printable, numbers that are numbers. Throws what is wrong, and where. */
export function presentable(value: unknown, where = '', depth = 0): void {
  if (typeof value === 'string') {
    if (value.length > MAX_STRING) throw new Error(`${where}: a text of ${value.length} characters`)
    if (UNSAFE.test(value)) throw new Error(`${where}: unsafe text ${JSON.stringify(value.slice(0, 80))}`)
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${where}: the number ${value}`)
  } else if (ArrayBuffer.isView(value)) {
    if (value.byteLength > 1 << 16) throw new Error(`${where}: ${value.byteLength} bytes`)
  } else if (typeof value === 'object' && value !== null) {
    if (depth > 12) throw new Error(`${where}: nested ${depth} deep`)
    const entries = Object.entries(value)
    if (entries.length > MAX_LIST) throw new Error(`${where}: a list of ${entries.length}`)
    for (const [key, v] of entries) {
      if (INTERNAL.has(key)) continue
      if (UNSAFE.test(key)) throw new Error(`${where}: unsafe key ${JSON.stringify(key.slice(0, 80))}`)
      presentable(v, `${where}.${key.slice(0, 40)}`, depth + 1)
    }
  }
}

/** A report: lines of printable text. */
export function printable(report: string): void {
  const at = report.replaceAll('\n', ' ').search(UNSAFE)
  if (at >= 0) throw new Error(`unsafe in a report: ${JSON.stringify(report.slice(Math.max(0, at - 40), at + 40))}`)
}

export function equal(a: unknown, b: unknown, what: string): void {
  const told = (value: unknown) => JSON.stringify(value, (key, v: unknown) => (INTERNAL.has(key) ? undefined : v))
  const [x, y] = [told(a), told(b)]
  if (x !== y) throw new Error(`${what}: ${x.slice(0, 300)} is not ${y.slice(0, 300)}`)
}

export function hold(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

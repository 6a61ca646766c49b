import { compareDigits } from './versions-number.ts'

/** Debian Policy section 5.6.12: epoch, upstream version, revision; '~' sorts before everything, even the end. */
export function compareDpkg(a: string, b: string): number | undefined {
  const x = parse(a)
  const y = parse(b)
  if (x === undefined || y === undefined) return undefined
  return compareDigits(x.epoch, y.epoch) || comparePart(x.upstream, y.upstream) || comparePart(x.revision, y.revision)
}

function parse(text: string): { epoch: string; upstream: string; revision: string } | undefined {
  const found = /^(?:(\d+):)?([A-Za-z0-9.+~:-]+)$/.exec(text.trim())
  if (found === null || text.trim().endsWith('-')) return undefined
  const [, epoch = '0', rest] = found
  const hyphen = rest!.lastIndexOf('-')
  // an absent revision is equal to one of 0
  return hyphen < 0
    ? { epoch, upstream: rest!, revision: '' }
    : { epoch, upstream: rest!.slice(0, hyphen), revision: rest!.slice(hyphen + 1) }
}

/** By turns what is no digit, by its own order, and a number. */
function comparePart(a: string, b: string): number {
  const x = pieces(a)
  const y = pieces(b)
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = '', q = ''] = [x[i], y[i]]
    const order = i % 2 === 0 ? compareWords(p, q) : compareDigits(p || '0', q || '0')
    if (order !== 0) return order
  }
  return 0
}

function pieces(part: string): string[] {
  const found: string[] = part.match(/\d+|\D+/g) ?? []
  return /^\d/.test(part) ? ['', ...found] : found
}

function compareWords(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = weight(a[i]) - weight(b[i])
    if (order !== 0) return order
  }
  return 0
}

/** '~', the end, letters, the rest. */
function weight(c: string | undefined): number {
  if (c === undefined) return 0
  if (c === '~') return -1
  return /[A-Za-z]/.test(c) ? c.charCodeAt(0) : c.charCodeAt(0) + 256
}

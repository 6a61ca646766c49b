import { compareDigits, compareText } from './versions-number.ts'

/** RPM's epoch:version-release (rpm.org, "Version comparison", rpm-version(7)). A release that one of them leaves out is not compared. */
export function compareRpm(a: string, b: string): number | undefined {
  const x = parse(a)
  const y = parse(b)
  if (x === undefined || y === undefined) return undefined
  const order = compareDigits(x.epoch, y.epoch) || compareRpmPart(x.version, y.version)
  if (order !== 0 || x.release === undefined || y.release === undefined) return order
  return compareRpmPart(x.release, y.release)
}

function parse(text: string): { epoch: string; version: string; release?: string } | undefined {
  const found = /^(?:(\d+):)?([\x21-\x7e]+)$/.exec(text.trim())
  if (found === null) return undefined
  const [, epoch = '0', rest] = found
  const hyphen = rest!.indexOf('-')
  return hyphen < 0 ? { epoch, version: rest! } : { epoch, version: rest!.slice(0, hyphen), release: rest!.slice(hyphen + 1) }
}

/** One version, or one release: numbers and words by turns; '~' sorts before the end, '^' just after it. */
export function compareRpmPart(a: string, b: string): number {
  const x = a.match(/\d+|[A-Za-z]+|~|\^/g) ?? []
  const y = b.match(/\d+|[A-Za-z]+|~|\^/g) ?? []
  for (let i = 0; ; i++) {
    const [p, q] = [x[i], y[i]]
    if (p === '~' || q === '~') {
      if (p !== q) return p === '~' ? -1 : 1
      continue
    }
    if (p === '^' || q === '^') {
      if (p === q) continue
      if (p === undefined) return -1
      if (q === undefined) return 1
      return p === '^' ? -1 : 1
    }
    if (p === undefined || q === undefined) return p === q ? 0 : p === undefined ? -1 : 1
    const [numberP, numberQ] = [/^\d/.test(p), /^\d/.test(q)]
    // a number is newer than a word
    if (numberP !== numberQ) return numberP ? 1 : -1
    const order = numberP ? compareDigits(p, q) : compareText(p, q)
    if (order !== 0) return order
  }
}

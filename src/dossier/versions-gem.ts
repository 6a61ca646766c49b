import { compareDigits, compareText } from './versions-number.ts'

/** RubyGems' (Gem::Version): segments of digits or letters, where a word makes a prerelease and sorts before any number. */
export function compareGem(a: string, b: string): number | undefined {
  const x = parse(a)
  const y = parse(b)
  if (x === undefined || y === undefined) return undefined
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = '0', q = '0'] = [x[i], y[i]]
    const [numberP, numberQ] = [/^\d/.test(p), /^\d/.test(q)]
    const order = numberP !== numberQ ? (numberP ? 1 : -1) : numberP ? compareDigits(p, q) : compareText(p, q)
    if (order !== 0) return order
  }
  return 0
}

function parse(text: string): string[] | undefined {
  const version = text.trim()
  if (!/^\d+(\.[0-9A-Za-z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/.test(version)) return undefined
  return version.replaceAll('-', '.pre.').match(/\d+|[A-Za-z]+/g) ?? undefined
}

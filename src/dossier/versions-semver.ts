import { compareDigits, compareText } from './versions-number.ts'

interface Semver {
  readonly numbers: readonly string[]
  readonly before: readonly string[]
}

/**
 * Semantic Versioning 2.0.0 section 11. Read leniently, as ecosystems write it: a leading v, and missing numbers, which are zero.
 * Build metadata is not compared (section 10).
 */
export function compareSemver(a: string, b: string): number | undefined {
  return compareParsed(parse(a, 3), parse(b, 3), compareText)
}

/** NuGet: a fourth number, and labels without regard to case (NuGet, "Package versioning"). */
export function compareNuget(a: string, b: string): number | undefined {
  return compareParsed(parse(a, 4), parse(b, 4), (x, y) => compareText(x.toLowerCase(), y.toLowerCase()))
}

function compareParsed(
  a: Semver | undefined,
  b: Semver | undefined,
  words: (a: string, b: string) => number,
): number | undefined {
  if (a === undefined || b === undefined) return undefined
  for (let i = 0; i < 4; i++) {
    const order = compareDigits(a.numbers[i] ?? '0', b.numbers[i] ?? '0')
    if (order !== 0) return order
  }
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length
  for (let i = 0; i < Math.min(a.before.length, b.before.length); i++) {
    const order = compareIdentifiers(a.before[i]!, b.before[i]!, words)
    if (order !== 0) return order
  }
  return a.before.length - b.before.length
}

/** Numbers before words. */
function compareIdentifiers(a: string, b: string, words: (a: string, b: string) => number): number {
  const numberA = /^\d+$/.test(a)
  const numberB = /^\d+$/.test(b)
  if (numberA && numberB) return compareDigits(a, b)
  return numberA ? -1 : numberB ? 1 : words(a, b)
}

function parse(text: string, numbers: number): Semver | undefined {
  const found = /^[vV=]?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?$/.exec(text.trim())
  if (found === null) return undefined
  const given = found[1]!.split('.')
  return given.length > numbers ? undefined : { numbers: given, before: found[2]?.split('.') ?? [] }
}

import { compareDigits, compareText } from './versions-number.ts'

/** Older than the release, and newer, in order (apk-package(5)). */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p']
const RELEASE = SUFFIXES.indexOf('')

interface Version {
  readonly numbers: readonly string[]
  readonly letter: string
  readonly suffixes: readonly { rank: number; number: string }[]
  readonly revision: string
}

/** Alpine's: digits{.digits}[letter]{_suffix[digits]}[-rdigits] (apk-package(5), "package version"). */
export function compareApk(a: string, b: string): number | undefined {
  const x = parse(a)
  const y = parse(b)
  if (x === undefined || y === undefined) return undefined
  for (let i = 0; i < Math.max(x.numbers.length, y.numbers.length); i++) {
    const [p, q] = [x.numbers[i], y.numbers[i]]
    if (p === undefined || q === undefined) return p === undefined ? -1 : 1
    const order = compareNumber(p, q, i === 0)
    if (order !== 0) return order
  }
  const letters = compareText(x.letter, y.letter)
  if (letters !== 0) return letters
  for (let i = 0; i < Math.max(x.suffixes.length, y.suffixes.length); i++) {
    const [p, q] = [x.suffixes[i], y.suffixes[i]]
    const order = (p?.rank ?? RELEASE) - (q?.rank ?? RELEASE) || compareDigits(p?.number ?? '0', q?.number ?? '0')
    if (order !== 0) return order
  }
  return compareDigits(x.revision, y.revision)
}

/** Where one of them begins with a zero, and it is not the first, they are fractions: 1.06 is older than 1.5. */
function compareNumber(a: string, b: string, first: boolean): number {
  return !first && (a.startsWith('0') || b.startsWith('0')) ? compareText(a, b) : compareDigits(a, b)
}

function parse(text: string): Version | undefined {
  const found = /^(\d+(?:\.\d+)*)([a-z]?)((?:_[a-z]+\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?$/.exec(text.trim())
  if (found === null) return undefined
  const suffixes = [...found[3]!.matchAll(/_([a-z]+)(\d*)/g)].map(([, word, number]) => ({
    rank: SUFFIXES.indexOf(word!),
    number: number || '0',
  }))
  if (suffixes.some(({ rank }) => rank < 0)) return undefined
  return { numbers: found[1]!.split('.'), letter: found[2]!, suffixes, revision: found[4] ?? '0' }
}

import { compareDigits, compareText } from './versions-number.ts'

/** Python's versions in their order (PEP 440, now the packaging guide's "Version specifiers"). */
export function comparePep440(a: string, b: string): number | undefined {
  const x = parse(a)
  const y = parse(b)
  if (x === undefined || y === undefined) return undefined
  return (
    compareDigits(x.epoch, y.epoch) ||
    compareLists(x.release, y.release) ||
    compareStage(x.stage, y.stage) ||
    compareMaybe(x.post, y.post, -1) ||
    compareMaybe(x.dev, y.dev, 1) ||
    compareLocal(x.local, y.local)
  )
}

interface Version {
  readonly epoch: string
  /** Without trailing zeros: 1.0 is 1. */
  readonly release: readonly string[]
  /** How ready it is: a development release of nothing else sorts before alphas, a plain one after candidates. */
  readonly stage: { readonly rank: number; readonly number: string }
  readonly post?: string
  readonly dev?: string
  readonly local: readonly string[]
}

const PATTERN =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/
const RANKS: Readonly<Record<string, number>> = { a: 1, alpha: 1, b: 2, beta: 2, c: 3, rc: 3, pre: 3, preview: 3 }

function parse(text: string): Version | undefined {
  const found = PATTERN.exec(text.trim().toLowerCase())
  if (found === null) return undefined
  const [, epoch = '0', numbers, pre, preNumber, implicitPost, postWord, postNumber, devWord, devNumber, local] = found
  const post = implicitPost ?? (postWord === undefined ? undefined : postNumber || '0')
  const dev = devWord === undefined ? undefined : devNumber || '0'
  const rank = pre !== undefined ? RANKS[pre]! : dev !== undefined && post === undefined ? 0 : 4
  const release = numbers!.split('.')
  while (release.length > 1 && /^0+$/.test(release.at(-1)!)) release.pop()
  return {
    epoch,
    release,
    stage: { rank, number: pre === undefined ? '0' : preNumber || '0' },
    ...(post === undefined ? {} : { post }),
    ...(dev === undefined ? {} : { dev }),
    local: local?.split(/[-_.]/) ?? [],
  }
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = compareDigits(a[i] ?? '0', b[i] ?? '0')
    if (order !== 0) return order
  }
  return 0
}

function compareStage(a: Version['stage'], b: Version['stage']): number {
  return a.rank - b.rank || compareDigits(a.number, b.number)
}

/** @param absent where a version without this part stands: -1 before all that have it, 1 after */
function compareMaybe(a: string | undefined, b: string | undefined, absent: 1 | -1): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? absent : -absent
  return compareDigits(a, b)
}

/** Numbers after words, and more after less. */
function compareLocal(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [p, q] = [a[i], b[i]]
    if (p === undefined || q === undefined) return p === undefined ? -1 : 1
    const [numberP, numberQ] = [/^\d+$/.test(p), /^\d+$/.test(q)]
    const order = numberP !== numberQ ? (numberP ? 1 : -1) : numberP ? compareDigits(p, q) : compareText(p, q)
    if (order !== 0) return order
  }
  return 0
}

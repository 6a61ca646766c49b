import { compareDigits, compareText } from './versions-number.ts'

type Item = string | { readonly word: string } | Item[]

/** Deeper nesting is nobody's version. */
const MAX_DEPTH = 64

/** Maven's (POM reference, "Version Order Specification"): numbers, words and, after a hyphen or a change between them, lists. */
export function compareMaven(a: string, b: string): number | undefined {
  const x = parse(a)
  const y = parse(b)
  return x === undefined || y === undefined ? undefined : compare(x, y)
}

function parse(text: string): Item[] | undefined {
  const version = text.trim().toLowerCase()
  if (version === '' || !/^[\x21-\x7e]+$/.test(version)) return undefined
  const all: Item[] = []
  const open: Item[][] = [all]
  const deeper = () => {
    const list: Item[] = []
    open.at(-1)!.push(list)
    open.push(list)
  }
  const tokens = version.match(/\d+|[^\d.-]+|[.-]/g)!
  let empty = true
  for (const [i, token] of tokens.entries()) {
    if (open.length > MAX_DEPTH) return undefined
    if (token === '.' || token === '-') {
      // nothing between two separators is a zero
      if (empty) open.at(-1)!.push('0')
      empty = true
      if (token === '-') deeper()
      continue
    }
    const before = tokens[i - 1]
    if (before !== undefined && before !== '.' && before !== '-') deeper()
    const after = tokens[i + 1]
    if (/^\d/.test(token)) open.at(-1)!.push(token)
    else {
      const beforeNumber = /^\d/.test(after ?? '')
      // .X is the same as -X, but not before a separator
      if ((beforeNumber || after === undefined) && open.at(-1)!.length > 0) deeper()
      open.at(-1)!.push({ word: wordOf(token, beforeNumber) })
    }
    empty = false
  }
  for (const list of open.toReversed()) normalise(list)
  return all
}

/** What is null at the end of a list is not there. */
function normalise(list: Item[]): void {
  for (let i = list.length - 1; i >= 0; i--) {
    const last = list[i]!
    if (isNull(last)) list.splice(i, 1)
    else if (!Array.isArray(last)) return
  }
}

function isNull(item: Item): boolean {
  if (typeof item === 'string') return /^0+$/.test(item)
  return Array.isArray(item) ? item.length === 0 : item.word === ''
}

function wordOf(word: string, beforeNumber: boolean): string {
  const whole = beforeNumber ? (SHORT[word] ?? word) : word
  return SAME[whole] ?? whole
}

const SHORT: Readonly<Record<string, string>> = { __proto__: null as never, a: 'alpha', b: 'beta', m: 'milestone' }
const SAME: Readonly<Record<string, string>> = { __proto__: null as never, ga: '', final: '', release: '', cr: 'rc' }
const KNOWN = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp']

/** Words that are not known come after those that are, in their alphabet's order. */
function compareWords(a: string, b: string): number {
  const [x, y] = [KNOWN.indexOf(a), KNOWN.indexOf(b)]
  if (x < 0 && y < 0) return compareText(a, b)
  return (x < 0 ? KNOWN.length : x) - (y < 0 ? KNOWN.length : y)
}

function compare(a: Item, b: Item | undefined): number {
  if (b === undefined) return compareNothing(a)
  if (typeof a === 'string') return typeof b === 'string' ? compareDigits(a, b) : 1
  if (typeof b === 'string') return -1
  if (!Array.isArray(a)) return Array.isArray(b) ? -1 : compareWords(a.word, b.word)
  if (!Array.isArray(b)) return 1
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = a[i] === undefined ? -compare(b[i]!, undefined) : compare(a[i]!, b[i])
    if (order !== 0) return order
  }
  return 0
}

function compareNothing(item: Item): number {
  if (typeof item === 'string') return isNull(item) ? 0 : 1
  if (!Array.isArray(item)) return compareWords(item.word, '')
  for (const one of item) {
    const order = compareNothing(one)
    if (order !== 0) return order
  }
  return 0
}

/** Bytes to look for; letters of ASCII in either case where `nocase`. */
export interface Pattern {
  readonly bytes: Uint8Array
  readonly nocase?: boolean
}

/** Together, at most: more is a mistake, or is meant to fill memory. */
const MAX_PATTERNS = 1 << 16
const MAX_BYTES = 1 << 22
/** Bytes that begin a pattern: with more, text is read faster as it comes (measured). */
const FEW = 8

/**
 * Many patterns looked for at once (Aho and Corasick, "Efficient string matching", CACM 18(6), 1975). Bytes that no pattern tells apart are one
 * class. A state that has several ways on has a row of its own, with a target for each class; most are within one pattern, and have the one way
 * on, or else that of their longest suffix: that keeps 3,000 patterns in a megabyte or two, and near the processor.
 *
 * Where a pattern is `nocase`, all are looked for without regard to case, and what is found is looked at again for those that are not.
 */
export class Automaton {
  /** A state in which nothing has been read. */
  static readonly START = 0
  /** Bytes that it takes, beside the patterns. */
  readonly byteLength: number
  private readonly patterns: readonly Pattern[]
  /** Class of each byte. */
  private readonly classes: Uint8Array
  private readonly width: number
  /**
   * Targets, a row of `width` each. A state is the offset of its row, or, where it has none, `limit` and its index into `step`, `target` and
   * `suffix`. A target where patterns end is written as its complement.
   */
  private readonly rows: Int32Array
  private readonly limit: number
  private readonly step: Uint8Array
  private readonly target: Int32Array
  private readonly suffix: Int32Array
  /** By state in the order of rows, then of the others: the latest pattern that ends there (-1), and the next shorter suffix where one ends. */
  private readonly ends: Int32Array
  private readonly shorter: Int32Array
  /** By pattern: the next one of the same bytes. */
  private readonly alike: Int32Array
  /** By pattern: its case counts and was not looked at yet. */
  private readonly exact: Uint8Array
  /** Most bytes begin no pattern: it pays to ask only that, as long as none has begun. */
  private readonly few: boolean

  /** Throws RangeError for an empty pattern and for more than 65,536 patterns or 4 MiB of them. */
  constructor(patterns: readonly Pattern[]) {
    const size = patterns.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (patterns.length > MAX_PATTERNS) throw new RangeError(`more than ${MAX_PATTERNS} patterns`)
    if (size > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes of patterns`)
    if (patterns.some(({ bytes }) => bytes.length === 0)) throw new RangeError('an empty pattern')
    this.patterns = patterns
    const folds = patterns.some(({ nocase }) => nocase === true)
    this.classes = classesOf(patterns, folds)
    this.width = Math.max(...this.classes) + 1
    this.exact = Uint8Array.from(patterns, ({ bytes, nocase }) => (folds && nocase !== true && bytes.some(isLetter) ? 1 : 0))
    this.alike = new Int32Array(patterns.length).fill(-1)

    const trie = new Trie(size + 1)
    const { count, ends, order, suffix, shorter } = trie.grow(patterns, this.classes, this.alike)
    // rows first: the root, what is one step from it, and where patterns part
    const state = new Int32Array(count)
    let rows = 0
    for (const node of order) if (trie.parts(node)) state[node] = rows++ * this.width
    this.limit = rows * this.width
    let others = 0
    for (const node of order) if (!trie.parts(node)) state[node] = this.limit + others++

    this.rows = new Int32Array(this.limit)
    this.step = new Uint8Array(others)
    this.target = new Int32Array(others)
    this.suffix = new Int32Array(others)
    this.ends = new Int32Array(count).fill(-1)
    this.shorter = new Int32Array(count).fill(-1)
    const marked = (node: number) => (ends[node]! >= 0 || shorter[node]! >= 0 ? ~state[node]! : state[node]!)
    for (const node of order) {
      const s = state[node]!
      const i = this.ordinal(s)
      this.ends[i] = ends[node]!
      this.shorter[i] = shorter[node]! < 0 ? -1 : this.ordinal(state[shorter[node]!]!)
      if (s >= this.limit) {
        const child = trie.child[node]!
        const before = state[suffix[node]!]!
        this.step[s - this.limit] = child >= 0 ? trie.byte[child]! : 0
        this.target[s - this.limit] = child >= 0 ? marked(child) : this.next(before, 0)
        this.suffix[s - this.limit] = before
        continue
      }
      // a suffix is shorter, and so its row is there already
      if (node !== 0) for (let c = 0; c < this.width; c++) this.rows[s + c] = this.next(state[suffix[node]!]!, c)
      for (let child = trie.child[node]!; child >= 0; child = trie.sibling[child]!)
        this.rows[s + trie.byte[child]!] = marked(child)
    }
    this.few = this.classes.reduce((sum, c) => sum + (this.rows[c] === 0 ? 0 : 1), 0) <= FEW
    this.byteLength = [
      this.classes,
      this.rows,
      this.step,
      this.target,
      this.suffix,
      this.ends,
      this.shorter,
      this.alike,
      this.exact,
    ]
      .map((a) => a.byteLength)
      .reduce((a, b) => a + b)
  }

  /**
   * Reads bytes[from, to) from `state` on; returns the state in which to read what follows. `onHit` is told of every place where a pattern ends:
   * its index, and the offset after its last byte. bytes[held, from) came before `from`: of a pattern that began earlier than that, in bytes
   * that are gone, the case of these is not known, and taken for right.
   */
  search(
    bytes: Uint8Array,
    from: number,
    to: number,
    state: number,
    onHit: (pattern: number, end: number) => void,
    held: number = from,
  ): number {
    const { classes, rows, limit, step, target, suffix } = this
    const skips = this.few
    let s = state
    for (let i = from; i < to; i++) {
      if (s === 0 && skips) {
        while (i < to && rows[classes[bytes[i]!]!] === 0) i++
        if (i >= to) break
      }
      const c = classes[bytes[i]!]!
      if (s < limit) s = rows[s + c]!
      else {
        let k = s - limit
        while (k >= 0 && step[k] !== c) k = suffix[k]! - limit
        s = k >= 0 ? target[k]! : rows[k + limit + c]!
      }
      if (s < 0) {
        s = ~s
        this.hits(s, bytes, held, i + 1, onHit)
      }
    }
    return s
  }

  private hits(state: number, bytes: Uint8Array, held: number, end: number, onHit: (pattern: number, end: number) => void): void {
    for (let i = this.ordinal(state); i >= 0; i = this.shorter[i]!)
      for (let p = this.ends[i]!; p >= 0; p = this.alike[p]!)
        if (this.exact[p] === 0 || isThere(this.patterns[p]!.bytes, bytes, held, end)) onHit(p, end)
  }

  private next(state: number, c: number): number {
    let s = state
    while (s >= this.limit && this.step[s - this.limit] !== c) s = this.suffix[s - this.limit]!
    return s >= this.limit ? this.target[s - this.limit]! : this.rows[s + c]!
  }

  private ordinal(state: number): number {
    return state < this.limit ? state / this.width : this.limit / this.width + (state - this.limit)
  }
}

/** The patterns as a tree, while the automaton is made of it. */
class Trie {
  readonly child: Int32Array
  readonly sibling: Int32Array
  /** Class of the byte that leads to a node. */
  readonly byte: Uint8Array
  private readonly depth: Uint8Array
  private count = 1

  constructor(most: number) {
    this.child = new Int32Array(most).fill(-1)
    this.sibling = new Int32Array(most).fill(-1)
    this.byte = new Uint8Array(most)
    this.depth = new Uint8Array(most)
  }

  grow(patterns: readonly Pattern[], classes: Uint8Array, alike: Int32Array) {
    const ends = new Int32Array(this.child.length).fill(-1)
    patterns.forEach(({ bytes }, i) => {
      let node = 0
      for (let k = 0; k < bytes.length; k++) node = this.under(node, classes[bytes[k]!]!) ?? this.add(node, classes[bytes[k]!]!)
      alike[i] = ends[node]!
      ends[node] = i
    })
    // breadth first: of each node the longest suffix that is in the tree, which is shorter than the node
    const { count } = this
    const order = new Int32Array(count)
    const suffix = new Int32Array(count)
    const shorter = new Int32Array(count).fill(-1)
    let known = 1
    for (let at = 0; at < known; at++) {
      const node = order[at]!
      for (let child = this.child[node]!; child >= 0; child = this.sibling[child]!) {
        order[known++] = child
        let s = suffix[node]!
        if (node !== 0) {
          while (s !== 0 && this.under(s, this.byte[child]!) === undefined) s = suffix[s]!
          s = this.under(s, this.byte[child]!) ?? 0
        }
        suffix[child] = s
        shorter[child] = ends[s]! >= 0 ? s : shorter[s]!
      }
    }
    return { count, ends, order, suffix, shorter }
  }

  /** Has it a row of its own? */
  parts(node: number): boolean {
    const child = this.child[node]!
    return this.depth[node]! < 2 || (child >= 0 && this.sibling[child]! >= 0)
  }

  private under(node: number, c: number): number | undefined {
    for (let child = this.child[node]!; child >= 0; child = this.sibling[child]!) if (this.byte[child] === c) return child
    return undefined
  }

  private add(node: number, c: number): number {
    const made = this.count++
    this.byte[made] = c
    this.depth[made] = Math.min(this.depth[node]! + 1, 2)
    this.sibling[made] = this.child[node]!
    this.child[node] = made
    return made
  }
}

/** A class for each byte that is in a pattern, in the order of their values; 0 for all others. */
function classesOf(patterns: readonly Pattern[], folds: boolean): Uint8Array {
  const used = new Set(patterns.flatMap(({ bytes }) => [...new Set(bytes)].map((b) => (folds ? lower(b) : b))))
  // with all 256 in use no class is left for others, and none is needed
  const first = used.size < 256 ? 1 : 0
  const classes = new Uint8Array(256)
  const number = new Map([...used].sort((a, b) => a - b).map((b, i) => [b, first + i]))
  for (let b = 0; b < 256; b++) classes[b] = number.get(folds ? lower(b) : b) ?? 0
  return classes
}

/** Is the pattern at the end of bytes[held, end), as far as it is there? */
function isThere(pattern: Uint8Array, bytes: Uint8Array, held: number, end: number): boolean {
  for (let i = pattern.length - 1, at = end - 1; i >= 0 && at >= held; i--, at--) if (pattern[i] !== bytes[at]) return false
  return true
}

function isLetter(b: number): boolean {
  return lower(b) >= 0x61 && lower(b) <= 0x7a
}

/** ASCII only. */
export function lower(b: number): number {
  return b >= 0x41 && b <= 0x5a ? b + 32 : b
}

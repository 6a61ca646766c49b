/**
 * Regular expressions over bytes, in time that grows with the length of what is searched and never faster: a set of states is followed, none
 * is gone back to (Thompson, "Regular expression search algorithm", CACM 11(6), 1968), and sets met before are remembered (a lazy automaton).
 * PCRE's language but for what needs going back: references, looking ahead or behind, atomic groups. Greedy or not makes no difference
 * here: all ends are told of.
 */
export interface Flags {
  nocase?: boolean
  /** '.' is a line's end, too. */
  dotAll?: boolean
  /** '^' and '$' are at lines' ends, too. */
  multiline?: boolean
  /** It begins where the search does. */
  anchored?: boolean
}

/** Says why an expression cannot be understood. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

/** Steps that an expression may have when its counted repeats are written out. */
const MAX_STEPS = 2000
const MAX_REPEAT = 1000
const MAX_DEPTH = 50
const MAX_LENGTH = 2000
/** Sets of states remembered; then all are forgotten. */
const MAX_SETS = 256

// kinds of steps
const BYTE = 0
const SPLIT = 1
const ASSERT = 2
const MATCH = 3

// what is asserted
const TEXT_BEGIN = 0
const TEXT_END = 1
/** The end, or before a line's end that is the last byte: PCRE's '$'. */
const LAST_LINE_END = 2
const LINE_BEGIN = 3
const LINE_END = 4
const WORD_EDGE = 5
const NO_WORD_EDGE = 6

// what a byte is to assertions, and that there is none
const OTHER = 0
const WORD = 1
const NEWLINE = 2
const NONE = 3
/** A line's end that is the last byte. */
const LAST_NEWLINE = 4

interface Step {
  kind: number
  /** Of BYTE: index of its set. Of ASSERT: what. */
  of: number
  next: number
  /** Of SPLIT: the other way. */
  other: number
}

/** A set of states before a byte, and where bytes lead. */
interface Place {
  states: Int32Array
  /** What the byte before was. */
  before: number
  /** By class of the next byte: the next place; undefined where it was not asked yet. */
  next: (Place | undefined)[]
  /** By class of the next byte: 1 where a match ends before it. */
  ends: Uint8Array
}

export class Expression {
  private readonly steps: Step[]
  private readonly sets: readonly Uint8Array[]
  private readonly start: number
  private readonly anchored: boolean
  /** Class of each byte, and one of each class. */
  private readonly classes = new Uint8Array(256)
  private readonly samples: number[] = []
  private readonly places = new Map<string, Place>()
  /** Of each state: when it was last looked through, and last reached. */
  private readonly through: Uint32Array
  private readonly reached: Uint32Array
  private generation = 0
  private readonly stack: number[] = []
  /** What `advance` found: states after the byte, how many, and whether a match ended before it. */
  private readonly found: Int32Array
  private count = 0
  private ended = false
  /** Sets that were made in this search. */
  private made = 0

  /** Throws ExpressionError for what it does not understand. */
  constructor(source: string, flags: Flags = {}) {
    const { steps, sets, start } = new Compiler(source, flags).compile()
    this.steps = steps
    this.sets = sets
    this.start = start
    this.anchored = flags.anchored === true
    this.through = new Uint32Array(steps.length)
    this.reached = new Uint32Array(steps.length)
    this.found = new Int32Array(steps.length)
    // each set parts those that are in it from those that are not
    for (let b = 0; b < 256; b++) this.classes[b] = kindOf(b)
    for (const set of sets) {
      const known = new Map<number, number>()
      for (let b = 0; b < 256; b++) {
        const key = this.classes[b]! * 2 + set[b]!
        if (!known.has(key)) known.set(key, known.size)
        this.classes[b] = known.get(key)!
      }
    }
    const most = this.classes.reduce((x, y) => Math.max(x, y), 0)
    for (let c = 0; c <= most; c++) this.samples.push(this.classes.indexOf(c))
  }

  /** Tells of every place after `from` in bytes[begin, end) where a match that began there or later ends, until `onEnd` gives true; is that. */
  search(bytes: Uint8Array, begin: number, end: number, from: number, onEnd: (end: number) => boolean): boolean {
    const { classes, samples } = this
    this.made = 0
    let place = this.place(Int32Array.of(this.start), from > begin ? kindOf(bytes[from - 1]!) : NONE)
    for (let i = from; i < end; i++) {
      const last = i === end - 1 && bytes[i] === 0x0a
      const c = last ? samples.length + 1 : classes[bytes[i]!]!
      // what makes ever new sets is followed without remembering them
      if (place.next[c] === undefined && this.made > MAX_SETS) return this.follow(place, bytes, end, i, onEnd)
      const next = place.next[c] ?? this.step(place, c, bytes[i]!, last ? LAST_NEWLINE : kindOf(bytes[i]!))
      if (place.ends[c] === 1 && onEnd(i)) return true
      if (next.states.length === 0) return false
      place = next
    }
    const c = samples.length
    if (place.next[c] === undefined) this.step(place, c, -1, NONE)
    return place.ends[c] === 1 && onEnd(end)
  }

  private follow(
    { states, before }: Place,
    bytes: Uint8Array,
    end: number,
    from: number,
    onEnd: (end: number) => boolean,
  ): boolean {
    let now: Int32Array = Int32Array.from({ length: this.steps.length }, (_, i) => states[i] ?? 0)
    let count = states.length
    let kind = before
    for (let i = from; i <= end; i++) {
      const b = i < end ? bytes[i]! : -1
      const next = b < 0 ? NONE : i === end - 1 && b === 0x0a ? LAST_NEWLINE : kindOf(b)
      this.advance(now, count, kind, b, next)
      if (this.ended && onEnd(i)) return true
      count = this.count
      if (count === 0) return false
      now.set(this.found.subarray(0, count))
      kind = next === LAST_NEWLINE ? NEWLINE : next
    }
    return false
  }

  /** From these states over the byte (-1 at the end), which is between what was `before` and is itself a `kind`. */
  private advance(states: Int32Array, count: number, before: number, byte: number, kind: number): void {
    const { through, reached, stack, steps, found } = this
    const generation = ++this.generation
    this.count = 0
    this.ended = false
    for (let i = 0; i < count; i++) stack.push(states[i]!)
    while (stack.length > 0) {
      const at = stack.pop()!
      if (through[at] === generation) continue
      through[at] = generation
      const step = steps[at]!
      if (step.kind === SPLIT) stack.push(step.next, step.other)
      else if (step.kind === ASSERT) {
        if (holds(step.of, before, kind)) stack.push(step.next)
      } else if (step.kind === MATCH) this.ended = true
      else if (byte >= 0 && this.sets[step.of]![byte] === 1 && reached[step.next] !== generation) {
        reached[step.next] = generation
        found[this.count++] = step.next
      }
    }
    if (!this.anchored && byte >= 0 && reached[this.start] !== generation) found[this.count++] = this.start
  }

  private step(place: Place, c: number, byte: number, kind: number): Place {
    this.made++
    this.advance(place.states, place.states.length, place.before, byte, kind)
    if (this.ended) place.ends[c] = 1
    const made = this.place(this.found.slice(0, this.count), kind === LAST_NEWLINE ? NEWLINE : kind)
    place.next[c] = made
    return made
  }

  private place(states: Int32Array, before: number): Place {
    states.sort()
    const key = `${before}:${states.join()}`
    const known = this.places.get(key)
    if (known) return known
    if (this.places.size >= MAX_SETS) {
      for (const one of this.places.values()) one.next.fill(undefined)
      this.places.clear()
    }
    const classes = this.samples.length + 2
    const made: Place = { states, before, next: Array.from({ length: classes }), ends: new Uint8Array(classes) }
    this.places.set(key, made)
    return made
  }
}

function isWord(b: number): boolean {
  return (b >= 0x30 && b <= 0x39) || (b >= 0x41 && b <= 0x5a) || b === 0x5f || (b >= 0x61 && b <= 0x7a)
}

function kindOf(b: number): number {
  return b === 0x0a ? NEWLINE : isWord(b) ? WORD : OTHER
}

function holds(what: number, before: number, after: number): boolean {
  switch (what) {
    case TEXT_BEGIN:
      return before === NONE
    case TEXT_END:
      return after === NONE
    case LAST_LINE_END:
      return after === NONE || after === LAST_NEWLINE
    case LINE_BEGIN:
      return before === NONE || before === NEWLINE
    case LINE_END:
      return after === NONE || after === NEWLINE || after === LAST_NEWLINE
    default:
      return ((before === WORD) !== (after === WORD)) === (what === WORD_EDGE)
  }
}

type Piece = { first: number; patch: (to: number) => void }

/** From text to steps, each part put before what follows it. */
class Compiler {
  private at = 0
  private depth = 0
  private readonly steps: Step[] = []
  private readonly sets: Uint8Array[] = []
  private readonly setIds = new Map<string, number>()
  private readonly source: string
  private readonly flags: Flags

  constructor(source: string, flags: Flags) {
    this.source = source
    this.flags = { ...flags }
  }

  compile(): { steps: Step[]; sets: Uint8Array[]; start: number } {
    if (this.source.length > MAX_LENGTH) throw new ExpressionError(`it is longer than ${MAX_LENGTH} characters`)
    // flags for all of it may be written at its beginning
    const said = /^\(\?([a-zA-Z]+)\)/.exec(this.source)
    if (said) {
      for (const flag of said[1]!) {
        if (flag === 'i') this.flags.nocase = true
        else if (flag === 's') this.flags.dotAll = true
        else if (flag === 'm') this.flags.multiline = true
        else throw new ExpressionError(`the flag ${flag} is not understood`)
      }
      this.at = said[0].length
    }
    const all = this.choice()
    if (this.at < this.source.length) throw new ExpressionError(`")" at ${this.at} closes nothing`)
    const match = this.add({ kind: MATCH, of: 0, next: -1, other: -1 })
    all.patch(match)
    return { steps: this.steps, sets: this.sets, start: all.first }
  }

  private add(step: Step): number {
    if (this.steps.length >= MAX_STEPS) throw new ExpressionError(`it takes more than ${MAX_STEPS} steps`)
    return this.steps.push(step) - 1
  }

  private one(kind: number, of: number): Piece {
    const first = this.add({ kind, of, next: -1, other: -1 })
    return { first, patch: (to) => void (this.steps[first]!.next = to) }
  }

  private split(a: number, b: number): number {
    return this.add({ kind: SPLIT, of: 0, next: a, other: b })
  }

  private choice(): Piece {
    if (++this.depth > MAX_DEPTH) throw new ExpressionError(`groups stand more than ${MAX_DEPTH} deep`)
    const ways = [this.sequence()]
    while (this.source[this.at] === '|') {
      this.at++
      ways.push(this.sequence())
    }
    this.depth--
    const first = ways.slice(1).reduce((before, way) => this.split(before, way.first), ways[0]!.first)
    return { first, patch: (to) => ways.forEach((way) => way.patch(to)) }
  }

  private sequence(): Piece {
    const parts: Piece[] = []
    while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')')
      parts.push(this.repeated())
    return this.chain(parts)
  }

  private chain(parts: readonly Piece[]): Piece {
    if (parts.length === 0) {
      const first = this.split(-1, -1)
      return {
        first,
        patch: (to) => void Object.assign(this.steps[first]!, { next: to, other: to }),
      }
    }
    for (let i = 0; i + 1 < parts.length; i++) parts[i]!.patch(parts[i + 1]!.first)
    return { first: parts[0]!.first, patch: parts.at(-1)!.patch }
  }

  private repeated(): Piece {
    const begin = this.at
    let piece = this.atom()
    const repeat = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})/.exec(this.source.slice(this.at, this.at + 16))
    if (!repeat) return piece
    this.at += repeat[0].length
    if (this.source[this.at] === '?') this.at++
    else if (this.source[this.at] === '+') throw new ExpressionError('a possessive repeat needs going back')
    const after = this.at
    if (/^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(this.source.slice(after, after + 16)))
      throw new ExpressionError('a repeat of a repeat')
    const [, sign, from, comma, to] = repeat
    const least = sign === undefined ? Number(from) : sign === '+' ? 1 : 0
    const most = sign === '?' ? 1 : sign !== undefined || (comma === ',' && to === '') ? Infinity : Number(comma ? to : from)
    if (least > MAX_REPEAT || (most !== Infinity && most > MAX_REPEAT))
      throw new ExpressionError(`a repeat of more than ${MAX_REPEAT}`)
    if (most < least) throw new ExpressionError(`a repeat of ${least} to ${most}`)
    // each copy is compiled anew from its text
    const copy = () => {
      this.at = begin
      piece = this.atom()
      this.at = after
      return piece
    }
    const parts: Piece[] = []
    let spare: Piece | undefined = piece
    const take = () => {
      const taken = spare ?? copy()
      spare = undefined
      return taken
    }
    for (let i = 0; i < least - (most === Infinity ? 1 : 0); i++) parts.push(take())
    if (most === Infinity) parts.push(least > 0 ? this.again(take()) : this.maybeMany(take()))
    else for (let i = least; i < most; i++) parts.push(this.maybe(take()))
    this.at = after
    return this.chain(parts)
  }

  /** One or more. */
  private again(piece: Piece): Piece {
    const loop = this.split(piece.first, -1)
    piece.patch(loop)
    return { first: piece.first, patch: (to) => void (this.steps[loop]!.other = to) }
  }

  private maybeMany(piece: Piece): Piece {
    const loop = this.split(piece.first, -1)
    piece.patch(loop)
    return { first: loop, patch: (to) => void (this.steps[loop]!.other = to) }
  }

  private maybe(piece: Piece): Piece {
    const first = this.split(piece.first, -1)
    return {
      first,
      patch: (to) => {
        piece.patch(to)
        this.steps[first]!.other = to
      },
    }
  }

  private atom(): Piece {
    const c = this.source[this.at++]!
    switch (c) {
      case '(':
        return this.group()
      case '[':
        return this.bytes(this.list())
      case '.':
        return this.bytes(setOf((b) => this.flags.dotAll === true || b !== 0x0a))
      case '^':
        return this.one(ASSERT, this.flags.multiline ? LINE_BEGIN : TEXT_BEGIN)
      case '$':
        return this.one(ASSERT, this.flags.multiline ? LINE_END : LAST_LINE_END)
      case '*':
      case '+':
      case '?':
        throw new ExpressionError(`"${c}" at ${this.at - 1} repeats nothing`)
      case '\\':
        return this.escape()
      default:
        return this.bytes(this.letter(codeOf(c)))
    }
  }

  private group(): Piece {
    if (this.source[this.at] === '?') {
      const how = /^\?(?::|P?<\w+>|'\w+')/.exec(this.source.slice(this.at, this.at + 40))
      if (!how) throw new ExpressionError(`"(${this.source.slice(this.at, this.at + 3)}" needs going back, or is not understood`)
      this.at += how[0].length
    } else if (this.source[this.at] === '*') throw new ExpressionError('"(*" is not understood')
    const inner = this.choice()
    if (this.source[this.at++] !== ')') throw new ExpressionError('a group that is not closed')
    return inner
  }

  private escape(): Piece {
    const c = this.source[this.at]
    if (c === undefined) throw new ExpressionError('"\\" at its end')
    const assertion = ASSERTIONS[c]
    if (assertion !== undefined) {
      this.at++
      return this.one(ASSERT, assertion)
    }
    if (/[1-9]/.test(c)) throw new ExpressionError('a reference back')
    return this.bytes(this.escaped())
  }

  /** What stands after a backslash, within a list or not. */
  private escaped(): Uint8Array {
    const c = this.source[this.at++]!
    const set = CLASSES[c]
    if (set) return set
    if (c === 'x') {
      const hex = /^(?:\{([0-9a-fA-F]{1,2})\}|([0-9a-fA-F]{1,2}))/.exec(this.source.slice(this.at, this.at + 5))
      if (!hex) throw new ExpressionError('"\\x" without a byte')
      this.at += hex[0].length
      return this.letter(Number.parseInt(hex[1] ?? hex[2]!, 16))
    }
    if (c === '0') {
      const octal = /^[0-7]{0,2}/.exec(this.source.slice(this.at, this.at + 2))![0]
      this.at += octal.length
      return this.letter(Number.parseInt(`0${octal}`, 8))
    }
    const control = CONTROLS[c]
    if (control !== undefined) return this.letter(control)
    if (/[a-zA-Z0-9]/.test(c)) throw new ExpressionError(`"\\${c}" is not understood`)
    return this.letter(codeOf(c))
  }

  private list(): Uint8Array {
    const not = this.source[this.at] === '^'
    if (not) this.at++
    const all = new Uint8Array(256)
    const begin = this.at
    while (this.source[this.at] !== ']' || this.at === begin) {
      if (this.at >= this.source.length) throw new ExpressionError('a list "[" that is not closed')
      const named = /^\[:(\w+):\]/.exec(this.source.slice(this.at, this.at + 12))
      if (named) {
        const set = NAMED[named[1]!]
        if (!set) throw new ExpressionError(`"${named[0]}" is not understood`)
        this.at += named[0].length
        merge(all, set)
        continue
      }
      const from = this.member()
      if (this.source[this.at] !== '-' || this.source[this.at + 1] === ']' || this.source[this.at + 1] === undefined) {
        merge(all, from)
        continue
      }
      this.at++
      const to = this.member()
      const [low, high] = [lowest(from), lowest(to)]
      if (single(from) === undefined || single(to) === undefined || high < low)
        throw new ExpressionError('a range in "[]" that is none')
      for (let b = low; b <= high; b++) merge(all, this.letter(b))
    }
    this.at++
    if (this.flags.nocase) for (let b = 0x41; b <= 0x5a; b++) if (all[b] !== all[b + 32]) all[b] = all[b + 32] = 1
    return not ? all.map((x) => 1 - x) : all
  }

  private member(): Uint8Array {
    const c = this.source[this.at++]!
    if (c !== '\\') return setOf((b) => b === codeOf(c))
    if (this.source[this.at] === 'b') {
      this.at++
      return setOf((b) => b === 8)
    }
    if (this.source[this.at] === undefined) throw new ExpressionError('"\\" at its end')
    // a range is of bytes: case is added to all of it
    const { nocase } = this.flags
    this.flags.nocase = false
    const set = this.escaped()
    if (nocase !== undefined) this.flags.nocase = nocase
    return set
  }

  private letter(b: number): Uint8Array {
    const of = this.flags.nocase ? FOLDED : LETTERS
    return (of[b] ??= setOf((x) => x === b || (of === FOLDED && x === swapped(b))))
  }

  private bytes(set: Uint8Array): Piece {
    const key = Buffer.from(set.buffer).toString('latin1')
    let id = this.setIds.get(key)
    if (id === undefined) this.setIds.set(key, (id = this.sets.push(set) - 1))
    return this.one(BYTE, id)
  }
}

function codeOf(c: string): number {
  const code = c.charCodeAt(0)
  if (code > 255) throw new ExpressionError(`"${c}" is more than one byte: write its bytes as \\x..`)
  return code
}

function setOf(has: (b: number) => boolean): Uint8Array {
  const set = new Uint8Array(256)
  for (let b = 0; b < 256; b++) if (has(b)) set[b] = 1
  return set
}

/** Of one byte, and of a letter in both cases: made when asked for, and never changed. */
const LETTERS: Uint8Array[] = []
const FOLDED: Uint8Array[] = []

function merge(into: Uint8Array, set: Uint8Array): void {
  for (let b = 0; b < 256; b++) if (set[b] === 1) into[b] = 1
}

function lowest(set: Uint8Array): number {
  return set.indexOf(1)
}

function single(set: Uint8Array): number | undefined {
  const b = set.indexOf(1)
  return b >= 0 && set.indexOf(1, b + 1) < 0 ? b : undefined
}

function swapped(b: number): number {
  const letter = b | 0x20
  return letter >= 0x61 && letter <= 0x7a ? b ^ 0x20 : b
}

const ASSERTIONS: Record<string, number> = { b: WORD_EDGE, B: NO_WORD_EDGE, A: TEXT_BEGIN, z: TEXT_END, Z: LAST_LINE_END }
const CONTROLS: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, a: 7, e: 27 }
const isDigit = (b: number) => b >= 0x30 && b <= 0x39
const isSpace = (b: number) => b === 0x20 || (b >= 9 && b <= 13)
const isUpper = (b: number) => b >= 0x41 && b <= 0x5a
const isLower = (b: number) => b >= 0x61 && b <= 0x7a
const CLASSES: Record<string, Uint8Array> = {
  d: setOf(isDigit),
  D: setOf((b) => !isDigit(b)),
  w: setOf(isWord),
  W: setOf((b) => !isWord(b)),
  s: setOf(isSpace),
  S: setOf((b) => !isSpace(b)),
  h: setOf((b) => b === 0x20 || b === 9),
  v: setOf((b) => (b >= 10 && b <= 13) || b === 0x85),
  N: setOf((b) => b !== 10),
}
const NAMED: Record<string, Uint8Array> = {
  alpha: setOf((b) => isUpper(b) || isLower(b)),
  digit: setOf(isDigit),
  alnum: setOf((b) => isUpper(b) || isLower(b) || isDigit(b)),
  upper: setOf(isUpper),
  lower: setOf(isLower),
  space: setOf(isSpace),
  xdigit: setOf((b) => isDigit(b) || (b >= 0x41 && b <= 0x46) || (b >= 0x61 && b <= 0x66)),
  punct: setOf((b) => b > 0x20 && b < 0x7f && !isUpper(b) && !isLower(b) && !isDigit(b)),
  print: setOf((b) => b >= 0x20 && b < 0x7f),
  cntrl: setOf((b) => b < 0x20 || b === 0x7f),
}

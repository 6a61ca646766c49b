import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Errors } from 'typebox/value'
import type { KnowledgeFile } from './knowledge-format.ts'

const MAX_BYTES = 4 << 20
const MAX_PATTERN = 300

const Texts = Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { minItems: 1 })
const Said = Type.Tuple([
  Type.String({ minLength: 1, maxLength: 120 }),
  Type.Number({ exclusiveMinimum: 0.5, exclusiveMaximum: 1, description: 'how often it is right when the signal is there' }),
])
const condition = {
  signals: Type.Array(Type.String({ minLength: 1, maxLength: 40 }), {
    minItems: 1,
    description: "kinds of signals, or groups of them: '@names', '@called', '@self' (docs/identity.md)",
  }),
  domains: Type.Optional(Texts),
  is: Type.Optional(Texts),
  pattern: Type.Optional(
    Type.String({ minLength: 1, maxLength: MAX_PATTERN, description: 'regular expression, letters of either case, linear' }),
  ),
}
const strict = { additionalProperties: false }

export const KnowledgeSchema = Type.Object(
  {
    format: Type.Literal('assay-knowledge-1'),
    about: Type.Optional(Type.String()),
    source: Type.String({ minLength: 1, description: 'where the facts are from' }),
    licence: Type.String({ minLength: 1 }),
    registrants: Type.Optional(
      Type.Object(
        {
          brands: Type.Optional(Type.Array(Type.Tuple([Type.String({ maxLength: MAX_PATTERN }), Type.String({ minLength: 1 })]))),
          modules: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: MAX_PATTERN }))),
        },
        strict,
      ),
    ),
    rules: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...condition,
            needs: Type.Optional(Type.Array(Type.Object(condition, strict))),
            says: Type.Object(
              {
                vendor: Type.Optional(Said),
                model: Type.Optional(Said),
                category: Type.Optional(Said),
                name: Type.Optional(Said),
              },
              { ...strict, minProperties: 1 },
            ),
            personal: Type.Optional(Type.Boolean({ description: 'holds for phones and computers too' })),
          },
          strict,
        ),
        { maxItems: 20_000 },
      ),
    ),
    behaviours: Type.Optional(
      Type.Array(
        Type.Object(
          {
            vendor: Type.String({ minLength: 1, maxLength: 120 }),
            model: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
            category: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
            runs: Type.Integer({ minimum: 1 }),
            habits: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
          },
          strict,
        ),
        { maxItems: 10_000 },
      ),
    ),
  },
  { title: 'Assay knowledge, version 1' },
)

/** Both say the same: the compiler holds them together. */
const agrees: (file: Static<typeof KnowledgeSchema>) => KnowledgeFile = (file) => file

/** A file of knowledge, and what a report says of it. */
export interface ReadKnowledge {
  path: string
  sha256: string
  file: KnowledgeFile
}

/** Throws an Error whose message says what is wrong, and where in the file. */
export function readKnowledge(path: string): ReadKnowledge {
  if (statSync(path).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES >> 20} MiB`)
  const bytes = readFileSync(path)
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new Error(`it is not JSON: ${(error as Error).message}`, { cause: error })
  }
  for (const { instancePath, message } of Errors(KnowledgeSchema, value))
    throw new Error(`at ${instancePath === '' ? 'its beginning' : instancePath}: ${message}`)
  const file = agrees(value as Static<typeof KnowledgeSchema>)
  for (const [where, pattern] of patterns(file)) {
    const wrong = patternFault(pattern)
    if (wrong !== undefined) throw new Error(`at ${where}: the pattern ${JSON.stringify(pattern)} ${wrong}`)
  }
  for (const [i, rule] of (file.rules ?? []).entries())
    for (const [where, c] of [['', rule] as const, ...(rule.needs ?? []).map((n, k) => [`/needs/${k}`, n] as const)])
      if ([c.domains, c.is, c.pattern].filter((test) => test !== undefined).length !== 1)
        throw new Error(`at /rules/${i}${where}: give one of domains, is and pattern`)
  for (const [i, { runs, habits }] of (file.behaviours ?? []).entries())
    for (const [habit, times] of Object.entries(habits))
      if (times > runs) throw new Error(`at /behaviours/${i}: ${JSON.stringify(habit)} was seen ${times} times in ${runs} runs`)
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), file }
}

function* patterns(file: KnowledgeFile): Generator<[where: string, pattern: string]> {
  for (const [i, [begins]] of (file.registrants?.brands ?? []).entries()) yield [`/registrants/brands/${i}`, begins]
  for (const [i, text] of (file.registrants?.modules ?? []).entries()) yield [`/registrants/modules/${i}`, text]
  for (const [i, rule] of (file.rules ?? []).entries()) {
    if (rule.pattern !== undefined) yield [`/rules/${i}`, rule.pattern]
    for (const [k, need] of (rule.needs ?? []).entries())
      if (need.pattern !== undefined) yield [`/rules/${i}/needs/${k}`, need.pattern]
  }
}

/** Of what strangers send, so many characters are tried. */
const LONG_TEXT = 500
/** Ways to read a text that a pattern may have: two repeats without end, and a choice of two, are let pass. */
const MOST_WAYS = 2 * (LONG_TEXT + 1) ** 2

/**
 * Why a pattern must not be tried on text that strangers send; undefined where it may. Who backtracks tries, at worst, every way in which
 * a pattern can read a text: those are counted.
 */
export function patternFault(pattern: string): string | undefined {
  try {
    RegExp(pattern, 'i')
  } catch (error) {
    return `is no regular expression: ${(error as Error).message}`
  }
  if (/\\[1-9k]|\(\?<[=!]/.test(pattern)) return 'looks or refers back: that may take for ever'
  const ways = new Ways(pattern).count()
  if (ways === Infinity) return 'repeats what holds a repeat or a choice: that may take for ever'
  return ways > MOST_WAYS ? 'has too many repeats and choices one after the other: on long text that takes too long' : undefined
}

/** In how many ways a pattern can read a text, at most: choices add up, what follows one another multiplies. */
class Ways {
  private readonly pattern: string
  private at = 0

  constructor(pattern: string) {
    this.pattern = pattern
  }

  count(): number {
    const choices: number[] = []
    const begins = new Set<string>()
    do {
      const begin = this.look(/[\w -](?![*?{])/y)?.[0]
      if (begin !== undefined) begins.add(begin.toLowerCase())
      let product = 1
      while (this.at < this.pattern.length && this.look(/[|)]/y) === undefined) product *= this.repeated(this.atom())
      choices.push(product)
    } while (this.skip(/\|/y) !== undefined)
    // of choices that begin with another letter each, one can be taken
    return begins.size === choices.length ? Math.max(...choices) : choices.reduce((sum, ways) => sum + ways, 0)
  }

  /** A group's ways; of a character, a class or an assertion there is one. */
  private atom(): number {
    if (this.skip(/\\.|\[(?:\\.|[^\]\\])*\]|[^(]/sy) !== undefined) return 1
    this.skip(/\((?:\?(?:<\w+>|[^:=!]{0,8}[:=!]))?/y)
    const ways = this.count()
    this.at++
    return ways
  }

  private repeated(ways: number): number {
    const repeat = this.skip(/(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y)
    if (repeat === undefined) return ways
    const [, sign, from, comma, to] = repeat
    const least = sign === undefined ? Number(from) : sign === '+' ? 1 : 0
    const most =
      sign === '?' ? 1 : sign !== undefined || (comma === ',' && to === '') ? Infinity : Number(comma === '' ? from : to)
    // how often, and each time anew
    const often = Math.min(most, LONG_TEXT) - Math.min(least, LONG_TEXT) + 1
    return ways === 1 ? often : often * ways ** most
  }

  private look(what: RegExp): RegExpExecArray | undefined {
    what.lastIndex = this.at
    return what.exec(this.pattern) ?? undefined
  }

  private skip(what: RegExp): RegExpExecArray | undefined {
    const found = this.look(what)
    if (found !== undefined) this.at += found[0].length
    return found
  }
}

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

/**
 * Why a pattern must not be tried on text that strangers send; undefined where it may. Backtracking takes exponential time only
 * where what is repeated holds a repeat, and is as slow as n^k where k repeats without end follow one another: two are let pass.
 */
export function patternFault(pattern: string): string | undefined {
  try {
    RegExp(pattern, 'i')
  } catch (error) {
    return `is no regular expression: ${(error as Error).message}`
  }
  if (/\\[1-9k]|\(\?<[=!]/.test(pattern)) return 'looks or refers back: that may take for ever'
  const bare = pattern.replace(/\\./g, 'x').replace(/\[(?:[^\]])*\]/g, 'x')
  let endless = 0
  const open: boolean[] = []
  for (let i = 0; i < bare.length; i++) {
    const c = bare[i]!
    if (c === '(') open.push(false)
    else if (c === ')') {
      const repeats = open.pop() ?? false
      const next = bare.slice(i + 1)
      if (repeats && /^(?:[*+]|\{\d+(?:,|\}))/.test(next)) return 'repeats what holds a repeat: that may take for ever'
      if (repeats && open.length > 0) open[open.length - 1] = true
    } else if (c === '*' || c === '+' || (c === '{' && /^\{\d+,\d*\}/.test(bare.slice(i)))) {
      if (c !== '{' || /^\{\d+,\}/.test(bare.slice(i))) endless++
      if (open.length > 0) open[open.length - 1] = true
    }
  }
  return endless > 2 ? 'has more than two repeats without end: on long text that takes too long' : undefined
}

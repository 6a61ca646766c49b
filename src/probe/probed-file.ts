import { type Static, Type } from 'typebox'
import { Errors } from 'typebox/value'
import { printable } from '../decode/text.ts'
import { type Kind, KINDS, type Kinds } from '../evidence/kinds.ts'
import type { AskedFact, Probed } from './run.ts'

const Time = Type.String({ description: 'RFC 3339, UTC, microseconds', maxLength: 40 })
const Count = Type.Integer({ minimum: 0 })
const Text = Type.String({ maxLength: 2000 })

/** As reports hold it, too. */
export const EntrySchema = Type.Object({
  n: Type.Integer({ minimum: 1 }),
  at: Time,
  transport: Type.Union([Type.Literal('tcp'), Type.Literal('udp')]),
  ip: Text,
  port: Count,
  why: Type.String({ description: 'what was asked, in plain words', maxLength: 2000 }),
  ms: Type.Number({ minimum: 0 }),
  ended: Type.Union([
    Type.Literal('answered'),
    Type.Literal('refused'),
    Type.Literal('silent'),
    Type.Literal('unreachable'),
    Type.Literal('cut-off'),
    Type.Literal('endless'),
    Type.Literal('stopped'),
    Type.Literal('error'),
  ]),
  reason: Type.Optional(Text),
  sent: Type.Integer({ minimum: 0, description: 'bytes' }),
  received: Type.Integer({ minimum: 0, description: 'bytes' }),
  said: Type.Array(
    Type.Object({
      by: Type.Union([Type.Literal('us'), Type.Literal('them')]),
      ms: Type.Number({ minimum: 0, description: 'since the beginning' }),
      bytes: Count,
      text: Type.String({ description: 'its beginning, printable; secrets masked', maxLength: 2000 }),
    }),
  ),
  more: Type.Optional(Type.Integer({ minimum: 0, description: 'pieces beyond those told' })),
})

/** As reports hold it, too. */
export const ProbeSchema = Type.Object({
  targets: Type.Array(Type.Object({ ip: Text, mac: Type.Optional(Text), name: Type.Optional(Text) })),
  sites: Type.Array(Text),
  began: Time,
  ended: Time,
  stopped: Type.Boolean({ description: 'ended before all was asked' }),
  transcript: Type.Array(EntrySchema),
})

/** What `--save` writes and `--probed` takes. */
export const ProbedFileSchema = Type.Object(
  {
    schema: Type.Literal('assay-probed-1'),
    ...ProbeSchema.properties,
    facts: Type.Array(
      Type.Object({
        of: Type.String({ description: 'address of a target, or a site', maxLength: 300 }),
        kind: Type.String({ description: 'docs/observations.md', maxLength: 100 }),
        key: Text,
        data: Type.Object({}, { description: 'by kind: docs/observations.md' }),
        at: Time,
        entries: Type.Array(Type.Integer({ minimum: 1 }), { description: 'numbers (n) in the transcript' }),
      }),
    ),
  },
  { title: 'What Assay asked, version 1' },
)

type ProbedFile = Static<typeof ProbedFileSchema>

/** As JSON text, an entry and a fact a line. */
export function writeProbed({ targets, sites, began, ended, stopped, facts, transcript }: Probed): string {
  const list = (items: readonly unknown[]) =>
    items.length === 0 ? '[]' : `[\n    ${items.map((i) => JSON.stringify(i)).join(',\n    ')}\n  ]`
  const file = facts.map(({ of, kind, key, data, at, shown }) => ({
    of,
    kind,
    key,
    data,
    at: told(at),
    entries: shown.map(({ entry }) => entry),
  }))
  return `{
  "schema": "assay-probed-1",
  "targets": ${list(targets)},
  "sites": ${JSON.stringify(sites)},
  "began": "${told(began)}",
  "ended": "${told(ended)}",
  "stopped": ${stopped},
  "facts": ${list(file)},
  "transcript": ${list(transcript)}
}
`
}

/**
 * What was asked before, out of such a file; its pointers are to probe `index`. Throws an Error whose message says in one line what is
 * wrong with the text.
 */
export function parseProbed(text: string, index: number): Probed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
  for (const { instancePath, message } of Errors(ProbedFileSchema, value))
    throw new Error(`at ${instancePath === '' ? 'its beginning' : instancePath}: ${message}`)
  const file = value as ProbedFile
  file.transcript.forEach(({ n }, i) => {
    if (n !== i + 1) throw new Error(`at /transcript/${i}/n: entries are numbered from 1, without gaps`)
  })
  const facts = file.facts.map(({ of, kind, key, data, at, entries }, i): AskedFact => {
    if (!ASKED.has(kind)) throw new Error(`at /facts/${i}/kind: ${JSON.stringify(kind)} is no kind of answer`)
    if (entries.some((n) => n > file.transcript.length))
      throw new Error(`at /facts/${i}/entries: the transcript has no such entry`)
    const shown = entries.map((entry) => ({ probe: index, entry }))
    return {
      of: printable(of),
      kind: kind as Kind,
      key: printable(key),
      data: clean(data) as Kinds[Kind],
      at: read(at, `/facts/${i}/at`),
      shown,
    }
  })
  return {
    targets: clean(file.targets) as Probed['targets'],
    sites: clean(file.sites) as string[],
    began: read(file.began, '/began'),
    ended: read(file.ended, '/ended'),
    stopped: file.stopped,
    facts,
    transcript: clean(file.transcript) as Probed['transcript'],
  }
}

/** Kinds of what is asked: a file cannot say what was seen in traffic. */
const ASKED = new Set<string>(KINDS.filter((kind) => /^(?:probe|site|mail)\./.test(kind)))

/** Text from outside has no control characters, whatever wrote the file. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return printable(value, Infinity)
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [printable(key), clean(v)]))
}

/** Microseconds since 1970 as RFC 3339. */
function told(us: number): string {
  return new Date(Math.floor(us / 1000)).toISOString().replace('Z', '000Z')
}

function read(time: string, where: string): number {
  const ms = Date.parse(time)
  if (Number.isNaN(ms)) throw new Error(`at ${where}: it is no time as RFC 3339 has it`)
  return ms * 1000
}

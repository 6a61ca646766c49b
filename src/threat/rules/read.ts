import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { readOwn, RulesError } from './own.ts'
import type { Refused, Rule } from './rule.ts'
import { readSuricata } from './suricata.ts'

export { RulesError } from './own.ts'

const MAX_BYTES = 64 << 20
const MAX_RULES = 50_000
/** Of contents by which rules are found. */
const MAX_CONTENT = 2 << 20

export interface ReadRules {
  readonly path: string
  readonly sha256: string
  readonly format: 'assay' | 'suricata'
  readonly rules: readonly Rule[]
  readonly refused: readonly Refused[]
}

/** Reads files of rules. Throws RulesError for what is none, and what the file system throws. */
export class RuleReader {
  private readonly ids = new Map<string, Rule>()
  private content = 0

  read(path: string): ReadRules {
    if (statSync(path).size > MAX_BYTES) throw new RulesError(`it is larger than ${MAX_BYTES >> 20} MiB`)
    const bytes = readFileSync(path)
    return { path, sha256: createHash('sha256').update(bytes).digest('hex'), ...this.parse(bytes, path) }
  }

  /** The same of bytes; `path` tells the form, and is named where something is wrong. */
  parse(bytes: Uint8Array, path: string): Omit<ReadRules, 'path' | 'sha256'> {
    if (bytes.includes(0)) throw new RulesError('it is no text')
    const text = new TextDecoder().decode(bytes)
    const format = formatOf(text, path)
    const { rules, refused } = format === 'suricata' ? readSuricata(text, path) : readOwn(text, path)
    const taken: Rule[] = []
    for (const rule of rules) {
      const why = this.refusal(rule)
      if (why === undefined) {
        this.ids.set(rule.id, rule)
        taken.push(rule)
      } else refused.push({ file: path, line: rule.line, id: rule.id, ...why })
    }
    if (taken.length === 0 && refused.length === 0) throw new RulesError('it holds no rule')
    return { format, rules: taken, refused: refused.sort((a, b) => a.line - b.line) }
  }

  private refusal(rule: Rule): { keyword?: string; why: string } | undefined {
    const before = this.ids.get(rule.id)
    if (before)
      return {
        keyword: rule.imported ? 'sid' : 'id',
        why: `there is one of that name already (${before.file}, line ${before.line})`,
      }
    if (this.ids.size >= MAX_RULES) return { why: `more than ${MAX_RULES} rules` }
    this.content += rule.tests.reduce((sum, test) => sum + (test.kind === 'content' ? test.bytes.length : 0), 0)
    return this.content > MAX_CONTENT
      ? { keyword: 'content', why: `contents of more than ${MAX_CONTENT >> 20} MiB together` }
      : undefined
  }
}

function formatOf(text: string, path: string): ReadRules['format'] {
  if (/\.rules$/i.test(path)) return 'suricata'
  if (/\.(?:ya?ml|json)$/i.test(path)) return 'assay'
  return /^\s*(?:alert|drop|reject\w*|pass|log)\s+\S+\s/m.test(text.slice(0, 1 << 16)) ? 'suricata' : 'assay'
}

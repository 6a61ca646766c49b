import type { Given } from '../threat/given.ts'
import type { ReadList } from '../threat/indicators/list.ts'
import type { ReadRules } from '../threat/rules/read.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { clean } from './output.ts'

export interface GivenOptions {
  rules?: string[]
  indicators?: string[]
}

/** Rules that are not understood and are told of, one by one. */
const MAX_TOLD = 3

/** Rules and lists that were named; what reads them is loaded only if there are any. Says on standard error what of them is not understood. */
export async function givenBy({ rules = [], indicators = [] }: GivenOptions): Promise<Given | undefined> {
  if (rules.length + indicators.length === 0) return undefined
  const read = await readAllRules(rules)
  for (const { path, format, rules: taken, refused } of read) {
    const [first] = refused
    if (first === undefined) continue
    // a mistake in one's own rules is mended; of others' rules one takes what there is
    if (format === 'assay' || taken.length === 0)
      throw new Failure(
        EXIT.usage,
        `${path}, line ${first.line}: ${first.keyword === undefined ? '' : `${first.keyword}: `}${first.why}`,
        `assay rules check ${path} tells of all that is wrong; docs/rules.md says how rules are written.`,
      )
    tell(`${path}: ${refused.length} of ${taken.length + refused.length} rules are not understood, and not looked for`, refused)
    process.stderr.write(`  assay rules check ${clean(path)} lists them all\n`)
  }
  const lists = await readAllLists(indicators)
  for (const { path, listed, refused } of lists) {
    const [first] = refused
    if (first === undefined) continue
    if (listed.length === 0)
      throw new Failure(
        EXIT.usage,
        `${path}, line ${first.line}: ${first.why}`,
        'docs/rules.md says what lists of indicators are understood.',
      )
    tell(
      `${path}: ${refused.length} of ${listed.length + refused.length} indicators are not understood, and not looked for`,
      refused,
    )
  }
  return { rules: read.flatMap((one) => one.rules), listed: lists.flatMap((one) => one.listed) }
}

function tell(what: string, refused: readonly { line: number; keyword?: string; why: string }[]): void {
  process.stderr.write(`assay: ${clean(what)}\n`)
  for (const { line, keyword, why } of refused.slice(0, MAX_TOLD))
    process.stderr.write(`  line ${line}: ${clean(keyword === undefined ? why : `${keyword}: ${why}`)}\n`)
}

/** In their order: of rules of one name the first is taken. */
export async function readAllRules(paths: readonly string[]): Promise<ReadRules[]> {
  if (paths.length === 0) return []
  const { RuleReader, RulesError } = await import('../threat/rules/read.ts')
  const reader = new RuleReader()
  return paths.map((path) => {
    try {
      return reader.read(path)
    } catch (error) {
      const line = error instanceof RulesError && error.line !== undefined ? `, line ${error.line}` : ''
      const reason = 'code' in (error as object) ? systemReason(error) : (error as Error).message
      throw new Failure(
        EXIT.usage,
        `${path}${line}: cannot be taken as rules: ${reason}`,
        'docs/rules.md says how rules are written, and what of those of Suricata is understood.',
      )
    }
  })
}

export async function readAllLists(paths: readonly string[]): Promise<ReadList[]> {
  if (paths.length === 0) return []
  const { MAX_LISTED, readList } = await import('../threat/indicators/list.ts')
  let room = MAX_LISTED
  return paths.map((path) => {
    try {
      const list = readList(path, room)
      room -= list.listed.length
      return list
    } catch (error) {
      const reason = 'code' in (error as object) ? systemReason(error) : (error as Error).message
      throw new Failure(
        EXIT.usage,
        `${path}: cannot be taken as a list of indicators: ${reason}`,
        'A list is STIX 2.1 (JSON), CSV, or one address, name, URL or hash a line: docs/rules.md.',
      )
    }
  })
}

import { createColors } from 'picocolors'
import { EXIT, Failure } from './failure.ts'
import { readAllLists, readAllRules } from './given.ts'
import { clean, terminal } from './output.ts'

export interface RulesCheckOptions {
  json?: boolean
  indicators?: string[]
}

/** One file, as `--json` tells of it. */
interface Checked {
  path: string
  kind: 'rules' | 'indicators'
  understood: number
  refused: { line: number; id?: string; keyword?: string; why: string }[]
}

/** Says of each file how much was understood, and what not and why. 0 when all was, else 1. */
export async function rulesCheck(paths: readonly string[], { json, indicators = [] }: RulesCheckOptions): Promise<number> {
  if (paths.length + indicators.length === 0)
    throw new Failure(EXIT.usage, 'nothing to check: no file is named', 'For example: assay rules check my.rules')
  const checked: Checked[] = [
    ...(await readAllRules(paths)).map(({ path, rules, refused }) => ({
      path,
      kind: 'rules' as const,
      understood: rules.length,
      refused: refused.map(withoutFile),
    })),
    ...(await readAllLists(indicators)).map(({ path, listed, refused }) => ({
      path,
      kind: 'indicators' as const,
      understood: listed.length,
      refused: refused.map(withoutFile),
    })),
  ]
  process.stdout.write(json ? `${JSON.stringify({ files: checked }, undefined, 2)}\n` : checked.map(told).join('\n'))
  return checked.some(({ refused }) => refused.length > 0) ? EXIT.found : EXIT.audited
}

function withoutFile({ line, id, keyword, why }: Checked['refused'][number]): Checked['refused'][number] {
  return { line, ...(id === undefined ? {} : { id }), ...(keyword === undefined ? {} : { keyword }), why }
}

function told({ path, kind, understood, refused }: Checked): string {
  const c = createColors(terminal().colour)
  const all = understood + refused.length
  const lines = [
    `${c.bold(clean(path))}: ${understood} of ${all} ${kind} understood${refused.length === 0 ? '' : `, ${refused.length} not`}`,
  ]
  for (const { line, id, keyword, why } of refused)
    lines.push(clean(`  line ${line}${id === undefined ? '' : ` (${id})`}: ${keyword === undefined ? '' : `${keyword}: `}${why}`))
  // what is missing most is told first: it may be one thing
  const by = [...Map.groupBy(refused, ({ keyword }) => keyword ?? 'the rule as a whole')].sort(
    (a, b) => b[1].length - a[1].length,
  )
  if (refused.length > 10) lines.push(clean(`  by keyword: ${by.map(([name, of]) => `${name} ${of.length}`).join(', ')}`))
  return `${lines.join('\n')}\n`
}

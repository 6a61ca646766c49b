import { createColors } from 'picocolors'
import { checks } from '../checks/index.ts'
import { cut, pad } from '../report/width.ts'
import { EXIT } from './failure.ts'
import { terminal } from './output.ts'

export async function checksCommand(): Promise<number> {
  const { colour, width } = terminal()
  const c = createColors(colour)
  const facets = [...new Set(checks.map((k) => k.facet))]
  const column = Math.max(...checks.map((k) => k.id.length)) + 2
  for (const facet of facets) {
    process.stdout.write(`${c.bold(facet)}\n`)
    for (const check of checks.filter((k) => k.facet === facet))
      process.stdout.write(`  ${pad(check.id, column)}${cut(check.title, width - column - 2)}\n`)
  }
  process.stdout.write(`\nMore about one: assay explain ${checks[0]?.id ?? 'CHECK'}\n`)
  return EXIT.audited
}

import type { Facet } from './check.ts'
import { checks } from './index.ts'

/** docs/checks.md: what every check looks for, in the order in which findings are given. A test keeps the page as this says. */
export function checksPage(): string {
  const facets = [...new Set(checks.map((check) => check.facet))]
  return [
    '# The checks',
    '',
    "What Assay judges of each device. Made from the checks' own definitions (`src/checks`): change those, then run",
    '`npx vitest run src/checks/checks.test.ts -u`. How findings become verdicts: [verdicts.md](verdicts.md).',
    ...facets.flatMap((facet) => [
      '',
      `## ${FACETS[facet]}`,
      ...checks.filter((check) => check.facet === facet).flatMap(describe),
    ]),
    '',
  ].join('\n')
}

const FACETS: Record<Facet, string> = {
  security: 'Security',
  privacy: 'Privacy',
  interoperability: 'Interoperability and standards',
  legal: 'Legal and rights',
  development: 'Development: what the device costs on a metered link',
}

function describe(check: (typeof checks)[number]): string[] {
  return [
    '',
    `### ${check.title}`,
    `\`${check.id}\``,
    '',
    `- **Looks for**: ${check.looksFor}`,
    `- **Why**: ${check.why}`,
    `- **Remedy**: ${check.remedy}`,
    `- **A pass needs**: ${check.passNeeds}`,
  ]
}

import { cellsOf, COLUMNS, type Compliance } from './statement.ts'

/** The answers as GitHub-flavoured Markdown. */
export function complianceMarkdown(of: Compliance): string {
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) => [
    row(head),
    row(head.map(() => '--')),
    ...rows.map((cells) => row(cells.map((text) => (text === '' ? BLANK : escape(text))))),
  ]
  return `${[
    `# ${escape(of.title)}`,
    '',
    ...of.about.flatMap((text) => [escape(text), '']),
    ...table(
      ['', ''],
      of.facts.map(({ name, value }) => [name, value ?? '']),
    ),
    '',
    escape(of.sum),
    ...of.blocks.flatMap(({ title, answers }) => ['', `## ${escape(title)}`, '', ...table(COLUMNS, answers.map(cellsOf))]),
    '',
    '## What a person must still sign',
    '',
    ...(of.toSign.length === 0 ? ['Nothing but the statement itself.'] : []),
    ...of.toSign.map(({ number, what, who }) => `- [ ] **${escape(number)}** ${escape(what)} Signs: ${escape(who)}.`),
    '',
    '## Signature',
    '',
    ...table(
      ['', ''],
      of.signature.map((name) => [name, '']),
    ),
    '',
    '## Evidence',
    '',
    ...of.evidence.map((text) => `- ${escape(text)}`),
  ].join('\n')}\n`
}

/** What a person fills in. */
const BLANK = '______________________'

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Plain text stays plain: no markup, no link, no cell or line more. Lines of ours become breaks. */
function escape(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>|~#&]/g, (c) => (c === '<' ? '&lt;' : c === '&' ? '&amp;' : `\\${c}`))
    .replaceAll('://', '\\://')
    .replace(/www\./gi, (c) => `${c.slice(0, 3)}\\.`)
    .replaceAll('\n', '<br>')
}

import type { Control, Framework } from './framework.ts'

/** A catalog as a page of docs. A test keeps the page as this says. */
export function frameworkPage(framework: Framework): string {
  const blocks = [...new Set(framework.controls.map(({ block }) => block))]
  return [
    `# ${framework.title} ${framework.version}`,
    '',
    framework.about,
    '',
    `Made from \`src/frameworks/${framework.id}.ts\`: change that, then run \`npx vitest run src/frameworks/framework.test.ts -u\`.`,
    'How findings become verdicts: [verdicts.md](verdicts.md). The checks: [checks.md](checks.md).',
    '',
    '**Sure** of the number: H checked against independent references, M+ as part of a group, M from memory, and nothing contradicts it.',
    ...blocks.flatMap((block) => [
      '',
      `## ${block}`,
      ...framework.controls.filter((control) => control.block === block).flatMap(describe),
    ]),
    '',
    '## Checks that decide no control here',
    framework.informational.map((id) => `\`${id}\``).join(', '),
    '',
  ].join('\n')
}

function describe(control: Control): string[] {
  const checks = control.checks.map(
    (check) => `\`${check.id}\` (${check.role}${check.responsible === undefined ? '' : `; ${check.responsible} answers`})`,
  )
  const facts = [
    `seen by ${control.seenBy.join(', ')}`,
    `${control.responsible} answers`,
    `sure ${control.sure}`,
    `level ${control.level}`,
    ...(control.appliesWhen === undefined ? [] : [`applies when ${control.appliesWhen}`]),
  ]
  return [
    '',
    `### ${control.id}. ${control.topic}`,
    `${facts.join('; ')}.`,
    '',
    `- **Decided by**: ${checks.length === 0 ? 'no check yet' : checks.join(', ')}`,
    ...(control.unseen === undefined ? [] : [`- **Not seen**: ${control.unseen}`]),
    `- **To settle it**: ${control.next}`,
  ]
}

import type { Check } from '../checks/check.ts'
import { type Control, type Framework, undeciding } from './framework.ts'

/** A catalog as a page of docs, with the checks that it may name. `up`: from the page to docs/. A test keeps the page as this says. */
export function frameworkPage(framework: Framework, checks: readonly Check[], up = ''): string {
  const blocks = [...new Set(framework.controls.map(({ block }) => block))]
  return [
    `# ${framework.title} ${framework.version}`,
    '',
    framework.about,
    '',
    `Published by ${framework.publisher}, ${framework.published}: <${framework.source}>`,
    '',
    `Made from its catalog in \`src/frameworks\`: change that, then run \`npx vitest run src/frameworks/framework.test.ts -u\`.`,
    `How findings become verdicts: [verdicts.md](${up}verdicts.md). The checks: [checks.md](${up}checks.md).`,
    '',
    '**Sure** of the number: H checked against independent references, M+ as part of a group, M from memory, and nothing contradicts it.',
    ...blocks.flatMap((block) => [
      '',
      `## ${block}`,
      ...framework.controls.filter((control) => control.block === block).flatMap(describe),
    ]),
    '',
    '## Checks that decide no control here',
    undeciding(framework, checks)
      .map((id) => `\`${id}\``)
      .join(', '),
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
    `level ${control.level}${control.mark === undefined ? '' : ` (${control.mark})`}`,
    ...(control.appliesWhen === undefined ? [] : [`applies when ${control.appliesWhen}`]),
  ]
  return [
    '',
    `### ${control.id}${/\d$/.test(control.id) ? '.' : ''} ${control.topic}`,
    `${facts.join('; ')}.`,
    '',
    `- **Decided by**: ${checks.length === 0 ? 'no check yet' : checks.join(', ')}`,
    ...(control.unseen === undefined ? [] : [`- **Not seen**: ${control.unseen}`]),
    ...(control.beyond === undefined ? [] : [`- **Not looked at, even where it passes**: ${control.beyond}`]),
    ...(control.signedBy === undefined ? [] : [`- **Signed for by**: ${control.signedBy}`]),
    `- **To settle it**: ${control.next}`,
  ]
}

/** The rows of docs/frameworks.md, one a framework. */
export function frameworkList(frameworks: readonly Framework[]): string[] {
  return frameworks.map(({ id, title, version, published, word, controls }) => {
    const settled = controls.filter((control) => control.unseen === undefined).length
    const page = id === 'ota-2.5' ? 'ota-2.5.md' : `frameworks/${id}.md`
    return `| [\`${id}\`](${page}) | ${title}, ${version} (${published}) | ${controls.length} ${word}s | ${settled} |`
  })
}

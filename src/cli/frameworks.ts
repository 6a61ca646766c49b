import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createColors } from 'picocolors'
import { checks } from '../checks/index.ts'
import type { Control, Framework } from '../frameworks/framework.ts'
import { frameworkOf, frameworks } from '../frameworks/index.ts'
import { cut, fold, pad } from '../report/width.ts'
import { checkFolder, save } from './files.ts'
import { EXIT, Failure } from './failure.ts'
import { clean, terminal } from './output.ts'
import { suggest } from './suggest.ts'

export interface FrameworksCommandOptions {
  json?: boolean
  /** A page of which evidence settles which control. */
  crosswalk?: string
}

/** Lists the frameworks, or one with all its controls and what settles each. */
export async function frameworksCommand(name: string | undefined, options: FrameworksCommandOptions): Promise<number> {
  if (options.crosswalk !== undefined) return crosswalk(options.crosswalk, name === undefined ? frameworks : [known(name)])
  if (name === undefined) process.stdout.write(options.json ? json(frameworks.map(summary)) : listed())
  else {
    const framework = known(name)
    process.stdout.write(options.json ? json({ ...summary(framework), controls: framework.controls }) : told(framework))
  }
  return EXIT.audited
}

async function crosswalk(target: string, of: readonly Framework[]): Promise<number> {
  if (target !== '-' && !/\.html?$/i.test(target))
    throw new Failure(
      EXIT.usage,
      `--crosswalk ${target}: the name of a page ends in .html`,
      'For example: --crosswalk crosswalk.html',
    )
  if (target !== '-') await checkFolder(target)
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  await save(target, (await import('../report/crosswalk.ts')).renderCrosswalk(of, checks, version))
  if (target !== '-') process.stdout.write(`Which evidence settles which control: ${clean(resolve(target))}\n`)
  return EXIT.audited
}

/** The framework of this name. Throws a Failure that names those there are, the closest first. */
export function known(name: string): Framework {
  const found = frameworkOf(name)
  if (found !== undefined) return found
  const ids = frameworks.map(({ id }) => id)
  const near = suggest(name, ids)
  throw new Failure(
    EXIT.usage,
    `there is no framework '${name}'`,
    `${near.length > 0 ? `Did you mean: ${near.join(', ')}? ` : ''}There are: ${ids.join(', ')} (assay frameworks tells more).`,
  )
}

/** Names as the command line gives them, each once, in that order. */
export function knownAll(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => known(name).id))]
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function summary(framework: Framework): object {
  const { id, title, version, publisher, published, source, word, about, controls } = framework
  const settled = controls.filter(canPass).length
  return { id, title, version, publisher, published, source, word, about, controls: controls.length, settled }
}

/** Whether evidence of ours can make it pass. */
function canPass(control: Control): boolean {
  return control.unseen === undefined
}

function listed(): string {
  const { colour, width } = terminal()
  const c = createColors(colour)
  const sums = frameworks.map((f) => `${f.controls.length} ${f.word}s, ${f.controls.filter(canPass).length} can be settled`)
  const first = Math.max(...frameworks.map(({ id }) => id.length)) + 2
  const second = Math.max(...sums.map((sum) => sum.length)) + 2
  const lines = frameworks.map(
    (f, i) =>
      `${c.bold(pad(f.id, first))}${pad(sums[i]!, second)}${cut(`${f.title} (${f.version})`, Math.max(20, width - first - second))}`,
  )
  return `${lines.join('\n')}\n\nMore about one: assay frameworks ${frameworks[1]!.id}\nTo judge by some: assay audit CAPTURE --framework ${frameworks[0]!.id} --framework ${frameworks[1]!.id}\n`
}

function told(framework: Framework): string {
  const { colour, width } = terminal()
  const c = createColors(colour)
  const titles = new Map(checks.map((check) => [check.id, check.title]))
  const out = [c.bold(`${framework.title}, ${framework.version}`), ...fold(framework.about, width)]
  out.push(`${framework.publisher}, ${framework.published}: ${framework.source}`)
  let block = ''
  for (const control of framework.controls) {
    if (control.block !== block) out.push('', c.underline((block = control.block)))
    const say = (head: string, text: string) =>
      fold(text, width - 6 - head.length).forEach((line, i) => out.push(`    ${i === 0 ? head : ' '.repeat(head.length)}${line}`))
    out.push('')
    fold(control.topic, width - control.id.length - 3).forEach((line, i) =>
      out.push(`${i === 0 ? c.bold(control.id) : ' '.repeat(control.id.length)}  ${line}`),
    )
    say(
      '',
      `${control.mark ?? (control.level === 'unknown' ? 'level unknown' : control.level)}${control.appliesWhen === undefined ? '' : `; applies when ${control.appliesWhen}`}`,
    )
    for (const role of ['settles', 'can-fail'] as const) {
      const of = control.checks.filter((check) => check.role === role)
      const named = of.map(({ id }) => `${titles.get(id)} (${id})`)
      if (of.length > 0) say(role === 'settles' ? 'settled by ' : 'can fail by ', named.join('; '))
    }
    if (control.unseen !== undefined) say('not seen: ', control.unseen)
    if (control.beyond !== undefined) say('not looked at: ', control.beyond)
    if (control.signedBy !== undefined) say('signed for by ', control.signedBy)
    say('to settle it: ', control.next)
  }
  return `${out.join('\n')}\n`
}

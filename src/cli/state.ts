import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { stateOf } from '../report/state/state.ts'
import { EXIT, Failure } from './failure.ts'
import { checkFolder, save } from './files.ts'
import { clean, terminal } from './output.ts'
import { readReport } from './report-file.ts'

export interface StateCommandOptions {
  /** true: to standard output. */
  json?: string | true
  html?: string
}

/** What the audits of one's network come to over time. */
export async function stateCommand(reports: readonly string[], options: StateCommandOptions): Promise<number> {
  const { html } = options
  const json = jsonTarget(options.json)
  if (html !== undefined && !/\.html?$/i.test(html))
    throw new Failure(EXIT.usage, `--html ${html}: the name of a page ends in .html`, 'To write the page: --html state.html')
  for (const target of [json, html]) if (target !== undefined && target !== '-') await checkFolder(target)
  if (json !== undefined && json !== '-') checkOverwritten(json)
  const audits = []
  for (const path of reports) audits.push(await readReport(path))
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  const state = stateOf(audits, version)
  if (json !== '-') process.stdout.write((await import('../report/state/terminal.ts')).renderStateTerminal(state, terminal()))
  if (html !== undefined) {
    await save(html, (await import('../report/state/html.ts')).renderStateHtml(state))
    if (json !== '-') process.stdout.write(`\nThe state as a page: ${clean(resolve(html))}\n`)
  }
  if (json !== undefined) await save(json, `${JSON.stringify(state, null, 2)}\n`)
  return EXIT.audited
}

/** '-' or a file. */
function jsonTarget(value: string | true | undefined): string | undefined {
  return value === true ? '-' : value
}

/** `--json a.json b.json` would write over the report a.json: only a state gives way to a state. */
function checkOverwritten(target: string): void {
  if (existsSync(target) && !/"schema": ?"assay-state-/.test(readFileSync(target, 'utf8')))
    throw new Failure(
      EXIT.usage,
      `--json ${target}: it exists, and is no state that was written before`,
      'Name the reports first: assay state a.json b.json --json state.json',
    )
}

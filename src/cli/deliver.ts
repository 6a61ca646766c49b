import { resolve } from 'node:path'
import type { Audit } from '../report/model.ts'
import type { Exports } from './export.ts'
import { EXIT, Failure } from './failure.ts'
import { checkFolder, save } from './files.ts'
import { terminal } from './output.ts'

/** Where a report goes: files, or '-' for standard output. */
export interface Delivery {
  json?: string | undefined
  html?: string | undefined
  /** Other forms of it. */
  exports: Exports
  verbose: boolean
  quiet: boolean
}

/**
 * '-' or a file. `--json home.pcapng` means JSON to standard output of the audit of home.pcapng: a value that does not end in
 * .json is one of `named`, and a capture must never be overwritten.
 */
export function jsonTarget(value: string | true | undefined, named: string[]): string | undefined {
  if (value === undefined || value === '-') return value
  if (value === true) return '-'
  if (value.toLowerCase().endsWith('.json')) return value
  named.unshift(value)
  return '-'
}

/** Before the work, not after it: a long audit must not end for a file that cannot be written. */
export async function checkDelivery(
  { json, html, exports }: Delivery,
  others: readonly (string | undefined)[] = [],
): Promise<void> {
  if (html !== undefined && html !== '-' && !/\.html?$/i.test(html))
    throw new Failure(EXIT.usage, `--html ${html}: the name of a page ends in .html`, `To write the page: --html report.html`)
  if (json === '-' && html === '-')
    throw new Failure(EXIT.usage, '--json and --html cannot both go to standard output', 'Name a file for one of them.')
  if (any(exports)) await (await import('./export.ts')).checkExports(exports)
  for (const target of [json, html, ...others]) if (target !== undefined && target !== '-') await checkFolder(target)
}

/** Prints and writes a report. First what needs no file: an audit must not be lost because one cannot be written. */
export async function deliver(audit: Audit, { json, html, exports, verbose, quiet }: Delivery): Promise<void> {
  const print = !quiet && json !== '-' && html !== '-'
  if (print) {
    const { renderTerminal } = await import('../report/terminal.ts')
    process.stdout.write(renderTerminal(audit, { ...terminal(), verbose }))
  }
  if (html !== undefined) await save(html, (await import('../report/html.ts')).renderHtml(audit))
  if (print && html !== undefined) process.stdout.write(`\nThe report as a page: ${resolve(html)}\n`)
  if (json !== undefined) await save(json, (await import('../report/json.ts')).jsonPieces(audit))
  if (print && json !== undefined) process.stdout.write(`${html === undefined ? '\n' : ''}The report as JSON: ${resolve(json)}\n`)
  if (!any(exports)) return
  for (const line of await (await import('./export.ts')).writeExports(audit, exports))
    if (print) process.stdout.write(`${line}\n`)
}

/** The engine of exports is loaded only where one is wanted. */
function any({ oscal, sarif, csv, stix }: Exports): boolean {
  return (oscal ?? sarif ?? csv ?? stix) !== undefined
}

import type { Audit, AuditDevice } from '../report/model.ts'
import { complianceOf } from '../report/statement.ts'
import { deviceName } from '../report/words.ts'
import { checkFolder, save } from './files.ts'
import { EXIT, Failure } from './failure.ts'
import { known } from './frameworks.ts'
import { clean } from './output.ts'
import { readReport } from './report-file.ts'
import { suggest } from './suggest.ts'

export interface StatementCommandOptions {
  framework: string
  output: string
  device?: string
}

/** Answers for a statement of compliance, as Markdown or DOCX; '-' is Markdown to standard output. */
export async function statementCommand(
  report: string,
  { framework: name, output, device }: StatementCommandOptions,
): Promise<number> {
  const framework = known(name)
  const form = output === '-' || /\.(md|markdown)$/i.test(output) ? 'md' : /\.docx$/i.test(output) ? 'docx' : undefined
  if (form === undefined)
    throw new Failure(EXIT.usage, `-o ${output}: the name of a statement ends in .md or .docx`, 'For example: -o statement.docx')
  if (output !== '-') await checkFolder(output)
  const audit = await readReport(report)
  const of = complianceOf(audit, deviceOf(audit, device), framework)
  if (form === 'docx') await save(output, await (await import('../report/statement-docx.ts')).complianceDocx(of))
  else await save(output, (await import('../report/statement-markdown.ts')).complianceMarkdown(of))
  if (output !== '-')
    process.stdout.write(`${clean(output)}: ${clean(of.title)}. ${of.sum} A person must still sign for ${of.toSign.length}.\n`)
  return EXIT.audited
}

/** The device of this id, address or name; the only one where none is named. */
function deviceOf(audit: Audit, named: string | undefined): AuditDevice {
  const { devices } = audit
  const ids = devices.map(({ id }) => id)
  if (devices.length === 0)
    throw new Failure(EXIT.input, 'the report holds no device', 'Audit a capture in which the device is, or ask it: assay probe.')
  if (named === undefined) {
    if (devices.length === 1) return devices[0]!
    const some = devices.slice(0, 8).map((d) => `${d.id} (${deviceName(d)})`)
    throw new Failure(
      EXIT.usage,
      `the report holds ${devices.length} devices: a statement is about one`,
      `Name it with --device: ${some.join(', ')}${devices.length > some.length ? ' …' : ''}`,
    )
  }
  const wanted = named.toLowerCase()
  const found = devices.filter((d) => [d.id, ...d.macs, ...d.ips, deviceName(d).toLowerCase()].includes(wanted))
  if (found.length === 1) return found[0]!
  if (found.length > 1)
    throw new Failure(
      EXIT.usage,
      `${found.length} devices are called '${named}'`,
      `Name one by its id: ${found.map(({ id }) => id).join(', ')}`,
    )
  const near = suggest(named, [...ids, ...devices.flatMap((d) => [...d.ips, ...d.macs, deviceName(d)])])
  throw new Failure(
    EXIT.usage,
    `there is no device '${named}' in the report`,
    near.length > 0 ? `Did you mean: ${near.join(', ')}` : `There are: ${ids.slice(0, 8).join(', ')}`,
  )
}

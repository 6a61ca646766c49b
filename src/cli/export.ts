import { mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Framework } from '../frameworks/framework.ts'
import { frameworkOf } from '../frameworks/index.ts'
import type { Audit } from '../report/model.ts'
import { checkFolder, save } from './files.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { clean } from './output.ts'
import { readReport } from './report-file.ts'

/** Other forms of a report: a folder for OSCAL's files, a file for each of the others. */
export interface Exports {
  oscal?: string | undefined
  sarif?: string | undefined
  csv?: string | undefined
  stix?: string | undefined
}

export async function exportCommand(report: string, options: Exports): Promise<number> {
  if (options.oscal === undefined && options.sarif === undefined && options.csv === undefined && options.stix === undefined)
    throw new Failure(
      EXIT.usage,
      'nothing to export to',
      'Name at least one of --oscal FOLDER, --sarif FILE, --csv FILE, --stix FILE: assay export report.json --csv report.csv',
    )
  await checkExports(options)
  const audit = await readReport(report)
  for (const line of await writeExports(audit, options)) process.stdout.write(`${line}\n`)
  return EXIT.audited
}

/** Before the work, not after it. */
export async function checkExports({ oscal, sarif, csv, stix }: Exports): Promise<void> {
  if (oscal !== undefined) {
    const found = await stat(oscal).catch(() => undefined)
    if (found && !found.isDirectory())
      throw new Failure(EXIT.usage, `--oscal ${oscal}: it is a file`, 'Name a folder: OSCAL is several files.')
    await checkFolder(found ? join(oscal, 'profile.json') : oscal)
  }
  for (const [option, target, ending, endings] of [
    ['--sarif', sarif, /\.(sarif|json)$/i, '.sarif or .sarif.json'],
    ['--csv', csv, /\.csv$/i, '.csv'],
    ['--stix', stix, /\.(stix|json)$/i, '.json or .stix'],
  ] as const) {
    if (target === undefined) continue
    if (!ending.test(target))
      throw new Failure(
        EXIT.usage,
        `${option} ${target}: the name of such a file ends in ${endings}`,
        `For example: ${option} report.${option.slice(2)}${option === '--stix' ? '.json' : ''}`,
      )
    await checkFolder(target)
  }
}

/** Writes them; gives a line for each to print. */
export async function writeExports(audit: Audit, { oscal, sarif, csv, stix }: Exports): Promise<string[]> {
  const said: string[] = []
  if (oscal !== undefined) {
    const frameworks = catalogsOf(audit)
    const { catalogFile, oscalCatalog, oscalProfile, oscalResults } = await import('../report/oscal.ts')
    try {
      // not recursive: its parent is there (checkFolder), and where none can be made, as in /proc, Node.js would try for ever
      await mkdir(oscal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new Failure(EXIT.usage, `cannot make ${oscal}: ${systemReason(error)}`)
    }
    for (const framework of frameworks) await save(join(oscal, catalogFile(framework)), json(oscalCatalog(framework)))
    await save(join(oscal, 'profile.json'), json(oscalProfile(audit, frameworks)))
    await save(join(oscal, 'assessment-results.json'), json(oscalResults(audit)))
    said.push(
      `The report as OSCAL: ${clean(resolve(oscal))} (assessment-results.json, profile.json, ${frameworks.map(catalogFile).join(', ')})`,
    )
  }
  if (sarif !== undefined) {
    await save(sarif, json((await import('../report/sarif.ts')).sarifLog(audit, catalogsOf(audit))))
    said.push(`The report as SARIF: ${clean(resolve(sarif))}`)
  }
  if (csv !== undefined) {
    await save(csv, (await import('../report/csv.ts')).csvLines(audit))
    said.push(`The report as CSV: ${clean(resolve(csv))}`)
  }
  if (stix !== undefined) {
    await save(stix, json((await import('../report/stix.ts')).stixBundle(audit)))
    said.push(`The threats as STIX: ${clean(resolve(stix))}`)
  }
  return said
}

/** The catalogs that a report was judged by. Throws a Failure where this version has another, or none. */
export function catalogsOf(audit: Audit): Framework[] {
  return audit.frameworks.map(({ id, version }) => {
    const framework = frameworkOf(id)
    if (framework === undefined || framework.version !== version)
      throw new Failure(
        EXIT.input,
        `the report judges by ${id} ${version}, which this version of Assay does not have`,
        'Audit again, and export that report.',
      )
    return framework
  })
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

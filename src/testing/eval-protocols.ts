#!/usr/bin/env node
/**
 * `npm run eval:protocols [-- FOLDER… --missing --write]`: which protocol each flow of the public captures is of, ours beside nDPI's
 * (protocol-agreement.ts). `--missing` prints the rows that the list of disagreements lacks, ready but for their reason; `--write`
 * puts them there, and takes out those that are no longer so.
 */
import { parseArgs } from 'node:util'
import { figuresOf, inWords, table } from './agreement-figures.ts'
import { checkList, readExplained, renewed, writeExplained } from './disagreements.ts'
import { ndpiAvailable, ndpiVersion } from './ndpi.ts'
import { capturesIn, compareCaptures, FOLDERS, MORE_FOLDERS } from './protocol-agreement.ts'

const { values, positionals } = parseArgs({
  options: { missing: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const captures = capturesIn(positionals.length > 0 ? positionals : [...FOLDERS, ...MORE_FOLDERS])
if (captures.length === 0 || !ndpiAvailable()) {
  console.error(
    captures.length === 0
      ? 'The public captures are not here (ASSAY_CORPUS)'
      : 'ndpiReader is not installed (Debian: libndpi-bin)',
  )
  process.exit(2)
}
const compared = await compareCaptures(captures)
const explained = readExplained()
const next = renewed(explained, compared, captures)
if (values.missing)
  console.log(
    JSON.stringify(
      next.filter(({ reason }) => reason === ''),
      undefined,
      2,
    ),
  )
else {
  console.log(table(compared))
  for (const folder of new Set(['', ...FOLDERS, ...MORE_FOLDERS, ...positionals])) {
    const figures = figuresOf(
      compared.filter(({ capture }) => capture.startsWith(folder)),
      explained,
    )
    if (figures.flows > 0) console.log(`\n${folder || `All ${captures.length} captures, ${ndpiVersion()}`}: ${inWords(figures)}`)
  }
}
const wrong = checkList(values.write ? next : explained, compared, captures)
if (values.write) writeExplained(next)
if (wrong.length > 0) console.error(`\n${wrong.join('\n')}`)
process.exitCode = wrong.length > 0 ? 1 : 0

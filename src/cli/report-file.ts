import { readFile } from 'node:fs/promises'
import { parseReport } from '../report/read.ts'
import type { Audit, AuditDevice, AuditFinding } from '../report/model.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { suggest } from './suggest.ts'

export async function readReport(path: string): Promise<Audit> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure(
      EXIT.input,
      `cannot read the report ${path}: ${systemReason(error)}`,
      'A report is what assay audit CAPTURE --json report.json writes.',
    )
  }
  try {
    return parseReport(text)
  } catch (error) {
    throw new Failure(
      EXIT.input,
      `cannot read the report ${path}: ${(error as Error).message}`,
      'A report is what assay audit CAPTURE --json report.json writes.',
    )
  }
}

export function findFinding(audit: Audit, id: string): { device: AuditDevice; finding: AuditFinding } | undefined {
  for (const device of audit.devices) {
    const finding = device.findings.find((f) => f.id === id)
    if (finding) return { device, finding }
  }
  return undefined
}

/** What to say when an id is not there: the closest ones. */
export function noSuch(what: string, id: string, names: Iterable<string>, otherwise: string): Failure {
  const near = suggest(id, names)
  return new Failure(EXIT.usage, `there is no ${what} '${id}'`, near.length > 0 ? `Did you mean: ${near.join(', ')}` : otherwise)
}

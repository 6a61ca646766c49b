import { checks } from '../checks/index.ts'
import { renderExplanation } from '../report/explain.ts'
import { EXIT } from './failure.ts'
import { terminal } from './output.ts'
import { findFinding, noSuch, readReport } from './report-file.ts'

export async function explainCommand(subject: string, options: { report?: string }): Promise<number> {
  const audit = options.report === undefined ? undefined : await readReport(options.report)
  const place = audit && findFinding(audit, subject)
  const found = audit && place ? { audit, ...place } : undefined
  // without the report, a finding's id still names its check
  const wanted = found ? [found.finding.check] : [subject, ...subject.split(/[^a-z0-9-]+/)]
  const check = checks.find((c) => wanted.includes(c.id))
  // an id of another report, or with a slip in it, must not look as if it had been found
  if (!found && (!check || (audit && subject !== check.id))) {
    const ids = [...checks.map((c) => c.id), ...(audit?.devices.flatMap((d) => d.findings.map((f) => f.id)) ?? [])]
    throw noSuch(
      audit ? 'check or finding' : 'check',
      subject,
      ids,
      audit
        ? 'assay checks lists the checks.'
        : 'assay checks lists them; for a finding give its report too: --report report.json',
    )
  }
  process.stdout.write(renderExplanation(check, found, terminal()))
  return EXIT.audited
}

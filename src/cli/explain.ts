import { checks } from '../checks/index.ts'
import { renderDetector, renderExplanation } from '../report/explain.ts'
import { detectors } from '../threat/index.ts'
import { EXIT } from './failure.ts'
import { terminal } from './output.ts'
import { findFinding, noSuch, readReport } from './report-file.ts'

export async function explainCommand(subject: string, options: { report?: string }): Promise<number> {
  const audit = options.report === undefined ? undefined : await readReport(options.report)
  const place = audit && findFinding(audit, subject)
  const found = audit && place ? { audit, ...place } : undefined
  const detector = found ? undefined : detectors.find(({ id }) => id === subject)
  if (detector) {
    process.stdout.write(renderDetector(detector, terminal()))
    return EXIT.audited
  }
  // without the report, a finding's id still names its check
  const wanted = found ? [found.finding.check] : [subject, ...subject.split(/[^a-z0-9-]+/)]
  const check = checks.find((c) => wanted.includes(c.id))
  // an id of another report, or with a slip in it, must not look as if it had been found
  if (!found && (!check || (audit && subject !== check.id))) {
    const ids = [
      ...checks.map((c) => c.id),
      ...detectors.map(({ id }) => id),
      ...(audit?.devices.flatMap((d) => d.findings.map((f) => f.id)) ?? []),
    ]
    throw noSuch(
      audit ? 'check or finding' : 'check',
      subject,
      ids,
      audit
        ? 'assay checks lists the checks.'
        : 'assay checks lists them, docs/threats.md the detectors; for a finding give its report too: --report report.json',
    )
  }
  process.stdout.write(renderExplanation(check, found, terminal()))
  return EXIT.audited
}

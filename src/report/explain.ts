import { createColors } from 'picocolors'
import type { Check } from '../checks/check.ts'
import type { Detector } from '../threat/detector.ts'
import { frameList, wiresharkFilter } from './frames.ts'
import type { Audit, AuditDevice, AuditFinding } from './model.ts'
import { fold } from './width.ts'
import { captureName, clean, deviceName, outcomeWord, responsibleFor, sentence, evidenceLines } from './words.ts'

export type Explained = Pick<Check, 'id' | 'title' | 'facet' | 'looksFor' | 'why' | 'remedy' | 'passNeeds'>

/** What a check looks for, why it matters and how to mend it; before it, where a finding is given, what was found. */
export function renderExplanation(
  check: Explained | undefined,
  found: { audit: Audit; device: AuditDevice; finding: AuditFinding } | undefined,
  { colour, width }: { colour: boolean; width: number },
): string {
  const c = createColors(colour)
  const lines: string[] = []
  const part = (head: string, text: string) => {
    lines.push('', c.bold(head), ...fold(clean(text), width - 2).map((l) => `  ${l}`))
  }
  const title = (text: string) => lines.push(...fold(clean(text), width).map((l) => c.bold(l)))
  if (found) {
    const { audit, device, finding } = found
    title(finding.about ? `${finding.title}, ${finding.about}` : finding.title)
    lines.push(c.dim(fold(clean(finding.id), width).join('\n')))
    part('Device', `${deviceName(device)} (${device.id})`)
    const grave = finding.outcome === 'fail' || finding.outcome === 'warn'
    part(
      'Found',
      `${grave ? `${outcomeWord[finding.outcome]}, ${finding.severity}` : outcomeWord[finding.outcome]}: ${sentence(finding.reason)}`,
    )
    if (finding.next) part('To settle it', sentence(finding.next))
    if (grave) part(`To mend it (${responsibleFor(device, finding) ?? 'maker'} answers for it)`, sentence(finding.remedy))
    if (finding.evidence.length > 0) {
      lines.push('', c.bold('Where to look'))
      for (const e of finding.evidence) {
        const where = 'frames' in e ? [`${captureName(audit, e.capture)}: ${frameList(e.frames, 8)}`] : evidenceLines(audit, e)
        lines.push(...where.flatMap((line) => fold(line, width - 2)).map((l) => `  ${l}`))
        // on one line however long: it is to be copied
        if ('frames' in e) lines.push(`    ${wiresharkFilter(e.frames)}`)
      }
    }
    lines.push('')
  }
  if (check) {
    title(found ? `The check: ${check.title}` : check.title)
    lines.push(c.dim(`${check.id}, ${check.facet}`))
    part('What it looks for', check.looksFor)
    part('Why it matters', check.why)
    part('How to mend it', check.remedy)
    part('What a pass needs', check.passNeeds)
  }
  return `${lines.join('\n').trimEnd()}\n`
}

export type ExplainedDetector = Pick<Detector, 'id' | 'title' | 'looksFor' | 'mistakes' | 'baseRate' | 'tunables'>

/** What a detector of threats looks for, by which figures, and where it is wrong. */
export function renderDetector(
  { id, title, looksFor, mistakes, baseRate, tunables }: ExplainedDetector,
  { colour, width }: { colour: boolean; width: number },
): string {
  const c = createColors(colour)
  const lines = [...fold(title, width).map((l) => c.bold(l)), c.dim(`${id}, a detector of threats`)]
  const part = (head: string, ...texts: string[]) =>
    lines.push('', c.bold(head), ...texts.flatMap((text) => fold(clean(text), width - 2).map((l) => `  ${l}`)))
  part('What it looks for', looksFor)
  const figures = Object.entries(tunables).map(([name, { value, unit, why }]) => `${name}: ${value} ${unit}: ${sentence(why)}`)
  if (figures.length > 0) part('By which figures', ...figures)
  part('What it takes for misuse and is none, and what escapes it', mistakes)
  part('How often it is wrong', sentence(baseRate))
  return `${lines.join('\n')}\n`
}

import { describe, expect, it } from 'vitest'
import { withAsked } from '../testing/asked-fixture.ts'
import { auditFixture, hostile } from '../testing/audit-fixture.ts'
import { askedLine, auditOf, endedLine, tellingEntries } from './asked.ts'
import { renderHtml } from './html.ts'
import { renderTerminal } from './terminal.ts'

const audit = withAsked(auditFixture())
const alone = { ...audit, captures: [] }

describe('what was asked', () => {
  it('is told in a line each', () => {
    const [probe] = audit.probes!
    expect(askedLine(probe!)).toBe('1 device: 3 questions in 6 s, from 2026-11-30 21:00:00 UTC')
    expect(endedLine(probe!)).toBe('1 answered, 1 refused, 1 without an end')
    expect(auditOf(alone)).toMatch(/^what .+ answered$/)
    expect(auditOf(audit)).toMatch(/ and what .+ answered$/)
    expect(auditOf({ ...alone, probes: [] })).toBe('nothing')
  })

  it('is, word for word, what findings rest on, and no more than there is room for', () => {
    expect(
      tellingEntries(audit, 300)
        .get(0)!
        .map(({ n }) => n),
    ).toEqual([1, 3])
    expect(
      tellingEntries(audit, 1)
        .get(0)!
        .map(({ n }) => n),
    ).toEqual([1])
    // a report from a file may point anywhere
    const lost = withAsked(auditFixture())
    lost.devices[0]!.findings[0]!.evidence.push({ probe: 7, entries: [1] })
    expect(tellingEntries(lost, 300).get(7)).toEqual([])
  })

  it('stands on the page, with links from findings, as text and as nothing else', () => {
    const page = renderHtml(audit)
    for (const n of [1, 3]) {
      expect(page).toContain(`id="question-1-${n}"`)
      expect(page).toContain(`href="#question-1-${n}"`)
    }
    expect(page).not.toContain('question-1-2')
    expect(page).not.toContain(hostile.script)
    expect(page).toContain('It was ended before all was asked')
  })

  it('heads a report without a capture, on the terminal, too', () => {
    const text = renderTerminal(alone, { colour: false, width: 100 })
    expect(text).toMatch(/WHAT WAS ASKED\n[^]*\n {2}Asked {6}1 device: 3 questions/)
    expect(text).toContain('It was ended before all was asked')
    expect(text).not.toContain('Traffic')
  })
})

import { describe, expect, it } from 'vitest'
import { withAsked } from '../testing/asked-fixture.ts'
import { auditFixture, hostile } from '../testing/audit-fixture.ts'
import { askedLine, auditOf, endedLine, openLine, tellingEntries } from './asked.ts'
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

  it('says in a line what is open, and by which software', () => {
    const device = (observations: [string, unknown][], services: [string, number, string][]) => ({
      ...audit.devices[0]!,
      observations: observations.map(([kind, data]) => ({ ...audit.devices[0]!.observations[0]!, kind, data })),
      services: services.map(([transport, port, protocol]) => ({
        transport,
        port,
        protocol,
        protection: 'clear' as const,
        reachedFrom: [],
        answered: 1,
        evidence: [],
      })),
    })
    const scan: [string, unknown] = ['probe.ports', { transport: 'tcp', asked: 330, open: 2, closed: 328, silent: 0, which: '' }]
    const ssh: [string, unknown] = [
      'probe.service',
      { transport: 'tcp', port: 22, protocol: 'ssh', product: 'dropbear', version: '2022.83' },
    ]
    const open: [string, number, string][] = [
      ['udp', 53, 'dns'],
      ['tcp', 80, ''],
      ['tcp', 22, 'ssh'],
    ]
    expect(openLine(device([scan, ssh], open))).toBe('Open: tcp/22 SSH (dropbear 2022.83), tcp/80 (unknown), udp/53 DNS')
    expect(openLine(device([scan], []))).toBe('Open: no TCP port, of 330 asked')
    // who did not answer has shown nothing, and who was not asked neither
    expect(
      openLine(device([['probe.ports', { transport: 'tcp', asked: 330, open: 0, closed: 0, silent: 330 }]], [])),
    ).toBeUndefined()
    expect(openLine(device([], open))).toBeUndefined()
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

  it('makes no map of who talked to whom where nobody was listened to', () => {
    expect(renderHtml(audit)).toContain('<h2 id="network">')
    expect(renderHtml(alone)).not.toContain('<h2 id="network">')
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

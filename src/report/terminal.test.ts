import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { auditFixture, hostile } from '../testing/audit-fixture.ts'
import { withThreats } from '../testing/threat-fixture.ts'
import { renderTerminal } from './terminal.ts'
import { width } from './width.ts'

const plain = (columns: number, verbose = false) => renderTerminal(auditFixture(), { colour: false, width: columns, verbose })

describe('terminal report', () => {
  it.each([60, 80, 120])('reads as it did at %i columns', async (columns) => {
    await expect(plain(columns)).toMatchFileSnapshot(`baseline/terminal-${columns}.txt`)
  })

  it.each([40, 60, 80, 120])('fits %i columns', (columns) => {
    for (const verbose of [false, true]) {
      for (const line of plain(columns, verbose).split('\n')) expect(width(line), line).toBeLessThanOrEqual(columns)
    }
  })

  it('lets no control or format character of a device or a file name reach the terminal', () => {
    for (const verbose of [false, true]) {
      expect(plain(80, verbose)).not.toMatch(/[^\n\P{C}]/u)
      // in colour there are its own sequences, each a selection of colour and nothing else
      const coloured = renderTerminal(auditFixture(), { colour: true, width: 80, verbose })
      // oxlint-disable-next-line no-control-regex
      expect(coloured.replace(/\u001B\[\d{1,2}m/g, '')).toBe(plain(80, verbose))
      expect(stripVTControlCharacters(coloured)).toBe(plain(80, verbose))
    }
    expect(plain(80)).not.toContain(hostile.ansi)
  })

  it('goes from the network over the devices, worst first, to what to do first', () => {
    const text = plain(80)
    const at = (part: string) => {
      expect(text, part).toContain(part)
      return text.indexOf(part)
    }
    const order = [
      'THE NETWORK',
      '192.168.1.1',
      'DEVICES, WORST FIRST',
      ' F   Kitchen camera',
      ' A   Bathroom scale',
      ' –   Unknown device',
      'THE THREE THINGS TO DO FIRST',
      'Change the password',
    ]
    const places = order.map(at)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('says that a capture is damaged, how a device was graded, and which packets show it', () => {
    const text = plain(80)
    expect(text).toMatch(/read up to byte 99,821/)
    expect(text).toMatch(/Grade F\. A critical.*\n.* 7\s+of 35 principles could be judged\./)
    expect(text).toMatch(/frames 12, 40–43, 90/)
    expect(text).toContain('✓✗✗????????! ✗???? ???????!??·?✓??? ???····')
  })

  it('tells each principle with verbose, and the next step of what is not settled', () => {
    const text = plain(120, true)
    for (let n = 1; n <= 40; n++) expect(text).toMatch(new RegExp(`[✓✗!?·] ${String(n).padStart(2)} \\S`))
    expect(text).toMatch(/Next: Give the maker’s published\s+policy to the audit/)
    expect(text).toContain('mac-74da38807a08/default-credentials/tcp/23')
  })

  it('stays short for a thousand devices, and says how many it leaves out', () => {
    const text = renderTerminal(auditFixture(1000), { colour: false, width: 80 })
    expect(text.split('\n').length).toBeLessThan(500)
    expect(text).toContain('and 888 more devices')
  })

  it('has words for an audit that saw no device', () => {
    const text = renderTerminal({ ...auditFixture(), devices: [] }, { colour: false, width: 80 })
    expect(text).toContain('No device was seen.')
    expect(text).not.toContain('TO DO FIRST')
  })
})

describe('threats on the terminal', () => {
  const threatened = (columns: number, verbose = false) =>
    renderTerminal(withThreats(auditFixture()), { colour: false, width: columns, verbose })

  it.each([60, 100])('read as they did at %i columns', async (columns) => {
    const text = threatened(columns)
    await expect(text.slice(0, text.indexOf('THE NETWORK'))).toMatchFileSnapshot(`baseline/threats-${columns}.txt`)
  })

  it.each([40, 80])('fit %i columns, and let nothing of the wire through', (columns) => {
    for (const verbose of [false, true]) {
      const text = threatened(columns, verbose)
      for (const line of text.split('\n')) expect(width(line), line).toBeLessThanOrEqual(columns)
      expect(text).not.toMatch(/[^\n\P{C}]/u)
    }
  })

  it('stand before all else where one is grave, and else behind the devices', () => {
    const grave = threatened(80)
    expect(grave.indexOf('SIGNS OF ATTACK')).toBeLessThan(grave.indexOf('THE NETWORK'))
    const audit = withThreats(auditFixture())
    audit.threats = audit.threats!.filter(({ severity }) => severity === 'medium' || severity === 'low')
    const text = renderTerminal(audit, { colour: false, width: 80 })
    expect(text.indexOf('SIGNS OF ATTACK: 1 MEDIUM, 1 LOW')).toBeGreaterThan(text.indexOf('DEVICES, WORST FIRST'))
  })

  it('are bounded without --verbose', () => {
    const audit = withThreats(auditFixture())
    const [one] = audit.threats!
    audit.threats = Array.from({ length: 500 }, (_, i) => ({ ...one!, id: `t${i}`, device: `d${i}` }))
    const text = renderTerminal(audit, { colour: false, width: 80 })
    expect(text.match(/What to do now/g)).toHaveLength(5)
    expect(text).toContain('and 475 more: --verbose')
  })
})

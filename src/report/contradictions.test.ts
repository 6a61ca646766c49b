import { describe, expect, it } from 'vitest'
import { auditFixture, contradicted, hostile } from '../testing/audit-fixture.ts'
import { contradictions } from './contradictions.ts'
import { renderHtml } from './html.ts'
import { renderTerminal } from './terminal.ts'
import { width } from './width.ts'

const terminal = (audit = contradicted(auditFixture()), columns = 80, verbose = false) =>
  renderTerminal(audit, { colour: false, width: columns, verbose })

describe('what the maker says otherwise', () => {
  it('comes before anything else, worst first, with packet and place', () => {
    const text = terminal().replace(/\s+/g, ' ')
    const order = [
      'THE MAKER SAYS OTHERWISE',
      'Kitchen camera (critical)',
      'a first password of its own; frame 12',
      'frames 812–813; maker.yaml /credentials/first',
      'Kitchen camera (medium)',
      'THE NETWORK',
    ].map((part) => text.indexOf(part))
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    const page = renderHtml(contradicted(auditFixture()))
    expect(page.indexOf('The maker says otherwise')).toBeGreaterThan(0)
    expect(page.indexOf('The maker says otherwise')).toBeLessThan(page.indexOf('id="first"'))
    expect(page).toContain('maker.yaml /credentials/first')
  })

  it('tells who signed the dossier, and of whom it is', () => {
    expect(terminal()).toMatch(/Dossier +maker\.yaml: Edimax .*signed by/s)
    expect(renderHtml(contradicted(auditFixture()))).toContain('c'.repeat(64))
    const unsigned = contradicted(auditFixture())
    delete unsigned.documents![0]!.signedBy
    expect(terminal(unsigned).replace(/\s+/g, ' ')).toContain('no signature verified: its word only')
  })

  it('is not there where nothing is', () => {
    expect(terminal(auditFixture())).not.toContain('OTHERWISE')
    expect(renderHtml(auditFixture())).not.toContain('The maker says otherwise')
    expect(contradictions(auditFixture())).toEqual([])
  })

  it('is told in part where there is much, and all of it when asked', () => {
    const much = contradicted(auditFixture(), 60)
    expect(contradictions(much)).toHaveLength(62)
    expect(terminal(much)).toContain('and 56 more: --verbose')
    expect(terminal(much, 80, true)).toContain('t59.example')
    expect(renderHtml(much)).toContain('and 42 more, with the devices')
  })

  it.each([40, 60, 80, 120])('fits %i columns, and lets nothing of a maker steer', (columns) => {
    for (const verbose of [false, true]) {
      const text = terminal(contradicted(auditFixture(), 3), columns, verbose)
      for (const line of text.split('\n')) expect(width(line), line).toBeLessThanOrEqual(columns)
      expect(text).not.toMatch(/[^\n\P{C}]/u)
    }
    const page = renderHtml(contradicted(auditFixture(), 3))
    expect(page).not.toMatch(/<script>alert|onmouseover="/)
    expect(page).not.toMatch(/[^\n\P{C}]/u)
    expect(page).not.toContain(hostile.script)
  })
})

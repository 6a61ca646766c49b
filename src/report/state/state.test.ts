import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium } from 'playwright-core'
import { Check } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditFixture } from '../../testing/audit-fixture.ts'
import { withThreats } from '../../testing/threat-fixture.ts'
import { renderSchema } from '../json.ts'
import type { Audit } from '../model.ts'
import { width } from '../width.ts'
import { renderStateHtml } from './html.ts'
import { StateSchema } from './model.ts'
import { stateOf } from './state.ts'
import { renderStateTerminal } from './terminal.ts'

/** The fixture's audit, of another capture, so many days later. */
function later(days: number, audit: Audit = auditFixture()): Audit {
  const move = (time: string) => new Date(Date.parse(time) + days * 86_400_000).toISOString()
  return {
    ...audit,
    captures: audit.captures.map((c, i) => ({
      ...c,
      sha256: `${days}${i}`.padStart(64, '0'),
      first: move(c.first!),
      last: move(c.last!),
    })),
    network: { ...audit.network, first: move(audit.network.first!), last: move(audit.network.last!) },
  }
}
const monday = withThreats(auditFixture())
const of = (...audits: Audit[]) => stateOf(audits, '0.1.0')

describe('the state of things', () => {
  it('counts by stage, way, thing, party, port and log-in', () => {
    const state = of(monday)
    expect(Check(StateSchema, JSON.parse(JSON.stringify(state)))).toBe(true)
    expect(state).toMatchObject({ severities: { critical: 1, high: 2, medium: 1, low: 1 }, devices: 8 })
    expect(state.stages[0]).toEqual({ stage: 'probed', title: 'Looked for', signs: 2, devices: 2 })
    expect(state.vectors[0]).toMatchObject({
      detector: 'guessing',
      title: 'Password guessing',
      what: 'telnet',
      role: 'target',
      attempts: 15,
    })
    expect(state.infected).toMatchObject([{ name: 'Kitchen camera', stage: 'attacking', severity: 'critical', signs: 7 }])
    expect(state.attacked.map(({ device, attempts }) => [device, attempts])).toEqual([
      ['mac-74da38807a08', 30],
      ['mac-50c7bf00fca3', 9],
      ['ip-192.168.1.200', 1],
      // a flood's packets are no attempts
      ['mac-020000000001', 0],
    ])
    expect(state.sources[0]).toMatchObject({ ip: '203.0.113.9', scope: 'internet', signs: 4, attempts: 30 })
    expect(state.sources.find(({ ip }) => ip === '192.168.1.20')?.country).toBeUndefined()
    expect(state.ports.map(({ port }) => port)).toEqual([23, 80, 443])
    expect(state.credentials[0]).toEqual({ value: 'root / x…(7)', signs: 2, devices: 2 })
    expect(state.largest).toMatchObject({ packets: 612_000, peak: 10_200, role: 'source', name: 'Kitchen camera' })
  })

  it('takes no order for a flood', () => {
    const audit = withThreats(auditFixture())
    for (const { steps } of audit.threats!) for (const step of steps) step.detail = { orders: 2 }
    expect(of(audit).largest).toBeUndefined()
  })

  it('knows the country of an address', () => {
    const audit = withThreats(auditFixture())
    audit.threats![0]!.steps[0]!.peer!.ip = '193.0.6.139'
    const state = of(audit)
    expect(state.sources.find(({ ip }) => ip === '193.0.6.139')?.country).toBe('NL')
    expect(state.countries.find(({ country }) => country === 'NL')).toEqual({
      country: 'NL',
      sources: 1,
      targets: 0,
      attempts: 6,
    })
  })

  it('takes audits in order of time, however they are named, and each capture once', () => {
    const state = of(later(7), monday, later(3), monday)
    expect(state.audits.map(({ first }) => first?.slice(0, 10))).toEqual(['2026-11-01', '2026-11-04', '2026-11-08'])
    expect(state.severities).toEqual(of(monday).severities)
    expect(state.missing.join()).toContain('in another report, too; they count once')
  })

  it('compares the last audit with those before it by the day, and infections by the audit', () => {
    const { trend } = of(later(7, monday), later(3), monday)
    expect(trend.map(({ what }) => what)).toEqual(['signs', 'attempts on the things', 'infected things'])
    const [signs, , infected] = trend
    expect(signs!.now).toBeCloseTo(2 * signs!.before, 1)
    expect(infected).toMatchObject({ per: 'audit', now: 1, before: 0.5 })
    expect(of(monday)).toMatchObject({ trend: [], missing: expect.arrayContaining([expect.stringContaining('no trend')]) })
  })

  it('has no trend of minutes, of audits in which nobody looked, nor of none', () => {
    const short = later(1)
    short.captures = short.captures.map((c) => ({ ...c, last: c.first! }))
    expect(of(monday, short).trend).toEqual([])
    const { threats: _, ...old } = later(2)
    expect(of(monday, old).trend).toEqual([])
    expect(of().trend).toEqual([])
  })

  it('says what it cannot say', () => {
    const { threats: _, ...old } = later(2)
    const asked = { ...auditFixture(), captures: [] }
    const { missing } = of(old, asked)
    expect(missing.join('\n')).toMatch(/nothing was captured/)
    expect(missing.join('\n')).toMatch(/nobody looked for threats/)
    expect(missing.join('\n')).toMatch(/packets were lost or could not be read/)
    expect(renderStateTerminal(of(), { colour: false, width: 80 })).toContain('No audit')
  })

  it('is bounded in its lists', () => {
    const audit = withThreats(auditFixture())
    const [threat] = audit.threats!
    audit.threats = Array.from({ length: 2000 }, (_, i) => ({
      ...threat!,
      id: `t${i}`,
      device: `d${i}`,
      steps: threat!.steps.map((step) => ({
        ...step,
        port: i,
        peer: { ip: `198.51.${i >> 8}.${i & 255}`, port: i, scope: 'internet' as const },
      })),
    }))
    const state = of(audit)
    for (const list of [state.infected, state.attacked, state.sources, state.ports]) expect(list).toHaveLength(25)
    expect(renderStateHtml(state).length).toBeLessThan(300_000)
  })

  it('has its published schema up to date (else: assay schema state > docs/schema/state-1.json)', () => {
    const published = readFileSync(new URL('../../../docs/schema/state-1.json', import.meta.url), 'utf8')
    expect(published).toBe(renderSchema(StateSchema))
  })
})

describe('the state on a terminal', () => {
  it('reads as it did', async () => {
    const text = renderStateTerminal(of(monday, later(7)), { colour: false, width: 80 })
    await expect(text).toMatchFileSnapshot('../baseline/state-80.txt')
  })

  it.each([40, 80, 120])('fits %i columns, and lets nothing of the wire through', (columns) => {
    const text = renderStateTerminal(of(monday, later(7)), { colour: false, width: columns })
    for (const line of text.split('\n')) expect(width(line), line).toBeLessThanOrEqual(columns)
    expect(text).not.toMatch(/[^\n\P{C}]/u)
  })
})

const executablePath = '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
]

describe.skipIf(!existsSync(executablePath))(
  'the state as a page (needs it: apt-get install chromium)',
  { timeout: 60_000 },
  () => {
    let browser: Browser
    let folder: string
    let url: string

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args })
      folder = mkdtempSync(join(tmpdir(), 'assay-state-'))
      const { threats: _, ...old } = later(2)
      writeFileSync(
        join(folder, 'state.html'),
        renderStateHtml(of(monday, old, ...Array.from({ length: 12 }, (_, i) => later(3 + i, monday)))),
      )
      url = pathToFileURL(join(folder, 'state.html')).href
    }, 60_000)
    afterAll(async () => {
      await browser?.close()
      if (folder) rmSync(folder, { recursive: true })
    })

    it.each([
      ['light', 1280],
      ['dark', 360],
    ] as const)('has no accessibility violation that axe knows (%s, %i px), fits, and is quiet', async (colorScheme, size) => {
      const context = await browser.newContext({ colorScheme, viewport: { width: size, height: 800 } })
      const page = await context.newPage()
      const troubles: string[] = []
      page.on('request', (r) => r.url() !== url && troubles.push(`asked for ${r.url()}`))
      page.on('console', (m) => troubles.push(`console: ${m.text()}`))
      page.on('pageerror', (e) => troubles.push(`error: ${e.message}`))
      await page.goto(url)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map((v) => `${v.id}: ${v.nodes[0]?.html} ${v.nodes[0]?.failureSummary}`)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
      // one picture at a time, with words, and with letters that can be read
      const pictures = page.getByRole('img', { name: /Threats by audit: 2026-11-/ })
      expect(await pictures.count()).toBe(1)
      expect(
        await pictures
          .first()
          .locator('text')
          .first()
          .evaluate((t) => t.getBoundingClientRect().height),
      ).toBeGreaterThan(9)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('audits')
      expect(troubles).toEqual([])
      await context.close()
    })

    it('has nothing of a device outside of text', () => {
      const page = renderStateHtml(of(monday))
      expect(page).not.toMatch(/<script|onmouseover="|style="|(src|href)="(?!#)/)
      expect(page).not.toMatch(/[^\n\P{C}]/u)
      expect(page.match(/<style/g)).toHaveLength(1)
    })
  },
)

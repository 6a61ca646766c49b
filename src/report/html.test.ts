import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditFixture, contradicted, hostile } from '../testing/audit-fixture.ts'
import { withAsked } from '../testing/asked-fixture.ts'
import { withThreats } from '../testing/threat-fixture.ts'
import { markup } from './html/escape.ts'
import { renderHtml } from './html.ts'

describe('HTML report', () => {
  it('escapes whatever a template is given', () => {
    const b = markup`<b title="${hostile.attribute}">${hostile.script}${[hostile.ansi, 7]}${undefined}${false}</b>`
    expect(b.toString()).toBe(
      '<b title="&#34; onmouseover=&#34;alert(1)&#34; x=&#34;">&#60;script&#62;alert(1)&#60;/script&#62;\uFFFD[31mred\uFFFD[0m\uFFFD]0;title\uFFFD7</b>',
    )
    expect(markup`<i>${b}</i>`.toString()).toBe(`<i>${b.toString()}</i>`)
    // what merely looks like markup is text
    expect(markup`${{ toString: () => '<b>' } as never}`.toString()).not.toContain('<b>')
  })

  it('holds one script and one style, both ours, and nothing of a device outside of text', () => {
    const page = renderHtml(auditFixture())
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page.match(/<style/g)).toHaveLength(1)
    expect(page).not.toMatch(/<script>alert|onmouseover="|<b\b[^>]*<b|style="/)
    expect(page).not.toMatch(/[^\n\P{C}]/u)
    expect(page).not.toMatch(/(src|href)="(?!#)/)
    expect(page).toContain('frame.number in {12,40..43,90}')
  })

  it('stays a page for a thousand devices, and says what it leaves out', () => {
    const page = renderHtml(auditFixture(1000))
    expect(page.length).toBeLessThan(8e6)
    expect(page).toContain('and 160 more, in the JSON report')
    expect(page).toContain('The 908 better devices are told in full in the JSON report')
  })

  it('tells of threats before all else where one is grave, with what was seen, its filter, and what to do', () => {
    const page = renderHtml(withThreats(contradicted(auditFixture())))
    const order = [
      'Signs of attack: 1 critical, 2 high, 1 medium, 1 low',
      'id="threat-1"',
      'What to do now',
      'id="otherwise"',
      'id="devices"',
    ]
    const places = order.map((part) => page.indexOf(part))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
    for (const part of [
      'Not seen: program fetched.',
      'frame.number in {104,188}',
      'T1498.001 Network Denial of Service: Direct Network Flood',
      'name cnc.example (command server)',
      'log-in (masked) root / x…(7) (tried)',
      'A device of which nothing else was seen (192.168.1.200)',
      'The router (192.168.1.1)',
      'as good as certain (97 %)',
    ])
      expect(page).toContain(part)
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toMatch(/<script>alert|onmouseover="|(src|href)="(?!#)/)
    // every link leads somewhere
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page, id).toContain(`id="${id}"`)
  })

  it('tells of attempts alone behind the devices', () => {
    const audit = withThreats(auditFixture())
    audit.threats = audit.threats!.filter(({ severity }) => severity === 'medium' || severity === 'low')
    const page = renderHtml(audit)
    expect(page.indexOf('id="threats"')).toBeGreaterThan(page.indexOf('id="detail"'))
    expect(page).toContain('Signs of attack: 1 medium, 1 low')
  })

  it('says of silence what it is worth, and who looked', () => {
    const page = renderHtml(auditFixture())
    expect(page).toContain('No sign of infection or attack in 6 h 2 min of traffic. That is no proof')
    expect(page).toContain('Looked for: password guessing, scanning.')
    const { threats: _, ...old } = auditFixture()
    expect(renderHtml(old)).toContain('Nobody looked for attacks and infections')
    expect(renderHtml({ ...auditFixture(), captures: [] })).not.toContain('No sign of')
  })

  it('stays a page for ten thousand threats', () => {
    const audit = withThreats(auditFixture())
    const [one] = audit.threats!
    audit.threats = Array.from({ length: 10_000 }, (_, i) => ({ ...one!, id: `t${i}`, device: `d${i}`, related: ['t9999'] }))
    const page = renderHtml(audit)
    expect(page.length).toBeLessThan(3e6)
    expect(page).toContain('and 9,640 more, in the JSON report')
  })

  it('has words for an audit that saw no device', () => {
    expect(renderHtml({ ...auditFixture(), devices: [], anomalies: [] })).toContain('No device was seen')
  })
})

const executablePath = '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describe.skipIf(!existsSync(executablePath))(
  'HTML report in Chromium (needs it: apt-get install chromium)',
  { timeout: 60_000 },
  () => {
    let browser: Browser
    let folder: string
    let all: string
    let some: string

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args })
      folder = mkdtempSync(join(tmpdir(), 'assay-html-'))
      const save = (name: string, text: string) => {
        writeFileSync(join(folder, name), text)
        return pathToFileURL(join(folder, name)).href
      }
      all = save('all.html', renderHtml(withThreats(withAsked(auditFixture(3)))))
      // a part of it that has all there is to see: axe's time grows with the page
      const audit = contradicted(auditFixture())
      audit.devices = audit.devices.filter((_, i) => i === 0 || i === 2 || i === 7)
      for (const device of audit.devices)
        device.verdicts = device.verdicts.filter((v) => [2, 12, 13, 28, 30, 34].includes(Number(v.control)))
      some = save('some.html', renderHtml(withThreats(withAsked(audit))))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      if (folder) rmSync(folder, { recursive: true })
    })

    /** Opens the report; `troubles` gathers what must not happen. */
    async function open(options: BrowserContextOptions = {}, url = all): Promise<{ page: Page; troubles: string[] }> {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      const page = await context.newPage()
      const troubles: string[] = []
      page.on('request', (r) => r.url() !== url && troubles.push(`asked for ${r.url()}`))
      page.on('console', (m) => troubles.push(`console: ${m.text()}`))
      page.on('pageerror', (e) => troubles.push(`error: ${e.message}`))
      page.on('dialog', (d) => {
        troubles.push(`dialog: ${d.message()}`)
        void d.dismiss()
      })
      await page.goto(url)
      return { page, troubles }
    }

    it.each([
      ['light', 1280],
      ['dark', 360],
    ] as const)('has no accessibility violation that axe knows (%s, %i px), fits, and is quiet', async (colorScheme, width) => {
      const { page, troubles } = await open({ colorScheme, viewport: { width, height: 800 } }, some)
      // everything open, as a reader may have it
      await page.evaluate(() => {
        for (const d of document.querySelectorAll('details')) d.open = true
        for (const d of document.querySelectorAll('.device')) (d as HTMLElement).style.contentVisibility = 'visible'
      })
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map((v) => `${v.id}: ${v.nodes[0]?.html} ${v.nodes[0]?.failureSummary}`)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
      // nothing is squeezed into a column of letters
      const squeezed = await page
        .locator('p, h3, h5, td, dd, .verdict > div, summary .t')
        .evaluateAll((all) =>
          all
            .filter((e) => (e.textContent ?? '').length > 12 && e.getBoundingClientRect().width < 70)
            .map((e) => e.outerHTML.slice(0, 120)),
        )
      expect(squeezed).toEqual([])
      expect(troubles).toEqual([])
      await page.context().close()
    })

    it('shows hostile names as text, and runs nothing of them', async () => {
      const { page, troubles } = await open()
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)))
      expect(await page.getByText(hostile.script).count()).toBeGreaterThan(3)
      expect(await page.locator('main script, main style, main img, main [onmouseover]').count()).toBe(0)
      expect(troubles).toEqual([])
      await page.context().close()
    })

    it('is forbidden the network by its own policy', async () => {
      const { page } = await open()
      const outcome = await page.evaluate(async () => {
        const refused: string[] = []
        document.addEventListener('securitypolicyviolation', (e) => refused.push(e.effectiveDirective))
        await fetch('http://127.0.0.1:9/').catch(() => undefined)
        const image = new Image()
        image.src = 'http://127.0.0.1:9/x.png'
        const script = document.createElement('script')
        script.textContent = 'window.broken = true'
        document.body.append(script, image)
        await new Promise((r) => setTimeout(r, 200))
        return { refused: refused.sort(), broken: 'broken' in window }
      })
      expect(outcome.broken).toBe(false)
      expect(outcome.refused).toEqual(['connect-src', 'img-src', 'script-src-elem'])
      await page.context().close()
    })

    it('can be used with the keyboard alone', async () => {
      const { page } = await open()
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('devices')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe('#device-1')
      const summary = page.locator('#device-1-f1 > summary')
      await summary.focus()
      await page.keyboard.press('Enter')
      expect(await page.locator('#device-1-f1').evaluate((d) => (d as HTMLDetailsElement).open)).toBe(true)
      // the focus can be seen
      expect(await summary.evaluate((s) => getComputedStyle(s).outlineStyle)).toBe('solid')
      await page.locator('#show-all').focus()
      await page.keyboard.press('ArrowRight')
      expect(await page.locator('#show-fail').isChecked()).toBe(true)
      await page.context().close()
    })

    it.each([true, false])('filters by outcome (script: %s)', async (javaScriptEnabled) => {
      const { page } = await open({ javaScriptEnabled })
      expect(await page.locator('#device-7').isVisible()).toBe(true)
      await page.locator('#show-fail').check()
      expect(await page.locator('#device-1-f1').isVisible()).toBe(true)
      expect(await page.locator('#device-1 [data-o=warn]').first().isVisible()).toBe(false)
      // a device without a failure
      expect(await page.locator('#device-7').isVisible()).toBe(false)
      await page.locator('#show-all').check()
      expect(await page.locator('#device-7').isVisible()).toBe(true)
      await page.context().close()
    })

    it('opens evidence and copies its filter', async () => {
      const { page } = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
      await page.locator('#device-1-f1 > summary').click()
      expect(await page.locator('#device-1-f1').innerText()).toContain('home network.pcapng, frames 12, 40–43, 90')
      await page.locator('#device-1-f1 button.copy').first().click()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('frame.number in {12,40..43,90}')
      await page.context().close()
    })

    it('follows a link from a verdict to its finding', async () => {
      const { page } = await open()
      await page.locator('#device-1 details.verdicts > summary').click()
      await page.locator('#device-1 details.verdicts a[href="#device-1-f1"]').first().click()
      await expect.poll(() => page.locator('#device-1-f1').evaluate((d) => (d as HTMLDetailsElement).open)).toBe(true)
      await page.context().close()
    })

    it.each([
      [1280, 'wide', 'narrow'],
      [360, 'narrow', 'wide'],
    ])('draws the stages of a threat to fit %i px, with words for who cannot see them', async (width, shown, hidden) => {
      const { page, troubles } = await open({ viewport: { width, height: 800 } })
      const picture = page.locator(`#threat-1 .stages.${shown}`)
      expect(await picture.isVisible()).toBe(true)
      expect(await page.locator(`#threat-1 .stages.${hidden}`).isVisible()).toBe(false)
      expect(
        await page
          .getByRole('img', { name: /Stages\. Seen: looked for.*Not seen: program fetched/ })
          .first()
          .isVisible(),
      ).toBe(true)
      // labels stand beside each other
      const boxes = await picture
        .locator('text')
        .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON() as DOMRect))
      for (const [i, a] of boxes.entries())
        for (const b of boxes.slice(i + 1))
          expect(a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 4 || b.bottom <= a.top + 4).toBe(true)
      expect(troubles).toEqual([])
      await page.context().close()
    })

    it('follows a link from a device, and from a finding, to what threatens it, by the keyboard', async () => {
      const { page } = await open()
      const link = page.locator('#device-1 > .notice a').first()
      await link.focus()
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => location.hash)).toBe('#threat-1')
      await page.locator('#device-1-f1 > summary').click()
      expect(await page.locator('#device-1-f1 a[href="#threat-1"]').innerText()).toBe('what was seen, and what to do')
      // what is no device of the report is opened all the same
      await page.locator('#threat-5 > summary').focus()
      await page.keyboard.press('Enter')
      expect(await page.locator('#threat-5').innerText()).toContain('nobody answered')
      await page.context().close()
    })

    it('prints everything, without controls', async () => {
      const { page } = await open()
      const closed = (await page.pdf()).length
      expect(closed).toBeGreaterThan(10_000)
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('.tools').isVisible()).toBe(false)
      // closed parts are laid out on paper
      expect(
        await page
          .locator('#device-1 .verdict')
          .nth(20)
          .evaluate((v) => v.getBoundingClientRect().height),
      ).toBeGreaterThan(10)
      await page.context().close()
    })
  },
)

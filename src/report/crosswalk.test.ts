import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../checks/index.ts'
import { frameworks } from '../frameworks/index.ts'
import { aCatalog, aControl } from '../testing/findings.ts'
import { renderCrosswalk } from './crosswalk.ts'

const page = renderCrosswalk(frameworks, checks, '0.0.0')

describe('the crosswalk', () => {
  it('has every control and every check once, and every link of it leads to one', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
    expect(new Set(ids).size).toBe(ids.length)
    const controls = frameworks.reduce((sum, framework) => sum + framework.controls.length, 0)
    expect(ids.filter((id) => id.startsWith('c-'))).toHaveLength(controls)
    expect(ids.filter((id) => id.startsWith('check-'))).toHaveLength(checks.length)
    const lost = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id!).filter((id) => !ids.includes(id))
    expect([...new Set(lost)]).toEqual([])
  })

  it('says of each use what the catalogs say', () => {
    const framework = {
      id: 'test',
      ...aCatalog,
      controls: [
        aControl({ id: '1', checks: [{ id: 'lockout', role: 'settles' }] }),
        aControl({ id: '2', checks: [{ id: 'lockout', role: 'can-fail' }] }),
      ],
    }
    const small = renderCrosswalk(
      [framework],
      checks.filter(({ id }) => id === 'lockout'),
      '0.0.0',
    )
    expect(small).toMatch(/settles<\/span> <a class="chip" href="#c-test-1"/)
    expect(small).toMatch(/can fail<\/span> <a class="chip" href="#c-test-2"/)
    expect(small).toMatch(/Settled by<\/span> <a class="chip" href="#check-lockout"/)
  })

  it('asks the network for nothing', () => {
    expect(page).not.toMatch(/(?:src|action)="/)
    expect([...page.matchAll(/ href="(?!#)([^"]+)"/g)].map(([, url]) => url)).toEqual(frameworks.map(({ source }) => source))
  })
})

const executablePath = '/usr/bin/chromium'

describe.skipIf(!existsSync(executablePath))(
  'the crosswalk in Chromium (needs it: apt-get install chromium)',
  { timeout: 60_000 },
  () => {
    let browser: Browser
    let folder: string
    let whole: string
    let some: string

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'] })
      folder = mkdtempSync(join(tmpdir(), 'assay-crosswalk-'))
      const saved = (name: string, text: string) => {
        writeFileSync(join(folder, name), text)
        return pathToFileURL(join(folder, name)).href
      }
      whole = saved('whole.html', page)
      // axe's time grows with the page
      const few = frameworks.filter(({ id }) => id === 'psti')
      some = saved(
        'some.html',
        renderCrosswalk(
          few,
          checks.filter(({ id }) => ['default-login', 'default-credentials', 'security-txt'].includes(id)),
          '0.0.0',
        ),
      )
    }, 60_000)
    afterAll(async () => {
      await browser.close()
      rmSync(folder, { recursive: true })
    })

    async function open(url: string, options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
      const context = await browser.newContext(options)
      const opened = await context.newPage()
      const said: string[] = []
      opened.on('console', (message) => said.push(message.text()))
      opened.on('pageerror', (error) => said.push(String(error)))
      opened.on('request', (request) => request.url().startsWith('file:') || said.push(request.url()))
      await opened.goto(url)
      await use(opened)
      await context.close()
      expect(said).toEqual([])
    }

    it.each([
      ['a phone, dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
      ['a desktop', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
    ] as const)('fits %s, and can be read by all (axe)', async (_, options) => {
      await open(whole, options, async (at) => {
        expect(await at.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
      })
      await open(some, options, async (at) => {
        await at.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)))
        const { violations } = await new AxeBuilder({ page: at }).analyze()
        expect(violations.map(({ id, nodes }) => [id, nodes[0]!.html])).toEqual([])
      })
    })

    it('leads from the matrix to a check, and from that to a control, by keyboard', async () => {
      await open(whole, { viewport: { width: 1280, height: 900 } }, async (at) => {
        await at.focus('.matrix a[href="#check-lockout"]')
        await at.keyboard.press('Enter')
        await at.locator('#check-lockout[open]').waitFor()
        await at.focus('#check-lockout a[href="#c-en303645-5_1-5"]')
        await at.keyboard.press('Enter')
        await at.locator('#book-en303645[open] #c-en303645-5_1-5').waitFor()
      })
    })

    it('shows one rule book when asked, without a script, and finds words with one', async () => {
      await open(whole, { javaScriptEnabled: false }, async (at) => {
        await at.check('#show-psti', { force: true })
        expect(await at.locator('#book-psti').isVisible()).toBe(true)
        expect(await at.locator('#book-cra').isVisible()).toBe(false)
        expect(await at.locator('#check-default-login').isVisible()).toBe(true)
        expect(await at.locator('#check-mail-transport').isVisible()).toBe(false)
        expect(await at.locator('#find').isVisible()).toBe(false)
      })
      await open(whole, {}, async (at) => {
        await at.fill('#find', 'zigbee 3.0')
        expect(await at.locator('#found').textContent()).toBe('1 found')
        expect(await at.locator('#c-isvs-4_5_1').isVisible()).toBe(true)
        expect(await at.locator('#book-cra').isVisible()).toBe(false)
        await at.fill('#find', '')
        expect(await at.locator('#book-cra').isVisible()).toBe(true)
      })
    })
  },
)

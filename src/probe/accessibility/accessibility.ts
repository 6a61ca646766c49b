import type { BrowserContext, Page, Route } from 'playwright-core'
import { printable } from '../../decode/text.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import { hostOf, isTarget, portOf, urlOf, visit } from '../pages/visit.ts'
import type { DeviceAsking, DeviceProbe } from '../probe.ts'
import { askWeb, header, type WebAnswer } from '../web.ts'
import { type Instruments, instruments } from './browser.ts'
import { Seats } from './seats.ts'

/** Pages that are opened of one device. */
const MAX_PAGES = 3
/** Files that one page is given. */
const MAX_FILES = 200
/** The most of one file, in bytes: what an exchange may carry. */
const MAX_FILE = 1_000_000
const OPEN_MS = 10_000
const AXE_MS = 15_000

/** Browsers at once, of all devices: each takes a core and some hundred megabytes. */
const seats = new Seats(2)

type Accessibility = Kinds['probe.accessibility']

export const accessibility: DeviceProbe = {
  of: 'device',
  id: 'accessibility',
  title: 'Accessibility of its web page',
  // the wait for a seat included
  ms: 300_000,
  asks: (full) => (full ? ['opens its web page in a browser that reaches nothing else, and has axe-core look at it'] : []),
  async run(asking) {
    const { full, open, target, asker, unseen } = asking
    const served = open.filter(({ transport, protocol }) => transport === 'tcp' && protocol === 'http')
    if (!full || served.length === 0) return
    const found = await instruments()
    if ('missing' in found) return unseen('', `No page of it was opened in a browser: ${found.missing}.`, found.next)
    const looked = new Set<string>()
    for (const { port, tls } of served) {
      if (looked.size >= MAX_PAGES) break
      // where it leads, and whether there is a page to look at
      const first = await visit(asker, target, urlOf(target, port, tls), 'looks whether it has a page for a browser')
      const url = first.url.href
      if (looked.has(url)) continue
      looked.add(url)
      const { status } = first.last
      if (first.trouble !== undefined || first.elsewhere !== undefined || status !== 200)
        unseen(
          url,
          `There was no page to look at: ${status === 401 ? 'it asks for a log-in first' : printable(first.trouble ?? (first.elsewhere === undefined ? `status ${status ?? 'none'}` : 'it leads to another host'), 200)}.`,
          'Log in by hand, and run axe-core on its pages in the browser.',
          first.shown,
        )
      else await seats.with(asker.signal, () => look(asking, found, url))
    }
  },
}

async function look({ asker, target, note, trouble }: DeviceAsking, found: Instruments, url: string): Promise<void> {
  const shown: EntryRef[] = []
  const again = `Ask again, this alone: assay probe ${target.ip} --full --only accessibility`
  let cut: string | undefined
  const ask = async (to: URL, headers: Record<string, string>): Promise<WebAnswer | undefined> => {
    for (let hop = 0, at = to; hop < 5; hop++) {
      if (!isTarget(target, at) || !/^https?:$/.test(at.protocol)) return undefined
      const answer = await askWeb(asker, {
        ip: target.ip,
        ...hostOf(at),
        port: portOf(at),
        tls: at.protocol === 'https:',
        path: at.pathname + at.search,
        headers,
        max: MAX_FILE,
        why: 'fetches what its page needs in a browser',
      })
      shown.push(answer.ref)
      if (answer.cut) cut = at.pathname
      const next =
        answer.status !== undefined && answer.status >= 300 && answer.status < 400 ? header(answer, 'location') : undefined
      const parsed = next === undefined ? null : URL.parse(next, at.href)
      if (parsed === null) return answer
      at = parsed
    }
    return undefined
  }
  let browser: Awaited<ReturnType<Instruments['launch']>> | undefined
  const stop = () => void browser?.close().catch(() => undefined)
  try {
    browser = await found.launch()
    asker.signal?.addEventListener('abort', stop, { once: true })
    const context = await browser.newContext({
      offline: true,
      ignoreHTTPSErrors: true,
      acceptDownloads: false,
      serviceWorkers: 'block',
      viewport: { width: 1280, height: 800 },
    })
    let files = 0
    await context.routeWebSocket('**', (socket) => void socket.close())
    await context.route('**', (route) => fulfil(route, ++files > MAX_FILES, ask))
    const page = await context.newPage()
    page.on('dialog', (dialog) => void dialog.dismiss().catch(() => undefined))
    context.on('page', (other) => void (other === page ? undefined : other.close().catch(() => undefined)))
    await page.goto(url, { timeout: OPEN_MS, waitUntil: 'load' })
    // what its scripts draw after that
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined)
    if (cut !== undefined)
      return trouble(url, `${printable(cut, 100)} is larger than ${MAX_FILE} bytes: its page may be another.`, again, shown)
    const said = await within(AXE_MS, run(context, page, found.axe))
    note('probe.accessibility', url, { url, ...said }, shown)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    trouble(url, `Its page could not be looked at in a browser: ${printable(said.split('\n', 1)[0]!, 200)}.`, again, shown)
  } finally {
    asker.signal?.removeEventListener('abort', stop)
    // a page that never ends keeps its renderer, not the browser
    await within(5000, browser?.close() ?? Promise.resolve()).catch(() => undefined)
  }
}

/** What a page asks for of its own device is asked by us, and is in the transcript; anything else, and whatever is no reading, is not asked. */
async function fulfil(
  route: Route,
  tooMany: boolean,
  ask: (url: URL, headers: Record<string, string>) => Promise<WebAnswer | undefined>,
): Promise<void> {
  const request = route.request()
  const url = URL.parse(request.url())
  try {
    if (tooMany || url === null || (request.method() !== 'GET' && request.method() !== 'HEAD')) return await route.abort()
    const { accept, cookie, referer, range } = await request.allHeaders()
    const headers = Object.fromEntries(
      Object.entries({ accept, cookie, referer, range }).filter((one): one is [string, string] => one[1] !== undefined),
    )
    const answer = await ask(url, headers)
    if (answer?.status === undefined) return await route.abort()
    const fields = new Map<string, string>()
    for (const [name, value] of answer.headers)
      if (!HOP.has(name)) fields.set(name, fields.has(name) && name === 'set-cookie' ? `${fields.get(name)}\n${value}` : value)
    await route.fulfill({ status: answer.status, headers: Object.fromEntries(fields), body: answer.body })
  } catch {
    // the page is gone, or nothing may be asked any more
    await route.abort().catch(() => undefined)
  }
}

/** Of the connection, not of the answer (RFC 9110, section 7.6.1); and it is no longer compressed. */
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'location', 'upgrade'])

/** axe-core in a world of its own, in which scripts of the page can change neither it nor what it uses. */
async function run(context: BrowserContext, page: Page, axe: string): Promise<Pick<Accessibility, 'violations' | 'passes'>> {
  const session = await context.newCDPSession(page)
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'assay',
  })
  await session.send('Runtime.evaluate', { expression: axe, contextId })
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, ${JSON.stringify(OPTIONS)}).then(${String(summary)})`,
    contextId,
    awaitPromise: true,
    returnByValue: true,
  })
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  const said = JSON.parse(String(result.value)) as Pick<Accessibility, 'violations' | 'passes'>
  if (said.passes + said.violations.length === 0) throw new Error('axe-core found nothing that it could look at')
  return said
}

const OPTIONS = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  resultTypes: ['violations'],
  iframes: false,
}

/** Runs in the browser. */
function summary(found: {
  violations: { id: string; impact: string | null; nodes: unknown[]; help: string }[]
  passes: unknown[]
}): string {
  return JSON.stringify({
    violations: found.violations.map(({ id, impact, nodes, help }) => ({
      rule: id,
      impact: impact ?? 'minor',
      count: nodes.length,
      help: help.slice(0, 200),
    })),
    passes: found.passes.length,
  })
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`it took longer than ${ms / 1000} seconds`)), ms)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

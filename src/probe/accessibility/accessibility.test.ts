import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { afterAll, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import { missing } from '../../testing/daemons.ts'
import { accessibility } from './accessibility.ts'
import { instruments } from './browser.ts'

const servers: Server[] = []
afterAll(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

function serving(serve: (request: IncomingMessage, response: ServerResponse) => void, tls = false): Promise<number> {
  const { pem, keyPem } = makeCertificate({ dns: ['camera.example'] })
  const server = (tls ? createTlsServer({ cert: pem, key: keyPem }, serve) : createServer(serve)) as Server
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

/** Twins: the second labels its field. */
const page = (field: string, head = '') =>
  `<!doctype html><html lang="en"><head><title>Camera</title>${head}</head><body><main><h1>Camera</h1>${field}</main></body></html>`
const BARE = '<input name="user">'
const LABELLED = '<label>Name <input name="user"></label>'

const lacks = missing('chromium')
describe.skipIf(lacks !== '')(`accessibility in Chromium${lacks}`, { concurrent: true }, () => {
  it('tells a page that shuts people out from its twin', async () => {
    const bad = await serving((_, response) => response.setHeader('content-type', 'text/html').end(page(BARE)))
    const good = await serving((_, response) => response.setHeader('content-type', 'text/html').end(page(LABELLED)), true)
    const asked = await askDevice(
      accessibility,
      [
        { port: bad, protocol: 'http' },
        { port: good, protocol: 'http', tls: true },
      ],
      { full: true },
    )
    expect(asked.troubles).toEqual([])
    const [first, second] = asked.of('probe.accessibility')
    expect(first?.violations).toMatchObject([{ rule: 'label', impact: 'critical', count: 1 }])
    expect(second?.violations).toEqual([])
    expect(second?.passes).toBeGreaterThan(5)
    expect(asked.facts.every(({ shown }) => shown.length > 0)).toBe(true)
  })

  it('asks the target only, and reads only', async () => {
    const asked: string[] = []
    const other = await serving((request, response) => {
      asked.push(`other ${request.url}`)
      response.end()
    })
    const sink = `http://localhost:${other}`
    const port = await serving((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      if (request.url === '/app.js')
        response.setHeader('content-type', 'text/javascript').end(`
          document.querySelector('main').innerHTML = '${BARE}<p>' + document.cookie + '</p>'
          fetch('/set', { method: 'POST', body: 'x' }).catch(() => {})
          fetch('/away').catch(() => {})
          fetch('${sink}/leak').catch(() => {})
          navigator.sendBeacon('${sink}/beacon')
          new WebSocket('ws://localhost:${other}/socket')
          open('${sink}/popup')`)
      else if (request.url === '/away') response.writeHead(302, { location: `${sink}/redirected` }).end()
      else {
        const head = `<script defer src="/app.js"></script><link rel=preconnect href="${sink}"><link rel=dns-prefetch href="//maker.example">`
        const more = `<img alt="x" src="${sink}/pixel"><iframe title="x" src="${sink}/frame"></iframe>`
        response
          .setHeader('content-type', 'text/html')
          .setHeader('set-cookie', 'sid=7')
          .end(page(LABELLED + more, head))
      }
    })
    const heard = await askDevice(accessibility, [{ port, protocol: 'http' }], { full: true })
    expect(heard.troubles).toEqual([])
    expect(asked.filter((one) => one.startsWith('other'))).toEqual([])
    expect(asked.filter((one) => one.startsWith('POST'))).toEqual([])
    expect(asked).toContain('GET /app.js')
    // its script was run: the page that was judged is the one that it made
    expect(heard.of('probe.accessibility')[0]?.violations).toMatchObject([{ rule: 'label' }])
    // every request that came is in the transcript
    expect(heard.transcript.filter(({ ended }) => ended === 'answered')).toHaveLength(asked.length)
  })

  it('gives no verdict on a page that never ends, or asks for a log-in', async () => {
    const never = await serving((_, response) =>
      response.setHeader('content-type', 'text/html').end(page(LABELLED, '<script>for (;;);</script>')),
    )
    const closed = await serving((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end())
    const asked = await askDevice(
      accessibility,
      [
        { port: closed, protocol: 'http' },
        { port: never, protocol: 'http' },
      ],
      { full: true },
    )
    expect(asked.facts).toEqual([])
    expect(asked.troubles.map(({ reason }) => reason)).toEqual([
      'There was no page to look at: it asks for a log-in first.',
      expect.stringMatching(/^Its page could not be looked at in a browser: .*(?:imeout|longer)/),
    ])
    expect(asked.ms).toBeLessThan(40_000)
  })

  it('gives no verdict where a file is too large, or never ends', async () => {
    const large = await serving((request, response) => {
      if (request.url !== '/app.js')
        return response.setHeader('content-type', 'text/html').end(page(LABELLED, '<script src="/app.js"></script>'))
      return response.setHeader('content-type', 'text/javascript').end(`//${'x'.repeat(3 << 20)}`)
    })
    const endless = await serving((_, response) => {
      response.setHeader('content-type', 'text/html')
      const pour = () => {
        while (response.writable && response.write('<p>again</p>'.repeat(5000)));
        response.once('drain', pour)
      }
      pour()
    })
    const asked = await askDevice(
      accessibility,
      [
        { port: large, protocol: 'http' },
        { port: endless, protocol: 'http' },
      ],
      { full: true },
    )
    expect(asked.facts).toEqual([])
    expect(asked.troubles.map(({ reason }) => reason)).toEqual([
      '/app.js is larger than 1000000 bytes: its page may be another.',
      expect.stringMatching(/larger than 1000000 bytes|could not be looked at|no page to look at/),
    ])
  })

  it('cannot be told otherwise by the page', async () => {
    const lies = `<script>window.axe = { run: () => Promise.resolve({ violations: [], passes: [1] }) }
      JSON.stringify = () => '{"violations":[],"passes":9}'; document.querySelectorAll = () => []</script>`
    const port = await serving((_, response) => response.setHeader('content-type', 'text/html').end(page(BARE, lies)))
    const asked = await askDevice(accessibility, [{ port, protocol: 'http' }], { full: true })
    expect(asked.of('probe.accessibility')[0]?.violations).toMatchObject([{ rule: 'label' }])
  })
})

describe('accessibility', () => {
  it('says what is missing, and how it is had', async () => {
    expect(await instruments('/nowhere')).toEqual({
      missing: 'Chromium is not installed',
      next: expect.stringContaining('apt-get install chromium'),
    })
  })

  it('is asked with --full only, and only of web servers', async () => {
    expect((await askDevice(accessibility, [{ port: 1, protocol: 'http' }])).transcript).toEqual([])
    expect((await askDevice(accessibility, [{ port: 1, protocol: 'ssh' }], { full: true })).troubles).toEqual([])
  })
})

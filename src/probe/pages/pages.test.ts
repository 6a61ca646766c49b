import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import { pages } from './pages.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

function serving(headers: Record<string, string | string[]>, body: string, tls = false, status = 200): Promise<number> {
  const serve = (_: IncomingMessage, response: ServerResponse) => response.writeHead(status, headers).end(body)
  const { pem, keyPem } = makeCertificate({ dns: ['camera.example'] })
  const server = (tls ? createTlsServer({ cert: pem, key: keyPem }, serve) : createServer(serve)) as Server
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

const GOOD = {
  'content-type': 'text/html',
  server: 'lighttpd',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'set-cookie': 'sid=1; Secure; HttpOnly; SameSite=Strict',
}
const BODY = '<title>Camera</title><p>Live view and settings</p>'

async function page(port: number, tls = true, target?: { ip: string; name: string }) {
  const asked = await askDevice(pages, [{ port, protocol: 'http', tls }], target ? { target } : {})
  expect(asked.troubles).toEqual([])
  return asked.of('probe.page')[0]!
}

describe('web pages', () => {
  it('finds nothing to blame on a page that has all', async () => {
    expect(await page(await serving(GOOD, BODY, true))).toMatchObject({
      status: 200,
      title: 'Camera',
      server: 'lighttpd',
      login: 'none',
      headers: [],
      cookies: [],
      leaks: [],
    })
  })

  /** Twins: each differs from the good one in one thing. */
  it.each([
    ['content-security-policy', '', 'headers', ['no Content-Security-Policy', 'no frame-ancestors or X-Frame-Options']],
    ['content-security-policy', "default-src 'self'", 'headers', ['no frame-ancestors or X-Frame-Options']],
    [
      'content-security-policy',
      "script-src 'unsafe-inline'; frame-ancestors 'none'",
      'headers',
      ['a Content-Security-Policy with unsafe-inline scripts'],
    ],
    ['x-content-type-options', 'sniff', 'headers', ['no X-Content-Type-Options: nosniff']],
    ['referrer-policy', 'unsafe-url', 'headers', ['Referrer-Policy: unsafe-url']],
    ['set-cookie', 'sid=1; HttpOnly; SameSite=Lax', 'cookies', ['sid: no Secure']],
    ['set-cookie', 'sid=1; Secure', 'cookies', ['sid: no HttpOnly, no SameSite']],
    ['server', 'GoAhead-Webs/2.5.0', 'leaks', ['server: GoAhead-Webs/2.5.0']],
    ['x-powered-by', 'PHP/5.3.2', 'leaks', ['x-powered-by: PHP/5.3.2']],
  ] as const)('blames %s: %s', async (name, value, where, faults) => {
    const headers: Record<string, string> = { ...GOOD, [name]: value }
    if (value === '') delete headers[name]
    const found = await page(await serving(headers, BODY, true))
    expect(found[where]).toEqual(faults)
    for (const other of ['headers', 'cookies', 'leaks'] as const) if (other !== where) expect(found[other]).toEqual([])
  })

  it('asks for Strict-Transport-Security where there is a name to keep it by', async () => {
    const port = await serving(GOOD, BODY, true)
    const named = { ip: '127.0.0.1', name: 'camera.home' }
    expect((await page(port, true, named)).headers).toEqual(['no Strict-Transport-Security'])
    const strict = await serving({ ...GOOD, 'strict-transport-security': 'max-age=31536000' }, BODY, true)
    expect((await page(strict, true, named)).headers).toEqual([])
  })

  it('is asked for by the name that the user gave', async () => {
    const heard: unknown[] = []
    const server = createServer((request, response) => {
      heard.push(request.headers.host)
      response.writeHead(200, { 'content-type': 'text/html' }).end(BODY)
    })
    servers.push(server)
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    )
    expect((await page(port, false, { ip: '127.0.0.1', name: 'camera.home' })).url).toBe(`http://camera.home:${port}/`)
    await page(port, false)
    expect(heard).toEqual([`camera.home:${port}`, `127.0.0.1:${port}`])
  })

  it('tells how a page asks for a log-in', async () => {
    const basic = await serving({ 'www-authenticate': 'Basic realm="x"' }, 'no', false, 401)
    expect((await page(basic, false)).login).toBe('Basic')
    expect((await page(await serving(GOOD, '<form><input type=password></form>', true))).login).toBe('form')
    expect((await page(await serving(GOOD, '<div id=app></div><script src=app.js></script>', true))).login).toBe('unknown')
  })

  it('goes where plain HTTP leads, and judges each page once', async () => {
    const secured = await serving(GOOD, BODY, true)
    const plain = await serving({ location: `https://127.0.0.1:${secured}/` }, '', false, 301)
    const asked = await askDevice(pages, [
      { port: plain, protocol: 'http' },
      { port: secured, protocol: 'http', tls: true },
    ])
    expect(asked.of('probe.page').map(({ url, redirect, status }) => [new URL(url).protocol, status, redirect])).toEqual([
      ['http:', 301, `https://127.0.0.1:${secured}/`],
      ['https:', 200, undefined],
    ])
  })
})

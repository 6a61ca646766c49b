import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import { lockout } from './lockout.ts'
import { logins } from './logins.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

type Serve = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A device's page; `tls`: in HTTPS. */
function serving(serve: Serve, tls = false): Promise<number> {
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => serve(request, response, body))
  }
  const { pem, keyPem } = makeCertificate({ dns: ['camera.example'] })
  const server = (tls ? createTlsServer({ cert: pem, key: keyPem }, handler) : createServer(handler)) as Server
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

const WORDS = '<p>Live view, recordings, network, users, storage, time and events of this camera.</p>'
const FORM = `<form action="/login" method="post"><input type=hidden name=token value="TOKEN"><input name=user>
<input type="password" name='pass'><input type=submit value="Log in"></form>`
const page = (body: string) => `<!doctype html><html><head><title>Camera</title></head><body>${body}</body></html>`

interface Camera {
  password: string
  /** After so many bad log-ins it says so and takes none. */
  locksAfter?: number
  form?: string
}

/** A camera's web page with sessions, one-time tokens, and a log-in form. */
function camera({ password, locksAfter = Infinity, form = FORM }: Camera) {
  const posted: string[] = []
  const tokens = new Set<string>()
  let bad = 0
  let n = 0
  const serve: Serve = (request, response, body) => {
    response.setHeader('content-type', 'text/html')
    if (request.method === 'POST') {
      posted.push(body)
      const sent = new URLSearchParams(body)
      if (bad >= locksAfter) {
        response.end(page('<p>Too many failed attempts. This account is locked for 5 minutes.</p>'))
        return
      }
      const token = sent.get('token') ?? ''
      const fresh = tokens.delete(token)
      if (fresh && sent.get('user') === 'admin' && sent.get('pass') === password) {
        response.writeHead(302, { location: '/', 'set-cookie': `sid=${request.socket.remotePort}; HttpOnly` }).end()
        return
      }
      bad++
      response.end(page(`<p>Invalid name or password. Attempt ${++n}.</p>${FORM.replace('TOKEN', '')}`))
      return
    }
    if (/sid=\d+/.test(request.headers.cookie ?? '')) {
      response.end(page(WORDS))
      return
    }
    const token = `t${++n}`
    tokens.add(token)
    response.setHeader('set-cookie', 'lang=en')
    response.end(page(form.replace('TOKEN', token)))
  }
  return { serve, posted }
}

describe('log-ins by a form', () => {
  it.each([false, true])('is let in by a published pair (tls: %s)', async (tls) => {
    const { serve, posted } = camera({ password: 'admin' })
    const asked = await askDevice(logins, [{ port: await serving(serve, tls), protocol: 'http', tls }])
    expect(asked.troubles).toEqual([])
    expect(asked.of('probe.login')).toMatchObject([
      { scheme: 'form', tried: 1, refused: 0, accepted: { user: 'a…(5)', secret: 'a…(5)', of: 'Mirai source code' } },
    ])
    // a pair that nobody has, the pair, and one more that nobody has
    expect(posted).toHaveLength(3)
    expect(asked.transcript.find(({ why }) => why.includes('Mirai'))?.said.map(({ text }) => text)).toContain(
      'POST /login user=a…(5) pass=a…(5)',
    )
    // nor is the session that it gave
    expect(JSON.stringify(asked.transcript)).not.toMatch(/sid=\d/)
    expect(JSON.stringify(asked.transcript)).toMatch(/sid=…/)
  })

  it('is found where a script leads', async () => {
    const { serve } = camera({ password: 'admin' })
    const port = await serving((request, response, body) =>
      request.url === '/' && request.method === 'GET' && !request.headers.cookie
        ? response.end(page('<script>location.href="/login.html"</script>'))
        : serve(request, response, body),
    )
    expect((await askDevice(logins, [{ port, protocol: 'http' }])).of('probe.login')[0]?.accepted).toBeDefined()
  })

  it('is refused by the twin, with no more than four bad log-ins', async () => {
    const { serve, posted } = camera({ password: 'n8-Kq!zw' })
    const asked = await askDevice(logins, [{ port: await serving(serve), protocol: 'http' }])
    expect(asked.troubles).toEqual([])
    expect(asked.of('probe.login')).toMatchObject([{ scheme: 'form', tried: 3, refused: 3 }])
    expect(asked.of('probe.login')[0]).not.toHaveProperty('accepted')
    expect(posted).toHaveLength(4)
  })

  it('stops at the first word of a lock, and sees it with --full', async () => {
    const { serve, posted } = camera({ password: 'n8-Kq!zw', locksAfter: 2 })
    const port = await serving(serve)
    expect((await askDevice(logins, [{ port, protocol: 'http' }])).of('probe.login')).toMatchObject([
      { tried: 2, refused: 1, stopped: 'locked' },
    ])
    expect(posted).toHaveLength(3)
    const twin = camera({ password: 'n8-Kq!zw', locksAfter: 5 })
    const again = await askDevice(lockout, [{ port: await serving(twin.serve), protocol: 'http' }], { full: true })
    expect(again.of('probe.lockout')).toMatchObject([{ outcome: 'locked' }])
    const tolerant = camera({ password: 'n8-Kq!zw' })
    const never = await askDevice(lockout, [{ port: await serving(tolerant.serve), protocol: 'http' }], { full: true })
    expect(never.of('probe.lockout')).toMatchObject([{ outcome: 'unchanged', attempts: 10 }])
  })

  it.each([
    ['sets a password', FORM.replace('name=user', 'type=password name=again')],
    ['sets the first password', `<h1>Welcome</h1><p>Please create a password for this device.</p>${FORM}`],
    ['says so in its field only', FORM.replace("name='pass'", "name='pass' placeholder='New password'")],
    ['tells browsers that it takes a new one', FORM.replace("name='pass'", "name='pass' autocomplete='new-password'")],
    ['is sent to where one is set', FORM.replace('/login', '/cgi-bin/set_passwd')],
    ['saves what it is sent', FORM.replace('Log in', 'Save')],
    ['joins a network', FORM.replace('name=user', 'name=ssid')],
    ['asks for a mail account', FORM.replace('<input name=user>', '<input name=host><input name=user>')],
    ['is read by a script', '<input name=user><input type=password name=pass><button onclick="go()">Log in</button>'],
    ['is sent by GET', FORM.replace('post', 'get')],
    ['goes to several places', FORM + FORM],
  ])('sends nothing to a form that %s', async (_, form) => {
    const { serve, posted } = camera({ password: 'admin', form })
    const asked = await askDevice(logins, [{ port: await serving(serve), protocol: 'http' }])
    expect(posted).toEqual([])
    expect(asked.of('probe.login')).toMatchObject([{ scheme: 'form', tried: 0 }])
    expect(asked.troubles).toHaveLength(1)
    expect(asked.troubles[0]?.reason).toMatch(/no default password was tried\.$/)
  })

  it('gives no verdict where a script makes the log-in of a refused form', async () => {
    const form = FORM.replace('<form ', '<form onsubmit="return hash()" ')
    const asked = await askDevice(logins, [
      { port: await serving(camera({ password: 'n8-Kq!zw', form }).serve), protocol: 'http' },
    ])
    expect(asked.of('probe.login')).toMatchObject([{ tried: 1, refused: 0 }])
    expect(asked.troubles[0]?.reason).toMatch(/^Whether it let us in cannot be told: a script/)
  })

  it.each([404, 405, 500])('gives no verdict where nothing takes the form (%i)', async (status) => {
    const port = await serving((request, response) =>
      request.method === 'POST' ? response.writeHead(status).end() : response.end(page(FORM)),
    )
    for (const probe of [logins, lockout]) {
      const asked = await askDevice(probe, [{ port, protocol: 'http' }], { full: true })
      expect(asked.troubles).toHaveLength(1)
      expect(asked.of('probe.lockout')).toEqual([])
      expect(asked.of('probe.login').some(({ refused }) => refused > 0)).toBe(false)
    }
  })

  it('gives no verdict where each answer is another', async () => {
    let n = 0
    const serve: Serve = (request, response) =>
      request.method === 'POST'
        ? response.writeHead(302, { location: `/${String.fromCharCode(97 + n++)}` }).end()
        : response.end(page(FORM))
    const asked = await askDevice(logins, [{ port: await serving(serve), protocol: 'http' }])
    expect(asked.of('probe.login')[0]).not.toHaveProperty('accepted')
    expect(asked.troubles).toHaveLength(1)
  })
})

describe('log-ins by HTTP', () => {
  it('sees a page for anybody, and one that sets things', async () => {
    const plain = await serving((_, response) => response.end(page(WORDS)))
    const sets = await serving((_, response) =>
      response.end(page(`${WORDS}<form method=post action=/set><input name=hostname></form>`)),
    )
    // the first step of a log-in, and a choice of language
    const first = await serving((_, response) =>
      response.end(
        page(`${WORDS}<form method=post><input name=username><select name=language></select><input type=submit name=go></form>`),
      ),
    )
    const asked = await askDevice(
      logins,
      [plain, sets, first].map((port) => ({ port, protocol: 'http' })),
    )
    expect(asked.of('probe.login').map(({ open }) => open?.gives)).toEqual(['read', 'control', 'read'])
  })

  it('takes what lets in any pair for no log-in', async () => {
    const port = await serving((request, response) =>
      request.headers.authorization
        ? response.end('ok')
        : response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    )
    const [login] = (await askDevice(logins, [{ port, protocol: 'http' }])).of('probe.login')
    expect(login).toMatchObject({ open: { gives: 'read' } })
    expect(login).not.toHaveProperty('accepted')
  })

  it('goes where a pair is sent on to: to what it guards, or to another log-in', async () => {
    const sending = (good: string) =>
      serving((request, response) => {
        const { authorization = '' } = request.headers
        const pair = Buffer.from(authorization.slice(6), 'base64').toString()
        if (authorization === '') return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        if (request.url === '/home') return response.end(page(WORDS))
        if (request.url === '/login') return response.end(page(FORM))
        return response.writeHead(302, { location: pair === good ? '/home' : '/login' }).end()
      })
    const poor = await askDevice(logins, [{ port: await sending('admin:admin'), protocol: 'http' }])
    expect(poor.of('probe.login')[0]).not.toHaveProperty('open')
    expect(poor.troubles[0]?.reason).toContain('it sends on to /login, which shows no page')
    const sound = await askDevice(logins, [{ port: await sending('admin:n8-Kq!zw'), protocol: 'http' }])
    expect(sound.of('probe.login')).toMatchObject([{ tried: 1, refused: 0 }])
    expect(sound.of('probe.login')[0]).not.toHaveProperty('open')
    expect(JSON.stringify(sound.transcript)).not.toContain(Buffer.from('admin:admin').toString('base64'))
  })

  it.each([429, 423])('stops at status %i', async (status) => {
    let asked = 0
    const port = await serving((request, response) => {
      if (request.headers.authorization && ++asked > 2) response.writeHead(status).end()
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    expect((await askDevice(logins, [{ port, protocol: 'http' }])).of('probe.login')).toMatchObject([
      { tried: 3, refused: 2, stopped: 'locked' },
    ])
    expect(asked).toBe(3)
  })

  it('stops where refusals come ever later', async () => {
    let tried = 0
    const port = await serving((request, response) => {
      const wait = request.headers.authorization ? [0, 50, 100, 2500, 5000][++tried]! : 0
      setTimeout(() => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(), wait)
    })
    expect((await askDevice(logins, [{ port, protocol: 'http' }])).of('probe.login')).toMatchObject([
      { tried: 3, stopped: 'slow' },
    ])
  })

  it('tries the maker first that the page names', async () => {
    const tried: string[] = []
    const port = await serving((request, response) => {
      const { authorization } = request.headers
      if (authorization) tried.push(Buffer.from(authorization.slice(6), 'base64').toString())
      response.writeHead(401, { server: 'uc-httpd', 'www-authenticate': 'Basic realm="VIVOTEK"' }).end()
    })
    await askDevice(logins, [{ port, protocol: 'http' }])
    expect(tried).toHaveLength(4)
    expect(tried).toContain('root:')
    expect(tried).toContain('root:xc3511')
  })

  it('tries one log-in once that has two doors', async () => {
    let tried = 0
    const serve: Serve = (request, response) => {
      if (request.headers.authorization) tried++
      response.writeHead(401, { 'www-authenticate': 'Basic realm="Camera 7"' }).end()
    }
    const asked = await askDevice(logins, [
      { port: await serving(serve), protocol: 'http' },
      { port: await serving(serve, true), protocol: 'http', tls: true },
    ])
    expect(tried).toBe(4)
    expect(asked.of('probe.login').filter(({ sameAs }) => sameAs !== undefined)).toHaveLength(1)
  })

  it('follows to another port of the same host, and to no other host', async () => {
    let elsewhere = 0
    const secured = await serving((request, response) => {
      elsewhere++
      if (request.headers.authorization === `Basic ${btoa('admin:admin')}`) response.end('in')
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    }, true)
    const first = await serving((_, response) => response.writeHead(301, { location: `https://127.0.0.1:${secured}/` }).end())
    expect((await askDevice(logins, [{ port: first, protocol: 'http' }])).of('probe.login')[0]?.accepted).toBeDefined()
    elsewhere = 0
    const away = await serving((_, response) => response.writeHead(301, { location: `https://127.0.0.2:${secured}/` }).end())
    const asked = await askDevice(logins, [{ port: away, protocol: 'http' }])
    expect(asked.troubles[0]?.reason).toContain('another host')
    expect(asked.facts).toEqual([])
    expect(elsewhere).toBe(0)
  })
})

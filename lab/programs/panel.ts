/**
 * `node panel.ts OPTIONS`: the web panel of a thing, good or bad in every way that a probe asks for. OPTIONS is JSON:
 * `port`, `pem` (HTTPS with it), `login` ('none', 'form'), `user`, `password`, `locks` (log-ins refused before it locks; 0 never),
 * `headers` (security headers, sound cookies), `accessible`, `banner` (of the Server header), `needs` (an address without whose port 443 it
 * serves nobody).
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer as overHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as overHttps } from 'node:https'
import { connect } from 'node:net'

interface Options {
  port: number
  pem?: string
  login: 'none' | 'form'
  user: string
  password: string
  locks: number
  headers: boolean
  accessible: boolean
  banner: string
  needs?: string
}

const o = JSON.parse(process.argv[2]!) as Options
const sessions = new Set<string>()
let refused = 0
let lockedUntil = 0

/** The cloud that it depends on answered when it was asked last. */
let reached = true
if (o.needs !== undefined)
  setInterval(() => {
    const socket = connect({ host: o.needs!, port: 443, timeout: 700 })
    const tell = (now: boolean) => () => {
      reached = now
      socket.destroy()
    }
    socket.once('connect', tell(true)).once('timeout', tell(false)).once('error', tell(false))
  }, 500)

const page = (body: string) =>
  o.accessible
    ? `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Plug</title></head><body><main><h1>Plug</h1>${body}</main></body></html>`
    : `<html><body bgcolor="#fff"><img src="/logo.png"><font color="#ddd">Plug</font>${body}</body></html>`

const form = o.accessible
  ? '<form method="post" action="/login"><p><label for="u">User</label> <input id="u" name="user" autocomplete="username"></p><p><label for="p">Password</label> <input id="p" name="password" type="password" autocomplete="current-password"></p><button>Log in</button></form>'
  : '<form method="post" action="/login"><input name="user"><input name="password" type="password"><input type="submit"></form>'

const status = '<p>Socket: off. Serial number: LAB-2211.</p>'

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (!reached) return void request.socket.destroy()
  response.setHeader('Server', o.banner)
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  if (o.headers) {
    response.setHeader('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'")
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('X-Frame-Options', 'DENY')
    response.setHeader('Referrer-Policy', 'no-referrer')
    if (o.pem) response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains')
  }
  if (o.login === 'none') return void response.end(page(status))
  if (request.method === 'POST' && request.url === '/login') return logIn(request, response)
  const known = [...sessions].some((id) => request.headers.cookie?.includes(`sid=${id}`))
  if (known) return void response.end(page(status))
  response.statusCode = request.url === '/' ? 200 : 401
  response.end(page(form))
}

function logIn(request: IncomingMessage, response: ServerResponse): void {
  let body = ''
  request.on('data', (piece: Buffer) => {
    if (body.length < 4096) body += piece.toString('latin1')
  })
  request.on('end', () => {
    const given = new URLSearchParams(body)
    if (o.locks > 0 && Date.now() < lockedUntil) {
      response.statusCode = 429
      response.setHeader('Retry-After', '60')
      response.end(page('<p>Locked for a minute after too many bad log-ins.</p>'))
      return
    }
    if (given.get('user') === o.user && given.get('password') === o.password) {
      refused = 0
      const id = randomBytes(16).toString('hex')
      if (sessions.size < 16) sessions.add(id)
      response.statusCode = 303
      response.setHeader('Set-Cookie', o.headers ? `sid=${id}; Secure; HttpOnly; SameSite=Strict; Path=/` : `sid=${id}`)
      response.setHeader('Location', '/')
      response.end()
      return
    }
    if (o.locks > 0 && ++refused >= o.locks) lockedUntil = Date.now() + 60_000
    response.statusCode = 401
    response.end(page(`<p role="alert">Wrong user or password.</p>${form}`))
  })
}

const server = o.pem
  ? overHttps(
      {
        key: readFileSync(o.pem),
        cert: readFileSync(o.pem),
        minVersion: 'TLSv1.3',
      },
      answer,
    )
  : overHttp(answer)
server.listen(o.port, '0.0.0.0')

/**
 * `node site.ts OPTIONS`: web sites of a maker's, on ports 80 and 443 of one address, good or bad in every way that a probe asks for.
 * OPTIONS is JSON: `ip`, `pem` (HTTPS with it), `redirect` (plain HTTP leads to HTTPS), `headers`, `files` (path to [content type, text]).
 */
import { readFileSync } from 'node:fs'
import { createServer as overHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as overHttps } from 'node:https'

interface Options {
  ip: string
  pem: string
  redirect: boolean
  headers: boolean
  files: Record<string, [type: string, text: string]>
}

const o = JSON.parse(process.argv[2]!) as Options

function answer(request: IncomingMessage, response: ServerResponse, secure: boolean): void {
  if (!secure && o.redirect) {
    response.statusCode = 301
    response.setHeader('Location', `https://${request.headers.host}${request.url}`)
    return void response.end()
  }
  if (o.headers) {
    response.setHeader(
      'Content-Security-Policy',
      "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    )
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('X-Frame-Options', 'DENY')
    response.setHeader('Referrer-Policy', 'strict-origin-when-cross-origin')
    response.setHeader('Permissions-Policy', 'camera=()')
    if (secure) response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains')
  }
  const file = o.files[request.url ?? '/']
  if (request.method === 'POST') {
    request.resume()
    response.setHeader('Content-Type', 'application/json')
    return void response.end('{"ok":true}\n')
  }
  if (!file) {
    response.statusCode = 404
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    return void response.end('not here\n')
  }
  response.setHeader('Content-Type', file[0])
  response.end(file[0] === 'application/octet-stream' ? Buffer.from(file[1], 'base64') : file[1])
}

const pem = readFileSync(o.pem)
overHttp((request, response) => answer(request, response, false)).listen(80, o.ip)
overHttps({ key: pem, cert: pem, minVersion: 'TLSv1.2' }, (request, response) => answer(request, response, true)).listen(
  443,
  o.ip,
)

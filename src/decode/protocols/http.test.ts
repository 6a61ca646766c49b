import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conversations, prefixOf } from '../../testing/conversations.ts'
import { corpus } from '../../testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import type { Conversation } from '../stream.ts'
import { http, MAX_BODY, MAX_MESSAGES } from './http.ts'
import type { HttpExchange } from './http.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
const text = (b: Uint8Array = new Uint8Array()): string => String.fromCharCode(...b)
const lines = (...of: string[]): string => `${of.join('\r\n')}\r\n\r\n`

function talk(client: string, server = '', options: { midstream?: boolean } = {}): Conversation {
  return {
    client: prefixOf(bytes(client), 1, options),
    server: prefixOf(bytes(server), 2, options),
    clientPort: 40000,
    serverPort: 80,
  }
}

function decode(conversation: Conversation): HttpExchange[] {
  const all: HttpExchange[] = []
  http.decode(conversation, (m) => all.push(m))
  return all
}

const GET = lines('GET / HTTP/1.1', 'Host: h')
const OK = (body: string): string => lines('HTTP/1.1 200 OK', `Content-Length: ${body.length}`) + body

describe('messages', () => {
  it('reads a request and its answer', () => {
    const [exchange, ...more] = decode(
      talk(
        lines(
          'POST /a/b?c=d HTTP/1.0',
          'HOST:  example.com:8080 ',
          'User-Agent: thing/1.0',
          'Cookie: sid=1; lang=fi',
          'Content-Type: text/plain',
          'Content-Length: 5',
        ) + 'hello',
        lines(
          'HTTP/1.1 302 Found',
          'Server: GoAhead-Webs',
          'Location: /x',
          'Set-Cookie: token=abc; Path=/',
          'Content-Type: text/html',
          'Content-Length: 2',
        ) + 'ok',
      ),
    )
    expect(more).toEqual([])
    expect(exchange?.request).toMatchObject({
      frame: 1,
      method: 'POST',
      target: '/a/b?c=d',
      minor: 0,
      host: 'example.com:8080',
      agent: 'thing/1.0',
      cookies: ['sid', 'lang'],
      contentType: 'text/plain',
      contentLength: 5,
    })
    expect(exchange?.response).toMatchObject({
      frame: 2,
      status: 302,
      minor: 1,
      server: 'GoAhead-Webs',
      location: '/x',
      cookies: ['token'],
      contentType: 'text/html',
    })
    expect(text(exchange?.request?.body)).toBe('hello')
    expect(text(exchange?.response?.body)).toBe('ok')
    expect(text(exchange?.response?.head).endsWith('Content-Length: 2')).toBe(true)
  })

  it('pairs pipelined requests with their answers in order', () => {
    const all = decode(
      talk(
        `${lines('GET /1 HTTP/1.1')}${lines('HEAD /2 HTTP/1.1')}\r\n${lines('GET /3 HTTP/1.1')}`,
        OK('a') + lines('HTTP/1.1 404 No', 'Content-Length: 99') + OK('c'),
      ),
    )
    expect(all.map(({ request, response }) => [request?.target, response?.status, text(response?.body)])).toEqual([
      ['/1', 200, 'a'],
      ['/2', 404, ''],
      ['/3', 200, 'c'],
    ])
  })

  it('passes over interim answers, and bodies that 204 and 304 do not have', () => {
    const all = decode(
      talk(
        GET.repeat(3),
        lines('HTTP/1.1 100 Continue') +
          lines('HTTP/1.1 204 No', 'Content-Length: 9') +
          lines('HTTP/1.1 304 Not', 'Content-Length: 9') +
          OK('x'),
      ),
    )
    expect(all.map(({ response }) => response?.status)).toEqual([204, 304, 200])
  })

  it('joins chunks, with extensions and a trailer', () => {
    const chunked = `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}4\r\nWiki\r\n5;x=y\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\nTrailer: t\r\n\r\n`
    const [first, second] = decode(talk(GET + GET, chunked + OK('next')))
    expect(text(first?.response?.body)).toBe('Wikipedia in\r\n\r\nchunks.')
    expect(text(second?.response?.body)).toBe('next')
  })

  it('stops at a tunnel', () => {
    const [upgraded, ...more] = decode(
      talk(
        lines('GET /ws HTTP/1.1', 'Upgrade: websocket') + GET,
        lines('HTTP/1.1 101 Switching', 'Upgrade: WebSocket') + OK('not HTTP any more'),
      ),
    )
    expect(upgraded).toMatchObject({ request: { upgrade: 'websocket' }, response: { status: 101, upgrade: 'websocket' } })
    expect(more.map(({ response }) => response)).toEqual([undefined])
    expect(decode(talk(lines('CONNECT h:443 HTTP/1.1') + GET, lines('HTTP/1.1 200 OK') + OK('x')))).toHaveLength(1)
  })

  it('shows no more of a body than its bound, and reads on behind it', () => {
    const [first, second] = decode(talk(GET + GET, OK('x'.repeat(MAX_BODY + 100)) + OK('y')))
    expect(first?.response?.body).toHaveLength(MAX_BODY)
    expect(text(second?.response?.body)).toBe('y')
  })

  it('reads bare line feeds, and what the capture left of a cut message', () => {
    expect(decode(talk('GET /x HTTP/1.1\nHost: h\n\n'))[0]?.request).toMatchObject({ target: '/x', host: 'h' })
    expect(decode(talk('GET /x HTT'))[0]?.request).toMatchObject({ target: '/x' })
    expect(decode(talk('GET /x'))).toEqual([])
    // half a value is no value
    expect(decode(talk('GET /x HTTP/1.1\r\nHost: exam'))[0]?.request?.host).toBeUndefined()
    expect(text(decode(talk('PUT /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf'))[0]?.request?.body)).toBe('half')
    expect(decode(talk('GET /x\r\n\r\n'))).toEqual([])
  })

  it('tells an asker from an answerer, whoever was taken for the client', () => {
    expect(decode(talk(OK('a'), GET))).toMatchObject([{ fromClient: false, request: { target: '/' }, response: { status: 200 } }])
    expect(decode(talk('', OK('a')))).toMatchObject([{ fromClient: true, response: { status: 200 } }])
    expect(decode(talk(OK('a')))).toMatchObject([{ fromClient: false, response: { status: 200 } }])
  })

  it('finds the first message of a conversation caught midway, and does not pair an answer with a later question', () => {
    const body = 'rest of a body\r\n'
    const late: Conversation = {
      ...talk(body + GET, '', { midstream: true }),
      server: {
        ...prefixOf(bytes(OK('old') + OK('new')), 0, { midstream: true }),
        frameAt: (at) => (at < OK('old').length ? 0 : 5),
      },
    }
    expect(decode(late).map(({ request, response }) => [request?.target, text(response?.body)])).toEqual([
      [undefined, 'old'],
      ['/', 'new'],
    ])
    expect(decode(talk(body + GET))).toEqual([])
  })

  it('knows the frame of each fact', () => {
    const request = lines('GET / HTTP/1.1', 'Host: h', 'User-Agent: a', 'Authorization: Bearer t')
    const client = {
      ...prefixOf(bytes(request)),
      frameAt: (at: number) =>
        at < request.indexOf('Host') ? 1 : at < request.indexOf('User') ? 2 : at < request.indexOf('Auth') ? 3 : 4,
    }
    const [exchange] = decode({ ...talk(''), client })
    expect(exchange?.request).toMatchObject({ frame: 1, hostFrame: 2, agentFrame: 3, authorization: [{ frame: 4 }] })
  })
})

describe('authorization', () => {
  const of = (value: string) => decode(talk(lines('GET / HTTP/1.1', `Authorization: ${value}`)))[0]?.request?.authorization[0]
  it('Basic: the example of RFC 7617', () => {
    expect(of('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')).toMatchObject({ scheme: 'Basic', user: 'Aladdin', secret: 'open sesame' })
    // section 2.1, in UTF-8
    expect(of('basic dGVzdDoxMjPCow==')).toMatchObject({ user: 'test', secret: '123£' })
    expect(of('Basic YWRtaW46')).toMatchObject({ user: 'admin', secret: '' })
    expect(of('Basic ???')?.user).toBeUndefined()
    expect(of('Basic')?.user).toBeUndefined()
  })
  it('Digest: the example of RFC 7616', () => {
    const digest = of(
      'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nonce="7ypf/x", nc=00000001, qop=auth, response="8ca523f5e9506fed4657c9700eebdbec"',
    )
    expect(digest).toMatchObject({ scheme: 'Digest', user: 'Mufasa' })
    expect(digest?.secret).toBeUndefined()
    expect(Object.fromEntries(digest?.parameters ?? [])).toMatchObject({
      realm: 'http-auth@example.org',
      nc: '00000001',
      qop: 'auth',
    })
  })
  it('Bearer, and others by name only', () => {
    expect(of('Bearer abc.def')).toMatchObject({ scheme: 'Bearer', secret: 'abc.def' })
    const ntlm = of('NTLM TlRMTVNTUAAB')
    expect([ntlm?.scheme, ntlm?.user, ntlm?.secret]).toEqual(['NTLM', undefined, undefined])
  })
  it('the challenge', () => {
    const [exchange] = decode(
      talk(
        GET,
        lines(
          'HTTP/1.1 401 No',
          'WWW-Authenticate: Digest qop="auth", realm="DCS-930L, \\"x\\"", stale=TRUE',
          'WWW-Authenticate: Basic',
          'Content-Length: 0',
        ),
      ),
    )
    expect(exchange?.response?.challenges).toMatchObject([
      { scheme: 'Digest', realm: 'DCS-930L, "x"', stale: true },
      { scheme: 'Basic', stale: false },
    ])
  })
})

describe('recognition', () => {
  it.each([
    'GET / HTTP/1.1',
    'M-POST /x HTTP/1.1',
    'NOTIFY /x HTTP/1.1',
    'NOTIFY * HTTP/1.1',
    'SUBSCRIBE /event HTTP/1.1',
    'PROPFIND / HTTP/1.1',
    'GET http://h/ HTTP/1.1',
    'CONNECT h:443 HTTP/1.1',
    'CONNECT [::1]:443 HTTP/1.1',
    '\r\nGET / HTTP/1.1',
    'OPTIONS * HTTP/1.1',
  ])('%s', (line) => {
    expect(http.recognise(talk(line))).toBe(true)
    expect(http.recognise(talk('', line))).toBe(true)
  })
  it.each([
    'OPTIONS * RTSP/1.0',
    'OPTIONS rtsp://h/ RTSP/1.0',
    'DESCRIBE rtsp://h/ RTSP/1.0',
    'SUBSCRIBE sip:a@b SIP/2.0',
    'RTSP/1.0 200 OK',
    'PRI * HTTP/2.0',
    'CONNECT {"verbose":false}',
    'HTTP/2 200',
    'GET',
    'GETX / HTTP/1.1',
    'get / HTTP/1.1',
    '',
    'SSH-2.0-x',
    '\x16\x03\x01\x02\x00',
  ])('not %j', (line) => {
    expect(http.recognise(talk(line))).toBe(false)
  })
})

describe('hostile input', () => {
  const samples = [
    lines('POST /a HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', 'Authorization: Digest a="b\\"c", d=e') +
      '5\r\nhello\r\n0\r\n\r\n' +
      GET,
    lines('HTTP/1.1 401 No', 'WWW-Authenticate: Basic realm="x"', 'Set-Cookie: a=b', 'Content-Length: 3') + 'abc' + OK('d'),
    lines('GET / HTTP/1.1', 'Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Cookie: a=b; c=d', 'Upgrade: websocket'),
  ]
  it('never throws, whatever is changed, cut or repeated', () => {
    const edit = fc.record({
      at: fc.nat(400),
      drop: fc.nat(6),
      put: fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom('\r\n', '\n', '0', '99999999999', 'ffffffff\r\n', '"', '\\', ':', '=', ',', '\0', 'GET / HTTP/1.1\r\n'),
      ),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.constantFrom(...samples),
        fc.array(edit, { maxLength: 8 }),
        fc.boolean(),
        (a, b, edits, midstream) => {
          let [client, server] = [a, b]
          for (const { at, drop, put } of edits) [client, server] = [server, client.slice(0, at) + put + client.slice(at + drop)]
          const all = decode(talk(client, server, { midstream }))
          for (const { request, response } of all) {
            for (const part of [request, response]) {
              if (part === undefined) continue
              expect(part.body.length).toBeLessThanOrEqual(MAX_BODY)
              expect(part.frameOfBody(0)).toBeGreaterThan(0)
            }
          }
        },
      ),
      { seed: 20261123, numRuns: 4000 },
    )
  })

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
    '1\r\na\r\n',
    'a: b\r\n',
    '\n',
    'HTTP/1.1 200 OK\r\n',
    'x',
    'Cookie: a=b;',
    'GET /',
    'Authorization: Digest ,,,,==""\\',
  ])('takes linear time on %j repeated', (unit) => {
    const head = unit.startsWith('1')
      ? lines('GET / HTTP/1.1', 'Transfer-Encoding: chunked')
      : unit.startsWith('GET')
        ? ''
        : 'GET / HTTP/1.1\r\n'
    const time = (length: number): number => {
      const conversation = talk(head + unit.repeat(length / unit.length), unit.repeat(length / unit.length), { midstream: true })
      let best = Infinity
      for (let run = 0; run < 5; run++) {
        const start = performance.now()
        decode(conversation)
        best = Math.min(best, performance.now() - start)
      }
      return best
    }
    // a quadratic reader would take ten seconds and more
    expect(time(131072)).toBeLessThan(200)
  })

  it('reads a bounded number of messages', () => {
    expect(decode(talk(GET.repeat(3 * MAX_MESSAGES)))).toHaveLength(MAX_MESSAGES)
  })
})

// of each thing the first run that holds HTTP, and every other small public trace that does
const FOLDERS = ['iot-sentinel', 'moniotr', 'malware/id2t', 'zeek', 'ndpi', 'wireshark']
/**
 * What tshark reads behind a layer that is not ours to take off here: tunnels, SOCKS, TLS with the keys in the file. And a test of
 * reassembly from damaged segments, of which tshark shows no HTTP at all.
 */
const OTHER_LAYERS = /zeek\/tunnels\/|tls12-dsb|challenge01_ooo|tcp-badsegments/

function captures(folder: string, most = Infinity): string[] {
  const found: string[] = []
  for (const name of readdirSync(folder).toSorted()) {
    const path = join(folder, name)
    if (found.length === most) break
    if (statSync(path).isDirectory()) found.push(...captures(path, folder.endsWith('iot-sentinel') ? 1 : Infinity))
    else if (/\.(pcap|pcapng|cap|trace)$/.test(name) && statSync(path).size < 4e6 && readFileSync(path).includes('HTTP/1.'))
      found.push(path)
  }
  return found
}

describe.skipIf(!tsharkAvailable() || corpus('iot-sentinel') === undefined)('as tshark reads them (public captures)', () => {
  it.each(FOLDERS)(
    '%s',
    async (folder) => {
      let compared = 0
      for (const path of captures(corpus(folder)!)) {
        if (OTHER_LAYERS.test(path)) continue
        const list = (await conversations(path)).filter((c) => http.recognise(c))
        const whole = fromTshark(path, [])
        const ours = new Map<string, number>()
        for (const c of list) {
          http.decode(c, (m) => {
            const [asker, answerer] = m.fromClient
              ? [`${c.clientIp}|${c.clientPort}`, `${c.serverIp}|${c.serverPort}`]
              : [`${c.serverIp}|${c.serverPort}`, `${c.clientIp}|${c.clientPort}`]
            if (m.request !== undefined) {
              const basic = m.request.authorization.find(({ user, secret }) => user !== undefined && secret !== undefined)
              add(ours, [
                asker,
                m.request.method,
                m.request.target,
                m.request.host,
                m.request.agent,
                m.request.contentType,
                basic && `${basic.user}:${basic.secret}`,
              ])
            }
            if (m.response !== undefined)
              add(ours, [answerer, `${m.response.status}`, m.response.server, m.response.contentType, m.response.location])
          })
        }
        // tshark shows a message whose body the capture cut only when it does not wait for the body
        const all = [...ours].every(([message, count]) => whole.get(message) === count)
          ? whole
          : fromTshark(path, ['-o', 'http.desegment_body:FALSE'])
        for (const [message, count] of ours) {
          expect(Math.max(whole.get(message) ?? 0, all.get(message) ?? 0), `${path}: ours: ${message}`).toBe(count)
          compared += count
        }
        for (const [message, count] of whole)
          expect(ours.get(message) ?? 0, `${path}: tshark: ${message}`).toBeGreaterThanOrEqual(count)
      }
      if (folder === 'iot-sentinel') expect(compared).toBeGreaterThan(400)
    },
    240_000,
  )
})

function add(to: Map<string, number>, parts: (string | undefined)[]): void {
  const key = parts.map((part) => part ?? '').join(' ¦ ')
  to.set(key, (to.get(key) ?? 0) + 1)
}

/** Each message as tshark has it, and how often. Interim answers (100 Continue) are none of ours: RFC 9110 section 15.2. */
function fromTshark(path: string, options: string[]): Map<string, number> {
  const fields = [
    'ip.src',
    'ipv6.src',
    'tcp.srcport',
    'http.request.method',
    'http.request.uri',
    'http.host',
    'http.user_agent',
    'http.content_type',
    'http.authbasic',
    'http.response.code',
    'http.server',
    'http.location',
  ]
  const found = new Map<string, number>()
  for (const cells of tsharkFields(path, fields, 'http && tcp', [
    ...options,
    '-o',
    'tcp.reassemble_out_of_order:TRUE',
  ]).values()) {
    const [ip, ip6, port, method, uri, host, agent, type, basic, code, server, location] = cells as [
      string[],
      string[],
      string[],
      string[],
      string[],
      string[],
      string[],
      string[],
      string[],
      string[],
      string[],
      string[],
    ]
    const from = `${ip.at(-1) ?? ip6.at(-1)}|${port[0]}`
    for (let i = 0; i < method.length; i++) add(found, [from, method[i], uri[i], host[i], agent[i], type[i], basic[i]])
    for (let i = 0; i < code.length; i++) if (code[i] !== '100') add(found, [from, code[i], server[i], type[i], location[i]])
  }
  return found
}

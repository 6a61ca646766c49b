import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { logins } from './logins.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function listening(server: Server): Promise<number> {
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

const SDP = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\nm=audio 0 RTP/AVP 0\r\n'
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/** An RTSP server (RFC 2326) with one stream; its answers to Digest are reckoned as RFC 2069 says, apart from the code under test. */
function camera(login: 'none' | 'Basic' | 'Digest', password = '', at = '/'): Promise<number> {
  return listening(
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        const text = chunk.toString('latin1')
        const uri = text.split(' ')[1]!
        const sequence = /CSeq: \d+/.exec(text)?.[0]
        const say = (status: string, ...lines: string[]) =>
          socket.write([`RTSP/1.0 ${status}`, sequence, 'Server: H264DVR 1.0', ...lines].join('\r\n'))
        expect(text).toMatch(/^DESCRIBE rtsp:\/\/127\.0\.0\.1:\d+\//)
        if (new URL(uri).pathname !== at) return say('404 Not Found', '', '')
        const given = /Authorization: (.*)/.exec(text)?.[1] ?? ''
        const digest = /response="(\w+)"/.exec(given)?.[1]
        const may =
          login === 'none' ||
          given === `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` ||
          digest === md5(`${md5(`admin:cam:${password}`)}:n0nce:${md5(`DESCRIBE:${uri}`)}`)
        if (may) return say('200 OK', 'Content-Type: application/sdp', `Content-Length: ${SDP.length}`, '', SDP)
        return say(
          '401 Unauthorized',
          `WWW-Authenticate: ${login} realm="cam"${login === 'Digest' ? ', nonce="n0nce"' : ''}`,
          '',
          '',
        )
      })
    }),
  )
}

async function login(open: { port: number; protocol: string }) {
  const asked = await askDevice(logins, [open])
  expect(asked.troubles).toEqual([])
  return asked.of('probe.login')[0]
}

describe('streams (RTSP)', () => {
  it('sees one for anybody, wherever makers keep it', async () => {
    for (const at of ['/', '/live'])
      expect(await login({ port: await camera('none', '', at), protocol: 'rtsp' })).toMatchObject({
        scheme: 'none',
        open: { gives: 'stream', what: `video and audio at ${at}` },
      })
  })

  it.each(['Basic', 'Digest'] as const)('is let in by a published pair, and refused by the twin (%s)', async (scheme) => {
    expect(await login({ port: await camera(scheme, 'admin'), protocol: 'rtsp' })).toMatchObject({
      scheme,
      tried: 1,
      accepted: { user: 'a…(5)', secret: 'a…(5)' },
    })
    const twin = await login({ port: await camera(scheme, 'n8-Kq!zw'), protocol: 'rtsp' })
    expect(twin).toMatchObject({ scheme, tried: 4, refused: 4 })
    expect(twin).not.toHaveProperty('accepted')
  })

  it('gives no verdict where the stream is not found', async () => {
    const asked = await askDevice(logins, [{ port: await camera('none', '', '/secret'), protocol: 'rtsp' }])
    expect(asked.facts).toEqual([])
    expect(asked.troubles[0]?.reason).toBe('Where its stream is was not found.')
  })
})

/** Answers CONNECT (24 bytes and 'host::\0') with one message, as adbd does that asks for no key, or for one. */
function adbd(command: 'CNXN' | 'AUTH'): Promise<number> {
  const said = Buffer.from(command === 'CNXN' ? 'device::ro.product.name=tvbox;ro.product.model=TX3;\0' : 'a token of twenty b.')
  const head = Buffer.alloc(24)
  head.write(command)
  head.writeUInt32LE(command === 'CNXN' ? 0x01000000 : 1, 4)
  head.writeUInt32LE(said.length, 12)
  for (let i = 0; i < 4; i++) head[20 + i] = head[i]! ^ 0xff
  return listening(
    createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (asked) => {
        // Android's protocol.txt: CNXN, version, maximum, length, sum of the bytes, magic
        expect(asked.subarray(0, 24).toString('hex')).toBe('434e584e00000001000004000700000032020000bcb1a7b1')
        socket.write(Buffer.concat([head, said]))
      })
    }),
  )
}

describe('Android Debug Bridge', () => {
  it('sees a debugger for anybody, and one that wants a key', async () => {
    expect(await login({ port: await adbd('CNXN'), protocol: 'adb' })).toMatchObject({ scheme: 'none', open: { gives: 'shell' } })
    expect(await login({ port: await adbd('AUTH'), protocol: 'adb' })).toMatchObject({ scheme: 'keys', tried: 0 })
  })
})

/** Says something at once or when asked. */
const saying = (first: string | undefined, answer: Buffer | string) =>
  listening(
    createServer((socket) => {
      socket.on('error', () => undefined)
      if (first !== undefined) socket.write(first)
      socket.once('data', () => socket.write(answer))
    }),
  )

describe('services that are only looked at', () => {
  it.each([
    ['redis', undefined, '+PONG\r\n', '-NOAUTH Authentication required.\r\n'],
    // RFC 6143, sections 7.1.2 and 7.2: None, and VNC authentication
    ['vnc', 'RFB 003.008\n', Buffer.of(2, 1, 2), Buffer.of(1, 2)],
    ['vnc', 'RFB 003.003\n', Buffer.of(0, 0, 0, 1), Buffer.of(0, 0, 0, 2)],
  ])('tells %s for anybody from its twin with a password', async (protocol, first, open, closed) => {
    expect(await login({ port: await saying(first, open), protocol })).toMatchObject({
      scheme: 'none',
      open: { gives: 'control' },
    })
    const twin = await login({ port: await saying(first, closed), protocol })
    expect(twin).toMatchObject({ scheme: 'password', tried: 0 })
    expect(twin).not.toHaveProperty('open')
  })

  it('knows that memcached lets in anybody whom it answers', async () => {
    const one = await login({ port: await saying(undefined, 'VERSION 1.6.18\r\n'), protocol: 'memcached' })
    expect(one).toMatchObject({ scheme: 'none', open: { gives: 'control' } })
  })
})

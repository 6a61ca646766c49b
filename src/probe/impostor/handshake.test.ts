import { once } from 'node:events'
import { connect as overTcp, createServer, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Met, meet } from './handshake.ts'
import { Forger, type Shown } from './offers.ts'

const patience = { call: 1500, first: 700, more: 200, stay: 300 }

describe('a call that an impostor answers', () => {
  let shown: Shown
  const calls: Promise<Met>[] = []
  const over = new AbortController()
  const listener = createServer({ pauseOnConnect: true }, (socket) => calls.push(meet(socket, shown, over.signal, patience)))
  let port = 0

  beforeAll(async () => {
    shown = await (await Forger.create()).offer('unknown-ca', 'api.example')
    await once(listener.listen(0), 'listening')
    port = (listener.address() as { port: number }).port
  })
  afterAll(() => {
    over.abort()
    listener.close()
  })

  async function met(client: () => Socket): Promise<Met> {
    const before = calls.length
    const socket = client()
    socket.on('error', () => undefined)
    await expect.poll(() => calls.length, { interval: 10 }).toBe(before + 1)
    const one = await calls[before]!
    socket.destroy()
    return one
  }
  const blind = (options: ConnectionOptions, then: (socket: TLSSocket) => void = (socket) => socket.write('hello')) =>
    met(() => {
      const socket = connect({ port, servername: 'api.example', rejectUnauthorized: false, ...options }, () => then(socket))
      return socket
    })

  const OLD = { ciphers: 'ALL:@SECLEVEL=0' }
  it.each<[string, ConnectionOptions]>([
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['TLS 1.1', { ...OLD, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
    ['TLS 1.0', { ...OLD, minVersion: 'TLSv1', maxVersion: 'TLSv1' }],
    ['ECDSA only', { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }],
    ['RSA keys, without forward secrecy', { ciphers: 'AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' }],
    ['HTTP/2 only', { ALPNProtocols: ['h2'] }],
    ['MQTT by ALPN', { ALPNProtocols: ['x-amzn-mqtt-ca'] }],
  ])('is willing in all but the certificate: %s', async (_, options) => {
    const { outcome, came } = await blind(options)
    expect([outcome, came.toString()]).toEqual(['accepted', 'hello'])
  })

  it('takes no more of who speaks for ever than it keeps', async () => {
    const { outcome, came } = await blind({}, (socket) => {
      const more = () => socket.write(Buffer.alloc(16_384, 'x'), () => socket.destroyed || setImmediate(more))
      more()
    })
    expect(outcome).toBe('accepted')
    expect(came.length).toBeGreaterThanOrEqual(65_536)
    expect(came.length).toBeLessThan(65_536 + 16_385)
  })

  it('tells who stays from who looks after the handshake and leaves', async () => {
    expect(await blind({}, () => undefined)).toMatchObject({
      outcome: 'accepted',
      reason: expect.stringContaining('stayed') as string,
    })
    expect(await blind({}, (socket) => setTimeout(() => socket.end(), 450))).toMatchObject({ outcome: 'accepted' })
    expect(await blind({}, (socket) => socket.end())).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('left') as string,
    })
    expect(await blind({ rejectUnauthorized: true })).toMatchObject({ outcome: 'refused' })
  })

  it('says nothing of a client that did not see the certificate, or did not mind it', async () => {
    const raw = (then: (socket: Socket) => void) =>
      met(() => {
        const socket = overTcp(port, '127.0.0.1', () => then(socket))
        return socket
      })
    expect(await raw((socket) => socket.end())).toMatchObject({
      outcome: 'unclear',
      reason: 'it left before it saw the certificate',
    })
    expect(await raw((socket) => socket.write('GET / HTTP/1.1\r\n\r\n'))).toMatchObject({
      outcome: 'unclear',
      reason: expect.stringContaining('TLS failed') as string,
    })
    // stalls within its hello
    expect(await raw((socket) => socket.write(Buffer.from('16030102000100', 'hex')))).toMatchObject({
      outcome: 'unclear',
      reason: expect.stringContaining('it said no more') as string,
    })
    // no suite in common
    expect(await blind({ ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' })).toMatchObject({ outcome: 'unclear' })
  })

  it('is over when the time is', async () => {
    const early = new AbortController()
    const [server] = [createServer({ pauseOnConnect: true })]
    await once(server.listen(0), 'listening')
    const socket = overTcp((server.address() as { port: number }).port)
    const [near] = (await once(server, 'connection')) as [Socket]
    setTimeout(() => early.abort(), 50)
    expect(await meet(near, shown, early.signal)).toMatchObject({ outcome: 'unclear', reason: 'the time was over' })
    socket.destroy()
    server.close()
  })
})

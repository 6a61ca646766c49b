import { once } from 'node:events'
import { connect as overTcp, createServer as tcpServer, type Socket } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../testing/certificates.ts'
import { WentOn } from './went-on.ts'

/** Clients of Node.js through a relay that watches, to a true server. */
describe('whether a client went on', () => {
  const { pem, keyPem } = makeCertificate({ subject: 'true.example', dns: ['true.example'] })
  const server = createServer({ key: keyPem, cert: pem }, (socket) => socket.on('error', () => undefined).resume())
  let seen: Buffer[] = []
  const relay = tcpServer((near: Socket) => {
    const far = overTcp((server.address() as { port: number }).port)
    near.on('data', (chunk: Buffer) => seen.push(chunk))
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
    near.pipe(far)
    far.pipe(near)
  })
  beforeAll(async () => {
    server.on('tlsClientError', () => undefined)
    await once(server.listen(0), 'listening')
    await once(relay.listen(0), 'listening')
  })
  afterAll(() => {
    server.close()
    relay.close()
  })

  async function call(version: 'TLSv1.2' | 'TLSv1.3', trusts: boolean, then: (socket: TLSSocket) => void): Promise<Buffer> {
    seen = []
    const { port } = relay.address() as { port: number }
    const versions = { minVersion: version, maxVersion: version }
    const socket = connect({ port, servername: 'true.example', ...(trusts ? { ca: pem } : {}), ...versions }, () => then(socket))
    socket.on('error', () => undefined)
    await new Promise((closed) => socket.on('close', closed))
    return Buffer.concat(seen)
  }
  const told = (bytes: Uint8Array, piece = bytes.length): boolean => {
    const watch = new WentOn()
    for (let i = 0; i < bytes.length; i += piece) watch.feed(bytes.subarray(i, i + piece))
    return watch.yes
  }

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('tells who spoke from who did not, in %s', async (version) => {
    const spoke = await call(version, true, (socket) => socket.end('x'))
    expect(told(spoke)).toBe(true)
    for (const piece of [1, 3, 100]) expect(told(spoke, piece)).toBe(true)
    const silent = await call(version, true, (socket) => socket.end())
    expect(silent.length).toBeGreaterThan(100)
    expect(told(silent)).toBe(false)
    const refused = await call(version, false, (socket) => socket.end('x'))
    expect(told(refused)).toBe(false)
  })

  it('takes whatever comes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (any) => typeof told(any, 7) === 'boolean'))
  })
})

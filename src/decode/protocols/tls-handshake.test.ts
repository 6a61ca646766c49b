import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect as netConnect, createServer, type Socket } from 'node:net'
import { connect, createServer as createTlsServer, type ConnectionOptions, type TlsOptions } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { makeCertificate } from '../../testing/certificates.ts'
import { prefixOf } from '../../testing/conversations.ts'
import type { Conversation, StreamPrefix } from '../stream.ts'
import { decodeTls, tls, type TlsMessage } from './tls.ts'

// Handshakes of real software (Node's and, where it is there, the openssl command's) over a proxy that keeps the bytes: what each
// end did is known, so what the decoder says can be held against it.

const certificate = makeCertificate({ subject: 'thing.example', dns: ['thing.example'] })

interface Recorded {
  conversation: Conversation
  message: TlsMessage
}

class Recording {
  private readonly chunks: { frame: number; at: number; bytes: Uint8Array }[] = []
  private length = 0

  add(bytes: Uint8Array, frame: number): void {
    this.chunks.push({ frame, at: this.length, bytes: Uint8Array.from(bytes) })
    this.length += bytes.length
  }

  prefix(): StreamPrefix {
    const bytes = new Uint8Array(this.length)
    for (const chunk of this.chunks) bytes.set(chunk.bytes, chunk.at)
    return { ...prefixOf(bytes), frameAt: (offset) => this.chunks.findLast((chunk) => chunk.at <= offset)!.frame }
  }
}

/** Runs `client` against a TLS server behind a proxy, until the client's side is closed. */
async function record(options: TlsOptions, client: (port: number) => Promise<void>): Promise<Recorded> {
  const server = createTlsServer({ key: certificate.keyPem, cert: certificate.pem, ...options }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
  })
  server.on('tlsClientError', () => undefined)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const [up, down] = [new Recording(), new Recording()]
  let frame = 0
  const closed: Promise<unknown>[] = []
  const proxy = createServer((socket: Socket) => {
    const upstream = netConnect((server.address() as AddressInfo).port, '127.0.0.1')
    for (const s of [socket, upstream]) s.on('error', () => undefined)
    closed.push(once(socket, 'close'))
    socket.on('data', (bytes) => up.add(bytes, ++frame)).on('close', () => upstream.destroy())
    upstream.on('data', (bytes) => down.add(bytes, ++frame)).on('close', () => socket.destroy())
    socket.pipe(upstream)
    upstream.pipe(socket)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  await client((proxy.address() as AddressInfo).port)
  await Promise.all(closed)
  proxy.close()
  server.close()
  const conversation = { client: up.prefix(), server: down.prefix(), clientPort: 40000, serverPort: 443 }
  expect(tls.recognise(conversation)).toBe(true)
  const messages: TlsMessage[] = []
  tls.decode(conversation, (message) => messages.push(message))
  expect(messages).toHaveLength(1)
  return { conversation, message: messages[0]! }
}

/** Node as the client; verifies after the handshake, as many programs do. Sends a request once it trusts the server. */
async function nodeClient(port: number, options: ConnectionOptions): Promise<Uint8Array | undefined> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'thing.example', ALPNProtocols: ['http/1.1'], ...options })
  let session: Uint8Array | undefined
  socket.on('session', (ticket) => (session = ticket))
  socket.on('error', () => undefined)
  socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: thing.example\r\n\r\n'))
  socket.resume()
  // not `once`, which rejects at an error: refusing is one of the things tested
  await new Promise((resolve) => socket.on('close', resolve))
  return session
}

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
const only = (version: (typeof VERSIONS)[number]) =>
  ({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' }) as const

describe.each(VERSIONS)('%s', (version) => {
  const number = 0x0301 + VERSIONS.indexOf(version)

  it('a client that trusts anyone completes the handshake', async () => {
    const { message } = await record(
      only(version),
      async (port) => void (await nodeClient(port, { rejectUnauthorized: false, ...only(version) })),
    )
    expect(message).toMatchObject({
      completed: true,
      clientFinished: true,
      serverFinished: true,
      resumed: false,
      fromClient: true,
      midstream: false,
    })
    expect(message.hello).toMatchObject({ sni: 'thing.example', alpn: ['http/1.1'], complete: true })
    expect(message.server?.version).toBe(number)
    if (version === 'TLSv1.3') expect(message.certificate).toBeUndefined()
    else
      expect(message.certificate?.sha256).toBe(
        new X509Certificate(certificate.pem).fingerprint256.replaceAll(':', '').toLowerCase(),
      )
  })

  it('a client that finishes the handshake, then looks at the certificate and leaves, has not completed it', async () => {
    const { message } = await record(
      only(version),
      async (port) => void (await nodeClient(port, { rejectUnauthorized: true, ...only(version) })),
    )
    expect(message).toMatchObject({ completed: false, clientData: false })
  })

  it('takes up a session again', async () => {
    let first: Uint8Array | undefined
    // one server for both connections: it alone can open its tickets
    const ticketKeys = Buffer.alloc(48, 7)
    await record({ ...only(version), ticketKeys }, async (port) => {
      first = await nodeClient(port, { rejectUnauthorized: false, ...only(version) })
    })
    expect(first).toBeDefined()
    const { message } = await record({ ...only(version), ticketKeys }, async (port) => {
      await nodeClient(port, { rejectUnauthorized: false, session: Buffer.from(first!), ...only(version) })
    })
    expect(message).toMatchObject({ resumed: true, completed: true, chainLength: 0 })
    expect(message.certificate).toBeUndefined()
  })

  it("no prefix of the client's bytes that ends before its data looks completed", async () => {
    const { conversation } = await record(
      only(version),
      async (port) => void (await nodeClient(port, { rejectUnauthorized: false, ...only(version) })),
    )
    const { client } = conversation
    let completedAt = -1
    for (let cut = 0; cut <= client.length; cut++) {
      decodeTls(
        { ...conversation, client: { ...client, bytes: client.bytes.subarray(0, cut), length: cut } },
        { client: 0, server: 0 },
        (m) => {
          if (m.completed && completedAt < 0) completedAt = cut
          if (completedAt >= 0) expect(m.completed).toBe(true)
        },
      )
    }
    // the request is 40 bytes and encrypted; it and what closes the connection come last
    expect(completedAt).toBeGreaterThan(client.length - 160)
  })
})

it('a HelloRetryRequest is followed to the second hello and the true choice', async () => {
  const { message } = await record(
    { ecdhCurve: 'P-384' },
    async (port) => void (await nodeClient(port, { rejectUnauthorized: false, ecdhCurve: 'X25519:P-384' })),
  )
  expect(message).toMatchObject({ retried: true, completed: true })
  expect(message.hello!.keyShares).not.toEqual(message.retryHello!.keyShares)
  expect(message.retryHello!.keyShares).toEqual([24])
  expect(message.server).toMatchObject({ version: 0x0304, group: 24, retry: false })
})

it.each([
  ['asked', {}],
  ['sent', { key: certificate.keyPem, cert: certificate.pem }],
] as const)('a client certificate %s for is told', async (state, own) => {
  const { message } = await record({ requestCert: true, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }, async (port) => {
    await nodeClient(port, { rejectUnauthorized: false, ...own })
  })
  expect(message.clientCertificate).toBe(state)
})

it('a server that knows no common version says so in an alert', async () => {
  const { message } = await record(
    { minVersion: 'TLSv1.3' },
    async (port) => void (await nodeClient(port, { rejectUnauthorized: false, maxVersion: 'TLSv1.2' })),
  )
  expect(message.alerts).toMatchObject([{ by: 'server', name: 'protocol_version', fatal: true }])
  expect(message).toMatchObject({ completed: false, clientFinished: false })
})

const openssl = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0

describe.skipIf(!openssl)('a client that verifies within the handshake (needs the openssl command)', () => {
  const run =
    (...options: string[]) =>
    async (port: number) => {
      const child = spawn(
        'openssl',
        [
          's_client',
          '-connect',
          `127.0.0.1:${port}`,
          '-servername',
          'thing.example',
          '-verify_return_error',
          '-quiet',
          ...options,
        ],
        { stdio: ['pipe', 'ignore', 'ignore'] },
      )
      await once(child, 'close')
    }

  it('refuses in clear up to TLS 1.2', async () => {
    const { message } = await record({ maxVersion: 'TLSv1.2' }, run('-tls1_2'))
    expect(message).toMatchObject({ completed: false, clientFinished: false })
    expect(message.alerts).toMatchObject([{ by: 'client', fatal: true }])
    expect(['unknown_ca', 'bad_certificate']).toContain(message.alerts[0]!.name)
  })

  it('refuses under encryption in TLS 1.3: seen as an alert by its length', async () => {
    const { message } = await record({ minVersion: 'TLSv1.3' }, run('-tls1_3'))
    expect(message).toMatchObject({ completed: false, clientFinished: false })
    expect(message.alerts).toMatchObject([{ by: 'client' }])
  })
})

describe('what is not TLS, or not all of it', () => {
  const conversation = (client: number[], server: number[], midstream = false): Conversation => ({
    client: prefixOf(Uint8Array.from(client), 1, { midstream }),
    server: prefixOf(Uint8Array.from(server), 2, { midstream }),
    clientPort: 1,
    serverPort: 2,
  })

  it('is not recognised', () => {
    expect(tls.recognise(conversation([], []))).toBe(false)
    expect(tls.recognise(conversation([...Buffer.from('GET / HTTP/1.1\r\n')], []))).toBe(false)
    expect(tls.recognise(conversation([0x16, 3, 1, 0, 50, 9, 0, 0, 46], []))).toBe(false)
    expect(tls.recognise(conversation([0x17, 3, 3, 0, 5, 1, 2, 3, 4, 5, 0x17, 3, 3, 0, 1, 1], []))).toBe(false)
  })

  it('is recognised amid a connection by two records, and nothing is made up about it', () => {
    const amid = conversation([0x17, 3, 3, 0, 5, 1, 2, 3, 4, 5, 0x17, 3, 3, 0, 1, 1], [], true)
    expect(tls.recognise(amid)).toBe(true)
    tls.decode(amid, (m) => expect(m).toMatchObject({ midstream: true, completed: false, alerts: [], chainLength: 0 }))
  })

  it("knows a hello in SSL 2.0's form", () => {
    const suites = [0x00, 0x00, 0x2f, 0x01, 0x00, 0x80, 0x00, 0x00, 0x0a]
    const hello = conversation(
      [0x80, 9 + suites.length + 16, 1, 3, 1, 0, suites.length, 0, 0, 0, 16, ...suites, ...Buffer.alloc(16, 7)],
      [],
    )
    expect(tls.recognise(hello)).toBe(true)
    tls.decode(hello, (m) => expect(m).toMatchObject({ sslv2: true, hello: { highestVersion: 0x0301, suites: [0x2f, 0x0a] } }))
    expect.assertions(2)
  })
})

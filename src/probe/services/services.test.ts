import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import { file, folder, freePort, missing, start, stopAll } from '../../testing/daemons.ts'
import { answer, hangUp, listen } from '../../testing/listeners.ts'
import { services } from './services.ts'

afterAll(hangUp)
afterAll(stopAll)

const one = async (port: number, full = false) => {
  const asked = await askDevice(services, [{ port }], { full })
  return { ...asked, service: asked.of('probe.service')[0]! }
}

/** TLS, with what is spoken within. */
function withTls(serve: (socket: Socket) => void): Promise<{ port: number; server: TlsServer }> {
  const { pem, keyPem } = makeCertificate()
  return new Promise((resolve) => {
    const server = createTlsServer({ key: keyPem, cert: pem }, serve)
    server.on('tlsClientError', () => undefined)
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as { port: number }).port, server }))
  })
}

describe.concurrent('what is spoken on a port', () => {
  it.for<[string, Record<string, string>]>([
    ['SSH-2.0-dropbear_2022.83\r\n', { protocol: 'ssh', product: 'dropbear', version: '2022.83' }],
    ['SSH-2.0-OpenSSH_for_Windows_8.6\r\n', { protocol: 'ssh', product: 'OpenSSH_for_Windows', version: '8.6' }],
    ['220 ProFTPD 1.3.8 Server (FTP) ready\r\n', { protocol: 'ftp', product: 'ProFTPD', version: '1.3.8' }],
    ['220 mail ESMTP Exim 4.96 ready\r\n', { protocol: 'smtp', product: 'Exim', version: '4.96' }],
    ['RFB 003.008\n', { protocol: 'vnc' }],
    ['J\0\0\0\n8.0.36\0\u0001\0\0\0', { protocol: 'mysql', product: 'MySQL or MariaDB', version: '8.0.36' }],
    [
      '\u00FF\u00FD\u0018\u00FF\u00FD\u0020BusyBox v1.19.4\r\nlogin: ',
      { protocol: 'telnet', product: 'BusyBox', version: '1.19.4' },
    ],
    ['something of its own\r\n', { protocol: '', banner: 'something of its own' }],
  ])('is told by its greeting: %j', async ([greeting, wanted]) => {
    const port = await listen((socket) => socket.write(Buffer.from(greeting, 'latin1')))
    const { service, troubles } = await one(port)
    expect(service).toMatchObject({ transport: 'tcp', port, ...wanted })
    expect(troubles).toEqual([])
  })

  it('is asked for, where nobody greets', async () => {
    const page = await answer('HTTP/1.1 200 OK\r\nServer: GoAhead-Webs/2.5.0 PeerSec\r\nContent-Length: 0\r\n\r\n')
    expect((await one(page)).service).toMatchObject({ protocol: 'http', product: 'GoAhead-Webs', version: '2.5.0' })
  })

  it('may be within TLS', async () => {
    const { port, server } = await withTls((socket) =>
      socket.once('data', () => socket.end('HTTP/1.0 401 No\r\nServer: x/1.0\r\n\r\n')),
    )
    try {
      const { service, facts } = await one(port)
      expect(service).toMatchObject({ protocol: 'tls', within: 'http', product: 'x', version: '1.0' })
      expect(facts[0]!.shown.length).toBeGreaterThan(0)
    } finally {
      server.close()
    }
  })

  it('may be asked for in full only', async () => {
    // RTSP at no port of its own is asked for in full only
    const rtsp = await listen((socket) =>
      socket.once('data', (data) =>
        data.toString().includes('RTSP/1.0') ? socket.end('RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Cam/3.1\r\n\r\n') : socket.end(),
      ),
    )
    expect((await one(rtsp)).service).toMatchObject({ protocol: '' })
    expect((await one(rtsp, true)).service).toMatchObject({ protocol: 'rtsp', product: 'Cam', version: '3.1' })
  })

  it('is nothing known where our own words come back', async () => {
    const echo = await listen((socket) => socket.pipe(socket))
    expect((await one(echo, true)).service.protocol).toBe('echo')
  })

  it('is TLS, too, where TLS refuses us in its own words', async () => {
    // handshake_failure
    const port = await answer(Buffer.from('15030100020228', 'hex'))
    expect((await one(port)).service.protocol).toBe('tls')
  })
})

describe.concurrent('a hostile host', () => {
  it('that says nothing costs seconds, and is named nothing', async () => {
    const [a, b] = [await listen(() => undefined), await listen(() => undefined)]
    const asked = await askDevice(services, [{ port: a }, { port: b }])
    expect(asked.of('probe.service').map(({ protocol }) => protocol)).toEqual(['', ''])
    expect(asked.troubles).toMatchObject([{ about: 'all', reason: expect.stringContaining('said nothing on any of them') }])
    expect(asked.ms).toBeLessThan(12_000)
  })

  it('that drips a byte a second is in trouble, and no service', async () => {
    const port = await listen((socket) => {
      const drip = setInterval(() => socket.write('x'), 700)
      socket.on('close', () => clearInterval(drip))
    })
    const { service, troubles, ms } = await one(port)
    expect(service.protocol).toBe('')
    expect(troubles).toMatchObject([{ about: `tcp/${port}`, reason: expect.stringContaining('went on for more than') }])
    expect(ms).toBeLessThan(25_000)
  })

  it('that pours is cut off', async () => {
    const port = await listen((socket) => {
      const pour = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536, 0x80)));
        socket.once('drain', pour)
      }
      pour()
    })
    const before = process.memoryUsage.rss()
    const { service, transcript, troubles } = await one(port)
    expect(service.protocol).toBe('')
    expect(troubles).toMatchObject([{ reason: expect.stringContaining('before it was asked anything') }])
    expect(transcript.every(({ received }) => received < 3e6)).toBe(true)
    expect(process.memoryUsage.rss() - before).toBeLessThan(200e6)
  })

  it('that closes within the handshake is no TLS', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end(Buffer.from('160303007a0200', 'hex'))))
    const { service } = await one(port)
    expect(service.protocol).toBe('tls')
    expect(service.within).toBeUndefined()
  })

  it('that lies is taken at its word by nobody', async () => {
    // a page that says it is everything; control characters that would steer a terminal
    const port = await answer('HTTP/1.1 200 OK\r\nServer: \u001B[2JSSH-2.0-x/9\r\n\r\nRFB 003.008\n')
    const { service } = await one(port)
    expect(service.protocol).toBe('http')
    expect(JSON.stringify(service)).not.toContain('\\u001b')
  })

  it('that answers nonsense where a protocol is at home is in trouble', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).on('data', () => socket.end('\u0001\u0002nonsense')),
    )
    await new Promise<void>((resolve) => server.listen(10_554, '127.0.0.1', () => resolve()))
    try {
      const { service, troubles } = await one(10_554)
      expect(service.protocol).toBe('')
      expect(troubles).toMatchObject([{ reason: expect.stringContaining('first words of rtsp') }])
    } finally {
      server.close()
    }
  })

  it('with thousands of open ports is asked on some of them', async () => {
    const port = await listen((socket) => socket.end('220 FTP\r\n'))
    const asked = await askDevice(
      services,
      Array.from({ length: 3000 }, () => ({ port })),
    )
    // each of 64, and once more where it was busy
    expect(asked.transcript.length).toBeLessThanOrEqual(128)
    expect(asked.troubles).toMatchObject([{ about: 'ports', reason: expect.stringContaining('3000 ports are open') }])
  })
})

const NEEDS = ['lighttpd', 'mosquitto', 'vsftpd', 'dropbear']
describe.skipIf(missing(...NEEDS))(`real services${missing(...NEEDS)}`, () => {
  const at = {} as Record<'http' | 'https' | 'mqtt' | 'ftp' | 'ssh', number>

  beforeAll(async () => {
    const home = folder()
    for (const name of ['http', 'https', 'mqtt', 'ftp', 'ssh'] as const) at[name] = await freePort()
    const { pem, keyPem } = makeCertificate()
    file(join(home, 'both.pem'), keyPem + pem, 0o600)
    const web = file(
      join(home, 'web.conf'),
      `server.document-root="${home}"\nserver.port=${at.http}\nserver.bind="127.0.0.1"\nserver.modules=("mod_openssl")\n$SERVER["socket"]=="127.0.0.1:${at.https}" { ssl.engine="enable" ssl.pemfile="${join(home, 'both.pem')}" }\n`,
    )
    const broker = file(join(home, 'broker.conf'), `listener ${at.mqtt} 127.0.0.1\nallow_anonymous true\n`)
    const files = file(
      join(home, 'files.conf'),
      `listen=YES\nlisten_address=127.0.0.1\nlisten_port=${at.ftp}\nbackground=NO\nseccomp_sandbox=NO\n`,
    )
    await Promise.all([
      start(['lighttpd', '-D', '-f', web], at.https),
      start(['mosquitto', '-c', broker], at.mqtt),
      start(['vsftpd', files], at.ftp),
      start(['dropbear', '-F', '-R', '-p', `127.0.0.1:${at.ssh}`], at.ssh),
    ])
  })

  it('are named, with their versions', async () => {
    const asked = await askDevice(
      services,
      Object.values(at).map((port) => ({ port })),
      { full: true },
    )
    const said = Object.fromEntries(
      asked
        .of('probe.service')
        .map(({ port, protocol, within, product, version }) => [port, { protocol, within, product, version }]),
    )
    const version = expect.stringMatching(/^\d+(\.\d+)+$/)
    expect(said).toEqual({
      [at.http]: { protocol: 'http', product: 'lighttpd', version },
      [at.https]: { protocol: 'tls', within: 'http', product: 'lighttpd', version },
      [at.mqtt]: { protocol: 'mqtt' },
      [at.ftp]: { protocol: 'ftp', product: 'vsFTPd', version },
      [at.ssh]: { protocol: 'ssh', product: 'dropbear', version },
    })
    expect(asked.troubles).toEqual([])
  })
})

import { createServer, type Server, type Socket } from 'node:net'
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { afterAll, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { lockout } from './lockout.ts'
import { logins } from './logins.ts'
import { pages } from '../pages/pages.ts'

/** Services that stall, pour, lie, hang up and talk nonsense: no verdict, and bounded time and size. */
const open: (Server | Datagrams)[] = []
const sockets = new Set<Socket>()
afterAll(() => {
  for (const socket of sockets) socket.destroy()
  for (const one of open.splice(0)) one.close()
})

function served(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  open.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

function pour(socket: Socket, what: Buffer): void {
  const go = () => {
    while (socket.writable && socket.write(what));
    socket.once('drain', go)
  }
  go()
}

const PROTOCOLS = ['http', 'telnet', 'ssh', 'ftp', 'rtsp', 'mqtt', 'adb', 'redis', 'memcached', 'vnc']
const NOISE = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + (i >> 3) * 31) & 0xff))

const peers: Record<string, (socket: Socket) => void> = {
  'says nothing': () => undefined,
  'hangs up at once': (socket) => socket.destroy(),
  'hangs up when asked': (socket) => socket.once('data', () => socket.resetAndDestroy()),
  'pours noise': (socket) => pour(socket, NOISE),
  'pours Telnet commands': (socket) => pour(socket, Buffer.from('fffd18fffb01fffafe'.repeat(2000), 'hex')),
  'pours a line without end': (socket) => pour(socket, Buffer.alloc(65_536, 0x61)),
  'sends back what it is sent': (socket) => socket.pipe(socket),
}

/** Asks as Telnet does, and then: */
const telnet = (then: (socket: Socket, n: number) => unknown) => (socket: Socket) => {
  let lines = 0
  socket.write('login: ')
  socket.on('data', () => then(socket, ++lines))
}

describe('a log-in by Telnet', { concurrent: true }, () => {
  it.each([
    ['says nothing after the name', telnet(() => undefined)],
    ['hangs up after the name', telnet((socket) => socket.end())],
    ['says nothing after the password', telnet((socket, n) => n === 1 && socket.write('Password: '))],
    ['hangs up after the password', telnet((socket, n) => (n === 1 ? socket.write('Password: ') : socket.end()))],
  ])('that %s has refused nothing', async (_, peer) => {
    const asked = await askDevice(logins, [{ port: await served(peer), protocol: 'telnet' }])
    expect(asked.of('probe.login')).toMatchObject([{ scheme: 'prompt', tried: 1, refused: 0 }])
  })
})

describe('a service', { concurrent: true }, () => {
  it.each(Object.entries(peers))('that %s gets no verdict, by any protocol', async (_, peer) => {
    const port = await served(peer)
    const asked = await askDevice(
      logins,
      PROTOCOLS.map((protocol) => ({ port, protocol })),
    )
    expect(asked.of('probe.login')).toEqual([])
    expect(asked.troubles.map(({ about }) => about).toSorted()).toEqual(
      PROTOCOLS.map((protocol) => `${protocol} tcp/${port}`).toSorted(),
    )
    expect(asked.ms).toBeLessThan(20_000)
    for (const entry of asked.transcript) expect(entry.received).toBeLessThan(3 << 20)
  })
})

describe('a service that lies', { concurrent: true }, () => {
  it('greets for ever, by FTP and SSH', async () => {
    const ftp = await served((socket) => {
      socket.write('220-hello\r\n')
      const timer = setInterval(() => socket.write('220-and again\r\n'), 100)
      socket.on('close', () => clearInterval(timer))
    })
    const ssh = await served((socket) => {
      const timer = setInterval(() => socket.write('a banner\r\n'), 100)
      socket.on('close', () => clearInterval(timer))
    })
    const asked = await askDevice(logins, [
      { port: ftp, protocol: 'ftp' },
      { port: ssh, protocol: 'ssh' },
    ])
    expect(asked.of('probe.login')).toEqual([])
    expect(asked.troubles).toHaveLength(2)
    expect(asked.ms).toBeLessThan(17_000)
  })

  it('breaks off in the middle of a handshake', async () => {
    const ssh = await served((socket) => {
      socket.write('SSH-2.0-dropbear_2022.83\r\n')
      socket.once('data', () => socket.write(Buffer.concat([Buffer.of(0, 0, 0x7f, 0xff, 4, 20), NOISE])))
      setTimeout(() => socket.destroy(), 300)
    })
    const tls = await served((socket) => {
      socket.once('data', () => socket.end(Buffer.from('160303004a020000460303', 'hex')))
    })
    const asked = await askDevice(logins, [
      { port: ssh, protocol: 'ssh' },
      { port: tls, protocol: 'mqtt', tls: true },
      { port: tls, protocol: 'http', tls: true },
      { port: tls, protocol: 'ftp', tls: true },
    ])
    expect(asked.of('probe.login')).toEqual([])
    expect(asked.troubles).toHaveLength(4)
  })

  it('lets in every pair: that is no default, but no log-in', async () => {
    const ftp = await served((socket) => {
      socket.write('220 x\r\n')
      socket.on('data', (said: Buffer) => {
        const text = said.toString()
        if (/anonymous/.test(text)) socket.write('530 no\r\n')
        else if (text.startsWith('USER')) socket.write('331 x\r\n')
        else socket.write('230 welcome\r\n')
      })
    })
    const [login] = (await askDevice(logins, [{ port: ftp, protocol: 'ftp' }])).of('probe.login')
    expect(login).toMatchObject({ open: { gives: 'read', what: 'whatever name and password are given' } })
    expect(login).not.toHaveProperty('accepted')
  })

  it('stops answering after three bad log-ins', async () => {
    let calls = 0
    const ftp = await served((socket) => {
      if (++calls > 4) return socket.destroy()
      socket.write('220 x\r\n')
      socket.on('data', (said: Buffer) => socket.write(/^USER a(?!non)/.test(said.toString()) ? '331 x\r\n' : '530 no\r\n'))
      return undefined
    })
    const [login] = (await askDevice(logins, [{ port: ftp, protocol: 'ftp' }])).of('probe.login')
    expect(login).toMatchObject({ tried: 4, refused: 3, stopped: 'cut off' })
    calls = 0
    const [cut] = (await askDevice(lockout, [{ port: ftp, protocol: 'ftp' }], { full: true })).of('probe.lockout')
    expect(cut).toMatchObject({ outcome: 'cut-off', attempts: 4 })
  })

  it('falls silent after some bad log-ins, which may be a lock or its end', async () => {
    let calls = 0
    const ftp = await served((socket) => {
      if (++calls > 4) return
      socket.write('220 x\r\n')
      socket.on('data', (said: Buffer) => socket.write(/^USER a(?!non)/.test(said.toString()) ? '331 x\r\n' : '530 no\r\n'))
    })
    const asked = await askDevice(lockout, [{ port: ftp, protocol: 'ftp' }], { full: true })
    expect(asked.of('probe.lockout')).toEqual([])
    expect(asked.troubles).toMatchObject([{ reason: expect.stringContaining('fell silent after 4 bad log-ins') }])
  })

  it('refuses ever more slowly', async () => {
    let tries = 0
    const ftp = await served((socket) => {
      socket.write('220 x\r\n')
      socket.on('data', (said: Buffer) => {
        if (!said.toString().startsWith('PASS')) return socket.write(/anon/.test(said.toString()) ? '530 no\r\n' : '331 x\r\n')
        return setTimeout(() => socket.write('530 no\r\n'), [50, 50, 50, 900, 1200][tries++] ?? 1500)
      })
    })
    const [slower] = (await askDevice(lockout, [{ port: ftp, protocol: 'ftp' }], { full: true })).of('probe.lockout')
    expect(slower).toMatchObject({ outcome: 'slowed', attempts: 6 })
    expect(slower!.lastMs).toBeGreaterThan(1000)
  })

  it('answers SNMP with noise, or every community', async () => {
    const answering = (answer: (bytes: Buffer) => Buffer): Promise<number> => {
      const socket = createSocket('udp4', (message, from) => socket.send(answer(message), from.port, from.address))
      open.push(socket)
      return new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)))
    }
    const noisy = await answering(() => NOISE.subarray(0, 200))
    const echo = await answering((bytes) => bytes)
    for (const port of [noisy, echo]) {
      const asked = await askDevice(logins, [{ transport: 'udp', port, protocol: 'snmp' }])
      expect(asked.of('probe.login').some(({ accepted, open: anybody }) => accepted ?? anybody)).toBe(false)
      expect(asked.troubles.length).toBeGreaterThan(0)
    }
  })
})

describe('a web server that lies', () => {
  const web = (head: string, body = '') =>
    served((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 ${head}\r\nConnection: close\r\n\r\n${body}`))
    })

  it.each([
    ['leads in circles', '302 Found\r\nLocation: /'],
    ['answers 500', '500 Oops'],
    ['asks for what nobody knows', '401 No\r\nWWW-Authenticate: Strange realm="x"'],
    ['breaks the rules', '200 OK\r\nContent-Length: -5'],
    ['promises more than it has', '200 OK\r\nContent-Length: 5000'],
    ['is empty', '200 OK\r\nContent-Length: 0'],
  ])('gives no log-in verdict where it %s', async (_, head) => {
    const asked = await askDevice(logins, [{ port: await web(head), protocol: 'http' }])
    expect(asked.of('probe.login')).toEqual([])
    expect(asked.troubles).toHaveLength(1)
  })

  it('costs bounded time with a page of nothing but tags', async () => {
    for (const body of [
      '<'.repeat(300_000),
      '<a '.repeat(90_000),
      '<script>'.repeat(35_000),
      '<a b="'.repeat(50_000),
      '<!--'.repeat(70_000),
    ]) {
      const port = await web('200 OK\r\nContent-Type: text/html', body)
      const asked = await askDevice(pages, [{ port, protocol: 'http' }])
      expect(asked.of('probe.page')).toHaveLength(1)
      expect(asked.ms).toBeLessThan(3000)
    }
  })
})

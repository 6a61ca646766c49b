import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { suiteName } from '../../decode/protocols/tls-names.ts'
import { servicesTls } from '../../checks/services-tls/services-tls.ts'
import { askTls } from '../../testing/ask-tls.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import { aDevice } from '../../testing/device.ts'
import { mutated } from '../../testing/mutated.ts'
import { seeded } from '../../testing/seeded.ts'
import { finding } from '../../testing/finding.ts'
import { type RawTls, rawTlsAnswer, rawTlsServer } from '../../testing/tls-raw-server.ts'
import { portions } from './suites.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
afterAll(() => {
  for (const server of servers) server.close()
  for (const socket of sockets) socket.destroy()
})

/** A server that does `what` when a ClientHello came, of which it is given the body. */
function hostile(what: (socket: Socket, body: Uint8Array, nth: number) => void): Promise<number> {
  let nth = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => what(socket, bytes.subarray(9), nth++))
  })
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

const { der } = makeCertificate({ subject: 'thing' })
const sound: RawTls = {
  certificate: der,
  prefers: 'server',
  suites: { 0x0303: [0xc02f, 0x9c] },
  secureRenegotiation: true,
}

const record = (type: number, ...parts: Uint8Array[]) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(type, 3, 3, body.length >> 8, body.length & 0xff), body])
}
const message = (type: number, body: Uint8Array) =>
  Buffer.concat([Buffer.of(type, body.length >> 16, (body.length >> 8) & 0xff, body.length & 0xff), body])
const hello = (suite: number, rest: number[] = [0], version = 0x0303) =>
  message(
    2,
    Buffer.concat([
      Buffer.of(version >> 8, version & 0xff),
      Buffer.alloc(32, 1),
      Buffer.of(0, suite >> 8, suite & 0xff),
      Buffer.from(rest),
    ]),
  )

/** Again and again, as fast as they are taken. */
function pour(socket: Socket, bytes: Uint8Array): void {
  const more = () => {
    while (socket.writable && socket.write(bytes));
    if (socket.writable) socket.once('drain', more)
  }
  more()
}

const CASES: readonly [name: string, what: (socket: Socket, body: Uint8Array, nth: number) => void, reason: RegExp][] = [
  ['says nothing', () => undefined, /^Its TLS could not be asked to the end: it did not answer a ClientHello\.$/],
  [
    'says a byte now and then',
    (socket) => {
      const timer = setInterval(() => socket.write(Buffer.of(22)), 300)
      socket.on('close', () => clearInterval(timer))
    },
    /unknown version of TLS records/,
  ],
  [
    'says a record byte by byte',
    (socket) => {
      const bytes = record(22, hello(0xc02f), Buffer.alloc(4000))
      let at = 0
      const timer = setInterval(() => at < bytes.length && socket.write(bytes.subarray(at, ++at)), 300)
      socket.on('close', () => clearInterval(timer))
    },
    /took longer than it was given/,
  ],
  ['streams noise for ever', (socket) => pour(socket, Buffer.alloc(65_536, 0x41)), /something that is not TLS \(first byte 65\)/],
  [
    'streams certificates for ever',
    (socket) => {
      socket.write(record(22, hello(0xc02f)))
      // a message that promises 60,000 bytes, and the next
      socket.write(record(22, Buffer.of(11, 0, 0xea, 0x60), Buffer.alloc(12_000)))
      pour(socket, record(22, Buffer.alloc(16_000)))
    },
    /Certificate do not lead|did not end within/,
  ],
  [
    'streams warnings for ever',
    (socket) => pour(socket, Buffer.concat(Array.from({ length: 5000 }, () => record(21, Buffer.of(1, 112))))),
    /more than 8 warnings/,
  ],
  ['answers in HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /it answered in HTTP, not TLS/],
  [
    'closes in the middle of its ServerHello',
    (socket) => socket.end(record(22, hello(0xc02f)).subarray(0, 30)),
    /closed in the middle of its answer/,
  ],
  ['closes after its ServerHello', (socket) => socket.end(record(22, hello(0xc02f))), /closed in the middle of its answer/],
  [
    'resets in the middle of its answer',
    (socket) => socket.write(record(22, hello(0xc02f)), () => setTimeout(() => socket.resetAndDestroy(), 50)),
    /in the middle of its answer/,
  ],
  [
    'falls silent in the middle of its answer',
    (socket) => void socket.write(record(22, hello(0xc02f))),
    /it fell silent in the middle of its answer/,
  ],
  [
    'chooses what was not offered',
    (socket) => socket.end(record(22, hello(0x1399), message(14, Buffer.of()))),
    /it chose 0x1399, which was not offered/,
  ],
  [
    'chooses a version not offered',
    (socket) => socket.end(record(22, hello(0xc02f, [0], 0x0399), message(14, Buffer.of()))),
    /it chose version 0x399/,
  ],
  ['leads past the end', (socket) => socket.end(record(22, hello(0xc02f, [0, 0, 9, 0, 1]))), /do not lead to the message's end/],
  [
    'has a session id too long',
    (socket) => socket.end(record(22, message(2, Buffer.alloc(200, 0xff)))),
    /session id of 255 bytes/,
  ],
  ['sends a record too long', (socket) => socket.end(Buffer.of(22, 3, 3, 0xff, 0xff, 0)), /a record of 65535 bytes/],
  [
    'sends its certificate first',
    (socket) => socket.end(record(22, message(11, Buffer.alloc(3)))),
    /handshake message of type 11/,
  ],
  [
    'sends a certificate that is none',
    (socket) =>
      socket.end(record(22, hello(0xc02f), message(11, Buffer.from([0, 0, 6, 0, 0, 3, 1, 2, 3])), message(14, Buffer.of()))),
    /none that can be read|not offered/,
  ],
  [
    'alerts always',
    (socket) => socket.end(record(21, Buffer.of(2, 40))),
    /^It refused every version and cipher suite of TLS that there is\.$/,
  ],
  [
    'has had enough after ten handshakes',
    (socket, body, nth) =>
      nth < 10 ? void socket.write(rawTlsAnswer(sound, body)) : void socket.end(record(21, Buffer.of(2, 40))),
    /refused at the end what it took at first/,
  ],
  [
    'is gone after ten handshakes',
    (socket, body, nth) => (nth < 10 ? void socket.write(rawTlsAnswer(sound, body)) : undefined),
    /it did not answer a ClientHello/,
  ],
]

describe('a TLS service that does not play by the rules', () => {
  for (const [name, what, reason] of CASES) {
    it.concurrent(
      name,
      async ({ expect }) => {
        const port = await hostile(what)
        const began = performance.now()
        const { facts, ports, troubles, asker } = await askTls(port)
        expect(performance.now() - began).toBeLessThan(20_000)
        expect(troubles).toHaveLength(1)
        expect(troubles[0]).toMatch(reason)
        expect(asker.transcript.entries.length).toBeLessThan(40)
        expect(Math.max(...asker.transcript.entries.map(({ received }) => received))).toBeLessThan(1 << 21)
        // what it said is evidence of nothing
        const device = aDevice()
          .observe('probe.ports', { transport: 'tcp', asked: 1, open: 1, closed: 0, silent: 0, which: '1 port' })
          .observe('probe.tls-ports', ports!)
          .observe('probe.trouble', { probe: 'tls', about: `tcp/${port}`, reason: troubles[0]!, next: 'Ask again.' })
        if (facts)
          device.observe('probe.tls', { ...facts, weaknesses: facts.weaknesses.filter(({ severity }) => severity !== 'low') })
        expect(finding(servicesTls, device).outcome).toBe('error')
      },
      30_000,
    )
  }

  it('may take all that there is: it is asked no more than agreed', async () => {
    const { port, server } = await rawTlsServer({ ...sound, suites: { 0x0303: portions(0x0303).flat() } })
    servers.push(server)
    const { facts, troubles } = await askTls(port)
    expect([facts?.handshakes, facts?.complete, troubles]).toEqual([
      200,
      false,
      ['Its TLS could not be asked to the end: it takes more than 200 handshakes.'],
    ])
  })

  it('may answer with anything that looks like TLS', async () => {
    const below = seeded(4242)
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        const config: RawTls = { ...sound, suites: { 0x0303: [0x9e, 0x9c], 0x0301: [0x14] } }
        const port = await hostile((socket, body) => {
          const answer = rawTlsAnswer(config, body)
          socket.end(below(3) > 0 ? answer : mutated(answer, below))
        })
        const { facts, troubles, asker } = await askTls(port)
        expect(asker.transcript.entries.length).toBeLessThanOrEqual(200)
        expect(facts?.complete ?? false).toBe(troubles.length === 0)
        const offered = new Set(portions(0x0303).flat().map(suiteName))
        for (const suite of facts?.suites.flatMap(({ suites }) => suites) ?? []) expect(offered).toContain(suite)
      }),
    )
  })

  it('is told from a port that speaks something else, of which nothing was known', async () => {
    const port = await hostile((socket) => socket.end('220 hello\r\n'))
    const { ports, troubles } = await askTls(port, { protocol: '' })
    expect([ports, troubles]).toEqual([{ asked: [port], speak: [] }, []])
  })
})

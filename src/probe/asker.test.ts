import { createServer as createTlsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../testing/certificates.ts'
import { literal } from './address.ts'
import { Asker, NotAsked } from './asker.ts'
import { askDevice } from '../testing/asking.ts'
import { services } from './services/services.ts'
import { tls } from './tls/tls.ts'
import { askWeb } from './web.ts'

let server: Server | undefined
afterEach(() => server?.close())

function listening(serve: (socket: Socket) => void): Promise<number> {
  return new Promise((resolve) => {
    server = createServer(serve).listen(0, '127.0.0.1', () => resolve((server!.address() as { port: number }).port))
  })
}

const anybody = { refusal: () => undefined }

describe('asking', () => {
  it('writes down what was said by whom, and how it ended', async () => {
    const port = await listening((socket) => socket.once('data', () => socket.end('hello\r\n')))
    const asker = new Asker(anybody)
    const talk = await asker.connect('127.0.0.1', port, 'says hi')
    talk.write('hi secret', 'hi s…(6)')
    expect(await talk.read()).toMatchObject({ bytes: Buffer.from('hello\r\n'), ended: 'closed' })
    talk.close()
    expect(asker.transcript.entries).toMatchObject([
      {
        n: 1,
        port,
        why: 'says hi',
        ended: 'answered',
        sent: 9,
        received: 7,
        said: [
          { by: 'us', text: 'hi s…(6)' },
          { by: 'them', text: 'hello\\r\\n' },
        ],
      },
    ])
  })

  it('says that there is no way to an address', async () => {
    const asker = new Asker(anybody)
    // on a network whose interface is not named: nobody can send there
    const { entry } = await asker.datagram('fe80::1', 9, Buffer.from('x'), 'tries')
    expect(entry).toMatchObject({ ended: 'unreachable', sent: 0 })
  })

  it('calls a host by its address without the zone, which is ours alone', async () => {
    const port = await listening((socket) => socket.end('HTTP/1.1 204 No\r\n\r\n'))
    const asker = new Asker(anybody)
    await askWeb(asker, { ip: '127.0.0.1', port, why: 'asks' })
    expect(asker.transcript.entries[0]!.said[0]!.text).toContain(`host: 127.0.0.1:${port}\\r`)
    expect(literal('fe80::1%eth0')).toBe('[fe80::1]')
  })

  it('does not throw for a path that no request can have', async () => {
    const port = await listening(() => undefined)
    const answer = await askWeb(new Asker(anybody), { ip: '127.0.0.1', port, path: '/a b', why: 'tries' })
    expect(answer.trouble).toBe('the path that it named is none')
  })

  it('says nothing to a port that prints, whoever asks', { timeout: 20_000 }, async () => {
    let came = 0
    server = createServer((socket) => socket.on('data', (bytes) => (came += bytes.length)).on('error', () => undefined))
    const port = 9107
    await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve))
    const open = [{ port, protocol: '' }]
    await askDevice(services, open, { full: true })
    const asked = await askDevice(tls, open)
    expect(asked.of('probe.tls-ports')).toMatchObject([{ asked: [], speak: [] }])
    // as where another page leads there
    await askWeb(new Asker(anybody), { ip: '127.0.0.1', port, why: 'follows', ms: 500 })
    expect(came).toBe(0)
  })

  it('tells refusal from silence', async () => {
    const port = await listening(() => undefined)
    server!.close()
    const asker = new Asker(anybody)
    const talk = await asker.connect('127.0.0.1', port, 'tries')
    expect([talk.open, talk.entry.ended]).toEqual([false, 'refused'])
    const port2 = await listening(() => undefined)
    const mute = await asker.connect('127.0.0.1', port2, 'waits')
    expect(await mute.read({ silenceMs: 50 })).toMatchObject({ ended: 'silent' })
    mute.close()
    expect(mute.entry.ended).toBe('silent')
  })

  it('ends what never ends', async () => {
    const port = await listening((socket) => {
      socket.on('error', () => undefined)
      const pour = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536, 120)));
        socket.once('drain', pour)
      }
      pour()
    })
    const asker = new Asker(anybody)
    const talk = await asker.connect('127.0.0.1', port, 'is poured on')
    while ((await talk.read({ max: 1 << 30 })).ended !== 'full');
    expect(talk.entry).toMatchObject({ ended: 'endless', reason: 'more than 1048576 bytes came' })
    expect((await askWeb(asker, { ip: '127.0.0.1', port, why: 'asks for a page' })).trouble).toMatch(/^Parse Error/)
  })

  it('asks nobody that it may not, and nothing after its end', async () => {
    const asker = new Asker({ refusal: () => 'it is public' })
    await expect(asker.connect('8.8.8.8', 53, 'x')).rejects.toThrow(NotAsked)
    await expect(asker.datagram('8.8.8.8', 53, Buffer.from('x'), 'x')).rejects.toThrow('8.8.8.8 was not asked: it is public')
    expect(asker.transcript.entries).toEqual([])
    await expect(new Asker({ ...anybody, signal: AbortSignal.abort() }).connect('127.0.0.1', 1, 'x')).rejects.toThrow()
  })

  it('says of a datagram that has no way to go that nobody was reached, and that nothing was sent', async () => {
    const asker = new Asker(anybody)
    // link-local without its link: the kernel knows no way there
    const { entry, answers } = await asker.datagram('fe80::1', 53, Buffer.from('x'), 'asks')
    expect(answers).toEqual([])
    expect(entry).toMatchObject({ ended: 'unreachable', reason: 'EINVAL', sent: 0, said: [] })
  })

  it('keeps to its pace', async () => {
    const port = await listening((socket) => socket.end('x'))
    let held = 0
    let most = 0
    server!.on('connection', (socket: Socket) => {
      most = Math.max(most, ++held)
      socket.on('close', () => held--)
    })
    const asker = new Asker({ ...anybody, perSecond: { one: 100, all: 1000 }, atOnce: { one: 2, all: 2 } })
    const began = performance.now()
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const talk = await asker.connect('127.0.0.1', port, 'x')
        await talk.read()
        talk.close()
      }),
    )
    expect(performance.now() - began).toBeGreaterThan(180)
    expect(most).toBeLessThanOrEqual(3)
    expect(asker.transcript.entries).toHaveLength(20)
  })
})

describe('what is said within TLS', () => {
  it('stands in the transcript as it was said, secrets as they are shown', async () => {
    const { pem, keyPem } = makeCertificate({ dns: ['device.example'] })
    const secured = createTlsServer({ cert: pem, key: keyPem }, (_, response) => response.end('well'))
    const port = await new Promise<number>((resolve) => {
      secured.listen(0, '127.0.0.1', () => resolve((secured.address() as { port: number }).port))
    })
    const asker = new Asker(anybody)
    const question = { ip: '127.0.0.1', port, tls: true, why: 'asks' }
    const plain = await askWeb(asker, question)
    expect(plain.status).toBe(200)
    const texts = (by: string, n: number) =>
      asker.transcript.entries[n]!.said.filter((said) => said.by === by).map(({ text }) => text)
    expect(texts('us', 0).some((text) => text.startsWith('GET / HTTP/1.1\\r\\nhost: 127.0.0.1'))).toBe(true)
    expect(texts('them', 0).join('')).toMatch(/HTTP\/1\.1 200 OK.*well/)
    // what was counted is what passed, with all that TLS adds
    expect(plain.entry.received).toBeGreaterThan(500)
    await askWeb(asker, { ...question, headers: { 'x-secret': 'hunter22' }, shown: 'GET / x-secret h…(8)' })
    expect(texts('us', 1)).toContain('GET / x-secret h…(8)')
    expect(texts('us', 1).join('')).not.toContain('hunter22')
    secured.close()
  })
})

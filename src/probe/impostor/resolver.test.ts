import { createSocket, type Socket } from 'node:dgram'
import { promises as dns } from 'node:dns'
import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Resolver } from './resolver.ts'

/** A real resolver's part: knows a few names, and counts what it is asked. */
describe('the impostor’s resolver', () => {
  const asked: string[] = []
  let upstream: Socket
  let resolver: Resolver
  const given: [string, readonly string[]][] = []

  beforeAll(async () => {
    upstream = createSocket('udp4')
    upstream.on('message', (message, from) => {
      const name = nameIn(message)
      const type = message.readUInt16BE(12 + name.length + 2)
      asked.push(`${name} ${type}`)
      if (name.startsWith('mute')) return
      const address = name.startsWith('only-six')
        ? type === 28
          ? '20010db8000000000000000000000007'
          : ''
        : type === 1
          ? name.startsWith('rebound')
            ? '7f000001'
            : 'c0000207'
          : ''
      const known = name !== 'gone.example'
      const text = type === 16 ? '0568656c6c6f' : ''
      const data = known ? address + text : ''
      const head = Buffer.alloc(12)
      head.writeUInt16BE(message.readUInt16BE(0), 0)
      head.writeUInt16BE(known ? 0x8180 : 0x8183, 2)
      head.writeUInt16BE(1, 4)
      head.writeUInt16BE(data === '' ? 0 : 1, 6)
      const record =
        data === ''
          ? ''
          : `c00c${type.toString(16).padStart(4, '0')}000100000e10${(data.length / 2).toString(16).padStart(4, '0')}${data}`
      upstream.send(Buffer.concat([head, message.subarray(12, 12 + name.length + 2 + 4), Buffer.from(record, 'hex')]), from.port)
    })
    upstream.bind(0, '127.0.0.1')
    await once(upstream, 'listening')
    resolver = await Resolver.listen({
      upstream: `127.0.0.1:${upstream.address().port}`,
      isNear: (ip) => ip === '127.0.0.1',
      answer: (name, real) => {
        given.push([name, real])
        return Promise.resolve(name.startsWith('full') ? undefined : '198.18.1.0')
      },
    })
  })
  afterAll(() => {
    resolver.close()
    upstream.close()
  })

  const client = () => {
    const one = new dns.Resolver({ timeout: 4000, tries: 1 })
    one.setServers([`127.0.0.1:${resolver.port}`])
    return one
  }

  it('gives an address of ours for a name, and knows where it really is', async () => {
    expect(await client().resolve4('api.maker.example', { ttl: true })).toEqual([{ address: '198.18.1.0', ttl: 1 }])
    expect(given.at(-1)).toEqual(['api.maker.example', ['192.0.2.7']])
    expect(await client().resolve4('only-six.maker.example')).toEqual(['198.18.1.0'])
    expect(given.at(-1)).toEqual(['only-six.maker.example', ['2001:db8::7']])
  })

  it('gives no way past: no IPv6, no HTTPS record', async () => {
    await expect(client().resolve6('only-six.maker.example')).rejects.toThrow('ENODATA')
    expect(rcode(await over(query('api.maker.example', 65)))).toEqual([0, 0])
  })

  it('leaves to the real one what is no backend, and what is not there', async () => {
    expect(await client().resolve4('nas.lan')).toEqual(['192.0.2.7'])
    expect(await client().resolve4('printer')).toEqual(['192.0.2.7'])
    expect(await client().resolveTxt('maker.example')).toEqual([['hello']])
    await expect(client().resolve4('gone.example')).rejects.toThrow('ENOTFOUND')
    expect(given.map(([name]) => name)).not.toContain('nas.lan')
  })

  it('goes nowhere in the device’s stead that is near: a name may lead to this machine itself', async () => {
    expect(await client().resolve4('rebound.example')).toEqual(['127.0.0.1'])
    expect(given.map(([name]) => name)).not.toContain('rebound.example')
  })

  it('answers for a name where nobody can be asked: the lab has no Internet', { timeout: 10_000 }, async () => {
    expect(await client().resolve4('mute.maker.example')).toEqual(['198.18.1.0'])
    expect(given.at(-1)).toEqual(['mute.maker.example', []])
  })

  it('says that it failed where there is no room', async () => {
    await expect(client().resolve4('full.maker.example')).rejects.toThrow('ESERVFAIL')
  })

  it('is spoken to over TCP, in whatever pieces', async () => {
    const socket = connect(resolver.port, '127.0.0.1')
    const questions = ['a.example', 'b.example'].map((name) => query(name, 1))
    const bytes = Buffer.concat(questions.flatMap((one) => [Buffer.of(one.length >> 8, one.length & 0xff), one]))
    for (const byte of bytes) socket.write(Buffer.of(byte))
    let came = Buffer.alloc(0)
    while (came.length < 2 * (2 + 27 + 16)) came = Buffer.concat([came, ((await once(socket, 'data')) as [Buffer])[0]])
    expect(came.toString('hex').match(/c6120100/g)).toHaveLength(2)
    socket.destroy()
  })

  it('says nothing to what is no question, and goes on', async () => {
    const socket = createSocket('udp4')
    let answers = 0
    socket.on('message', () => answers++)
    for (const junk of fc.sample(fc.uint8Array({ maxLength: 80 }), 200)) socket.send(junk, resolver.port, '127.0.0.1')
    const good = query('junk.example', 1)
    const wrong = [
      good.subarray(0, 15),
      // an answer, no question
      Buffer.from(good).fill(0x81, 2, 3),
      // two questions; a name that points to itself
      Buffer.from(good).fill(2, 5, 6),
      Buffer.concat([good.subarray(0, 12), Buffer.from('c00c00010001', 'hex')]),
      // of class CH
      Buffer.from(good).fill(3, good.length - 1),
    ]
    for (const one of wrong) socket.send(one, resolver.port, '127.0.0.1')
    expect(await client().resolve4('after.example')).toEqual(['198.18.1.0'])
    expect(answers).toBe(0)
    expect(given.map(([name]) => name)).not.toContain('junk.example')
    socket.close()
  })

  function over(message: Buffer): Promise<Buffer> {
    const socket = createSocket('udp4')
    socket.send(message, resolver.port, '127.0.0.1')
    return new Promise((resolve) =>
      socket.on('message', (answer) => {
        socket.close()
        resolve(answer)
      }),
    )
  }
})

/** RFC 1035 section 4.1: a question with RD set. */
function query(name: string, type: number): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.of(label.length), Buffer.from(label)])
  return Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), ...labels, Buffer.of(0, 0, type, 0, 1)])
}

function nameIn(message: Buffer): string {
  const labels: string[] = []
  for (let at = 12; message[at]! > 0; at += message[at]! + 1)
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]!))
  return labels.join('.')
}

/** Its code, and how many answers it has. */
function rcode(message: Buffer): [number, number] {
  return [message[3]! & 0x0f, message.readUInt16BE(6)]
}

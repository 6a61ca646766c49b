import { afterEach, describe, expect, it } from 'vitest'
import { answerTo, dnsServer, record, txt, wireName } from '../../testing/dns-server.ts'
import { Asker } from '../asker.ts'
import { TYPES } from './message.ts'
import { addressOf, textOf } from './records.ts'
import { Resolver } from './resolver.ts'

let server: Awaited<ReturnType<typeof dnsServer>> | undefined
afterEach(() => {
  server?.close()
  server = undefined
})

async function against(...how: Parameters<typeof dnsServer>) {
  server = await dnsServer(...how)
  const asker = new Asker({ refusal: () => undefined })
  return { resolver: new Resolver(asker, server.at, 400), asker, asked: server.asked }
}

const a = (...bytes: number[]) => Buffer.from(bytes)

describe('a resolver', () => {
  it('is asked, and what it says is kept', async () => {
    const { resolver, asker, asked } = await against((q) => [
      answerTo(q, { records: [record('Www.Maker.Example', TYPES.A, a(192, 0, 2, 1))] }),
    ])
    const answer = await resolver.ask('www.maker.example', 'A')
    expect(answer).toMatchObject({ kind: 'found', name: 'www.maker.example', shown: [{ probe: 0, entry: 1 }] })
    expect(answer.kind === 'found' && answer.records.map(addressOf)).toEqual(['192.0.2.1'])
    expect(asker.transcript.entries).toMatchObject([
      { transport: 'udp', ended: 'answered', why: 'asks for A of www.maker.example' },
    ])
    await resolver.ask('www.maker.example', 'A')
    expect(asked).toEqual(['www.maker.example'])
  })

  it('tells no such record from no such name from no answer', async () => {
    const { resolver } = await against((q, name) => [
      answerTo(q, { rcode: { none: 0, nx: 3, fail: 2, refused: 5 }[name.split('.')[0]!]! }),
    ])
    expect(await resolver.ask('none.example', 'TXT')).toMatchObject({ kind: 'none', nx: false })
    expect(await resolver.ask('nx.example', 'TXT')).toMatchObject({ kind: 'none', nx: true })
    expect(await resolver.ask('fail.example', 'TXT')).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('SERVFAIL'),
    })
    expect(await resolver.ask('refused.example', 'TXT')).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('REFUSED'),
    })
  })

  it('is not nobody', async () => {
    const { resolver } = await against(() => [])
    expect(await resolver.ask('maker.example', 'TXT')).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('did not answer'),
    })
    server!.close()
    server = undefined
    expect(await resolver.ask('other.example', 'TXT')).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('takes no questions'),
    })
  })

  it('is told from those who guess', async () => {
    const forged = [record('maker.example', TYPES.TXT, txt('v=spf1 +all'))]
    const true_ = [record('maker.example', TYPES.TXT, txt('v=spf1 -all'))]
    const other = Buffer.concat([wireName('other.example'), Buffer.from([0, 16, 0, 1])])
    const { resolver } = await against((q) => [
      ...Array.from({ length: 50 }, (_, n) => answerTo(q, { id: (q.readUInt16BE(0) + 1 + n) & 0xffff, records: forged })),
      answerTo(q, { question: other, records: forged }),
      q,
      Buffer.from('nonsense'),
      answerTo(q, { records: true_ }),
    ])
    const answer = await resolver.ask('maker.example', 'TXT')
    expect(answer.kind === 'found' && answer.records.map(textOf)).toEqual(['v=spf1 -all'])
  })

  it('leads along aliases, and not round', async () => {
    const alias = (from: string, to: string) => record(from, TYPES.CNAME, wireName(to))
    const { resolver, asked } = await against((q, name) => {
      if (name === 'a.example')
        return [answerTo(q, { records: [alias('a.example', 'b.example'), alias('b.example', 'c.example')] })]
      if (name === 'c.example') return [answerTo(q, { records: [record('c.example', TYPES.A, a(192, 0, 2, 3))] })]
      if (name === 'round.example') return [answerTo(q, { records: [alias('round.example', 'r2.example')] })]
      if (name === 'r2.example') return [answerTo(q, { records: [alias('r2.example', 'round.example')] })]
      const [, n] = /^n(\d+)\.example$/.exec(name)!
      return [answerTo(q, { records: [alias(name, `n${Number(n) + 1}.example`)] })]
    })
    expect(await resolver.ask('a.example', 'A')).toMatchObject({ kind: 'found', name: 'c.example' })
    expect(await resolver.ask('round.example', 'A')).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('aliases'),
    })
    expect(await resolver.ask('n0.example', 'A')).toMatchObject({ kind: 'trouble', reason: expect.stringContaining('aliases') })
    expect(asked.length).toBeLessThan(20)
  })

  it('is asked over TCP for what it cut', async () => {
    const long = 'v=spf1 '.padEnd(40_000, 'x')
    const whole = (q: Buffer) => answerTo(q, { records: [record('big.example', TYPES.TXT, txt(long))] })
    const { resolver, asker } = await against((q) => [answerTo(q, { cut: true })], whole)
    const answer = await resolver.ask('big.example', 'TXT')
    expect(answer.kind === 'found' && textOf(answer.records[0]!).length).toBe(4096)
    expect(asker.transcript.entries.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
  })

  it('that cuts and has no more is trouble', async () => {
    const { resolver } = await against((q) => [answerTo(q, { cut: true })])
    expect(await resolver.ask('big.example', 'TXT')).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('gave none over TCP'),
    })
  })

  it('that sends loops of names is not believed', async () => {
    // a name that points at itself
    const { resolver } = await against((q) => [
      answerTo(q, { records: [record(Buffer.from([0xc0, q.length - 11]), TYPES.A, a(1, 2, 3, 4))] }),
    ])
    expect((await resolver.ask('maker.example', 'A')).kind).toBe('trouble')
  })

  it('is an address, and nothing else', () => {
    const asker = new Asker({ refusal: () => undefined })
    expect(new Resolver(asker, '[2001:db8::1]:5353').servers).toEqual([{ ip: '2001:db8::1', port: 5353 }])
    expect(new Resolver(asker, 'fe80::1%eth0').servers).toEqual([{ ip: 'fe80::1%eth0', port: 53 }])
    for (const bad of ['dns.example', '1.2.3.4:0', '1.2.3.4:99999', ''])
      expect(() => new Resolver(asker, bad)).toThrow('not an address of a resolver')
  })

  it('that may not be asked is trouble', async () => {
    const asker = new Asker({ refusal: () => 'it is public' })
    expect(await new Resolver(asker, '8.8.8.8').ask('maker.example', 'A')).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('it is public'),
    })
  })
})

import { describe, expect, it } from 'vitest'
import { random } from '../../../lab/random.ts'
import { type Ends, sensed, tcp, type Timed, udp } from '../../testing/sensed.ts'
import type { Sign } from '../detector.ts'
import { QueryName } from './query-name.ts'
import { waterTorture } from './water-torture.ts'

const own = [192, 168, 1, 20]
const resolver = [192, 168, 1, 1]
const chance = random('water')
const below = (n: number) => chance.below(n)
const lan: Ends = { from: 1, to: 2, src: own, dst: resolver }
const word = (n: number) => Array.from({ length: n }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[below(36)]).join('')

function query(name: string): Uint8Array {
  const labels = name.split('.').map((l) => `${String.fromCharCode(l.length)}${l}`)
  return Buffer.from(`\x12\x34\x01\0\0\x01\0\0\0\0\0\0${labels.join('')}\0\0\x01\0\x01`, 'latin1')
}
function* every(rate: number, count: number, name: (i: number) => string, ends: Ends = lan): Generator<Timed> {
  for (let i = 0; i < count; i++) yield [1 + i / rate, udp(ends, 1024 + below(60_000), 53, query(name(i)))]
}
const signs = (...frames: Iterable<Timed>[]) =>
  sensed(
    frames.flatMap((f) => [...f]).toSorted((a, b) => a[0] - b[0]),
    [waterTorture.sensor!],
  )
const brief = (list: ReturnType<typeof signs>) =>
  list.map(({ host, data }) => `${host} ${data.role} ${data.detail['zone']}`).sort()

describe('water torture', () => {
  it('is told of who asks and of who is asked', () => {
    const found = signs(every(500, 1000, () => `${word(12)}.www.shop.example`))
    expect(brief(found)).toEqual(['01 source www.shop.example', '02 target www.shop.example'])
    expect(found[0]!.data.raised!.frame.frame).toBeLessThan(140)
    expect(waterTorture.tell(found[0] as unknown as Sign)).toMatchObject({ stage: 'attacking', severity: 'critical' })
    expect(waterTorture.tell(found[0] as unknown as Sign).says).toMatch(
      /asked 192\.168\.1\.1 \d+ questions .* under www\.shop\.example\.$/,
    )
  })

  it('is told of beside what else is asked', () => {
    const found = signs(
      every(300, 900, () => `${word(12)}.shop.example`),
      every(100, 300, (i) => `www.site${i % 40}.example.org`),
    )
    expect(brief(found)).toEqual(['01 source shop.example', '02 target shop.example'])
  })

  it('is not the doing of who passes it on', () => {
    const names = Array.from({ length: 900 }, () => `${word(12)}.shop.example`)
    const onward: Ends = { from: 2, to: 3, src: resolver, dst: [192, 168, 1, 254] }
    const call: Timed = [0, tcp({ ...onward, dst: [198, 51, 100, 7] }, { sport: 40_000, dport: 443, flags: 2 })]
    const found = signs(
      [call],
      every(300, 900, (i) => names[i]!),
      [...every(300, 900, (i) => names[i]!, onward)].map(([at, f]): Timed => [at + 0.001, f]),
    )
    expect(brief(found)).toEqual(['01 source shop.example', '02 target shop.example', '03 target shop.example'])
  })

  it.each<[string, (i: number) => string]>([
    ['one name asked for again and again', () => 'cloud.maker.example'],
    ['some names', (i) => `node${i % 30}.maker.example`],
    ['addresses that are looked up', (i) => `${i % 256}.${i >> 8}.168.192.in-addr.arpa`],
    ['a list of those who are refused', (i) => `${i % 256}.${i >> 8}.0.192.bl.example`],
    ['a tunnel', () => `${word(50)}.t.example`],
    ['names of one zone each', () => `www.${word(10)}.example`],
  ])('is not %s', (_, name) => {
    expect(brief(signs(every(400, 2000, name)))).toEqual([])
  })

  it('is not slow', () => {
    expect(brief(signs(every(20, 400, () => `${word(12)}.shop.example`)))).toEqual([])
  })
})

describe('a question’s name', () => {
  it('is read in any case, and its zone is text that is safe to show', () => {
    const name = new QueryName()
    const [a, b] = [query('abcd.Shop\u001b.example'), query('ABCD.sHOP\u001b.example')]
    expect(name.read(a, 0, a.length)).toBe(true)
    const { label, zone } = name
    expect(name.read(b, 0, b.length)).toBe(true)
    expect([name.label, name.zone]).toEqual([label, zone])
    expect(name.zoneText(b)).toBe('sHOP\uFFFD.example')
  })

  it('is never read beyond the datagram', () => {
    const name = new QueryName()
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: below(60) }, (_, at) => [0, 0, 1, 0, 0, 1][at] ?? below(at < 12 ? 1 : 70))
      expect(() => name.read(bytes, 0, bytes.length) && name.zoneText(bytes)).not.toThrow()
    }
    const cut = query('abcd.shop.example')
    for (let end = 0; end < cut.length - 4; end++) expect(name.read(cut, 0, end)).toBe(false)
  })
})

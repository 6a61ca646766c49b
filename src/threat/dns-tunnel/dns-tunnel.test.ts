import { describe, expect, it } from 'vitest'
import { random } from '../../../lab/random.ts'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { type Bytes, dnsMessage, station, stepsIn, type Timed, udp } from '../../testing/lan.ts'

const A = 1
const CNAME = 5
const TXT = 16
const NULL = 10
const thing = station(10)
const router = station(1)
const chance = random('dns-tunnel')
const letters = (of: string, n: number) => Array.from({ length: n }, () => of.charAt(chance.below(of.length))).join('')
const base32 = (n: number) => letters('abcdefghijklmnopqrstuvwxyz234567', n)
const hex = (n: number) => letters('0123456789abcdef', n)
const times = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i))
const text = (s: string): Bytes => [s.length, ...Buffer.from(s)]
const LOOPBACK: Bytes = [127, 0, 0, 2]

interface Asked {
  name: string
  type?: number
  answer?: Bytes
}

const exchange = (asked: readonly Asked[], every = 1): Timed[] =>
  asked.flatMap(({ name, type = A, answer = LOOPBACK }, i): Timed[] => [
    [i * every, udp(thing, 4000, router, 53, dnsMessage(i, name, undefined, type))],
    [i * every + 0.01, udp(router, 53, thing, 4000, dnsMessage(i, name, { records: [[type, answer]] }, type))],
  ])
const steps = (asked: readonly Asked[], every?: number) => stepsIn(exchange(asked, every), 'dns-tunnel')
const filled = () => `${base32(60)}.${base32(60)}.${base32(30)}`

describe('data in domain names', () => {
  it('is told by names that are filled up', async () => {
    const told = await steps(times(50, () => ({ name: `${filled()}.t.example.com` })))
    expect(told).toMatchObject([
      {
        what: 'names',
        severity: 'high',
        stage: 'exfiltrating',
        detail: { domain: 'example.com', down: 0 },
        peer: { ip: '192.168.1.1' },
      },
    ])
    expect(Date.parse(told[0]!.alerted)).toBe(1_790_000_029_000)
    expect(told[0]!.indicators).toEqual([{ type: 'domain', value: 'example.com', role: 'tunnel' }])
  })

  it('is told by answers that bring data in kinds of records that are not read', async () => {
    const told = await steps(times(50, () => ({ name: `${filled()}.t.example.com`, type: NULL, answer: times(200, (i) => i) })))
    expect(told).toMatchObject([{ what: 'names' }])
  })

  it('is told of a conversation in short names and texts', async () => {
    const told = await steps(times(150, () => ({ name: `${hex(34)}.example.com`, type: TXT, answer: text(hex(120)) })))
    expect(told).toMatchObject([{ what: 'talk', stage: 'commanded' }])
    // names whose hashes fall together count once
    expect(told[0]!.count).toBeGreaterThan(140)
    expect(told[0]!.count).toBeLessThanOrEqual(150)
  })

  it('is told of a file that goes out in a name', async () => {
    const name = `H4sICN03*2QAA3Rlc3QudHh0AAvJyCxWAKJEheLU5KLUEoW0-.test.example.com`
    expect(await steps([{ name }])).toMatchObject([{ what: 'file', stage: 'exfiltrating', alertedBy: { frames: [1] } }])
  })

  const real = corpus('ndpi/pcap/dns-exf.pcap')
  it.skipIf(real === undefined)('is told of a file in a real capture', async () => {
    const { threats = [] } = await audit([real!], { threads: 0 })
    expect(threats).toMatchObject([{ ip: '192.168.2.225', steps: [{ detector: 'dns-tunnel', what: 'file' }] }])
  })
})

describe('no data in domain names', () => {
  const none = async (asked: readonly Asked[], every?: number) => expect(await steps(asked, every)).toEqual([])

  it('are look-ups of files by hash', () => none(times(300, () => ({ name: `${hex(64)}.4.0.avqs.example.com` }))))

  it('are lists of senders, by address and by name, and why', () =>
    none(
      times(200, (i): Asked[] => [
        { name: `${times(32, () => hex(1)).join('.')}.zen.example.org` },
        {
          name: `${i}.2.0.192.zen.example.org`,
          type: TXT,
          answer: text('see https://www.example.org/query/ip/192.0.2.1, listed'),
        },
        { name: `${hex(40)}.ebl.example.org` },
      ]).flat(),
    ))

  it('are signatures and policies of mail', () =>
    none(
      times(200, (i): Asked[] => [
        { name: `selector${i}._domainkey.example${i}.com`, type: TXT, answer: text(`v=DKIM1; p=${hex(200)}`) },
        { name: `_dmarc.example${i}.com`, type: TXT, answer: text('v=DMARC1; p=reject; rua=mailto:x@example.com') },
      ]).flat(),
    ))

  it('are content networks', () =>
    none(
      times(300, () => ({
        name: `${hex(32)}.safeframe.example.com`,
        type: CNAME,
        answer: [3, 0x63, 0x64, 0x6e, 7, ...Buffer.from('example'), 3, ...Buffer.from('net'), 0],
      })),
    ))

  it('are addresses in reverse, and services near', () =>
    none(
      times(200, (i): Asked[] => [
        { name: `${times(32, () => hex(1)).join('.')}.ip6.arpa`, type: 12, answer: [0] },
        { name: `lb._dns-sd._udp.${i}.1.168.192.in-addr.arpa`, type: TXT, answer: text('x'.repeat(80)) },
      ]).flat(),
    ))

  it('are the same few long names over and over', async () => {
    const few = times(10, () => `${filled()}.example.com`)
    await none(times(300, (i) => ({ name: few[i % 10]! })))
  })

  it('are long names that come seldom', () =>
    none(
      times(100, () => ({ name: `${filled()}.example.com` })),
      60,
    ))
})

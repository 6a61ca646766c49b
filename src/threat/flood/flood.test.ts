import { describe, expect, it } from 'vitest'
import { random } from '../../../lab/random.ts'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { type Ends, ipv4, sensed, tcp, type Timed, udp } from '../../testing/sensed.ts'
import type { Sign } from '../detector.ts'
import { flood } from './flood.ts'
import { FloodSensor } from './flood-sensor.ts'

const SYN = 2
const RST = 4
const PSH = 8
const ACK = 16
const THING = 1
const ROUTER = 2
const own = [192, 168, 1, 20]
const victim = [203, 0, 113, 9]
const chance = random('flood')
const below = (n: number) => chance.below(n)
const port = () => 1 + below(65_535)
const NOISE = Uint8Array.from({ length: 1 << 16 }, () => below(256))
const noise = (n: number) => {
  const at = below(NOISE.length - n)
  return NOISE.subarray(at, at + n)
}
const anybody = () => [1 + below(222), below(256), below(256), 1 + below(254)].map((n) => (n === 10 || n === 127 ? 11 : n))
const out: Ends = { from: THING, to: ROUTER, src: own, dst: victim }
const inward: Ends = { from: ROUTER, to: THING, src: victim, dst: own, hops: 52 }
/** It called the maker before: a thing, and no router. */
const before: Timed[] = [
  [0, tcp({ ...out, dst: [198, 51, 100, 7] }, { sport: 40_000, dport: 443, flags: SYN })],
  [0.02, tcp({ ...inward, src: [198, 51, 100, 7] }, { sport: 443, dport: 40_000, flags: SYN | ACK })],
]

/** So many frames, so many a second. */
function* every(
  rate: number,
  count: number,
  frame: (i: number) => Uint8Array | readonly Uint8Array[],
  from = 1,
): Generator<Timed> {
  for (let i = 0; i < count; i++) {
    const made = frame(i)
    for (const one of made instanceof Uint8Array ? [made] : made) yield [from + i / rate, one]
  }
}
function signs(...frames: Iterable<Timed>[]) {
  return sensed(
    [...before, ...frames.flatMap((f) => [...f])].toSorted((a, b) => a[0] - b[0]),
    [flood.sensor!],
  )
}
const brief = (list: ReturnType<typeof signs>) =>
  list.map(({ host, data, count }) => `${host} ${data.role} ${data.what} ${data.peer?.ip ?? '-'} ${data.port ?? '-'} ${count}`)

describe('a flood by the device', () => {
  it.each([
    ['udp', 'random ports, 512 random bytes', () => udp(out, port(), port(), noise(512)), '-'],
    ['udp', 'random bytes between two ports', () => udp(out, 4001, 9000, noise(512)), '9000'],
    ['udp', 'the same bytes between two ports', () => udp(out, 4001, 9000, new Uint8Array(1000).fill(65)), '9000'],
    ['syn', 'one port', () => tcp(out, { sport: port(), dport: 80, flags: SYN, seq: below(2 ** 32) }), '80'],
    ['syn', 'random ports', () => tcp(out, { sport: port(), dport: port(), flags: SYN }), '-'],
    ['ack', 'random ports', () => tcp(out, { sport: port(), dport: 443, flags: ACK, payload: noise(512) }), '443'],
    [
      'ack',
      'one connection that never was',
      () => tcp(out, { sport: 5, dport: 443, flags: ACK, seq: below(2 ** 32), payload: noise(99) }),
      '443',
    ],
    ['tcp-flags', 'FIN, PSH and URG', () => tcp(out, { sport: port(), dport: 80, flags: 0x29 }), '80'],
    ['icmp', 'echo requests', () => ipv4(out, 1, Uint8Array.of(8, 0, 0, 0, ...noise(60))), '-'],
    [
      'gre',
      'IP within',
      () => ipv4(out, 47, Uint8Array.of(0, 0, 8, 0, ...udp({ ...out, src: anybody() }, port(), port(), noise(512)).subarray(14))),
      '-',
    ],
    [
      'gre',
      'Ethernet within',
      () => ipv4(out, 47, Uint8Array.of(0, 0, 0x65, 0x58, ...udp({ ...out, src: anybody() }, port(), port(), noise(512)))),
      '-',
    ],
    ['vse', 'queries', () => udp(out, port(), 27_015, Buffer.from('\xff\xff\xff\xffTSource Engine Query\0', 'latin1')), '27015'],
  ])('of %s (%s) is told of with all its packets, once', (what, _, frame, to) => {
    const found = signs(every(2000, 4000, frame))
    expect(brief(found)).toEqual([`01 source ${what} 203.0.113.9 ${to} 4000`])
    const [{ data, first, count }] = found as [(typeof found)[0]]
    expect(data.detail).toMatchObject({ 'peak a second': 2000, targets: 1, sources: 1, packets: count })
    expect(data.raised!.time - first).toBeLessThanOrEqual(1_100_000)
    expect(data.raised!.frame.frame).toBeLessThan(2200)
  })

  it('is told of critically, with its figures', () => {
    const [sign] = signs(every(1000, 3000, () => tcp(out, { sport: port(), dport: 80, flags: SYN })))
    expect(flood.tell(sign as unknown as Sign)).toEqual({
      campaign: 'recruitment',
      stage: 'attacking',
      severity: 'critical',
      confidence: 0.95,
      says: 'SYN flood: sent 3,000 connection requests (120 kB) to 203.0.113.9 port 80 within 3.0 seconds, as many as 1,000 in a second; they were not followed up (0 handshakes were finished).',
      techniques: ['T1498.001', 'T1499.001'],
    })
  })

  it('under forged addresses is told of at once, and is that of who sends it', () => {
    const found = signs(every(5000, 5000, () => tcp({ ...out, src: anybody() }, { sport: port(), dport: 80, flags: SYN })))
    expect(brief(found)).toEqual(['01 source syn 203.0.113.9 80 5000'])
    expect(found[0]!.data.raised!.frame.frame).toBeLessThan(340)
    expect(flood.tell(found[0] as unknown as Sign).says).toContain('most of them forged')
  })

  it('under forged addresses only is known by its hop limits, where nobody sends through it', () => {
    const frames = [...every(5000, 5000, () => udp({ ...out, src: anybody() }, port(), port(), noise(64)))]
    expect(brief(sensed(frames, [flood.sensor!]))).toEqual(['01 source udp 203.0.113.9 - 5000'])
  })

  it('is not that of a router', () => {
    const frames = [...every(5000, 5000, (i) => udp({ ...out, src: anybody(), hops: 40 + (i % 20) }, port(), port(), noise(64)))]
    expect(sensed(frames, [flood.sensor!])).toEqual([])
  })

  it('of a network of 256 addresses is one', () => {
    const found = signs(every(10_000, 20_000, () => udp({ ...out, dst: [203, 0, 113, below(256)] }, port(), port(), noise(64))))
    expect(found).toMatchObject([{ count: 20_000, data: { detail: { targets: 256 } } }])
  })

  it('is seen while it scans', () => {
    const scan = every(300, 900, () => tcp({ ...out, dst: anybody() }, { sport: port(), dport: 23, flags: SYN }))
    const found = signs(
      scan,
      every(1000, 3000, () => tcp(out, { sport: port(), dport: 80, flags: SYN }), 1.0002),
    )
    expect(found.map(({ data }) => [data.what, data.peer?.ip])).toEqual([['syn', '203.0.113.9']])
    expect(found[0]!.count).toBeGreaterThan(2970)
    expect(found[0]!.count).toBeLessThanOrEqual(3000)
  })

  it('by connections whose data nobody hears (STOMP)', () => {
    const seq = 1000
    const shake: Timed[] = [
      [0.9, tcp(out, { sport: 50_000, dport: 61_613, flags: SYN, seq })],
      [0.95, tcp(inward, { sport: 61_613, dport: 50_000, flags: SYN | ACK, seq: 5 })],
      [0.96, tcp(out, { sport: 50_000, dport: 61_613, flags: ACK, seq: seq + 1 })],
    ]
    const data = (i: number) => tcp(out, { sport: 50_000, dport: 61_613, flags: ACK | PSH, seq: seq + i, payload: noise(768) })
    const found = signs(shake, every(2000, 4000, data))
    expect(found.map(({ data: { what, port: to } }) => [what, to])).toEqual([['stomp', 61_613]])
    expect(found[0]!.count).toBeGreaterThan(3900)
  })

  it('by requests for pages', () => {
    const ask = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const request = (i: number) => {
      const [sport, dport] = [10_000 + i, 80]
      return [
        tcp(out, { sport, dport, flags: SYN }),
        tcp(inward, { sport: 80, dport: sport, flags: SYN | ACK }),
        tcp(out, { sport, dport, flags: ACK, seq: 1 }),
        tcp(out, { sport, dport, flags: ACK | PSH, seq: 1, payload: ask }),
      ]
    }
    expect(brief(signs(every(200, 1000, request)))).toEqual(['01 source http 203.0.113.9 80 1000'])
    expect(signs(every(60, 600, request))).toEqual([])
  })
})

describe('a flood of the device', () => {
  it('from anywhere is told of though the device never says a word', () => {
    const frames = [...every(5000, 10_000, () => tcp({ ...inward, src: anybody() }, { sport: port(), dport: 23, flags: SYN }))]
    const found = sensed(frames, [flood.sensor!])
    expect(brief(found)).toEqual(['01 target syn - 23 10000'])
    expect(Number(found[0]!.data.detail['sources'])).toBeGreaterThan(9000)
    expect(flood.tell(found[0] as unknown as Sign)).toMatchObject({
      severity: 'high',
      stage: 'flooded',
      campaign: 'under-attack',
    })
  })

  it('that it answers is one, as nobody finishes a handshake', () => {
    const one = () => {
      const [src, sport] = [anybody(), port()]
      return [
        tcp({ ...inward, src }, { sport, dport: 80, flags: SYN }),
        tcp({ ...out, dst: src }, { sport: 80, dport: sport, flags: SYN | ACK }),
      ]
    }
    expect(brief(signs(every(500, 2000, one)))).toEqual(['01 target syn - 80 2000'])
  })

  it('from a neighbour is told of both', () => {
    const lan: Ends = { from: 3, to: THING, src: [192, 168, 1, 30], dst: own }
    expect(brief(signs(every(500, 1000, () => udp(lan, port(), port(), noise(512)))))).toEqual([
      '01 target udp 192.168.1.30 - 1000',
      '03 source udp 192.168.1.20 - 1000',
    ])
  })

  it.skipIf(!corpus('malware/stopddos'))('is told of the real one', async () => {
    const { threats } = await audit([corpus('malware/stopddos/pkt.TCP.synflood.spoofed.pcap')!], { threads: 0 })
    expect(threats).toMatchObject([
      {
        campaign: 'under-attack',
        severity: 'high',
        steps: [{ what: 'syn', role: 'target', port: 25_565, count: 37_841, evidence: [{ frames: { 0: 1 } }] }],
      },
    ])
  })
})

describe('no flood', () => {
  const rtp = (i: number) => Uint8Array.of(0x80, 96, (i >> 8) & 255, i & 255, 0, 0, i >> 8, i & 255, ...noise(1000))
  const flow = (sport: number, i: number, size: number) =>
    tcp(out, { sport, dport: 443, flags: ACK, seq: i * size, payload: noise(size) })
  it.each<[string, () => Iterable<Timed>]>([
    ['a picture that goes one way', () => every(2000, 6000, (i) => udp(out, 5000, 6000, rtp(i)))],
    [
      'WireGuard of which one end is seen',
      () =>
        every(2000, 6000, (i) =>
          udp(inward, 51_820, 51_820, Uint8Array.of(4, 0, 0, 0, 9, 9, 9, 9, i & 255, i >> 8, 0, 0, 0, 0, 0, 0, ...noise(200))),
        ),
    ],
    [
      'QUIC of which one end is seen',
      () =>
        every(5000, 10_000, () =>
          udp(inward, 443, 40_000, Uint8Array.of(0x40 | below(64), 1, 2, 3, 4, 5, 6, 7, 8, ...noise(600))),
        ),
    ],
    ['an upload of which one end is seen', () => every(2000, 6000, (i) => flow(50_000, i, 700))],
    ['many of them', () => every(4000, 8000, (i) => flow(50_000 + (i % 100), Math.floor(i / 100), 50))],
    [
      'a scan of all ports',
      () => every(5000, 40_000, (i) => tcp(out, { sport: 45_000, dport: 1 + ((i * 7919) % 65_535), flags: SYN })),
    ],
    [
      'a scan of some ports, again and again',
      () => every(500, 1000, (i) => tcp(out, { sport: 45_000 + (i % 3), dport: 1 + (i % 100), flags: SYN })),
    ],
    [
      'a sweep of the network',
      () =>
        every(1000, 2540, (i) =>
          tcp(
            { from: THING, to: 9, src: own, dst: [192, 168, 1, 1 + (i % 254)] },
            { sport: port(), dport: 80 + Math.floor(i / 254), flags: SYN },
          ),
        ),
    ],
    [
      'a scan of the Internet',
      () => every(2000, 6000, () => tcp({ ...out, dst: anybody() }, { sport: port(), dport: 23, flags: SYN })),
    ],
    [
      'a port that is closed, tried as fast as can be',
      () =>
        every(800, 3000, (i) => [
          tcp(out, { sport: 32_768 + i, dport: 80, flags: SYN }),
          tcp(inward, { sport: 80, dport: 32_768 + i, flags: RST | ACK }),
        ]),
    ],
    [
      'a server that is busy',
      () =>
        every(500, 3000, (i) => {
          const [src, sport] = [anybody(), 30_000 + i]
          return [
            tcp({ ...inward, src }, { sport, dport: 443, flags: SYN }),
            tcp({ ...out, dst: src }, { sport: 443, dport: sport, flags: SYN | ACK }),
            tcp({ ...inward, src }, { sport, dport: 443, flags: ACK, seq: 1 }),
          ]
        }),
    ],
    [
      'a cloud that is down',
      () => every(1, 600, (i) => tcp(out, { sport: 40_000 + (i >> 2), dport: 8883, flags: SYN, seq: i >> 2 })),
    ],
    ['peers by the thousand', () => every(3000, 9000, () => udp({ ...out, dst: anybody() }, 6881, port(), noise(100)))],
    [
      'a storm of mDNS',
      () => every(2000, 4000, () => udp({ from: THING, to: 0, src: own, dst: [224, 0, 0, 251] }, 5353, 5353, noise(100))),
    ],
    [
      'a ping that is answered',
      () =>
        every(200, 2000, (i) => [
          ipv4(out, 1, Uint8Array.of(8, 0, 0, 0, 0, 1, i >> 8, i & 255)),
          ipv4(inward, 1, Uint8Array.of(0, 0, 0, 0, 0, 1, i >> 8, i & 255)),
        ]),
    ],
    [
      'questions to a resolver of which one end is seen',
      () =>
        every(200, 2000, () =>
          udp(
            out,
            port(),
            53,
            Uint8Array.of(1, below(256), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97 + below(26), 2, 100, 101, 0, 0, 1, 0, 1),
          ),
        ),
    ],
    [
      'a tunnel',
      () =>
        every(2000, 4000, (i) =>
          ipv4(
            out,
            47,
            Uint8Array.of(0, 0, 8, 0, ...udp({ ...out, src: [10, 0, 0, 1 + (i % 9)] }, 5000, 6000, rtp(i)).subarray(14)),
          ),
        ),
    ],
    ['ports tried to get through a translator', () => every(200, 512, () => udp(out, 40_001, port(), noise(20)))],
    [
      'system logs',
      () => every(900, 3000, (i) => udp(out, 514, 514, Buffer.from(`<134>1 message ${i} of a thing that talks too much`))),
    ],
  ])('is %s', (_, frames) => {
    expect(brief(signs(frames()))).toEqual([])
  })
})

describe('bounds', () => {
  it('hold when a thousand devices attack, and each is told of', () => {
    function* all(): Generator<Timed> {
      for (let i = 0; i < 310; i++)
        for (let d = 0; d < 1000; d++)
          yield [
            1 + i / 310 + d / 1e6,
            udp({ from: 256 + d, to: ROUTER, src: [10, 0, d >> 8, d & 255], dst: victim }, port(), port(), PAYLOAD),
          ]
    }
    const found = sensed(all(), [flood.sensor!])
    expect(found).toHaveLength(1000)
    expect(new Set(found.map(({ count }) => count))).toEqual(new Set([310]))
  }, 60_000)

  it('hold when more hosts than have room send to one each: the first make room', () => {
    let sensor!: FloodSensor
    function* all(): Generator<Timed> {
      for (let d = 0; d < 6000; d++)
        for (let i = 0; i < 30; i++)
          yield [
            d / 1000 + i / 1e5,
            udp({ from: 256 + d, to: ROUTER, src: [10, 0, d >> 8, d & 255], dst: victim }, port(), port(), PAYLOAD),
          ]
    }
    sensed(all(), [(desk) => (sensor = new FloodSensor(desk))])
    expect(sensor.kept).toEqual({ attacks: 4096, barrages: 4096 })
  }, 60_000)

  it('hold for any packet', () => {
    const any = random('any packet')
    const frames = every(4000, 20_000, () =>
      ipv4(
        { ...out, from: 1 + any.below(3), to: 1 + any.below(3), src: any.below(2) ? own : anybody() },
        [6, 17, 1, 47][any.below(4)]!,
        noise(any.below(60)),
      ),
    )
    expect(() => sensed(frames, [flood.sensor!])).not.toThrow()
  })
})

const PAYLOAD = new Uint8Array(64)

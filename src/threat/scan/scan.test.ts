import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { arpFor, dnsAnswer, FLAG, GATEWAY, ping, type Station, tcp, type Timed, timedCapture, udp } from '../../testing/timed.ts'

const camera: Station = { n: 1, ip: '192.168.1.20' }
const out = (from: Station, dst: string) => ({ from, to: GATEWAY, dst })
const back = (to: Station, src: string) => ({ from: GATEWAY, to, src, hops: 50 })
/** Spread over the Internet, none twice. */
const stranger = (i: number) => `${40 + (i % 30)}.${(i * 7) & 255}.${(i >> 4) & 255}.${1 + (i % 250)}`
const neighbour = (i: number) => `192.168.1.${30 + i}`
const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))

/** The device is heard: a name server answers it. */
const heard = (of: Station): Timed[] => [
  { at: 0, frame: udp({ from: of, to: GATEWAY }, 5353 + of.n, 53) },
  { at: 0.01, frame: udp({ from: GATEWAY, to: of }, 53, 5353 + of.n) },
]
const syn = (from: Station, dst: string, port: number, at: number, i = 0, seq = 5): Timed => ({
  at,
  frame: tcp(dst.startsWith('192.168.') ? { from, to: { n: 100 + i, ip: dst } } : out(from, dst), 20000 + i, port, FLAG.syn, {
    seq,
  }),
})
const reply = (to: Station, src: string, port: number, at: number, i: number, flags: number): Timed => ({
  at,
  frame: tcp(src.startsWith('192.168.') ? { from: { n: 100 + i, ip: src }, to } : back(to, src), port, 20000 + i, flags, {
    ack: 6,
  }),
})
const accepts = FLAG.syn | FLAG.ack
const refuses = FLAG.rst | FLAG.ack

async function told(frames: readonly Timed[]) {
  const { threats } = await audit([timedCapture(frames)], { threads: 0 })
  return (threats ?? []).flatMap(({ device, steps }) =>
    steps
      .filter((s) => s.detector === 'scan')
      .map(({ what, severity, says, count, port, alertedBy }) => ({ device, what, severity, says, count, port, alertedBy })),
  )
}
const whats = async (frames: readonly Timed[]) => (await told(frames)).map(({ what }) => what)

describe("Mirai's mark", () => {
  const marked = (i: number, port: number) =>
    syn(camera, stranger(i), port, 1 + i * 0.01, i, Buffer.from(stranger(i).split('.').map(Number)).readUInt32BE())

  it('is told at its third packet, at any port, and once', async () => {
    const found = await told(times(200, (i) => marked(i, i % 10 === 0 ? 2323 : 60123)))
    expect(found).toMatchObject([{ what: 'mirai', severity: 'critical', count: 200, alertedBy: { frames: [3] } }])
    expect(found[0]!.says).toContain('TCP port 2323, 60123')
  })

  it('is nothing when it is there by chance', async () => {
    expect(await told(times(2, (i) => marked(i, 23)))).toEqual([])
  })

  it.skipIf(corpus('malware/id2t/mirai_botnet.pcap') === undefined)(
    'is found in a capture of Mirai, and of who sent it',
    async () => {
      const { threats = [] } = await audit([corpus('malware/id2t/mirai_botnet.pcap')!], { threads: 0 })
      const step = threats.find((t) => t.device === 'mac-0242ac140003')!.steps.find((s) => s.what === 'mirai')!
      expect(step).toMatchObject({ count: 11, stage: 'scanning', severity: 'critical', port: 23 })
    },
  )
})

describe('one port at many addresses', () => {
  it('is told at the tenth stranger at a port that only bots call', async () => {
    const frames = [...heard(camera), ...times(300, (i) => syn(camera, stranger(i), 23, 1 + i * 0.005, i))]
    const [found, ...more] = await told(frames)
    expect(more).toEqual([])
    expect(found).toMatchObject({ what: 'tcp-addresses', severity: 'high', port: 23, count: 300 })
    // two bits of 256 may be the same
    expect((found!.alertedBy as { frames: number[] }).frames[0]).toBeLessThanOrEqual(15)
    expect(found!.says).toMatch(
      /^Looks for others: tried TCP port 23 \(Telnet\) at about (2[5-9]|3[0-5])0 addresses .* none of 300 calls answered/,
    )
  })

  it('is told though some let it in, and others refuse', async () => {
    const frames = times(100, (i) => [
      syn(camera, stranger(i), 2323, 1 + i, i),
      ...(i % 3 === 0 ? [reply(camera, stranger(i), 2323, 1.1 + i, i, i % 2 ? accepts : refuses)] : []),
    ]).flat()
    expect(await told(frames)).toMatchObject([{ what: 'tcp-addresses', severity: 'high', port: 2323 }])
  })

  it('is told of one try a minute, in any order', async () => {
    const frames = [...heard(camera), ...times(180, (i) => syn(camera, stranger((i * 77) % 180), 8080, i * 60, i))]
    expect(await told(frames)).toMatchObject([{ what: 'tcp-addresses', port: 8080, severity: 'high' }])
  })

  it('is told of IPv6 and of UDP', async () => {
    const six: Station = { n: 1, ip: 'fd00::20' }
    const v6 = times(40, (i) => ({ at: 1 + i, frame: tcp(out(six, `2001:db8:${i + 1}::1`), 30000 + i, 23, FLAG.syn) }))
    const answered = [
      { at: 0, frame: udp({ from: six, to: { n: 254, ip: 'fd00::1' } }, 999, 53) },
      { at: 0.1, frame: udp({ from: { n: 254, ip: 'fd00::1' }, to: six }, 53, 999) },
    ]
    expect(await told([...answered, ...v6])).toMatchObject([{ what: 'tcp-addresses', port: 23, severity: 'high' }])
    const datagrams = times(60, (i) => ({ at: 1 + i, frame: udp(out(camera, stranger(i)), 40000, 53413) }))
    expect(await told([...heard(camera), ...datagrams])).toMatchObject([{ what: 'udp-addresses', port: 53413, severity: 'high' }])
    const snmp = times(60, (i) => ({ at: 1 + i, frame: udp(out(camera, stranger(i)), 40000, 161) }))
    expect(await told([...heard(camera), ...snmp])).toMatchObject([{ what: 'udp-addresses', port: 161, severity: 'medium' }])
  })

  it('is told of pings', async () => {
    const frames = [...heard(camera), ...times(80, (i) => ({ at: 1 + i, frame: ping(out(camera, stranger(i))) }))]
    expect(await told(frames)).toMatchObject([{ what: 'icmp-addresses', severity: 'low' }])
  })

  it('is told of devices that share it, each with a few', async () => {
    const devices = times(6, (n): Station => ({ n: n + 1, ip: `192.168.1.${20 + n}` }))
    const frames = devices.flatMap((d) => [
      ...heard(d),
      ...times(7, (i) => syn(d, stranger(d.n * 50 + i), 23, 1 + i * 30 + d.n, i)),
    ])
    const found = await told(frames)
    expect(found.map(({ what, severity }) => `${what} ${severity}`)).toEqual(times(6, () => 'together high'))
    expect(found[0]!.says).toContain('6 devices of this network')
    // two are too few
    expect(await told(frames.filter(({ frame }) => frame[11]! <= 2 || frame[5]! <= 2))).toEqual([])
  })

  it('is not taken for one where only one direction was captured, but at a port that only bots call', async () => {
    expect(await told(times(300, (i) => syn(camera, stranger(i), 443, 1 + i, i)))).toEqual([])
    expect(await told(times(300, (i) => syn(camera, stranger(i), 8080, 1 + i, i)))).toEqual([])
    expect(await told(times(20, (i) => syn(camera, stranger(i), 23, 1 + i, i)))).toEqual([])
    expect(await told(times(50, (i) => syn(camera, stranger(i), 23, 1 + i, i)))).toMatchObject([{ severity: 'high' }])
  })

  it('is told once of who tries addresses by lot, private ones among them', async () => {
    const frames = times(1000, (i) => syn(camera, i % 10 ? stranger(i) : `10.${i & 255}.${i % 7}.9`, 23, 1 + i * 0.1, i))
    expect(await whats([...heard(camera), ...frames])).toEqual(['tcp-addresses'])
  })

  it('is not told of who forges its address', async () => {
    const frames = times(300, (i) => ({
      at: 1 + i * 0.01,
      frame: tcp({ from: camera, to: GATEWAY, src: stranger(i), dst: stranger(i + 500) }, 1, 23, FLAG.syn),
    }))
    expect(await whats([...heard(camera), syn(camera, stranger(1), 443, 0.5), ...frames])).toEqual([])
  })
})

describe('what looks like it and is none', () => {
  it('browsing: hundreds of servers that answer, many at once', async () => {
    const frames = times(400, (i) => [
      syn(camera, stranger(i), i % 5 ? 443 : 80, 1 + Math.floor(i / 50), i),
      reply(camera, stranger(i), i % 5 ? 443 : 80, 1.2 + Math.floor(i / 50), i, accepts),
    ]).flat()
    expect(await whats(frames)).toEqual([])
  })

  it('a cloud that is dead, whatever the addresses of its name', async () => {
    const frames = times(90, (i) => [
      { at: i * 60, frame: udp({ from: camera, to: GATEWAY }, 3000 + i, 53) },
      { at: i * 60 + 0.01, frame: dnsAnswer({ from: GATEWAY, to: camera }, 3000 + i, 'iot.example.com', stranger(i)) },
      syn(camera, stranger(i), 8883, i * 60 + 0.1, i),
    ]).flat()
    expect(await whats(frames)).toEqual([])
    // and the same without names is
    expect(await whats([...heard(camera), ...frames.filter(({ frame }) => frame.length < 70)])).toEqual(['tcp-addresses'])
  })

  it('peer-to-peer programs: as many ports as addresses, most of them silent', async () => {
    const frames = times(1500, (i) => {
      const port = i % 12 === 0 ? 6881 : 1024 + ((i * 7919) % 60000)
      return i % 2 ? syn(camera, stranger(i), port, 1 + i, i) : { at: 1 + i, frame: udp(out(camera, stranger(i)), 6881, port) }
    })
    expect(await whats([...heard(camera), ...frames])).toEqual([])
  })

  it('NTP, DNS, QUIC and STUN where a network blocks them', async () => {
    const frames = [53, 123, 443, 3478].flatMap((port, k) =>
      times(100, (i) => ({ at: 1 + i, frame: udp(out(camera, stranger(i + 100 * k)), 40000 + k, port) })),
    )
    expect(await whats([...heard(camera), ...frames])).toEqual([])
  })

  it('a capture that begins midway', async () => {
    const frames = times(100, (i) => [
      { at: 1 + i * 0.1, frame: tcp(out(camera, stranger(i)), 20000 + i, 23, FLAG.ack | FLAG.psh, { payload: [1] }) },
      { at: 1.05 + i * 0.1, frame: tcp(back(camera, stranger(i)), 2323, 20000 + i, FLAG.ack) },
    ]).flat()
    expect(await whats(frames)).toEqual([])
  })
})

describe('neighbours', () => {
  const sweep = (port: number, count: number, from = 1) =>
    times(count, (i) => [
      syn(camera, neighbour(i), port, from + i * 0.05, i),
      ...(i % 2 ? [reply(camera, neighbour(i), port, from + 0.01 + i * 0.05, i, refuses)] : []),
    ]).flat()
  const later: Timed[] = [syn(camera, stranger(1), 443, 60)]

  it('asked for by an app are a line, and a low one, however many services it asks for', async () => {
    const frames = [...heard(camera), ...sweep(80, 100), ...sweep(8060, 100, 10), ...sweep(23, 100, 20), ...later]
    const found = await told(frames)
    expect(found.every(({ severity }) => severity === 'low' || severity === 'info')).toBe(true)
    expect(found.map(({ what }) => what)).toEqual(['local-discovery', 'near-telnet'])
    expect(await whats([...heard(camera), ...sweep(80, 15), ...later])).toEqual([])
  })

  it('asked for Telnet alone are not', async () => {
    expect(await told([...heard(camera), ...sweep(23, 12), ...later])).toMatchObject([
      { what: 'near-telnet', severity: 'medium' },
    ])
  })

  it('asked for by ARP or ping are a low line; who asks in the course of a day is none', async () => {
    expect(await told(times(254, (i) => ({ at: i * 0.01, frame: arpFor(camera, `192.168.1.${i}`) })))).toMatchObject([
      { what: 'local-discovery', severity: 'info' },
    ])
    expect(await whats(times(254, (i) => ({ at: i * 60, frame: arpFor(camera, `192.168.1.${i}`) })))).toEqual([])
    const pings = times(60, (i) => ({ at: 1 + i * 0.1, frame: ping({ from: camera, to: { n: 100 + i, ip: neighbour(i) } }) }))
    expect(await told([...heard(camera), ...pings, ...later])).toMatchObject([{ what: 'local-discovery', severity: 'info' }])
  })
})

describe('many ports of one address', () => {
  const ports = (dst: string, count: number, answer: (i: number) => number | undefined) =>
    times(count, (i) => {
      const flags = answer(i)
      return [
        syn(camera, dst, 1 + ((i * 37) % 10000), 1 + i * 0.1, i),
        ...(flags === undefined ? [] : [reply(camera, dst, 1 + ((i * 37) % 10000), 1.01 + i * 0.1, i, flags)]),
      ]
    }).flat()

  it('are told, of a neighbour and of a stranger', async () => {
    expect(await told(ports(neighbour(1), 200, (i) => (i % 20 ? refuses : accepts)))).toMatchObject([
      { what: 'tcp-ports', severity: 'medium' },
    ])
    const far = await told([...heard(camera), ...ports(stranger(1), 200, () => undefined)])
    expect(far).toMatchObject([{ what: 'tcp-ports', severity: 'high' }])
    expect(far[0]!.says).toMatch(/^Scanned 41\.7\.0\.2: tried about (1[7-9]|2[0-3])0 TCP ports of it/)
  })

  it('are nothing where they are open (FTP, media), or a traceroute', async () => {
    expect(await whats(ports(stranger(1), 200, () => accepts))).toEqual([])
    expect(
      await whats([
        ...heard(camera),
        ...times(90, (i) => ({ at: 1 + i, frame: udp(out(camera, stranger(1)), 40000, 33434 + i) })),
      ]),
    ).toEqual([])
  })
})

describe('bounds', () => {
  it('hold for 1,500 devices that scan at once, each of which is told', async () => {
    const devices = times(1500, (n): Station => ({ n: n + 1000, ip: `10.0.${n >> 8}.${n & 255}` }))
    const gateway: Station = { n: 254, ip: '10.1.0.1' }
    // a sketch of 256 bits may take two of few addresses for one: enough that no such chance decides
    const frames = devices.flatMap((d) =>
      times(60, (i) => ({
        at: 1 + i + d.n / 1e5,
        frame: tcp({ from: d, to: gateway, dst: stranger(d.n * 3 + i) }, 1, 23, FLAG.syn),
      })),
    )
    const found = await told(frames)
    expect(new Set(found.map(({ device }) => device)).size).toBe(1500)
  })

  it('hold for whatever is sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ kind: fc.nat(4), a: fc.nat(255), b: fc.nat(255), port: fc.nat(65535), flags: fc.nat(63), at: fc.nat(1e5) }),
          { maxLength: 300 },
        ),
        async (list) => {
          const frames = list.map(({ kind, a, b, port, flags, at }) => {
            const way = {
              from: { n: a & 3, ip: `192.168.1.${a}` },
              to: { n: 4 + (b & 3), ip: kind & 1 ? stranger(b) : neighbour(b & 127) },
            }
            return {
              at,
              frame: [
                tcp(way, b, port, flags),
                udp(way, port, a),
                ping(way),
                arpFor(way.from, `192.168.1.${b}`),
                tcp(way, port, 23, FLAG.syn).slice(0, 14 + (a % 50)),
              ][kind]!,
            }
          })
          for (const { severity, count } of await told(frames)) {
            expect(['low', 'medium', 'high', 'critical']).toContain(severity)
            expect(count).toBeGreaterThan(0)
          }
        },
      ),
      { numRuns: 30 },
    )
  })
})

import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { dnsAnswer, FLAG, GATEWAY, type Station, tcp, type Timed, timedCapture, udp } from '../../testing/timed.ts'

const camera: Station = { n: 1, ip: '192.168.1.20' }
const C2 = '203.0.113.7'
const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))
/** As if drawn by lot. */
const lot = (i: number, most: number) => (Math.imul(i + 1, 0x9e3779b1) >>> 8) % most
const ahead = (dst: string) => ({ from: camera, to: GATEWAY, dst })
const back = (src: string) => ({ from: GATEWAY, to: camera, src, hops: 50 })

/** The device is heard: a name server answers it. */
const heard: Timed[] = [
  { at: 0, frame: udp({ from: camera, to: GATEWAY }, 5000, 53) },
  { at: 0.01, frame: dnsAnswer({ from: GATEWAY, to: camera }, 5000, 'time.example.org', '198.51.100.9') },
]
const named: Timed = { at: 0.02, frame: dnsAnswer({ from: GATEWAY, to: camera }, 5000, 'iot.example.com', C2) }
const syn = (dst: string, port: number, at: number, i: number): Timed => ({
  at,
  frame: tcp(ahead(dst), 20000 + i, port, FLAG.syn, { seq: 100 + i }),
})
/** A short conversation: a few bytes each way, and its end. */
const call = (
  dst: string,
  port: number,
  at: number,
  i: number,
  said: readonly number[] = [9, 1, 200, 7, 0, 3, 150, 66],
): Timed[] => {
  const [client, server] = [20000 + i, port]
  const seq = 101 + i
  return [
    syn(dst, port, at, i),
    { at: at + 0.02, frame: tcp(back(dst), server, client, FLAG.syn | FLAG.ack, { seq: 500, ack: seq }) },
    { at: at + 0.03, frame: tcp(ahead(dst), client, server, FLAG.ack | FLAG.psh, { seq, ack: 501, payload: said }) },
    {
      at: at + 0.05,
      frame: tcp(back(dst), server, client, FLAG.ack | FLAG.psh, { seq: 501, ack: seq + said.length, payload: said }),
    },
    {
      at: at + 0.06,
      frame: tcp(ahead(dst), client, server, FLAG.ack | FLAG.fin, { seq: seq + said.length, ack: 501 + said.length }),
    },
    {
      at: at + 0.08,
      frame: tcp(back(dst), server, client, FLAG.ack | FLAG.fin, { seq: 501 + said.length, ack: seq + said.length + 1 }),
    },
  ]
}
/** One conversation with a sign of life each so many seconds. */
const alive = (dst: string, port: number, count: number, at: (i: number) => number, size: (i: number) => number): Timed[] => {
  let sent = 101
  let got = 501
  return [
    syn(dst, port, 1, 0),
    { at: 1.02, frame: tcp(back(dst), port, 20000, FLAG.syn | FLAG.ack, { seq: 500, ack: 101 }) },
    { at: 1.03, frame: tcp(ahead(dst), 20000, port, FLAG.ack, { seq: 101, ack: 501 }) },
    ...times(count, (i) => {
      const payload = times(size(i), () => 0)
      const pair = [
        { at: 2 + at(i), frame: tcp(ahead(dst), 20000, port, FLAG.ack | FLAG.psh, { seq: sent, ack: got, payload }) },
        {
          at: 2.05 + at(i),
          frame: tcp(back(dst), port, 20000, FLAG.ack | FLAG.psh, { seq: got, ack: sent + payload.length, payload }),
        },
      ]
      sent += payload.length
      got += payload.length
      return pair
    }).flat(),
  ]
}

async function told(frames: readonly Timed[]) {
  const { threats = [] } = await audit([timedCapture(frames)], { threads: 0 })
  return threats.flatMap(({ steps }) =>
    steps
      .filter((s) => s.detector === 'beacon')
      .map(({ what, severity, says, count, port, alerted, first, stage, indicators }) => ({
        what,
        severity,
        says,
        count,
        port,
        alerted,
        first,
        stage,
        indicators,
      })),
  )
}
const whats = async (frames: readonly Timed[]) => (await told(frames)).map(({ what }) => what)

describe('calls that are never answered', () => {
  const vain = (port: number, dst = C2, count = 40, every = 80) => times(count, (i) => syn(dst, port, 1 + i * every, i))

  it('are told, of one address or of several at a port as one', async () => {
    const [found, ...more] = await told([...heard, ...vain(50)])
    expect(more).toEqual([])
    expect(found).toMatchObject({ what: 'unanswered', stage: 'commanded', severity: 'medium', count: 40, port: 50 })
    expect(found!.says).toMatch(
      /^Calls home in vain: called 203\.0\.113\.7 at TCP port 50 40 times within 52 minutes, each about every 80 seconds/,
    )
    // sure at the twelfth
    expect((Date.parse(found!.alerted) - Date.parse(found!.first)) / 1000).toBe(11 * 80)
    const both = await told([...heard, ...vain(50), ...vain(50, '203.0.113.99')])
    expect(both).toMatchObject([{ count: 80, indicators: [{ value: C2 }, { value: '203.0.113.99' }] }])
  })

  it('are nothing at usual ports, to a name, when some are answered, when few, or within minutes', async () => {
    expect(await whats([...heard, ...vain(8883)])).toEqual([])
    expect(await whats([...heard, named, ...vain(50)])).toEqual([])
    expect(await whats([...heard, ...vain(50), ...call(C2, 50, 700, 900)])).toEqual([])
    expect(await whats([...heard, ...vain(50, C2, 11)])).toEqual([])
    expect(await whats([...heard, ...vain(50, C2, 50, 5)])).toEqual([])
  })

  it('are nothing in a capture of one direction, in a flood, and among peers', async () => {
    expect(await whats(vain(50))).toEqual([])
    expect(await whats([...heard, ...times(30_000, (i) => syn(C2, 25565, 1 + i * 0.05, i))])).toEqual([])
    const peers = times(12, (n) => vain(30_000 + n, `203.0.113.${n + 1}`, 14, 100)).flat()
    expect(await whats([...heard, ...peers])).toEqual([])
  })

  it.skipIf(corpus('malware/iot23-8-1') === undefined)('are what an infected thing did for a day', async () => {
    const { threats = [] } = await audit([corpus('malware/iot23-8-1/2018-07-31-15-15-09-192.168.100.113.pcap')!], { threads: 0 })
    expect(threats).toMatchObject([{ ip: '192.168.100.113', campaign: 'recruitment', stage: 'commanded', severity: 'medium' }])
    const { steps } = threats[0]!
    expect(steps).toMatchObject([{ detector: 'beacon', port: 50, count: 2056 }])
    expect(steps[0]!.indicators.map(({ value }) => value)).toEqual(['178.128.185.250', '128.185.250.50'])
  })
})

describe('regular calls', () => {
  it('are told where there is nothing else to tell, and low', async () => {
    const frames = [...heard, ...times(40, (i) => call(C2, 4711, 1 + i * 120 + (i % 3), i)).flat()]
    expect(await told(frames)).toMatchObject([{ what: 'periodic', severity: 'low', count: 40, port: 4711 }])
  })

  it('are nothing to a name, at a usual port, at irregular times, or with much to say', async () => {
    const regular = (port: number, at: (i: number) => number, said?: readonly number[]) =>
      times(40, (i) => call(C2, port, 1 + at(i), i, said)).flat()
    expect(await whats([...heard, named, ...regular(4711, (i) => i * 120)])).toEqual([])
    expect(await whats([...heard, ...regular(443, (i) => i * 120)])).toEqual([])
    expect(await whats([...heard, ...regular(4711, (i) => i * 120 + lot(i, 100))])).toEqual([])
    expect(
      await whats([
        ...heard,
        ...regular(
          4711,
          (i) => i * 120,
          times(1400, (i) => i & 255),
        ),
      ]),
    ).toEqual([])
  })
})

describe('signs of life', () => {
  it("of two bytes a minute are told, as Mirai's", async () => {
    const found = await told([
      ...heard,
      ...alive(
        C2,
        23,
        30,
        (i) => i * 60,
        () => 2,
      ),
    ])
    expect(found).toMatchObject([{ what: 'heartbeat', severity: 'medium', count: 30 }])
    expect(found[0]!.says).toContain('30 packets of at most 2 bytes every 60 seconds')
  })

  it('of more bytes are told, and low', async () => {
    expect(
      await told([
        ...heard,
        ...alive(
          C2,
          6667,
          30,
          (i) => i * 30,
          () => 20,
        ),
      ]),
    ).toMatchObject([{ what: 'heartbeat', severity: 'low' }])
  })

  it('are nothing to a name, at a usual port, at irregular times, as a part of what is said, or few', async () => {
    expect(
      await whats([
        ...heard,
        named,
        ...alive(
          C2,
          4711,
          30,
          (i) => i * 60,
          () => 2,
        ),
      ]),
    ).toEqual([])
    expect(
      await whats([
        ...heard,
        ...alive(
          C2,
          8883,
          30,
          (i) => i * 60,
          () => 2,
        ),
      ]),
    ).toEqual([])
    expect(
      await whats([
        ...heard,
        ...alive(
          C2,
          4711,
          60,
          (i) => i * 60 + lot(i, 50),
          () => 2,
        ),
      ]),
    ).toEqual([])
    expect(
      await whats([
        ...heard,
        ...alive(
          C2,
          4711,
          60,
          (i) => i * 60,
          (i) => (i % 2 ? 2 : 900),
        ),
      ]),
    ).toEqual([])
    expect(
      await whats([
        ...heard,
        ...alive(
          C2,
          4711,
          10,
          (i) => i * 60,
          () => 2,
        ),
      ]),
    ).toEqual([])
  })

  it('are nothing in a conversation that began before the capture', async () => {
    expect(
      await whats([
        ...heard,
        ...alive(
          C2,
          4711,
          30,
          (i) => i * 60,
          () => 2,
        ).slice(3),
      ]),
    ).toEqual([])
  })
})

describe('bounds', () => {
  it('hold for ten thousand places', async () => {
    const frames = times(10_000, (i) => syn(`${60 + (i % 30)}.${i & 255}.${i >> 8}.1`, 1024 + i, 1 + i * 0.01, i))
    const often = times(40, (i) => syn(C2, 50, 1 + i * 80, i))
    expect(await whats([...heard, ...often, ...frames])).toEqual(['unanswered'])
  })
})

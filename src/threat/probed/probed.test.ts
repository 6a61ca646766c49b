import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { FLAG, GATEWAY, type Station, tcp, type Timed, timedCapture, udp } from '../../testing/timed.ts'

const camera: Station = { n: 1, ip: '192.168.1.20' }
const phone: Station = { n: 2, ip: '192.168.1.50' }
const stranger = (i: number) => `${40 + (i % 30)}.${(i * 7) & 255}.${(i >> 4) & 255}.${1 + (i % 250)}`
const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))
const later: Timed = { at: 900, frame: tcp({ from: phone, to: camera }, 1, 9, FLAG.syn) }
const there: Timed = { at: 0, frame: tcp({ from: camera, to: GATEWAY, dst: stranger(9) }, 1, 443, FLAG.syn) }

/** A call to the camera, and its answer. */
const call = (from: Station | string, port: number, at: number, i: number, answer = 0, seq = 7): Timed[] => {
  const outside = typeof from === 'string'
  const to = outside ? { from: camera, to: GATEWAY, dst: from } : { from: camera, to: from }
  return [
    {
      at,
      frame: tcp(outside ? { from: GATEWAY, to: camera, src: from, hops: 50 } : { from, to: camera }, 20000 + i, port, FLAG.syn, {
        seq,
      }),
    },
    ...(answer === 0 ? [] : [{ at: at + 0.01, frame: tcp(to, port, 20000 + i, answer, { ack: seq + 1 }) }]),
  ]
}
const accepts = FLAG.syn | FLAG.ack
const refuses = FLAG.rst | FLAG.ack
const OWN_ADDRESS = (192 * 2 ** 24 + (168 << 16) + (1 << 8) + 20) >>> 0

async function told(frames: readonly Timed[]) {
  const { threats = [] } = await audit([timedCapture([there, ...frames])], { threads: 0 })
  return threats.flatMap(({ device, steps }) =>
    steps
      .filter((s) => s.detector === 'probed')
      .map(({ what, severity, says, count, peer, role }) => ({ device, what, severity, says, count, peer: peer?.ip, role })),
  )
}

describe('probed', () => {
  it('tells of a neighbour that tries ports, of one that tries Telnet, and of none that does what apps do', async () => {
    expect(await told([...times(100, (i) => call(phone, 1000 + i, 1 + i * 0.1, i, refuses)).flat(), later])).toMatchObject([
      { device: 'mac-020000000001', what: 'ports', severity: 'low', role: 'target', peer: phone.ip },
    ])
    expect(
      await told([...times(4, (i) => call(phone, 23, 1 + i, i, refuses)).flat(), ...call(phone, 23, 60, 9, refuses)]),
    ).toMatchObject([{ what: 'knocks', severity: 'info', count: 5 }])
    expect(await told([...times(12, (i) => call(phone, 1000 + i, 1 + i * 0.1, i, refuses)).flat(), later])).toEqual([])
    expect(await told([...times(2, (i) => call(phone, 23, 1 + i, i, refuses)).flat(), later])).toEqual([])
    expect(await told([...times(100, (i) => call(phone, i % 2 ? 23 : 80, 1 + i, i, accepts)).flat(), later])).toEqual([])
    expect(await told([...times(100, (i) => call(phone, 1000 + i, 1 + i, i, accepts)).flat(), later])).toEqual([])
  })

  it('tells of the Internet in one line, with its figures', async () => {
    const ports = [23, 2323, 5555, 37215]
    const found = await told(times(500, (i) => call(stranger(i), ports[i % 4]!, 1 + i, i)).flat())
    expect(found).toMatchObject([{ what: 'internet', severity: 'info', count: 500, peer: undefined }])
    expect(found[0]!.says).toMatch(/^500 calls from about [45]\d\d addresses of the Internet .*23.*37215.*; 0 were answered\.$/)
    expect(await told(times(9, (i) => call(stranger(i), 23, 1 + i, i)).flat())).toEqual([])
  })

  it('says nothing of a flood, of answers to nobody, and of visitors that are let in', async () => {
    expect(await told(times(3000, (i) => call(stranger(i), 25565, 1 + i * 0.001, i)).flat())).toEqual([])
    const backscatter = times(300, (i) => ({
      at: 1 + i,
      frame: tcp({ from: GATEWAY, to: camera, src: stranger(i), hops: 50 }, 23, 3000 + i, accepts),
    }))
    expect(await told(backscatter)).toEqual([])
    expect(await told(times(300, (i) => call(stranger(i), 23, 1 + i, i, accepts)).flat())).toEqual([])
    const datagrams = times(300, (i) => ({
      at: 1 + i,
      frame: udp({ from: GATEWAY, to: camera, src: stranger(i), hops: 50 }, 5000, 40000 + i),
    }))
    expect(await told(datagrams)).toEqual([])
  })

  it("knows Mirai's mark, also by the answers to it alone", async () => {
    expect(await told(times(3, (i) => call(phone, 60123, 1 + i, 0, 0, OWN_ADDRESS)).flat())).toMatchObject([
      { what: 'mirai', severity: 'low', peer: phone.ip },
    ])
    const answers = times(3, (i) => ({
      at: 1 + i,
      frame: tcp({ from: camera, to: GATEWAY, dst: stranger(i) }, 23, 3000 + i, accepts, { ack: OWN_ADDRESS + 1 }),
    }))
    expect(await told(answers)).toMatchObject([{ what: 'mirai', severity: 'info' }])
    expect(await told(answers.slice(0, 1))).toEqual([])
  })

  it.skipIf(corpus('malware/id2t/mirai_botnet.pcap') === undefined)(
    'is the first step of what Mirai did in a capture of it',
    async () => {
      const { threats = [] } = await audit([corpus('malware/id2t/mirai_botnet.pcap')!], { threads: 0 })
      const { steps } = threats.find((t) => t.device === 'mac-0242ac140005')!
      expect(steps[0]).toMatchObject({ stage: 'probed', what: 'mirai', peer: { ip: '172.20.0.1' }, port: 23 })
    },
  )

  it('is one sign a neighbour and one for all the Internet, and bounded', async () => {
    const neighbours = times(3000, (n): Station => ({ n: 1000 + n, ip: `192.168.${2 + (n >> 8)}.${n & 255}` }))
    const found = await told(
      neighbours.flatMap((from) => [0, 1, 2, 3, 9].flatMap((s) => call(from, 23, 1 + s + from.n / 1e4, s, refuses))),
    )
    expect(found.length).toBeLessThanOrEqual(128)
    expect(found.length).toBeGreaterThan(100)
  })
})

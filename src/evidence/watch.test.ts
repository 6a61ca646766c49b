import { describe, expect, it } from 'vitest'
import { audit } from '../audit/audit.ts'
import { readCapture } from '../capture/read.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet } from '../decode/packet.ts'
import { decoders } from '../decode/protocols/index.ts'
import { MAX_HOSTS } from '../device/hosts.ts'
import { dialoguesCapture } from '../testing/dialogue-capture.ts'
import { Bookkeeper } from './bookkeeper.ts'
import { Collector } from './collector.ts'
import { LocalOutlet } from './events.ts'
import type { MakeSensor, SensorDesk, Told } from './sensor.ts'

type Bytes = readonly number[]
const u16 = (n: number) => [n >> 8, n & 255]
const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
const mac = (n: number) => [2, 0, 0, 0, 0, n]
const syn = (to: number, seq: number) => [...u16(40000), ...u16(to), ...u32(seq), 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0]
const ip = (src: Bytes, dst: Bytes, payload: Bytes, hops = 64) => [
  0x45,
  0,
  ...u16(20 + payload.length),
  ...u32(0),
  hops,
  6,
  ...u16(0),
  ...src,
  ...dst,
  ...payload,
]
const frame = (from: Bytes, to: Bytes, packet: Bytes) => [...to, ...from, 8, 0, ...packet]
const camera = { mac: mac(1), ip: [192, 168, 1, 10] }
const router = { mac: mac(2), ip: [192, 168, 1, 1] }
const FAR = [203, 0, 113, 9]
const FORGED = [198, 51, 100, 77]

const captureOf = (frames: readonly Bytes[]) =>
  dialoguesCapture(
    frames.map((f) => Uint8Array.from(f)),
    { client: camera.ip, server: router.ip, macs: { client: camera.mac, server: router.mac } },
  )

/** Runs one sensor over frames; gives the ledgers' signs too. */
async function watched(frames: readonly Bytes[], make: MakeSensor): Promise<{ keeper: Bookkeeper; collector: Collector }> {
  const macs = new Float64Array(MAX_HOSTS)
  const keeper = new Bookkeeper(decoders, {}, macs)
  const outlet = new LocalOutlet(keeper)
  const collector = new Collector(decoders, { outlets: [outlet], shares: [0] }, macs, { sensors: [make] })
  const packet = new Packet()
  await readCapture(captureOf(frames), 0, packet, () => {
    decodePacket(packet)
    collector.packet(packet)
  })
  collector.endCapture()
  collector.report()
  outlet.flush()
  return { keeper, collector }
}

describe('who stands at the ends of a flow', () => {
  const actorsOf = async (frames: readonly Bytes[]) => {
    const seen: string[] = []
    await watched(frames, (desk) => ({
      begin(p, row) {
        const { side } = desk.table
        const name = (handle: number) => (handle < 0 ? '-' : desk.hosts.all[handle]!.mac!.slice(-2))
        seen.push(`${p.frame}: ${name(desk.actor(row, side))} > ${name(desk.actor(row, 1 - side))}`)
      },
    }))
    return seen
  }
  const call = frame(camera.mac, router.mac, ip(camera.ip, FAR, syn(80, 1)))

  it('is who uses an address of its own, and nobody behind a router', async () => {
    const in_ = frame(router.mac, camera.mac, ip(FAR, camera.ip, syn(23, 1), 50))
    expect(await actorsOf([call, in_])).toEqual(['1: 01 > -', '2: - > 01'])
  })

  it('is who sends under a forged address, unless it forwards', async () => {
    const forged = frame(camera.mac, router.mac, ip(FORGED, FAR, syn(80, 2)))
    const passed = frame(router.mac, camera.mac, ip(FORGED, camera.ip, syn(80, 3), 51))
    expect(await actorsOf([call, forged, passed])).toEqual(['1: 01 > -', '2: 01 > -', '3: - > 01'])
  })

  it('is the router itself for what it sends of its own', async () => {
    const own = frame(router.mac, camera.mac, ip(router.ip, camera.ip, syn(23, 4)))
    expect(await actorsOf([call, own])).toEqual(['1: 01 > -', '2: 02 > 01'])
  })
})

describe('what a sensor is shown', () => {
  const udp = (from: number, to: number) => [...u16(from), ...u16(to), ...u16(9), 0, 0, 1]
  const datagram = (from: number, to: number) => {
    const packet = ip(camera.ip, FAR, udp(from, to))
    packet[9] = 17
    return frame(camera.mac, router.mac, packet)
  }
  const segment = (flags: number, seq: number, payload: Bytes) => {
    const header = syn(80, seq)
    header[13] = flags
    return frame(camera.mac, router.mac, ip(camera.ip, FAR, [...header, ...payload]))
  }
  const call = [segment(2, 1, []), segment(16, 2, []), segment(24, 2, [1]), segment(24, 3, [2]), segment(17, 4, [])]

  it('is what it asks for: SYNs, payload until it has enough, its ports', async () => {
    const seen: string[] = []
    const frames = [...call, datagram(5000, 53), datagram(67, 5000), datagram(5000, 5001)]
    await watched(frames, () => ({
      ports: [53, 67],
      syn: (p) => void seen.push(`syn ${p.frame}`),
      datagram: (p) => void seen.push(`datagram ${p.frame}`),
    }))
    expect(seen).toEqual(['syn 1', 'datagram 6', 'datagram 7'])
    const payloads = async (most: number) => {
      const shown: number[] = []
      await watched(frames, () => ({ payload: (p) => shown.push(p.frame) < most }))
      return shown
    }
    // a FIN tells that no more comes; each flow is asked about for itself
    expect(await payloads(100)).toEqual([3, 4, 5, 6, 7, 8])
    expect(await payloads(1)).toEqual([3, 6, 7, 8])
  })

  it('is not kept from one sensor since another has enough', async () => {
    const seen: string[] = []
    const make = (name: string, more: boolean) => () => ({
      payload: (p: Packet) => {
        seen.push(`${name} ${p.frame}`)
        return more
      },
    })
    const macs = new Float64Array(MAX_HOSTS)
    const outlet = new LocalOutlet(new Bookkeeper(decoders, {}, macs))
    const sensors = [make('a', false), make('b', true)]
    const collector = new Collector(decoders, { outlets: [outlet], shares: [0] }, macs, { sensors })
    const packet = new Packet()
    await readCapture(captureOf(call), 0, packet, () => {
      decodePacket(packet)
      collector.packet(packet)
    })
    expect(seen).toEqual(['a 3', 'b 3', 'b 4', 'b 5'])
  })
})

describe('what a sensor tells', () => {
  const told = (count: number): Told => ({
    detector: 'test',
    what: 'x',
    role: 'source',
    detail: { n: count },
    raised: { time: 5, frame: { capture: 0, frame: 1 } },
    count,
    first: 1,
    last: 9,
    frames: [{ capture: 0, frame: 1 }],
  })
  const one = [frame(camera.mac, router.mac, ip(camera.ip, FAR, syn(80, 1)))]

  it('is in the books as it was told last', async () => {
    let desk!: SensorDesk
    const { keeper } = await watched(one, (given) => {
      desk = given
      return {
        begin: () => desk.sign(0, 'k', told(1)),
        report: () => desk.sign(0, 'k', told(7)),
      }
    })
    expect(keeper.books.ledger(0).byKind().get('sign')).toMatchObject([
      { key: 'test k', count: 7, first: 1, last: 9, data: { detail: { n: 7 } }, exemplars: [{ capture: 0, frame: 1 }] },
    ])
  })

  it('is bounded, and the audit says so', async () => {
    const { keeper, collector } = await watched(one, (desk) => ({
      report() {
        for (let i = 0; i < 1000; i++) desk.sign(0, `k${i}`, told(i))
        // what is known finds room
        desk.sign(0, 'k1', told(5000))
      },
    }))
    const signs = keeper.books.ledger(0).byKind().get('sign')!
    expect(signs).toHaveLength(128)
    expect(signs[1]).toMatchObject({ count: 5000 })
    expect(collector.anomalies.get('signs-bounded')).toMatchObject({ count: 1000 - 128 })
  })
})

describe('threats of an audit', () => {
  it('are told of who is no device, too: a router that scans', async () => {
    const targets = Array.from({ length: 40 }, (_, i) => [192, 168, 1, 100 + i])
    const marked = targets.map((to) => frame(router.mac, camera.mac, ip(router.ip, to, syn(23, Buffer.from(to).readUInt32BE()))))
    const forwards = [
      frame(camera.mac, router.mac, ip(camera.ip, FAR, syn(80, 1))),
      frame(camera.mac, router.mac, ip(camera.ip, FORGED, syn(80, 1))),
    ]
    const { threats, devices, network } = await audit([captureOf([...forwards, ...marked])])
    expect(network.gateways).toMatchObject([{ macs: ['02:00:00:00:00:02'] }])
    expect(devices.map((d) => d.id)).toEqual(['mac-020000000001'])
    // the gravest: the camera, to which they are sent here, is told of as looked for
    expect(threats![0]).toMatchObject({ device: 'mac-020000000002', campaign: 'recruitment', stage: 'scanning' })
  })
})

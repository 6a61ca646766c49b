import { describe, expect, it } from 'vitest'
import { dialoguesCapture } from '../testing/dialogue-capture.ts'
import { devicesOf } from '../testing/observed.ts'
import type { DeviceEvidence, FrameRef } from './evidence.ts'

type Bytes = readonly number[]
const u16 = (n: number) => [n >> 8, n & 255]
const mac = (n: number) => [2, 0, 0, 0, 0, n]
const text = (s: string) => [...Buffer.from(s)]

const ip = (src: Bytes, dst: Bytes, protocol: number, payload: Bytes, hops = 64): number[] =>
  src.length === 4
    ? [0x45, 0, ...u16(20 + payload.length), 0, 0, 0, 0, hops, protocol, 0, 0, ...src, ...dst, ...payload]
    : [0x60, 0, 0, 0, ...u16(payload.length), protocol, hops, ...src, ...dst, ...payload]
const udp = (from: number, to: number, payload: Bytes) => [...u16(from), ...u16(to), ...u16(8 + payload.length), 0, 0, ...payload]
const frame = (from: Bytes, to: Bytes, packet: Bytes) => [
  ...to,
  ...from,
  ...(packet[0]! >> 4 === 6 ? [0x86, 0xdd] : [8, 0]),
  ...packet,
]
const vxlan = (inner: Bytes) => udp(50000, 4789, [8, 0, 0, 0, 0, 0, 1, 0, ...inner])
/** A question for the address of a.example. */
const QUESTION = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 7, ...text('example'), 0, 0, 1, 0, 1]
const ANSWER = [0, 7, 0x81, 0x80, ...QUESTION.slice(4)]

const hub = { mac: mac(1), ip: [192, 168, 1, 10], six: [0x20, 1, 0x0d, 0xb8, ...Array<number>(11).fill(0), 5] }
const router = { mac: mac(2), ip: [192, 168, 1, 1] }
const FAR = [203, 0, 113, 9]
const FAR_SIX = [0x20, 1, 0x48, 0x60, 0x48, 0x60, ...Array<number>(8).fill(0), 0x88, 0x88]

const ends = { client: hub.ip, server: router.ip, macs: { client: hub.mac, server: router.mac } }
const audited = (frames: readonly Bytes[]) =>
  devicesOf(
    dialoguesCapture(
      frames.map((f) => Uint8Array.from(f)),
      ends,
    ),
  )
const of = (devices: readonly DeviceEvidence[], n: number) => devices.find(({ macs }) => macs.includes(`02:00:00:00:00:0${n}`))
const ways = (device: DeviceEvidence | undefined) =>
  device?.endpoints.map((e) => `${e.protocol} ${e.ips[0]} ${e.protection}`).toSorted()

describe("a device that is a tunnel's end", () => {
  const out = (inner: Bytes) => frame(hub.mac, router.mac, ip(hub.ip, FAR, 41, inner))
  const back = (inner: Bytes) => frame(router.mac, hub.mac, ip(FAR, hub.ip, 41, inner, 57))

  it('did what it sent in the tunnel under its own address', async () => {
    const devices = await audited([
      out(ip(hub.six, FAR_SIX, 17, udp(40000, 53, QUESTION))),
      back(ip(FAR_SIX, hub.six, 17, udp(53, 40000, ANSWER), 50)),
    ])
    const device = of(devices, 1)!
    expect(ways(device)).toEqual(['6in4 203.0.113.9 clear', 'dns 2001:4860:4860::8888 clear'])
    expect(device.ips).toContain('2001:db8::5')
    expect(device.of('dns.query')).toMatchObject([{ data: { name: 'a.example' }, exemplars: [{ frame: 1 }, { frame: 2 }] }])
    // counted once, by the packets that went over the wire
    expect(device.packets).toBe(2)
    expect(device.bytesOut).toBe(20 + 40 + 8 + QUESTION.length)
    expect(device.of('traffic.hour')[0]!.data.packets).toBe(2)
  })

  it('did not do what it passed on for others', async () => {
    const devices = await audited([out(ip(hub.six, FAR_SIX, 17, udp(40000, 53, QUESTION), 63))])
    expect(ways(of(devices, 1))).toEqual(['6in4 203.0.113.9 clear'])
    expect(of(devices, 1)!.of('dns.query')).toEqual([])
  })

  it('is not known by what strangers send it in tunnels', async () => {
    const devices = await audited([
      // an answer of DHCP that names a router, from the Internet in IP in IP
      frame(
        router.mac,
        hub.mac,
        ip(FAR, hub.ip, 4, ip(router.ip, hub.ip, 17, udp(67, 68, [2, 1, 6, ...Array<number>(240).fill(0)])), 57),
      ),
      back(ip(FAR_SIX, hub.six, 17, udp(53, 40000, ANSWER), 50)),
      out(ip(hub.six, FAR_SIX, 58, [128, 0, 0, 0, 0, 0, 0, 0])),
    ])
    expect(devices.map(({ macs }) => macs.join())).toEqual(['02:00:00:00:00:01'])
    expect(ways(of(devices, 1))!.filter((way) => way.includes('192.168.1.1'))).toEqual([])
  })
})

describe('a device that strangers send tunnels to', () => {
  const resolver = [203, 0, 113, 53]
  const question = ip(hub.ip, resolver, 17, udp(40000, 53, QUESTION))

  it('has what it does itself, though a tunnel had it before under the same addresses and ports', async () => {
    const told = frame(router.mac, hub.mac, ip(FAR, hub.ip, 4, question, 57))
    const done = frame(hub.mac, router.mac, question)
    for (const frames of [
      [told, done],
      [done, told],
    ]) {
      const device = of(await audited(frames), 1)!
      expect(ways(device)).toContain('dns 203.0.113.53 clear')
      expect(device.of('dns.query')).toMatchObject([{ count: 1, exemplars: [{ frame: frames.indexOf(done) + 1 }] }])
      expect(device.bytesOut).toBe(question.length)
    }
  })
})

describe('a mirror port', () => {
  const thing = { mac: mac(7), ip: [192, 168, 50, 7] }
  const gateway = { mac: mac(8), ip: [192, 168, 50, 1] }
  const mirrored = [
    frame(thing.mac, gateway.mac, ip(thing.ip, gateway.ip, 17, udp(40000, 53, QUESTION))),
    frame(gateway.mac, thing.mac, ip(gateway.ip, thing.ip, 17, udp(53, 40000, ANSWER))),
  ]

  it('shows the devices within, and the tunnel at its ends', async () => {
    const devices = await audited(mirrored.map((f) => frame(hub.mac, router.mac, ip(hub.ip, router.ip, 17, vxlan(f)))))
    expect(ways(of(devices, 7))).toEqual(['dns 192.168.50.1 clear'])
    expect(of(devices, 7)!.packets).toBe(2)
    expect(
      of(devices, 7)!
        .of('dns.query')[0]!
        .exemplars.map((e) => (e as FrameRef).frame),
    ).toEqual([1, 2])
    expect(ways(of(devices, 1))).toEqual(['vxlan 192.168.1.1 clear'])
  })

  it('somewhere on the Internet shows nothing: anyone could make up devices here', async () => {
    const devices = await audited(
      mirrored.flatMap((f) => [
        frame(router.mac, hub.mac, ip(FAR, hub.ip, 17, vxlan(f), 57)),
        frame(hub.mac, router.mac, ip(hub.ip, FAR, 17, udp(4789, 9, [1]))),
      ]),
    )
    expect(of(devices, 7)).toBeUndefined()
    expect(of(devices, 1)).toBeDefined()
  })

  it('within tunnels within tunnels is looked into so deep and no deeper', async () => {
    const nested = (depth: number): number[] => {
      let f = mirrored[0]!
      for (let i = 0; i < depth; i++) f = frame(hub.mac, router.mac, ip(hub.ip, router.ip, 17, vxlan(f)))
      return f
    }
    expect(of(await audited([nested(4)]), 7)).toBeDefined()
    expect(of(await audited([nested(5)]), 7)).toBeUndefined()
  })
})

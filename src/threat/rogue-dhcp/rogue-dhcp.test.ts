import { describe, expect, it } from 'vitest'
import {
  type Bytes,
  dhcpMessage,
  EVERYBODY,
  ipv6,
  linkLocal,
  station,
  stepsIn,
  type Station,
  type Timed,
  u16,
  udp,
} from '../../testing/lan.ts'

const router = station(1)
const second = station(2)
const thief = station(66)
const all: Station = { mac: EVERYBODY, ip: [255, 255, 255, 255] }
const nobody = (mac: Bytes): Station => ({ mac, ip: [0, 0, 0, 0] })

interface Options {
  routers?: Bytes | undefined
  resolvers?: Bytes | undefined
  xid?: number
}

const ask = (t: number, client: Station, type: 1 | 3, xid: number): Timed => [
  t,
  udp(nobody(client.mac), 68, all, 67, dhcpMessage({ type, client, xid })),
]
const give = (t: number, from: Station, client: Station, type: 2 | 5, { xid = 1, ...options }: Options = {}): Timed => [
  t,
  udp(
    from,
    67,
    all,
    68,
    dhcpMessage({
      type,
      client,
      yourIp: client.ip,
      xid,
      server: from.ip,
      routers: from.ip,
      resolvers: from.ip,
      ...options,
    }),
  ),
]
/** A whole lease of the router's. */
const lease = (t: number, client: Station, xid: number): Timed[] => [
  ask(t, client, 1, xid),
  give(t + 0.01, router, client, 2, { xid }),
  ask(t + 0.02, client, 3, xid),
  give(t + 0.03, router, client, 5, { xid }),
]
const steps = (frames: readonly Timed[]) => stepsIn(frames, 'rogue-dhcp')

describe('a rogue DHCP server', () => {
  it('is a client of the first that answers others itself', async () => {
    const told = await steps([
      ...lease(0, thief, 1),
      ...lease(5, station(10), 2),
      ask(20, station(11), 1, 3),
      give(20.001, thief, station(11), 2, { xid: 3 }),
      give(20.01, router, station(11), 2, { xid: 3 }),
    ])
    expect(told).toMatchObject([
      {
        device: 'mac-020000000042',
        what: 'client',
        role: 'source',
        severity: 'high',
        peer: { ip: '192.168.1.1' },
        count: 1,
        alertedBy: { frames: [10] },
        detail: { gives: 'router 192.168.1.66 and resolver 192.168.1.66', first: 'router 192.168.1.1 and resolver 192.168.1.1' },
      },
    ])
    expect(told[0]!.says).toContain('DHCP server 192.168.1.1')
  })

  it('is one that answers the same question with another resolver', async () => {
    const told = await steps([
      ...lease(5, station(10), 2),
      ask(20, station(11), 1, 3),
      give(20.001, second, station(11), 2, { xid: 3, routers: router.ip, resolvers: [198, 51, 100, 53] }),
      give(20.01, router, station(11), 2, { xid: 3 }),
    ])
    expect(told).toMatchObject([{ device: 'mac-020000000002', what: 'second', severity: 'medium' }])
  })

  it('is one that takes turns with the first for the same addresses', async () => {
    const told = await steps([
      ...lease(0, station(10), 2),
      give(60, second, station(11), 5, { xid: 3 }),
      ...lease(120, station(12), 4),
      give(180, second, station(13), 5, { xid: 5 }),
    ])
    expect(told).toMatchObject([{ device: 'mac-020000000002', what: 'second', count: 2 }])
  })

  it('is told of DHCPv6 by its resolvers', async () => {
    const duid = [0, 3, 0, 1, ...station(10).mac]
    const option = (code: number, value: Bytes) => [...u16(code), ...u16(value.length), ...value]
    const reply = (from: Station, resolver: Bytes) => {
      const message = [2, 0, 0, 9, ...option(1, duid), ...option(2, [0, 3, 0, 1, ...from.mac]), ...option(23, resolver)]
      const header = [...u16(547), ...u16(546), ...u16(8 + message.length), 0, 0]
      return ipv6(from, station(10).mac, linkLocal(station(10)), 17, [...header, ...message])
    }
    const told = await steps([
      ...lease(0, thief, 1),
      [10, reply(thief, linkLocal(thief))],
      [10.01, reply(router, linkLocal(router))],
      [11, reply(thief, linkLocal(thief))],
    ])
    expect(told).toMatchObject([{ device: 'mac-020000000042', what: 'client', detail: { protocol: 'DHCPv6' } }])
  })
})

describe('no rogue DHCP server', () => {
  const none = async (frames: readonly Timed[]) => expect(await steps(frames)).toEqual([])
  const both = (options: Options): Timed[] => [
    ...lease(0, station(10), 1),
    ask(20, station(11), 1, 3),
    give(20.001, second, station(11), 2, { xid: 3, ...options }),
    give(20.01, router, station(11), 2, { xid: 3 }),
    give(60, second, station(11), 5, { xid: 4, ...options }),
  ]

  it('is a second server that gives the same', () => none(both({ routers: router.ip, resolvers: router.ip })))

  it('is one with a resolver more', () => none(both({ routers: router.ip, resolvers: [8, 8, 8, 8, ...router.ip] })))

  it('is one that gives names of start files only', () => none(both({ routers: undefined, resolvers: undefined })))

  it('is the server of another network, to which the thing was carried', () => {
    const elsewhere: Station = { mac: second.mac, ip: [10, 0, 0, 1] }
    const there = (t: number, xid: number): Timed =>
      give(t, elsewhere, { mac: station(10).mac, ip: [10, 0, 0, 7] }, 5, {
        xid,
        routers: [10, 0, 0, 1],
        resolvers: [10, 0, 0, 1],
      })
    return none([...lease(0, station(10), 1), there(300, 2), ...lease(500, station(10), 3), there(700, 4)])
  })

  it('is the same kind of network elsewhere, hours later', () =>
    none([
      ...lease(0, station(10), 1),
      give(9000, second, station(10), 5, { xid: 2 }),
      ...lease(20_000, station(10), 3),
      give(30_000, second, station(10), 5, { xid: 4 }),
    ]))

  it('is a router that has its outer address from the provider', () => {
    const provider: Station = { mac: station(99).mac, ip: [203, 0, 113, 1] }
    const outer: Station = { mac: router.mac, ip: [203, 0, 113, 77] }
    return none([
      give(0, provider, outer, 5, { xid: 1, routers: [203, 0, 113, 1], resolvers: [203, 0, 113, 53] }),
      ...lease(10, station(10), 2),
      give(20, provider, outer, 5, { xid: 3, routers: [203, 0, 113, 1], resolvers: [203, 0, 113, 53] }),
      ...lease(30, station(11), 4),
    ])
  })
})

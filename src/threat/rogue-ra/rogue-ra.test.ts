import { describe, expect, it } from 'vitest'
import { type Bytes, ipv6, linkLocal, station, stepsIn, type Station, type Timed, u16, u32, udp } from '../../testing/lan.ts'

const router = station(1)
const thief = station(66)
const ALL_NODES: Bytes = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
const GROUP: Bytes = [0x33, 0x33, 0, 0, 0, 1]
const prefix = (n: number): Bytes => [0x20, 1, 0xd, 0xb8, 0, n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
const resolver = (n: number): Bytes => [...prefix(n).slice(0, 15), 0x53]

interface Options {
  lifetime?: number
  prefix?: Bytes
  resolver?: Bytes
  as?: Station
}

function advertisement(
  from: Station,
  { lifetime = 1800, prefix: on = prefix(1), resolver: by, as = from }: Options = {},
): number[] {
  const options = [
    3,
    4,
    64,
    0xc0,
    ...u32(86_400),
    ...u32(14_400),
    ...u32(0),
    ...on,
    ...(by === undefined ? [] : [25, 3, 0, 0, ...u32(1800), ...by]),
  ]
  const frame = ipv6(from, GROUP, ALL_NODES, 58, [134, 0, 0, 0, 64, 0, ...u16(lifetime), ...u32(0), ...u32(0), ...options])
  frame.splice(22, 16, ...linkLocal(as))
  return frame
}

const solicitation = (from: Station) => ipv6(from, GROUP, ALL_NODES, 58, [133, 0, 0, 0, ...u32(0)])
const calls = (from: Station) => udp(from, 4000, { mac: router.mac, ip: [203, 0, 113, 9] }, 4000, [1])
const every = (from: number, to: number, step: number, frame: readonly number[]): Timed[] =>
  Array.from({ length: Math.floor((to - from) / step) }, (_, i): Timed => [from + i * step, frame])
const steps = (frames: readonly Timed[]) => stepsIn(frames, 'rogue-ra')

describe('rogue router advertisements', () => {
  it('come from who was a client', async () => {
    const told = await steps([
      ...every(0, 100, 10, advertisement(router)),
      [1, calls(thief)],
      ...every(31, 60, 5, advertisement(thief, { prefix: prefix(66), resolver: resolver(66) })),
    ])
    expect(told).toMatchObject([
      {
        device: 'mac-020000000042',
        what: 'client',
        severity: 'high',
        count: 5,
        alertedBy: { frames: [6] },
        peer: { ip: 'fe80::1' },
      },
    ])
    expect(told[0]!.says).toContain('2001:db8:42::53')
  })

  it('come from who asked for a router before', async () => {
    const told = await steps([
      [0, advertisement(router)],
      [1, solicitation(thief)],
      [40, advertisement(thief, { prefix: prefix(66) })],
    ])
    expect(told).toMatchObject([{ device: 'mac-020000000042', what: 'client' }])
  })

  it('withdraw a router in its name', async () => {
    const told = await steps([
      ...every(0, 100, 10, advertisement(router)),
      [35, advertisement(thief, { as: router, lifetime: 0 })],
    ])
    expect(told).toMatchObject([{ device: 'mac-020000000042', what: 'forged', severity: 'high', peer: { ip: 'fe80::1' } }])
  })

  it('are told in a low voice of a second router that came late', async () => {
    const late = every(1000, 1500, 100, advertisement(thief, { prefix: prefix(66) }))
    expect(await steps([...every(0, 1500, 100, advertisement(router)), ...late])).toMatchObject([
      { what: 'second', severity: 'low' },
    ])
  })
})

describe('no rogue router advertisements', () => {
  const none = async (frames: readonly Timed[]) => expect(await steps(frames)).toEqual([])

  it('are those of a border router of Thread, a client that is no default router', () =>
    none([
      ...every(0, 100, 10, advertisement(router)),
      [1, calls(thief)],
      [2, solicitation(thief)],
      ...every(31, 60, 5, advertisement(thief, { lifetime: 0, prefix: [0xfd, ...prefix(9).slice(1)] })),
    ]))

  it('are those of two routers that were there from the beginning', () =>
    none([...every(0, 2000, 100, advertisement(router)), ...every(50, 2000, 100, advertisement(thief, { prefix: prefix(66) }))]))

  it('are those of a late one with the same prefix', () =>
    none([...every(0, 2000, 100, advertisement(router)), ...every(1050, 2000, 100, advertisement(thief))]))

  it('are those of a new router that took the address of the old', () =>
    none([...every(0, 500, 100, advertisement(router)), ...every(550, 2000, 100, advertisement(thief, { as: router }))]))
})

it('keeps no more routers in mind than there is room for', async () => {
  const flood: Timed[] = Array.from({ length: 3000 }, (_, i) => [
    i / 100,
    advertisement({ mac: [2, 1, 0, 0, i >> 8, i & 255], ip: [0, 0, 0, 0] }, { prefix: prefix(i & 255) }),
  ])
  expect((await steps(flood)).length).toBeLessThanOrEqual(64)
})

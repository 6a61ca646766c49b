import { describe, expect, it } from 'vitest'
import { arpReply, arpRequest, ethernet, EVERYBODY, station, stepsIn, type Station, type Timed, udp } from '../../testing/lan.ts'

const router = station(1)
const victim = station(10)
const thief = station(66)
const far: Station = { mac: router.mac, ip: [203, 0, 113, 9] }

/** Victim and router ask for each other now and then, and the victim calls the Internet. */
function life(seconds: number): Timed[] {
  const frames: Timed[] = []
  for (let t = 0; t < seconds; t += 20) {
    frames.push([t, arpRequest(victim, router.ip)], [t + 0.001, arpReply(router, victim)])
    frames.push([t + 5, arpRequest(router, victim.ip)], [t + 5.001, arpReply(victim, router)])
    frames.push([t + 6, udp(victim, 4000 + t, { mac: router.mac, ip: [203, 0, 113, 1 + (t % 3)] }, 4000, [1])])
  }
  return frames
}

const every = (from: number, to: number, step: number, frame: (t: number) => readonly number[]): Timed[] =>
  Array.from({ length: Math.floor((to - from) / step) }, (_, i): Timed => [from + i * step, frame(from + i * step)])

const steps = (frames: readonly Timed[]) => stepsIn(frames, 'arp-spoofing')

describe('ARP spoofing', () => {
  it('is told of who claims the addresses of router and victim, and of both of them', async () => {
    const told = await steps([
      ...life(120),
      [9, arpRequest(thief, router.ip)],
      ...every(30, 60, 2, () => arpReply(thief, victim, { ip: router.ip })),
      ...every(30.1, 60, 2, () => arpReply(thief, router, { ip: victim.ip })),
    ])
    expect(told).toMatchObject(
      [
        {
          device: 'mac-020000000042',
          role: 'source',
          what: 'router',
          severity: 'high',
          detail: { address: '192.168.1.1', addresses: 2 },
        },
        { device: 'mac-02000000000a', role: 'target', severity: 'medium', peer: { ip: '192.168.1.66' } },
        { device: 'mac-020000000001', role: 'target' },
      ].sort((a, b) => (a.device === 'mac-020000000042' ? -1 : b.device === 'mac-020000000042' ? 1 : 0)),
    )
    expect(told[0]!.says).toContain('192.168.1.1')
    // six claims, two seconds apart
    expect(Date.parse(told[0]!.alerted)).toBeLessThanOrEqual(1_790_000_040_100)
    expect(Date.parse(told[0]!.first)).toBe(1_790_000_030_000)
  })

  it('is told by claims in requests too', async () => {
    const told = await steps([
      ...life(120),
      [9, arpRequest(thief, router.ip)],
      ...every(30, 90, 10, () => arpRequest(thief, victim.ip, { ip: router.ip, to: victim })),
      [85, arpRequest(thief, [192, 168, 1, 3])],
    ])
    expect(told.filter((s) => s.role === 'source')).toMatchObject([{ device: 'mac-020000000042', what: 'router' }])
  })

  it('is told of who began before the capture did', async () => {
    const told = await steps([
      ...every(0, 60, 2, () => arpReply(thief, victim, { ip: router.ip })),
      ...every(0.1, 60, 2, () => arpReply(thief, router, { ip: victim.ip })),
      [1, arpRequest(thief, [192, 168, 1, 3])],
      ...life(60).map(([t, f]): Timed => [t + 3, f]),
    ])
    expect(new Set(told.filter((s) => s.role === 'source').map((s) => s.device))).toEqual(new Set(['mac-020000000042']))
  })
})

describe('no ARP spoofing', () => {
  const none = async (frames: readonly Timed[]) => expect(await steps(frames)).toEqual([])

  it('is an address that went to another thing by DHCP', () =>
    none([...life(60), ...every(80, 200, 5, () => arpRequest({ ...thief, ip: victim.ip }, router.ip))]))

  it('is a router whose hardware changed', () =>
    none([...life(60), ...every(80, 200, 5, () => arpRequest({ ...thief, ip: router.ip }, victim.ip))]))

  it('is a virtual router that passes from one to the other and back', () => {
    const virtual = { mac: [0, 0, 0x5e, 0, 1, 7], ip: router.ip }
    return none([
      ...life(200),
      [1, arpRequest(thief, victim.ip)],
      ...every(10, 190, 2, () =>
        ethernet(thief.mac, EVERYBODY, 0x0806, arpReply(virtual, { mac: EVERYBODY, ip: router.ip }).slice(14)),
      ),
    ])
  })

  it('is a sleep proxy that answers for who sleeps', async () => {
    const night = (from: number): Timed[] => [
      ...every(from, from + 3, 1, () => arpReply(thief, { mac: EVERYBODY, ip: victim.ip }, { ip: victim.ip })),
      ...every(from + 20, from + 200, 30, () => arpRequest(router, victim.ip)),
      ...every(from + 20.001, from + 200, 30, () => arpReply(thief, router, { ip: victim.ip })),
    ]
    const day = (from: number): Timed[] => every(from, from + 40, 10, () => arpRequest(victim, router.ip))
    await none([[0, arpRequest(thief, router.ip)], ...[0, 300, 600, 900].flatMap((t) => [...day(t), ...night(t + 50)])])
  })

  it('is one machine whose two cards answer for both of its addresses', () => {
    const other = { mac: thief.mac, ip: [192, 168, 1, 11] }
    const answers = (t: number): Timed[] => [
      [t, arpRequest(router, victim.ip)],
      [t + 0.001, arpReply(victim, router)],
      [t + 0.002, arpReply(other, router, { ip: victim.ip })],
      [t + 1, arpRequest(router, other.ip)],
      [t + 1.001, arpReply(other, router)],
      [t + 1.002, arpReply(victim, router, { ip: other.ip })],
    ]
    return none(Array.from({ length: 60 }, (_, i) => answers(5 * i)).flat())
  })

  it('is a bond that balances its load by ARP', () => {
    const second = { mac: thief.mac, ip: victim.ip }
    return none([
      ...life(200),
      ...every(1, 190, 3, () => arpReply(second, router)),
      ...every(2, 190, 3, () => arpReply(victim, station(7))),
    ])
  })

  it('is a repeater that answers for things behind it, when it is asked', () =>
    none([
      ...life(300),
      [1, arpRequest(thief, router.ip)],
      ...every(10, 290, 7, () => arpRequest(router, victim.ip)),
      ...every(10.001, 290, 7, () => arpReply(thief, router, { ip: victim.ip })),
    ]))
})

it('remembers no more addresses than it has room for', async () => {
  const flood: Timed[] = Array.from({ length: 6000 }, (_, i) => [
    i / 1000,
    arpReply(thief, router, { ip: [10, i >> 12, (i >> 4) & 255, 1 + (i & 15)] }),
  ])
  expect(await steps([...flood, [10, udp(thief, 1, far, 2, [1])]])).toEqual([])
})

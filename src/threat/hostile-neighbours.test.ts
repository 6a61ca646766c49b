import { expect, it } from 'vitest'
import { random } from '../../lab/random.ts'
import { audit } from '../audit/audit.ts'
import {
  arpReply,
  arpRequest,
  captureOf,
  dhcpMessage,
  dnsMessage,
  ipv6,
  station,
  type Timed,
  u16,
  u32,
  udp,
} from '../testing/lan.ts'

const all = Array.from({ length: 6 }, () => 0xff)
const [router, thing] = [station(1), station(10)]
const GROUP = [0x33, 0x33, 0, 0, 0, 1]
const NODES = [0xff, 2, ...Array.from({ length: 13 }, () => 0), 1]

const FRAMES: readonly (readonly number[])[] = [
  arpReply(router, thing),
  arpRequest(thing, router.ip),
  udp(
    router,
    67,
    { mac: all, ip: all.slice(0, 4) },
    68,
    dhcpMessage({ type: 5, client: thing, yourIp: thing.ip, routers: router.ip, resolvers: router.ip }),
  ),
  udp(thing, 4000, router, 53, dnsMessage(1, `H4sIAAAA${'a'.repeat(50)}.example.com`)),
  udp(router, 53, thing, 4000, dnsMessage(1, `${'ab'.repeat(20)}.example.com`, { rcode: 3 })),
  udp(router, 53, thing, 4000, dnsMessage(1, `${'ab'.repeat(20)}.example.com`, { records: [[16, [5, 1, 2, 3, 4, 5]]] }, 16)),
  ipv6(router, GROUP, NODES, 58, [134, 0, 0, 0, 64, 0, ...u16(1800), ...u32(0), ...u32(0), 25, 3, 0, 0, ...u32(1800), ...NODES]),
  ipv6(router, GROUP, NODES, 17, [...u16(547), ...u16(546), ...u16(20), 0, 0, 2, 0, 0, 9, 0, 23, 0, 4, 1, 2, 3, 4]),
]

it('throws at nothing that neighbours send, and says so of many of them', async () => {
  const chance = random('neighbours')
  const frames = Array.from({ length: 20_000 }, (_, i): Timed => {
    const frame = [...chance.pick(FRAMES)]
    for (let n = chance.below(4); n > 0; n--) frame[chance.below(frame.length)] = chance.below(256)
    if (chance.below(5) === 0) frame.length = chance.below(frame.length)
    return [i / 100, frame]
  })
  const { threats = [], network } = await audit([captureOf(frames)], { threads: 0 })
  expect(network.packets).toBe(20_000)
  // what begins as a packed file was among what was left as it was
  expect(threats.flatMap((t) => t.steps).map((s) => s.detector)).toContain('dns-tunnel')
})

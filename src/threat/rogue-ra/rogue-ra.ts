import { readRouterAdvertisement } from '../../decode/icmpv6.ts'
import type { Packet } from '../../decode/packet.ts'
import type { AddressKey } from '../../device/addresses.ts'
import { isVirtualRouter } from '../../device/hosts.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import type { Detector, Sign, Telling } from '../detector.ts'

const SETTLED = {
  value: 600,
  unit: 'seconds',
  why: 'routers advertise every ten minutes at least (RFC 4861 section 6.2.1: 600 seconds by default): who begins later than that was not there',
}

const SOLICITATION = 133
const ADVERTISEMENT = 134
const MAX_ROUTERS = 64
const MAX_SOLICITED = 1024
const MAX_LISTED = 16
const MAX_FRAMES = 8

/** Router advertisements by who is no router. */
export const rogueRa: Detector = {
  id: 'rogue-ra',
  title: 'Rogue router advertisements',
  looksFor: `A device that was a plain client of the network (it called the Internet through another, or asked for a router) and then advertises itself as default router of IPv6; one that advertises under the address of another router, which goes on to do so itself; or a router with other prefixes or resolvers that shows up more than ${SETTLED.value / 60} minutes after the first.`,
  mistakes:
    'A computer that shares its connection by mistake (Internet Connection Sharing did that for years: RFC 6104): the harm is the same. A second router that was put there on purpose. Border routers of Thread and hubs that advertise routes to prefixes of their own do so with a lifetime of 0 (RFC 4191) and are no default routers: nothing is said of them. Not seen: one who was never seen as a client and was there from the beginning of the capture, and advertisements in fragments (RFC 6980 forbids them).',
  baseRate:
    'None in 967 captures of homes, of protocol test sets and of damaged packets; few of them hold router advertisements.',
  tunables: { settled: SETTLED },
  sensor: (desk) => new RouterSensor(desk),
  tell,
}

type What = 'client' | 'forged' | 'second'

interface Router {
  readonly handle: number
  readonly ip: string
  readonly prefixes: Set<string>
  readonly resolvers: Set<string>
  readonly frames: FrameRef[]
  count: number
  first: number
  last: number
  /** It was a client before it advertised. */
  readonly client: boolean
  rogue?: { what: What; beside: string; raised: { time: number; frame: FrameRef }; told: number }
}

class RouterSensor implements Sensor {
  private readonly desk: SensorDesk
  /** By host: those that advertised to be default routers. */
  private readonly routers = new Map<number, Router>()
  /** Who asked for routers. */
  private readonly solicited = new Set<number>()
  /** By address: who used it first to advertise, and who did later. */
  private readonly addresses = new Map<AddressKey, { holder: number; other: number; frame: FrameRef }>()

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  icmpv6(p: Packet): void {
    if (p.srcPort !== ADVERTISEMENT && p.srcPort !== SOLICITATION) return
    if (p.srcMac < 0 || this.desk.table.within) return
    // the flow is that of the address, whoever sends under it
    const handle = this.desk.hosts.withMac(p.buf, p.srcMac)
    if (handle < 0) return
    if (p.srcPort === ADVERTISEMENT) this.advertised(p, handle)
    else if (this.solicited.size < MAX_SOLICITED) this.solicited.add(handle)
  }

  report(): void {
    for (const router of this.routers.values()) if (router.rogue && router.rogue.told !== router.count) this.tellOf(router)
  }

  private advertised(p: Packet, handle: number): void {
    const found = readRouterAdvertisement(p)
    if (!found) return
    const { addresses } = this.desk
    const key = addresses.key(p.buf, p.srcIp, 16)
    const router =
      this.routers.get(handle) ?? (found.lifetime > 0 || this.addresses.has(key) ? this.create(p, handle, key) : undefined)
    if (!router) return
    router.count++
    router.last = p.time
    const frame = { capture: p.capture, frame: p.frame }
    if (router.frames.length < MAX_FRAMES) router.frames.push(frame)
    for (const { offset } of found.prefixes)
      if (router.prefixes.size < MAX_LISTED) router.prefixes.add(addresses.text(addresses.key(p.buf, offset, 16)))
    for (const { addresses: offsets } of found.resolvers)
      for (const offset of offsets)
        if (router.resolvers.size < MAX_LISTED) router.resolvers.add(addresses.text(addresses.key(p.buf, offset, 16)))
    this.forged(key, handle, frame, p.time)
    if (found.lifetime > 0 && !router.rogue) this.judge(router, frame, p.time)
  }

  private create(p: Packet, handle: number, key: AddressKey): Router | undefined {
    const host = this.desk.hosts.all[handle]!
    if (this.routers.size >= MAX_ROUTERS || isVirtualRouter(host.mac)) return undefined
    const router: Router = {
      handle,
      ip: this.desk.addresses.text(key),
      prefixes: new Set(),
      resolvers: new Set(),
      frames: [],
      count: 0,
      first: p.time,
      last: p.time,
      client: host.calls || (this.solicited.has(handle) && this.routers.size > 0),
    }
    this.routers.set(handle, router)
    return router
  }

  /** Of two that advertise under one address, the first who goes on is its holder. */
  private forged(key: AddressKey, handle: number, frame: FrameRef, time: number): void {
    const known = this.addresses.get(key)
    if (!known) {
      if (this.addresses.size < MAX_ROUTERS) this.addresses.set(key, { holder: handle, other: -1, frame })
      return
    }
    if (known.holder !== handle) {
      known.other = handle
      return
    }
    const other = this.routers.get(known.other)
    if (other && !other.rogue) this.raise(other, 'forged', this.desk.addresses.text(key), frame, time)
  }

  private judge(router: Router, frame: FrameRef, time: number): void {
    const others = [...this.routers.values()].filter((one) => one !== router && one.rogue === undefined)
    const before = others.find(
      (one) => one.first < router.first && (apart(one.prefixes, router.prefixes) || apart(one.resolvers, router.resolvers)),
    )
    if (router.client) this.raise(router, 'client', before?.ip ?? '', frame, time)
    else if (before && router.first - before.first > SETTLED.value * 1e6) this.raise(router, 'second', before.ip, frame, time)
  }

  private raise(router: Router, what: What, beside: string, frame: FrameRef, time: number): void {
    router.rogue = { what, beside, raised: { time, frame }, told: 0 }
    this.tellOf(router)
  }

  private tellOf(router: Router): void {
    const { handle, ip, prefixes, resolvers, count, first, last, frames } = router
    const { what, beside, raised } = router.rogue!
    router.rogue!.told = count
    this.desk.sign(handle, 'source', {
      detector: 'rogue-ra',
      what,
      role: 'source',
      ...(beside === '' ? {} : { peer: { ip: beside, port: 0, scope: 'local' as const } }),
      detail: { ip, prefixes: [...prefixes].slice(0, 3).join(', '), resolvers: [...resolvers].slice(0, 3).join(', ') },
      raised,
      count,
      first,
      last,
      frames: [...frames],
    })
  }
}

function apart(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size > 0 && b.size > 0 && ![...a].some((one) => b.has(one))
}

function tell({ data: { what, detail, peer }, count }: Sign): Telling {
  const prefixes = detail['prefixes'] === '' ? '' : `, with the prefix ${detail['prefixes']}`
  const resolvers = detail['resolvers'] === '' ? '' : `, with the resolver ${detail['resolvers']}`
  const times = `${count} time${count === 1 ? '' : 's'}`
  const common = { campaign: 'interception', stage: 'intercepting', techniques: ['T1557'] } as const
  switch (what) {
    case 'client':
      return {
        ...common,
        severity: peer === undefined ? 'medium' : 'high',
        confidence: 0.8,
        says: `It was a client of this network, and then advertised itself ${times} as a router of IPv6${prefixes}${resolvers}${peer === undefined ? '' : `, beside the router ${peer.ip}`}: others send through it what is for the Internet. A computer that shares its connection by mistake does that too.`,
      }
    case 'forged':
      return {
        ...common,
        severity: 'high',
        confidence: 0.85,
        says: `It advertised ${times} under the address ${peer?.ip} of a router that goes on to use it: nobody but that router should.`,
      }
    default:
      return {
        ...common,
        severity: 'low',
        confidence: 0.4,
        says: `A second router of IPv6 showed up${prefixes}${resolvers}, unlike those of ${peer?.ip}. If nobody put it there, it leads others astray.`,
      }
  }
}

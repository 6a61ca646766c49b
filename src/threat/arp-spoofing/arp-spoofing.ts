import type { readArp } from '../../decode/arp.ts'
import type { Packet } from '../../decode/packet.ts'
import { isVirtualRouter } from '../../device/hosts.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import { plural } from '../../evidence/words.ts'
import type { Detector, Sign, Telling } from '../detector.ts'

type Arp = NonNullable<ReturnType<typeof readArp>>

const CLAIMS = {
  value: 6,
  unit: 'claims',
  why: 'a boot, a failover or a new lease announces an address once to five times (RFC 5227: twice); poisoning goes on for as long as it is to work',
}
const PAUSE = { value: 60, unit: 'seconds', why: 'an ARP cache forgets in a minute or so: poison has to be given sooner' }
const ANSWER = { value: 3, unit: 'seconds', why: 'an answer to a question takes less' }

/** Addresses that are kept in mind; the oldest makes room. */
const MAX_ADDRESSES = 4096
/** Hardware addresses kept of one address. */
const MAX_CLAIMERS = 4
const MAX_SPOOFERS = 256
const MAX_FRAMES = 8
/** A power of two. */
const ASKED = 1024

/** ARP spoofing: another's address claimed over and over, while its holder uses it. */
export const arpSpoofing: Detector = {
  id: 'arp-spoofing',
  title: 'ARP spoofing',
  looksFor: `A device with an address of its own that claims another's by ARP too, unasked, ${CLAIMS.value} times with less than ${PAUSE.value} seconds between, while the holder still uses it. Or one without any other address that does so with a router's.`,
  mistakes:
    'Two machines with one address by mistake, where it is that of a router, or that both take themselves for the active one of a pair without a virtual hardware address (VRRP, HSRP, GLBP and CARP have one, and are left out). It does not see claims that come further apart, those made only in answer to questions, one who never uses an address of his own to take that of a thing that is no router, one who uses a hardware address reserved for virtual routers, and the same done to IPv6 (neighbour advertisements).',
  baseRate: 'None in 967 captures of homes, of protocol test sets and of damaged packets, most of a few minutes.',
  tunables: { claims: CLAIMS, pause: PAUSE, answer: ANSWER },
  sensor: (desk) => new ArpSensor(desk),
  tell,
}

/** One who says that an address is his. */
interface Claimer {
  handle: number
  /** Who sent it: not always whose hardware address is told. */
  actor: number
  first: number
  last: number
  /** Claims that nobody asked for, in a row. */
  run: number
  runFirst: number
  /** Replies that nobody asked for, of all time. */
  pushed: number
  frames: FrameRef[]
}

interface Claim {
  address: number
  /** Of its VLAN: what is added to an address for its key. */
  network: number
  by: Claimer[]
}

/** Who claimed what was others'. */
interface Spoofer {
  addresses: Map<number, number>
  router: string
  count: number
  first: number
  last: number
  frames: FrameRef[]
  raised: { time: number; frame: FrameRef }
  what: 'router' | 'device'
  told: string
}

class ArpSensor implements Sensor {
  private readonly desk: SensorDesk
  /** By address and VLAN. */
  private readonly claims = new Map<number, Claim>()
  /** By host: addresses that it claims beside another. Counted as claims come and go: in a flood of them nobody could go through all. */
  private readonly contested = new Map<number, number>()
  private readonly spoofers = new Map<number, Spoofer>()
  // when an address was last asked for
  private readonly asked = new Int32Array(ASKED)
  private readonly askedAt = new Float64Array(ASKED).fill(-Infinity)

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  arp(p: Packet, arp: Arp, handle: number): void {
    const b = p.buf
    const address = quad(b, arp.senderIp)
    const target = quad(b, arp.targetIp)
    // an announcement asks for its own address (RFC 5227 section 2.3)
    const asks = arp.operation === REQUEST
    if (asks && target !== address) {
      this.asked[slot(target)] = target
      this.askedAt[slot(target)] = p.time
    }
    // a probe claims nothing
    if (address === 0) return
    const claim = this.claimOf((p.vlan + 1) * 2 ** 32, address)
    const claimer = this.claimerOf(claim, handle, p)
    if (claimer === undefined) return
    const at = slot(address)
    const unasked = asks || this.asked[at] !== address || p.time - this.askedAt[at]! > ANSWER.value * 1e6
    const { last } = claimer
    claimer.last = p.time
    if (!unasked) return
    if (claimer.run === 0 || Math.abs(p.time - last) > PAUSE.value * 1e6) {
      claimer.run = 0
      claimer.runFirst = p.time
      claimer.frames.length = 0
    }
    claimer.run++
    if (!asks) claimer.pushed++
    if (claim.by.length < 2) return
    if (claimer.frames.length < MAX_FRAMES) claimer.frames.push({ capture: p.capture, frame: p.frame })
    if (claimer.run % CLAIMS.value === 0) this.judge(p, claim, claimer, target)
  }

  report(): void {
    for (const [handle, spoofer] of this.spoofers) this.tellOf(handle, spoofer)
  }

  private claimOf(network: number, address: number): Claim {
    const key = network + (address >>> 0)
    let claim = this.claims.get(key)
    if (!claim) {
      if (this.claims.size >= MAX_ADDRESSES) {
        const [oldest, { by }] = this.claims.entries().next().value!
        this.contest(by, -1)
        this.claims.delete(oldest)
      }
      this.claims.set(key, (claim = { address, network, by: [] }))
    }
    return claim
  }

  /** Those who claim an address together are one more, or one fewer. */
  private contest(by: readonly Claimer[], more: 1 | -1): void {
    if (by.length < 2) return
    for (const { handle } of by) {
      const n = (this.contested.get(handle) ?? 0) + more
      if (n === 0) this.contested.delete(handle)
      else this.contested.set(handle, n)
    }
  }

  /** Undefined for a virtual router's hardware address: it is meant to pass from one to another. */
  private claimerOf({ by }: Claim, handle: number, p: Packet): Claimer | undefined {
    for (let i = 0; i < by.length; i++) if (by[i]!.handle === handle) return by[i]
    if (isVirtualRouter(this.desk.hosts.all[handle]!.mac)) return undefined
    this.contest(by, -1)
    if (by.length >= MAX_CLAIMERS) by.splice(by.indexOf(by.reduce((a, c) => (c.last < a.last ? c : a))), 1)
    const sender = p.srcMac < 0 ? handle : this.desk.hosts.handleOf(p.buf, p.srcMac)
    const made = {
      handle,
      actor: sender < 0 ? handle : sender,
      first: p.time,
      last: p.time,
      run: 0,
      runFirst: p.time,
      pushed: 0,
      frames: [],
    }
    by.push(made)
    this.contest(by, 1)
    return made
  }

  /** The address is claimed by several, and one of them went on about it. */
  private judge(p: Packet, { address, network, by }: Claim, one: Claimer, target: number): void {
    const { hosts, addresses } = this.desk
    for (const holder of by) {
      if (holder.handle === one.handle || holder.actor === one.actor || !this.uses(holder, address, one.runFirst)) continue
      const isRouter = hosts.routers.has(address) || hosts.isRouter(hosts.all[holder.handle]!)
      if (!this.graver(one, holder) || !(isRouter || this.hasOther(one, holder, address, network))) continue
      const frame = { capture: p.capture, frame: p.frame }
      let spoofer = this.spoofers.get(one.actor)
      if (!spoofer) {
        if (this.spoofers.size >= MAX_SPOOFERS) return
        spoofer = {
          addresses: new Map(),
          router: '',
          count: 0,
          first: one.runFirst,
          last: p.time,
          frames: [...one.frames],
          raised: { time: p.time, frame },
          what: 'device',
          told: addresses.text(target),
        }
        this.spoofers.set(one.actor, spoofer)
      }
      spoofer.count += CLAIMS.value
      spoofer.last = p.time
      if (one.runFirst < spoofer.first) spoofer.first = one.runFirst
      const news = !spoofer.addresses.has(address)
      if (news && spoofer.addresses.size < 64) spoofer.addresses.set(address, holder.handle)
      if (isRouter && spoofer.router === '') {
        spoofer.router = addresses.text(address)
        spoofer.what = 'router'
      }
      if (!news) return
      this.tellOf(one.actor, spoofer)
      this.tellHolder(holder.handle, one, spoofer, isRouter, addresses.text(address), p)
      return
    }
  }

  /** The holder was heard under the address since `time`. */
  private uses({ handle, last }: Claimer, address: number, time: number): boolean {
    return last >= time || (this.desk.hosts.all[handle]!.held.get(address)?.last ?? -Infinity) >= time
  }

  /**
   * It goes on using an address that is its own alone: it did not move, nor is it another network card of the holder's machine, which
   * answers for all of the machine's addresses (Linux by default, and the bonds that share load by ARP).
   */
  private hasOther({ handle, actor, runFirst }: Claimer, holder: Claimer, address: number, network: number): boolean {
    const { hosts } = this.desk
    const holders = hosts.all[holder.handle]!.held
    for (const who of new Set([handle, actor]))
      for (const [key, { last }] of hosts.all[who]!.held) {
        if (key === address || this.desk.addresses.isIpv6(key) || holders.has(key)) continue
        if (Math.max(last, this.claimedBy(network + (key >>> 0), who)) >= runFirst - PAUSE.value * 1e6) return true
      }
    return false
  }

  /** When it was last claimed by that host, and by nobody else. */
  private claimedBy(key: number, handle: number): number {
    const [only, ...others] = this.claims.get(key)?.by ?? []
    return others.length === 0 && only?.handle === handle ? only.last : -Infinity
  }

  /** Of two, the spoofer takes more addresses of others, pushes more replies, and came later. */
  private graver(one: Claimer, holder: Claimer): boolean {
    // who was there first, and only ever says his address when he asks, is its holder
    if (one.first < holder.first && one.pushed === 0) return false
    const contested = (this.contested.get(one.handle) ?? 0) - (this.contested.get(holder.handle) ?? 0)
    return contested !== 0 ? contested > 0 : one.pushed !== holder.pushed ? one.pushed > holder.pushed : one.first > holder.first
  }

  private tellOf(handle: number, { addresses, router, count, first, last, frames, raised, what, told }: Spoofer): void {
    const address = router === '' ? this.desk.addresses.text(addresses.keys().next().value!) : router
    this.desk.sign(handle, 'source', {
      detector: 'arp-spoofing',
      what,
      role: 'source',
      peer: { ip: address, port: 0, scope: 'local' },
      detail: { address, addresses: addresses.size, told, seconds: Math.max(1, Math.round((last - first) / 1e6)) },
      raised,
      count,
      first,
      last,
      frames,
    })
  }

  private tellHolder(
    holder: number,
    { actor, runFirst, frames }: Claimer,
    spoofer: Spoofer,
    router: boolean,
    address: string,
    p: Packet,
  ): void {
    const { hosts, addresses } = this.desk
    const host = hosts.all[actor]!
    const own = [...host.held.keys()].find((key) => !spoofer.addresses.has(key) && !addresses.isIpv6(key))
    this.desk.sign(holder, `target ${address}`, {
      detector: 'arp-spoofing',
      what: router ? 'router' : 'device',
      role: 'target',
      peer: { ip: own === undefined ? address : addresses.text(own), port: 0, scope: 'local' },
      detail: { address, mac: host.mac ?? '' },
      raised: { time: p.time, frame: { capture: p.capture, frame: p.frame } },
      count: CLAIMS.value,
      first: runFirst,
      last: p.time,
      frames: [...frames],
    })
  }
}

const REQUEST = 1

function quad(b: Uint8Array, o: number): number {
  return (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!
}

function slot(address: number): number {
  return (address ^ (address >>> 10)) & (ASKED - 1)
}

function tell({ data: { what, role, detail, peer }, count }: Sign): Telling {
  const router = what === 'router'
  const rule = `${CLAIMS.value} such claims in a row are not what a restart or a new address makes`
  const of = router ? `the router's address ${detail['address']}` : `${detail['address']}, the address of another device`
  const more = Number(detail['addresses']) - 1
  const others = more > 0 ? ` and ${more} other${more > 1 ? 's' : ''}` : ''
  const says =
    role === 'source'
      ? `Told ${detail['told']} and perhaps others ${plural(count, 'time')} within ${plural(Number(detail['seconds']), 'second')} that it has ${of}${others}, unasked, while its holder was using it. ${rule}: what is sent to that address passes through this device.`
      : `${detail['mac']} (${peer?.ip}) claims this device's address ${detail['address']} again and again: what others send here passes through it.`
  return {
    campaign: 'interception',
    stage: 'intercepting',
    severity: role === 'target' ? 'medium' : router || more > 0 ? 'high' : 'medium',
    confidence: router ? 0.9 : 0.8,
    says,
    techniques: ['T1557.002'],
  }
}

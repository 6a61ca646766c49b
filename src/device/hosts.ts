import { randomInt } from 'node:crypto'
import { macText } from '../decode/address.ts'
import { mix } from '../decode/mix.ts'
import type { FrameRef } from '../capture/frame-ref.ts'
import type { AddressKey, Addresses } from './addresses.ts'
import { FirstPackets } from './first-packets.ts'

/** How sure we are that an address is the host's own, not one it forwards for. */
interface Held {
  /** Packet that first showed it. */
  frame: FrameRef
  /** It said so itself: ARP, neighbour discovery, a DHCP lease. */
  claimed: boolean
  /** Seen with an initial hop limit (255, 128, 64): sent by a neighbour, not forwarded. */
  fresh: boolean
  first: number
  last: number
}

/** What is asked of an IP packet. */
interface Sent {
  readonly hopLimit: number
  readonly time: number
  readonly capture: number
  readonly frame: number
}

export const MAX_HOSTS = 1 << 14
const MAX_ADDRESSES = 64
/** Internet addresses that a host may use as its own (IPv6 privacy addresses come by the day), when none is claimed. */
const MAX_PUBLIC = 8

/** A sender on the captured network: a hardware address, or where the link has none a local IP address. */
export class Host {
  readonly handle: number
  readonly mac: string | undefined
  readonly held = new Map<AddressKey, Held>()
  /** It holds an address that is not private. */
  public = false
  /** It forwards what others sent: a router, not a thing. */
  forwards = false
  /** It sent to the Internet from an address of its own, through another. */
  calls = false
  /** Internet addresses to which others sent through it, up to two: what a next hop is known by. */
  towards: readonly AddressKey[] = []
  /** The first address under which something was sent to it. */
  called: AddressKey | undefined
  /** Frames sent that show a thing lives here (IP, ARP). */
  sent = 0
  /** What it exchanged under addresses of its own. */
  packets = 0
  bytesOut = 0
  bytesIn = 0
  first = Infinity
  last = -Infinity
  readonly firstPackets = new FirstPackets()

  constructor(handle: number, mac: string | undefined) {
    this.handle = handle
    this.mac = mac
  }
}

/**
 * Everyone who sends on the captured network, found by hardware address. Who among them is a router is known for certain only in
 * the end; until then `owns` answers by what has been seen so far.
 */
export class Hosts {
  readonly all: Host[] = []
  /** How often a hardware address found no room (MAX_HOSTS). */
  overflowed = 0
  private readonly byMac = new MacIndex()
  private readonly byIp = new Map<AddressKey, number>()
  private loopback = -1
  /** Who with a hardware address was first to use a private address: for links that tell it of the sender only. */
  private readonly byHolder = new Map<AddressKey, number>()
  /** Addresses that DHCP (option 3) or router advertisements name as routers, and resolvers by options 6, RFC 8106. */
  readonly routers = new Set<AddressKey>()
  readonly resolvers = new Set<AddressKey>()
  /** Somebody here, who is no router, has an address of RFC 1918: the network is one of those that the Internet does not see into. */
  private inside = false
  private readonly addresses: Addresses
  private readonly macs: Float64Array
  // the two hardware addresses looked up last
  private low0 = 0
  private high0 = -1
  private handle0 = -1
  private low1 = 0
  private high1 = -1
  private handle1 = -1

  /** @param macs where hardware addresses are written by handle, as numbers; -1 where a host has none. MAX_HOSTS long */
  constructor(addresses: Addresses, macs: Float64Array = new Float64Array(MAX_HOSTS)) {
    this.addresses = addresses
    this.macs = macs
  }

  /** Handle of the host with the unicast hardware address at b[o]; -1 for group, null and overflow addresses. */
  withMac(b: Uint8Array, o: number): number {
    if (b[o]! & 1) return -1
    const high = (b[o]! << 8) | b[o + 1]!
    const low = (b[o + 2]! << 24) | (b[o + 3]! << 16) | (b[o + 4]! << 8) | b[o + 5]!
    // most packets are between the two ends of the one before
    if (low === this.low0 && high === this.high0) return this.handle0
    if (low === this.low1 && high === this.high1) return this.handle1
    if ((high | low) === 0) return -1
    let handle = this.byMac.get(high, low)
    if (handle < 0) {
      handle = this.create(macText(b, o), high * 2 ** 32 + (low >>> 0))
      if (handle >= 0) this.byMac.set(high, low, handle)
    }
    this.low1 = this.low0
    this.high1 = this.high0
    this.handle1 = this.handle0
    this.low0 = low
    this.high0 = high
    this.handle0 = handle
    return handle
  }

  /** By the hardware address at b[o]; -1 when it was not seen sending or being sent to. */
  handleOf(b: Uint8Array, o: number): number {
    const high = (b[o]! << 8) | b[o + 1]!
    const low = (b[o + 2]! << 24) | (b[o + 3]! << 16) | (b[o + 4]! << 8) | b[o + 5]!
    return this.byMac.get(high, low)
  }

  /** By hardware address in text ("00:11:22:aa:bb:cc"); -1 when it was not seen sending or being sent to. */
  find(mac: string): number {
    const number = macNumber(mac)
    return this.byMac.get(Math.floor(number / 2 ** 32), number | 0)
  }

  /** Where the link gives no hardware address: the host of a local address. */
  withIp(key: AddressKey, frame: FrameRef): number {
    let handle = this.byHolder.get(key) ?? this.byIp.get(key)
    if (handle === undefined) {
      if (this.addresses.range(key) !== 'private' || this.isUnspecified(key)) return -1
      // whatever talks to itself by 127.0.0.1 and by ::1 is one machine
      const own = this.addresses.isLoopback(key)
      handle = own && this.loopback >= 0 ? this.loopback : this.create(undefined, -1)
      if (handle >= 0) {
        if (own) this.loopback = handle
        this.byIp.set(key, handle)
        this.all[handle]!.held.set(key, { frame, claimed: true, fresh: true, first: Infinity, last: -Infinity })
      }
    }
    return handle
  }

  private create(mac: string | undefined, number: number): number {
    if (this.all.length >= MAX_HOSTS) {
      this.overflowed++
      return -1
    }
    this.macs[this.all.length] = number
    return this.all.push(new Host(this.all.length, mac)) - 1
  }

  /** `host` sent an IP packet from `key`. */
  sentFrom(host: Host, key: AddressKey, { hopLimit, time, capture, frame }: Sent): void {
    if (this.addresses.isOverflow(key)) return
    const foreign = this.addresses.range(key) === 'internet'
    // a router sends for everyone: no need to look
    if (foreign && host.forwards) return
    const fresh = isFresh(hopLimit)
    if (!this.inside && fresh && !host.forwards && this.addresses.isInside(key)) this.inside = true
    const held = host.held.get(key)
    if (held) {
      if (time < held.first) held.first = time
      if (time > held.last) held.last = time
      return
    }
    if (this.isUnspecified(key)) return
    if (foreign) {
      if (!fresh || this.publicCount(host) >= MAX_PUBLIC) {
        host.forwards = true
        return
      }
    }
    this.hold(host, key, { frame: { capture, frame }, claimed: false, fresh, first: time, last: time })
  }

  /**
   * In a tunnel that ends at `host`, something was sent from `key`. Is that its own address there? Not where the packet was forwarded;
   * and what happens in a tunnel makes nobody a router, nor tells what kind of network this is.
   */
  usedWithin(host: Host, key: AddressKey, { hopLimit, time, capture, frame }: Sent): boolean {
    if (!host.held.has(key)) {
      if (!isFresh(hopLimit) || this.isUnspecified(key) || this.addresses.range(key) === 'multicast') return false
      this.hold(host, key, { frame: { capture, frame }, claimed: false, fresh: true, first: time, last: time })
    }
    return host.held.has(key)
  }

  /** `host` said that `key` is its own. */
  claim(host: Host, key: AddressKey, time: number, frame: FrameRef): void {
    if (this.isUnspecified(key) || this.addresses.range(key) === 'multicast') return
    const held = host.held.get(key)
    if (held) held.claimed = true
    else this.hold(host, key, { frame, claimed: true, fresh: true, first: time, last: time })
  }

  private hold(host: Host, key: AddressKey, held: Held): void {
    if (host.held.size >= MAX_ADDRESSES) return
    host.held.set(key, held)
    if (this.addresses.range(key) !== 'private') host.public = true
    if (host.mac !== undefined && !this.byHolder.has(key) && this.addresses.range(key) === 'private')
      this.byHolder.set(key, host.handle)
  }

  /** `host` sent to the Internet address `to` through another host, from `key`. */
  called(host: Host, key: AddressKey, to: AddressKey): void {
    if (host.calls || this.addresses.range(to) !== 'internet' || this.addresses.range(key) !== 'private') return
    const held = host.held.get(key)
    if (held?.claimed || held?.fresh) host.calls = true
  }

  /** Something was sent through or to `host` for an Internet address. */
  sentTo(host: Host, key: AddressKey): void {
    host.called ??= key
    if (
      host.towards.length < 2 &&
      !host.towards.includes(key) &&
      this.addresses.range(key) === 'internet' &&
      !this.addresses.isOverflow(key)
    )
      host.towards = [...host.towards, key]
  }

  /** Give the memory back: no host may be asked for after this. */
  release(): void {
    this.all.length = 0
    this.byIp.clear()
    this.byHolder.clear()
  }

  /** Is `key` the host's own address, as far as is known now? */
  owns(host: Host, key: AddressKey): boolean {
    const range = this.addresses.range(key)
    if (range === 'private') return true
    if (range === 'multicast' || !host.public) return false
    const held = host.held.get(key)
    if (held === undefined) return false
    // among private addresses a public IPv4 address is a stranger's, unless ARP or DHCP says otherwise
    return held.claimed || (held.fresh && !(this.inside && !this.addresses.isIpv6(key)) && !this.isRouter(host))
  }

  /** A router by what it did or what the network says of it. Cheap enough for once a flow. */
  isRouter(host: Host): boolean {
    if (isVirtualRouter(host.mac)) return true
    // who calls the Internet through another is no gateway, whatever is sent to it, through it or in its name
    if (host.calls) return false
    let private_ = false
    for (const key of host.held.keys()) {
      if (this.routers.has(key)) return true
      if (this.addresses.range(key) === 'private' && !this.isLinkLocal(key)) private_ = true
    }
    let passed = 0
    for (const key of host.towards) if (!host.held.has(key)) passed++
    // one sign alone may be forged by one packet: both directions, or a next hop of several addresses
    return host.forwards ? passed > 0 || !private_ : passed === 2
  }

  private isLinkLocal(key: AddressKey): boolean {
    return this.addresses.isIpv6(key) && this.addresses.text(key).startsWith('fe80:')
  }

  /** The host's own addresses: IPv4 before IPv6, and first what it used last. */
  own(host: Host): AddressKey[] {
    return [...host.held]
      .filter(([key]) => this.owns(host, key))
      .sort(([a, x], [b, y]) => Number(this.addresses.isIpv6(a)) - Number(this.addresses.isIpv6(b)) || y.last - x.last)
      .map(([key]) => key)
  }

  private publicCount(host: Host): number {
    let n = 0
    for (const [key, held] of host.held)
      if (!held.claimed && !this.addresses.isIpv6(key) && this.addresses.range(key) === 'internet') n++
    return n
  }

  /** No address that anyone could have as its own. */
  private isUnspecified(key: AddressKey): boolean {
    return key === 0 || this.addresses.isOverflow(key) || (this.addresses.isIpv6(key) && this.addresses.text(key) === '::')
  }
}

/** A hop limit that packets begin with: sent by a neighbour, not forwarded. */
function isFresh(hopLimit: number): boolean {
  return hopLimit === 64 || hopLimit === 128 || hopLimit === 255
}

/** Handles by hardware address: looked up for both ends of every flow. Has room for MAX_HOSTS, at most half full. */
class MacIndex {
  private readonly seed = randomInt(2 ** 32) // against chosen collisions
  /** Upper 16 bits, lower 32, handle + 1 (0: empty). */
  private readonly slots = new Int32Array(4 * 2 * MAX_HOSTS)

  get(high: number, low: number): number {
    return this.slots[this.slot(high, low) + 2]! - 1
  }

  set(high: number, low: number, handle: number): void {
    const at = this.slot(high, low)
    this.slots[at] = high
    this.slots[at + 1] = low
    this.slots[at + 2] = handle + 1
  }

  /** Where it is, or would be. */
  private slot(high: number, low: number): number {
    const { slots } = this
    let h = mix(mix(this.seed, low), high) & (2 * MAX_HOSTS - 1)
    while (slots[4 * h + 2] !== 0 && (slots[4 * h + 1] !== low || slots[4 * h] !== high)) h = (h + 1) & (2 * MAX_HOSTS - 1)
    return 4 * h
  }
}

/** A hardware address in text as the number of its 48 bits. */
export function macNumber(mac: string): number {
  return Number.parseInt(mac.replaceAll(':', ''), 16)
}

/** Hardware addresses that pass from router to router: VRRP's (RFC 9568, 7.3), which CARP uses too, HSRP's of both versions, and GLBP's. */
export function isVirtualRouter(mac: string | undefined): boolean {
  return (
    mac !== undefined &&
    mac.startsWith('00:0') &&
    (mac.startsWith('00:00:5e:00:01:') ||
      mac.startsWith('00:00:5e:00:02:') ||
      mac.startsWith('00:00:0c:07:ac:') ||
      mac.startsWith('00:00:0c:9f:f') ||
      mac.startsWith('00:07:b4:00:'))
  )
}

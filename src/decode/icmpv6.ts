import { PROTO_ICMPV6, type Packet } from './packet.ts'

const ROUTER_ADVERTISEMENT = 134
const NEIGHBOUR_SOLICITATION = 135
export const NEIGHBOUR_ADVERTISEMENT = 136

const OPTION_SOURCE_LINK_ADDRESS = 1
const OPTION_TARGET_LINK_ADDRESS = 2
const OPTION_PREFIX = 3
const OPTION_MTU = 5
const OPTION_RDNSS = 25

/** All addresses are offsets into the packet's buffer, -1 where there is none. */
interface RouterAdvertisement {
  /** Current hop limit that hosts shall use, 0 when unspecified. */
  hopLimit: number
  /** Addresses, and other configuration, come by DHCPv6. */
  managed: boolean
  other: boolean
  /** Seconds as default router; 0: not one. */
  lifetime: number
  linkAddress: number
  mtu: number | undefined
  prefixes: Prefix[]
  resolvers: Resolvers[]
}

/** RFC 4861, section 4.6.2. */
interface Prefix {
  /** Sixteen bytes. */
  offset: number
  /** Bits. */
  length: number
  onLink: boolean
  autonomous: boolean
  /** Seconds; 0xffffffff is for ever. */
  validLifetime: number
  preferredLifetime: number
}

/** RFC 8106, section 5.1. */
interface Resolvers {
  lifetime: number
  /** Sixteen bytes each. */
  addresses: number[]
}

/** RFC 4861, section 6.1.2; undefined for a packet that is none, or that hosts must discard. */
export function readRouterAdvertisement(p: Packet): RouterAdvertisement | undefined {
  if (!isDiscovery(p, ROUTER_ADVERTISEMENT, 16)) return undefined
  const b = p.buf
  const o = p.transport
  const found: RouterAdvertisement = {
    hopLimit: b[o + 4]!,
    managed: (b[o + 5]! & 0x80) !== 0,
    other: (b[o + 5]! & 0x40) !== 0,
    lifetime: (b[o + 6]! << 8) | b[o + 7]!,
    linkAddress: -1,
    mtu: undefined,
    prefixes: [],
    resolvers: [],
  }
  const sound = options(p, o + 16, (type, at, end) => {
    if (type === OPTION_SOURCE_LINK_ADDRESS && end - at === 8) found.linkAddress = at + 2
    else if (type === OPTION_MTU && end - at === 8) found.mtu = uint32(b, at + 4)
    else if (type === OPTION_PREFIX && end - at === 32 && b[at + 2]! <= 128) {
      found.prefixes.push({
        offset: at + 16,
        length: b[at + 2]!,
        onLink: (b[at + 3]! & 0x80) !== 0,
        autonomous: (b[at + 3]! & 0x40) !== 0,
        validLifetime: uint32(b, at + 4),
        preferredLifetime: uint32(b, at + 8),
      })
    } else if (type === OPTION_RDNSS && end - at >= 24) {
      const addresses: number[] = []
      for (let a = at + 8; end - a >= 16; a += 16) addresses.push(a)
      found.resolvers.push({ lifetime: uint32(b, at + 4), addresses })
    }
  })
  return sound ? found : undefined
}

interface Neighbour {
  /** Sixteen bytes: the address asked for (solicitation) or spoken for (advertisement). */
  target: number
  /** Six bytes of the source's (solicitation) or target's (advertisement) hardware address, -1 where it is not told. */
  linkAddress: number
  /** An advertisement's flags; false in a solicitation. */
  router: boolean
  solicited: boolean
  override: boolean
}

/** RFC 4861, sections 7.1.1 and 7.1.2; solicitation or advertisement is p.srcPort, the ICMPv6 type. */
export function readNeighbour(p: Packet): Neighbour | undefined {
  const solicitation = isDiscovery(p, NEIGHBOUR_SOLICITATION, 24)
  if (!solicitation && !isDiscovery(p, NEIGHBOUR_ADVERTISEMENT, 24)) return undefined
  const b = p.buf
  const o = p.transport
  // a multicast address is nobody's
  if (b[o + 8] === 0xff) return undefined
  const flags = solicitation ? 0 : b[o + 4]!
  const found: Neighbour = {
    target: o + 8,
    linkAddress: -1,
    router: (flags & 0x80) !== 0,
    solicited: (flags & 0x40) !== 0,
    override: (flags & 0x20) !== 0,
  }
  const wanted = solicitation ? OPTION_SOURCE_LINK_ADDRESS : OPTION_TARGET_LINK_ADDRESS
  const sound = options(p, o + 24, (type, at, end) => {
    if (type === wanted && end - at === 8) found.linkAddress = at + 2
  })
  return sound ? found : undefined
}

/** Only hop limit 255 is believed: any other came from beyond the link. */
function isDiscovery(p: Packet, type: number, size: number): boolean {
  return (
    p.protocol === PROTO_ICMPV6 &&
    p.ipVersion === 6 &&
    p.transport >= 0 &&
    p.srcPort === type &&
    p.dstPort === 0 &&
    p.hopLimit === 255 &&
    p.payloadEnd - p.transport >= size
  )
}

/** Calls with each whole option's [at, end). False when one has no length, for which the packet must be discarded (RFC 4861, section 4.6). */
function options(p: Packet, start: number, each: (type: number, at: number, end: number) => void): boolean {
  const b = p.buf
  let o = start
  while (p.payloadEnd - o >= 2) {
    const end = o + b[o + 1]! * 8
    if (end === o) return false
    if (end > p.payloadEnd) break
    each(b[o]!, o, end)
    o = end
  }
  return true
}

function uint32(b: Uint8Array, o: number): number {
  return ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0
}

import type { Random } from '../lab/random.ts'
import { joined } from './mutate.ts'

/** A packet to be carried: `type` is its EtherType. */
export interface Carried {
  readonly type: number
  readonly bytes: Uint8Array
}

/** A frame as captured. */
export interface Wrapped {
  readonly linkType: number
  readonly bytes: Uint8Array
}

const IPV4 = 0x0800
const IPV6 = 0x86dd
const FRAME = 0x6558

/** The packet behind link headers of every kind that is read, at times in a tunnel and with options and extension headers. */
export function wrapped(carried: Carried, chance: Random): Wrapped {
  let inner = chance.below(2) === 0 ? optioned(carried, chance) : carried
  for (let depth = chance.below(4) - 1; depth > 0; depth--) inner = optioned(tunnelled(inner, chance), chance)
  return link(inner, chance)
}

function u16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >> 8) & 255, value & 255]))
}

function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}

function noise(length: number, chance: Random): Uint8Array {
  return Uint8Array.from({ length }, () => chance.below(256))
}

const mac = (chance: Random): Uint8Array => u8(2, 0, 0, 0, chance.below(3), chance.below(256))

function link(carried: Carried, chance: Random): Wrapped {
  const { type, bytes } = carried
  const ip = type === IPV4 || type === IPV6
  const kinds: readonly (() => Wrapped)[] = [
    ...Array.from({ length: 6 }, () => () => ({ linkType: 1, bytes: ethernet(carried, chance) })),
    () => ({ linkType: 113, bytes: joined(u16(0, 1, 6), mac(chance), u16(0, type), bytes) }),
    () => ({ linkType: 276, bytes: joined(u16(type, 0, 0, 3, 1), u8(0, 6), mac(chance), u16(0), bytes) }),
    () => ({ linkType: 105, bytes: wireless(carried, chance) }),
    () => ({ linkType: 127, bytes: radiotap(carried, chance) }),
    ...(ip
      ? [
          () => bare(carried, chance),
          () => ({ linkType: 104, bytes: joined(u16(0x0f00, type), bytes) }),
          () => ({ linkType: 9, bytes: joined(u16(0xff03, pppOf(type)), bytes) }),
        ]
      : []),
  ]
  return chance.pick(kinds)()
}

const pppOf = (type: number): number => (type === IPV6 ? 0x57 : 0x21)

/** No link header, or a word of one. */
function bare({ type, bytes }: Carried, chance: Random): Wrapped {
  const family = type === IPV4 ? 2 : chance.pick([24, 28, 30])
  return chance.pick([
    { linkType: 101, bytes },
    { linkType: type === IPV4 ? 228 : 229, bytes },
    { linkType: 0, bytes: joined(u8(family, 0, 0, 0), bytes) },
    { linkType: 108, bytes: joined(u8(0, 0, 0, family), bytes) },
  ])
}

/** With tags, PPPoE, or a length and SNAP. */
function ethernet(carried: Carried, chance: Random): Uint8Array {
  let type = carried.type
  let rest = carried.bytes
  const how = chance.below(8)
  if (how === 0) {
    rest = snap(type, rest)
    type = rest.length & 0x7ff
  } else if (how === 1 && type !== 0x0806) {
    rest = joined(u16(0x1100, 1, rest.length + 2, pppOf(type)), rest)
    type = 0x8864
  }
  for (let tags = how === 2 ? 1 + chance.below(3) : 0; tags > 0; tags--) {
    rest = joined(u16(chance.below(0x10000), type), rest)
    type = chance.pick([0x8100, 0x8100, 0x88a8, 0x9100])
  }
  const padding = chance.below(3) === 0 ? noise(chance.below(20), chance) : u8()
  return joined(mac(chance), mac(chance), u16(type), rest, padding)
}

function snap(type: number, bytes: Uint8Array): Uint8Array {
  return joined(u8(0xaa, 0xaa, 3, 0, 0, 0), u16(type), bytes)
}

function wireless({ type, bytes }: Carried, chance: Random): Uint8Array {
  const qos = chance.below(2)
  const ds = chance.below(4)
  const fourth = ds === 3 ? mac(chance) : u8()
  const header = joined(
    u8(qos * 0x80 + 8, ds, 0, 0),
    mac(chance),
    mac(chance),
    mac(chance),
    u16(0),
    fourth,
    u8(...(qos ? [0, 0] : [])),
  )
  return joined(header, snap(type, bytes))
}

function radiotap(carried: Carried, chance: Random): Uint8Array {
  const header = chance.pick([
    u8(0, 0, 8, 0, 0, 0, 0, 0),
    u8(0, 0, 9, 0, 2, 0, 0, 0, 0x10),
    u8(0, 0, 17, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x10),
    u8(0, 0, 13, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, 0x10),
  ])
  return joined(header, wireless(carried, chance), noise(4, chance))
}

/** IPv4 with options, IPv6 with extension headers, either as a first or later fragment; of other kinds as it is. */
function optioned(carried: Carried, chance: Random): Carried {
  const { type, bytes } = carried
  const out = bytes.slice()
  if (type === IPV4 && bytes.length >= 20 && bytes[0] === 0x45) {
    if (chance.below(4) === 0) out.set(chance.pick([u8(0x20, 0), u8(0, 100), u8(0x20, 100), u8(0x40, 0)]), 6)
    if (chance.below(2) === 0) return { type, bytes: out }
    const options = chance.pick([u8(0x94, 4, 0, 0), u8(1, 1, 7, 7, 4, 0, 0, 0, 0, 0, 0, 0), u8(0x44, 8, 5, 0, 0, 0, 0, 0)])
    out[0] = 0x45 + options.length / 4
    const longer = joined(out.subarray(0, 20), options, out.subarray(20))
    longer.set(u16(longer.length), 2)
    return { type, bytes: longer }
  }
  if (type === IPV6 && bytes.length >= 40) {
    let next = bytes[6]!
    let rest = bytes.subarray(40)
    for (let n = 1 + chance.below(3); n > 0; n--) {
      const [kind, header] = chance.pick<readonly [number, Uint8Array]>([
        [0, u8(next, 0, 5, 2, 0, 0, 1, 0)],
        [60, u8(next, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
        [43, u8(next, 2, chance.pick([0, 2]), 1, 0, 0, 0, 0, ...noise(16, chance))],
        [
          44,
          u8(
            next,
            0,
            ...chance.pick([
              [0, 0],
              [0, 1],
              [1, 0],
              [1, 1],
            ]),
            0,
            0,
            0,
            7,
          ),
        ],
        [51, u8(next, 4, ...noise(22, chance))],
      ])
      rest = joined(header, rest)
      next = kind
    }
    out[6] = next
    out.set(u16(rest.length), 4)
    return { type, bytes: joined(out.subarray(0, 40), rest) }
  }
  return carried
}

const TUNNELS = ['gre', 'pptp', 'erspan1', 'erspan2', 'erspan3', 'ip', 'vxlan', 'gpe', 'geneve'] as const

function tunnelled(carried: Carried, chance: Random): Carried {
  const { type, bytes } = carried
  const frame = () => ethernet(carried, chance)
  const ip = type === IPV4 || type === IPV6
  const framed = !ip || chance.below(2) === 0
  const inside = framed ? frame() : bytes
  const named = framed ? FRAME : type
  switch (chance.pick(TUNNELS)) {
    case 'gre': {
      const flags = chance.pick([0, 0x8000, 0x2000, 0x1000, 0xb000])
      const words = [0x8000, 0x2000, 0x1000].filter((bit) => flags & bit).length
      return outer(47, joined(u16(flags, named), noise(4 * words, chance), inside), chance)
    }
    case 'pptp':
      return outer(47, joined(u16(0x3081, 0x880b, bytes.length + 4, 7, 0, 1, 0, 1, 0xff03, pppOf(type)), bytes), chance)
    case 'erspan1':
      return outer(47, joined(u16(0, 0x88be), frame()), chance)
    case 'erspan2':
      return outer(47, joined(u16(0x1000, 0x88be, 0, 1, 0x1000, 5, 0, 0), frame()), chance)
    case 'erspan3':
      return outer(47, joined(u16(0x1000, 0x22eb, 0, 1, 0x2000, 5, 0, 0, 0, 0), frame()), chance)
    case 'ip':
      return ip ? outer(type === IPV4 ? 4 : 41, bytes, chance) : carried
    case 'vxlan':
      return outer(17, udp(chance.pick([4789, 8472]), joined(u16(0x0800, 0, 1, 0), frame()), chance), chance)
    case 'gpe':
      return outer(17, udp(4790, joined(u16(0x0c00, framed ? 3 : type === IPV4 ? 1 : 2, 1, 0), inside), chance), chance)
    default: {
      const options = chance.pick([0, 1, 3])
      return outer(17, udp(6081, joined(u16(options << 8, named, 1, 0), noise(4 * options, chance), inside), chance), chance)
    }
  }
}

function udp(port: number, payload: Uint8Array, chance: Random): Uint8Array {
  return joined(u16(49_152 + chance.below(1000), port, payload.length + 8, 0), payload)
}

function outer(protocol: number, payload: Uint8Array, chance: Random): Carried {
  if (chance.below(3) === 0) {
    const address = () => joined(u16(0x2001, 0xdb8, 0, 0, 0, 0, 0), u16(chance.below(5)))
    return { type: IPV6, bytes: joined(u16(0x6000, 0, payload.length), u8(protocol, 64), address(), address(), payload) }
  }
  const header = joined(u16(0x4500, payload.length + 20, 0, 0), u8(64, protocol, 0, 0))
  return { type: IPV4, bytes: joined(header, u8(192, 0, 2, chance.below(5)), u8(198, 51, 100, chance.below(5)), payload) }
}

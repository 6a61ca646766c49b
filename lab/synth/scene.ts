import type { Random } from '../random.ts'
import {
  ACK,
  arp,
  be16,
  be32,
  BROADCAST,
  type Bytes,
  ethernet,
  FIN,
  fragments,
  groupMac,
  ip,
  ipBytes,
  type IpOptions,
  joined,
  latin,
  macBytes,
  NOTHING,
  PSH,
  RST,
  SYN,
  TCP,
  tcp,
  type TcpFields,
  UDP,
  udp,
} from './frames.ts'
import { dnsAnswer, dnsQuery } from './messages.ts'
import type { Frame } from './pcapng.ts'
import type { StageTruth, SynthTruth } from './truth.ts'

/** Somebody with addresses. One without a MAC is out there: his packets come by the gateway. */
export interface Host {
  readonly name: string
  readonly mac?: Bytes
  readonly ip: Bytes
  readonly ip6?: Bytes
  /** Hop limit as it is seen here. */
  readonly ttl: number
}

export interface End {
  readonly host: Host
  readonly port: number
}

/** One stage done to or by a device; frames that belong to it are marked with it. */
export interface Mark {
  readonly device: Host
  readonly stage: string
  readonly role: 'source' | 'target'
  readonly vector?: string
  readonly also?: readonly string[]
  /** What the same packets are to another device: who is guessed at, and who guesses. */
  readonly besides?: Mark
}

/** What one side says at once; `after`: seconds since what was said before, instead of a round trip. */
export interface Turn {
  readonly by: 'client' | 'server'
  readonly says: string | Bytes
  readonly after?: number
  readonly mark?: Mark
}

/**
 * What becomes of segments that carry something: cut small, in another order, with copies that overlap, or as IP fragments (RFC 791; of
 * IPv4 only). What a receiver reads is the same.
 */
export type Evasion = 'none' | 'segments' | 'reorder' | 'overlap' | 'fragments'

export interface Talk {
  readonly client: End
  readonly server: End
  /** Seconds from the beginning. */
  readonly at: number
  readonly turns: readonly Turn[]
  readonly mark?: Mark
  readonly ends?: 'fin' | 'rst' | 'open'
  /** Seconds. */
  readonly roundTrip?: number
  readonly evasion?: Evasion
  readonly six?: boolean
  /** Beyond this the payload of a turn is cut. */
  readonly segment?: number
}

interface Event extends Frame {
  readonly order: number
  readonly mark: Mark | undefined
}

/** Options of a SYN as Linux sends them: MSS, SACK, time stamps, window scale. */
export function linuxSyn(mss: number, stamp: number): number[] {
  return [2, 4, ...be16(mss), 4, 2, 8, 10, ...be32(stamp), 0, 0, 0, 0, 1, 3, 3, 7]
}

const MIDNIGHT = Date.UTC(2026, 0, 14) * 1000

/**
 * A home: a device of interest, a neighbour that is like it, a phone and a laptop, behind one gateway; and what goes over its network, in any
 * order of being told. Times are seconds from the beginning of the capture.
 */
export class Scene {
  readonly chance: Random
  readonly gateway: Host
  readonly device: Host
  readonly neighbour: Host
  readonly phone: Host
  readonly laptop: Host
  readonly resolver: Host
  private readonly events: Event[] = []
  private readonly ports = new Map<Host, number>()
  private readonly ids = new Map<Host, number>()

  constructor(chance: Random) {
    this.chance = chance
    const local = (name: string, oui: string, last: number): Host => {
      const mac = macBytes(`${oui}:${chance.hex(2)}:${chance.hex(2)}:${chance.hex(2)}`)
      const interfaceId = [mac[0]! ^ 2, mac[1]!, mac[2]!, 0xff, 0xfe, mac[3]!, mac[4]!, mac[5]!]
      return {
        name,
        mac,
        ip: Uint8Array.from([192, 168, 1, last]),
        ip6: joined(ipBytes('2001:db8:1:1::').subarray(0, 8), interfaceId),
        ttl: 64,
      }
    }
    this.gateway = local('gateway', '78:8a:20', 1)
    this.device = local('camera', 'b0:c5:54', 20)
    this.neighbour = local('plug', '50:c7:bf', 21)
    this.phone = local('phone', 'a4:b1:c1', 30)
    this.laptop = local('laptop', '8c:85:90', 31)
    this.resolver = this.gateway
  }

  /** Somebody on the Internet, of a network that is for documentation (RFC 5737, RFC 3849). */
  out(name: string, net: 'attacker' | 'victim' | 'cloud', n = 1 + this.chance.below(253)): Host {
    const prefix = { attacker: [198, 51, 100], victim: [192, 0, 2], cloud: [203, 0, 113] }[net]
    const prefix6 = { attacker: '2001:db8:bad::', victim: '2001:db8:f00::', cloud: '2001:db8:c10::' }[net]
    return {
      name,
      ip: Uint8Array.from([...prefix, n]),
      ip6: ipBytes(`${prefix6}${n.toString(16)}`),
      ttl: 40 + this.chance.below(20),
    }
  }

  /** An address that a scanner may draw: of the whole Internet, but for what is private or reserved. */
  stranger(chance = this.chance): Host {
    for (;;) {
      const [a, b] = [1 + chance.below(222), chance.below(256)]
      if (
        a === 10 ||
        a === 127 ||
        (a === 192 && (b === 168 || b === 0)) ||
        (a === 172 && b >= 16 && b < 32) ||
        (a === 169 && b === 254)
      )
        continue
      if ((a === 100 && b >= 64 && b < 128) || (a === 198 && (b === 18 || b === 19))) continue
      const low = [chance.below(256), 1 + chance.below(254)]
      const ip6 = joined([0x20, 1, 0x40 + chance.below(8), chance.below(256)], bytes(chance, 12))
      return { name: 'stranger', ip: Uint8Array.from([a, b, ...low]), ip6, ttl: 40 + chance.below(24) }
    }
  }

  /** A client's next port. */
  port(host: Host): number {
    const next = this.ports.get(host) ?? 32_768 + this.chance.below(20_000)
    this.ports.set(host, next >= 60_990 ? 32_768 : next + 1 + this.chance.below(3))
    return next
  }

  /** A frame as it is. */
  frame(at: number, bytes: Bytes, mark?: Mark): void {
    this.events.push({ time: Math.round(at * 1e6), bytes, mark, order: this.events.length })
  }

  /** An IP packet from one host to another; `source` and `target` where the addresses are not theirs. */
  packet(
    at: number,
    from: Host,
    to: Host,
    protocol: number,
    body: (source: Bytes, target: Bytes) => Bytes,
    o: IpOptions & { mark?: Mark | undefined; six?: boolean; source?: Bytes; target?: Bytes; evade?: number } = {},
  ): void {
    const source = o.source ?? (o.six ? from.ip6! : from.ip)
    const target = o.target ?? (o.six ? to.ip6! : to.ip)
    const id = o.id ?? this.nextId(from)
    const packet = ip(source, target, protocol, body(source, target), { ttl: from.ttl, ...o, id })
    const fromMac = from.mac ?? this.gateway.mac!
    const toMac = groupMac(target) ?? to.mac ?? this.gateway.mac!
    const pieces =
      o.evade !== undefined && source.length === 4 && packet.length > 20 + o.evade ? fragments(packet, o.evade) : [packet]
    for (const piece of pieces) this.frame(at, ethernet(toMac, fromMac, piece), o.mark)
  }

  private nextId(host: Host): number {
    const id = this.ids.get(host) ?? this.chance.below(65_536)
    this.ids.set(host, (id + 1) & 0xffff)
    return id
  }

  udp(
    at: number,
    from: End,
    to: End,
    payload: Bytes | string,
    o: IpOptions & { mark?: Mark | undefined; six?: boolean; source?: Bytes; target?: Bytes; evade?: number } = {},
  ): void {
    const said = typeof payload === 'string' ? latin(payload) : payload
    this.packet(at, from.host, to.host, UDP, (a, b) => udp(a, b, from.port, to.port, said), o)
  }

  tcp(
    at: number,
    from: End,
    to: End,
    f: Omit<TcpFields, 'from' | 'to'>,
    o: IpOptions & { mark?: Mark | undefined; six?: boolean; source?: Bytes; target?: Bytes; evade?: number } = {},
  ): void {
    this.packet(at, from.host, to.host, TCP, (a, b) => tcp(a, b, { ...f, from: from.port, to: to.port }), o)
  }

  /** A SYN and what answers it, if anything: 'closed' a reset, 'silent' nothing. `crafted`: by a raw socket, which may fragment and has random ids. */
  knock(
    at: number,
    from: End,
    to: End,
    answer: 'open' | 'closed' | 'silent',
    o: {
      mark?: Mark | undefined
      six?: boolean
      seq?: number
      window?: number
      options?: number[]
      ttl?: number
      crafted?: boolean
    } = {},
  ): void {
    const seq = o.seq ?? this.chance.below(2 ** 32)
    const { window = 64240, options = linuxSyn(1460, Math.round(at * 1000)) } = o
    const way = {
      ...(o.mark && { mark: o.mark }),
      ...(o.six && { six: true }),
      ...(o.ttl !== undefined && { ttl: o.ttl }),
      ...(o.crafted && { dontFragment: false, id: this.chance.below(65_536) }),
    }
    this.tcp(at, from, to, { seq, flags: SYN, window, options }, way)
    const back = { mark: o.mark, ...(o.six && { six: true }) }
    const later = at + 0.002 + this.chance.below(100) / 1000
    if (answer === 'closed') this.tcp(later, to, from, { seq: 0, ack: (seq + 1) >>> 0, flags: RST | ACK, window: 0 }, back)
    if (answer === 'open') {
      const theirs = this.chance.below(2 ** 32)
      this.tcp(
        later,
        to,
        from,
        { seq: theirs, ack: (seq + 1) >>> 0, flags: SYN | ACK, window: 65160, options: [2, 4, 5, 0xb4] },
        back,
      )
      this.tcp(later + 0.001, from, to, { seq: (seq + 1) >>> 0, flags: RST, window: 0 }, way)
    }
  }

  /** A conversation over TCP. Returns when it ended, in seconds. */
  talk(t: Talk): number {
    const { client, server, turns, ends = 'fin', evasion = 'none', segment = 1400 } = t
    const roundTrip = t.roundTrip ?? (client.host.mac && server.host.mac ? 0.002 : 0.03)
    const seq = { client: this.chance.below(2 ** 32), server: this.chance.below(2 ** 32) }
    let now = t.at
    const send = (
      by: 'client' | 'server',
      flags: number,
      payload: Bytes,
      offset: number,
      mark: Mark | undefined,
      size?: Evasion,
    ) => {
      const other = by === 'client' ? 'server' : 'client'
      const [from, to] = by === 'client' ? [client, server] : [server, client]
      const options = flags & SYN ? linuxSyn(1460, 100_000 + Math.round(now * 1000)) : []
      const fields = { seq: (seq[by] + offset) >>> 0, ack: flags & ACK ? seq[other] >>> 0 : 0, flags, options, payload }
      this.tcp(now, from, to, fields, {
        mark,
        ...(t.six && { six: true }),
        ...(size === 'fragments' && { evade: 24 }),
      })
    }
    const step = (by: 'client' | 'server', flags: number, mark = t.mark) => {
      send(by, flags, NOTHING, 0, mark)
      if (flags & (SYN | FIN)) seq[by]++
    }
    step('client', SYN)
    now += roundTrip
    step('server', SYN | ACK)
    now += 0.0003
    step('client', ACK)
    for (const turn of turns) {
      const mark = turn.mark ?? t.mark
      const said = typeof turn.says === 'string' ? latin(turn.says) : turn.says
      now += turn.after ?? roundTrip / 2 + this.chance.below(2000) / 1e6
      const cut = cuts(
        said,
        evasion === 'none' || evasion === 'fragments' ? segment : 3 + this.chance.below(6),
        evasion,
        this.chance,
      )
      for (const [from, piece] of cut) {
        send(turn.by, PSH | ACK, piece, from, mark, evasion)
        now += 0.0002
      }
      seq[turn.by] += said.length
      now += roundTrip / 2
      send(turn.by === 'client' ? 'server' : 'client', ACK, NOTHING, 0, mark)
    }
    now += 0.005
    if (ends === 'rst') step('client', RST | ACK)
    if (ends === 'fin') {
      step('client', FIN | ACK)
      now += roundTrip
      step('server', FIN | ACK)
      now += 0.0003
      step('client', ACK)
    }
    return now
  }

  /** An ARP question and its answer. */
  arp(at: number, asker: Host, asked: Host): void {
    const none = new Uint8Array(6)
    this.frame(at, arp(BROADCAST, asker.mac!, 1, asker.mac!, asker.ip, none, asked.ip))
    this.frame(at + 0.001, arp(asker.mac!, asked.mac!, 2, asked.mac!, asked.ip, asker.mac!, asker.ip))
  }

  /** A name asked of the resolver: A, or AAAA where `six`; no address: there is no such name. */
  resolve(
    at: number,
    host: Host,
    name: string,
    address: Host | undefined,
    o: { mark?: Mark; six?: boolean; type?: number } = {},
  ): void {
    const from = { host, port: 1024 + this.chance.below(60_000) }
    const to = { host: this.resolver, port: 53 }
    const id = this.chance.below(65_536)
    const type = o.type ?? (o.six ? 28 : 1)
    const mark = o.mark && { mark: o.mark }
    this.udp(at, from, to, dnsQuery(id, name, type), mark)
    const data = address && (type === 28 ? address.ip6! : address.ip)
    this.udp(at + 0.01 + this.chance.below(30) / 1000, to, from, dnsAnswer(id, name, type, data ? [data] : []), mark)
  }

  /** What was told, in order of time, and the truth of it; `marked`: the frames of each of its stages. */
  finish(): { frames: Frame[]; marked: number[][]; truth: Pick<SynthTruth, 'frames' | 'first' | 'last' | 'gateway' | 'stages'> } {
    const events = this.events.sort((a, b) => a.time - b.time || a.order - b.order)
    const stages = new Map<Mark, StageTruth>()
    const marked = new Map<Mark, number[]>()
    const iso = (time: number) =>
      new Date((MIDNIGHT + time) / 1000).toISOString().replace(
        /\d{3}Z$/,
        `${String(time % 1e6)
          .padStart(6, '0')
          .slice(0, 3)}Z`,
      )
    const frames = events.map(({ time, bytes, mark }, i): Frame => {
      let comment: string | undefined
      for (let m = mark; m; m = m.besides) {
        const known = stages.get(m)
        if (known) {
          marked.get(m)!.push(i + 1)
          known.packets++
          known.last = iso(time)
          continue
        }
        comment = `${comment ? `${comment}; ` : ''}SYNTHETIC: ${m.role === 'source' ? 'done by' : 'done to'} ${ipText(m.device.ip)}: ${m.stage}${m.vector ? ` (${m.vector})` : ''} begins`
        marked.set(m, [i + 1])
        stages.set(m, {
          device: macText(m.device.mac!),
          ip: ipText(m.device.ip),
          stage: m.stage,
          role: m.role,
          ...(m.vector && { vector: m.vector }),
          also: [...(m.also ?? [])],
          firstFrame: i + 1,
          first: iso(time),
          last: iso(time),
          packets: 1,
        })
      }
      return { time: MIDNIGHT + time, bytes, ...(comment && { comment }) }
    })
    return {
      frames,
      marked: [...marked.values()],
      truth: {
        frames: frames.length,
        first: iso(events[0]?.time ?? 0),
        last: iso(events.at(-1)?.time ?? 0),
        gateway: macText(this.gateway.mac!),
        stages: [...stages.values()],
      },
    }
  }
}

/** Pieces of what is said with their offsets, in the order in which they are sent. */
function cuts(said: Bytes, size: number, evasion: Evasion, chance: Random): [offset: number, piece: Bytes][] {
  const out: [number, Bytes][] = []
  for (let at = 0; at < said.length; at += size) out.push([at, said.subarray(at, at + size)])
  if (evasion === 'reorder') {
    for (let i = 0; i + 1 < out.length; i += 2) [out[i], out[i + 1]] = [out[i + 1]!, out[i]!]
  }
  if (evasion === 'overlap') {
    // a piece again, longer, with the same bytes
    return out.flatMap(([at, piece]): [number, Bytes][] => {
      const from = Math.max(0, at - 1 - chance.below(4))
      return [[at, piece], ...(from < at ? [[from, said.subarray(from, at + piece.length)] as [number, Bytes]] : [])]
    })
  }
  return out
}

export function bytes(chance: Random, n: number): Bytes {
  const out = new Uint8Array(n)
  for (let i = 0; i < n; i++) out[i] = chance.below(256)
  return out
}

export const macText = (mac: Bytes): string => [...mac].map((b) => b.toString(16).padStart(2, '0')).join(':')
export const ipText = (address: Bytes): string => address.join('.')

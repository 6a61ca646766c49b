import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Packet, PROTO_TCP, PROTO_UDP, TCP_ACK, TCP_FIN, TCP_SYN } from '../decode/packet.ts'
import { FLAGS, FlowTable, INITIATOR_SURE, LO_PACKETS, ROW_WORDS } from './table.ts'

interface Sent {
  from: number[]
  to: number[]
  sport: number
  dport: number
  protocol?: number
  flags?: number
  time?: number
  bytes?: number
  padding?: number
  seq?: number
}

/** The cursor as decoding leaves it; 4 or 16 address bytes, the rest of the header empty but for its length. */
function packet({
  from,
  to,
  sport,
  dport,
  protocol = PROTO_UDP,
  flags = 0,
  time = 0,
  bytes = 60,
  padding = 0,
  seq = 0,
}: Sent): Packet {
  const p = new Packet()
  const six = from.length === 16
  p.buf = new Uint8Array(six ? 40 : 20)
  new DataView(p.buf.buffer).setUint16(six ? 4 : 2, six ? Math.max(0, bytes - 40) : bytes)
  p.end = p.buf.length
  p.wireLength = bytes + padding
  p.network = 0
  p.ipVersion = six ? 6 : 4
  p.srcIp = six ? 8 : 12
  p.dstIp = p.srcIp + from.length
  p.buf.set([...from, ...to], p.srcIp)
  p.protocol = protocol
  p.transport = 0
  p.srcPort = sport
  p.dstPort = dport
  p.tcpFlags = flags
  p.tcpSeq = seq
  p.time = time
  p.frame = 1
  return p
}

const a = [192, 168, 1, 2]
const b = [10, 0, 0, 1]
const six = (last: number, upper = 0x20) => [upper, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
const nothing = () => {}

describe('the flow table', () => {
  it('counts what is dated after its last hour to that hour, and not to the first ones', () => {
    const t = new FlowTable(nothing, 1 << 4)
    const row = t.touch(packet({ from: a, to: b, sport: 5000, dport: 53, time: Date.UTC(2105, 0) * 1000 }))
    expect(new Date(t.hourOf(row) * 3_600_000).getUTCFullYear()).toBe(2089)
  })

  it('finds one row for both directions, IPv4 and IPv6', () => {
    for (const [x, y] of [
      [a, b],
      [six(1), six(2)],
      [six(1), six(1, 0x30)],
    ] as const) {
      const t = new FlowTable(nothing, 1 << 4)
      const row = t.touch(packet({ from: x, to: y, sport: 5000, dport: 53 }))
      expect(t.created).toBe(true)
      const side = t.side
      expect(t.touch(packet({ from: y, to: x, sport: 53, dport: 5000 }))).toBe(row)
      expect(t.created).toBe(false)
      expect(t.side).toBe(1 - side)
      expect(t.initiator(row)).toBe(side)
      expect([t.port(row, side), t.port(row, 1 - side)]).toEqual([5000, 53])
      const out = new Uint8Array(16)
      expect([...out.subarray(0, t.address(row, side, out))]).toEqual(x)
      expect([...out.subarray(0, t.address(row, 1 - side, out))]).toEqual(y)
    }
  })

  it('tells those without an address apart by hardware address, and finds their rows again', () => {
    const left: number[] = []
    const t = new FlowTable((row) => left.push(row), 1 << 6)
    const discover = (mac: number, from = [0, 0, 0, 0], to = [255, 255, 255, 255]) => {
      const p = packet({ from, to, sport: 68, dport: 67 })
      const ip = p.buf
      p.buf = Uint8Array.of(...ip, 2, 0, 0, 0, 0, mac)
      p.srcMac = ip.length
      return t.touch(p)
    }
    const none = Array.from({ length: 16 }, () => 0)
    const rows = [...[1, 2, 3].map((mac) => discover(mac)), ...[1, 2].map((mac) => discover(mac, none, six(1, 0xff)))]
    expect(new Set(rows).size).toBe(5)
    expect([...[1, 2, 3].map((mac) => discover(mac)), ...[1, 2].map((mac) => discover(mac, none, six(1, 0xff)))]).toEqual(rows)
    expect(rows.map((row) => t.ipVersion(row))).toEqual([4, 4, 4, 6, 6])
    expect(discover(1, a)).toBe(discover(2, a))
    t.flush()
    expect(t.live).toBe(0)
    expect(left.length).toBe(6)
  })

  it('keeps what travels in a tunnel apart from the same addresses and ports outside', () => {
    const t = new FlowTable(nothing, 1 << 6)
    const rows = (within: boolean) => {
      t.within = within
      const ports = { sport: 40000, dport: 53 }
      return [packet({ from: a, to: b, ...ports }), packet({ from: six(1, 1), to: six(2, 2), ...ports })].map((p) => t.touch(p))
    }
    const [outside, inside] = [rows(false), rows(true)]
    expect(new Set([...outside, ...inside]).size).toBe(4)
    expect([rows(false), rows(true)]).toEqual([outside, inside])
    expect(inside.map((row) => t.ipVersion(row))).toEqual([4, 6])
    t.flush()
    expect(t.live).toBe(0)
  })

  it('counts what the network carried: no padding, and what is there where the header tells no length', () => {
    const counted = (sent: Sent, told?: number) => {
      const t = new FlowTable(nothing, 1 << 4)
      const p = packet(sent)
      if (told !== undefined) new DataView(p.buf.buffer).setUint16(p.ipVersion === 6 ? 4 : 2, told)
      return t.bytes(t.touch(p), t.side)
    }
    const four = { from: a, to: b, sport: 1, dport: 2 }
    const six12 = { from: six(1), to: six(2), sport: 1, dport: 2 }
    expect([counted({ ...four, bytes: 40, padding: 6 }), counted({ ...six12, bytes: 60, padding: 9 })]).toEqual([40, 60])
    expect([counted({ ...four, bytes: 9000 }, 0), counted({ ...six12, bytes: 9000 }, 0)]).toEqual([9000, 9000])
    expect(counted({ ...four, bytes: 40 }, 1500)).toBe(40)
  })

  it('counts every packet and byte once, whatever leaves and when: the same sums as a table without bounds', () => {
    const address = fc.integer({ min: 1, max: 30 }).map((n) => [10, 0, 0, n])
    const sent = fc.record({
      from: address,
      to: address,
      sport: fc.integer({ min: 1, max: 5 }),
      dport: fc.integer({ min: 1, max: 5 }),
      bytes: fc.integer({ min: 20, max: 1500 }),
      step: fc.integer({ min: 0, max: 2_000_000_000 }),
    })
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 300 }), (list) => {
        const slow = new Map<string, { packets: number; bytes: number }>()
        const seen = new Map<string, { packets: number; bytes: number }>()
        const count = (map: typeof slow, key: string, packets: number, n: number) => {
          const kept = map.get(key) ?? { packets: 0, bytes: 0 }
          map.set(key, { packets: kept.packets + packets, bytes: kept.bytes + n })
        }
        const t: FlowTable = new FlowTable((row) => {
          const out = new Uint8Array(16)
          for (const side of [0, 1]) {
            t.address(row, side, out)
            const packets = t.words[row * ROW_WORDS + LO_PACKETS + side]!
            if (packets > 0) count(seen, `${out[3]}:${t.port(row, side)} ${t.hourOf(row)}`, packets, t.bytes(row, side))
          }
          t.clear(row)
        }, 1 << 4)
        let time = 1_700_000_000_000_000
        for (const { step, ...s } of list) {
          time += step
          t.touch(packet({ ...s, time }))
          count(slow, `${s.from[3]}:${s.sport} ${Math.floor(time / 3_600_000_000)}`, 1, s.bytes)
        }
        t.flush()
        expect(t.live).toBe(0)
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(slow))
      }),
      { numRuns: 300, seed: 11 },
    )
  })

  it('keeps conversations and lets go of what was seen once, under a flood', () => {
    const t = new FlowTable(nothing, 1 << 8)
    const talk = packet({ from: a, to: b, sport: 5000, dport: 443, protocol: PROTO_TCP })
    const row = t.touch(talk)
    t.touch(talk)
    for (let i = 0; i < 10_000; i++) {
      t.touch(packet({ from: [1, i >> 8, i & 255, 1], to: b, sport: i & 0xffff, dport: 80, protocol: PROTO_TCP, flags: TCP_SYN }))
      if (i % 50 === 0) {
        t.touch(talk)
        expect(t.created).toBe(false)
      }
    }
    expect(t.touch(talk)).toBe(row)
    expect(t.live).toBeLessThanOrEqual(1 << 8)
  })

  it('starts anew when ports are used again after the end', () => {
    let folds = 0
    const t = new FlowTable((_, final) => void (folds += final ? 1 : 0), 1 << 4)
    const to = { from: a, to: b, sport: 5000, dport: 23, protocol: PROTO_TCP }
    const back = { from: b, to: a, sport: 23, dport: 5000, protocol: PROTO_TCP }
    t.touch(packet({ ...to, flags: TCP_SYN }))
    t.touch(packet({ ...back, flags: TCP_SYN | TCP_ACK }))
    t.touch(packet({ ...to, flags: TCP_FIN | TCP_ACK }))
    t.touch(packet({ ...to, flags: TCP_SYN }))
    expect(t.created).toBe(true)
    expect(folds).toBe(1)
    expect(t.total).toBe(2)
  })

  it('knows who opened a TCP conversation from either half of the handshake', () => {
    for (const flags of [TCP_SYN, TCP_SYN | TCP_ACK]) {
      const t = new FlowTable(nothing, 1 << 4)
      const row = t.touch(packet({ from: a, to: b, sport: 40_000, dport: 9999, protocol: PROTO_TCP, flags }))
      expect(t.initiator(row)).toBe(flags & TCP_ACK ? 1 - t.side : t.side)
      expect(t.words[row * ROW_WORDS + FLAGS]! & INITIATOR_SURE).toBeTruthy()
    }
  })
})

describe('ports used again without an end having been seen', () => {
  it('begin another flow when the handshake of the first was over', () => {
    const t = new FlowTable(nothing, 1 << 4)
    const to = { from: a, to: b, sport: 5000, dport: 21, protocol: PROTO_TCP }
    const back = { from: b, to: a, sport: 21, dport: 5000, protocol: PROTO_TCP }
    const say = (sent: Sent, payload: number) => {
      const p = packet(sent)
      p.payloadWire = payload
      t.touch(p)
    }
    say({ ...to, flags: TCP_SYN }, 0)
    say({ ...to, flags: TCP_SYN }, 0) // the same SYN again is no other conversation
    expect(t.total).toBe(1)
    say({ ...back, flags: TCP_SYN | TCP_ACK }, 0)
    say({ ...back, flags: TCP_ACK }, 20)
    say({ ...to, flags: TCP_SYN }, 0) // late
    expect(t.total).toBe(1)
    say({ ...to, flags: TCP_SYN, seq: 7000 }, 0)
    expect(t.total).toBe(2)
  })
})

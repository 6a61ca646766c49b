import { describe, expect, it } from 'vitest'
import { Packet, PROTO_TCP, PROTO_UDP, TCP_SYN } from '../decode/packet.ts'
import { FirstPackets, LOOKED_AT, traitsOf } from './first-packets.ts'

function packet(fields: Partial<Packet>, bytes: number[] = []): Packet {
  return Object.assign(new Packet(), {
    transport: 0,
    frame: 3,
    hopLimit: 64,
    ...fields,
    buf: Uint8Array.from(bytes),
    end: bytes.length,
  })
}

const HEAD = [0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0]

/** RFC 9293, 3.1: a SYN with the options given. */
const syn = (window: number, options: number[]) =>
  packet({ protocol: PROTO_TCP, tcpFlags: TCP_SYN, srcPort: 40000, dstPort: 80, payload: 20 + options.length }, [
    // ports, sequence and acknowledgement numbers, header length and flags, window, checksum and urgent pointer
    ...HEAD,
    ((20 + options.length) / 4) << 4,
    2,
    window >> 8,
    window & 255,
    0,
    0,
    0,
    0,
    ...options,
  ])

describe('first packets', () => {
  it('tell how a stack opens connections', () => {
    const first = new FirstPackets()
    // maximum segment size 1460 (RFC 9293, 3.7.1), SACK permitted (RFC 2018), time stamps and window scale 7 (RFC 7323)
    first.take(syn(29200, [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]), true)
    expect(traitsOf(first.manner())).toEqual([
      { trait: 'opens hops 64 window 20x segment 1460 scale 7 options MSTNW', frame: { capture: 0, frame: 3 } },
    ])
  })

  it('tell sizes by service and role, once each', () => {
    const first = new FirstPackets()
    for (let i = 0; i < 3; i++) first.take(packet({ protocol: PROTO_UDP, srcPort: 5000 + i, dstPort: 53, payloadWire: 40 }), true)
    first.take(packet({ protocol: PROTO_TCP, srcPort: 80, dstPort: 41000, payloadWire: 9000 }), false)
    first.take(packet({ protocol: PROTO_TCP, srcPort: 80, dstPort: 41000, payloadWire: 0 }), false)
    expect(traitsOf(first.manner()).map((t) => t.trait)).toEqual(['sends udp/53 40', 'answers tcp/80 4095'])
  })

  it('stay small and whole whatever comes', () => {
    const first = new FirstPackets()
    for (let i = 0; i < LOOKED_AT; i++) {
      first.take(packet({ protocol: PROTO_UDP, srcPort: i, dstPort: i, payloadWire: i }), i % 2 === 0)
      first.take(syn(i, [3, 0, 2, 255]), true)
      first.take(syn(i, [77, 4, 1, 1]), true)
      first.take(packet({ protocol: PROTO_TCP, tcpFlags: TCP_SYN, payload: 40 }, [1, 2, 3]), true)
    }
    expect(traitsOf(first.manner()).length).toBeLessThanOrEqual(68)
  })
})

import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { dialoguesCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { type QuicKeys, seal } from '../../testing/quic.ts'
import { initialKeys, type QuicMessage } from './quic.ts'

/*
 * Post-quantum key shares make a hello too long for one datagram. What browsers then send is made here, with keys as RFC 9001 and RFC 9369
 * derive them, and goes through the whole engine.
 */

const V1 = 1
const V2 = 0x6b3343cf
const DCID = Uint8Array.from(Buffer.from('8394c8f03e515708', 'hex'))
const SCID = Uint8Array.from(Buffer.from('f067a5502a4262b5', 'hex'))
const bytes = (...parts: (Uint8Array | readonly number[])[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const u16 = (n: number) => [n >> 8, n & 255]

/** A long-header packet; the types' order is version 1's, which version 2 shifts by one (RFC 9369 section 3.2). */
function packet(
  version: number,
  type: 'initial' | '0-rtt' | 'handshake',
  number: number,
  payload: Uint8Array,
  keys: QuicKeys,
): Uint8Array {
  const order = ['initial', '0-rtt', 'handshake'].indexOf(type) + (version === V2 ? 1 : 0)
  const length = 2 + payload.length + 16
  const header = bytes(
    [0xc0 | (order << 4) | 1, version >>> 24, (version >>> 16) & 255, (version >>> 8) & 255, version & 255, DCID.length],
    DCID,
    [SCID.length],
    SCID,
    type === 'initial' ? [0] : [],
    [0x40 | (length >> 8), length & 255],
    u16(number),
  )
  return seal(header, 2, payload, keys)
}

const extension = (type: number, body: readonly number[]) => [...u16(type), ...u16(body.length), ...body]
const KEM = 0x11ec
/** A hello with a key share of ML-KEM's size: 1216 bytes. */
const HELLO = (() => {
  const name = [...Buffer.from('thing.example')]
  const all = [
    ...extension(51, [
      ...u16(1220 + 36),
      ...u16(KEM),
      ...u16(1216),
      ...Array.from({ length: 1216 }, (_, i) => i & 255),
      ...u16(29),
      ...u16(32),
      ...Array<number>(32).fill(7),
    ]),
    ...extension(0, [...u16(name.length + 3), 0, ...u16(name.length), ...name]),
    ...extension(16, [0, 3, 2, 0x68, 0x33]),
    ...extension(43, [2, 3, 4]),
    ...extension(10, [0, 4, ...u16(KEM), ...u16(29)]),
  ]
  const body = [3, 3, ...Array<number>(32).fill(1), 0, 0, 2, 0x13, 1, 1, 0, ...u16(all.length), ...all]
  return Uint8Array.from([1, 0, ...u16(body.length), ...body])
})()

const crypto = (from: number, to: number) =>
  bytes([0x06, ...u16(0x4000 | from), ...u16(0x4000 | (to - from))], HELLO.subarray(from, to))
const PADDING = (n: number) => new Uint8Array(n)
const PING = [1]
const ACK = [0x02, 5, 0x40, 0x10, 1, 0, 2, 3]

async function messages(turns: readonly Turn[]): Promise<QuicMessage[]> {
  const path = dialoguesCapture([{ turns, serverPort: 443, transport: 'udp' }])
  const found: QuicMessage[] = []
  await audit([path], { onMessage: (m) => m.protocol === 'quic' && found.push(m as QuicMessage) })
  return found
}

describe.each([
  ['version 1', V1],
  ['version 2', V2],
])('QUIC %s', (_, version) => {
  const { client, server } = initialKeys(version, DCID)
  const initial = (number: number, ...frames: (Uint8Array | readonly number[])[]) =>
    packet(version, 'initial', number, bytes(...frames, PADDING(1200)), client)
  const is = (found: QuicMessage[], frame: number) => {
    expect(found.map((m) => [m.frame, m.hello.sni, m.hello.alpn.join(), m.hello.postQuantum, m.hello.complete])).toEqual([
      [frame, 'thing.example', 'h3', true, true],
    ])
    expect(found[0]!.hello.ja4).toMatch(/^q13d0105h3_/)
  }
  const end = HELLO.length

  it('a hello over two datagrams', async () =>
    is(
      await messages([
        ['client', initial(0, crypto(0, 1100))],
        ['client', initial(1, crypto(1100, end))],
      ]),
      2,
    ))

  it('the second first', async () =>
    is(
      await messages([
        ['client', initial(1, crypto(1100, end))],
        ['client', initial(0, crypto(0, 1100))],
      ]),
      2,
    ))

  it('in many shuffled pieces between PING, ACK and PADDING, some sent again', async () => {
    const cuts = Array.from({ length: Math.ceil(end / 97) }, (_, i) => [i * 97, Math.min(end, (i + 1) * 97)] as const)
    const shuffled = cuts.map((cut, i) => cuts[(i * 5) % cuts.length] ?? cut)
    expect(new Set(shuffled).size).toBe(cuts.length)
    const of = (from: number, to: number) => shuffled.slice(from, to).flatMap((cut) => [crypto(...cut), PING, PADDING(3)])
    is(
      await messages([
        ['client', initial(0, ...of(0, 6), ACK)],
        ['client', initial(0, ...of(0, 6), ACK)],
        ['client', initial(2, ACK, ...of(4, 12))],
        ['client', initial(3, ...of(12, cuts.length))],
      ]),
      4,
    )
  })

  it('coalesced: Initials, then 0-RTT and Handshake packets that nobody here can open', async () => {
    const other = initialKeys(version, SCID).client
    const early = packet(version, '0-rtt', 0, PADDING(40), other)
    const later = packet(version, 'handshake', 0, PADDING(40), other)
    is(await messages([['client', bytes(initial(0, crypto(0, 700)), initial(1, crypto(700, end)), early, later)]]), 1)
    is(
      await messages([
        ['client', early],
        ['client', bytes(early, initial(0, crypto(0, 1100)))],
        ['client', bytes(initial(1, crypto(1100, end)), later)],
      ]),
      3,
    )
  })

  it('after the negotiation of a version: the first one, of no known version, says nothing', async () => {
    const made = initial(0, crypto(0, 1100)).slice()
    made.set([0x1a, 0x2a, 0x3a, 0x4a], 1)
    const negotiation = bytes([0x80, 0, 0, 0, 0, SCID.length], SCID, [DCID.length], DCID, [0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf])
    is(
      await messages([
        ['client', made],
        ['server', negotiation],
        ['client', initial(0, crypto(0, 1100))],
        ['client', initial(1, crypto(1100, end))],
      ]),
      4,
    )
  })

  it('the server chose, and the client went on', async () => {
    const body = [
      3,
      3,
      ...Array<number>(32).fill(2),
      0,
      0x13,
      1,
      0,
      ...u16(6 + 8),
      ...extension(43, [3, 4]),
      ...extension(51, [...u16(KEM), 0, 0]),
    ]
    const choice = Uint8Array.from([2, 0, ...u16(body.length), ...body])
    // as the server sends it: the client's id is its destination
    const answer = packet(version, 'initial', 0, bytes([0x06, 0, ...u16(0x4000 | choice.length)], choice, PADDING(60)), server)
    const data = bytes([0x41], SCID, Array<number>(40).fill(0x5a))
    const found = await messages([
      ['client', initial(0, crypto(0, 1100))],
      ['client', initial(1, crypto(1100, end))],
      ['server', answer],
      ['client', data],
    ])
    expect(found.map(({ completed, server: chosen }) => [completed, chosen?.group])).toEqual([
      [false, undefined],
      [true, KEM],
    ])
  })

  it('a hole stays a hole', async () =>
    expect(
      await messages([
        ['client', initial(0, crypto(0, 1100))],
        ['client', initial(1, crypto(1101, end))],
      ]),
    ).toEqual([]))
})

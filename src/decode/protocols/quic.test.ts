import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { datagrams } from '../../testing/conversations.ts'
import { type QuicKeys, seal } from '../../testing/quic.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { blankDatagram, type Datagram, type FlowMemory } from '../stream.ts'
import { initialKeys, quic, type QuicMessage } from './quic.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))
const join2 = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))
const V1 = 0x00000001
const V2 = 0x6b3343cf
const DCID = hex('8394c8f03e515708')

/** RFC 9001 appendix A.2 (RFC 9369 has the same): the CRYPTO frame with the ClientHello, before 917 bytes of PADDING. */
const CLIENT_CRYPTO = hex(`
  060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578
  616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fba
  baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c0002400100
  3900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff`)

/** RFC 9001 and RFC 9369 appendix A: keys (A.1), the client's packet's beginning and end with its tag (A.2), the server's packet (A.3). */
const SAMPLES = [
  {
    name: 'RFC 9001',
    version: V1,
    client: ['1f369613dd76d5467730efcbe3b1a22d', 'fa044b2f42a3fd3b46fb255c', '9f50449e04a0e810283a1e9933adedd2'],
    server: ['cf3a5331653c364c88f0f379b6067e37', '0ac1493ca1905853b0bba03e', 'c206b8d9b9f0f37644430b490eeaa314'],
    header: 'c300000001088394c8f03e5157080000449e00000002',
    begins: 'c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11',
    ends: 'e221af44860018ab0856972e194cd934',
    answer: `cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839
      b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456
      cbc42158407dd074ee`,
  },
  {
    name: 'RFC 9369',
    version: V2,
    client: ['8b1a0bc121284290a29e0971b5cd045d', '91f73e2351d8fa91660e909f', '45b95e15235d6f45a6b19cbcb0294ba9'],
    server: ['82db637861d55e1d011f19ea71d5d2a7', 'dd13c276499c0249d3310652', 'edf6d05c83121201b436e16877593c3a'],
    header: 'd36b3343cf088394c8f03e5157080000449e00000002',
    begins: 'd76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485',
    ends: 'a18b2faa745b6fe189cf772a9f84cbfc',
    answer: `dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17
      f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8
      4bed8521e2e140`,
  },
]

/** An Initial packet of the client's, padded as it must be (RFC 9000 section 14.1); `number` is its packet number. */
function initial(
  version: number,
  dcid: Uint8Array,
  number: number,
  payload: Uint8Array,
  keys: QuicKeys,
  token: Uint8Array = new Uint8Array(0),
  padding = 1200,
): Uint8Array {
  const padded = join2(payload, new Uint8Array(Math.max(0, padding - payload.length)))
  const length = 4 + padded.length + 16
  const header = join2(
    Uint8Array.of(version === V2 ? 0xd3 : 0xc3, version >>> 24, version >>> 16, version >>> 8, version, dcid.length),
    dcid,
    Uint8Array.of(0, token.length),
    token,
    Uint8Array.of(0x40 | (length >> 8), length, 0, 0, 0, number),
  )
  return seal(header, 4, padded, keys)
}

function crypto(offset: number, data: Uint8Array): Uint8Array {
  return join2(Uint8Array.of(0x06, 0x40 | (offset >> 8), offset, 0x40 | (data.length >> 8), data.length), data)
}

class Flow {
  readonly messages: QuicMessage[] = []
  readonly memory: FlowMemory = {}
  private frame = 0

  send(bytes: Uint8Array, fromClient = true): this {
    // amid other bytes, as in a capture's buffer
    const buffer = new Uint8Array(bytes.length + 20)
    buffer.set(bytes, 7)
    const d: Datagram = {
      bytes: buffer,
      start: 7,
      end: 7 + bytes.length,
      srcPort: 50000,
      dstPort: 443,
      frame: ++this.frame,
      fromClient,
      truncated: false,
      memory: this.memory,
      recent: {},
    }
    if (quic.recognise(d)) quic.decode(d, (message) => this.messages.push(message))
    buffer.fill(0xee)
    return this
  }
}

const PING = Uint8Array.of(1)
const HELLO = CLIENT_CRYPTO.subarray(4)
const PADDED = join2(CLIENT_CRYPTO, new Uint8Array(917))

describe.each(SAMPLES)('the packets of $name appendix A', ({ version, client, server, header, begins, ends, answer }) => {
  const keys = initialKeys(version, DCID)
  const packet = seal(hex(header), 4, PADDED, keys.client)

  it('keys', () => {
    expect([keys.client.key, keys.client.iv, keys.client.hp]).toEqual(client.map(hex))
    expect([keys.server.key, keys.server.iv, keys.server.hp]).toEqual(server.map(hex))
  })

  it("the client's: sealed here it is the RFC's, tag and all; opened it is the hello", () => {
    expect(packet).toHaveLength(1200)
    expect(packet.subarray(0, 32)).toEqual(hex(begins))
    expect(packet.subarray(-16)).toEqual(hex(ends))
    const { messages } = new Flow().send(packet)
    expect(messages).toMatchObject([{ protocol: 'quic', version, fromClient: true, completed: false, frame: 1 }])
    expect(messages[0]!.hello).toMatchObject({
      sni: 'example.com',
      alpn: ['alpn'],
      highestVersion: 0x0304,
      suites: [0x1301, 0x1302],
      complete: true,
    })
    expect(messages[0]!.hello.ja4).toMatch(/^q13d0211an_/)
  })

  it("the server's, and what the client sends with keys it then has", () => {
    const flow = new Flow().send(packet).send(hex(answer), false)
    expect(flow.messages).toHaveLength(1)
    flow.send(join2(Uint8Array.of(0x41), hex('f067a5502a4262b5'), new Uint8Array(40).fill(0x5a)))
    expect(flow.messages[1]).toMatchObject({
      completed: true,
      frame: 3,
      server: { version: 0x0304, suite: 0x1301, preSharedKey: false },
    })
    flow.send(join2(Uint8Array.of(0x41), hex('f067a5502a4262b5'), new Uint8Array(40).fill(0x5a)))
    expect(flow.messages).toHaveLength(2)
  })

  it('no flipped bit of the packet is accepted', () => {
    for (let i = 0; i < packet.length; i += 7) {
      const broken = packet.slice()
      broken[i]! ^= 0x40
      expect(new Flow().send(broken).messages).toEqual([])
    }
  })
})

describe('connections made here', () => {
  const keys = initialKeys(V1, DCID).client

  it('a hello cut into shuffled, repeated pieces over several datagrams, between ACK and PING', () => {
    const flow = new Flow()
    const piece = (from: number, to: number) => crypto(from, HELLO.subarray(from, to))
    const ack = Uint8Array.of(0x02, 5, 0x40, 0x10, 1, 0, 2, 3)
    flow.send(initial(V1, DCID, 0, join2(Uint8Array.of(1), piece(200, HELLO.length), new Uint8Array(30), piece(50, 90)), keys))
    flow.send(initial(V1, DCID, 1, join2(ack, piece(80, 210), Uint8Array.of(1, 1)), keys))
    expect(flow.messages).toEqual([])
    flow.send(initial(V1, DCID, 2, join2(piece(0, 50), piece(0, 10)), keys))
    expect(flow.messages).toMatchObject([{ frame: 3, hello: { sni: 'example.com' } }])
  })

  it('what comes in the place of other bytes changes nothing', () => {
    const lie = HELLO.slice()
    lie.set(Buffer.from('another.com'), Buffer.from(HELLO).indexOf('example.com'))
    const flow = new Flow()
    flow.send(initial(V1, DCID, 0, join2(crypto(0, HELLO.subarray(0, 100)), crypto(0, lie.subarray(0, 100))), keys))
    flow.send(initial(V1, DCID, 1, crypto(20, lie.subarray(20)), keys))
    expect(flow.messages).toMatchObject([{ frame: 2, hello: { sni: 'example.com' } }])
  })

  it('coalesced packets: each by its own length', () => {
    const one = initial(V1, DCID, 0, crypto(0, HELLO.subarray(0, 100)), keys)
    const two = initial(V1, DCID, 1, crypto(100, HELLO.subarray(100)), keys)
    expect(new Flow().send(join2(one, two)).messages).toHaveLength(1)
  })

  it('a Retry changes the id that the keys come from; the hello is told once', () => {
    const chosen = hex('aabbccddeeff0011')
    const retry = join2(hex('ff0000000100'), Uint8Array.of(8), chosen, hex('746f6b656e'), new Uint8Array(16))
    const flow = new Flow().send(initial(V1, DCID, 0, PADDED, keys)).send(retry, false)
    flow.send(initial(V1, chosen, 1, PADDED, initialKeys(V1, chosen).client, hex('746f6b656e')))
    expect(flow.messages).toHaveLength(1)
    // the first part lost: what comes after the Retry is enough
    const late = new Flow()
      .send(retry, false)
      .send(initial(V1, chosen, 1, PADDED, initialKeys(V1, chosen).client, hex('746f6b656e')))
    expect(late.messages).toMatchObject([{ hello: { sni: 'example.com' } }])
  })

  it('keys are made for what a server would take, and once a datagram', () => {
    const small = initial(V1, DCID, 0, CLIENT_CRYPTO, keys, undefined, 0)
    expect(new Flow().send(small).messages).toEqual([])
    expect(new Flow().send(join2(small, new Uint8Array(1200 - small.length))).messages).toHaveLength(1)
    const other = hex('aabbccddeeff0011')
    const foreign = initial(V1, other, 0, PING, initialKeys(V1, other).client)
    // of another connection behind it nothing is read, before it everything
    expect(new Flow().send(join2(foreign, small)).messages).toEqual([])
    expect(new Flow().send(join2(small, foreign)).messages).toHaveLength(1)
  })

  it('memory is bounded, whatever offsets a client claims', () => {
    const flow = new Flow()
    for (let i = 0; i < 200; i++) {
      const far = join2(Uint8Array.of(0x06, 0x80, i >> 1, 0xff, 0xff, 0x40, 0x64), new Uint8Array(100))
      flow.send(
        initial(V1, DCID, i, join2(far, crypto(16000, new Uint8Array(300)), crypto(1 + i * 40, new Uint8Array(20))), keys),
      )
    }
    const bytes = JSON.stringify(flow.memory, (_, v: unknown) => (v instanceof Uint8Array ? v.length : v))
      .match(/\d+/g)!
      .map(Number)
    expect(Math.max(...bytes.filter((n) => n < 1e6))).toBeLessThanOrEqual(16384)
    expect(flow.messages).toEqual([])
  })

  const recognised = (bytes: Uint8Array) =>
    quic.recognise({ ...blankDatagram(bytes), end: bytes.length, srcPort: 1, dstPort: 443, frame: 1 })

  it("Facebook's version has the keys of draft 23", () => {
    const version = 0xfaceb002
    const keys = initialKeys(version, DCID)
    expect(keys).toEqual(initialKeys(0xff000017, DCID))
    const { messages } = new Flow().send(initial(version, DCID, 0, PADDED, keys.client))
    expect(messages).toMatchObject([{ version, hello: { sni: 'example.com' } }])
  })

  it("Google's versions from before the standard, old drafts, and Facebook's others, are known and not read", () => {
    for (const packet of [
      '0d 0102030405060708 51303339 01 0000', // flags: version, connection id of eight bytes; Q039
      '09 0102030405060708 51303433 01 0000', // Q043
      'c3 51303436 50 0102030405060708 00000001', // Q046
      'c3 54303531 08 0102030405060708 00 00', // T051
      'cf faceb011 08 0102030405060708 00 00',
      'ff ff000012 50 0102030405060708 00 00', // draft 18
    ]) {
      expect(recognised(hex(packet)), packet).toBe(true)
      expect(new Flow().send(hex(packet)).messages, packet).toEqual([])
    }
    for (const other of [
      '0c 0102030405060708 51303339 01 0000', // no version in it, by its flags
      '05 0102030405060708 51303339 01 0000', // no connection id
      '8d 0102030405060708 51303339 01 0000', // a flag that is never set
      '0d 0102030405060708 51303361 01 0000', // no digit
      '0d 0102030405060708 54303530 01 0000', // T050 has the other header
      '0d 0102030405060708 51303339',
      'c3 51313436 50 0102030405060708 00000001',
      'ff ff000000 50 0102030405060708 00 00',
      // ids that do not fit, or are too long
      'c3 51303436 55 0102030405060708 00000001',
      'c3 54303531 15 0102030405060708090a0b0c0d0e0f101112131415 00 00',
      'cf faceb011 08 0102030405060708',
      'cf faceb011 08 0102030405060708 02 00',
      'ff ff000016 50 0102030405060708 00 00',
    ])
      expect(recognised(hex(other)), other).toBe(false)
  })

  it('is not recognised in what is not QUIC', () => {
    expect(recognised(hex('c00000000008'))).toBe(false)
    expect(recognised(join2(hex('c0babababa08'), new Uint8Array(100)))).toBe(false)
    expect(recognised(join2(hex('40'), new Uint8Array(100)))).toBe(false)
    expect(recognised(join2(hex('c00000000115'), new Uint8Array(100)))).toBe(false)
    expect(recognised(hex('c0000000010800'))).toBe(false)
    // a version of 1 is cheap: a Retry without an id, a packet too short to be protected
    expect(recognised(hex('f10000000100000000da173bf108ddfad80079050000000000000000'))).toBe(false)
    expect(recognised(hex('e00000000100000400000000'))).toBe(false)
  })
})

const CAPTURES = [
  ['zeek/quic', /pcap/],
  ['zeek/quic/interop/quic-go_quic-go', /pcap/],
  ['ndpi/pcap', /^quic/],
  ['wireshark', /^quic/],
  ['ja4/pcap', /quic|^tls3|^tls-handshake/],
] as const
const NOT_COMPARED: Record<string, string> = {
  'quicdoq.pcap': 'DNS over QUIC on port 853, which tshark gives to DTLS',
  'quic-forcing-vn-with-data.pcapng':
    'begun with a version that no one has, to force negotiation: tshark keeps to the first keys',
}
const oracle = corpus('.') !== undefined && tsharkAvailable()
const files = CAPTURES.flatMap(([folder, pattern]) =>
  corpus(folder) === undefined
    ? []
    : readdirSync(corpus(folder)!)
        .filter((name) => pattern.test(name))
        .map((name) => join(folder, name)),
).filter((name) => NOT_COMPARED[basename(name)] === undefined)

describe.skipIf(!oracle)('QUIC as tshark reads it (needs the public captures and tshark)', () => {
  it.each(files)(
    '%s',
    async (name) => {
      const path = corpus(name)!
      const hellos: string[] = []
      await datagrams(path, (d) => {
        if (!quic.recognise(d)) return
        quic.decode(d, (m) => {
          if (!m.completed) hellos.push([d.srcPort, m.hello.sni ?? '', m.hello.alpn, m.hello.suites].join(' '))
        })
      })
      const theirs = new Set<string>()
      const fields = [
        'udp.srcport',
        'tls.handshake.extensions_server_name',
        'tls.handshake.extensions_alpn_str',
        'tls.handshake.ciphersuite',
      ]
      for (const [port, sni, alpn, suites] of tsharkFields(path, fields, 'quic && tls.handshake.type == 1').values()) {
        theirs.add([port![0], sni![0] ?? '', alpn, suites!.map(Number)].join(' '))
      }
      expect(hellos.toSorted()).toEqual([...theirs].toSorted())
    },
    60_000,
  )
})

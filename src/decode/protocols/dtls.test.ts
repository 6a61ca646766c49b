import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeCertificate } from '../../testing/certificates.ts'
import { decodeFlows } from '../../testing/decoded.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf } from '../../testing/datagrams.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import type { FlowMemory } from '../stream.ts'
import { dtls, type DtlsMessage } from './dtls.ts'

const u16 = (n: number) => [n >> 8, n & 255]
const u24 = (n: number) => [n >> 16, (n >> 8) & 255, n & 255]
/** DTLSPlaintext (RFC 6347 section 4.1). */
const record = (type: number, body: readonly number[], epoch = 0, version = 0xfefd) =>
  Uint8Array.from([type, ...u16(version), ...u16(epoch), 0, 0, 0, 0, 0, 7, ...u16(body.length), ...body])
/** A handshake message, or the part [from, to) of it (section 4.2.2). */
const message = (type: number, sequence: number, body: readonly number[], from = 0, to = body.length) => [
  type,
  ...u24(body.length),
  ...u16(sequence),
  ...u24(from),
  ...u24(to - from),
  ...body.slice(from, to),
]
const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))

const extension = (type: number, body: readonly number[]) => [...u16(type), ...u16(body.length), ...body]
const sni = (name: string) => extension(0, [...u16(name.length + 3), 0, ...u16(name.length), ...Buffer.from(name)])
const hello = (cookie: readonly number[], ...extensions: number[][]) => {
  const all = extensions.flat()
  return [
    0xfe,
    0xfd,
    ...Array<number>(32).fill(7),
    0,
    cookie.length,
    ...cookie,
    0,
    4,
    0xc0,
    0x2c,
    0xc0,
    0xae,
    1,
    0,
    ...u16(all.length),
    ...all,
  ]
}
const HELLO = hello([], sni('hub.example'), extension(10, [0, 2, 0, 23]), extension(13, [0, 2, 4, 3]))
const WITH_COOKIE = hello([1, 2, 3, 4], sni('hub.example'), extension(10, [0, 2, 0, 23]), extension(13, [0, 2, 4, 3]))
const choice = (version: number, ...extensions: number[][]) => {
  const all = extensions.flat()
  return [...u16(version), ...Array<number>(32).fill(9), 0, 0xc0, 0x2c, 0, ...u16(all.length), ...all]
}
const chain = (...certificates: Uint8Array[]) => {
  const list = certificates.flatMap((der) => [...u24(der.length), ...der])
  return [...u24(list.length), ...list]
}

class Flow {
  readonly messages: DtlsMessage[] = []
  readonly memory: FlowMemory = {}
  private frame = 0

  send(bytes: Uint8Array, fromClient = true): this {
    // amid other bytes, as in a capture's buffer
    const around = new Uint8Array(bytes.length + 20).fill(0x16)
    around.set(bytes, 9)
    const d = {
      ...datagramOf(around, 50000, 5684, this.memory),
      start: 9,
      end: 9 + bytes.length,
      fromClient,
      frame: ++this.frame,
    }
    if (dtls.recognise(d)) dtls.decode(d, (m) => this.messages.push(m))
    around.fill(0xee)
    return this
  }

  get stages(): string {
    return this.messages.map((m) => `${m.stage} ${m.frame}`).join(', ')
  }
}

describe('a DTLS handshake made by hand', () => {
  const certificate = makeCertificate({ subject: 'hub.example', dns: ['hub.example'] })
  const issuer = makeCertificate({ subject: 'Example CA' })

  it('with a cookie, a hello and a certificate in fragments out of order, and data in the end', () => {
    const flow = new Flow()
      .send(record(22, message(1, 0, HELLO), 0, 0xfeff))
      .send(record(22, message(3, 0, [0xfe, 0xff, 4, 1, 2, 3, 4]), 0, 0xfeff), false)
      // in parts that overlap, the last first
      .send(record(22, message(1, 1, WITH_COOKIE, 40)))
      .send(record(22, message(1, 1, WITH_COOKIE, 0, 50)))
    expect(flow.stages).toBe('hello 1')
    expect(flow.messages[0]).toMatchObject({
      fromClient: true,
      cookie: false,
      hello: { sni: 'hub.example', highestVersion: 0xfefd, suites: [0xc02c, 0xc0ae], groups: [23], complete: true },
    })
    expect(flow.messages[0]!.hello.ja4).toMatch(/^dd2d020300_[0-9a-f]{12}_[0-9a-f]{12}$/)
    const body = chain(certificate.der, issuer.der)
    flow
      .send(joined(record(22, message(2, 1, choice(0xfefd))), record(22, message(11, 2, body, 200))), false)
      .send(record(22, message(11, 2, body, 0, 200)), false)
      // sent again: told once
      .send(record(22, message(11, 2, body, 0, 200)), false)
    expect(flow.stages).toBe('hello 1, choice 5, certificate 6')
    expect(flow.messages[2]).toMatchObject({
      cookie: true,
      server: { version: 0xfefd, suite: 0xc02c },
      chain: { length: 2, certificate: { names: ['hub.example'], keyBits: 256 }, issuers: [{ subject: 'CN=Example CA' }] },
    })
    // application data before a Finished is none that shows anything
    const data = record(23, Array<number>(40).fill(1), 1)
    flow
      .send(data)
      .send(joined(record(20, [1]), record(22, Array<number>(40).fill(2), 1)))
      .send(data, false)
    expect(flow.messages).toHaveLength(3)
    flow.send(data).send(data)
    expect(flow.stages).toBe('hello 1, choice 5, certificate 6, completed 11')
  })

  it('that the client breaks off: the alert is told, and nothing after it', () => {
    const flow = new Flow()
      .send(record(22, message(1, 0, HELLO)))
      .send(joined(record(22, message(2, 0, choice(0xfefd))), record(22, message(11, 1, chain(certificate.der)))), false)
      .send(record(21, [2, 48]))
      .send(record(22, Array<number>(40).fill(2), 1))
      .send(record(23, Array<number>(40).fill(2), 1))
    expect(flow.stages).toBe('hello 1, choice 2, certificate 2, alert 3')
    expect(flow.messages[3]!.alert).toEqual({ by: 'client', name: 'unknown_ca' })
  })

  it('of DTLS 1.3: the certificate is not to be seen, data is known by its epoch', () => {
    const offered = hello(
      [],
      sni('a.example'),
      extension(43, [4, 0xfe, 0xfd, 0xfe, 0xfc]),
      extension(51, [0, 6, 0x11, 0xec, 0, 2, 1, 2]),
    )
    const flow = new Flow()
      .send(record(22, message(1, 0, offered)))
      // the choice, and a protected record of epoch 2 in the same datagram
      .send(
        joined(
          record(22, message(2, 0, choice(0xfefd, extension(43, [0xfe, 0xfc]), extension(51, [0x11, 0xec, 0, 1, 5])))),
          bytesOf(`2e 0001 0020 ${'5a'.repeat(32)}`),
        ),
        false,
      )
      .send(bytesOf(`2e 0001 0030 ${'5a'.repeat(48)}`))
    expect(flow.stages).toBe('hello 1, choice 2')
    expect(flow.messages[0]!.hello).toMatchObject({ highestVersion: 0xfefc, postQuantum: true })
    expect(flow.messages[0]!.hello.ja4).toMatch(/^dd3d02/)
    expect(flow.messages[1]!.server).toMatchObject({ version: 0xfefc, group: 0x11ec })
    flow.send(bytesOf(`2f 0002 0030 ${'5a'.repeat(48)}`))
    expect(flow.stages).toBe('hello 1, choice 2, completed 4')
  })

  it('makes no memory for messages of which hardly a byte has come', () => {
    const flow = new Flow()
    flow.send(record(22, [1, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5])).send(record(22, [1, 0, 0, 0x80, 0, 1, 0, 0, 0, 0, 0, 1, 5]))
    expect((flow.memory['dtls'] as { parts: { bytes: Uint8Array }[] }).parts.map((p) => p.bytes.length)).toEqual([0x80])
  })

  it('keeps little, whatever lengths and numbers are claimed', () => {
    const flow = new Flow()
    const part = Array<number>(128).fill(5)
    for (let i = 0; i < 300; i++) flow.send(record(22, [1, 0, 0x40, 0, 0, i & 255, 0, i & 0x3f, 0, 0, 0, 128, ...part]))
    const kept = JSON.stringify(flow.memory, (_, v: unknown) => (v instanceof Uint8Array ? { size: v.length } : v))
    const sizes = [...kept.matchAll(/"size":(\d+)/g)].map((m) => Number(m[1]))
    expect(sizes).toEqual(Array(4 * 2).fill(16384))
    expect(flow.messages).toEqual([])
  })
})

describe('recognised', () => {
  const recognised = (bytes: Uint8Array, memory: FlowMemory = {}) => dtls.recognise(datagramOf(bytes, 1, 2, memory))
  const first = record(22, message(1, 0, HELLO))

  it('by a hello or by protected records that fill the datagram', () => {
    expect(recognised(first)).toBe(true)
    expect(recognised(record(23, Array<number>(24).fill(0), 1))).toBe(true)
  })

  it('not by what only resembles them', () => {
    expect(recognised(first.subarray(0, first.length - 1))).toBe(false)
    expect(recognised(joined(first, Uint8Array.of(1)))).toBe(false)
    expect(recognised(record(23, Array<number>(24).fill(0), 0))).toBe(false)
    expect(recognised(record(23, Array<number>(24).fill(0), 4000))).toBe(false)
    expect(recognised(record(22, message(1, 0, HELLO), 0, 0x0303))).toBe(false)
    expect(recognised(record(22, message(14, 0, [])))).toBe(false)
    // TLS over TCP's record put into a datagram
    expect(recognised(bytesOf(`16 0301 0040 ${'00'.repeat(64)}`))).toBe(false)
    expect(recognised(bytesOf('2e 0001'))).toBe(false)
    expect(recognised(bytesOf('2e 0001'), { dtls: true })).toBe(true)
    expect(recognised(bytesOf('80 60 0001 00000000 00000000'), { dtls: true })).toBe(false)
  })
})

const CAPTURES = [
  'ndpi/pcap/dtls_old_version.pcapng',
  'ndpi/pcap/dtls_session_id_and_coockie_both.pcap',
  'ndpi/pcap/stun_dtls_rtp.pcapng',
  'ndpi/pcap/stun_zoom.pcapng',
  'ja4/pcap/dtls-udp.notest.cap',
  'wireshark/dtls12-aes128ccm8.pcap',
  'wireshark/dtls12-aes128ccm8-dsb.pcapng',
  'wireshark/snakeoil-dtls.pcap',
  'wireshark/udt-dtls.pcapng.gz',
]

describe.skipIf(corpus('ndpi') === undefined || !tsharkAvailable())(
  'DTLS as tshark reads it (needs the public captures and tshark)',
  () => {
    it.each(CAPTURES)('%s', async (name) => {
      const path = corpus(name)!
      const messages = await decodeFlows(path, dtls)
      const ours = {
        hellos: [
          ...new Set(messages.map((m) => `${m.hello.legacyVersion} ${m.hello.suites.join()} ${m.hello.sni ?? ''}`)),
        ].toSorted(),
        choices: [...new Set(messages.filter((m) => m.server).map((m) => `${m.server!.version} ${m.server!.suite}`))].toSorted(),
        certificates: messages.filter((m) => m.stage === 'certificate').map((m) => m.chain!.length),
      }
      const rows = (type: number, ...fields: string[]) => [
        ...tsharkFields(path, fields, `dtls.handshake.type == ${type}`).values(),
      ]
      const hellos = rows(1, 'dtls.handshake.version', 'dtls.handshake.ciphersuite', 'dtls.handshake.extensions_server_name')
      const choices = rows(2, 'dtls.handshake.version', 'dtls.handshake.ciphersuite')
      const shown = rows(11, 'udp.srcport', 'udp.dstport', 'dtls.handshake.certificate_length')
      const servers = new Set(rows(2, 'udp.srcport', 'udp.dstport').map((row) => row.join()))
      // of a message in fragments the oracle has a row each, and its content in one; those sent again are told once
      const certificates = new Map(
        shown
          .filter((row) => servers.has(row.slice(0, 2).join()) && row[2]!.length > 0)
          .map((row) => [row.slice(0, 2).join(), row[2]!.length]),
      )
      expect(ours).toEqual({
        hellos: [
          ...new Set(
            hellos.filter(([v]) => v!.length > 0).map(([v, s, n]) => `${Number(v![0])} ${s!.map(Number).join()} ${n![0] ?? ''}`),
          ),
        ].toSorted(),
        choices: [...new Set(choices.map(([v, s]) => `${Number(v![0])} ${Number(s![0])}`))].toSorted(),
        certificates: [...certificates.values()],
      })
    })

    /**
     * nDPI's JA4 agrees in what both take from the description. It does not where nDPI (4.x, as these results) writes "d" for a name that
     * was not sent, "s3" for a version that the description does not have (00), the hash of nothing where there are no extensions (twelve
     * zeros), and the first two characters of the ALPN value (first and last).
     */
    it.each(CAPTURES.filter((name) => name.startsWith('ndpi')))('JA4 as nDPI makes it: %s', async (name) => {
      const result = readFileSync(corpus(`ndpi/result/${name.split('/').at(-1)!}.out`)!, 'utf8')
      const theirs = [...result.matchAll(/\[JA4: (d[^\]]+)\]/g)].map((m) => m[1]!)
      const ours = (await decodeFlows(path(name), dtls)).map((m) => m.hello.ja4!)
      const common = (ja4: string) =>
        `${ja4.slice(1, 3).replace('s3', '00')} ${ja4.slice(4, 8)} ${ja4.slice(10).replace('e3b0c44298fc', '000000000000')}`
      expect(theirs.length).toBeGreaterThan(0)
      expect(new Set(ours.map(common))).toEqual(new Set(theirs.map(common)))
    })
  },
)

const path = (name: string) => corpus(name)!

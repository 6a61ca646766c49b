import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../testing/certificates.ts'
import { conversations, datagrams, prefixOf } from '../../testing/conversations.ts'
import { corpus } from '../../testing/corpus.ts'
import type { FlowMemory } from '../stream.ts'
import { MAX_TEXT } from '../text.ts'
import { quic } from './quic.ts'
import { decodeTls, tls } from './tls.ts'
import { certificateProblems, readCertificate } from './x509.ts'

/** Mulberry32: the same cases at every run. */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** A few bytes changed (lengths' favourites among them), cut, or a piece doubled. */
function mutate(bytes: Uint8Array, below: (n: number) => number): Uint8Array {
  let out = bytes.slice()
  if (out.length === 0) return out
  for (let n = below(6); n >= 0; n--) out[below(out.length)] = [0, 1, 0x7f, 0x80, 0xff, below(256)][below(6)]!
  const at = below(out.length)
  if (below(4) === 0) out = out.slice(0, at)
  if (below(8) === 0) out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(below(at + 1), at), ...out.subarray(at)])
  return out
}

function record(type: number, ...body: number[][]): number[] {
  const all = body.flat()
  return [type, 3, 3, all.length >> 8, all.length & 0xff, ...all]
}

function handshake(type: number, ...body: number[][]): number[] {
  const all = body.flat()
  return [type, 0, all.length >> 8, all.length & 0xff, ...all]
}

const zeros = (n: number) => [...new Uint8Array(n)]
const der = [...makeCertificate({ subject: 'a.example', dns: ['a.example', '*.a.example'], ips: [[192, 0, 2, 1]] }).der]
const extensions = [
  0,
  0,
  0,
  14,
  0,
  12,
  0,
  0,
  9,
  ...Buffer.from('a.example'),
  0,
  16,
  0,
  5,
  0,
  3,
  2,
  0x68,
  0x32,
  0,
  43,
  0,
  3,
  2,
  3,
  3,
]
const list = [0, (der.length + 3) >> 8, (der.length + 3) & 0xff, 0, der.length >> 8, der.length & 0xff, ...der]

interface Seed {
  client: Uint8Array
  server: Uint8Array
}

/** A TLS 1.2 handshake made by hand; captures give more. */
const seeds: Seed[] = [
  {
    client: Uint8Array.from([
      ...record(22, handshake(1, [3, 3], zeros(32), [0, 0, 2, 0xc0, 0x2f, 1, 0, 0, extensions.length], extensions)),
      ...record(22, handshake(16, zeros(33))),
      ...record(20, [1]),
      ...record(22, zeros(40)),
      ...record(23, zeros(50)),
    ]),
    server: Uint8Array.from([
      ...record(
        22,
        handshake(2, [3, 3], zeros(32), [0, 0xc0, 0x2f, 0]),
        handshake(11, list),
        handshake(12, [3, 0, 23, 1, 4]),
        handshake(14),
      ),
      ...record(20, [1]),
      ...record(22, zeros(40)),
    ]),
  },
]
const packets: Uint8Array[] = []

beforeAll(async () => {
  const folders = ['zeek/tls', 'zeek/quic', 'ndpi/pcap'].map((name) => corpus(name)).filter((path) => path !== undefined)
  for (const path of folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^(tls|chrome|quic).*pcap/.test(name))
      .map((name) => join(folder, name)),
  )) {
    for (const c of (await conversations(path, 8192)).slice(0, 2)) seeds.push({ client: c.client.bytes, server: c.server.bytes })
    let taken = 0
    await datagrams(path, (d) => {
      if (taken++ < 4) packets.push(d.bytes.slice(d.start, d.end))
    })
  }
}, 60_000)

/** Longest text and longest list in what a decoder said. */
function extent(value: unknown): { text: number; list: number } {
  if (typeof value === 'string') return { text: value.length, list: 0 }
  if (Array.isArray(value) || (typeof value === 'object' && value !== null)) {
    const parts = Object.values(value).map(extent)
    return {
      text: Math.max(0, ...parts.map((part) => part.text)),
      list: Math.max(Array.isArray(value) ? value.length : 0, ...parts.map((part) => part.list)),
    }
  }
  return { text: 0, list: 0 }
}

describe('hostile bytes', () => {
  it('the handshake made here is a sound one', () => {
    const { client, server } = seeds[0]!
    let said = 0
    tls.decode({ client: prefixOf(client), server: prefixOf(server), clientPort: 1, serverPort: 2 }, (m) => {
      said++
      expect(m).toMatchObject({
        completed: true,
        hello: { sni: 'a.example', alpn: ['h2'] },
        certificate: { names: ['a.example', '*.a.example', '192.0.2.1'] },
        curve: 23,
      })
    })
    expect(said).toBe(1)
  })

  it('TLS: mutated handshakes never throw, and what is said of them is bounded and consistent', () => {
    const below = random(1)
    for (let i = 0; i < 10_000; i++) {
      const seed = seeds[below(seeds.length)]!
      const client = below(3) === 0 ? seed.client : mutate(seed.client, below)
      const server = below(3) === 0 ? seed.server : mutate(seed.server, below)
      const midstream = below(4) === 0
      const c = {
        client: prefixOf(client, 1, { midstream }),
        server: prefixOf(server, 2, { midstream }),
        clientPort: 1,
        serverPort: 2,
      }
      tls.recognise(c)
      decodeTls(c, { client: below(8) === 0 ? below(client.length + 9) : 0, server: 0 }, (m) => {
        if (m.completed) expect(m.clientFinished && m.clientData && (m.hello ?? m.server) !== undefined).toBe(true)
        const { text, list: longest } = extent(m)
        expect(text).toBeLessThanOrEqual(MAX_TEXT)
        expect(longest).toBeLessThanOrEqual(client.length + server.length)
        if (m.certificate !== undefined) certificateProblems(m.certificate, 1, m.hello?.sni)
      })
    }
  }, 60_000)

  it('TLS: truncated at every offset', () => {
    const { client, server } = seeds[0]!
    for (let cut = 0; cut <= Math.max(client.length, server.length); cut++) {
      const c = {
        client: prefixOf(client.subarray(0, cut)),
        server: prefixOf(server.subarray(0, cut)),
        clientPort: 1,
        serverPort: 2,
      }
      tls.recognise(c)
      tls.decode(c, (m) => {
        // the last 55 bytes are the record of data, known by its header
        if (cut < client.length - 50) expect(m.completed).toBe(false)
      })
    }
  })

  it('certificates', () => {
    const below = random(2)
    for (let i = 0; i < 10_000; i++) {
      const certificate = readCertificate(mutate(Uint8Array.from(der), below))
      if (certificate === undefined) continue
      certificateProblems(certificate, 1, 'a.example')
      expect(extent(certificate).text).toBeLessThanOrEqual(MAX_TEXT)
      expect(Number.isFinite(certificate.notBefore) && Number.isFinite(certificate.notAfter)).toBe(true)
    }
  }, 60_000)

  it('QUIC', () => {
    const below = random(3)
    let memory: FlowMemory = {}
    for (let i = 0; i < 10_000; i++) {
      const bytes =
        packets.length === 0 || below(10) === 0
          ? Uint8Array.from([0xc0, 0, 0, 0, 1, ...Array.from({ length: below(80) }, () => below(256))])
          : packets[below(packets.length)]!
      const sent = below(3) === 0 ? bytes : mutate(bytes, below)
      if (below(20) === 0) memory = {}
      const d = {
        bytes: sent,
        start: 0,
        end: sent.length,
        srcPort: 1,
        dstPort: 443,
        frame: i,
        fromClient: below(3) > 0,
        truncated: below(5) === 0,
        memory,
        recent: {},
      }
      if (quic.recognise(d)) quic.decode(d, (m) => expect(extent(m).text).toBeLessThanOrEqual(MAX_TEXT))
    }
  }, 60_000)
})

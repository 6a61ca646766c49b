import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { conversations, datagrams } from '../../testing/conversations.ts'
import type { Conversation } from '../stream.ts'
import { ja4, type Ja4Input } from './ja4.ts'
import { quic } from './quic.ts'
import { decodeTls, tls, type TlsMessage } from './tls.ts'

const expected = corpus('ja4/expected')
const captures = corpus('ja4/pcap')

interface Vector {
  src: string
  srcport: string
  dst: string
  dstport: string
  domain?: string
  'JA4.1'?: string
  'JA4.2'?: string
}

/** TLS as it begins, or behind a SOCKS negotiation (the published vectors include some), which ends where a ClientHello begins. */
function decodeAnywhere(conversation: Conversation): TlsMessage[] {
  const messages: TlsMessage[] = []
  if (tls.recognise(conversation)) tls.decode(conversation, (message) => messages.push(message))
  else {
    const { client, server } = conversation
    const find = (bytes: Uint8Array, type: number) =>
      bytes.findIndex((b, i) => b === 22 && bytes[i + 1] === 3 && bytes[i + 5] === type)
    const from = { client: find(client.bytes, 1), server: find(server.bytes, 2) }
    if (from.client > 0 && from.server > 0) decodeTls(conversation, from, (message) => messages.push(message), 'socks')
  }
  return messages
}

describe.skipIf(expected === undefined || captures === undefined)('JA4 as published (needs the public captures)', () => {
  const files = expected === undefined ? [] : readdirSync(expected).filter((name) => name.endsWith('.json'))

  it.each(files)('%s', async (name) => {
    const vectors = (JSON.parse(readFileSync(join(expected!, name), 'utf8')) as Vector[]).filter(
      (vector) => vector['JA4.1'] !== undefined,
    )
    const theirs = vectors.map((v) => `${v.src}|${v.srcport} ${v.dst}|${v.dstport} ${v.domain} ${v['JA4.1']} ${v['JA4.2'] ?? ''}`)
    const ours: string[] = []
    for (const c of await conversations(join(captures!, name.slice(0, -'.json'.length)))) {
      for (const { hello, retryHello } of decodeAnywhere(c)) {
        if (hello?.ja4 !== undefined)
          ours.push(
            `${c.clientIp}|${c.clientPort} ${c.serverIp}|${c.serverPort} ${hello.sni} ${hello.ja4} ${retryHello?.ja4 ?? ''}`,
          )
      }
    }
    // the published list leaves out connections whose other side was not captured
    for (const vector of theirs) expect(ours).toContain(vector)
  })

  it('has vectors to be held against', () => {
    const count = files.reduce(
      (sum, name) => sum + (readFileSync(join(expected!, name), 'utf8').match(/"JA4\.\d"/g)?.length ?? 0),
      0,
    )
    expect(count).toBe(160)
  })
})

/** Published in FoxIO's repository (rust/ja4/src/snapshots, BSD 3-Clause), which has QUIC where the files above have none. */
const QUIC_VECTORS: Record<string, [source: string, domain: string, value: string][]> = {
  'chrome-cloudflare-quic-with-secrets.pcapng': [['50280', 'cloudflare-quic.com', 'q13d0310h3_55b375c5d22e_cd85d2d88918']],
  'tls3.pcapng': [
    ['62481', 'fonts.googleapis.com', 'q13d0310h3_55b375c5d22e_cd85d2d88918'],
    ['61732', 'rsms.me', 'q13d0310h3_55b375c5d22e_cd85d2d88918'],
    ['49791', 'cdn.jsdelivr.net', 'q13d0310h3_55b375c5d22e_cd85d2d88918'],
    ['56684', 'cdnjs.cloudflare.com', 'q13d0310h3_55b375c5d22e_cd85d2d88918'],
    ['61884', 'rsms.me', 'q13d0311h3_55b375c5d22e_3512bcbbc9ec'],
    ['58117', 'fonts.gstatic.com', 'q13d0310h3_55b375c5d22e_cd85d2d88918'],
  ],
}

it.skipIf(captures === undefined).each(Object.keys(QUIC_VECTORS))(
  'JA4 of QUIC as published: %s (needs the public captures)',
  async (name) => {
    const ours: string[] = []
    await datagrams(join(captures!, name), (d) => {
      if (!quic.recognise(d)) return
      quic.decode(d, (message) => {
        if (!message.completed) ours.push([d.srcPort, message.hello.sni, message.hello.ja4].join(' '))
      })
    })
    expect(ours.toSorted()).toEqual(QUIC_VECTORS[name]!.map((vector) => vector.join(' ')).toSorted())
  },
)

/**
 * nDPI's own results have QUIC of several versions. Its JA4 is compared in what both take from the description: of ALPN it takes the first
 * two characters (the description: first and last), and it writes "d" where no name was sent.
 */
const NDPI = [
  'quic-24.pcap',
  'quic-27.pcap',
  'quic-29.pcap',
  'quic-33.pcapng',
  'quic-forcing-vn-with-data.pcapng',
  'quic-v2.pcapng',
]
const ndpi = corpus('ndpi')

it.skipIf(ndpi === undefined).each(NDPI)('JA4 of QUIC as nDPI makes it: %s (needs the public captures)', async (name) => {
  const result = readFileSync(join(ndpi!, 'result', `${name}.out`), 'utf8')
  const common = (value: string) => `${value.slice(0, 3)} ${value.slice(4, 8)} ${value.slice(10)}`
  const theirs = [...result.matchAll(/\[JA4: (q[^\]]+)\]/g)].map((m) => common(m[1]!))
  const ours = new Set<string>()
  await datagrams(join(ndpi!, 'pcap', name), (d) => {
    if (quic.recognise(d)) quic.decode(d, ({ hello }) => ours.add(common(hello.ja4!)))
  })
  expect(theirs.length).toBeGreaterThan(0)
  expect(ours).toEqual(new Set(theirs))
})

describe('JA4 of made hellos', () => {
  const hello: Ja4Input = {
    transport: 'tcp',
    legacyVersion: 0x0303,
    supportedVersions: [],
    suites: [0x1301],
    extensions: [],
    signatureAlgorithms: [],
    firstAlpn: new Uint8Array(0),
  }
  const head = (change: Partial<Ja4Input>) => ja4({ ...hello, ...change }).slice(0, 10)
  const alpn = (...bytes: number[]) => head({ firstAlpn: Uint8Array.from(bytes) }).slice(8)

  it('names the version by supported_versions, and by the legacy field only without it', () => {
    expect(head({}).slice(1, 3)).toBe('12')
    expect(head({ supportedVersions: [0x1a1a, 0x0303, 0x0304] }).slice(1, 3)).toBe('13')
    expect(head({ legacyVersion: 0x0300 }).slice(1, 3)).toBe('s3')
  })

  it('counts no GREASE, and at most 99', () => {
    expect(head({ suites: [0x0a0a, 0x1301, 0xfafa] }).slice(4, 6)).toBe('01')
    expect(head({ suites: Array.from({ length: 300 }, (_, i) => 0x4000 + i) }).slice(4, 6)).toBe('99')
  })

  it('takes the first and last character of the first ALPN value, or hexadecimal digits where they are no letters and digits', () => {
    expect(alpn()).toBe('00')
    expect(alpn(0x68, 0x32)).toBe('h2')
    expect(alpn(0x68)).toBe('hh')
    expect(alpn(0x20, 0x68, 0x2f)).toBe('2f')
    expect(alpn(0xba, 0xad)).toBe('99')
  })

  it('has zeros for what is not there', () => {
    expect(ja4({ ...hello, suites: [] })).toBe('t12i000000_000000000000_000000000000')
    expect(ja4({ ...hello, extensions: [0, 16] })).toMatch(/^t12d010200_[0-9a-f]{12}_000000000000$/)
  })
})

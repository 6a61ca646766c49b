import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { conversations } from '../../testing/conversations.ts'
import { corpus } from '../../testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { tls } from './tls.ts'

const oracle = corpus('.') !== undefined && tsharkAvailable()

function files(folder: string, pattern: RegExp): string[] {
  const path = corpus(folder)
  return path === undefined
    ? []
    : readdirSync(path)
        .filter((name) => pattern.test(name))
        .map((name) => join(folder, name))
}

const CAPTURES = [
  ...files('ja4/pcap', /badcurve|browsers|chrome-cl|http2|https3|ipv6|latest|macos|^tls|ssh2\.pcapng/),
  ...files('ndpi/pcap', /^(tls|dns_dot|vxlan)/),
  ...files('zeek/tls', /pcap/),
  ...files('wireshark', /^(tls|rsa|http2|challenge01|dhe1|dmgr)/),
  ...files('iot-sentinel/HueBridge', /^Setup-A-1-/),
  ...files('iot-sentinel/WeMoLink', /^Setup-A-1-/),
  ...files('iot-sentinel/D-LinkCam', /^Setup-A-1-/),
  ...files('iot-sentinel/TP-LinkPlugHS110', /^Setup-A-1-/),
  ...files('iot-sentinel/EdnetCam1', /^Setup-A-1-/),
  ...files('iot-sentinel/Withings', /^Setup-A-1-/),
]

/** Where tshark is no oracle, and why. What is ours there is tested below, or by JA4's vectors. */
const NOT_COMPARED: Record<string, string> = {
  'tls_cipher_lens.pcap':
    'lengths broken on purpose: tshark reads extensions as cipher suites, we read nothing of a message whose lengths disagree',
  'tls_client_certificate_with_missing_server_one.pcapng':
    "the server's certificate came out of order: tshark does not put it together",
  'tls_multiple_synack_different_seq.pcapng':
    "a second SYN-ACK with another sequence number: tshark follows it and loses the server's stream",
  'tls_port_80.pcapng': 'TLS on port 80: tshark takes it for HTTP, by its port',
  'tls_heur__vmess-websocket.pcapng': 'TLS behind a SOCKS negotiation, which we do not decode by itself',
  'vxlan.pcap': 'inside a tunnel that we do not unwrap',
  'tls-fragmented-handshakes.pcap.gz': 'dozens of ClientHellos in a connection, in one frame: of each connection we keep two',
}

/** One line for each hello, of what both tell. */
interface Lines {
  client: string[]
  server: string[]
  certificates: string[]
}

const hex4 = (n: number) => n.toString(16).padStart(4, '0')

async function ours(path: string): Promise<Lines> {
  const lines: Lines = { client: [], server: [], certificates: [] }
  for (const c of await conversations(path)) {
    if (!tls.recognise(c)) continue
    tls.decode(c, (m) => {
      const port = m.fromClient ? c.clientPort : c.serverPort
      for (const hello of [m.hello, m.retryHello]) {
        if (hello === undefined || (!hello.complete && !m.sslv2)) continue
        lines.client.push(
          [
            port,
            hex4(hello.legacyVersion),
            hello.sni ?? '',
            hello.suites.map(hex4),
            hello.extensions,
            hello.alpn,
            hello.groups.map(hex4),
            hello.supportedVersions.map(hex4),
            hello.extensions.some((type) => type === 34 || type === 50) ? '' : hello.signatureAlgorithms.map(hex4),
          ].join(' '),
        )
      }
      if (m.server !== undefined)
        lines.server.push(
          [
            port,
            hex4(m.server.version),
            hex4(m.server.suite),
            m.server.alpn ?? '',
            m.curve === undefined ? '' : hex4(m.curve),
          ].join(' '),
        )
      if (m.certificate !== undefined) lines.certificates.push(`${port} ${m.certificate.sha256} of ${m.chainLength}`)
    })
  }
  return { client: lines.client.toSorted(), server: lines.server.toSorted(), certificates: lines.certificates.toSorted() }
}

const FIELDS = [
  'tls.handshake.type',
  'tcp.srcport',
  'tcp.dstport',
  'tls.handshake.version',
  'tls.handshake.extensions_server_name',
  'tls.handshake.ciphersuite',
  'tls.handshake.extension.type',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.extensions_supported_group',
  'tls.handshake.extensions.supported_version',
  'tls.handshake.sig_hash_alg',
  'tls.handshake.server_named_curve',
  'tls.handshake.certificate',
  'tls.handshake.random',
  'tls.handshake.cipherspec',
]
/** RFC 8446 section 4.1.3. */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

function theirs(path: string): Lines {
  const lines: Lines = { client: [], server: [], certificates: [] }
  const certified = new Set<string>()
  const clients = new Set<string>()
  const curves = new Map<string, number>()
  const hidden = new Set<string>()
  for (const row of tsharkFields(path, FIELDS, 'tcp && !icmp && tls.handshake.type in {1,2,11,12}').values()) {
    const [
      types,
      from,
      to,
      version,
      sni,
      suites,
      extensions,
      alpn,
      groups,
      versions,
      algorithms,
      curve,
      certificates,
      random,
      cipherspecs,
    ] = row
    const numbers = (list: string[] | undefined) => (list ?? []).map((value) => hex4(Number(value)))
    const client = types!.indexOf('1')
    if (client >= 0) {
      clients.add(from![0]!)
      // a hello in SSL 2.0's form; its own suites have a first byte that is not 0
      const sslv2 = cipherspecs!.map(Number).filter((value) => value < 0x10000)
      lines.client.push(
        [
          from![0],
          numbers(version)[client],
          sni![0] ?? '',
          sslv2.length > 0 ? sslv2.map(hex4) : numbers(suites),
          extensions,
          alpn,
          numbers(groups),
          numbers(versions),
          extensions!.some((type) => type === '34' || type === '50') ? '' : numbers(algorithms),
        ].join(' '),
      )
      continue
    }
    // with a capture that holds the session's secrets tshark sees what TLS 1.3 encrypts
    if (types!.includes('2') && numbers(versions)[0] === '0304') hidden.add(to![0]!)
    if (types!.includes('2') && random![0] !== RETRY) {
      lines.server.push(
        [
          to![0],
          numbers(versions)[0] ?? numbers(version)[0],
          numbers(suites)[0],
          hidden.has(to![0]!) ? '' : (alpn![0] ?? ''),
          '',
        ].join(' '),
      )
    }
    if (curve!.length > 0) curves.set(to![0]!, Number(curve![0]))
    if (certificates!.length > 0 && !hidden.has(to![0]!) && !clients.has(from![0]!) && !certified.has(to![0]!)) {
      certified.add(to![0]!)
      const der = Buffer.from(certificates![0]!.replaceAll(':', ''), 'hex')
      lines.certificates.push(`${to![0]} ${createHash('sha256').update(der).digest('hex')} of ${certificates!.length}`)
    }
  }
  lines.server = lines.server.map(
    (line) => line + (curves.has(line.split(' ')[0]!) ? hex4(curves.get(line.split(' ')[0]!)!) : ''),
  )
  return { client: lines.client.toSorted(), server: lines.server.toSorted(), certificates: lines.certificates.toSorted() }
}

describe.skipIf(!oracle)('TLS as tshark reads it (needs the public captures and tshark)', () => {
  it.each(CAPTURES.filter((name) => NOT_COMPARED[basename(name)] === undefined))(
    '%s',
    async (name) => {
      const path = corpus(name)!
      expect(await ours(path)).toEqual(theirs(path))
    },
    60_000,
  )
})

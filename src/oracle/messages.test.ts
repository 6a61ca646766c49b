import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../testing/corpus.ts'
import { agreement } from '../testing/road.ts'
import { tsharkAvailable } from '../testing/tshark.ts'

// What a whole audit reads (capture, decode, flow table, stream prefixes, decoders) against tshark, both ways: nothing that tshark does
// not see, and all that it does see but for the reasons named. `ASSAY_ORACLE=all` takes every file (10 minutes), else a spread of them.

const FOLDERS = ['iot-sentinel', 'moniotr', 'malware', 'zeek', 'ndpi', 'wireshark', 'ja4']

interface Difference {
  why: string
  /** "FRAME protocol field value": ours that tshark has not, and tshark's that we have not. */
  ours?: RegExp
  missed?: RegExp
}

/** Where we differ, and which of us is right. */
const EXPLAINED: Record<string, Difference> = {
  'ja4/pcap/socks4-https.pcap': {
    why: 'TLS behind a SOCKS negotiation, which we do not take off',
    missed: /^16 tls (server|certificate) /,
  },
  'ndpi/pcap/malformed_dns.pcap': {
    why: 'a name that points at itself is no name (RFC 1035 section 4.1.4): tshark steps over it, we stop at it and say damaged',
    missed: /^[2356] dns /,
  },
  'ndpi/pcap/quic-forcing-vn-with-data.pcapng': {
    why: 'tshark takes the keys from the connection id of the packet before the version was agreed on; RFC 9001 section 5.2 says the first Initial of this version',
    ours: /^3 quic (client|alpn) /,
  },
  'ndpi/pcap/tls_client_certificate_with_missing_server_one.pcapng': {
    why: "the segment with the server's certificate came late: tshark leaves it out, and shows the client's own instead, which is not ours to show",
    ours: /^3 tls certificate f8321c8c/,
    missed: /^(8|17) tls certificate f441a000/,
  },
  'ndpi/pcap/tls_port_80.pcapng': {
    why: 'the same conversation: the certificate came late',
    ours: /^12 tls certificate f8321c8c/,
  },
  'wireshark/tcp-badsegments.pcap': {
    why: 'a test of segments that contradict each other: tshark gives the request up, we keep what came first',
    ours: /^4 http /,
  },
  'zeek/dns-inverse-query.pcap': {
    why: 'inverse queries are obsolete (RFC 3425) and ask no name; tshark puts the answer in the place of one',
    missed: /^[67] dns /,
  },
  'zeek/dns/dns-edns-bad-length.pcap': {
    why: "an EDNS option claims more than its record has (RFC 6891 section 6.1.2): tshark gives the message up, we go on at the record's end",
    ours: /^1 dns dns.a 203.0.113.7$/,
  },
  'zeek/dns/dns-invalid-names.pcap': {
    why: 'names that loop or do not end (RFC 1035 section 4.1.4): nothing was asked that could be named',
    missed: /^2 dns /,
  },
  'zeek/ipv4/fragmented-1.pcap': {
    why: 'ten bytes of a first fragment sent to port 123: of version and mode 0, no NTP (RFC 5905 section 7.3)',
    missed: /^1 ntp .* 0$/,
  },
  'zeek/ipv4/fragmented-2.pcap': { why: 'the same', missed: /^[13] ntp .* 0$/ },
  'zeek/quic/vector-max-size-crash.pcap': {
    why: 'noise on port 53, with a label of a type that does not exist (RFC 6891 section 5)',
    missed: /^1 dns dns.qry/,
  },
}

/** Reasons that explain what tshark sees and we do not (road.ts), and where they may be: a new one, or one too many, is a fault. */
const MISSES = {
  'inside a tunnel or an error message': 'tunnels and quoted packets are the business of whoever is at their ends',
  'encrypted (TLS 1.3), read with the keys in the file': 'tshark uses secrets that pcapng files may hold',
  'the capture missed the beginning':
    'MQTT in mid-stream on a port of no meaning; a first fragment with the start of a request; handshakes that repeat in one stream',
  'beyond the bounded prefix': 'a direction is read for 16 KiB, and from each later HTTP request on',
  malformed: 'neither reads it whole',
  'said again (retransmission)': 'counted once',
}

function captures(): string[] {
  const root = corpus('.')!
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
    .filter((name) => /\.(pcap|pcapng|cap|trace|ntar)(\.gz|\.zst|\.\d)?$/.test(name) && statSync(join(root, name)).isFile())
    .sort()
}

const missing =
  corpus('iot-sentinel') === undefined ? 'the public captures are not here' : tsharkAvailable() ? '' : 'tshark is not installed'
const every = process.env['ASSAY_ORACLE'] === 'all'

describe.skipIf(missing !== '')(`what an audit reads, held to tshark${missing && ` (skipped: ${missing})`}`, () => {
  const all = missing === '' ? captures() : []
  // a spread, and those in which an explanation could go stale
  const chosen = every
    ? all
    : all.filter((name, i) => i % 16 === 0 || (name in EXPLAINED && i % 2 === 0) || name.endsWith('CVE-2018-6794.pcap'))

  it(`agrees on ${chosen.length} captures`, { timeout: 3_600_000 }, async () => {
    const agreed = new Map<string, number>()
    const explained = new Map<string, number>()
    const differences: string[] = []
    for (const name of chosen) {
      const found = await agreement(corpus(name)!)
      const { ours, missed } = EXPLAINED[name] ?? {}
      for (const line of found.ours) if (ours?.test(line) !== true) differences.push(`${name}: only ours: ${line}`)
      for (const line of found.missed) if (missed?.test(line) !== true) differences.push(`${name}: only tshark: ${line}`)
      if (ours !== undefined && !found.ours.some((line) => ours.test(line)))
        differences.push(`${name}: no longer only ours: ${ours}`)
      if (missed !== undefined && !found.missed.some((line) => missed.test(line)))
        differences.push(`${name}: no longer missed: ${missed}`)
      for (const [protocol, count] of found.agreed) agreed.set(protocol, (agreed.get(protocol) ?? 0) + count)
      for (const [why, lines] of found.explained) {
        explained.set(why, (explained.get(why) ?? 0) + lines.length)
        if (!(why.slice(why.indexOf(': ') + 2) in MISSES)) differences.push(`${name}: ${why}`)
      }
    }
    console.log(`agreed: ${table(agreed)}\nnot ours to see: ${table(explained)}`)
    expect(differences).toEqual([])
    const total = [...agreed.values()].reduce((a, b) => a + b, 0)
    const unseen = [...explained.values()].reduce((a, b) => a + b, 0)
    expect(total).toBeGreaterThan(2000)
    // most of what tshark sees, we see
    expect(unseen / total).toBeLessThan(0.05)
    for (const protocol of ['dns', 'mdns', 'dhcp', 'http', 'tls', 'ssdp', 'ntp'])
      expect(agreed.get(protocol) ?? 0, protocol).toBeGreaterThan(0)
  })
})

function table(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
}

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { audit } from '../audit/audit.ts'
import { CaptureError } from '../capture/error.ts'
import { decoders } from '../decode/protocols/index.ts'
import { corpus } from '../testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../testing/tshark.ts'

// Odd and malformed captures: each is audited to its end, and where tshark calls a header malformed that we read, the audit names an
// anomaly of that layer; so it does for messages of the protocols that know damage, and no message is named that tshark finds nothing
// wrong with. `ASSAY_ORACLE=all` takes every one of them, else a spread and those of which something is said below.

const FOLDERS = ['zeek', 'wireshark', 'tcpdump', 'mutated']

/** The layer at which tshark gives up, and the anomalies that say so. */
const NAMED: Readonly<Record<string, RegExp>> = {
  eth: /^link-/,
  wlan: /^link-truncated/,
  arp: /^arp-/,
  ip: /^(ip-version|ipv4-)/,
  ipv6: /^(ip-version|ipv6-)/,
  'ipv6.dstopts': /^ipv6-/,
  'ipv6.hopopts': /^ipv6-/,
  'ipv6.routing': /^ipv6-/,
  'ipv6.fraghdr': /^ipv6-/,
  tcp: /^tcp-/,
  udp: /^udp-/,
  icmp: /^icmp/,
  icmpv6: /^icmp/,
  ...Object.fromEntries(
    ['dns', 'mdns', 'llmnr', 'nbns', 'dhcp', 'dhcpv6', 'coap', 'tls'].map((p) => [p, new RegExp(`^${p}-malformed$`)]),
  ),
}

/** Messages that we call broken and tshark does not. */
const ONLY_OURS: Readonly<Record<string, string>> = {}

/** A kind of anomaly that is of messages. */
const OF_MESSAGES = /^(?!arp-).+-malformed$/

/** Headers within headers are not ours to read. */
const INSIDE = /:(mpls|gre|geneve|gtp|vxlan|teredo|icmp|icmpv6)(:|$).*:|:(ip|ipv6):.*:(ip|ipv6)(:|$)/

/** Where we stay silent, and why. */
const SILENT: Readonly<Record<string, { layer: string; why: string }>> = {
  'zeek/icmp/icmp6-destunreach-no-context.pcap': {
    layer: 'icmpv6',
    why: 'an error message that quotes nothing: what is quoted is not read',
  },
  'zeek/icmp/icmp6-mldv2.pcap': { layer: 'icmpv6', why: 'records of multicast listeners (RFC 3810) are not read' },
  'zeek/icmp_nd_dnssl.pcap': { layer: 'icmpv6', why: 'the names of a search list (RFC 8106 section 5.2) are not read' },
  'wireshark/wpa-Induction.pcap.gz': { layer: 'wlan', why: "a management frame's content is not read" },
  'tcpdump/dhcp-rfc4388.pcap': {
    layer: 'dhcp',
    why: "what stands in a lease query's options is not judged, only whether they fit",
  },
  'tcpdump/dns-badlabel.pcap': {
    layer: 'dns',
    why: 'noise from port 53, with an opcode that no standard has: not taken for DNS',
  },
  'tcpdump/dns_fwdptr.pcap': { layer: 'dns', why: 'the same' },
  'tcpdump/rtp-seg-fault-1.pcapng': { layer: 'dns', why: 'the same, in a datagram whose length is named' },
  'zeek/dns-edns-ecs-bad.pcap': { layer: 'dns', why: 'the same' },
  'zeek/ipv6-hbh-routing0.pcap': { layer: 'dns', why: 'noise on port 53, of which nothing could be read: not taken for DNS' },
  'zeek/dns/dns-invalid-names.pcap': {
    layer: 'dns',
    why: 'a message of which not even a question could be read is not told of: it may be noise',
  },
  'zeek/dhcp/dhcp_bad_cookie_option_retention.pcap': {
    layer: 'dhcp',
    why: 'without the cookie of RFC 2131 section 3 there are no options to be wrong',
  },
  'zeek/dns-edns-ecs-weirds.pcap': { layer: 'dns', why: 'what stands in an EDNS option (RFC 7871) is not read' },
  'zeek/dns/dns-edns-bad-length.pcap': {
    layer: 'dns',
    why: 'whether EDNS options fit their record is not judged: the message goes on behind it',
  },
  'zeek/dns/loc-invalid-length.pcap': { layer: 'dns', why: 'LOC records (RFC 1876) are not read' },
  'zeek/dns/svcb-alpn-malformed-len-too-long.pcap': {
    layer: 'dns',
    why: 'what does not fit in a parameter of SVCB (RFC 9460) is left out: the message goes on behind it',
  },
  'zeek/dns/svcb-alpn-malformed-len-too-short.pcap': { layer: 'dns', why: 'the same' },
  'zeek/dns/svcb-port-malformed.pcap': { layer: 'dns', why: 'the same' },
  'zeek/tls/tls13draft16-ff52.a01.pcap': {
    layer: 'tls',
    why: "no error: a ServerHello of TLS 1.3's draft 16, which tshark reads by the final form",
  },
  'zeek/tunnels/geneve-truncated.pcapng': { layer: 'eth', why: 'in a tunnel, and cut by the capture: 58 of 156 bytes' },
  'wireshark/http-ooo.pcap': { layer: 'tcp', why: 'no malformed header: tshark could not put overlapping segments together' },
}

const missing =
  corpus('zeek') === undefined ? 'the public captures are not here' : tsharkAvailable() ? '' : 'tshark is not installed'
const every = process.env['ASSAY_ORACLE'] === 'all'

function captures(): string[] {
  const root = corpus('.')!
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
    .filter((name) => /\.(pcap|pcapng|cap|trace)(\.gz|\.\d)?$/.test(name) && statSync(join(root, name)).isFile())
    .sort()
}

/** Of the frames those in which, or in whose conversation, tshark finds nothing malformed. */
function sound(path: string, frames: readonly number[]): number[] {
  const streams = new Map<number, string>()
  const broken = new Set<string>()
  for (const [frame, [stream, wrong]] of tsharkFields(path, ['tcp.stream', '_ws.malformed'])) {
    const place = stream![0] === undefined ? `frame ${frame}` : `stream ${stream![0]}`
    streams.set(frame, place)
    if (wrong!.length > 0) broken.add(place)
  }
  return frames.filter((frame) => !broken.has(streams.get(frame)!))
}

/** Layers at which frames of a capture are malformed to tshark, outside of tunnels: how often. */
function malformed(path: string): Map<string, number> {
  const layers = new Map<string, number>()
  for (const [protocols] of tsharkFields(path, ['frame.protocols'], '_ws.malformed').values()) {
    // a damaged file may end in a frame of which tshark says nothing
    if (protocols![0] === undefined) continue
    const list = protocols![0].split(':').filter((layer) => !layer.startsWith('_ws'))
    if (INSIDE.test(list.join(':'))) continue
    const last = list.at(-1)!
    layers.set(last, (layers.get(last) ?? 0) + 1)
  }
  return layers
}

describe.skipIf(missing !== '')(`odd and malformed captures${missing && ` (skipped: ${missing})`}`, () => {
  const all = missing === '' ? captures() : []
  const chosen = all.filter(
    (name, i) => every || i % 97 === 0 || name in SILENT || name.startsWith('mutated/') || name.includes('icmp'),
  )
  const application = new Set([...decoders.stream, ...decoders.datagram].map((d) => d.protocol))

  it(`are audited, and what is malformed is named: ${chosen.length}`, { timeout: 3_600_000 }, async () => {
    const faults: string[] = []
    const within = new Map<string, number>()
    let named = 0
    for (const name of chosen) {
      const anomalies = await audit([corpus(name)!], { threads: 0 }).then(
        (result) => result.anomalies.filter((a) => a.evidence.length > 0),
        (error: unknown) => {
          if (!(error instanceof CaptureError)) throw error
          return []
        },
      )
      const kinds = anomalies.map((a) => a.kind)
      for (const { kind, evidence } of anomalies) {
        if (!OF_MESSAGES.test(kind)) continue
        const alone = sound(
          corpus(name)!,
          evidence.flatMap((e) => e.frames),
        )
        if (alone.length > 0 && ONLY_OURS[name] === undefined)
          faults.push(`${name}: ${kind} is ours alone, frames ${alone.join()}`)
      }
      const silent = SILENT[name]
      let stale = silent !== undefined
      for (const [layer, count] of malformed(corpus(name)!)) {
        const ours = NAMED[layer]
        // messages of protocols whose decoders do not know damage are read up to what is wrong with them
        if (application.has(layer) && ours === undefined) within.set(layer, (within.get(layer) ?? 0) + count)
        if (ours === undefined) continue
        if (kinds.some((kind) => ours.test(kind))) named += count
        else if (silent?.layer === layer) stale = false
        else faults.push(`${name}: ${count} frames malformed in ${layer}, named ${kinds.join() || 'nothing'}`)
      }
      if (stale) faults.push(`${name}: no longer silent about ${silent!.layer}`)
    }
    console.log(
      `${named} malformed headers named; messages malformed of other protocols: ${[...within].map(([p, n]) => `${n} ${p}`).join(', ')}`,
    )
    expect(faults).toEqual([])
    expect(named).toBeGreaterThan(0)
  })
})

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { audit } from '../audit/audit.ts'
import { CaptureError } from '../capture/error.ts'
import { decoders } from '../decode/protocols/index.ts'
import { corpus } from '../testing/corpus.ts'
import { tsharkAvailable, tsharkFields } from '../testing/tshark.ts'

// Odd and malformed captures: each is audited to its end, and where tshark calls a header malformed that we read, the audit names an
// anomaly of that layer. `ASSAY_ORACLE=all` takes every one of them, else a spread and those of which something is said below.

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
}

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

/** Layers at which frames of a capture are malformed to tshark, outside of tunnels: how often. */
function malformed(path: string): Map<string, number> {
  const layers = new Map<string, number>()
  for (const [protocols] of tsharkFields(path, ['frame.protocols'], '_ws.malformed').values()) {
    const list = protocols![0]!.split(':').filter((layer) => !layer.startsWith('_ws'))
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
      const kinds = await audit([corpus(name)!], { threads: 0 }).then(
        ({ anomalies }) => anomalies.filter((a) => a.evidence.length > 0).map((a) => a.kind),
        (error: unknown) => {
          if (!(error instanceof CaptureError)) throw error
          return [] as string[]
        },
      )
      const silent = SILENT[name]
      let stale = silent !== undefined
      for (const [layer, count] of malformed(corpus(name)!)) {
        const ours = NAMED[layer]
        // messages are read up to what is wrong with them, and are no anomaly of a packet
        if (application.has(layer)) within.set(layer, (within.get(layer) ?? 0) + count)
        if (ours === undefined) continue
        if (kinds.some((kind) => ours.test(kind))) named += count
        else if (silent?.layer === layer) stale = false
        else faults.push(`${name}: ${count} frames malformed in ${layer}, named ${kinds.join() || 'nothing'}`)
      }
      if (stale) faults.push(`${name}: no longer silent about ${silent!.layer}`)
    }
    console.log(
      `${named} malformed headers named; messages that tshark calls malformed: ${[...within].map(([p, n]) => `${n} ${p}`).join(', ')}`,
    )
    expect(faults).toEqual([])
    expect(named).toBeGreaterThan(0)
  })
})

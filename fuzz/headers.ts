import { rmSync, writeFileSync } from 'node:fs'
import { tsharkFields } from '../src/testing/tshark.ts'
import { type Field, FIELDS, type Probe, type Said, says } from './headers-said.ts'
import { pcapng } from './pcap.ts'
import { scratchFile } from './sample.ts'

/*
 * Link, network and transport headers, decoded by us and by tshark, field by field: of each field, what we say of the packet and of those
 * within it stands in tshark's list in the same places. tshark reads on where we stop (what errors quote, tunnels that are not ours).
 */

export interface Difference {
  readonly probe: Probe
  readonly said: Said
  readonly field: Field
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
  /** tshark's layers, "eth:ethertype:ip". */
  readonly layers: string
  readonly malformed: boolean
}

export interface Compared {
  /** By field: values that both gave, alike. */
  readonly values: Map<Field, number>
  /** Of frames of IP or ARP in which all is alike: by tunnel of ours ("gre"), by layer of tshark's (":gre"). */
  readonly headers: Map<string, number>
  readonly differences: Difference[]
}

/** Each packet by itself, and nothing but headers. */
const OPTIONS = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'wlan.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  // segments that the network card had yet to cut, of IPv6 as of IPv4
  'ipv6.tso_support:TRUE',
  'tcp.analyze_sequence_numbers:FALSE',
].flatMap((option) => ['-o', option])
// Linux's old port of VXLAN
OPTIONS.push('-d', 'udp.port==8472,vxlan')

export function compareHeaders(probes: readonly Probe[]): Compared {
  const compared: Compared = { values: new Map(), headers: new Map(), differences: [] }
  const path = scratchFile()
  try {
    writeFileSync(path, pcapng(probes))
    const rows = tsharkFields(path, [...FIELDS, '_ws.expert.severity', 'frame.protocols', '_ws.malformed'], undefined, OPTIONS)
    for (const [i, probe] of probes.entries()) {
      const row = rows.get(i + 1)
      if (row !== undefined) compareFrame(compared, probe, row)
    }
  } finally {
    rmSync(path, { force: true })
  }
  return compared
}

/** tshark's expert severities: from here on it says that something is wrong. */
const WARNING = 6 << 20
/** If nobody finds anything wrong, and nothing is in a tunnel or quoted, we have these where tshark has them. */
const MISSED: readonly Field[] = ['eth.src', 'ip.src', 'ipv6.src', 'tcp.srcport', 'udp.srcport', 'icmp.type', 'icmpv6.type']
const PLAIN = /^(?!.*:(gre|vxlan|geneve|icmp|icmpv6|mpls|avsp|nsh):)(?!.*:eth(:|$))(?!(.*:)?(ip|ipv6):(.*:)?(ip|ipv6)(:|$))/

function compareFrame(compared: Compared, probe: Probe, row: readonly string[][]): void {
  const said = says(probe)
  const layers = row.at(-2)![0] ?? ''
  const malformed = row.at(-1)!.length > 0
  const sound =
    PLAIN.test(layers) &&
    !malformed &&
    row.at(-3)!.every((severity) => Number(severity) < WARNING) &&
    said.anomalies.every((name) => name === 'none')
  let differs = false
  for (const [f, field] of FIELDS.entries()) {
    const ours = said.fields[field] ?? []
    const theirs = THEIRS[field]?.(row, ours) ?? row[f]!
    if (
      ours.every((value, i) => value === theirs[i]) &&
      !(sound && MISSED.includes(field) && ours.length === 0 && theirs.length > 0)
    ) {
      compared.values.set(field, (compared.values.get(field) ?? 0) + ours.length)
      continue
    }
    differs = true
    compared.differences.push({ probe, said, field, ours, theirs, layers, malformed })
  }
  if (differs || !(said.fields['ip.src'] ?? said.fields['ipv6.src'] ?? said.fields['arp.opcode'])) return
  for (const name of new Set([...said.tunnels, ...layers.split(':').map((layer) => `:${layer}`)]))
    compared.headers.set(name, (compared.headers.get(name) ?? 0) + 1)
}

const HEADER = 8
/** tshark's values of a row in our way of writing. */
const THEIRS: Partial<Record<Field, (row: readonly string[][], ours: readonly string[]) => readonly string[]>> = {
  'vlan.id': outermostTags,
  'tcp.flags': (row) => cells(row, 'tcp.flags').map((value) => String(Number(value) & 0xff)),
  // it shows all that the packet holds, beyond the datagram's own length, too
  'udp.payload': (row) =>
    cells(row, 'udp.payload').map((value, i) => {
      const length = Number(cells(row, 'udp.length')[i])
      return length < HEADER ? value : value.slice(0, 2 * (length - HEADER))
    }),
  ...Object.fromEntries(
    FIELDS.filter((field) => field.startsWith('ipv6.') || field.includes('.nd.') || field.startsWith('icmpv6.opt.')).map(
      (field) => [field, (row: readonly string[][]) => cells(row, field).map(unmixed)],
    ),
  ),
}

const cells = (row: readonly string[][], field: Field): readonly string[] => row[FIELDS.indexOf(field)]!

/** "::192.0.2.1" is not used any more (RFC 4291 section 2.5.5.1), and we write it as any other (RFC 5952 section 5). */
function unmixed(value: string): string {
  const quad = /^::(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(value)
  if (quad === null) return value
  const [a, b, c, d] = quad.slice(1).map(Number) as [number, number, number, number]
  return `::${a * 256 + b > 0 ? `${(a * 256 + b).toString(16)}:` : ''}${(c * 256 + d).toString(16)}`
}

/**
 * Of each link header's tags the first, whether it is 802.1Q's or 802.1ad's. Not compared where some of 802.1ad's came in pairs and
 * others alone: tshark does not say in which header.
 */
function outermostTags(row: readonly string[][], ours: readonly string[]): readonly string[] {
  const [tags, single, pairs] = (['vlan.id', 'ieee8021ad.id', 'ieee8021ad.svid'] as const).map((field) => [...cells(row, field)])
  if (single!.length > 0 && pairs!.length > 0) return ours
  const first: string[] = []
  let tagged = false
  for (const layer of row.at(-2)![0]?.split(':') ?? []) {
    if (layer === 'ethertype') continue
    const list = layer === 'vlan' ? tags : layer === 'ieee8021ad' ? (pairs!.length > 0 ? pairs : single) : undefined
    const tag = list?.shift()
    if (tag !== undefined && !tagged) first.push(tag)
    tagged = tag !== undefined
  }
  return first
}

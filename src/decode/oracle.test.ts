import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CaptureError, readCapture } from '../capture/read.ts'
import { corpus } from '../testing/corpus.ts'
import { ipv4Text, ipv6Text, macText } from './address.ts'
import { decodePacket } from './decode.ts'
import { ANOMALIES, FRAGMENT_FIRST, FRAGMENT_LATER, Packet, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from './packet.ts'

// Every packet of real and of broken captures, field by field, against tshark. `ASSAY_ORACLE=all` takes every file of the corpus
// (10 minutes), `ASSAY_ORACLE=folder` those in a folder of it; otherwise a spread of them.

const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'frame.cap_len',
  'frame.len',
  'frame.protocols',
  'eth.src',
  'eth.dst',
  'wlan.sa',
  'wlan.da',
  'vlan.id',
  'ieee8021ad.id',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.ttl',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.flags',
  'tcp.len',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
  'sll.src.eth',
  'ip.frag_offset',
  '_ws.malformed',
] as const
type Row = Record<(typeof FIELDS)[number], string>

async function tshark(path: string): Promise<{ rows: Row[]; errors: string }> {
  const child = spawn('tshark', [
    '-r',
    path,
    '-n',
    '-T',
    'fields',
    '-E',
    'occurrence=f',
    '-o',
    'ip.defragment:FALSE',
    '-o',
    'ipv6.defragment:FALSE',
    '-o',
    'tcp.analyze_sequence_numbers:FALSE',
    '-o',
    'tcp.desegment_tcp_streams:FALSE',
    ...FIELDS.flatMap((f) => ['-e', f]),
  ])
  let errors = ''
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (s: string) => (errors += s))
  child.stdout.setEncoding('utf8').on('data', (s: string) => (text += s))
  await new Promise((resolve) => child.once('close', resolve))
  const rows = text
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => {
      const values = l.split('\t')
      return Object.fromEntries(FIELDS.map((f, i) => [f, values[i] ?? ''])) as Row
    })
  return { rows, errors: errors.match(/^tshark: [^]*/m)?.[0].replaceAll('\n', ' ') ?? '' }
}

const anomaly = (p: Packet): string => ANOMALIES[p.anomaly] ?? 'unknown'

/** What we say of a packet, in tshark's fields; only fields that we decode are there. */
function ours(p: Packet): Partial<Row> & { time: number } {
  decodePacket(p)
  const row: Partial<Row> & { time: number } = {
    time: p.time,
    'frame.number': `${p.frame}`,
    'frame.cap_len': `${p.end - p.start}`,
    'frame.len': `${p.wireLength}`,
  }
  const b = p.buf
  const wireless = p.linkType === 105 || p.linkType === 127
  if (p.srcMac >= 0) row[wireless ? 'wlan.sa' : p.linkType === 1 ? 'eth.src' : 'sll.src.eth'] = macText(b, p.srcMac)
  if (p.dstMac >= 0) row[wireless ? 'wlan.da' : 'eth.dst'] = macText(b, p.dstMac)
  if (p.vlan >= 0) row['vlan.id'] = `${p.vlan}`
  if (p.ipVersion === 4) {
    Object.assign(row, { 'ip.src': ipv4Text(b, p.srcIp), 'ip.dst': ipv4Text(b, p.dstIp), 'ip.ttl': `${p.hopLimit}` })
    if (p.fragment === FRAGMENT_LATER) row['ip.proto'] = `${p.protocol}`
  } else if (p.ipVersion === 6) {
    Object.assign(row, { 'ipv6.src': ipv6Text(b, p.srcIp), 'ipv6.dst': ipv6Text(b, p.dstIp), 'ipv6.hlim': `${p.hopLimit}` })
  }
  if (p.transport < 0) return row
  const sound = p.anomaly === 0
  if (p.protocol === PROTO_TCP) {
    Object.assign(row, {
      'tcp.srcport': `${p.srcPort}`,
      'tcp.dstport': `${p.dstPort}`,
      'tcp.seq_raw': `${p.tcpSeq}`,
      'tcp.ack_raw': `${p.tcpAck}`,
    })
    row['tcp.flags'] = `0x${p.tcpFlags.toString(16).padStart(2, '0')}`
    if (sound) row['tcp.len'] = `${p.payloadWire}`
  } else if (p.protocol === PROTO_UDP) {
    Object.assign(row, { 'udp.srcport': `${p.srcPort}`, 'udp.dstport': `${p.dstPort}` })
    if (sound) row['udp.length'] = `${p.payloadWire + 8}`
  } else if (p.protocol === PROTO_ICMP) Object.assign(row, { 'icmp.type': `${p.srcPort}`, 'icmp.code': `${p.dstPort}` })
  else if (p.protocol === PROTO_ICMPV6) Object.assign(row, { 'icmpv6.type': `${p.srcPort}`, 'icmpv6.code': `${p.dstPort}` })
  return row
}

/** Microseconds; tshark prints nanoseconds, which we drop. */
function sameTime(time: number, epoch: string): boolean {
  if (epoch === '') return time === 0
  const [seconds, fraction] = epoch.replace('-', '').split('.') as [string, string]
  if (time === Number(seconds) * 1e6 + Math.floor(Number(fraction.padEnd(9, '0')) / 1000)) return true
  // not exact in a double, so none to us
  if (Number(seconds) * 1e6 > Number.MAX_SAFE_INTEGER) return time === 0
  // broken captures have more than a million microseconds in a second: tshark's nanoseconds then overflow 32 bits
  const beyond = BigInt(time) - BigInt(seconds) * 1_000_000n
  const overflowed = epoch.startsWith('-') ? -BigInt(fraction) : BigInt(fraction)
  return beyond >= 1_000_000n && BigInt.asIntN(32, beyond * 1000n) === BigInt.asIntN(32, overflowed)
}

/** Why tshark's value may differ from ours. */
function explained(p: Packet, row: Row, field: keyof Row, ours: string): boolean {
  const theirs = row[field]
  // tshark's frame lengths end at 2^31 - 1
  if (field === 'frame.len') return theirs === '2147483647' && Number(ours) > 2147483647
  // length 0: all that the IP packet holds (RFC 2675, section 4); tshark shows the field
  if (field === 'udp.length' && theirs === '0') return true
  if (theirs !== '') return false
  // a fragment's segment length is not known to tshark, which does not look at the IP header again
  if (field === 'tcp.len') return p.fragment === FRAGMENT_FIRST
  // tshark stops at a header whose lengths contradict each other (RFC 791, section 3.1); the addresses before the contradiction are there
  if (field.startsWith('ip.')) return ['ipv4-header-length', 'ipv4-total-length'].includes(anomaly(p))
  // and at a malformed option within an extension header, whose own length leads past it (RFC 8200, section 4)
  return row['_ws.malformed'] !== '' && /ipv6\.(dstopts|hopopts|routing)$/.test(row['frame.protocols'])
}

/** Links within links that we do not read: MPLS, Arista's, service chains; Cisco's ISL, which tshark shows as Ethernet in Ethernet. */
const FOREIGN = /^eth:eth:llc|^([^:]+:){1,5}(mpls|avsp|nsh):/

async function compare(path: string): Promise<{ packets: number; differences: string[] }> {
  const { rows, errors } = await tshark(path)
  // a link type that tshark cannot even list (Marvell's DSA)
  if (/network type \d+ unknown or unsupported/.test(errors)) return { packets: 0, differences: [] }
  const byNumber = new Map(rows.map((r) => [r['frame.number'], r]))
  const differences: string[] = []
  const differ = (s: string) => differences.push(s)
  const p = new Packet()
  let packets = 0
  const onPacket = () => {
    packets++
    const mine = ours(p)
    const row = byNumber.get(`${p.frame}`)
    if (row === undefined) {
      differ(`frame ${p.frame}: not in tshark's output`)
      return
    }
    byNumber.delete(`${p.frame}`)
    if (!sameTime(mine.time, row['frame.time_epoch']))
      differ(`frame ${p.frame}: time ${mine.time}, tshark ${row['frame.time_epoch']}`)
    if (FOREIGN.test(row['frame.protocols'])) return
    const got: Record<string, string> = {}
    const want: Record<string, string> = {}
    for (const field of FIELDS) {
      const value = mine[field]
      const theirs =
        field === 'tcp.flags' && row[field] !== '' ? `0x${(Number(row[field]) & 0xff).toString(16).padStart(2, '0')}` : row[field]
      if (value !== undefined && value !== theirs && !explained(p, row, field, value)) [got[field], want[field]] = [value, theirs]
    }
    // what tshark has as the first (outermost) header, we must have too
    const layers = row['frame.protocols'].split(':')
    const ip = layers.findIndex((l) => l === 'ip' || l === 'ipv6')
    // (tshark names the layer of a header that is cut or of no known version)
    // (and link types that we do not read: FDDI, token ring, frame relay…)
    const noHeader = ['link-unsupported', 'ipv4-truncated', 'ipv6-truncated', 'ip-version'].includes(anomaly(p))
    if (ip >= 0 && p.ipVersion === 0 && !noHeader) [got['layer'], want['layer']] = [anomaly(p), layers.slice(0, ip + 1).join(':')]
    if (ip >= 0 && p.transport < 0) {
      const upper = layers.slice(ip + 1).find((l) => !l.startsWith('ipv6.') && l !== 'ah')
      if (upper !== undefined && ['tcp', 'udp', 'icmp', 'icmpv6'].includes(upper) && p.anomaly === 0)
        [got['layer'], want['layer']] = ['no transport', layers.join(':')]
    }
    if (Object.keys(got).length > 0) {
      differ(
        `frame ${p.frame} link ${p.linkType} ${anomaly(p)} ${row['frame.protocols']}: ${JSON.stringify(got)}, tshark ${JSON.stringify(want)}`,
      )
    }
  }
  try {
    const result = await readCapture(path, 0, p, onPacket)
    if ((result.damaged === undefined) !== (errors === '')) differ(`damage: ${JSON.stringify(result.damaged)}, tshark ${errors}`)
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    if (errors === '') differ(`${error.message}; tshark reads it`)
  }
  for (const row of byNumber.values()) {
    // Wireshark numbers pcapng's custom blocks although they are no packets
    if (row['frame.time_epoch'] === '' && row['frame.protocols'] === 'data') continue
    differ(`frame ${row['frame.number']}: only in tshark's output`)
  }
  return { packets, differences }
}

function captures(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.(pcap|pcapng|cap)(\.gz|\.\d)?$/.test(f))
    .map((f) => join(folder, f))
    .filter((f) => statSync(f).isFile())
    .sort()
}

const root = corpus('.')
const missing =
  root === undefined
    ? 'the public captures are not here'
    : spawnSync('tshark', ['--version']).error
      ? 'tshark is not installed'
      : ''
const chosen = process.env['ASSAY_ORACLE'] ?? ''

describe.skipIf(missing !== '')(`every field that tshark also knows${missing && ` (skipped: ${missing})`}`, () => {
  const all =
    root === undefined || missing !== ''
      ? []
      : chosen === 'all'
        ? captures(root)
        : chosen !== ''
          ? captures(join(root, chosen))
          : captures(root).filter((_, i) => i % 17 === 0)
  it(`agrees on ${all.length} captures`, { timeout: 3_600_000 }, async () => {
    let packets = 0
    const differences: string[] = []
    for (const path of all) {
      const found = await compare(path)
      packets += found.packets
      if (found.differences.length > 0)
        differences.push(
          `${path}: ${found.differences.length} of ${found.packets}`,
          ...found.differences.slice(0, 5).map((d) => `  ${d}`),
        )
    }
    console.log(`${packets} packets in ${all.length} captures agree with tshark`)
    expect(differences.join('\n')).toBe('')
    expect(packets).toBeGreaterThan(0)
  })
})

import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCapture } from '../capture/read.ts'
import { corpus } from '../testing/corpus.ts'
import { bytesOf } from '../testing/datagrams.ts'
import { tsharkAvailable, tsharkFields } from '../testing/tshark.ts'
import { ipv4Text, ipv6Text, macText } from './address.ts'
import { decodeInner, decodePacket } from './decode.ts'
import { Packet, PROTO_TCP, PROTO_UDP } from './packet.ts'
import { TUNNELS } from './tunnel.ts'

/** Every packet of a frame, the outermost first: "tunnel that carried it: source > destination". */
function layers(p: Packet): string[] {
  const said = [layer(p, '')]
  for (let depth = 0; p.tunnel !== 0 && depth < 8; depth++) {
    const through = TUNNELS[p.tunnel]!
    decodeInner(p)
    said.push(layer(p, through))
  }
  return said
}

function layer(p: Packet, through: string): string {
  if (p.ipVersion === 0) return `${through}: ${p.etherType.toString(16)}`
  const ip = (o: number) => (p.ipVersion === 6 ? ipv6Text(p.buf, o) : ipv4Text(p.buf, o))
  const ports = p.transport >= 0 ? ` ${p.srcPort} ${p.dstPort}` : ''
  return `${through}: ${ip(p.srcIp)} > ${ip(p.dstIp)} ${p.protocol}${ports}`
}

/** An Ethernet frame as the cursor sees it, amid other bytes. */
function read(frame: Uint8Array): string[] {
  const p = new Packet()
  p.buf = new Uint8Array(frame.length + 64).fill(0x45)
  p.buf.set(frame, 17)
  p.start = 17
  p.end = 17 + frame.length
  p.wireLength = frame.length
  p.linkType = 1
  decodePacket(p)
  return layers(p)
}

const ETHERNET = '020000000001 020000000002'
const ipv4 = (protocol: number, payload: string) =>
  `45 00 ${(20 + bytesOf(payload).length).toString(16).padStart(4, '0')} 0000 0000 40 ${protocol.toString(16).padStart(2, '0')} 0000 c0000201 c0000202 ${payload}`
const udp = (port: number, payload: string) =>
  `8000 ${port.toString(16).padStart(4, '0')} ${(8 + bytesOf(payload).length).toString(16).padStart(4, '0')} 0000 ${payload}`
const INNER = ipv4(17, udp(53, '0102'))
const INNER_SAID = '192.0.2.1 > 192.0.2.2 17 32768 53'
const FRAME = `${ETHERNET} 0800 ${INNER}`
const through = (protocol: number, payload: string) => read(bytesOf(`${ETHERNET} 0800 ${ipv4(protocol, payload)}`))[1]

describe('what a tunnel carries', () => {
  it.each([
    ['GRE without anything more', '0000 0800', INNER],
    ['with a checksum', '8000 0800 11112222', INNER],
    ['with key and sequence number', '3000 0800 00000001 00000002', INNER],
    ['with all three', 'b000 0800 11112222 00000001 00000002', INNER],
    ['with frames within', '2000 6558 00000001', FRAME],
    ["PPTP's, with sequence and acknowledgement", '3081 880b 00200001 00000001 00000002 ff03 0021', INNER],
  ])('%s', (_, header, inner) => {
    expect(through(47, header + inner)).toBe(`gre: ${INNER_SAID}`)
  })

  it.each([
    ['ERSPAN type I', '0000 88be', FRAME],
    ['type II', '1000 88be 00000001 1001 0000 00000000', FRAME],
    ['type III', '1000 22eb 00000001 2001 0000 00000000 0000 0000', FRAME],
    ['type III with what the platform adds', `1000 22eb 00000001 2001 0000 00000000 0000 0001 ${'00'.repeat(8)}`, FRAME],
  ])('%s', (_, header, inner) => {
    expect(through(47, header + inner)).toBe(`erspan: ${INNER_SAID}`)
  })

  it('IP in IP', () => expect(through(4, INNER)).toBe(`ipip: ${INNER_SAID}`))

  it('VXLAN and Geneve', () => {
    expect(through(17, udp(4789, `0800 0000 00000100 ${FRAME}`))).toBe(`vxlan: ${INNER_SAID}`)
    expect(through(17, udp(4790, `0c00 0003 00000100 ${FRAME}`))).toBe(`vxlan: ${INNER_SAID}`)
    expect(through(17, udp(4790, `0800 0000 00000100 ${FRAME}`))).toBe(`vxlan: ${INNER_SAID}`)
    expect(through(17, udp(4789, `8800 0007 00000100 ${FRAME}`))).toBe(`vxlan: ${INNER_SAID}`)
    expect(through(17, udp(6081, `0240 6558 00000100 ${'00'.repeat(8)} ${FRAME}`))).toBe(`geneve: ${INNER_SAID}`)
  })

  it.each([
    ['GRE with source routes', 47, `4000 0800 00000000 ${INNER}`],
    ['GRE of another version', 47, `0002 0800 ${INNER}`],
    ['GRE of a type that is not known', 47, `0000 1234 ${INNER}`],
    ['GRE cut off', 47, '3000 0800 0000'],
    ['IP in IP of the other version', 41, INNER],
    ['VXLAN without its network number', 17, udp(4789, `0000 0000 00000100 ${FRAME}`)],
    ['VXLAN with reserved bits', 17, udp(4789, `0900 0000 00000100 ${FRAME}`)],
    ['VXLAN too short for a frame', 17, udp(4789, '0800 0000 00000100 0000')],
    ["VXLAN with a policy on GPE's port", 17, udp(4790, `8800 0007 00000100 ${FRAME}`)],
    ['Geneve of another version', 17, udp(6081, `4000 6558 00000100 ${FRAME}`)],
    ['Geneve whose options are longer than it', 17, udp(6081, `3f00 6558 00000100 ${FRAME}`)],
    ['a frame on another port', 17, udp(4788, `0800 0000 00000100 ${FRAME}`)],
  ])('none: %s', (_, protocol, payload) => {
    expect(through(protocol, payload)).toBeUndefined()
  })

  it('of a fragment is not looked into: what is within is not whole', () => {
    const frame = bytesOf(`${ETHERNET} 0800 ${ipv4(4, INNER)}`)
    frame[14 + 6] = 0x20
    expect(read(frame)).toHaveLength(1)
  })

  it('survives any change', () => {
    let x = 1
    const random = (below: number) => (x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff) % below
    const seeds = [
      ipv4(47, `b000 6558 11112222 00000001 00000002 ${FRAME}`),
      ipv4(4, INNER),
      ipv4(17, udp(4789, `0800 0000 00000100 ${FRAME}`)),
    ]
    for (let i = 0; i < 20_000; i++) {
      const frame = bytesOf(`${ETHERNET} 0800 ${seeds[i % 3]!}`)
      for (let n = random(4); n >= 0; n--) frame[12 + random(frame.length - 12)] = random(256)
      read(frame.subarray(0, i & 1 ? frame.length : random(frame.length)))
    }
  })
})

const folder = corpus('zeek/tunnels')
/** Why tshark or this decoder sees less: each with what it is. */
const NOT_COMPARED: Record<string, string> = {
  'ayiya3.pcap': 'AYIYA is not looked into (its service ended in 2017)',
  'ayiya-large-identity.pcap': 'AYIYA',
  'Teredo.pcap': 'Teredo is not looked into',
  'teredo-udp-in-udp.pcap': 'Teredo',
  'teredo_bubble_with_payload.pcap': 'Teredo',
  'gre-over-udp-4754.pcap': 'GRE in UDP (RFC 8086) is not looked into',
  'gre-aruba.pcap': 'Wi-Fi frames in GRE are not looked into',
  'gre-aruba-amsdu.pcap': 'Wi-Fi frames in GRE',
  'mpls-6in6-6in6-4in6-invalid-version-4.pcap': 'MPLS is not looked into',
  'mpls-6in6-6in6-invalid-version-6.pcap': 'MPLS',
}
const captures = [
  ...(folder === undefined
    ? []
    : readdirSync(folder)
        .filter((name) => /pcap/.test(name))
        .map((name) => `zeek/tunnels/${name}`)),
  'ndpi/pcap/4in4tunnel.pcap',
  'ndpi/pcap/6in6tunnel.pcap',
  'ndpi/pcap/vxlan.pcap',
  'tcpdump/geneve.pcap',
  'tcpdump/vxlan.pcap',
  'ja4/pcap/gre-erspan-vxlan.pcap',
  'ja4/pcap/gre-sample.pcap',
  'ja4/pcap/tcpdump-geneve.pcap',
].filter((name) => NOT_COMPARED[basename(name)] === undefined)

describe.skipIf(folder === undefined || !tsharkAvailable())(
  'tunnels as tshark sees them (needs the public captures and tshark)',
  () => {
    it.each(captures)('%s', async (name) => {
      const path = corpus(name)!
      const ours = new Map<number, string[]>()
      const p = new Packet()
      await readCapture(path, 0, p, () => {
        decodePacket(p)
        const said: string[] = []
        for (let depth = 0; depth < 8; depth++) {
          if (p.srcMac >= 0) said.push(`mac ${macText(p.buf, p.srcMac)} ${macText(p.buf, p.dstMac)}`)
          if (p.ipVersion === 4) said.push(`ip ${ipv4Text(p.buf, p.srcIp)} ${ipv4Text(p.buf, p.dstIp)}`)
          if (p.ipVersion === 6) said.push(`ip ${ipv6Text(p.buf, p.srcIp)} ${ipv6Text(p.buf, p.dstIp)}`)
          if (p.transport >= 0 && (p.protocol === PROTO_TCP || p.protocol === PROTO_UDP))
            said.push(`port ${p.srcPort} ${p.dstPort}`)
          if (p.tunnel === 0) break
          decodeInner(p)
        }
        ours.set(p.frame, said.toSorted())
      })
      const fields = [
        'eth.src',
        'eth.dst',
        'ip.src',
        'ip.dst',
        'ipv6.src',
        'ipv6.dst',
        'tcp.srcport',
        'tcp.dstport',
        'udp.srcport',
        'udp.dstport',
      ]
      // the oracle reads the packet that an ICMP error quotes as well
      const rows = tsharkFields(path, fields, 'not icmp.type in {3,4,5,11,12} and not icmpv6.type in {1,2,3,4}')
      expect(rows.size).toBeGreaterThan(0)
      for (const [frame, row] of rows) {
        const pairs = (kind: string, from: number) => row[from]!.map((value, i) => `${kind} ${value} ${row[from + 1]![i]}`)
        const theirs = [...pairs('mac', 0), ...pairs('ip', 2), ...pairs('ip', 4), ...pairs('port', 6), ...pairs('port', 8)]
        expect(ours.get(frame), `frame ${frame}`).toEqual(theirs.toSorted())
      }
    })
  },
)

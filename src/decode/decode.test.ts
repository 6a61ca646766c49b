import { describe, expect, it } from 'vitest'
import { ipv4Text, ipv6Text, macText } from './address.ts'
import { readArp } from './arp.ts'
import { decodePacket } from './decode.ts'
import { readNeighbour, readRouterAdvertisement } from './icmpv6.ts'
import { ANOMALIES, FRAGMENT_FIRST, FRAGMENT_LATER, FRAGMENT_NONE, Packet } from './packet.ts'

// Packets written by hand from the standards' figures; oracle.test.ts has the real ones.

const shared = new Packet()
/** Decoded in one Packet for all, within other bytes: nothing may leak from before or from around. `cut`: bytes the capture lost. */
function decode(linkType: number, hex: string, cut = 0): Packet {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const p = shared
  p.buf = new Uint8Array(bytes.length + 64).fill(0x66)
  p.start = 32
  p.end = 32 + bytes.length
  p.buf.set(bytes, p.start)
  p.wireLength = bytes.length + cut
  p.linkType = linkType
  decodePacket(p)
  return p
}
const anomaly = (p: Packet) => ANOMALIES[p.anomaly]
const payload = (p: Packet) => Buffer.from(p.buf.subarray(p.payload, p.payloadEnd)).toString('hex')

const MACS = '0a0000000002 0a0000000001'
const ETH4 = `${MACS} 0800`
const word = (n: number) => n.toString(16).padStart(4, '0')
const ip4 = (protocol: number, body: string, o: { total?: number; fragment?: string; ihl?: number; options?: string } = {}) => {
  const inner = body.replaceAll(' ', '')
  const options = o.options ?? ''
  return `4${(o.ihl ?? 5 + options.length / 8).toString(16)}00 ${word(o.total ?? 20 + options.length / 2 + inner.length / 2)} 0001 ${o.fragment ?? '0000'} 40 ${protocol.toString(16).padStart(2, '0')} 0000 c0000201 c6336402 ${options} ${inner}`
}
const ip6 = (next: number, body: string, length?: number) => {
  const inner = body.replaceAll(' ', '')
  return `60000000 ${word(length ?? inner.length / 2)} ${next.toString(16).padStart(2, '0')} ff fe800000000000000000000000000001 ff020000000000000000000000000001 ${inner}`
}
const udp = (data: string, length?: number) => `14e9 0035 ${word(length ?? 8 + data.length / 2)} 0000 ${data}`
const tcp = (data: string, offset = '50') => `c000 0050 fffffffe 80000001 ${offset} 18 0400 0000 0000 ${data}`
const UDP4 = ip4(17, udp('aabbcc'))

function expectUdp(p: Packet): void {
  expect(anomaly(p)).toBe('none')
  expect([p.etherType, p.ipVersion, p.protocol, p.srcPort, p.dstPort, p.hopLimit]).toEqual([0x800, 4, 17, 5353, 53, 64])
  expect([ipv4Text(p.buf, p.srcIp), ipv4Text(p.buf, p.dstIp)]).toEqual(['192.0.2.1', '198.51.100.2'])
  expect(payload(p)).toBe('aabbcc')
  expect(p.payloadWire).toBe(3)
}

describe('links', () => {
  it('Ethernet, with padding that is no payload', () => {
    const p = decode(1, `${ETH4} ${UDP4} ${'00'.repeat(15)}`)
    expectUdp(p)
    expect([macText(p.buf, p.srcMac), macText(p.buf, p.dstMac), p.vlan]).toEqual(['0a:00:00:00:00:01', '0a:00:00:00:00:02', -1])
  })
  it.each([
    ['802.1Q', '8100 2064', 0x64],
    ['802.1ad over 802.1Q', '88a8 0fff 8100 0001', 0xfff],
    ['the old QinQ type', '9100 0005 8100 0006', 5],
  ])('%s: the outermost tag counts', (_, tags, vlan) => {
    const p = decode(1, `${MACS} ${tags} 0800 ${UDP4}`)
    expectUdp(p)
    expect(p.vlan).toBe(vlan)
  })
  it('tags without end', () => {
    expect(anomaly(decode(1, `${MACS} ${'8100 0001 '.repeat(40)} 0800 ${UDP4}`))).toBe('link-truncated')
    expect(anomaly(decode(1, `${MACS} 8100 00`))).toBe('link-truncated')
  })
  it('802.3 with SNAP, its length respected', () => {
    expectUdp(decode(1, `${MACS} 0027 aaaa03 000000 0800 ${UDP4} ffffffff`))
    const stp = decode(1, `0180c2000000 0a0000000001 0007 424203 00000000 ${'00'.repeat(39)}`)
    expect([anomaly(stp), stp.etherType, stp.network, stp.ipVersion]).toEqual(['none', -1, -1, 0])
  })
  it.each([
    ['Linux SLL', 113, `0000 0001 0006 0a00000000010000 0800 ${UDP4}`],
    ['Linux SLL2', 276, `0800 0000 00000002 0001 00 06 0a00000000010000 ${UDP4}`],
  ])('%s: the sender alone', (_, link, hex) => {
    const p = decode(link, hex)
    expectUdp(p)
    expect([macText(p.buf, p.srcMac), p.dstMac]).toEqual(['0a:00:00:00:00:01', -1])
  })
  it('SLL without a hardware address, tagged, or of netlink', () => {
    expect(decode(113, `0000 0001 0000 0000000000000000 0800 ${UDP4}`).srcMac).toBe(-1)
    const tagged = decode(113, `0000 0001 0006 0a00000000010000 8100 0007 0800 ${UDP4}`)
    expectUdp(tagged)
    expect(tagged.vlan).toBe(7)
    const netlink = decode(113, `0004 0338 0000 0000000000000000 0000 ${UDP4}`)
    expect([netlink.etherType, netlink.ipVersion]).toEqual([-1, 0])
  })
  it.each([
    ['raw', 101, UDP4],
    ['raw (12)', 12, UDP4],
    ['raw (14)', 14, UDP4],
    ['IPv4', 228, UDP4],
    ['BSD loopback, little-endian', 0, `02000000 ${UDP4}`],
    ['BSD loopback, big-endian', 0, `00000002 ${UDP4}`],
    ['OpenBSD loopback', 108, `00000002 ${UDP4}`],
    ['PPP', 9, `ff03 0021 ${UDP4}`],
    ['PPP, compressed', 9, `21 ${UDP4}`],
    ['PPPoE', 1, `${MACS} 8864 1100 0001 ${word(33)} 0021 ${UDP4} 0000`],
    ['PPPoE without Ethernet', 51, `1100 0001 ${word(33)} 0021 ${UDP4}`],
    ["Cisco's HDLC", 104, `0f00 0800 ${UDP4}`],
  ])('%s', (_, link, hex) => expectUdp(decode(link, hex)))
  it('IPv6 on the same links', () => {
    for (const [link, hex] of [
      [101, ''],
      [229, ''],
      [0, '1e000000'],
      [0, '0000000a'],
      [108, '00000018'],
      [9, '0057'],
      [1, `${MACS} 86dd`],
    ] as const) {
      const p = decode(link, hex + ip6(17, udp('aa')))
      expect([link, anomaly(p), p.etherType, p.ipVersion, p.dstPort, payload(p)]).toEqual([link, 'none', 0x86dd, 6, 53, 'aa'])
    }
  })
  it("IPv4 under the name of IPv6 is nobody's; the other way round comes from links that have no other name", () => {
    const p = decode(1, `${MACS} 86dd ${UDP4}`)
    expect([anomaly(p), p.ipVersion, p.srcPort]).toEqual(['ip-version', 0, -1])
    expect(decode(1, `${MACS} 0800 ${ip6(17, udp('aabbcc'))}`).ipVersion).toBe(6)
  })
  it('behind SNAP stands an EtherType and no length', () => {
    const p = decode(1, `${MACS} 0040 aaaa03 000000 0030 aaaa03 000000 0800 ${UDP4}`)
    expect([anomaly(p), p.etherType, p.ipVersion]).toEqual(['none', -1, 0])
  })
  it('what is not read is said', () => {
    expect(anomaly(decode(147, UDP4))).toBe('link-unsupported')
    for (const link of [0, 1, 9, 51, 101, 104, 105, 108, 113, 127, 228, 276]) expect(anomaly(decode(link, ''))).not.toBe('none')
  })

  const A1 = '0a0000000001'
  const A2 = '0a0000000002'
  const A3 = '0a0000000003'
  const A4 = '0a0000000004'
  const SNAP = 'aaaa03 000000 0800'
  it.each([
    ['within a cell', `0800 0000 ${A1}${A2}${A3} 1000`, '2', '1'],
    ['to the access point', `0801 0000 ${A1}${A2}${A3} 1000`, '2', '3'],
    ['from the access point', `0802 0000 ${A1}${A2}${A3} 1000`, '3', '1'],
    ['between access points', `0803 0000 ${A1}${A2}${A3} 1000 ${A4}`, '4', '3'],
    ['QoS', `8801 0000 ${A1}${A2}${A3} 1000 0600`, '2', '3'],
    ['QoS with HT control', `8881 0000 ${A1}${A2}${A3} 1000 0600 01020304`, '2', '3'],
    ['QoS from the access point with HT control', `8882 0000 ${A1}${A2}${A3} 1000 0600 01020304`, '3', '1'],
  ])('802.11 %s', (_, header, source, destination) => {
    const p = decode(105, `${header} ${SNAP} ${UDP4}`)
    expectUdp(p)
    expect([macText(p.buf, p.srcMac), macText(p.buf, p.dstMac)]).toEqual([
      `0a:00:00:00:00:0${source}`,
      `0a:00:00:00:00:0${destination}`,
    ])
  })
  it('802.11 that carries no packet', () => {
    const encrypted = decode(105, `0841 0000 ${A1}${A2}${A3} 1000 0011223344556677`)
    expect([anomaly(encrypted), encrypted.ipVersion, macText(encrypted.buf, encrypted.srcMac)]).toEqual([
      'link-encrypted',
      0,
      '0a:00:00:00:00:02',
    ])
    for (const header of [
      `4801 0000 ${A1}${A2}${A3} 1000`,
      `8801 0000 ${A1}${A2}${A3} 1000 8600`,
      `8000 0000 ${A1}${A2}${A3} 1000`,
      `0801 0000 ${A1}${A2}${A3} 1100`,
    ]) {
      const p = decode(105, `${header} ${SNAP} ${UDP4}`)
      expect([header, anomaly(p), p.etherType]).toEqual([header, 'none', -1])
    }
    // of several MSDUs in one frame the header tells no more than who it went through (IEEE 802.11-2020, table 9-30)
    for (const [header, source, destination] of [
      ['8800', true, true],
      ['8801', true, false],
      ['8802', false, true],
      ['8803', false, false],
    ] as const) {
      const p = decode(105, `${header} 0000 ${A1}${A2}${A3} 1000 ${header === '8803' ? A4 : ''} 8600 ${SNAP} ${UDP4}`)
      expect([header, p.srcMac >= 0, p.dstMac >= 0]).toEqual([header, source, destination])
    }
    expect(decode(105, 'd400 0000 0a0000000001').srcMac).toBe(-1)
    expect(anomaly(decode(105, `0801 0000 ${A1}${A2}`))).toBe('link-truncated')
    expect(anomaly(decode(105, `0902 0000 ${A1}${A2}${A3} 1000 ${SNAP} ${UDP4}`))).toBe('link-unsupported')
  })
  it('radiotap: its length, padding after the header, and the checksum', () => {
    const data = `0801 0000 ${A1}${A2}${A3} 1000`
    expectUdp(decode(127, `0000 0800 00000000 ${data} ${SNAP} ${UDP4}`))
    // TSFT (aligned to 8) before the flags; 0x30: padded header, checksum at the end
    const qos = `8801 0000 ${A1}${A2}${A3} 1000 0600 0000`
    expectUdp(decode(127, `0000 1100 03000000 1122334455667788 30 ${qos} ${SNAP} ${UDP4} deadbeef`))
    const cut = decode(127, `0000 0900 02000000 10 ${data} ${SNAP} ${ip4(17, udp('aabbcc', 20), { total: 60 })} deadbe`, 1)
    expect([payload(cut), cut.payloadWire]).toEqual(['aabbcc', 3])
    // two presence words
    expectUdp(decode(127, `0000 0d00 02000080 00000000 20 ${qos} ${SNAP} ${UDP4}`))
    expect(anomaly(decode(127, `0000 ff00 00000000 ${data}`))).toBe('link-truncated')
    expect(anomaly(decode(127, `0000 0800 02000080 ${data} ${SNAP} ${UDP4}`))).toBe('none')
    const another = decode(127, `0100 0800 00000000 ${data} ${SNAP} ${UDP4}`)
    expect([anomaly(another), another.srcMac]).toEqual(['link-unsupported', -1])
  })
})

describe('IPv4', () => {
  it('options', () => expectUdp(decode(1, ETH4 + ip4(17, udp('aabbcc'), { options: '94040000' }))))
  it('total length 0: segments that the network card had yet to cut', () => {
    const p = decode(1, ETH4 + ip4(6, tcp('aabb'), { total: 0 }))
    expect([anomaly(p), payload(p), p.payloadWire]).toEqual(['none', 'aabb', 2])
  })
  it('cut by the snap length: no anomaly, and the wire says how much there was', () => {
    const p = decode(1, ETH4 + ip4(17, udp('aabbcc', 1008), { total: 1028 }), 997)
    expect([anomaly(p), payload(p), p.payloadWire]).toEqual(['none', 'aabbcc', 1000])
    expect(decode(1, ETH4 + ip4(6, tcp('aa'), { total: 1040 }), 999).payloadWire).toBe(1000)
  })
  it('a length beyond what was on the wire', () => {
    const p = decode(1, ETH4 + ip4(6, tcp('aabb'), { total: 5000 }))
    expect([anomaly(p), payload(p), p.payloadWire, p.srcPort]).toEqual(['ipv4-total-length', 'aabb', 2, 0xc000])
  })
  it.each([
    [ip4(6, tcp(''), { total: 19 }), 'ipv4-total-length'],
    [ip4(6, tcp(''), { ihl: 4 }), 'ipv4-header-length'],
    [ip4(6, '', { ihl: 15 }), 'ipv4-total-length'],
    [ip4(6, '', { ihl: 6, total: 24 }), 'ipv4-header-length'],
    ['45000014 0001', 'ipv4-truncated'],
    [`75${ip4(6, '').slice(2)}`, 'ip-version'],
    ['', 'ipv4-truncated'],
  ])('%s is %s', (hex, name) => {
    const p = decode(1, ETH4 + hex)
    expect([anomaly(p), p.transport, p.srcPort, payload(p)]).toEqual([name, -1, -1, ''])
  })
  it('fragments: the first is decoded, later ones have no transport', () => {
    const first = decode(1, ETH4 + ip4(17, udp('aabb', 100), { fragment: '2000' }))
    expect([anomaly(first), first.fragment, first.dstPort, payload(first), first.payloadWire]).toEqual([
      'none',
      FRAGMENT_FIRST,
      53,
      'aabb',
      92,
    ])
    for (const fragment of ['2001', '0001', '1fff']) {
      const later = decode(1, ETH4 + ip4(17, udp('aabb'), { fragment }))
      expect([anomaly(later), later.fragment, later.protocol, later.transport, later.srcPort, payload(later)]).toEqual([
        'none',
        FRAGMENT_LATER,
        17,
        -1,
        -1,
        '',
      ])
    }
    expect(decode(1, ETH4 + ip4(17, udp('aabb'), { fragment: '4000' })).fragment).toBe(FRAGMENT_NONE)
  })
  it('behind an authentication header', () =>
    expectUdp(decode(1, ETH4 + ip4(51, `11 04 0000 00000001 00000001 ${'00'.repeat(12)} ${udp('aabbcc')}`))))
})

describe('IPv6', () => {
  const ETH6 = `${MACS} 86dd`
  it.each([
    ['hop-by-hop', 0, '11 00 0502 0000 0100'],
    ['routing', 43, '11 00 0000 00000000'],
    ['destination options', 60, '11 00 0104 00000000'],
    ['authentication', 51, `11 04 0000 00000001 00000001 ${'00'.repeat(12)}`],
    ['an atomic fragment', 44, '11 00 0000 00000001'],
    ['three of them', 0, '2b 00 0502 0000 0100 3c 00 0000 00000000 11 00 0104 00000000'],
  ])('%s', (_, next, header) => {
    const p = decode(1, ETH6 + ip6(next, header + udp('aabbcc')))
    expect([anomaly(p), p.protocol, p.dstPort, payload(p), p.fragment]).toEqual(['none', 17, 53, 'aabbcc', FRAGMENT_NONE])
    expect([ipv6Text(p.buf, p.srcIp), ipv6Text(p.buf, p.dstIp), p.hopLimit]).toEqual(['fe80::1', 'ff02::1', 255])
  })
  it('fragments', () => {
    const first = decode(1, ETH6 + ip6(44, `11 00 0001 00000001 ${udp('aabb', 100)}`))
    expect([anomaly(first), first.fragment, first.dstPort, first.payloadWire]).toEqual(['none', FRAGMENT_FIRST, 53, 92])
    const later = decode(1, ETH6 + ip6(44, `11 00 0008 00000001 ${udp('aabb')}`))
    expect([anomaly(later), later.fragment, later.protocol, later.transport]).toEqual(['none', FRAGMENT_LATER, 17, -1])
  })
  it('broken chains', () => {
    for (const body of ['11 07 0000 0000 0000', '11 00 0000', '00 00 0000 00000000 '.repeat(30)]) {
      const p = decode(1, ETH6 + ip6(0, body))
      expect([anomaly(p), p.protocol, p.transport]).toEqual(['ipv6-extension-chain', -1, -1])
    }
  })
  it('no next header; padding is no payload; truncated; too long', () => {
    const none = decode(1, ETH6 + ip6(59, '') + '000000000000')
    expect([anomaly(none), none.protocol, payload(none)]).toEqual(['none', 59, ''])
    expect(payload(decode(1, `${ETH6 + ip6(17, udp('aa'))}ffff`))).toBe('aa')
    expect(anomaly(decode(1, `${ETH6} 6000`))).toBe('ipv6-truncated')
    expect(anomaly(decode(1, ETH6 + ip6(17, udp('aa'), 2000)))).toBe('ipv6-truncated')
  })
})

describe('transport', () => {
  it('TCP: unsigned numbers, flags, options, data', () => {
    const p = decode(1, ETH4 + ip4(6, `${tcp('', '60')} 020405b4 6869`) + '000000')
    expect([p.srcPort, p.dstPort, p.tcpSeq, p.tcpAck, p.tcpFlags, payload(p), p.payloadWire]).toEqual([
      0xc000,
      80,
      0xfffffffe,
      0x80000001,
      0x18,
      '6869',
      2,
    ])
  })
  it.each([
    [6, 'c000 0050 00000000', 'tcp-truncated'],
    [6, tcp('aabb', '40'), 'tcp-data-offset'],
    [6, tcp('', 'f0'), 'tcp-data-offset'],
    [17, '14e9 0035', 'udp-truncated'],
    [17, udp('aa', 7), 'udp-length'],
    [1, '0800', 'icmp-truncated'],
  ])('protocol %i: %s is %s', (protocol, body, name) => {
    const p = decode(1, ETH4 + ip4(protocol, body))
    expect([anomaly(p), payload(p), p.payloadWire]).toEqual([name, '', 0])
  })
  it.each([
    ['8500 0000 00000000', 'none'],
    ['8500 0000 00000000 0101 020000000001', 'none'],
    ['8500 0000 00000000 0100 020000000001', 'icmpv6-option'],
    ['8500 0000 00000000 0102 020000000001', 'icmpv6-option'],
    ['8500 0000 00000000 01', 'icmpv6-option'],
    ['8600 0000 40000708 00000000', 'icmp-truncated'],
    ['8000 0000 00010001 0100', 'none'],
  ])('ICMPv6 %s is %s: options of neighbour discovery have a length, and end with the message', (body, name) => {
    expect(anomaly(decode(101, ip6(58, body)))).toBe(name)
  })
  it('TCP options lost to the snap length are no anomaly', () => {
    const p = decode(1, ETH4 + ip4(6, tcp('', '80'), { total: 62 }), 22)
    expect([anomaly(p), payload(p), p.payloadWire]).toEqual(['none', '', 10])
  })
  it('UDP: longer than its packet, shorter than it, and of length 0', () => {
    const long = decode(1, ETH4 + ip4(17, udp('aabb', 200)))
    expect([anomaly(long), payload(long), long.payloadWire]).toEqual(['udp-length', 'aabb', 2])
    const short = decode(1, ETH4 + ip4(17, udp('aabb', 9)))
    expect([anomaly(short), payload(short), short.payloadWire]).toEqual(['none', 'aa', 1])
    const none = decode(1, ETH4 + ip4(17, udp('aabb', 0)))
    expect([anomaly(none), payload(none), none.payloadWire]).toEqual(['udp-length', '', 0])
    expect(payload(decode(101, ip6(17, udp('aabb', 0))))).toBe('aabb')
  })
  it('ICMP: type and code; other protocols have no transport', () => {
    const p = decode(1, ETH4 + ip4(1, '0301 0000 00000000 4500'))
    expect([p.srcPort, p.dstPort, payload(p)]).toEqual([3, 1, '4500'])
    const igmp = decode(1, ETH4 + ip4(2, '1600 0000 e00000fb', { options: '94040000' }))
    expect([anomaly(igmp), igmp.protocol, igmp.srcPort, igmp.transport, payload(igmp)]).toEqual(['none', 2, -1, -1, ''])
  })
})

describe('ARP', () => {
  const body = '0001 0800 06 04 0002 0a0000000001 c0000201 0a0000000002 c0000202'
  it('who has which address', () => {
    const p = decode(1, `${MACS} 0806 ${body} ${'00'.repeat(18)}`)
    const a = readArp(p)!
    expect([
      anomaly(p),
      a.operation,
      macText(p.buf, a.senderMac),
      ipv4Text(p.buf, a.senderIp),
      macText(p.buf, a.targetMac),
      ipv4Text(p.buf, a.targetIp),
    ]).toEqual(['none', 2, '0a:00:00:00:00:01', '192.0.2.1', '0a:00:00:00:00:02', '192.0.2.2'])
  })
  it('malformed, or of other kinds', () => {
    for (const [hex, name] of [
      ['0001 0800 06', 'arp-malformed'],
      [body.slice(0, -4), 'arp-malformed'],
      [`0001 0800 ff ff 0001 ${'00'.repeat(40)}`, 'arp-malformed'],
      [`0018 0800 08 04 0001 ${'00'.repeat(40)}`, 'none'],
    ] as const) {
      const p = decode(1, `${MACS} 0806 ${hex}`)
      expect([anomaly(p), readArp(p)]).toEqual([name, undefined])
    }
    expect(readArp(decode(1, ETH4 + UDP4))).toBeUndefined()
  })
  it('that ends with the link, whatever lies behind', () => {
    const snap = (length: string) => decode(1, `${MACS} ${length} aaaa03 000000 0806 ${body} ${'00'.repeat(20)}`)
    expect(readArp(snap('0024'))).toBeDefined()
    const short = snap('0023')
    expect([anomaly(short), readArp(short)]).toEqual(['arp-malformed', undefined])
  })
  it('neither request nor reply tells of no address', () => {
    for (const operation of ['0003', '0004', '0008', '000a'])
      expect(readArp(decode(1, `${MACS} 0806 ${body.replace('0002', operation)}`))).toBeUndefined()
  })
})

describe('neighbour discovery', () => {
  const eth6 = (body: string) => decode(1, `${MACS} 86dd ${ip6(58, body)}`)
  const RA = '8600 0000 40 c0 0708 00000000 00000000'
  const PREFIX = '03 04 40 c0 00278d00 00093a80 00000000 20010db8000000000000000000000000'
  const RDNSS = '19 05 0000 0000012c 20010db8000000000000000000000053 20010db8000000000000000000000054'
  it('router advertisement: lifetime, prefixes, resolvers', () => {
    const p = eth6(
      `${RA} 0101 0a0000000001 ${PREFIX} ${PREFIX.replace(' c0 ', ' 40 ')} 0501 0000 000005dc ${RDNSS} 6301 000000000000`,
    )
    const ra = readRouterAdvertisement(p)!
    expect(ra).toMatchObject({ hopLimit: 64, managed: true, other: true, lifetime: 1800, mtu: 1500 })
    expect(macText(p.buf, ra.linkAddress)).toBe('0a:00:00:00:00:01')
    expect(
      ra.prefixes.map((x) => [ipv6Text(p.buf, x.offset), x.length, x.onLink, x.autonomous, x.validLifetime, x.preferredLifetime]),
    ).toEqual([
      ['2001:db8::', 64, true, true, 2592000, 604800],
      ['2001:db8::', 64, false, true, 2592000, 604800],
    ])
    expect(ra.resolvers.map((r) => [r.lifetime, r.addresses.map((a) => ipv6Text(p.buf, a))])).toEqual([
      [300, ['2001:db8::53', '2001:db8::54']],
    ])
  })
  it('neighbour solicitation and advertisement', () => {
    const asked = eth6('8700 0000 00000000 fe800000000000000000000000000002 0101 0a0000000001')
    const q = readNeighbour(asked)!
    expect([ipv6Text(asked.buf, q.target), macText(asked.buf, q.linkAddress), q.router]).toEqual([
      'fe80::2',
      '0a:00:00:00:00:01',
      false,
    ])
    const told = eth6('8800 0000 e0000000 fe800000000000000000000000000002 0201 0a0000000002')
    const a = readNeighbour(told)!
    expect([ipv6Text(told.buf, a.target), macText(told.buf, a.linkAddress), a.router, a.solicited, a.override]).toEqual([
      'fe80::2',
      '0a:00:00:00:00:02',
      true,
      true,
      true,
    ])
    expect(readNeighbour(eth6('8700 0000 00000000 fe800000000000000000000000000002'))!.linkAddress).toBe(-1)
  })
  it('what hosts must discard', () => {
    expect(readRouterAdvertisement(eth6(`${RA} 0100 000000000000`))).toBeUndefined()
    expect(readRouterAdvertisement(eth6(RA.replace('8600', '8601')))).toBeUndefined()
    expect(readRouterAdvertisement(eth6('8600 0000 40 c0 0708 0000'))).toBeUndefined()
    expect(readNeighbour(eth6('8700 0000 00000000 ff020000000000000000000000000002'))).toBeUndefined()
    const routed = decode(1, `${MACS} 86dd ${ip6(58, RA).replace('3a ff', '3a 40')}`)
    expect([anomaly(routed), routed.hopLimit, readRouterAdvertisement(routed)]).toEqual(['none', 64, undefined])
    // an address of another length than the link's
    expect(readRouterAdvertisement(eth6(`${RA} 0102 0a0000000001 0000000000000000`))!.linkAddress).toBe(-1)
    // an option longer than the packet is not read
    expect(readRouterAdvertisement(eth6(`${RA} 03ff 40 c0`))!.prefixes).toEqual([])
  })
})

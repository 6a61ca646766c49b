import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { type Any, dnsColumns } from '../../testing/columns/dns.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams, eachSegment, prefix } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { looksLikeDns, PTR, readDns } from './dns-message.ts'
import { dns, dnsOverTcp, type DnsMessage } from './dns.ts'
import { llmnr } from './llmnr.ts'
import { mdns } from './mdns.ts'

const FILES = [
  'iot-sentinel/HueBridge/Setup-A-1-STA.pcap',
  'iot-sentinel/WeMoLink/Setup-A-1-STA.pcap',
  'iot-sentinel/Withings/Setup-A-1-STA.pcap',
  'iot-sentinel/D-LinkCam/Setup-A-1-STA.pcap',
  'iot-sentinel/TP-LinkPlugHS110/Setup-A-1-STA.pcap',
  'iot-sentinel/EdnetGateway/Setup-A-1-STA.pcap',
  'mutated/mdns.pcap',
  'mutated/mdns-responses.pcap',
  'mutated/mdns-multi.pcap',
  'mutated/dns.pcap',
  'ndpi/pcap/dns-invalid-chars.pcap',
  'ndpi/pcap/dns-exf.pcap',
  'ndpi/pcap/dns_invert_query.pcapng',
  'ndpi/pcap/dns_long_domainname.pcap',
  'ndpi/pcap/tls_certificate_too_long.pcap',
  'ndpi/pcap/malformed_dns.pcap',
  'tcpdump/dns-badvers.pcap',
  'tcpdump/dns-badcookie.pcap',
  'tcpdump/dns-uri.pcap',
  'tcpdump/dns-badlabel.pcap',
  'tcpdump/dns_fwdptr.pcap',
  'wireshark/dns+icmp.pcapng.gz',
  'wireshark/dns_port.pcap',
  'wireshark/communityid.pcap.gz',
  'wireshark/logistics_multicast.pcapng',
  'zeek/dns-caa.pcap',
  'zeek/dns-edns-ecs.pcap',
  'zeek/dns-edns-ecs-weirds.pcap',
  'zeek/dns-https.pcap',
  'zeek/dns-huge-ttl.pcap',
  'zeek/dns-spf.pcap',
  'zeek/dns-svcb.pcap',
  'zeek/dns-svcb-rdlength-mismatch.pcap',
  'zeek/dns-tsig.pcap',
  'zeek/dns-two-responses.pcap',
  'zeek/dns-txt-multiple.pcap',
  'zeek/dns-zero-RRs.pcap',
  'zeek/dns_original_case.pcap',
  'zeek/dns/ech.pcap',
  'zeek/dns/mdns.pcap',
  'zeek/dns/naptr.pcap',
  'zeek/dns/dynamic-update.pcap',
  'zeek/dns/dns-corrupt.pcap',
  'zeek/dns/conn-count-too-large.pcap',
  'zeek/dns/max-compression-depth.pcap',
  'zeek/dns/dns-edns-bad-length.pcap',
  'zeek/dns/dns-invalid-names.pcap',
  'zeek/dns/dns_extended_rcode.pcap',
  'zeek/dns/svcb-alpn-malformed-len-too-long.pcap',
  'zeek/dns/svcb-alpn-malformed-len-too-short.pcap',
  'zeek/dns/long-connection.pcap',
  'zeek/dnssec/rrsig.pcap',
  'zeek/dnssec/nsec3.pcap',
  'ja4/pcap/latest.pcapng',
  'malware/id2t/sality_botnet.pcap',
] as const

/** Where we differ, and which of us is right. */
const EXPLAINED: Record<string, { why: string; differences: (string | RegExp)[] }> = {
  'ndpi/pcap/malformed_dns.pcap': {
    why: 'The second question is a pointer to itself: no "prior occurrence" (RFC 1035 section 4.1.4). tshark steps over it; we stop at it and say damaged.',
    differences: [2, 3, 5, 6].flatMap((frame) =>
      ['qry.name', 'qry.type', 'resp.name', 'resp.type', 'a', 'cname'].map((field) => new RegExp(`^${frame} dns.${field}: `)),
    ),
  },
  'tcpdump/dns-badlabel.pcap': {
    why: 'No name in it can be read, so there is no message: labels of type 01 and 10 do not exist (RFC 1035 section 4.1.4, RFC 6891 section 5).',
    differences: ['1: only tshark'],
  },
  'tcpdump/dns_fwdptr.pcap': {
    why: 'Every name is a pointer forward, which is no prior occurrence (RFC 1035 section 4.1.4).',
    differences: ['1: only tshark'],
  },
  'zeek/dns-svcb-rdlength-mismatch.pcap': {
    why: 'RDLENGTH (RFC 1035 section 3.2.1) reaches beyond the message: its data is not taken.',
    differences: [/^1 dns.svcb.targetname/, /^1 dns.svcb.svcpriority/],
  },
  'zeek/dns/dns-edns-bad-length.pcap': {
    why: "An EDNS option claims more than its OPT record has (RFC 6891 section 6.1.2): tshark gives the message up, we go on at the record's end.",
    differences: [/^1 dns.resp.name: tshark \[\]/, /^1 dns.resp.type/, /^1 dns.a: .* ours \["203.0.113.7"\]/],
  },
  'zeek/dns/dns-invalid-names.pcap': {
    why: 'Names that loop, point outside or do not end (RFC 1035 section 4.1.4): nothing was asked that could be named.',
    differences: ['1: only tshark', '2: only tshark', '3: only tshark'],
  },
}

const usable = tsharkAvailable() && corpus('zeek') !== undefined

/** Ours tells a first fragment in its own frame; tshark would show the whole in the last fragment's. */
const NO_REASSEMBLY = ['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE']

describe('DNS, mDNS and LLMNR fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const messages: Any[] = [
      ...(await decodeDatagrams(path, dns)),
      ...(await decodeDatagrams(path, mdns)),
      ...(await decodeDatagrams(path, llmnr)),
    ]
    const { differences, frames } = compare(path, 'udp && (dns || mdns || llmnr)', dnsColumns, messages, NO_REASSEMBLY)
    const explained = EXPLAINED[file]
    if (explained === undefined) expect(frames).toBeGreaterThan(0)
    expect(differences).toHaveLength(explained?.differences.length ?? 0)
    explained?.differences.forEach((one, i) =>
      typeof one === 'string' ? expect(differences[i]).toBe(one) : expect(differences[i]).toMatch(one),
    )
  })

  const TCP_FILES = ['zeek/dns-edns-cookie.pcap', 'zeek/dns-edns-tcp-keepalive.pcap', 'tcpdump/dns_tcp.pcap'] as const
  it.skipIf(!usable).each(TCP_FILES)('over TCP: %s', async (file) => {
    const path = corpus(file)!
    const messages: Any[] = []
    await eachSegment(path, (conversation, frame) => {
      if (dnsOverTcp.recognise(conversation)) dnsOverTcp.decode(conversation, (message) => messages.push({ ...message, frame }))
    })
    const { differences, frames } = compare(path, 'tcp && dns', dnsColumns, messages, ['-o', 'dns.desegment_dns_messages:FALSE'])
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })
})

const decodeOne = (bytes: Uint8Array, srcPort = 40000, dstPort = 53): DnsMessage | undefined => {
  let found: DnsMessage | undefined
  dns.decode(datagramOf(bytes, srcPort, dstPort), (message) => (found = message))
  return found
}

describe('DNS by hand', () => {
  it('reads names by the pointers of RFC 1035 section 4.1.4', () => {
    // F.ISI.ARPA as the question; answers: PTR to FOO.F.ISI.ARPA (pointer to 12), to ARPA (pointer into it, 18), to the root
    const message = decodeOne(
      bytesOf(`0001 8180 0001 0003 0000 0000  0146 03495349 0441525041 00 000c 0001
        c00c 000c 0001 00000001 0006 03464f4f c00c  c00c 000c 0001 00000001 0002 c012  c00c 000c 0001 00000001 0001 00`),
    )
    expect(message?.questions).toEqual([{ name: 'F.ISI.ARPA', type: PTR, class: 1, unicast: false }])
    expect(message?.answers.map((r) => r.target)).toEqual(['FOO.F.ISI.ARPA', 'ARPA', '.'])
    expect(message?.damaged).toBe(false)
  })

  it('refuses pointers that loop or lead on', () => {
    const header = '0001 0100 0001 0000 0000 0000'
    for (const name of ['c00c', '0161 c00c', 'c00e 0161 00', 'c0ff', '0161 c00d']) {
      const fields = readDns(
        'dns',
        1,
        true,
        bytesOf(`${header} ${name} 0001 0001`),
        0,
        bytesOf(`${header} ${name} 0001 0001`).length,
      )
      expect(fields?.questions).toEqual([])
      expect(fields?.damaged).toBe(true)
    }
  })

  it('takes names up to 255 octets and no longer (RFC 1035 section 2.3.4)', () => {
    const named = (labels: number[]): Uint8Array => {
      const name = labels.flatMap((size) => [size, ...Array.from({ length: size }, () => 0x61)])
      return new Uint8Array([...bytesOf('0001 0100 0001 0000 0000 0000'), ...name, 0, 0, 1, 0, 1])
    }
    expect(decodeOne(named([63, 63, 63, 61]))?.questions[0]?.name).toHaveLength(253)
    expect(decodeOne(named([63, 63, 63, 62]))).toBeUndefined()
  })

  it('takes no text that leads past its record (RFC 1035 section 3.3)', () => {
    const answer = decodeOne(bytesOf('0001 8180 0000 0001 0000 0000 00 0010 0001 00000000 0006 03616263 0564 0000'))
    expect(answer?.answers[0]?.texts).toEqual(['abc'])
  })

  it('writes control characters out, so that names stay apart and harmless', () => {
    const label = [0x1b, 0x5b, 0xe2, 0x80, 0xae, 0x09]
    const bytes = new Uint8Array([...bytesOf('0001 0100 0001 0000 0000 0000'), label.length, ...label, 0, 0, 1, 0, 1])
    expect(decodeOne(bytes)?.questions[0]?.name).toBe('\\033[\\u202E\\t')
  })

  it('notices EDNS and its part of the response code (RFC 6891)', () => {
    const message = decodeOne(
      bytesOf('0001 8180 0001 0000 0000 0001 0161 00 0001 0001 00 0029 04d0 01 00 8000 0008 000a 0004 01020304'),
    )
    expect(message?.edns).toEqual({ udpSize: 1232, version: 0, options: [10] })
    expect(message?.rcode).toBe(16)
  })

  it('is found by its bytes on any port, and chance bytes are not', () => {
    const query = bytesOf('1234 0100 0001 0000 0000 0000 0377777707 6578616d706c65 03636f6d 00 0001 0001')
    expect(dns.recognise(datagramOf(query, 40000, 8053))).toBe(true)
    expect(dns.recognise(datagramOf(query, 5353, 5353))).toBe(false)
    expect(dns.recognise(datagramOf(query.slice(0, -1), 40000, 8053))).toBe(false)
    const framed = new Uint8Array([0, query.length, ...query])
    expect(
      dnsOverTcp.recognise({ client: prefix(framed), server: prefix(new Uint8Array(0)), clientPort: 40000, serverPort: 8053 }),
    ).toBe(true)
    let seed = 7
    const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16
    let hits = 0
    const noise = new Uint8Array(64)
    for (let i = 0; i < 200000; i++) {
      for (let j = 0; j < noise.length; j++) noise[j] = random() & 255
      if (looksLikeDns(noise, 0, noise.length)) hits++
    }
    expect(hits).toBe(0)
  })

  it('reads every message of a TCP conversation, each with its frame', () => {
    const query = bytesOf('0021 1234 0100 0001 0000 0000 0000 0377777707 6578616d706c65 03636f6d 00 0001 0001')
    const two = new Uint8Array([...query, ...query])
    const client = { ...prefix(two), frameAt: (offset: number) => (offset < query.length ? 4 : 9) }
    const frames: number[] = []
    dnsOverTcp.decode({ client, server: prefix(new Uint8Array(0)), clientPort: 40000, serverPort: 53 }, (message) =>
      frames.push(message.frame),
    )
    expect(frames).toEqual([4, 9])
  })
})

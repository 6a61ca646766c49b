import { describe, expect, it } from 'vitest'
import { bytesOf, datagramOf, prefix } from '../../testing/datagrams.ts'
import { seeded } from '../../testing/seeded.ts'
import type { DatagramDecoder, MessageBase } from '../message.ts'
import { bacnet } from './bacnet.ts'
import { coap } from './coap.ts'
import { dhcp } from './dhcp.ts'
import { dhcpv6 } from './dhcpv6.ts'
import { dns, dnsOverTcp } from './dns.ts'
import { dnp3 } from './dnp3.ts'
import { enip } from './enip.ts'
import { knxip } from './knxip.ts'
import { llmnr } from './llmnr.ts'
import { mdns } from './mdns.ts'
import { nbdgm } from './nbdgm.ts'
import { nbns } from './nbns.ts'
import { ntp } from './ntp.ts'
import { rtcp } from './rtcp.ts'
import { sip } from './sip.ts'
import { snmp } from './snmp.ts'
import { ssdp } from './ssdp.ts'
import { stun } from './stun.ts'
import { broadlink } from './broadlink.ts'
import { govee } from './govee.ts'
import { lifx } from './lifx.ts'
import { matter } from './matter.ts'
import { tapo } from './tapo.ts'
import { wiz } from './wiz.ts'
import { wsd } from './wsd.ts'
import { yeelightDatagram } from './yeelight.ts'

const CASES = Number(process.env['ASSAY_FUZZ_CASES'] ?? 20_000)

const DNS_ANSWER = `0001 8180 0001 0003 0000 0001  03777777 076578616d706c65 03636f6d 00 0001 0001  c00c 0005 0001 0000003c 0004 0161 c010
  c02d 0001 0001 0000003c 0004 c0000201  c00c 0041 0001 0000003c 0012 0001 00 0001 0003 02 6833 0004 0004 c0000201  00 0029 04d0 00000000 0000`
const MDNS_ANSWER = `0000 8400 0000 0003 0000 0001  045f687565 045f746370 056c6f63616c 00 000c 0001 00001194 0006 0348756b c00c
  c027 0021 8001 00000078 000a 0000 0000 01bb 0168 c016  c027 0010 8001 00001194 000b 0a 6d643d425342303032  c03f 0001 8001 00000078 0004 c0a80107`
const text = (lines: string): string => Array.from(lines, (c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')

/** One good message of each, to be broken. */
const SEEDS: readonly [DatagramDecoder, number, string][] = [
  [dns, 53, DNS_ANSWER],
  [mdns, 5353, MDNS_ANSWER],
  [llmnr, 5355, '0001 0000 0001 0000 0000 0000 0677696e646f77 00 0001 0001'],
  [nbns, 137, `0001 2910 0001 0000 0000 0001 20 ${'4142'.repeat(16)} 00 0020 0001 c00c 0020 0001 00000000 0006 6000 c0a80107`],
  [nbdgm, 138, `11 02 8661 c0a80210 008a 0046 0000 20 ${'4142'.repeat(16)} 00 20 ${'4344'.repeat(16)} 00 ff53`],
  [
    dhcp,
    67,
    `01010600 00000001 00000000 00000000 00000000 00000000 00000000 001122334455 ${'00'.repeat(10)} ${'00'.repeat(192)} 63825363 350101 0c03 616263 3703 010306 3c04 4d534654 5107 00 00 00 61626364 340103 ff`,
  ],
  [
    dhcpv6,
    547,
    '0c 00 20010db8000000000000000000000001 fe800000000000000000000000000002 0009 0022 01 123456 0001 000a 0003 0001 001122334455 0006 0004 0017 0018 0027 0004 00 026162',
  ],
  [ntp, 123, `23 01 06 ec ${'00'.repeat(44)} 0104 0024 ${'22'.repeat(32)} 0404 0028 ${'33'.repeat(36)}`],
  [
    ssdp,
    1900,
    text(
      'NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:1::upnp:rootdevice\r\nSERVER: x\r\n\r\n',
    ),
  ],
  [snmp, 161, '30 26 02 01 01 04 06 7075626c6963 a2 19 02 01 01 02 01 00 02 01 00 30 0e 30 0c 06 08 2b06010201010100 05 00'],
  [stun, 3478, '0101 0018 2112a442 b7e7a701bc34d686fa87dfae 8022 0005 6162636465000000 0020 0008 0001a147e112a643'],
  [coap, 5683, '44 01 7d34 01020304 bb 74656d7065726174757265 46 6b65793d7631 ff 3232'],
  [
    broadlink,
    80,
    `${'00'.repeat(32)} f1c1 00000000 14 ${'00'.repeat(29)} 686f6d65 ${'00'.repeat(28)} 6b657931 ${'00'.repeat(28)} 04 04 03 00`,
  ],
  [govee, 4002, text('{"msg":{"cmd":"scan","data":{"ip":"192.0.2.1","device":"1F:80","sku":"H6008","wifiVersionSoft":"1.02"}}}')],
  [lifx, 56700, `3000 0014 02000000 d073d5001337 0000 4c4946585632 00 01 ${'00'.repeat(8)} 2100 0000 01000000 1b000000 00000000`],
  [matter, 5540, `04 0000 00 11223344 0102030405060708 05 20 3412 0000 15 3001 20 ${'aa'.repeat(32)} 18`],
  [tapo, 20002, `02000001 001e 1100 00000000 00000000 ${text('{"result":{"device_model":"P"}}').slice(0, 60)}`],
  [wiz, 38899, text('{"method":"getSystemConfig","env":"pro","result":{"mac":"a8bb50818e7c","fwVersion":"1.25.0"}}')],
  [
    wsd,
    3702,
    text(
      '<e:Envelope xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</w:Action><w:EndpointReference><w:Address>urn:uuid:1</w:Address></w:EndpointReference><d:Types>dn:A tds:B</d:Types><d:Scopes>onvif://www.onvif.org/name/x</d:Scopes></e:Envelope>',
    ),
  ],
  [
    yeelightDatagram,
    1982,
    text('HTTP/1.1 200 OK\r\nLocation: yeelight://192.0.2.1:55443\r\nid: 0x1\r\nmodel: color\r\nfw_ver: 18\r\nname: a\r\n'),
  ],
  [sip, 5060, text('SIP/2.0 401 No\r\nCSeq: 1 REGISTER\r\nServer: x\r\nWWW-Authenticate: Digest realm="x"\r\n\r\n')],
  [
    rtcp,
    40003,
    '80c8 0006 00001001 e0000000 00000000 000000a0 00000001 000000a0 81ca 0006 00001001 01 07 7a6f65406c616e 06 06 446f6f723130 000000',
  ],
  [bacnet, 47808, '810a 0016 0100 0004020f0c0c 0200007b 1946 3e 7103 3f'],
  [
    knxip,
    3671,
    `0610 0202 004e 0801c0a807020e57 3601020011010000 00c501234567 e000170c 000102030405 ${text('BAOS')}${'00'.repeat(26)} 0a020201030104010501`,
  ],
  [
    enip,
    44818,
    `6300 2a00 00000000 00000000 0000000000000000 00000000 0100 0c00 2400 0100 0002af12c0a80701${'00'.repeat(8)} 0100 0e00 9900 140e 6030 78563412 02 4142 03`,
  ],
  [dnp3, 20000, '0564154401000a004d19c0c281000400fc000000010441636d65694a'],
]

function random(seed: number): () => number {
  const below = seeded(seed)
  return () => below(2 ** 32)
}

function mutate(good: Uint8Array, next: () => number): Uint8Array {
  const bytes = new Uint8Array(good.length + (next() % 8 === 0 ? next() % 64 : 0))
  bytes.set(good)
  for (let n = 1 + (next() % 6); n > 0; n--) {
    const at = next() % bytes.length
    const how = next() % 5
    if (how === 0) bytes[at] = next()
    else if (how === 1) bytes[at] = bytes[at]! ^ (1 << (next() % 8))
    else if (how === 2) bytes[at] = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff][next() % 8]!
    else if (how === 3) bytes.copyWithin(at, next() % bytes.length, next() % bytes.length)
    else bytes.fill(next(), at, at + (next() % 9))
  }
  return next() % 4 === 0 ? bytes.subarray(0, next() % (bytes.length + 1)) : bytes
}

/** Text that left a decoder may be shown: nothing in it rewrites a terminal or a page. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/

function check(message: MessageBase): void {
  const json = JSON.stringify(message)
  if (json.length > 1 << 20) throw new Error(`a message of ${json.length} characters`)
  JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'string' && (value.length > 1100 || UNSAFE.test(value)))
      throw new Error(`unsafe or long text: ${JSON.stringify(value)}`)
    return value
  })
}

describe('mutated messages', () => {
  it.each(SEEDS)('$protocol', (decoder, port, hexDigits) => {
    const good = bytesOf(hexDigits)
    let emitted = 0
    decoder.decode(datagramOf(good, port, port), () => emitted++)
    expect(decoder.recognise(datagramOf(good, port, port))).toBe(true)
    expect(emitted).toBe(1)
    const next = random(0x5eed + port)
    const started = performance.now()
    for (let i = 0; i < CASES; i++) {
      const datagram = datagramOf(mutate(good, next), port, port)
      datagram.truncated = (i & 15) === 0
      decoder.recognise(datagram)
      // also what was not recognised: a decoder stands by itself
      decoder.decode(datagram, (i & 7) === 0 ? check : () => {})
      if (decoder === dns) {
        const conversation = {
          client: prefix(datagram.bytes.subarray(0, datagram.end)),
          server: prefix(good),
          clientPort: 40000,
          serverPort: 53,
        }
        if (dnsOverTcp.recognise(conversation)) dnsOverTcp.decode(conversation, () => {})
      }
    }
    // 0.5 ms a case would be a decoder that can be made slow; it takes about 2 µs
    expect(performance.now() - started).toBeLessThan(CASES * 0.5)
  })

  it.each(SEEDS)('every truncation: $protocol', (decoder, port, hexDigits) => {
    const good = bytesOf(hexDigits)
    for (let end = 0; end <= good.length; end++) {
      const datagram = datagramOf(good.slice(0, end), port, port)
      decoder.recognise(datagram)
      decoder.decode(datagram, check)
    }
  })

  it('reads nothing outside of its datagram', () => {
    for (const [decoder, port, hexDigits] of SEEDS) {
      const good = bytesOf(hexDigits)
      for (let cut = 0; cut < good.length; cut++) {
        const alone: string[] = []
        const inside: string[] = []
        decoder.decode(datagramOf(good.slice(0, good.length - cut), port, port), (m) => alone.push(JSON.stringify(m)))
        const padded = new Uint8Array(good.length + 64).fill(0x41)
        padded.set(good.subarray(0, good.length - cut), 32)
        decoder.decode({ ...datagramOf(padded, port, port), start: 32, end: 32 + good.length - cut }, (m) =>
          inside.push(JSON.stringify(m)),
        )
        expect(inside).toEqual(alone)
      }
    }
  })

  it('a message of nothing but pointers or records is read in bounded time', () => {
    const worst = new Uint8Array(65535)
    worst.set(bytesOf('0001 8180 0001 ffff ffff ffff'))
    // a long name, then records whose names all point to its start
    let at = 12
    for (let i = 0; i < 3; i++, at += 64) worst.fill(0x61, at + 1, at + 64).fill(63, at, at + 1)
    worst.set([0, 0, 1, 0, 1], at)
    for (at += 5; at + 12 <= worst.length; at += 12) worst.set([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0], at)
    const started = performance.now()
    for (let i = 0; i < 50; i++) dns.decode(datagramOf(worst, 53, 53), (m) => expect(m.answers.length).toBeLessThan(512))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

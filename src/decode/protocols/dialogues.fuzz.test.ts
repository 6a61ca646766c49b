import { describe, expect, it } from 'vitest'
import { seeded } from '../../testing/seeded.ts'
import type { DatagramDecoder, MessageBase, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { bytesOf, datagramOf } from '../../testing/datagrams.ts'
import { adb } from './adb.ts'
import { amqp } from './amqp.ts'
import { classify } from './bytes.ts'
import { dnp3Stream } from './dnp3.ts'
import { enipStream } from './enip.ts'
import { ftp } from './ftp.ts'
import { kasaDatagram, kasaStream } from './kasa.ts'
import { knxipStream } from './knxip.ts'
import { imap, pop3, smtp } from './mail.ts'
import { miio } from './miio.ts'
import { modbus } from './modbus.ts'
import { mqtt } from './mqtt.ts'
import { opcua } from './opcua.ts'
import { rtsp } from './rtsp.ts'
import { s7 } from './s7.ts'
import { sipStream } from './sip.ts'
import { ssh } from './ssh.ts'
import { telnet } from './telnet.ts'
import { esphome } from './esphome.ts'
import { yeelightStream } from './yeelight.ts'
import { tuyaDatagram, tuyaStream } from './tuya.ts'
import { xmpp } from './xmpp.ts'

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const kasa = (json: string) => {
  let key = 171
  return bytes(json).map((byte) => (key = byte ^ key))
}
const framed = (body: Uint8Array) => new Uint8Array([0, 0, body.length >> 8, body.length & 255, ...body])

interface Seed {
  decoder: StreamDecoder
  client: Uint8Array
  server: Uint8Array
  port: number
}

const SEEDS: readonly Seed[] = [
  {
    decoder: mqtt,
    port: 1883,
    client: bytes(
      '\x10\x1f\0\x04MQTT\x05\xc2\0\x3c\x05\x11\0\0\0\x1e\0\x01a\0\x01u\0\x01p0\x0b\0\x03a/b\x03\x23\0\x01{}\x82\x09\0\x0a\0\0\x03a/+\x01',
    ),
    server: bytes('\x20\x03\0\0\x000\x05\0\x01a\0\0'),
  },
  {
    decoder: rtsp,
    port: 554,
    client: bytes(
      'DESCRIBE rtsp://u:p@h/user=a_password=b_c=1 RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic YTpi\r\n\r\n$\0\0\x02ab',
    ),
    server: bytes('RTSP/1.0 401 No\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="x"\r\nContent-Length: 2\r\n\r\nxx'),
  },
  {
    decoder: telnet,
    port: 23,
    client: bytes('\xff\xfb\x18\xff\xfa\x18\0xterm\xff\xf0root\r\nvizxv\r\0sh\r\n'),
    server: bytes('\xff\xfd\x18\xff\xfb\x01login: root\r\nPassword: \r\nLogin incorrect\r\nlogin: \x1b[0m# '),
  },
  {
    decoder: ssh,
    port: 22,
    client: bytes(
      'SSH-2.0-libssh-0.6\r\n\0\0\0\x60\x04\x14cookiecookiecook\0\0\0\x01a\0\0\0\x03b,c\0\0\0\x01d\0\0\0\x01e\0\0\0\x01f\0\0\0\x01g',
    ),
    server: bytes('SSH-1.99-OpenSSH_6 Debian\r\n'),
  },
  {
    decoder: ftp,
    port: 21,
    client: bytes('USER a\r\nPASS b\r\nRETR x\r\nAUTH TLS\r\n\x16\x03\x01\0\x05\x01\0\0\x01\x03'),
    server: bytes('220-x\r\n220 y\r\n331 p\r\n230 in\r\n150 a\r\n226 b\r\n234 go\r\n'),
  },
  {
    decoder: smtp,
    port: 25,
    client: bytes('EHLO a\r\nAUTH LOGIN\r\nYQ==\r\nYg==\r\nMAIL FROM:<a@b.c>\r\nSTARTTLS\r\n\x16\x03\x01\0\x05'),
    server: bytes('220 x ESMTP\r\n250-a\r\n250 b\r\n334 x\r\n334 y\r\n235 ok\r\n220 go\r\n'),
  },
  {
    decoder: imap,
    port: 143,
    client: bytes('a LOGIN {3}\r\nabc "d\\"e"\r\nb AUTHENTICATE PLAIN AGEAYg==\r\nc STARTTLS\r\n'),
    server: bytes('* OK hi\r\n+ go\r\na NO\r\nb OK\r\nc OK\r\n'),
  },
  {
    decoder: pop3,
    port: 110,
    client: bytes('USER a\r\nPASS b\r\nAPOP c d\r\nAUTH PLAIN\r\nAGEAYg==\r\nSTLS\r\n'),
    server: bytes('+OK POP3\r\n+OK\r\n-ERR\r\n+OK\r\n+ \r\n+OK\r\n+OK\r\n'),
  },
  {
    decoder: kasaStream,
    port: 9999,
    client: framed(kasa('{"netif":{"set_stainfo":{"ssid":"a","password":"b"}}}')),
    server: framed(kasa('{"system":{"get_sysinfo":{"err_code":0,"model":"HS","latitude":1.5}}}')),
  },
  {
    decoder: tuyaStream,
    port: 6668,
    client: bytesOf('000055aa000000010000000a0000001a7b2267774964223a2261227d00000000000000000000aa55'),
    server: bytesOf(`00006699 0000 00000001 0000000a 00000030 ${'5a'.repeat(48)} 00009966`),
  },
  {
    decoder: adb,
    port: 5555,
    client: bytesOf('434e584e00000001001000000800000000000000bcb1a7b1 686f73743a3a6100'),
    server: bytesOf('415554480100000000000000040000000000000 0beaab7b7 74747474'.replaceAll(' ', '')),
  },
  {
    decoder: esphome,
    port: 6053,
    client: bytes('\0\x11\x01\x0a\x0daioesphomeapi\x10\x01\0\x05\x03\x0a\x03abc\0\0\x09\0\x02\x21\x10\x01'),
    server: bytes('\0\x0e\x02\x08\x01\x10\x0a\x1a\x03v1 \x22\x03abc\0\x02\x04\x08\x01\0\x09\x0a\x12\x01a\x22\x01b\x32\x01c'),
  },
  {
    decoder: yeelightStream,
    port: 55443,
    client: bytes('{"id":1,"method":"set_power","params":["on"]}\r\n{"id":2,"method":"toggle","params":[]}\r\n'),
    server: bytes('{"id":1,"result":["ok"]}\r\n{"method":"props","params":{"power":"on"}}\r\n'),
  },
  {
    decoder: modbus,
    port: 502,
    client: bytesOf('0001 0000 0005 01 2b 0e 01 00 0002 0000 0006 01 05 00ac ff00 0003 0000 0006 01 08 0001 0000'),
    server: bytesOf('0001 0000 000d 01 2b 0e 01 01 00 00 01 00 03 616263 0002 0000 0003 01 85 02'),
  },
  {
    decoder: amqp,
    port: 5672,
    client: bytes(
      'AMQP\0\0\x09\x01\x01\0\0\0\0\0\x24\0\x0a\0\x0b\0\0\0\x0a\x03aaaS\0\0\0\x01b\x05PLAIN\0\0\0\x04\0u\0p\x01e\xce',
    ),
    server: bytes('\x01\0\0\0\0\0\x1c\0\x0a\0\x0a\0\x09\0\0\0\x0a\x03aaaS\0\0\0\x01b\0\0\0\0\0\0\0\0\xce'),
  },
  {
    decoder: amqp,
    port: 5672,
    client: bytes('AMQP\x03\x01\0\0\0\0\0\x1d\x02\x01\0\0\0SA\xc0\x10\x02\xa3\x05PLAIN\xa0\x04\0u\0pxx'),
    server: bytes('AMQP\x03\x01\0\0\0\0\0\x17\x02\x01\0\0\0S@\xc0\x0a\x01\xe0\x08\x01\xa3\x05PLAIN'),
  },
  {
    decoder: xmpp,
    port: 5222,
    client: bytes(
      "<?xml version='1.0'?><stream:stream to='a' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><auth mechanism='PLAIN'>AHUAcA==</auth><query xmlns='jabber:iq:auth'><username>u</username><password>p</password>",
    ),
    server: bytes('<stream:features><mechanism>PLAIN</mechanism></stream:features><failure/>'),
  },
  {
    decoder: sipStream,
    port: 5060,
    client: bytes(
      'INVITE sip:a@b SIP/2.0\r\nFrom: <sip:u@h>\r\nAuthorization: Basic YTpi\r\nContent-Type: application/sdp\r\nContent-Length: 21\r\n\r\nm=audio 1 RTP/AVP 0\r\n',
    ),
    server: bytes(
      'SIP/2.0 401 No\r\nCSeq: 1 INVITE\r\nServer: x\r\nWWW-Authenticate: Digest realm="x"\r\nContent-Length: 0\r\n\r\n',
    ),
  },
  {
    decoder: dnp3Stream,
    port: 20000,
    client: bytesOf('05640bc40a000100acd1c0c1013c020652c3 056418c40a0001003d3ac0c2050c011701030101640000006400abf9000000ffff'),
    server: bytesOf('0564154401000a004d19c0c281000400fc000000010441636d65694a'),
  },
  {
    decoder: enipStream,
    port: 44818,
    client: bytesOf(
      `65000400 00000000 00000000 0100000000000000 00000000 01000000 6f001600 07000000 00000000 0200000000000000 00000000 00000000 0500 0200 0000 0000 b200 0600 010220012401 6f002a00 07000000 00000000 0300000000000000 00000000 00000000 0500 0200 0000 0000 b200 1a00 0a0220022401 0200 0600 0e00 4c02910261620100 050220012401`,
    ),
    server: bytesOf(
      `6f001400 07000000 00000000 0200000000000000 00000000 00000000 0500 0200 0000 0000 b200 0400 81000000 6f002200 07000000 00000000 0300000000000000 00000000 00000000 0500 0200 0000 0000 b200 1200 8a001e00 0200 0600 0a00 cc000500 85000000`,
    ),
  },
  {
    decoder: knxipStream,
    port: 3671,
    client: bytesOf('061004200015040100001100bce000000801010081 0610095000100001000000000001'),
    server: bytesOf(`0610020400 3c 3601020011010000 00c501234567 e000170c 000102030405 ${'41'.repeat(30)}`),
  },
  {
    decoder: s7,
    port: 102,
    client: bytesOf(
      '0300001902f08032010000000100080000f0000001000101e0 0300001f02f080320700000002000800040001120411440100ff090004001c0000',
    ),
    server: bytesOf(
      `0300001b02f0803203000000010008000000 00f0000001000100f0 03000043 02f080 3207 0000 0002 000c 002a 000112081284010100000000 ff090026 001c0000 0022 0001 0001 ${'41'.repeat(32)}`,
    ),
  },
  {
    decoder: opcua,
    port: 4840,
    client: bytesOf(
      `48454c46 24000000 ${'00'.repeat(20)} 04000000 61626364 4d534746 60000000 0100000001000000 0300000003000000 0100d301 0000 ${'00'.repeat(16)} ffffffff 10270000 000000 ffffffff ffffffff 00000000 00000000 01004401 01 15000000 01000000 75 01000000 61 03000000 616263 ffffffff`,
    ),
    server: bytesOf(
      `41434b46 1c000000 ${'00'.repeat(20)} 4d534746 40000000 0100000001000000 0300000003000000 0100d601 ${'00'.repeat(16)} 00 ffffffff 000000 ffffffff 00000000 00000000`,
    ),
  },
]

const DATAGRAMS: readonly [DatagramDecoder, Uint8Array][] = [
  [kasaDatagram, kasa('{"system":{"get_sysinfo":{"err_code":0,"alias":"x"}}}')],
  [tuyaDatagram, bytesOf('000055aa00000000000000130000001c0000000097b93fee4b69c95feeb3d33bda352952000000000000aa55')],
  [miio, bytesOf(`21310020 00000000 038eafd6 00000123 ${'0f'.repeat(16)}`)],
]

function mutate(original: Uint8Array, next: (below: number) => number): Uint8Array {
  let out = original.slice()
  for (let n = 1 + next(4); n > 0; n--) {
    if (out.length === 0) return out
    const at = next(out.length)
    switch (next(6)) {
      case 0:
        out[at] = next(256)
        break
      case 1:
        out[at] = [0, 255, 127, 128, 10, 13, 32, 58][next(8)]!
        break
      case 2:
        out = out.slice(0, at)
        break
      case 3:
        out = new Uint8Array([...out.subarray(0, at), ...out.subarray(next(out.length))])
        break
      case 4:
        out = new Uint8Array([...out.subarray(0, at), next(256), ...out.subarray(at)])
        break
      default:
        out = new Uint8Array([...out, ...out.subarray(at)])
    }
  }
  return out
}

/** A prefix in a larger, dirty buffer (as pooled ones are), cut into frames at random. */
function prefix(content: Uint8Array, next: (below: number) => number): StreamPrefix {
  const buffer = new Uint8Array(content.length + 64).fill(0x41)
  buffer.set(content)
  const every = 1 + next(12)
  const odd = next(2)
  return {
    bytes: buffer,
    length: content.length,
    truncated: next(2) === 1,
    midstream: next(2) === 1,
    frameAt: (offset) => 1 + odd + 2 * Math.floor(offset / every),
  }
}

/** Text is printable and bounded, lists are bounded, numbers are numbers. */
function check(message: unknown, depth = 0): void {
  if (typeof message === 'string') {
    if (message.length > 4096) throw new Error('unbounded text')
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(message)) throw new Error(`unprintable: ${JSON.stringify(message)}`)
  } else if (typeof message === 'number') {
    if (!Number.isFinite(message)) throw new Error('not a number')
  } else if (typeof message === 'object' && message !== null && depth < 4) {
    const values = Object.values(message)
    if (values.length > 512) throw new Error('unbounded list')
    for (const value of values) check(value, depth + 1)
  }
}

describe('dialogues and LAN protocols against mutated bytes', () => {
  for (const [i, { decoder, client, server, port }] of SEEDS.entries()) {
    it(`${decoder.protocol}: never throws, and what it says is bounded and printable`, () => {
      const next = seeded(i + 1)
      let decoded = 0
      for (let n = 0; n < 6000; n++) {
        const clientBytes = n === 0 ? client : next(8) === 0 ? new Uint8Array(0) : mutate(client, next)
        const serverBytes = n === 0 ? server : next(8) === 0 ? new Uint8Array(0) : mutate(server, next)
        const conversation = {
          client: prefix(clientBytes, next),
          server: prefix(serverBytes, next),
          clientPort: 40000,
          serverPort: port,
        }
        const recognised = decoder.recognise(conversation)
        if (n === 0) expect(recognised).toBe(true)
        // decoded whether or not it was recognised: a decoder must not rest on its recogniser
        let count = 0
        decoder.decode(conversation, (message: MessageBase) => {
          count++
          check(message)
        })
        if (count > 2048) throw new Error('unbounded messages')
        decoded += count
      }
      expect(decoded).toBeGreaterThan(1000)
    })

    it(`${decoder.protocol}: takes time in proportion to the bytes`, () => {
      const slowest = (size: number) => {
        let worst = 0
        for (const filler of FILLERS) {
          const fill = (start: Uint8Array) => {
            const out = new Uint8Array(size)
            out.set(start.subarray(0, size))
            for (let at = start.length; at < size; at++) out[at] = filler[at % filler.length]!
            return { bytes: out, length: size, truncated: true, midstream: false, frameAt: (offset: number) => offset >> 3 }
          }
          const conversation = { client: fill(client), server: fill(server), clientPort: 40000, serverPort: port }
          const begun = performance.now()
          decoder.decode(conversation, () => {})
          worst = Math.max(worst, performance.now() - begun)
        }
        return worst
      }
      slowest(16384)
      // the product's prefixes hold 16 KiB. At 16 times that what is linear takes some 300 ms, what is quadratic a minute
      expect(slowest(16384 * 16)).toBeLessThan(8000)
    })
  }

  for (const [decoder, seed] of DATAGRAMS) {
    it(`${decoder.protocol} datagrams: never throw`, () => {
      const next = seeded(99)
      let decoded = 0
      for (let n = 0; n < 20000; n++) {
        const datagram = datagramOf(n === 0 ? seed : mutate(seed, next), 1, decoder.ports[0]!)
        datagram.truncated = next(2) === 1
        if (!decoder.recognise(datagram)) continue
        decoder.decode(datagram, (message) => {
          decoded++
          check(message)
        })
      }
      expect(decoded).toBeGreaterThan(200)
    })
  }

  it('classify: any bytes', () => {
    const next = seeded(7)
    for (let n = 0; n < 5000; n++) {
      const sample = Uint8Array.from({ length: next(300) }, () => next(256))
      expect(['', 'text', 'low-entropy', 'high-entropy']).toContain(classify(sample, 0, sample.length))
    }
  })
})

const FILLERS = [
  ' ',
  'a',
  '\r',
  '\n',
  '\r\n',
  'a:',
  '<',
  '"',
  '{1}\r\n',
  'user=',
  '_a=',
  'password: ',
  '\x1b[',
  '\x1b[0',
  '\xff',
  '\xff\xfa',
  'AUTH\r\n',
  '0',
  '\0\0',
  '220 \r\n',
  'a OK\r\n',
  '+OK\r\n',
  'incorrect ',
  '="',
].map(bytes)

import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../testing/datagrams.ts'
import { dialogueCapture, type Turn } from '../testing/dialogue-capture.ts'
import { devicesOf } from '../testing/observed.ts'

/** What both ends' endpoints, and the service where there is one, are said to be protected by. */
async function told(transport: 'tcp' | 'udp', port: number, ...turns: Turn[]): Promise<string> {
  const devices = await devicesOf(dialogueCapture(turns, port, transport))
  const said = devices.flatMap((device) => [...device.endpoints, ...device.services].map((one) => one.protection))
  expect(new Set(said).size, said.join()).toBe(1)
  return said[0]!
}

const c = (hex: string): Turn => ['client', bytesOf(hex)]
const s = (hex: string): Turn => ['server', bytesOf(hex)]
const fill = (n: number, byte = '5a') => byte.repeat(n)
const length = (hex: string, digits: number) => bytesOf(hex).length.toString(16).padStart(digits, '0')
const latin1 = (text: string) => Buffer.from(text, 'latin1').toString('hex')

interface Case {
  readonly name: string
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  /** What shows nothing yet, then what shows how it is protected. */
  readonly begins: readonly Turn[]
  readonly shows?: readonly [protection: string, ...turns: Turn[]][]
}

/** RFC 8446 section 4.1: a record with a hello of version 1.2; one suite, no extensions. */
const tlsHello = (type: string, choice: string) => {
  const body = `0303 ${fill(32, '01')} 00 ${choice}`
  const message = `${type} ${length(body, 6)} ${body}`
  return `16 0301 ${length(message, 4)} ${message}`
}
const CLIENT_HELLO = tlsHello('01', '0002 c02f 0100')

/** RFC 6347 section 4.2: type, version, epoch and number; the message's length, sequence number and fragment. */
const dtlsHello = (type: string, body: string) => {
  const message = `${type} ${length(body, 6)} 0000 000000 ${length(body, 6)} ${body}`
  return `16 fefd 0000 000000000000 ${length(message, 4)} ${message}`
}
const DTLS_CHOICE = `fefd ${fill(32, '02')} 00 c0ac 00`

/** Six little-endian words (AOSP, protocol.txt), the last the first's complement. */
const adb = (command: string, payload = '') => {
  const out = Buffer.alloc(24)
  out.write(command, 'latin1')
  out.writeUInt32LE(0x01000000, 4)
  out.writeUInt32LE(payload.length, 12)
  out.writeUInt32LE(~out.readUInt32LE(0) >>> 0, 20)
  return out.toString('hex') + latin1(payload)
}

/** 48 bytes of header (56 with the magic), with a sum of all bytes. */
const broadlink = (size: number, command: number, fields: Record<number, string> = {}, magic = '5aa5aa555aa5aa55') => {
  const out = new Uint8Array(size)
  out.set(bytesOf(magic))
  out.set([command & 255, command >> 8], 0x26)
  for (const [at, hex] of Object.entries(fields)) out.set(bytesOf(hex), Number(at))
  const sum = out.reduce((total, byte) => total + byte, 0xbeaf) & 0xffff
  out.set([sum & 255, sum >> 8], 0x20)
  return Buffer.from(out).toString('hex')
}
const sealedKey = createCipheriv(
  'aes-128-cbc',
  bytesOf('097628343fe99e23765c1513accf8b02'),
  bytesOf('562e17996d093d28ddb3ba695a2e6f58'),
)
  .setAutoPadding(false)
  .update(Uint8Array.from({ length: 32 }, (_, i) => i + 1))
  .toString('hex')

/** RFC 3412 section 6, RFC 3414 section 2.4: flags, then USM's parameters with a user, then the scoped PDU or what it was made. */
const der = (tag: string, body: string) => `${tag} ${length(body, 2)} ${body}`
const snmp3 = (flags: string, user: string, data: string) => {
  const header = der('30', `0201 01 0202 05dc ${der('04', flags)} 0201 03`)
  const usm = der(
    '30',
    `${der('04', user === '' ? '' : '8000000001020304')} 0201 00 0201 00 ${der('04', latin1(user))} 0400 0400`,
  )
  return der('30', `0201 03 ${header} ${der('04', usm)} ${data}`)
}
const scoped = (pdu: string, bindings: string) =>
  der('30', `0400 0400 ${der(pdu, `0202 0101 0201 00 0201 00 ${der('30', bindings)}`)}`)
const SYS_NAME = der('30', `${der('06', '2b06010201010500')} 0500`)

const knx = (service: string, body: string) =>
  `06 10 ${service} ${(bytesOf(body).length + 6).toString(16).padStart(4, '0')} ${body}`
const ike = (exchange: string, flags: string, body: string) =>
  `${fill(8, '11')} ${fill(8, '22')} 21 20 ${exchange} ${flags} 00000000 ${(28 + bytesOf(body).length).toString(16).padStart(8, '0')} ${body}`
const http = (start: string, type: string, body: string) =>
  latin1(`${start}\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
const TLV = 'application/pairing+tlv8'

const cases: readonly Case[] = [
  {
    name: 'TLS: a hello without an answer, or one that is turned down',
    transport: 'tcp',
    port: 443,
    begins: [c(CLIENT_HELLO)],
    shows: [
      ['unknown', s('15 0303 0002 02 28')],
      ['encrypted', s(tlsHello('02', 'c02f 00'))],
      // TLS_RSA_WITH_NULL_SHA
      ['clear', s(tlsHello('02', '0002 00'))],
      // of a capture with one direction: its ChangeCipherSpec, and what it sent then
      ['encrypted', c(`14 0303 0001 01 17 0303 0020 ${fill(32)} 17 0303 0020 ${fill(32)}`)],
    ],
  },
  {
    name: 'DTLS: a hello without an answer, or that has to prove its address',
    transport: 'udp',
    port: 5684,
    begins: [c(dtlsHello('01', `fefd ${fill(32, '01')} 00 00 0002 c0ac 0100`))],
    shows: [
      ['unknown', s(dtlsHello('03', `fefd 04 ${fill(4)}`))],
      ['encrypted', s(dtlsHello('02', DTLS_CHOICE))],
    ],
  },
  {
    name: 'QUIC (Google, version 43) without an answer',
    transport: 'udp',
    port: 443,
    begins: [c(`09 ${fill(8)} 51303433 01 ${fill(40)}`)],
    shows: [['encrypted', s(`08 ${fill(8)} 01 ${fill(40)}`)]],
  },
  {
    name: 'SSH: the banner of one',
    transport: 'tcp',
    port: 22,
    begins: [s(latin1('SSH-2.0-dropbear\r\n'))],
    shows: [['encrypted', c(latin1('SSH-2.0-Go\r\n'))]],
  },
  {
    name: 'SSH of version 1: the banner of one',
    transport: 'tcp',
    port: 22,
    begins: [s(latin1('SSH-1.5-old\n'))],
    shows: [['broken', c(latin1('SSH-1.5-x\n'))]],
  },
  {
    name: 'WireGuard: an initiation',
    transport: 'udp',
    port: 51820,
    begins: [c(`01000000 ${fill(144)}`)],
    shows: [['encrypted', s(`02000000 ${fill(88)}`)]],
  },
  {
    name: "OpenVPN: a client's reset",
    transport: 'tcp',
    port: 1194,
    begins: [c('000e 38 0102030405060708 00 00000000')],
    shows: [['encrypted', s(`001a 40 ${fill(8)} 01 00000000 0102030405060708 00000000`)]],
  },
  {
    name: 'IKE: a first exchange',
    transport: 'udp',
    port: 500,
    begins: [c(ike('22', '08', fill(40))), s(ike('22', '20', fill(40)))],
    shows: [['encrypted', c(ike('23', '08', fill(40)))]],
  },
  {
    name: 'Matter: the steps of a handshake',
    transport: 'udp',
    port: 5540,
    begins: [c(`04 0000 00 11223344 0102030405060708  05 30 3512 0000  15 3001 20 ${fill(32, 'bb')} 18`)],
    shows: [
      ['unknown', s(`01 0000 00 55667788 0102030405060708  06 31 3512 0000 11223344 15 3001 20 ${fill(32, 'cc')} 18`)],
      ['encrypted', s('01 0000 00 55667789 0102030405060708  02 40 3512 0000 11223345  0000 00000000 0000')],
      ['unknown', s('01 0000 00 55667789 0102030405060708  02 40 3512 0000 11223345  0100 00000000 0100')],
      ['encrypted', s(`00 0d5c 00 01000000 ${fill(40, 'c7')}`)],
    ],
  },
  {
    name: 'ESPHome: a hello in clear',
    transport: 'tcp',
    port: 6053,
    begins: [c(`00 0c 01 ${latin1('\n\x06client')} 10 01 18 0a`)],
    shows: [
      ['clear', s(`00 0b 02 08 01 10 0a 1a 05 ${latin1('2026.')}`)],
      ['clear', c('00 02 21 0d 00')],
    ],
  },
  {
    name: 'ESPHome: a hello by Noise',
    transport: 'tcp',
    port: 6053,
    begins: [c(`01 0000 01 0031 00 ${fill(48)}`)],
    shows: [
      ['encrypted', s(`01 0009 01 ${latin1('kitchen')} 00 01 0031 00 ${fill(48)}`)],
      // before nodes said their name
      ['encrypted', s(`01 0001 01 01 0031 00 ${fill(48)}`)],
      ['unknown', s(`01 0009 01 ${latin1('kitchen')} 00`)],
      // "Handshake MAC failure": another key
      ['unknown', s(`01 0009 01 ${latin1('kitchen')} 00 01 0016 01 ${latin1('Handshake MAC failure')}`)],
    ],
  },
  {
    name: 'Broadlink: a search, what is found, and a question for the key',
    transport: 'udp',
    port: 80,
    begins: [
      c(broadlink(48, 6, {}, fill(8, '00'))),
      s(broadlink(128, 7, { 0x34: '3727', 0x40: latin1('Living room') }, fill(8, '00'))),
      c(broadlink(56 + 32, 0x65, { 56: fill(32) })),
    ],
    shows: [
      ['broken', s(broadlink(56 + 32, 0x3e9, { 56: sealedKey }))],
      ['unknown', s(broadlink(56, 0x3e9, { 0x22: 'fbff' }))],
    ],
  },
  {
    name: 'miIO: a search, and an answer that hides the token',
    transport: 'udp',
    port: 54321,
    begins: [c(`2131 0020 ${fill(28, 'ff')}`), s(`2131 0020 00000000 12345678 00000010 ${fill(16, 'ff')}`)],
    shows: [
      ['encrypted', c(`2131 0030 00000000 12345678 00000011 ${fill(16)} ${fill(16, '37')}`)],
      // the key of what follows: whatever is said under it stays readable
      [
        'broken',
        s(`2131 0020 00000000 12345678 00000010 ${fill(16)}`),
        c(`2131 0030 00000000 12345678 00000011 ${fill(16)} ${fill(16, '37')}`),
      ],
    ],
  },
  {
    name: 'Tuya: heartbeats without content',
    transport: 'tcp',
    port: 6668,
    begins: [c('000055aa 00000001 00000009 00000008 00000000 0000aa55')],
  },
  {
    name: 'ADB: who asks',
    transport: 'tcp',
    port: 5555,
    begins: [c(adb('CNXN', 'host::\0'))],
    shows: [
      ['clear', s(adb('CNXN', 'device::\0'))],
      ['encrypted', s(adb('STLS'))],
    ],
  },
  {
    name: 'XMPP: a stream that nobody takes up',
    transport: 'tcp',
    port: 5222,
    begins: [c(latin1("<stream:stream to='a.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"))],
    shows: [['clear', s(latin1("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"))]],
  },
  {
    name: 'AMQP: a header that nobody answers',
    transport: 'tcp',
    port: 5672,
    begins: [c('414d5150 00 01 00 00')],
    shows: [['clear', s('414d5150 00 01 00 00')]],
  },
  {
    name: 'AMQP: a header for TLS, turned down',
    transport: 'tcp',
    port: 5672,
    begins: [c('414d5150 02 01 00 00')],
    shows: [
      ['unknown', s('414d5150 00 01 00 00')],
      ['encrypted', s('414d5150 02 01 00 00')],
    ],
  },
  {
    name: 'KNX IP Secure: a session that is asked for',
    transport: 'udp',
    port: 3671,
    begins: [c(knx('0951', `08 01 c0a80702 0e57 ${fill(32)}`)), s(knx('0952', `0001 ${fill(32)} ${fill(16)}`))],
    shows: [
      ['encrypted', c(knx('0950', `0001 000000000001 00fa12345678 affe ${fill(24)}`))],
      ['clear', c(knx('0420', '04 01 00 00 11 00 bc e0 0000 0801 01 00 81'))],
    ],
  },
  {
    name: 'OPC UA: a hello',
    transport: 'tcp',
    port: 4840,
    begins: [
      c(`48454c46 3b000000 00000000 00000100 00000100 00000000 00000000 1b000000 ${latin1('opc.tcp://192.168.7.1:4840/')}`),
    ],
  },
  {
    name: 'SNMP 3: who is there (RFC 3414 section 4)',
    transport: 'udp',
    port: 161,
    begins: [c(snmp3('04', '', scoped('a0', ''))), s(snmp3('00', '', scoped('a8', SYS_NAME)))],
    shows: [
      ['encrypted', c(snmp3('07', 'admin', der('04', fill(40))))],
      ['clear', c(snmp3('05', 'admin', scoped('a0', SYS_NAME)))],
    ],
  },
  {
    name: 'SMTP: a greeting',
    transport: 'tcp',
    port: 25,
    begins: [s(latin1('220 mx.example ESMTP\r\n')), c(latin1('EHLO thing\r\n')), s(latin1('250-mx\r\n250 STARTTLS\r\n'))],
    shows: [
      ['encrypted', c(latin1('STARTTLS\r\n')), s(latin1('220 go\r\n'))],
      ['clear', c(latin1('MAIL FROM:<a@b.example>\r\n')), s(latin1('250 ok\r\n'))],
    ],
  },
  {
    name: 'FTP: a greeting',
    transport: 'tcp',
    port: 21,
    begins: [s(latin1('220 (vsFTPd 3.0.3)\r\n'))],
    shows: [
      ['encrypted', c(latin1('AUTH TLS\r\n')), s(latin1('234 go\r\n'))],
      ['clear', c(latin1('USER a\r\n')), s(latin1('331 password\r\n'))],
    ],
  },
  {
    name: 'HomeKit: a pairing that nobody answers, or that is refused',
    transport: 'tcp',
    port: 51826,
    begins: [c(http('POST /pair-verify HTTP/1.1', TLV, '\x06\x01\x01'))],
    shows: [
      ['encrypted', s(http('HTTP/1.1 200 OK', TLV, '\x06\x01\x02'))],
      ['unknown', s(http('HTTP/1.1 200 OK', TLV, '\x06\x01\x02\x07\x01\x02'))],
    ],
  },
  {
    name: 'KLAP: a log-in that nobody answers',
    transport: 'tcp',
    port: 80,
    begins: [c(http('POST /app/handshake1 HTTP/1.1', 'application/octet-stream', 's'.repeat(16)))],
    shows: [
      ['encrypted', s(http('HTTP/1.1 200 OK', 'application/octet-stream', 'r'.repeat(48)))],
      ['unknown', s(http('HTTP/1.1 403 Forbidden', 'text/plain', 'no'))],
    ],
  },
]

describe('what a conversation begins with shows neither that it is encrypted nor that it is in clear', () => {
  it.each(cases)('$name', async ({ transport, port, begins, shows = [] }) => {
    expect(await told(transport, port, ...begins)).toBe('unknown')
    for (const [protection, ...turns] of shows) expect(await told(transport, port, ...begins, ...turns)).toBe(protection)
  })
})

describe('what was said is readable, answered or not', () => {
  it.each([
    ['HTTP', 80, latin1('GET /a HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['MQTT', 1883, '10 10 0004 4d515454 04 02 003c 0004 61626364'],
  ] as const)('%s', async (_, port, hex) => {
    expect(await told('tcp', port, c(hex))).toBe('clear')
  })
})

import type { Turn } from '../../src/testing/dialogue-capture.ts'
import { bytesOf } from '../../src/testing/datagrams.ts'

/* Conversations in which we once read what tshark does not see, cut down and with bytes of our own: each is compared again every time. */

const client = (digits: string): Turn => ['client', bytesOf(digits)]
const server = (digits: string): Turn => ['server', bytesOf(digits)]
const line = (text: string): Turn => ['client', `${text}\r\n`]
const answer = (text: string): Turn => ['server', `${text}\r\n`]

const MQTT = client('10 12 0004 4d515454 04 02 003c 0006 706c75672d37')
const OK = server('20 02 00 00')
const MQTT5 = client('10 10 0004 4d515454 05 02 003c 00 0003 687562')

const LOGIN = ['220 mail.example SMTP', 'EHLO cam'] as const
const greeted: readonly Turn[] = [answer(LOGIN[0]), line(LOGIN[1]), answer('250 ok')]

const ISO: readonly Turn[] = [
  client('0300 0016 11 e0 0000 0001 00 c0 01 0a c1 02 0100 c2 02 0102'),
  server('0300 0016 11 d0 0001 0001 00 c0 01 0a c1 02 0100 c2 02 0102'),
  client('0300 0019 02 f0 80 32 01 0000 0001 0008 0000 f0 00 0001 0001 01e0'),
]
const SESSION: readonly Turn[] = [
  client('65 00 04 00 00000000 00000000 01000000 00000000 00000000 0100 0000'),
  server('65 00 04 00 07000000 00000000 01000000 00000000 00000000 0100 0000'),
]
const cip = (size: string, context: string, items: string) =>
  `6f 00 ${size} 00 07000000 00000000 ${context} 00000000 00000000 00000000 0500 ${items}`
const READ = client(cip('16', '02000000', '0200 0000 0000 b200 0600 01 02 20 01 24 01'))

const SASL: readonly Turn[] = [client('414d5150 03 01 00 00'), server('414d5150 03 01 00 00')]

const OPENED = ['SIP/2.0/TCP 192.168.7.2', 'sip:door@example.com'] as const
const sipHeads = `Via: ${OPENED[0]}\r\nFrom: <${OPENED[1]}>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 7\r\n`
const invite = (first: string, more = 'CSeq: 1 INVITE\r\nContent-Length: 0\r\n'): Turn => [
  'client',
  `${first}\r\n${sipHeads}${more}\r\n`,
]
const GOOD = invite('INVITE sip:a@example.com SIP/2.0')

export const finds: Readonly<Record<string, readonly (readonly Turn[])[]>> = {
  mqtt: [
    // a client identifier, a topic and a filter longer than the packet
    [client('10 0f 0004 4d515454 04 02 003c 0006 706c75'), OK],
    [MQTT, OK, client('30 07 000c 706c756731'), client('c0 00')],
    [MQTT, OK, client('82 0a 0001 000a 706c75672f31'), client('c0 00')],
    // properties longer than the packet
    [MQTT5, server('20 03 00 00 00'), client('30 08 0003 612f62 7f 6869')],
  ],
  dnp3: [
    // a frame that resets the link has no user data; neither has one of a secondary station
    [client('0564 08c4 0a00 0100 fc42 c0c3 0d37 36'), client('0564 08c0 0a00 0100 e4ce c0c5 1260 d4')],
  ],
  modbus: [
    // what has the upper bit is an exception, and none that a client may send
    [
      client('0001 0000 0006 01 03 006b 0003'),
      server('0001 0000 0009 01 03 06 022b 0000 0064'),
      client('0002 0000 0008 11 97 3a7c 25c6 7f29'),
    ],
  ],
  s7: [
    // no parameters: no function
    [...ISO, client('0300 001f 02 f0 80 32 01 0000 0004 0000 0000 04 01 12 0a 10 02 0004 0001 84 000010')],
    // the second piece of a unit is no unit
    [
      ISO[0]!,
      ISO[1]!,
      client('0300 0019 02 f0 00 32 01 0000 0001 0008 0000 f0 00 0001 0001 01e0'),
      client('0300 0021 02 f0 80 32 07 0000 0002 0008 0008 00 01 12 04 11 44 01 00 ff 09 0004 001c 0000'),
    ],
  ],
  enip: [
    // what is said to be an answer by CIP is none
    [...SESSION, READ, server(cip('14', '02000000', '0200 0000 0000 b200 0400 04 d4 85 00'))],
    // an item that is longer than the message, and the one behind in its place
    [...SESSION, READ, server(cip('10', '02000000', '0200 0000 0000 b200 6f00')), server('14000700')],
    // what is to be handed on is longer than the message, or nothing
    [...SESSION, client(cip('1c', '02000000', '0200 0000 0000 b200 0c00 52 02 20 06 24 01 0a 00 ff00 07 00'))],
    [...SESSION, client(cip('1c', '02000000', '0200 0000 0000 b200 0c00 52 02 20 06 24 01 0a 00 0000 00 00'))],
  ],
  knxip: [
    // a connection's header of one byte; a control of the connection
    [client('0610 0420 0015 01010000 1100 bce0 0000 0801 01 0081')],
    [client('0610 0420 0015 04010000 1100 bce0 0000 0801 01 bce0')],
  ],
  amqp: [
    // frames that nobody could send
    [...SASL, client('97000021 02 01 0000 00 53 41 c0 14 02 a3 05 504c41494e a0 0a 00616e6e00707731323300')],
    // SASL's frame with what opens a connection, and a list with more fields than bytes
    [...SASL, client('00000016 02 01 0000 00 53 10 c0 09 01 a1 06 62726f6b6572')],
    [...SASL, client('414d5150 00 01 00 00'), client('00000016 02 00 0000 00 53 10 c0 09 ff a1 06 62726f6b6572')],
  ],
  sip: [
    [GOOD, ['server', `SIP/2.0 401Length: 0\r\n${sipHeads}Content-Length: 0\r\n\r\n`]],
    [GOOD, invite('REGISTER sip:example.com'), invite('INVITE sip:b@example.com: SIP/2.0/x=tcp SIP/2.0')],
    [GOOD, invite('INVITE 34 SIP/2.0'), invite('BYE tel:+155\x0034 SIP/2.0')],
    [GOOD, ['server', `SIP/2.0 180\rRinging\r\n${sipHeads}Content-Length: 0\r\n\r\n`]],
    [
      GOOD,
      [
        'server',
        `SIP/2.0 401 No\r\n${sipHeads}CSeq: 1 INVITE\r\nWWW-Authenticate: D:555@example.com>;tag=1\r\nContent-Length: 0\r\n\r\n`,
      ],
    ],
  ],
  rtsp: [
    [
      line('OPTIONS rtsp://192.168.7.1/live RTSP/1.0\r\nCSeq: 1\r\n'),
      ['server', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nAVP 96\r\nRTS 2\r\nCSeq: 2\r\n\r\n'],
    ],
  ],
  ssh: [
    [
      ['server', 'SSH-2..x Debian-5\r\n'],
      ['client', 'SSH-2.0-OpenSSH_8.4\rx y\r\n'],
    ],
  ],
  ftp: [[answer('220 FTP'), line('USER ann\rPASS x'), answer('331 go on'), line('\xfeEAT'), line('QUIT')]],
  smtp: [
    [
      ...greeted,
      line('AUTH LOGIN'),
      answer('334 VXNlcm5hbWU6'),
      line('YW5u\rx'),
      answer('334 UGFzc3dvcmQ6'),
      line('d\x0e\0c='),
      answer('535 no'),
    ],
    [...greeted, line('DATA\rx'), answer('354 go on'), line('MAIL FROM:<this@is.text>\r\n.'), answer('250 ok')],
  ],
  pop3: [[['server', '+OK\x7fDovecot\r\n'], line('USER ann')]],
  imap: [
    [answer('* PREAUTH hello'), line('a1 NOOP')],
    [answer('* OK hello'), line('a1 LOGIN m\0c x'), line('a2 NOOP')],
  ],
  xmpp: [
    [
      ['client', "<stream:stream to='plug.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"],
      ['client', "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='P<auth xmlns='x'>AA==</auth>"],
    ],
  ],
}

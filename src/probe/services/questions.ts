import { crc32 } from 'node:zlib'

/** The first words of a client of some protocol. Each only asks: none logs in, and none changes anything. */
export interface Question {
  /** As decoders name it. */
  readonly protocol: string
  /** Asked first on these ports. */
  readonly ports: readonly number[]
  /** 'always': of every port that said nothing; 'full': of those, when more is to be asked; 'ports': on its ports only. */
  readonly asked: 'always' | 'full' | 'ports'
  readonly says: (host: string, port: number) => Buffer
  /** Said when the first was answered. */
  readonly next?: Buffer
  /** Said before the connection is closed. */
  readonly bye?: Buffer
}

const lines = (...all: string[]) => Buffer.from(`${all.join('\r\n')}\r\n`, 'latin1')
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const always = (what: Buffer) => () => what

export const HTTP: Question = {
  protocol: 'http',
  ports: [],
  asked: 'always',
  says: (host, port) =>
    lines(
      'GET / HTTP/1.1',
      `Host: ${host}${port === 80 ? '' : `:${port}`}`,
      'User-Agent: Assay',
      'Accept: */*',
      'Connection: close',
      '',
    ),
}

export const questions: readonly Question[] = [
  HTTP,
  {
    protocol: 'rtsp',
    ports: [554, 5554, 7070, 8554, 10554],
    asked: 'full',
    says: (host, port) => lines(`OPTIONS rtsp://${host}:${port}/ RTSP/1.0`, 'CSeq: 1', 'User-Agent: Assay', ''),
  },
  {
    // MQTT 3.1.1, section 3.1: a clean session without a name or password, ended by DISCONNECT
    protocol: 'mqtt',
    ports: [1883, 1884, 8883],
    asked: 'full',
    says: always(Buffer.concat([bytes('10 11 00 04'), Buffer.from('MQTT'), bytes('04 02 00 0a 00 05'), Buffer.from('assay')])),
    bye: bytes('e0 00'),
  },
  {
    // version.bind TXT CH: what name servers say of themselves
    protocol: 'dns',
    ports: [53],
    asked: 'ports',
    says: always(bytes('001e 1a5a 0100 0001 0000 0000 0000 07 76657273696f6e 04 62696e64 00 0010 0003')),
  },
  {
    protocol: 'sip',
    ports: [5060],
    asked: 'full',
    says: (host, port) => sipOptions(host, port, 'TCP'),
  },
  // Modbus: function 43/14, Read Device Identification, basic (Modbus Application Protocol V1.1b3, section 6.21)
  { protocol: 'modbus', ports: [502], asked: 'full', says: always(bytes('0001 0000 0005 01 2b 0e 01 00')) },
  // EtherNet/IP: ListIdentity (CIP volume 2, section 2-4.2)
  { protocol: 'enip', ports: [44_818], asked: 'full', says: always(Buffer.concat([bytes('63 00'), Buffer.alloc(22)])) },
  {
    // ISO transport over TCP (RFC 1006): a connection to rack 0, slot 2; then S7's own greeting
    protocol: 's7',
    ports: [102],
    asked: 'ports',
    says: always(bytes('0300 0016 11 e0 0000 0001 00 c0 01 0a c1 02 0100 c2 02 0102')),
    next: bytes('0300 0019 02 f0 80 32 01 0000 0000 0008 0000 f0 00 0001 0001 01e0'),
  },
  // KNXnet/IP: DESCRIPTION_REQUEST (ISO 22510), answers to the same connection
  { protocol: 'knxip', ports: [3671], asked: 'ports', says: always(bytes('06 10 02 03 000e 08 02 00000000 0000')) },
  {
    // OPC UA part 6, section 7.1.2.3: Hello
    protocol: 'opcua',
    ports: [4840, 4843],
    asked: 'ports',
    says: (host, port) => {
      const url = Buffer.from(`opc.tcp://${host}:${port}`)
      const head = bytes('48454c46 00000000 00000000 ffff0000 ffff0000 00000000 00000000 00000000')
      head.writeUInt32LE(head.length + url.length, 4)
      head.writeUInt32LE(url.length, 28)
      return Buffer.concat([head, url])
    },
  },
  { protocol: 'adb', ports: [5555], asked: 'full', says: always(adbConnect()) },
  // AMQP 0-9-1, section 4.2.2: the protocol header; who speaks another version answers with its own
  { protocol: 'amqp', ports: [5671, 5672], asked: 'ports', says: always(bytes('414d5150 00 00 09 01')) },
  {
    protocol: 'xmpp',
    ports: [5222, 5223, 5269],
    asked: 'ports',
    says: (host) =>
      Buffer.from(
        `<?xml version='1.0'?><stream:stream to='${host}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`,
      ),
  },
  // ESPHome's native API: HelloRequest
  { protocol: 'esphome', ports: [6053], asked: 'ports', says: always(bytes('00 07 01 0a 05 6173736179')) },
  { protocol: 'kasa', ports: [9999], asked: 'ports', says: always(kasaFrame('{"system":{"get_sysinfo":{}}}')) },
  // Tuya: heartbeat
  { protocol: 'tuya', ports: [6668], asked: 'ports', says: always(tuyaHeartbeat()) },
  {
    protocol: 'yeelight',
    ports: [55_443],
    asked: 'ports',
    says: always(Buffer.from('{"id":1,"method":"get_prop","params":["power"]}\r\n')),
  },
  { protocol: 'redis', ports: [6379], asked: 'ports', says: always(Buffer.from('PING\r\n')) },
  { protocol: 'memcached', ports: [11_211], asked: 'ports', says: always(Buffer.from('version\r\n')) },
]

/** RFC 3261, section 11: what a server can do. */
export function sipOptions(host: string, port: number, transport: 'TCP' | 'UDP'): Buffer {
  return lines(
    `OPTIONS sip:${host}:${port} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${host}:${port};branch=z9hG4bKassay;rport`,
    'Max-Forwards: 70',
    'From: <sip:assay@invalid>;tag=assay',
    `To: <sip:${host}>`,
    'Call-ID: assay@invalid',
    'CSeq: 1 OPTIONS',
    'Contact: <sip:assay@invalid>',
    'Accept: application/sdp',
    'Content-Length: 0',
    '',
  )
}

/** A message of Android's debug bridge: CNXN. It asks for a connection; no key is offered. */
function adbConnect(): Buffer {
  const data = Buffer.from('host::\0')
  const head = Buffer.alloc(24)
  const command = Buffer.from('CNXN').readUInt32LE()
  head.writeUInt32LE(command, 0)
  head.writeUInt32LE(0x0100_0000, 4)
  head.writeUInt32LE(4096, 8)
  head.writeUInt32LE(data.length, 12)
  head.writeUInt32LE(
    data.reduce((sum, byte) => sum + byte, 0),
    16,
  )
  head.writeUInt32LE((command ^ 0xffff_ffff) >>> 0, 20)
  return Buffer.concat([head, data])
}

/** TP-Link's Smart Home protocol: each byte XOR the one before it as sent, the first 171. */
export function kasaCipher(text: string): Buffer {
  let key = 171
  return Buffer.from([...Buffer.from(text)].map((byte) => (key = byte ^ key)))
}

function kasaFrame(text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, kasaCipher(text)])
}

function tuyaHeartbeat(): Buffer {
  const head = bytes('000055aa 00000001 00000009 00000008')
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(head))
  return Buffer.concat([head, crc, bytes('0000aa55')])
}

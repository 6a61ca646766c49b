import type { MessageBase } from '../../decode/message.ts'
import { kasaCipher, sipOptions } from '../services/questions.ts'

/** A datagram that a client of some protocol begins with, and what counts as an answer to it. Each only asks. */
export interface DatagramQuestion {
  /** As decoders name it. */
  readonly protocol: string
  readonly port: number
  /** Answers come from another port of the same address (TFTP, mDNS on some stacks). */
  readonly anyPort?: boolean
  /** In words that follow 'asks'. */
  readonly why: string
  readonly says: (host: string) => Buffer
  /** Whether what was decoded is an answer, and no echo of the question. */
  readonly answers: (message: Message) => boolean
}

/** What decoders tell, as far as answers are told apart by it. */
type Message = MessageBase & {
  response?: unknown
  mode?: unknown
  stratum?: unknown
  type?: unknown
  pdu?: unknown
  code?: unknown
  answer?: unknown
  system?: unknown
}

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const always = (what: Buffer) => () => what
const isResponse = ({ response }: Message) => response === true

export const datagramQuestions: readonly DatagramQuestion[] = [
  {
    protocol: 'dns',
    port: 53,
    why: 'which software answers names (version.bind)',
    says: always(bytes('1a5a 0100 0001 0000 0000 0000 07 76657273696f6e 04 62696e64 00 0010 0003')),
    answers: isResponse,
  },
  {
    // RFC 5905: mode 3, version 4
    protocol: 'ntp',
    port: 123,
    why: 'for the time',
    says: always(Buffer.concat([bytes('23'), Buffer.alloc(39), bytes('e0000000 00000001')])),
    answers: ({ mode }) => mode === 4,
  },
  {
    // RFC 1157: get-request of sysDescr.0, community "public", as surveys do
    protocol: 'snmp',
    port: 161,
    why: 'what it is, by the community name "public" (SNMP v2c, reads only)',
    says: always(
      bytes('30 29 02 01 01 04 06 7075626c6963 a0 1c 02 04 1a5a1a5a 02 01 00 02 01 00 30 0e 30 0c 06 08 2b06010201010100 05 00'),
    ),
    answers: ({ pdu }) => pdu === 'get-response',
  },
  {
    protocol: 'ssdp',
    port: 1900,
    why: 'which UPnP devices it is (M-SEARCH to it alone)',
    says: (host) =>
      Buffer.from(
        `M-SEARCH * HTTP/1.1\r\nHOST: ${host}:1900\r\nMAN: "ssdp:discover"\r\nST: ssdp:all\r\nUSER-AGENT: Assay\r\n\r\n`,
      ),
    answers: ({ type }) => type === 'response',
  },
  {
    // DNS-SD (RFC 6763, section 9) by unicast (RFC 6762, section 5.5)
    protocol: 'mdns',
    port: 5353,
    why: 'which services it announces (DNS-SD)',
    says: always(
      bytes('1a5a 0000 0001 0000 0000 0000 09 5f7365727669636573 07 5f646e732d7364 04 5f756470 05 6c6f63616c 00 000c 8001'),
    ),
    answers: isResponse,
  },
  {
    protocol: 'coap',
    port: 5683,
    why: 'which resources it has (GET /.well-known/core, RFC 6690)',
    says: always(bytes('44 01 1a5a 1a5a1a5a bb 2e77656c6c2d6b6e6f776e 04 636f7265')),
    answers: ({ code, fromClient }) => !fromClient && typeof code === 'string' && !code.startsWith('0.'),
  },
  {
    // RFC 1002, section 4.2.17: node status of '*'
    protocol: 'nbns',
    port: 137,
    why: 'its NetBIOS names (node status)',
    says: always(
      bytes('1a5a 0000 0001 0000 0000 0000 20 434b4141414141414141414141414141414141414141414141414141414141 4141 00 0021 0001'),
    ),
    answers: isResponse,
  },
  {
    protocol: 'sip',
    port: 5060,
    why: 'what telephony it offers (OPTIONS)',
    says: (host) => sipOptions(host, 5060, 'UDP'),
    answers: ({ type }) => type === 'response',
  },
  {
    protocol: 'wsd',
    port: 3702,
    why: 'which web services it has (WS-Discovery Probe)',
    says: always(
      Buffer.from(
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>urn:uuid:1a5a1a5a-0000-4000-8000-000000000001</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>',
      ),
    ),
    answers: ({ type }) => type === 'probe-matches',
  },
  {
    // who-is to everybody there (clause 16.10): BVLC original unicast
    protocol: 'bacnet',
    port: 47_808,
    why: 'which BACnet device it is (Who-Is)',
    says: always(bytes('81 0a 0008 01 00 10 08')),
    // I-Am, or whatever else is no question
    answers: ({ fromClient, type }) => !fromClient && type !== 'request',
  },
  {
    protocol: 'knxip',
    port: 3671,
    why: 'which KNX device it is (description request)',
    // HPAI 0.0.0.0:0: the answer goes to where the question came from
    says: always(bytes('06 10 02 03 000e 08 01 00000000 0000')),
    answers: ({ fromClient, type }) => !fromClient && type !== 'request',
  },
  {
    protocol: 'enip',
    port: 44_818,
    why: 'which EtherNet/IP device it is (ListIdentity)',
    says: always(Buffer.concat([bytes('63 00'), Buffer.alloc(22)])),
    answers: ({ type }) => type === 'identity' || type === 'answer',
  },
  {
    protocol: 'kasa',
    port: 9999,
    why: 'which plug it is (Kasa, system information)',
    says: always(kasaCipher('{"system":{"get_sysinfo":{}}}')),
    answers: ({ system }) => system !== undefined,
  },
  {
    protocol: 'miio',
    port: 54_321,
    why: 'which Xiaomi device it is (miIO hello)',
    says: always(Buffer.concat([bytes('2131 0020'), Buffer.alloc(28, 0xff)])),
    answers: ({ type }) => type === 'answer',
  },
  {
    protocol: 'wiz',
    port: 38_899,
    why: 'which WiZ lamp it is (getSystemConfig)',
    says: always(Buffer.from('{"method":"getSystemConfig","params":{}}')),
    answers: ({ answer }) => answer === true,
  },
  {
    protocol: 'yeelight',
    port: 1982,
    anyPort: true,
    why: 'which Yeelight lamp it is (search)',
    says: (host) => Buffer.from(`M-SEARCH * HTTP/1.1\r\nHOST: ${host}:1982\r\nMAN: "ssdp:discover"\r\nST: wifi_bulb\r\n`),
    answers: ({ type }) => type === 'announcement',
  },
  {
    protocol: 'lifx',
    port: 56_700,
    why: 'which LIFX lamp it is (GetVersion)',
    // frame header, tagged to all targets; message 32
    says: always(Buffer.concat([bytes('2400 0034 1a5a1a5a'), Buffer.alloc(24), bytes('2000 0000')])),
    answers: ({ answer }) => answer === true,
  },
  {
    protocol: 'govee',
    port: 4003,
    why: 'how a Govee lamp is set (devStatus)',
    says: always(Buffer.from('{"msg":{"cmd":"devStatus","data":{}}}')),
    answers: ({ answer }) => answer === true,
  },
]

/** A question that no decoder reads the answer of: known by a few bytes. */
export interface PlainQuestion {
  readonly protocol: string
  readonly port: number
  readonly anyPort?: boolean
  readonly why: string
  readonly says: Buffer
  readonly answers: (said: Buffer, asked: Buffer) => boolean
}

export const plainQuestions: readonly PlainQuestion[] = [
  {
    // RFC 1350: a read request of a file that is not there is answered with an error, or with a first block
    protocol: 'tftp',
    port: 69,
    anyPort: true,
    why: 'whether it hands out files (TFTP, a file that is not there)',
    says: Buffer.from('\0\u0001assay-is-not-there\0octet\0', 'latin1'),
    answers: (said) => said.length >= 4 && said[0] === 0 && (said[1] === 5 || said[1] === 3),
  },
  {
    // memcached's UDP frame, and 'version': what amplifies floods answers it
    protocol: 'memcached',
    port: 11_211,
    why: 'which memcached it is',
    says: Buffer.concat([bytes('1a5a 0000 0001 0000'), Buffer.from('version\r\n')]),
    answers: (said) => said.subarray(8, 16).toString('latin1') === 'VERSION ',
  },
  {
    // CLDAP: a search of the root's naming contexts, as amplifiers are found
    protocol: 'cldap',
    port: 389,
    why: 'whether it answers directory questions by datagram (CLDAP)',
    says: bytes('30 25 02 01 01 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b 6f626a656374636c617373 30 00'),
    answers: (said, asked) =>
      said.length > 7 && said[0] === 0x30 && said.includes(Buffer.from([0x02, 0x01, 0x01])) && !said.equals(asked),
  },
]

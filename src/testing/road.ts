import { createHash } from 'node:crypto'
import { audit } from '../audit/audit.ts'
import { CaptureError } from '../capture/error.ts'
import { A, AAAA, CNAME, type DnsFields, PTR } from '../decode/protocols/dns-message.ts'
import type { MessageBase } from '../decode/message.ts'
import type { DhcpMessage } from '../decode/protocols/dhcp.ts'
import type { Dhcpv6Message } from '../decode/protocols/dhcpv6.ts'
import type { HttpExchange } from '../decode/protocols/http.ts'
import type { MqttMessage } from '../decode/protocols/mqtt.ts'
import type { NtpMessage } from '../decode/protocols/ntp.ts'
import type { QuicMessage } from '../decode/protocols/quic.ts'
import type { SsdpMessage } from '../decode/protocols/ssdp.ts'
import type { ClientHello } from '../decode/protocols/tls-hello.ts'
import type { TlsMessage } from '../decode/protocols/tls.ts'
import { PREFIX_BYTES } from '../flow/prefix.ts'
import { tsharkFields } from './tshark.ts'

/*
 * The whole engine against tshark: what both say of a capture, as a bag of facts. A fact of a datagram belongs to its frame; one of
 * a TCP conversation belongs to tshark's number for the conversation, as tshark shows a message in the frame in which it ends and we
 * in the one in which it begins.
 */

/** "protocol field value", and where it was said. */
interface Fact {
  readonly protocol: string
  readonly says: string
  readonly frame: number
}

interface Agreement {
  /** By protocol: facts that both have. */
  readonly agreed: ReadonlyMap<string, number>
  /** Facts of ours that tshark has not. */
  readonly ours: readonly string[]
  /** Facts of tshark's that we have not, for no reason known. */
  readonly missed: readonly string[]
  /** Those that we have not, by protocol and reason. */
  readonly explained: ReadonlyMap<string, readonly string[]>
}

const hex4 = (n: number) => n.toString(16).padStart(4, '0')
/** tshark's word for the name that RFC 1035 section 3.1 writes with no label. */
const rooted = (name: string) => (name === '.' ? '<Root>' : name)
const DHCP = ['BOOTP', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM']
const MQTT = { connect: '1', connack: '2', publish: '3', subscribe: '8' }

type Said = readonly (readonly [field: string, value: string | number | undefined])[]

/** What a message of ours says, in tshark's words. */
function said(message: MessageBase): Said {
  switch (message.protocol) {
    case 'dns':
    case 'mdns':
    case 'llmnr':
      return ofDns(message as MessageBase & DnsFields)
    case 'dhcp':
      return ofDhcp(message as DhcpMessage)
    case 'dhcpv6':
      return [['dhcpv6.xid', (message as Dhcpv6Message).transaction]]
    case 'ntp': {
      const m = message as NtpMessage
      return [
        ['ntp.flags.vn', m.version],
        ['ntp.flags.mode', m.mode],
        ['ntp.stratum', m.stratum < 0 ? undefined : m.stratum],
      ]
    }
    case 'ssdp': {
      const m = message as SsdpMessage
      const method = m.type === 'notify' ? 'NOTIFY' : m.type === 'search' ? 'M-SEARCH' : undefined
      return [
        ['http.request.method', method],
        ['http.response.code', m.status],
        ['http.server', m.server],
        ['http.location', m.location],
        ['http.user_agent', m.agent],
      ]
    }
    case 'tls':
      return ofTls(message as TlsMessage)
    case 'quic': {
      const m = message as QuicMessage
      return m.completed ? [] : ofHello(m.hello)
    }
    case 'http': {
      const { request, response } = message as HttpExchange
      return [
        ['http.request.method', request?.method],
        ['http.request.uri', request?.target],
        ['http.host', request?.host],
        ['http.user_agent', request?.agent],
        ['http.response.code', response?.status],
        ['http.server', response?.server],
      ]
    }
    case 'mqtt': {
      const m = message as MqttMessage
      const topics = m.type === 'publish' ? [m.topic] : m.type === 'subscribe' ? m.topics : []
      return [
        ['mqtt.msgtype', MQTT[m.type]],
        ['mqtt.clientid', m.type === 'connect' ? m.clientId : undefined],
        ...topics.map((topic) => ['mqtt.topic', topic] as const),
      ]
    }
    default:
      return []
  }
}

function ofDns(m: DnsFields): Said {
  const records = [...m.answers, ...m.authorities, ...m.additionals]
  const targets = (field: string, type: number) =>
    records.filter((r) => r.type === type && r.target !== '').map((r) => [field, rooted(r.target)] as const)
  return [
    ...m.questions.flatMap(
      (q) =>
        [
          ['dns.qry.name', rooted(q.name)],
          ['dns.qry.type', q.type],
        ] as const,
    ),
    // the header's four bits; ours has EDNS's eight above them
    ['dns.flags.rcode', m.response ? m.rcode & 15 : undefined],
    ...targets('dns.a', A),
    ...targets('dns.aaaa', AAAA),
    ...targets('dns.cname', CNAME),
    ...targets('dns.ptr.domain_name', PTR),
  ]
}

function ofDhcp(m: DhcpMessage): Said {
  return [
    ['dhcp.id', `0x${m.transaction.toString(16).padStart(8, '0')}`],
    ['dhcp.option.dhcp', DHCP.indexOf(m.type) > 0 ? DHCP.indexOf(m.type) : undefined],
    ['dhcp.ip.your', m.yourIp],
    ['dhcp.option.hostname', m.hostname],
    ['dhcp.option.requested_ip_address', m.requestedIp],
    ['dhcp.option.vendor_class_id', m.vendorClass],
    ['dhcp.option.request_list_item', m.parameters.join() || undefined],
    ...m.routers.map((ip) => ['dhcp.option.router', ip] as const),
    ...m.resolvers.map((ip) => ['dhcp.option.domain_name_server', ip] as const),
  ]
}

function ofHello(hello: ClientHello): Said {
  return [
    ['client', `version ${hex4(hello.legacyVersion)} offers ${hello.supportedVersions.map(hex4).join()}`],
    ['sni', hello.sni],
    ['alpn', hello.alpn.join() || undefined],
  ]
}

function ofTls(m: TlsMessage): Said {
  const hellos = [m.hello, m.retryHello].filter((hello) => hello !== undefined && (hello.complete || m.sslv2))
  return [
    ...hellos.flatMap((hello) => ofHello(hello!)),
    ['server', m.server && `version ${hex4(m.server.version)} suite ${hex4(m.server.suite)}`],
    ['certificate', m.certificate?.sha256],
  ]
}

const DNS_FIELDS = [
  'dns.qry.name',
  'dns.qry.type',
  'dns.flags.rcode',
  'dns.a',
  'dns.aaaa',
  'dns.cname',
  'dns.ptr.domain_name',
] as const
const DHCP_FIELDS = [
  'dhcp.id',
  'dhcp.option.dhcp',
  'dhcp.ip.your',
  'dhcp.option.hostname',
  'dhcp.option.requested_ip_address',
  'dhcp.option.vendor_class_id',
  'dhcp.option.router',
  'dhcp.option.domain_name_server',
] as const
const FIELDS = [
  'frame.protocols',
  'udp.stream',
  'tcp.stream',
  'tcp.seq',
  'tcp.flags',
  'tcp.len',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
  'tcp.analysis.retransmission',
  '_ws.malformed',
  ...DNS_FIELDS,
  ...DHCP_FIELDS,
  'dhcp.option.request_list_item',
  'dhcpv6.xid',
  'ntp.flags.vn',
  'ntp.flags.mode',
  'ntp.stratum',
  'http.request.method',
  'http.request.uri',
  'http.host',
  'http.user_agent',
  'http.response.code',
  'http.server',
  'http.location',
  'mqtt.msgtype',
  'mqtt.clientid',
  'mqtt.topic',
  'tls.handshake.type',
  'tls.handshake.version',
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.extensions.supported_version',
  'tls.handshake.ciphersuite',
  'tls.handshake.certificate',
  'tls.handshake.random',
] as const
type Field = (typeof FIELDS)[number]
type Row = Record<Field, string[]>

/** Ours tells a first fragment in its own frame; messages are read in the order of their bytes, whatever that of their packets. */
const OPTIONS = [
  '-o',
  'ip.defragment:FALSE',
  '-o',
  'ipv6.defragment:FALSE',
  '-o',
  'tcp.reassemble_out_of_order:TRUE',
  '-o',
  'tcp.try_heuristic_first:FALSE',
]

function rowsOf(path: string, options: readonly string[]): Map<number, Row> {
  const rows = new Map<number, Row>()
  for (const [frame, cells] of tsharkFields(path, FIELDS, undefined, [...OPTIONS, ...options])) {
    rows.set(frame, Object.fromEntries(FIELDS.map((field, i) => [field, cells[i]!])) as Row)
  }
  return rows
}

const pairs = (row: Row, ...fields: Field[]): Said =>
  fields.flatMap((field) => row[field].map((value) => [field, value] as const))

/** What a frame says to tshark, by protocol. */
function* told(row: Row): Generator<[protocol: string, Said]> {
  const layers = row['frame.protocols'][0]!.split(':')
  const has = (layer: string) => layers.includes(layer)
  for (const protocol of ['dns', 'mdns', 'llmnr']) {
    if (has(protocol)) yield [protocol, pairs(row, ...DNS_FIELDS)]
  }
  if (has('dhcp')) {
    const list = row['dhcp.option.request_list_item'].join()
    const asked: Said = list === '' ? [] : [['dhcp.option.request_list_item', list]]
    yield ['dhcp', [...pairs(row, ...DHCP_FIELDS), ...asked]]
  }
  if (has('dhcpv6')) yield ['dhcpv6', row['dhcpv6.xid'].map((xid) => ['dhcpv6.xid', Number(xid)] as const)]
  if (has('ntp')) {
    // private messages list the strata of others
    yield [
      'ntp',
      pairs(row, 'ntp.flags.vn', 'ntp.flags.mode', ...(row['ntp.flags.mode'][0] === '7' ? [] : (['ntp.stratum'] as const))),
    ]
  }
  if (has('ssdp'))
    yield ['ssdp', pairs(row, 'http.request.method', 'http.response.code', 'http.server', 'http.location', 'http.user_agent')]
  else if (has('http') && has('tcp')) {
    // interim answers are none of ours (RFC 9110 section 15.2)
    const fields = [
      'http.request.method',
      'http.request.uri',
      'http.host',
      'http.user_agent',
      'http.response.code',
      'http.server',
    ] as const
    yield [
      'http',
      pairs(row, ...fields).filter(
        ([field, value]) => field !== 'http.response.code' || !['100', '102', '103'].includes(`${value}`),
      ),
    ]
  }
  if (has('mqtt')) {
    const types = row['mqtt.msgtype'].filter((type) => Object.values(MQTT).includes(type))
    // UNSUBSCRIBE (10) has topics too
    const topics = row['mqtt.msgtype'].includes('10') ? [] : row['mqtt.topic']
    yield [
      'mqtt',
      [
        ...types.map((type) => ['mqtt.msgtype', type] as const),
        ...pairs(row, 'mqtt.clientid'),
        ...topics.map((topic) => ['mqtt.topic', topic] as const),
      ],
    ]
  }
  if (row['tls.handshake.type'].length > 0) yield [has('quic') ? 'quic' : 'tls', toldTls(row, has('quic'))]
}

/** RFC 8446 section 4.1.3. */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

function toldTls(row: Row, quic: boolean): Said {
  const numbers = (field: Field) => row[field].map((value) => hex4(Number(value)))
  const types = row['tls.handshake.type']
  const out: [string, string][] = []
  const client = types.indexOf('1')
  if (client >= 0) {
    out.push([
      'client',
      `version ${numbers('tls.handshake.version')[client]} offers ${numbers('tls.handshake.extensions.supported_version').join()}`,
    ])
    for (const name of row['tls.handshake.extensions_server_name']) out.push(['sni', name])
    const alpn = row['tls.handshake.extensions_alpn_str'].join()
    if (alpn !== '') out.push(['alpn', alpn])
  } else if (!quic) {
    if (types.includes('2') && row['tls.handshake.random'][0] !== RETRY) {
      const version = numbers('tls.handshake.extensions.supported_version')[0] ?? numbers('tls.handshake.version')[0]
      out.push(['server', `version ${version} suite ${numbers('tls.handshake.ciphersuite')[0]}`])
    }
    const leaf = row['tls.handshake.certificate'][0]
    if (leaf !== undefined)
      out.push([
        'certificate',
        createHash('sha256')
          .update(Buffer.from(leaf.replaceAll(':', ''), 'hex'))
          .digest('hex'),
      ])
  }
  return out
}

/** Layers within layers are not ours to read: tunnels, and packets quoted by ICMP. */
const INSIDE =
  /:(ip|ipv6):.*:(ip|ipv6|eth|ppp)(:|$)|:icmp|:(wg|socks|lisp|teredo|gtp|nflog|eap|eapol)(:|$)|:tls:http|:http:tls|^nflog/

/** tshark's dissectors for what we found on ports that it does not expect it on. */
const DECODE_AS: Record<string, string> = {
  http: 'http',
  tls: 'tls',
  mqtt: 'mqtt',
  dns: 'dns',
  ntp: 'ntp',
  ssdp: 'ssdp',
  quic: 'quic',
}

async function messagesOf(path: string): Promise<MessageBase[]> {
  const messages: MessageBase[] = []
  try {
    await audit([path], { onMessage: (message) => messages.push(message) })
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
  }
  return messages
}

/** Compare the messages that an audit of the capture emits with tshark's reading of it. */
export async function agreement(path: string): Promise<Agreement> {
  const messages = await messagesOf(path)
  let rows = rowsOf(path, [])
  const foreign = new Set<string>()
  for (const m of messages) {
    const row = rows.get(m.frame)
    const as = DECODE_AS[m.protocol]
    if (row === undefined || as === undefined || said(m).length === 0 || row['frame.protocols'][0]!.split(':').includes(as))
      continue
    const transport = row['tcp.stream'].length > 0 ? 'tcp' : 'udp'
    const ports = [...row[`${transport}.srcport`], ...row[`${transport}.dstport`]]
    const alone = ports.map((port) => `${transport}.port==${port},${as}`)
    // the server's is the one that more than one message has; without knowing, the lower
    const [lower] = alone.toSorted((a, b) => Number(/\d+/.exec(a)![0]) - Number(/\d+/.exec(b)![0]))
    if (lower !== undefined && foreign.size < 40) foreign.add(lower)
  }
  const decodeAs = [...foreign].flatMap((rule) => ['-d', rule])
  if (foreign.size > 0) rows = rowsOf(path, decodeAs)
  const again = () => rowsOf(path, [...decodeAs, '-o', 'http.desegment_body:FALSE', '-o', 'http.desegment_headers:FALSE'])
  return settle(messages, rows, again)
}

type Rows = ReadonlyMap<number, Row>

/** Where a fact belongs. */
function place(rows: Rows, frame: number, protocol: string): string {
  const row = rows.get(frame)
  // QUIC says its hello again when it was lost, sent back or asked for once more; we tell of it once
  if (protocol === 'quic') return `connection ${row?.['udp.stream'][0]}`
  const stream = row?.['tcp.stream'][0]
  return stream === undefined ? `frame ${frame}` : `stream ${stream}`
}

function bagOf(rows: Rows): Map<string, Fact[]> {
  const bag = new Map<string, Fact[]>()
  for (const [frame, row] of rows) {
    if (row['frame.protocols'].length === 0) continue
    for (const [protocol, list] of told(row)) {
      for (const [field, value] of list) {
        if (value === undefined || value === '') continue
        const says = `${protocol} ${field} ${value}`
        const key = `${place(rows, frame, protocol)} ${says}`
        const facts = bag.get(key)
        if (facts === undefined) bag.set(key, [{ protocol, says, frame }])
        else facts.push({ protocol, says, frame })
      }
    }
  }
  return bag
}

/** Take one out of a bag: that of the same frame, if there is one. */
function take(bag: Map<string, Fact[]>, rows: Rows, protocol: string, says: string, frame: number): boolean {
  const facts = bag.get(`${place(rows, frame, protocol)} ${says}`)
  if (facts === undefined || facts.length === 0) return false
  if (protocol === 'quic') facts.length = 0
  else
    facts.splice(
      Math.max(
        0,
        facts.findIndex((fact) => fact.frame === frame),
      ),
      1,
    )
  return true
}

function settle(messages: readonly MessageBase[], rows: Rows, otherwise: () => Rows): Agreement {
  const bag = bagOf(rows)
  const agreed = new Map<string, number>()
  const ours: { protocol: string; says: string; frame: number }[] = []
  for (const { protocol, frame, ...rest } of messages) {
    for (const [field, value] of said({ protocol, frame, ...rest })) {
      if (value === undefined || value === '') continue
      const says = `${protocol} ${field} ${value}`
      if (take(bag, rows, protocol, says, frame)) agreed.set(protocol, (agreed.get(protocol) ?? 0) + 1)
      else ours.push({ protocol, says, frame })
    }
  }
  // what it lost while it waited for the rest of headers or a body (which never came) it may have seen without waiting
  const second = ours.some(({ protocol }) => protocol === 'http') ? otherwise() : undefined
  const unwaited = second && bagOf(second)
  const alone = ours.filter(
    ({ protocol, says, frame }) => unwaited === undefined || !take(unwaited, second!, protocol, says, frame),
  )

  const begun = new Set<string>()
  const hidden = new Set<string>()
  for (const [frame, row] of rows) {
    if (Number(row['tcp.flags'][0] ?? 0) & 2) begun.add(place(rows, frame, ''))
    if (row['tls.handshake.type'].includes('2') && row['tls.handshake.extensions.supported_version'].length > 0)
      hidden.add(place(rows, frame, ''))
  }
  const missed: string[] = []
  const explained = new Map<string, string[]>()
  for (const fact of [...bag.values()].flat()) {
    const where = place(rows, fact.frame, '')
    const encrypted = fact.says.startsWith('tls certificate') && hidden.has(where)
    const why = encrypted
      ? 'encrypted (TLS 1.3), read with the keys in the file'
      : reason(rows.get(fact.frame)!, begun.has(where))
    const line = `${fact.frame} ${fact.says}`
    if (why === undefined) missed.push(line)
    else explained.set(`${fact.protocol}: ${why}`, [...(explained.get(`${fact.protocol}: ${why}`) ?? []), line])
  }
  return { agreed, ours: alone.map(({ frame, says }) => `${frame} ${says}`), missed, explained }
}

/** Why a message that tshark shows in this frame is not among ours. */
function reason(row: Row, begun: boolean): string | undefined {
  if (INSIDE.test(row['frame.protocols'][0]!)) return 'inside a tunnel or an error message'
  if (row['tcp.analysis.retransmission'].length > 0) return 'said again (retransmission)'
  if (row['_ws.malformed'].length > 0) return 'malformed'
  if (row['tcp.stream'].length === 0) return undefined
  if (!begun) return 'the capture missed the beginning'
  if (Number(row['tcp.seq'][0]) + Number(row['tcp.len'][0]) > PREFIX_BYTES) return 'beyond the bounded prefix'
  return undefined
}

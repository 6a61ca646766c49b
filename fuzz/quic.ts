import { rmSync, writeFileSync } from 'node:fs'
import { quic, type QuicMessage } from '../src/decode/protocols/quic.ts'
import { datagrams } from '../src/testing/conversations.ts'
import { tsharkFields } from '../src/testing/tshark.ts'
import { pcap } from './pcap.ts'
import { scratchFile } from './sample.ts'

/*
 * QUIC connections as we and tshark read their Initials, which both decrypt: which datagrams are QUIC's, what the keys come from, and
 * the client's hello, in the datagram that completes it.
 */

export interface QuicFlow {
  /** What was done to it. */
  readonly fate: string
  readonly port: number
  /** What the hello said before it was changed, where that is known. */
  readonly hello?: string
  readonly datagrams: readonly { readonly bytes: Uint8Array; readonly fromClient: boolean }[]
}

export interface QuicDifference {
  readonly flow: QuicFlow
  readonly what: 'recognised' | 'version' | 'id' | 'hello'
  readonly ours: string
  readonly theirs: string
  readonly bytes: Uint8Array
  /** What tshark remarks about the frame. */
  readonly remarks: string
}

export interface QuicCompared {
  readonly alike: Map<string, number>
  readonly differences: QuicDifference[]
}

const FIELDS = [
  'frame.protocols',
  'quic.version',
  'quic.dcid',
  'tls.handshake.type',
  'tls.handshake.extensions_server_name_type',
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.ciphersuite',
  '_ws.expert.message',
]
const CLIENT_HELLO = '1'

export async function compareQuic(flows: readonly QuicFlow[]): Promise<QuicCompared> {
  const compared: QuicCompared = { alike: new Map(), differences: [] }
  const frames = flows.flatMap((flow) => flow.datagrams.map(({ bytes }) => ({ flow, bytes })))
  const path = scratchFile()
  writeFileSync(path, capture(flows))
  const rows = tsharkFields(path, FIELDS)
  /** The hello that one of both had told of a flow: it comes again after a Retry (RFC 9000 section 17.2.5.2), and is said once. */
  const known = new Map<QuicFlow, string>()
  await datagrams(path, (d) => {
    const before = d.memory['quic']
    let told: QuicMessage | undefined
    const recognised = quic.recognise(d)
    if (recognised) quic.decode(d, (m) => (told = m.completed ? told : m))
    const row = rows.get(d.frame)
    // (a line that a text broke is no row)
    if (row === undefined) return
    const [layers, versions, dcids, types, kinds, sni, alpn, suites, remarks] = row
    const { flow, bytes } = frames[d.frame - 1]!
    const say = (what: QuicDifference['what'], ours: string, theirs: string): void => {
      if (ours === theirs) {
        const name = `${what} ${flow.fate}`
        compared.alike.set(name, (compared.alike.get(name) ?? 0) + 1)
      } else compared.differences.push({ flow, what, ours, theirs, bytes, remarks: remarks!.join('; ') })
    }
    const theirs = /:g?quic/.test(layers![0]!)
    if (recognised || theirs) say('recognised', recognised ? 'quic' : '', theirs ? 'quic' : '')
    // names of other kinds than host_name are none (RFC 6066 section 3)
    const name = kinds![0] === '0' ? sni![0] : undefined
    const hello = types!.includes(CLIENT_HELLO) ? [name ?? '', alpn!.join(), suites!.map(Number).join()].join(' ') : ''
    const own = told === undefined ? '' : [told.hello.sni ?? '', told.hello.alpn.join(), told.hello.suites.join()].join(' ')
    // what each makes of bytes that are no text is its own affair
    const unprintable = /[^\x20-\x7e]|\\/.test(own + hello)
    const one = own === '' ? hello : hello === '' ? own : ''
    const again = one === known.get(flow)
    if (!unprintable && !again && own + hello !== '') say('hello', own, hello)
    if (own + hello !== '') known.set(flow, own === '' ? hello : own)
    if (told !== undefined) say('version', hex(told.version), hex(Number(versions![0])))
    const after = d.memory['quic'] as { dcid: Uint8Array } | undefined
    if (after !== undefined && after !== before)
      say('id', Buffer.from(after.dcid).toString('hex'), (dcids![0] ?? '').replaceAll(':', ''))
  })
  rmSync(path, { force: true })
  return compared
}

const hex = (n: number): string => n.toString(16)

/** Each flow between a client of its own and one server. */
function capture(flows: readonly QuicFlow[]): Uint8Array {
  const packets = flows.flatMap((flow, i) =>
    flow.datagrams.map(({ bytes, fromClient }) => packet(bytes, fromClient, i, flow.port)),
  )
  return pcap(
    101,
    packets.map((bytes, i) => ({ bytes, time: 1.79e15 + i * 1000, wireLength: bytes.length })),
  )
}

function packet(payload: Uint8Array, fromClient: boolean, client: number, port: number): Uint8Array {
  const bytes = new Uint8Array(28 + payload.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = 0x45
  view.setUint16(2, bytes.length)
  bytes[8] = 64
  bytes[9] = 17
  view.setUint32(fromClient ? 12 : 16, 0x0a000000 + client)
  view.setUint32(fromClient ? 16 : 12, 0xc0000201)
  view.setUint16(fromClient ? 20 : 22, 50_000 + (client % 1000))
  view.setUint16(fromClient ? 22 : 20, port)
  view.setUint16(24, 8 + payload.length)
  bytes.set(payload, 28)
  return bytes
}

/** Where we differ, and why we are right. */
const EXPLAINED: readonly { readonly why: string; readonly when: (difference: QuicDifference) => boolean }[] = [
  {
    why: 'tshark reads on in what a receiver would refuse: datagrams that are too small, packets that do not fit them, hellos that end early',
    when: ({ flow, what, ours }) => flow.fate !== 'whole' && (what === 'recognised' || what === 'hello') && ours === '',
  },
  {
    why: 'frames that contradict each other, are unknown or overlap out of order: tshark loses the stream, or reads another of the two',
    when: ({ flow, what, ours, theirs }) =>
      flow.fate === 'frames changed' && what === 'hello' && (theirs === '' || [ours, theirs].includes(flow.hello!)),
  },
  {
    why: 'tshark ends with an error of its own',
    when: ({ remarks }) => remarks.includes('failed assertion'),
  },
  {
    why: 'of CRYPTO frames that contradict each other what came first stays (RFC 9000 section 2.2 leaves it open); tshark reads on from elsewhere',
    when: ({ flow, what, remarks }) => flow.fate === 'frames changed' && what === 'hello' && /overlaps|reused/.test(remarks),
  },
  {
    why: 'a packet that opens with the keys of the connection is its, whatever id it names (RFC 9001 section 5.2)',
    when: ({ flow, what, ours, theirs }) =>
      flow.fate === 'header changed' && what === 'hello' && ours === flow.hello && theirs === '',
  },
  {
    why: 'tshark shows what lies in vectors that do not fit (RFC 8446 section 3.4), and in extensions that come twice (section 4.2)',
    when: ({ flow, what, remarks }) =>
      flow.fate !== 'whole' && what === 'hello' && /Vector length|Malformed|unprocessed/.test(remarks),
  },
  {
    why: "versions of Facebook's that tshark has no name for",
    when: ({ what, theirs, bytes }) =>
      what === 'recognised' && theirs === '' && Buffer.from(bytes).toString('hex', 1, 4) === 'faceb0',
  },
]

export function explained(difference: QuicDifference): string | undefined {
  return EXPLAINED.find(({ when }) => when(difference))?.why
}

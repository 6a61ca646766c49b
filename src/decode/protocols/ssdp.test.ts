import { describe, expect, it } from 'vitest'
import { type Column, compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { ssdp, type SsdpMessage } from './ssdp.ts'

const columns: Column<SsdpMessage>[] = [
  {
    field: 'http.request.method',
    ours: (ms) => ms.flatMap((m) => (m.type === 'notify' ? ['NOTIFY'] : m.type === 'search' ? ['M-SEARCH'] : [])),
  },
  { field: 'http.response.code', ours: (ms) => ms.flatMap((m) => (m.type === 'response' ? [String(m.status)] : [])) },
  { field: 'http.server', ours: (ms) => ms.flatMap((m) => m.server ?? []) },
  { field: 'http.location', ours: (ms) => ms.flatMap((m) => m.location ?? []) },
  { field: 'http.user_agent', ours: (ms) => ms.flatMap((m) => m.agent ?? []) },
  // headers that it has no field of their own for are in one of three
  {
    field: 'http.unknown_header',
    ours: (ms) => ms.map(told),
    theirs: (values, row) => lines([...values, ...row[MORE]!, ...row[MORE + 1]!]),
  },
  { field: 'http.request.line', ours: () => [], theirs: () => [] },
  { field: 'http.response.line', ours: () => [], theirs: () => [] },
]
const MORE = columns.length - 2

/** NT or ST, and USN, as one text. */
function told(m: SsdpMessage): string {
  return [m.target, m.usn ?? ''].join(' | ')
}

function lines(values: readonly string[]): string[] {
  const find = (name: RegExp): string =>
    values
      .find((line) => name.test(line))
      ?.replace(name, '')
      .replace(/(\\r)?(\\n)?$/, '')
      .trim() ?? ''
  return [[find(/^(NT|ST) *:/i), find(/^USN *:/i)].join(' | ')]
}

const FILES = [
  'iot-sentinel/HueBridge/Setup-A-1-STA.pcap',
  'iot-sentinel/WeMoLink/Setup-A-1-STA.pcap',
  'iot-sentinel/WeMoSwitch/Setup-A-1-STA.pcap',
  'iot-sentinel/D-LinkCam/Setup-A-1-STA.pcap',
  'ja4/pcap/ssh2.pcapng',
  'ja4/pcap/latest.pcapng',
  'ja4/pcap/tls3.pcapng',
  'ndpi/pcap/ssdp-m-search-ua.pcap',
  'wireshark/logistics_multicast.pcapng',
  'malware/id2t/sality_botnet.pcap',
] as const
const usable = tsharkAvailable() && corpus('iot-sentinel') !== undefined

describe('SSDP fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'ssdp', columns, await decodeDatagrams(path, ssdp))
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })
})

describe('SSDP by hand', () => {
  const datagram = (lines: string) => datagramOf(new TextEncoder().encode(lines), 1900, 50000)
  it('is an answer only with ST or USN', () => {
    expect(ssdp.recognise(datagram('HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n'))).toBe(true)
    expect(ssdp.recognise(datagram('HTTP/1.1 200 OK\nusn:uuid:1\n\n'))).toBe(true)
    expect(ssdp.recognise(datagram('HTTP/1.1 200 OK\r\nServer: x\r\n\r\n'))).toBe(false)
  })
  it('reads bare line feeds and names in any case', () => {
    const found: SsdpMessage[] = []
    ssdp.decode(
      datagram(
        'NOTIFY * HTTP/1.1\nnT:upnp:rootdevice\nNTS: ssdp:alive\nserver: Linux UPnP/1.0 x/1\nusn:uuid:1::upnp:rootdevice\n\nST: not a header',
      ),
      (m) => found.push(m),
    )
    expect(found).toMatchObject([
      {
        type: 'notify',
        target: 'upnp:rootdevice',
        nts: 'ssdp:alive',
        server: 'Linux UPnP/1.0 x/1',
        usn: 'uuid:1::upnp:rootdevice',
      },
    ])
  })
})

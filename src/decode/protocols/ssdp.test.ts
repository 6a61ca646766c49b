import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { ssdpColumns } from '../../testing/columns/ssdp.ts'
import { corpus } from '../../testing/corpus.ts'
import { datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { ssdp, type SsdpMessage } from './ssdp.ts'

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
    const { differences, frames } = compare(path, 'ssdp', ssdpColumns, await decodeDatagrams(path, ssdp))
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

import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { wsd, type WsdMessage } from './wsd.ts'

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const NS = 'http://schemas.xmlsoap.org/ws/2005/04/discovery'

const envelope = (action: string, body: string, namespace = NS) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="${namespace}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">` +
  `<e:Header><w:MessageID>uuid:1</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action>${namespace}/${action}</w:Action></e:Header><e:Body>${body}</e:Body></e:Envelope>`
const match = (address: string) =>
  `<d:ProbeMatches><d:ProbeMatch><w:EndpointReference><w:Address>urn:uuid:a1</w:Address></w:EndpointReference><d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>` +
  `<d:Scopes>onvif://www.onvif.org/type/video_encoder\n onvif://www.onvif.org/name/ACME%20Dome onvif://www.onvif.org/hardware/AC-100 onvif://www.onvif.org/location/country/china</d:Scopes>` +
  `<d:XAddrs>http://${address}/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches>`
const PROBE = envelope('Probe', '<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>')

function read(text: string): WsdMessage[] {
  const found: WsdMessage[] = []
  const datagram = datagramOf(bytes(text), 40000, 3702)
  if (wsd.recognise(datagram)) wsd.decode(datagram, (message) => found.push(message))
  return found
}

describe('wsd', () => {
  it('looks no further than the datagram for what makes it one', () => {
    const datagram = datagramOf(bytes(`<${' '.repeat(100)}`), 40000, 3702)
    const within = { ...datagram, bytes: new Uint8Array(1 << 25) }
    within.bytes.set(datagram.bytes)
    const before = process.cpuUsage().user
    for (let i = 0; i < 200; i++) wsd.recognise(within)
    // the whole buffer takes ten times as long
    expect(process.cpuUsage().user - before).toBeLessThan(100_000)
  })

  it('reads a camera’s answer', () => {
    expect(read(envelope('ProbeMatches', match('192.168.7.1')))).toMatchObject([
      {
        type: 'probe-matches',
        endpoint: 'urn:uuid:a1',
        types: ['NetworkVideoTransmitter', 'Device'],
        scopes: [
          'onvif://www.onvif.org/type/video_encoder',
          'onvif://www.onvif.org/name/ACME%20Dome',
          'onvif://www.onvif.org/hardware/AC-100',
          'onvif://www.onvif.org/location/country/china',
        ],
        addresses: ['http://192.168.7.1/onvif/device_service'],
      },
    ])
    expect(read(PROBE)).toMatchObject([{ type: 'probe', types: ['NetworkVideoTransmitter'], scopes: [] }])
    const oasis = 'http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01'
    expect(read(envelope('Hello', '', oasis))).toMatchObject([{ type: 'hello' }])
  })

  it('refuses other SOAP and other actions', () => {
    expect(read(envelope('Probe', '', 'http://example.org/discovery'))).toEqual([])
    expect(read(envelope('Erase', ''))).toEqual([])
    expect(read(envelope('toString', ''))).toEqual([])
    expect(read('<'.repeat(5000))).toEqual([])
  })

  it('says what a camera is, of itself only', async () => {
    const at = await observed(
      dialogueCapture(
        [
          ['client', PROBE],
          ['server', envelope('ProbeMatches', match('192.168.7.1'))],
        ],
        3702,
        'udp',
      ),
    )
    const camera = at('192.168.7.1')
    expect(camera.identity.signals.map((one) => `${one.kind} ${one.value}`)).toEqual(
      expect.arrayContaining(['onvif.name ACME Dome', 'onvif.hardware AC-100', 'wsd.type NetworkVideoTransmitter']),
    )
    expect(camera.of('name').map(({ data }) => data)).toEqual([{ via: 'wsd', name: 'ACME Dome' }])
    expect(camera.of('protocol').map(({ data }) => data)).toMatchObject([
      { protocol: 'wsd', role: 'server', detail: { name: 'ACME Dome', hardware: 'AC-100', location: 'country/china' } },
    ])
    expect(
      at('192.168.7.2')
        .of('protocol')
        .map(({ data }) => data),
    ).toMatchObject([{ role: 'client', detail: { 'looks for': 'NetworkVideoTransmitter' } }])
    // a recorder that answers for a camera behind it is not that camera
    const proxy = await observed(dialogueCapture([['client', envelope('ProbeMatches', match('10.9.9.9'))]], 40000, 'udp', 3702))
    expect(
      proxy('192.168.7.2').identity.signals.filter(({ kind }) => kind.startsWith('onvif') || kind.startsWith('wsd')),
    ).toEqual([])
  })

  const UPNP = 'ndpi/pcap/upnp.pcap'
  it.skipIf(corpus(UPNP) === undefined || !tsharkAvailable())('reads every datagram on the port of a real capture', async () => {
    const messages = await decodeDatagrams(corpus(UPNP)!, wsd)
    const rows = tsharkFields(corpus(UPNP)!, ['udp.payload'], 'udp.port == 3702')
    const theirs = [...rows].map(([frame, [payload]]) => {
      const soap = Buffer.from(payload![0]!, 'hex').toString('utf8')
      return [frame, /<wsa:Action>[^<]*\/(\w+)</.exec(soap)![1]!.toLowerCase(), /<wsa:Address>(urn[^<]*)</.exec(soap)?.[1]]
    })
    expect(theirs.length).toBeGreaterThan(10)
    expect(messages.map((one) => [one.frame, one.type.replace('-', ''), one.endpoint])).toEqual(theirs)
  })
})

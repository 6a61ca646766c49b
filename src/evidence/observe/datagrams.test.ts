import { describe, expect, it } from 'vitest'
import { coap } from '../../decode/protocols/coap.ts'
import { dhcp } from '../../decode/protocols/dhcp.ts'
import { dns } from '../../decode/protocols/dns.ts'
import { mdns } from '../../decode/protocols/mdns.ts'
import { nbdgm } from '../../decode/protocols/nbdgm.ts'
import { nbns } from '../../decode/protocols/nbns.ts'
import { ntp } from '../../decode/protocols/ntp.ts'
import { snmp } from '../../decode/protocols/snmp.ts'
import { ssdp } from '../../decode/protocols/ssdp.ts'
import type { DatagramDecoder, MessageBase } from '../../decode/message.ts'
import { bytesOf, datagramOf } from '../../testing/datagrams.ts'
import { local, Recorder, stranger } from '../../testing/recorder.ts'
import type { Context, Observer } from '../context.ts'
import { learners } from '../network.ts'
import { observeCoap } from './coap.ts'
import { observeDhcp } from './dhcp.ts'
import { observeDns } from './dns.ts'
import { observeMdns } from './mdns.ts'
import { observeNbdgm } from './nbdgm.ts'
import { observeNbns } from './nbns.ts'
import { observeNtp } from './ntp.ts'
import { observeSnmp } from './snmp.ts'
import { observeSsdp } from './ssdp.ts'

function play<M extends MessageBase>(
  decoder: DatagramDecoder<M>,
  observer: Observer<M>,
  context: Context,
  bytes: Uint8Array,
  fromClient = true,
): void {
  const datagram = { ...datagramOf(bytes, context.client.port, context.server.port), fromClient }
  let emitted = 0
  decoder.decode(datagram, (message) => {
    emitted++
    observer(message, context)
  })
  expect(emitted).toBe(1)
}

const device = local(1, '192.168.1.7')
const resolver = stranger('192.0.2.53', 53)
const query = bytesOf('0001 0100 0001 0000 0000 0000 03575757 076578616d706c65 03636f6d 00 0001 0001')
const answer = bytesOf(`0001 8180 0001 0003 0000 0000 03575757 076578616d706c65 03636f6d 00 0001 0001
  c00c 0005 0001 0000003c 0004 0163 c010  c02d 0001 0001 0000003c 0004 c0000201  0178 c010 0001 0001 0000003c 0004 c0000263`)

describe('DNS', () => {
  it('joins a question with its answer, and learns the asked name through aliases', () => {
    const context = new Recorder(device, resolver)
    play(dns, observeDns, context, query)
    play(dns, observeDns, context, answer, false)
    play(dns, observeDns, context, answer, false)
    expect(context.of('dns.query')).toEqual([
      {
        host: 1,
        count: 1,
        data: {
          name: 'www.example.com',
          type: 'A',
          resolver: { ip: '192.0.2.53', port: 53, scope: 'internet' },
          transport: 'udp',
          answers: ['c.example.com', '192.0.2.1'],
          rcode: 'NOERROR',
        },
      },
    ])
    // x.example.com is in the answer, but nobody asked for it: a resolver must not be able to name other addresses
    expect(new Set(context.learnt)).toEqual(new Set(['1 192.0.2.1 www.example.com']))
    expect(context.signals).toEqual(['1 dns.name example.com'])
  })

  it('knows who asked when the capture began with the answer', () => {
    const context = new Recorder(resolver, device)
    play(dns, observeDns, context, answer, true)
    expect(context.of('dns.query')).toMatchObject([{ host: 1, data: { resolver: { ip: '192.0.2.53' } } }])
  })
})

describe('mDNS', () => {
  /** _hue._tcp PTR Huk, SRV 443 h.local, TXT md=BSB002 and user@example.org, A of h.local. */
  const announce = (address: string) =>
    bytesOf(`0000 8400 0000 0004 0000 0000  045f687565 045f746370 056c6f63616c 00 000c 0001 00001194 0006 0348756b c00c
      c027 0021 8001 00000078 000a 0000 0000 01bb 0168 c016  c027 0010 8001 00001194 001d 09 6d643d425342303032 12 6f3d75736572406578616d706c652e6f7267  c03f 0001 8001 00000078 0004 ${address}`)
  const group = { host: -1, ip: '224.0.0.251', port: 5353, scope: 'multicast' } as const

  it('describes its sender; an e-mail address in it is masked', () => {
    const context = new Recorder(local(1, '192.168.1.7', 5353), group)
    play(mdns, observeMdns, context, announce('c0a80107'))
    expect(context.of('mdns.service')).toEqual([
      { host: 1, count: 3, data: { type: '_hue._tcp', instance: 'Huk', port: 443, txt: { md: 'BSB002', o: 'u…(16)' } } },
    ])
    expect(context.signals).toEqual(
      expect.arrayContaining(['1 mdns.service _hue._tcp', '1 mdns.instance Huk', '1 mdns.txt md=BSB002', '1 mdns.host h']),
    )
    expect(JSON.stringify([context.facts, context.signals])).not.toContain('user@example.org')
  })

  it('does not take a sleep proxy for the things it speaks for', () => {
    const context = new Recorder(local(1, '192.168.1.7', 5353), group)
    play(mdns, observeMdns, context, announce('c0a80109'))
    expect(context.facts).toEqual([])
    expect(context.signals).toEqual([])
  })
})

describe('DHCP', () => {
  const message = (op: string, type: string, yiaddr: string, giaddr: string, options: string) =>
    bytesOf(
      `${op}010600 00000001 00000000 00000000 ${yiaddr} 00000000 ${giaddr} 001122334455 ${'00'.repeat(10)} ${'00'.repeat(192)} 63825363 3501${type} ${options} ff`,
    )
  const request = '0c0463616d31 3703010306 3c0475646870'
  const owners = { '00:11:22:33:44:55': local(4, '192.168.1.44') }
  const server = local(2, '192.168.1.1', 67)

  it('is about the client that chaddr names, also when a relay or the server speaks', () => {
    const context = new Recorder(local(9, '192.168.1.9', 67), server, owners)
    play(dhcp, observeDhcp, context, message('01', '03', '00000000', 'c0a80109', request))
    play(dhcp, observeDhcp, context, message('02', '05', 'c0a8012c', 'c0a80109', '0304c0a80101 0608c0a80101c0000235'), false)
    expect(context.of('dhcp.client')).toEqual([
      {
        host: 4,
        count: 1,
        data: {
          hostname: 'cam1',
          vendorClass: 'udhp',
          parameters: [1, 3, 6],
          gaveResolvers: ['192.168.1.1', '192.0.2.53'],
          version: 4,
        },
      },
    ])
    expect(context.of('name')).toEqual([{ host: 4, count: 1, data: { via: 'dhcp', name: 'cam1' } }])
    expect(context.signals).toEqual(['4 dhcp.hostname cam1', '4 dhcp.vendor-class udhp', '4 dhcp.parameters 1,3,6'])
    const lease = message('02', '05', 'c0a8012c', 'c0a80109', '0304c0a80101 0608c0a80101c0000235')
    expect(learnt(lease)).toEqual([
      'router 192.168.1.1',
      'resolver 192.168.1.1',
      'resolver 192.0.2.53',
      '00:11:22:33:44:55 192.168.1.44',
    ])
  })

  it('an offer binds nothing', () => {
    const context = new Recorder(local(4, '0.0.0.0', 68), server, owners)
    const offer = message('02', '02', 'c0a8012c', '00000000', '0304c0a80101')
    play(dhcp, observeDhcp, context, offer, false)
    expect([...learnt(offer), ...context.facts]).toEqual([])
  })
})

/** What a DHCP datagram tells of the network. */
function learnt(bytes: Uint8Array): string[] {
  const told: string[] = []
  const datagram = datagramOf(bytes, 67, 68)
  if (!learners['dhcp']!.tells(datagram)) return told
  dhcp.decode(datagram, (message) =>
    learners['dhcp']!.learn(message as never, {
      router: (ip) => told.push(`router ${ip}`),
      resolver: (ip) => told.push(`resolver ${ip}`),
      lease: (mac, ip) => told.push(`${mac} ${ip}`),
    }),
  )
  return told
}

describe('SNMP', () => {
  const get = (tag: string) =>
    bytesOf(`30 26 02 01 01 04 06 7075626c6963 ${tag} 19 02 01 01 02 01 00 02 01 00 30 0e 30 0c 06 08 2b06010201010100 05 00`)

  it('shows the community masked, known, and accepted once it was answered', () => {
    const context = new Recorder(local(1, '192.168.1.7', 50000), local(2, '192.168.1.8', 161))
    play(snmp, observeSnmp, context, get('a0'))
    // anyone may ask with any password: that says nothing of the one who is asked
    expect(context.of('credential')).toMatchObject([
      { host: 1, data: { role: 'client', secret: 'p…(6)', known: 'default SNMP communities', accepted: 'unknown' } },
    ])
    play(snmp, observeSnmp, context, get('a2'), false)
    expect(context.of('credential')).toMatchObject([
      { host: 1, count: 1, data: { role: 'client', accepted: 'yes' } },
      { host: 2, count: 1, data: { role: 'server', accepted: 'yes' } },
    ])
    expect(JSON.stringify(context.facts)).not.toContain('"public"')
  })
})

describe('NTP', () => {
  it('a request with a MAC that is answered without one is not authenticated time', () => {
    const header = (first: string) => `${first} 02 06 ec ${'00'.repeat(44)}`
    const context = new Recorder(local(1, '192.168.1.7', 123), stranger('192.0.2.123', 123))
    play(ntp, observeNtp, context, bytesOf(`${header('23')} 0000000a ${'11'.repeat(16)}`))
    expect(context.of('ntp')).toMatchObject([{ host: 1, data: { authenticated: true, role: 'client', version: 4 } }])
    play(ntp, observeNtp, context, bytesOf(header('24')), false)
    expect(context.of('ntp')).toMatchObject([{ host: 1, count: 1, data: { authenticated: false } }])
  })
})

describe('SSDP, NBNS, CoAP', () => {
  it('an SSDP answer describes who gives it; the query of a location stays out', () => {
    const context = new Recorder(local(1, '192.168.1.7', 50000), local(2, '192.168.1.8', 1900))
    const lines =
      'HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:42::upnp:rootdevice\r\nSERVER: L/1 UPnP/1.0 X/2\r\nLOCATION: http://192.168.1.8/d.xml?token=s3cret\r\n\r\n'
    play(ssdp, observeSsdp, context, new TextEncoder().encode(lines), false)
    expect(context.of('ssdp')).toEqual([
      {
        host: 2,
        count: 1,
        data: {
          type: 'response',
          target: 'upnp:rootdevice',
          usn: 'uuid:42::upnp:rootdevice',
          server: 'L/1 UPnP/1.0 X/2',
          location: 'http://192.168.1.8/d.xml?…',
        },
      },
    ])
    expect(context.signals).toEqual(['2 ssdp.server L/1 UPnP/1.0 X/2', '2 ssdp.usn uuid:42'])
  })

  it('a NetBIOS registration is a name, a query is not', () => {
    const fred = Array.from('EGFCEFEECACACACACACACACACACACACA', (c) => c.charCodeAt(0).toString(16)).join('')
    const context = new Recorder(local(1, '192.168.1.7', 137), local(-1, '192.168.1.255', 137))
    play(nbns, observeNbns, context, bytesOf(`0001 0110 0001 0000 0000 0000 20 ${fred} 00 0020 0001`))
    expect(context.of('name')).toEqual([])
    play(
      nbns,
      observeNbns,
      context,
      bytesOf(`0001 2910 0001 0000 0000 0001 20 ${fred} 00 0020 0001 c00c 0020 0001 00000000 0006 6000 c0a80107`),
    )
    expect(context.of('name')).toEqual([{ host: 1, count: 1, data: { via: 'nbns', name: 'FRED' } }])
    expect(context.signals).toEqual(['1 nbns.name FRED'])
  })

  it('NetBIOS datagrams: who sends in its own name says what it is called', () => {
    const letters = (text: string) => Array.from(text, (c) => c.charCodeAt(0).toString(16)).join('')
    const name = (text: string) => `20 ${letters(text)} 00`
    const [fred, net] = [name('EGFCEFEECACACACACACACACACACACACA'), name('EOEFFECACACACACACACACACACACACABO')]
    const context = new Recorder(local(1, '192.168.1.7', 138), local(2, '192.168.1.255', 138))
    play(nbdgm, observeNbdgm, context, bytesOf(`11 02 0001 c0a80107 008a 0044 0000 ${fred} ${net}`))
    expect(context.signals).toEqual(['1 nbns.name FRED'])
    expect(context.of('name')).toEqual([{ host: 1, count: 1, data: { via: 'nbns', name: 'FRED' } }])
    // passed on for another; and in the name of a group
    const other = new Recorder(local(1, '192.168.1.7', 138), local(2, '192.168.1.255', 138))
    play(nbdgm, observeNbdgm, other, bytesOf(`11 02 0001 c0a80109 008a 0044 0000 ${fred} ${net}`))
    play(nbdgm, observeNbdgm, other, bytesOf(`11 02 0001 c0a80107 008a 0044 0000 ${net} ${fred}`))
    expect(other.signals).toEqual([])
  })

  it('CoAP: who asks and who serves', () => {
    const context = new Recorder(local(1, '192.168.1.7', 50000), local(2, '192.168.1.8', 5683))
    play(coap, observeCoap, context, bytesOf('40 01 7d34 bb 74656d7065726174757265 46 6b65793d7631'))
    play(coap, observeCoap, context, bytesOf('60 45 7d34 ff 32322e332043'), false)
    expect(context.of('protocol')).toMatchObject([
      { host: 1, data: { protocol: 'coap', role: 'client', detail: { method: 'GET', path: '/temperature', query: 'key' } } },
      { host: 2, data: { protocol: 'coap', role: 'server', detail: { code: '2.05' } } },
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { dhcpv6Columns } from '../../testing/columns/dhcpv6.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { dhcpv6, type Dhcpv6Message } from './dhcpv6.ts'

const FILES = [
  'wireshark/logistics_multicast.pcapng',
  'ja4/pcap/dhcpv6.pcap',
  'tcpdump/dhcpv6-sip-server-d.pcap',
  'tcpdump/dhcpv6-ia-na.pcap',
  'tcpdump/dhcpv6-ia-pd.pcap',
  'tcpdump/dhcpv6-ia-ta.pcap',
  'tcpdump/dhcpv6-AFTR-Name-RFC6334.pcap',
  'tcpdump/dhcpv6-ntp-server.pcap',
  'tcpdump/dhcpv6-mud.pcap',
  'tcpdump/dhcpv6-domain-list.pcap',
] as const

const usable = tsharkAvailable() && corpus('tcpdump') !== undefined

describe('DHCPv6 fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'dhcpv6', dhcpv6Columns, await decodeDatagrams(path, dhcpv6))
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })
})

describe('DHCPv6 by hand', () => {
  it("unwraps a relayed message and takes the client's address from the relay (RFC 8415 section 9, RFC 6939)", () => {
    const solicit = '01 123456 0001 000e 0001 0001 00000000 aabbccddeeff 0006 0004 0017 0018'
    const relay = `0c 00 ${'20010db8'.padEnd(32, '0')} fe80${'0'.repeat(24)}0002 004f 0008 0001 001122334455 0009 001e ${solicit}`
    let found: Dhcpv6Message | undefined
    dhcpv6.decode(datagramOf(bytesOf(relay), 547, 547), (message) => (found = message))
    expect(found).toMatchObject({
      type: 'SOLICIT',
      request: true,
      relays: 1,
      relayedFor: 'fe80::2',
      transaction: 0x123456,
      clientMac: '00:11:22:33:44:55',
      requested: [23, 24],
      damaged: false,
    })
  })

  const read = (hexDigits: string): Dhcpv6Message | undefined => {
    let found: Dhcpv6Message | undefined
    const datagram = datagramOf(bytesOf(hexDigits), 546, 547)
    if (dhcpv6.recognise(datagram)) dhcpv6.decode(datagram, (message) => (found = message))
    return found
  }

  it("takes no transaction out of a relay's header around nothing, nor out of one that is cut", () => {
    expect(read(`0c 00 ${'20010db8'.padEnd(32, '0')} fe80${'0'.repeat(24)}0002`)).toBeUndefined()
    expect(read('0c 00 20010db8')).toBeUndefined()
    expect(read(`0c 00 ${'20010db8'.padEnd(32, '0')} fe80${'0'.repeat(24)}0002 0009 00ff 01 123456`)).toBeUndefined()
  })

  it('takes no DUID of less than three bytes or more than 130 (RFC 8415 section 11.1)', () => {
    expect(read('01 123456 0001 0002 0003 0002 0003 000400')).toMatchObject({ serverDuid: '000400' })
    expect(read('01 123456 0001 0002 0003')).not.toHaveProperty('clientDuid')
    expect(read(`01 123456 0002 0083 ${'00'.repeat(131)}`)).not.toHaveProperty('serverDuid')
    expect(read(`01 123456 0002 0082 ${'00'.repeat(130)}`)?.serverDuid).toHaveLength(260)
  })
})

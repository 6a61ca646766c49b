import { describe, expect, it } from 'vitest'
import { type Column, compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { dhcpv6, type Dhcpv6Message } from './dhcpv6.ts'

const TYPES = [
  '',
  'SOLICIT',
  'ADVERTISE',
  'REQUEST',
  'CONFIRM',
  'RENEW',
  'REBIND',
  'REPLY',
  'RELEASE',
  'DECLINE',
  'RECONFIGURE',
  'INFORMATION-REQUEST',
  'RELAY-FORW',
  'RELAY-REPL',
]

const columns: Column<Dhcpv6Message>[] = [
  // of relayed messages tshark lists the relay's header first
  { field: 'dhcpv6.msgtype', ours: (ms) => ms.map((m) => String(TYPES.indexOf(m.type))), theirs: (types) => types.slice(-1) },
  { field: 'dhcpv6.xid', ours: (ms) => ms.map((m) => `0x${m.transaction.toString(16).padStart(6, '0')}`) },
  {
    field: 'dhcpv6.duid.bytes',
    ours: (ms) => ms.flatMap((m) => [m.clientDuid, m.serverDuid].filter((duid) => duid !== undefined)).sort(),
    theirs: (duids) => [...duids].sort(),
  },
  {
    field: 'dhcpv6.vendorclass.enterprise',
    ours: (ms) => ms.flatMap((m) => (m.vendorClass ? [String(m.vendorClass.enterprise)] : [])),
  },
  { field: 'dhcpv6.vendorclass.data', ours: (ms) => ms.flatMap((m) => m.vendorClass?.texts ?? []) },
  // tshark writes the root of a full name (RFC 4704 section 4.2) as a last dot
  {
    field: 'dhcpv6.client_domain',
    ours: (ms) => ms.flatMap((m) => m.fqdn ?? []),
    theirs: (names) => names.map((name) => name.replace(/\.$/, '')),
  },
  { field: 'dhcpv6.requested_option_code', ours: (ms) => ms.flatMap((m) => m.requested.map(String)) },
  { field: 'dhcpv6.dns_server', ours: (ms) => ms.flatMap((m) => m.resolvers) },
  { field: 'dhcpv6.iaaddr.ip', ours: (ms) => ms.flatMap((m) => m.addresses) },
  { field: 'dhcpv6.mudurl', ours: (ms) => ms.flatMap((m) => m.mudUrl ?? []) },
]

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
    const { differences, frames } = compare(path, 'dhcpv6', columns, await decodeDatagrams(path, dhcpv6))
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
})

import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { dhcpColumns } from '../../testing/columns/dhcp.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { dhcp, type DhcpMessage } from './dhcp.ts'

const FILES = [
  'iot-sentinel/HueBridge/Setup-A-1-STA.pcap',
  'iot-sentinel/WeMoLink/Setup-A-1-STA.pcap',
  'iot-sentinel/Withings/Setup-A-1-STA.pcap',
  'iot-sentinel/D-LinkCam/Setup-A-1-STA.pcap',
  'iot-sentinel/TP-LinkPlugHS110/Setup-A-1-STA.pcap',
  'iot-sentinel/EdnetGateway/Setup-A-1-STA.pcap',
  'iot-sentinel/SmarterCoffee/Setup-A-1-STA.pcap',
  'iot-sentinel/MAXGateway/Setup-A-1-STA.pcap',
  'ja4/pcap/dhcp.pcapng',
  'mutated/dhcp.pcap',
  'malware/id2t/sality_botnet.pcap',
  'ndpi/pcap/dhcp-fuzz.pcapng',
  'wireshark/dhcp.pcap',
  'wireshark/logistics_multicast.pcapng',
  'tcpdump/dhcp-mud.pcap',
  'tcpdump/dhcp-rfc3004.pcap',
  'tcpdump/dhcp-rfc4388.pcap',
  'tcpdump/dhcp-rfc5859.pcap',
  'tcpdump/dcb_qcn.pcap',
  'zeek/dhcp/dhcp-unique-xid-join-data-growth.pcapng',
  'zeek/dhcp/dhcp.pcap',
  'zeek/dhcp/dhcp_inform.pcap',
  'zeek/dhcp/dhcp_ack_subscriber_id_and_agent_remote_id.pcap',
  'zeek/dhcp/dhcp_bad_cookie_option_retention.pcap',
  'zeek/dhcp/hw-type0.pcap',
  'zeek/dhcp/dhcp_time_and_nameserver.pcap',
  'zeek/dhcp/dhcp_flood.pcap',
  'zeek/dhcp/dhcp_discover_param_req_and_client_id.pcap',
] as const

/** Where we differ, and which of us is right. */
const EXPLAINED: Record<string, { why: string; differences: string[] }> = {
  'ndpi/pcap/dhcp-fuzz.pcapng': {
    why: 'Option 60 claims more bytes than the message has (RFC 2132 section 2: the length counts the data octets): tshark names its code, we drop it.',
    differences: ['1 dhcp.option.type: tshark ["53","61","12","60"] ours ["53","61","12"]'],
  },
}

const usable = tsharkAvailable() && corpus('zeek') !== undefined

describe('DHCP fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'dhcp', dhcpColumns, await decodeDatagrams(path, dhcp))
    expect(differences).toEqual(EXPLAINED[file]?.differences ?? [])
    if (EXPLAINED[file] === undefined) expect(frames).toBeGreaterThan(0)
  })
})

describe('DHCP by hand', () => {
  const read = (sname: string, file: string, options: string): DhcpMessage | undefined => {
    let found: DhcpMessage | undefined
    const fixed = `01010600 00000001 00000000 00000000 00000000 00000000 00000000 001122334455 ${'00'.repeat(10)}`
    const bytes = bytesOf(`${fixed} ${sname.padEnd(128, '0')} ${file.padEnd(256, '0')} 63825363 ${options}`)
    const datagram = datagramOf(bytes, 68, 67)
    if (dhcp.recognise(datagram)) dhcp.decode(datagram, (message) => (found = message))
    return found
  }

  it('reads options in `file` and `sname` when option 52 says so (RFC 2132 section 9.3), in that order', () => {
    expect(read('0c0163ff', '3c0162ff', '350101 340103 ff')).toMatchObject({
      type: 'DISCOVER',
      hostname: 'c',
      vendorClass: 'b',
      options: [53, 52, 60, 12],
    })
    expect(read('0c0163ff', '3c0162ff', '350101 340101 ff')).toMatchObject({ vendorClass: 'b', options: [53, 52, 60] })
    expect(read('0c0163ff', '3c0162ff', '350101 ff')?.options).toEqual([53])
  })
  it('joins an option that comes in pieces (RFC 3396 section 7)', () => {
    expect(read('', '', '350101 3702 0103 0c0161 3702 060f 0c0162 ff')).toMatchObject({
      parameters: [1, 3, 6, 15],
      hostname: 'ab',
    })
  })
  it('says damaged when an option claims more than there is, and keeps what came before', () => {
    expect(read('', '', '350101 0cff 61')).toMatchObject({ type: 'DISCOVER', damaged: true, options: [53] })
  })
  it('takes addresses of four bytes only (RFC 2132 section 9.7)', () => {
    expect(read('', '', '350103 3604 c0000201 ff')?.serverId).toBe('192.0.2.1')
    expect(read('', '', '350103 3606 c0000201 0c00 ff')).not.toHaveProperty('serverId')
  })
  it('reads both forms of option 81 (RFC 4702 section 2.3)', () => {
    expect(read('', '', '350103 510a 00 00 00 686f73742e6578 ff')?.fqdn).toBe('host.ex')
    expect(read('', '', '350103 510c 05 00 00 04686f7374 026578 00 ff')?.fqdn).toBe('host.ex')
  })
})

import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { snmpColumns } from '../../testing/columns/snmp.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { snmp, type SnmpMessage } from './snmp.ts'

const FILES = [
  'zeek/snmp/snmpv2_get.pcap',
  'zeek/snmp/snmpv1_get.pcap',
  'zeek/snmp/snmpv2_get_bulk.pcap',
  'zeek/snmp/snmpv2_get_next.pcap',
  'zeek/snmp/snmpv1_trap.pcap',
  'zeek/snmp/snmpv1_get_short.pcap',
  'zeek/snmp/snmpv1_set.pcap',
  'zeek/snmp/snmpwalk-short.pcap',
  'zeek/snmp/snmp-crash-62790.pcap',
  'zeek/snmp/snmpv3_get_next.pcap',
  'zeek/snmp/leak_test.pcapng',
  'zeek/snmp/snmp-oid-subidentifier-too-long.pcap',
  'tcpdump/snmp-heapoverflow-1.pcap',
  'malware/stopddos/amp.UDP.snmp.src161.pcapng',
] as const
const usable = tsharkAvailable() && corpus('zeek') !== undefined

/** Where we differ, and which of us is right. */
const EXPLAINED: Record<string, { why: string; differences: (string | RegExp)[] }> = {}

describe('SNMP by hand', () => {
  it('has request identifiers of 32 bits (RFC 3416 section 3)', () => {
    const read = (id: string): SnmpMessage | undefined => {
      let found: SnmpMessage | undefined
      const n = id.length / 2
      const hex = (value: number) => value.toString(16).padStart(2, '0')
      const bytes = `30 ${hex(23 + n)} 020101 0406 7075626c6963 a0 ${hex(10 + n)} 02 ${hex(n)} ${id} 020100 020100 3000`
      const datagram = datagramOf(bytesOf(bytes), 40_000, 161)
      if (snmp.recognise(datagram)) snmp.decode(datagram, (message) => (found = message))
      return found
    }
    expect(read('7fffffff')?.requestId).toBe(0x7fffffff)
    expect(read('ffffffff')?.requestId).toBe(-1)
    expect(read('00ffffffff')?.requestId).toBe(0xffffffff)
    expect(read('09584e4d02')).toMatchObject({ pdu: 'get-request', community: 'public' })
    expect(read('09584e4d02')).not.toHaveProperty('requestId')
  })
})

describe('SNMP fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'udp && snmp', snmpColumns, await decodeDatagrams(path, snmp))
    const explained = EXPLAINED[file]
    if (explained === undefined) expect(frames).toBeGreaterThan(0)
    expect(differences).toEqual(explained?.differences ?? [])
  })
})

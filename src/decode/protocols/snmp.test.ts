import { describe, expect, it } from 'vitest'
import { type Column, compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { snmp, type SnmpMessage } from './snmp.ts'

const PDUS = [
  'get-request',
  'get-next-request',
  'get-response',
  'set-request',
  'trap',
  'get-bulk-request',
  'inform-request',
  'snmpV2-trap',
  'report',
]
const VERSIONS: Record<string, string> = { '1': '0', '2c': '1', '3': '3' }
const columns: Column<SnmpMessage>[] = [
  { field: 'snmp.version', ours: (ms) => ms.filter((m) => m.version !== '3').map((m) => VERSIONS[m.version]!) },
  { field: 'snmp.msgVersion', ours: (ms) => ms.filter((m) => m.version === '3').map(() => '3') },
  {
    field: 'snmp.community',
    ours: (ms) => ms.flatMap((m) => (m.community === undefined || m.community === '' ? [] : [m.community])),
  },
  { field: 'snmp.msgUserName', ours: (ms) => ms.flatMap((m) => (m.user === undefined || m.user === '' ? [] : [m.user])) },
  { field: 'snmp.data', ours: (ms) => ms.flatMap((m) => (m.pdu === undefined ? [] : [String(PDUS.indexOf(m.pdu))])) },
  { field: 'snmp.request_id', ours: (ms) => ms.flatMap((m) => (m.requestId === undefined ? [] : [String(m.requestId)])) },
  { field: 'snmp.name', ours: (ms) => ms.flatMap((m) => m.variables.map((v) => v.oid)), theirs: (names) => names.slice(0, 32) },
]

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

describe('SNMP fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'udp && snmp', columns, await decodeDatagrams(path, snmp))
    const explained = EXPLAINED[file]
    if (explained === undefined) expect(frames).toBeGreaterThan(0)
    expect(differences).toEqual(explained?.differences ?? [])
  })
})

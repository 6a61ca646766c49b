import type { SnmpMessage } from '../../decode/protocols/snmp.ts'
import type { Column } from '../agree.ts'

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
/** SNMP in tshark's fields. */
export const snmpColumns: readonly Column<SnmpMessage>[] = [
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

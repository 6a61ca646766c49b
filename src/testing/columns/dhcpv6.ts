import type { Dhcpv6Message } from '../../decode/protocols/dhcpv6.ts'
import type { Column } from '../agree.ts'

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

/** DHCPv6 in tshark's fields. */
export const dhcpv6Columns: readonly Column<Dhcpv6Message>[] = [
  // of relayed messages tshark lists the relay's header first
  {
    field: 'dhcpv6.msgtype',
    ours: (ms) => ms.map((m) => (TYPES.includes(m.type) ? String(TYPES.indexOf(m.type)) : m.type.slice(4))),
    theirs: (types) => types.slice(-1),
  },
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

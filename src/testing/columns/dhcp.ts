import type { DhcpMessage } from '../../decode/protocols/dhcp.ts'
import type { Column } from '../agree.ts'

const given = (pick: (m: DhcpMessage) => string | undefined) => (ms: readonly DhcpMessage[]) =>
  ms.map(pick).filter((value) => value !== undefined)
const TYPES = [
  'BOOTP',
  'DISCOVER',
  'OFFER',
  'REQUEST',
  'DECLINE',
  'ACK',
  'NAK',
  'RELEASE',
  'INFORM',
  'FORCERENEW',
  'LEASEQUERY',
  'LEASEUNASSIGNED',
  'LEASEUNKNOWN',
  'LEASEACTIVE',
]

/** DHCP in tshark's fields. */
export const dhcpColumns: readonly Column<DhcpMessage>[] = [
  { field: 'dhcp.type', ours: (ms) => ms.map((m) => (m.request ? '1' : '2')) },
  { field: 'dhcp.id', ours: (ms) => ms.map((m) => `0x${m.transaction.toString(16).padStart(8, '0')}`) },
  {
    field: 'dhcp.option.dhcp',
    ours: given((m) =>
      m.type === 'BOOTP' ? undefined : TYPES.includes(m.type) ? String(TYPES.indexOf(m.type)) : m.type.slice(4),
    ),
  },
  // option 61 holds a hardware address too, shown by the same field
  { field: 'dhcp.hw.mac_addr', ours: given((m) => m.mac), theirs: (macs) => macs.slice(0, 1) },
  { field: 'dhcp.ip.client', ours: given((m) => m.clientIp) },
  { field: 'dhcp.ip.your', ours: given((m) => m.yourIp) },
  { field: 'dhcp.ip.relay', ours: given((m) => m.relayIp) },
  { field: 'dhcp.option.hostname', ours: given((m) => m.hostname) },
  { field: 'dhcp.option.domain_name', ours: given((m) => m.domain) },
  { field: 'dhcp.option.requested_ip_address', ours: given((m) => m.requestedIp) },
  { field: 'dhcp.option.dhcp_server_id', ours: given((m) => m.serverId) },
  {
    field: 'dhcp.option.ip_address_lease_time',
    ours: given((m) => (m.leaseSeconds === undefined ? undefined : String(m.leaseSeconds))),
  },
  { field: 'dhcp.option.request_list_item', ours: (ms) => ms.flatMap((m) => m.parameters.map(String)) },
  { field: 'dhcp.option.vendor_class_id', ours: given((m) => m.vendorClass) },
  { field: 'dhcp.fqdn.name', ours: given((m) => m.fqdn) },
  { field: 'dhcp.option.subnet_mask', ours: given((m) => m.subnetMask) },
  { field: 'dhcp.option.router', ours: (ms) => ms.flatMap((m) => m.routers) },
  { field: 'dhcp.option.domain_name_server', ours: (ms) => ms.flatMap((m) => m.resolvers) },
  { field: 'dhcp.option.mudurl', ours: given((m) => m.mudUrl) },
  {
    field: 'dhcp.option.type',
    ours: (ms) => ms.flatMap((m) => m.options.map(String)),
    theirs: (codes) => [...new Set(codes.filter((code) => code !== '0' && code !== '255'))],
  },
]

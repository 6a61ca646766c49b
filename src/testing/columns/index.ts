import type { Column } from '../agree.ts'
import { coapColumns } from './coap.ts'
import { dhcpColumns } from './dhcp.ts'
import { dhcpv6Columns } from './dhcpv6.ts'
import { dnsColumns } from './dns.ts'
import { nbnsColumns } from './nbns.ts'
import { ntpColumns } from './ntp.ts'
import { snmpColumns } from './snmp.ts'
import { ssdpColumns } from './ssdp.ts'
import { stunColumns } from './stun.ts'
import { enipColumns, knxipColumns } from './streams/machines.ts'
import { sipColumns } from './streams/sip.ts'

/** Of a datagram protocol that tshark reads: in which of its layers, and the fields that both know. */
export interface Known {
  readonly layer: string
  // of messages of its own kind
  readonly columns: readonly Column<never>[]
}

/** By the decoder's protocol. */
export const known: Readonly<Record<string, Known>> = {
  coap: { layer: 'coap', columns: coapColumns },
  dhcp: { layer: 'dhcp', columns: dhcpColumns },
  dhcpv6: { layer: 'dhcpv6', columns: dhcpv6Columns },
  dns: { layer: 'dns', columns: dnsColumns },
  enip: { layer: 'enip', columns: enipColumns },
  knxip: { layer: 'kip', columns: knxipColumns },
  llmnr: { layer: 'llmnr', columns: dnsColumns },
  mdns: { layer: 'mdns', columns: dnsColumns },
  nbns: { layer: 'nbns', columns: nbnsColumns },
  ntp: { layer: 'ntp', columns: ntpColumns },
  sip: { layer: 'sip', columns: sipColumns },
  snmp: { layer: 'snmp', columns: snmpColumns },
  ssdp: { layer: 'ssdp', columns: ssdpColumns },
  stun: { layer: 'stun', columns: stunColumns },
}

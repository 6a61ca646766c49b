import { ANOMALIES, type Anomaly } from './packet.ts'

const code = (name: Anomaly): number => ANOMALIES.indexOf(name)

// looked up once: the decoders store small integers
export const LINK_TRUNCATED = code('link-truncated')
export const LINK_UNSUPPORTED = code('link-unsupported')
export const LINK_ENCRYPTED = code('link-encrypted')
export const ARP_MALFORMED = code('arp-malformed')
export const IPV4_TRUNCATED = code('ipv4-truncated')
export const IPV4_HEADER_LENGTH = code('ipv4-header-length')
export const IPV4_TOTAL_LENGTH = code('ipv4-total-length')
export const IPV6_TRUNCATED = code('ipv6-truncated')
export const IPV6_EXTENSION_CHAIN = code('ipv6-extension-chain')
export const ICMP_TRUNCATED = code('icmp-truncated')
export const TCP_TRUNCATED = code('tcp-truncated')
export const TCP_DATA_OFFSET = code('tcp-data-offset')
export const UDP_TRUNCATED = code('udp-truncated')
export const UDP_LENGTH = code('udp-length')
export const IP_VERSION = code('ip-version')
export const ICMPV6_OPTION = code('icmpv6-option')

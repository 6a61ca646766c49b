/** EtherTypes (IANA, "IEEE 802 Numbers"): what a frame of Ethernet carries, or another link or tunnel that names it so. */
export const ETHERTYPE_IPV4 = 0x0800
export const ETHERTYPE_ARP = 0x0806
export const ETHERTYPE_IPV6 = 0x86dd
export const ETHERTYPE_VLAN = 0x8100
export const ETHERTYPE_QINQ = 0x88a8
export const ETHERTYPE_QINQ_OLD = 0x9100
export const ETHERTYPE_PPPOE_SESSION = 0x8864
export const ETHERTYPE_ERSPAN_2 = 0x88be
export const ETHERTYPE_ERSPAN_3 = 0x22eb
/** An Ethernet frame within a tunnel (RFC 7637 section 3.2); and PPP's, which PPTP carries (RFC 2637 section 4.1). */
export const FRAME_WITHIN = 0x6558
export const PPP_WITHIN = 0x880b

/** Below this an EtherType field is a length (IEEE 802.3, section 3.2.6). */
export const MIN_ETHERTYPE = 0x600

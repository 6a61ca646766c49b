/** Names of the link types that captures of things come with (https://www.tcpdump.org/linktypes.html), for reports. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'BSD loopback',
  1: 'Ethernet',
  9: 'PPP',
  12: 'raw IP',
  14: 'raw IP',
  50: 'PPP',
  51: 'PPPoE',
  101: 'raw IP',
  104: 'Cisco HDLC',
  105: '802.11',
  108: 'BSD loopback',
  113: 'Linux cooked',
  127: '802.11 radiotap',
  228: 'raw IPv4',
  229: 'raw IPv6',
  276: 'Linux cooked v2',
}

export function linkTypeName(linkType: number): string {
  return NAMES[linkType] ?? `link type ${linkType}`
}

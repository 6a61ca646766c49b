import type { Difference } from './headers.ts'

/** Where we say something else than tshark does, and why we are right. */
interface Explained {
  readonly field: RegExp
  readonly why: string
  readonly when: (difference: Difference) => boolean
}

/** tshark has as much as we have, up to where it stops. */
const stops = ({ ours, theirs }: Difference): boolean =>
  theirs.length < ours.length && theirs.every((value, i) => value === ours[i])

const named = ({ said }: Difference, ...names: readonly string[]): boolean => said.anomalies.some((name) => names.includes(name))

const EXPLAINED: readonly Explained[] = [
  {
    field: /^ip\./,
    why: 'tshark stops at lengths of a header that contradict each other (RFC 791 section 3.1); the addresses before them are there',
    when: (d) => stops(d) && named(d, 'ipv4-header-length', 'ipv4-total-length'),
  },
  {
    field: /^tcp\.(ack_raw|flags)$/,
    why: 'tshark reads no further than a data offset that cannot be (RFC 9293 section 3.1)',
    when: (d) => stops(d) && named(d, 'tcp-data-offset'),
  },
  {
    field: /^tcp\.option_kind$/,
    why: 'an option that leads past the header ends our list, and tshark does not name it (RFC 9293 section 3.1)',
    when: (d) => d.ours.slice(0, -1).every((value, i) => value === d.theirs[i]),
  },
  {
    field: /^tcp\./,
    why: 'tshark stops at an option of a length that it cannot have; we pass over it',
    when: (d) => stops(d) && d.malformed && d.layers.endsWith(':tcp'),
  },
  {
    field: /^udp\.length$/,
    why: 'length 0 over IPv6: all that the packet holds (RFC 2675 section 4); tshark shows the field',
    when: (d) => d.theirs.includes('0') && /(^|:)ipv6:/.test(d.layers),
  },
  {
    field: /^tcp\.len$/,
    why: "a first fragment's segment goes on in others (RFC 791 section 2.3): tshark does not say how long it is",
    when: (d) => d.theirs.length < d.ours.length && d.said.fragment,
  },
  {
    field: /^udp\.payload$/,
    why: 'a datagram longer than its packet is read as far as that goes, and named; tshark stops',
    when: (d) => stops(d) && named(d, 'ipv4-total-length', 'ipv6-truncated', 'udp-length'),
  },
  {
    field: /./,
    why: 'tshark stops at an option that leads past its extension header, whose own length leads past it (RFC 8200 section 4.2)',
    when: (d) => stops(d) && /ipv6\.(hopopts|dstopts|routing)$/.test(d.layers),
  },
  {
    field: /^vlan\.id$/,
    why: 'tshark reads two tags of 802.1ad together, and none where the second is cut',
    when: (d) => stops(d) && named(d, 'link-truncated') && d.layers.endsWith('ieee8021ad'),
  },
  {
    field: /./,
    why: 'a field of radiotap that tshark does not know how to pass over: the header says how long it is (radiotap.org)',
    when: (d) => d.theirs.length === 0 && d.layers === 'radiotap',
  },
  {
    field: /./,
    why: 'tshark stops at a broken option of IPv4 (RFC 791 section 3.1); options are not read, only passed over',
    when: (d) => stops(d) && d.malformed && /(^|:)ip$/.test(d.layers),
  },
  {
    field: /^wlan\./,
    why: 'four addresses, and then the capture ends: tshark shows none',
    when: (d) => d.theirs.length === 0 && named(d, 'link-truncated') && /wlan(:llc)?$/.test(d.layers),
  },
  {
    field: /^(tcp\.options|icmpv6\.opt)\./,
    why: 'an option that comes twice: one counts; tshark lists both',
    when: (d) => d.theirs.length > d.ours.length && d.ours.every((value) => d.theirs.includes(value)),
  },
  {
    field: /^ip\.dst$/,
    why: "with a source route tshark shows the last stop; the header's own is the next (RFC 791 section 3.1)",
    when: (d) => d.said.options && d.theirs.length >= d.ours.length,
  },
  {
    field: /./,
    why: 'VXLAN-GPE that does not name what it carries carries Ethernet (draft-ietf-nvo3-vxlan-gpe section 3), data to tshark',
    when: (d) => stops(d) && d.said.fields['udp.dstport']?.includes('4790') === true && d.layers.endsWith(':udp:data'),
  },
  {
    field: /./,
    why: "tshark goes by the lower port, even if it is the sender's",
    when: (d) => stops(d) && d.said.tunnels.length > 0 && /:udp:(?!data|vxlan|geneve)[^:]+$/.test(d.layers),
  },
  {
    field: /^(tcp\.len|udp\.length)$/,
    why: 'of a frame that the capture cut we do not know where its checksum, or the tunnel within it, ended on the wire',
    when: (d) => d.probe.wireLength > d.probe.bytes.length && (d.probe.linkType === 127 || d.said.tunnels.length > 0),
  },
  {
    field: /./,
    why: 'frame type 2 of ERSPAN is IP (draft-foschiano-erspan-03 section 4.3), data to tshark',
    when: (d) => stops(d) && d.layers.endsWith('erspan:data'),
  },
  {
    field: /^eth\./,
    why: 'frames in frames that are not read: ISL, FabricPath',
    when: (d) => /^eth:(eth|cfp):/.test(d.layers),
  },
  {
    field: /^arp\./,
    why: "ARP by its EtherType behind Cisco's HDLC; tshark knows only a few of them there",
    when: (d) => d.theirs.length === 0 && d.layers === 'chdlc:data',
  },
  {
    field: /./,
    why: "10 is Linux's number for IPv6, which tshark does not know as a link's (https://www.tcpdump.org/linktypes/LINKTYPE_NULL.html)",
    when: (d) => d.theirs.length === 0 && d.layers === 'null:data',
  },
  {
    field: /./,
    why: 'protocols that are not read: UDP-Lite and PGM, whose ports tshark counts with those of UDP',
    when: (d) => /:(udplite|pgm)(:|$)/.test(d.layers),
  },
  {
    field: /./,
    why: 'tshark reads what cannot be: PPP with an unknown control field (RFC 1662 section 3.1), half a family',
    when: (d) => d.ours.length === 0 && /(^|:)ppp:|^null:/.test(d.layers),
  },
  {
    field: /./,
    why: 'later fragments of a frame of 802.11 carry no header (IEEE 802.11-2020 section 9.2.4.4.3); tshark reads each by itself',
    when: (d) => d.ours.length === 0 && /(^|:)wlan:llc:/.test(d.layers),
  },
]

export function explained(difference: Difference): Explained | undefined {
  return EXPLAINED.find(({ field, when }) => field.test(difference.field) && when(difference))
}

import { rmSync, writeFileSync } from 'node:fs'
import type { DatagramDecoder, MessageBase } from '../src/decode/message.ts'
import type { Column } from '../src/testing/agree.ts'
import type { Known } from '../src/testing/columns/index.ts'
import { decodeDatagrams } from '../src/testing/datagrams.ts'
import { tsharkFields } from '../src/testing/tshark.ts'
import { pcap } from './pcap.ts'
import { scratchFile } from './sample.ts'

/*
 * Changed datagrams, decoded by us and by tshark, field by field. tshark reads on where we stop, and that is no fault; but where both
 * give a value, it is the same one, and what only we see is not there.
 */

export interface Probe {
  readonly bytes: Uint8Array
  readonly srcPort: number
  readonly dstPort: number
}

export interface Difference {
  readonly probe: Probe
  /** Name of tshark's field; '' for a message that is none to tshark. */
  readonly field: string
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
}

/** Where we differ, and which of us is right. */
interface Explained {
  readonly protocol: string
  readonly field: string
  readonly why: string
  readonly when?: (ours: readonly string[], theirs: readonly string[]) => boolean
}

const joined = (ours: readonly string[], theirs: readonly string[]) => theirs.join('').startsWith(ours.join('').slice(0, LONG))
const begins = (ours: readonly string[], theirs: readonly string[]) => theirs.join('').startsWith(ours.join(''))
const more = (ours: readonly string[], theirs: readonly string[]) => theirs.every((value) => ours.includes(value))

/** STUN's attributes in use (RFC 8489 section 18.3, RFC 8445, RFC 8656): tshark lists each of these. */
const STUN_TYPES = [
  1, 3, 5, 6, 8, 9, 0xa, 0xc, 0xd, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1c, 0x1d, 0x1e, 0x20, 0x22, 0x24, 0x25,
  0x8022, 0x8023, 0x8028, 0x8029, 0x802a, 0x802b, 0x802c,
]

export const EXPLAINED: readonly Explained[] = [
  ...['dhcp.option.hostname', 'dhcp.option.vendor_class_id', 'dhcp.option.domain_name', 'dhcp.option.mudurl'].map((field) => ({
    protocol: 'dhcp',
    field,
    why: 'an option that comes in pieces is one (RFC 3396 section 5); tshark shows the pieces',
    when: joined,
  })),
  ...['dhcp.option.router', 'dhcp.option.domain_name_server', 'dhcp.option.request_list_item'].map((field) => ({
    protocol: 'dhcp',
    field,
    why: 'the same of lists',
    when: (_: readonly string[], theirs: readonly string[]) => theirs.length > 1,
  })),
  {
    protocol: 'dhcp',
    field: 'dhcp.option.hostname',
    why: 'its second piece lies in `sname` or `file` (RFC 2131 section 4.1, RFC 3396 section 5), whose options tshark does not show each time',
    when: (ours, theirs) => theirs.length > 0 && ours.join('').startsWith(theirs.join('')),
  },
  {
    protocol: 'dhcp',
    field: 'dhcp.option.type',
    why: 'tshark lists what is in `file` and `sname` in the place of option 52 (we: after the rest, RFC 2131 section 4.1), and not each time',
    when: (ours, theirs) => more(ours, theirs) || more(theirs, ours),
  },
  {
    protocol: 'dhcpv6',
    field: 'dhcpv6.vendorclass.data',
    why: 'a length that reaches beyond its option (RFC 8415 section 21.16): tshark shows what follows all the same',
    when: begins,
  },
  {
    protocol: 'dhcpv6',
    field: 'dhcpv6.msgtype',
    why: 'an option 9 outside of a relay message is no message (RFC 8415 section 21.10)',
  },
  {
    protocol: 'ntp',
    field: 'ntp.ext.type',
    why: 'by RFC 7822 section 3 the field is there; tshark stops at lengths that do not fill the packet',
    when: more,
  },
  {
    protocol: 'ntp',
    field: 'ntp.keyid',
    why: 'tshark then takes the first extension field for a MAC',
  },
  {
    protocol: 'mdns',
    field: 'dns.resp.name',
    why: 'OPT belongs to the root (RFC 6891 section 6.1.2) and is no record of ours; tshark lists that of another owner',
  },
  { protocol: 'dns', field: 'dns.resp.name', why: 'the same' },
  { protocol: 'llmnr', field: 'dns.resp.name', why: 'the same' },
  {
    protocol: 'stun',
    field: 'stun.att.type',
    why: 'tshark lists no types that nobody assigned, and the type of an attribute that reaches beyond its message (RFC 8489 section 14)',
    when(ours, theirs) {
      const assigned = ours.filter((type) => STUN_TYPES.includes(Number(type)) || theirs.includes(type))
      return theirs.length <= assigned.length + 1 && assigned.every((type, i) => type === theirs[i])
    },
  },
  { protocol: 'stun', field: '', why: 'a method that nobody assigned: STUN by its cookie (RFC 8489 section 5), data to tshark' },
  {
    protocol: 'coap',
    field: 'coap.opt.ctype',
    why: 'tshark shows names',
    when: (_, theirs) => theirs.some((value) => !/^\d+$/.test(value)),
  },
  {
    protocol: 'coap',
    field: 'coap.opt.uri_path',
    why: 'a "/" within a segment (RFC 7252 section 6.5 has it escaped): our path is one text',
    when: (ours, theirs) => ours.join('/') === theirs.join('/'),
  },
  {
    protocol: 'nbns',
    field: 'nbns.name',
    why: 'names padded with zeros: tshark shows each',
    when: (_, theirs) => /<00><00>/.test(theirs.join()),
  },
  ...['http.server', 'http.location', 'http.user_agent', 'http.request.method', 'http.response.code'].map((field) => ({
    protocol: 'ssdp',
    field,
    why: 'tshark gives headers up at a line that is none; devices read on, and so do we',
    when: (ours: readonly string[], theirs: readonly string[]) =>
      theirs.every((value) => value === ' | ' || ours.join().includes(value.replaceAll(/ \| $|^ \| /g, ''))),
  })),
  ...['sip.CSeq.method', 'sip.User-Agent', 'sip.from.user', 'sip.auth.scheme', 'sdp.media.media', 'sdp.media.proto'].map(
    (field) => ({
      protocol: 'sip',
      field,
      why: 'tshark gives headers up at one that it cannot read or behind a CR alone, and the description behind them; phones read on, and so do we',
      when: (ours: readonly string[], theirs: readonly string[]) => more(ours, theirs),
    }),
  ),
  {
    protocol: 'sip',
    field: 'sip.CSeq.method',
    why: 'of several headers we take the one that names a method',
    when: (_, theirs) => theirs.some((method) => !/^[A-Z]{3,}$/.test(method)),
  },
  {
    protocol: 'ssdp',
    field: 'http.unknown_header',
    why: 'a target is what NT says in a NOTIFY and ST elsewhere (UPnP Device Architecture 2.0, section 1); here either counts for tshark',
  },
]

export function explained(protocol: string, { field, ours, theirs }: Difference): Explained | undefined {
  return EXPLAINED.find((e) => e.protocol === protocol && e.field === field && (e.when === undefined || e.when(ours, theirs)))
}

export interface Compared {
  /** Datagrams that both read. */
  both: number
  /** Read by tshark alone. */
  refused: number
  /** Values that both gave, alike. */
  values: number
  differences: Difference[]
}

export async function compareDatagrams(
  decoder: DatagramDecoder,
  { layer, columns }: Known,
  probes: readonly Probe[],
): Promise<Compared> {
  const compared: Compared = { both: 0, refused: 0, values: 0, differences: [] }
  const path = scratchFile()
  try {
    writeFileSync(path, capture(probes))
    const messages = Map.groupBy(await decodeDatagrams(path, decoder), (m) => m.frame)
    const fields = ['frame.protocols', '_ws.malformed', '_ws.expert.severity', ...columns.map((c) => c.field)]
    const rows = tsharkFields(path, fields, undefined, OPTIONS)
    for (const [i, probe] of probes.entries()) {
      const mine = messages.get(i + 1)
      const row = rows.get(i + 1)
      // (a line that a text broke is no row)
      if (row === undefined) continue
      const [layers, malformed, severities, ...cells] = row
      const theirs = layers![0]!.split(':').includes(layer)
      if (theirs && mine === undefined) compared.refused++
      if (mine === undefined) continue
      if (!theirs) {
        compared.differences.push({ probe, field: '', ours: [], theirs: layers! })
        continue
      }
      compared.both++
      const broken = malformed!.length > 0 || severities!.some((severity) => Number(severity) >= WARNING)
      for (const [c, column] of columns.entries()) compareField(compared, probe, column, mine, cells, c, broken)
    }
  } finally {
    rmSync(path, { force: true })
  }
  return compared
}

/** Each by itself: what one says must not help tshark to read another. */
const OPTIONS = ['-o', 'ip.defragment:FALSE']

function compareField(
  compared: Compared,
  probe: Probe,
  column: Column<never>,
  messages: readonly MessageBase[],
  cells: readonly string[][],
  c: number,
  malformed: boolean,
): void {
  const ours = column
    .ours(messages as readonly never[])
    .map(plain)
    .filter((text) => text !== '')
  const theirs = (column.theirs?.(cells[c]!, cells) ?? cells[c]!)
    .map(plain)
    .filter((text) => text !== '' && text !== '<Unknown extended label>')
  // what each makes of bytes that are no printable text is its own affair
  if ([...ours, ...theirs].some((text) => text.includes('?'))) return
  // a list may end sooner for us, where it is bounded, or tells what may be there once
  const rest = [...theirs]
  for (const value of ours) {
    const at = rest.findIndex((other) => same(value, other))
    if (at < 0) {
      // it gave the message up
      if (malformed && rest.length === 0) return
      compared.differences.push({ probe, field: column.field, ours, theirs })
      return
    }
    rest.splice(0, at + 1)
    compared.values++
  }
}

const LONG = 200
/** tshark's expert severities: from here on it says that something is wrong. */
const WARNING = 6 << 20

/** Ours end at a bound. */
export const same = (ours: string, theirs: string): boolean =>
  ours === theirs || (ours.length >= LONG && theirs.startsWith(ours.slice(0, LONG)))

/** What each does with bytes that are no printable text is its own affair (tshark: escapes of several kinds). */
export function plain(text: string): string {
  return text
    .replace(/\\x[0-9a-f]{2}|\\u[0-9A-F]{4}|\\[0-7]{3}|\\[\\abtnvfr"]|[^\x20-\x7e]/g, '\u{FFFD}')
    .replace(/\u{FFFD}+/gu, '?')
    .trim()
}

/** Raw IPv4, each datagram between two addresses of its own. */
function capture(probes: readonly Probe[]): Uint8Array {
  const frames = probes.map(({ bytes, srcPort, dstPort }, i) => {
    const packet = new Uint8Array(28 + bytes.length)
    const view = new DataView(packet.buffer)
    packet[0] = 0x45
    view.setUint16(2, packet.length)
    packet[8] = 64
    packet[9] = 17
    view.setUint32(12, 0x0a000000 + i)
    view.setUint32(16, 0x0b000000 + i)
    view.setUint16(20, srcPort)
    view.setUint16(22, dstPort)
    view.setUint16(24, 8 + bytes.length)
    packet.set(bytes, 28)
    return { bytes: packet, time: 1.79e15 + i * 1000, wireLength: packet.length }
  })
  return pcap(101, frames)
}

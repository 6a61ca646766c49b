import type { Audit } from './model.ts'

export interface AnomalyLine {
  label: string
  /** What was odd about packets, or had to be cut short. */
  text: string
}

const UNREAD: Readonly<Record<string, string>> = {
  'link-encrypted': 'encrypted on the link (Wi-Fi): add the key in Wireshark and export, or capture on the wired side',
  'link-unsupported': 'of a link or frame kind that Assay does not read',
}

/** What a reader must know of packets that were not read whole, in the order of weight: unread, malformed, beyond a bound. */
export function anomalyLines(audit: Audit): AnomalyLine[] {
  const lines: AnomalyLine[] = []
  const bounded: string[] = []
  const messages: string[] = []
  let malformed = 0
  let kinds = 0
  for (const { kind, count } of audit.anomalies) {
    const unread = UNREAD[kind]
    if (unread !== undefined)
      lines.push({ label: 'Unread', text: `${plain(count)} ${count === 1 ? 'frame' : 'frames'} ${unread}` })
    else if (messageOf(kind) !== undefined) messages.push(`${messageOf(kind)} (${times(count)})`)
    else if (kind.startsWith('bounded: ')) bounded.push(`${kind.slice(9)} (${times(count)})`)
    else if (kind.endsWith('-bounded')) bounded.push(`${kind.slice(0, -8)} (${times(count)})`)
    else {
      malformed += count
      kinds++
    }
  }
  if (malformed > 0)
    lines.push({
      label: 'Malformed',
      text: `${plain(malformed)} ${malformed === 1 ? 'packet' : 'packets'} of ${kinds} ${kinds === 1 ? 'kind' : 'kinds'} (listed in the JSON report)`,
    })
  if (messages.length > 0)
    lines.push({
      label: 'Broken',
      text: `messages that break the rules of their protocol: ${messages.slice(0, 4).join(', ')}${messages.length > 4 ? ' and others' : ''} (packets in the JSON report)`,
    })
  if (bounded.length > 0)
    lines.push({ label: 'Cut short', text: `no room was left for more of: ${bounded.slice(0, 4).join(', ')}` })
  return lines
}

/** The protocol whose messages an anomaly is of, where it is of messages and not of packets. */
function messageOf(kind: string): string | undefined {
  return kind === 'arp-malformed' ? undefined : /^(.+)-malformed$/.exec(kind)?.[1]
}

/** An anomaly's kind for readers. */
export function anomalyWords(kind: string): string {
  const protocol = messageOf(kind)
  return protocol === undefined ? kind : `${protocol} message that breaks the rules of its protocol (${kind})`
}

/** Why there may be no device, and what would show some. */
export function noDevice(audit: Audit): string {
  const encrypted = audit.anomalies.some((a) => a.kind === 'link-encrypted')
  const passed = audit.network.gateways.length > 0
  const why = encrypted
    ? ' The Wi-Fi was encrypted, and what is in it could not be read.'
    : passed
      ? ' All that was seen went through a router, between addresses of the Internet.'
      : ''
  return `No device was seen.${why} A capture needs traffic of the local network: taken at its router, access point or a mirror port.`
}

function times(n: number): string {
  return n === 1 ? 'once' : `${plain(n)} times`
}

function plain(n: number): string {
  return n.toLocaleString('en-US')
}

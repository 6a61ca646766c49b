import { TUNNELS } from '../decode/tunnel.ts'
import type { DeviceEvidence, Endpoint } from '../evidence/evidence.ts'
import { protectionOf } from '../evidence/protection.ts'
import { byDesign } from './by-design.ts'

/** Which of a device's endpoints a check about confidentiality may judge, and as what. */

/**
 * Protocols that other checks judge by their own rules, or that carry nothing of the user's: names and time (unencrypted-dns,
 * unauthenticated-time), address configuration, discovery of neighbours, control messages, and tunnels that protect nothing, since what
 * travels in them is judged by itself.
 */
const PLUMBING = new Set<string>([
  'dns',
  'mdns',
  'llmnr',
  'nbns',
  'nbdgm',
  'dhcp',
  'dhcpv6',
  'ntp',
  'ssdp',
  'stun',
  'icmp',
  'igmp',
  // of which the first is none
  ...TUNNELS.slice(1),
])
/** What decoders say of bytes that none of them knows. */
export const UNRECOGNISED: ReadonlySet<string> = new Set(['', 'fragment', 'text', 'low-entropy', 'high-entropy'])

export type Confidentiality = 'encrypted' | 'clear' | 'by-design' | 'unknown'

/** Both sides said something, and it was neither plumbing nor a mere beginning. */
export function carriesData(endpoint: Endpoint): boolean {
  return (
    (endpoint.transport === 'tcp' || endpoint.transport === 'udp') &&
    endpoint.answered > 0 &&
    (endpoint.protocol !== '' || endpoint.overflow === true) &&
    !PLUMBING.has(endpoint.protocol) &&
    !onlyBegan(endpoint)
  )
}

/** Certificates and all: what both ends say before they have agreed on keys, a flow. */
const HANDSHAKE = 16 * 1024

/**
 * A protocol whose name would tell how it is protected, and which was not seen to come so far: a handshake that nobody answered, or that
 * failed. Nothing was confided to it; where more was said than that takes, nobody knows.
 */
function onlyBegan(endpoint: Endpoint): boolean {
  return (
    endpoint.protection === 'unknown' &&
    endpoint.overflow !== true &&
    protectionOf(endpoint.protocol) !== 'unknown' &&
    // 'text' is told by its bytes alone
    !UNRECOGNISED.has(endpoint.protocol) &&
    bytesOf(endpoint) <= HANDSHAKE * endpoint.flows
  )
}

/**
 * High entropy is no proof of encryption (a JPEG has it too), so only a protocol known by its bytes counts as encrypted. Text is
 * readable whatever protocol it is.
 */
export function confidentiality(endpoint: Endpoint, device: DeviceEvidence): Confidentiality {
  // many endpoints folded into one: what is in it is not known
  if (endpoint.overflow === true) return 'unknown'
  if (endpoint.protection === 'broken') return 'clear'
  if (endpoint.protocol === 'text') return 'clear'
  if (UNRECOGNISED.has(endpoint.protocol)) return 'unknown'
  if (endpoint.protection === 'clear') return isByDesign(endpoint, device) ? 'by-design' : 'clear'
  return endpoint.protection === 'encrypted' ? 'encrypted' : 'unknown'
}

/** How what was exchanged with these is called, where nobody can say whether it was encrypted: RTP and SRTP look alike. */
export function undecided(endpoints: readonly Endpoint[]): string {
  return endpoints.every((endpoint) => endpoint.overflow === true || UNRECOGNISED.has(endpoint.protocol))
    ? 'in no known protocol'
    : 'in a way that does not show whether it is encrypted'
}

/** Every request seen to this endpoint is one that its standard wants in clear; at least one was seen. */
function isByDesign(endpoint: Endpoint, device: DeviceEvidence): boolean {
  if (endpoint.protocol !== 'http' || endpoint.initiator !== 'device') return false
  const requests = requestsTo(endpoint, device)
  return requests.length > 0 && requests.every((request) => byDesign(request.data) !== undefined)
}

/** Clear HTTP requests of the device to an endpoint. */
export function requestsTo(endpoint: Endpoint, device: DeviceEvidence) {
  return device
    .of('http.client')
    .filter(
      ({ data }) =>
        data.peer.port === endpoint.port &&
        (endpoint.ips.includes(data.peer.ip) || isSame(data.host ?? data.peer.name, endpoint.name)),
    )
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase()
}

export function bytesOf(endpoint: Endpoint): number {
  return endpoint.bytesOut + endpoint.bytesIn
}

export function total(endpoints: readonly Endpoint[]): number {
  return endpoints.reduce((sum, endpoint) => sum + bytesOf(endpoint), 0)
}

/** How long the device was watched, microseconds. */
export function watched(device: DeviceEvidence): number {
  return Math.max(0, device.last - device.first)
}

/**
 * What strangers on the Internet opened and the device took part in, on a port of its own. Packets both ways: an answer alone may be to
 * a forged sender, or to nobody.
 */
export function callsFromInternet(device: DeviceEvidence, port?: { transport: string; port: number }): Endpoint[] {
  return device.endpoints.filter(
    (endpoint) =>
      endpoint.initiator === 'peer' &&
      endpoint.scope === 'internet' &&
      endpoint.answered > 0 &&
      endpoint.packetsIn > 0 &&
      endpoint.packetsOut > 0 &&
      (port === undefined || (endpoint.port === port.port && endpoint.transport === port.transport)),
  )
}

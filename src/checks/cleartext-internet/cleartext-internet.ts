import type { DeviceEvidence, Endpoint } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, notApplicable, pass } from '../finding.ts'
import { bytesOf, carriesData, confidentiality, requestsTo, total, undecided, UNRECOGNISED, watched } from '../traffic.ts'
import { list, plural, protocolName, size, span, where, who } from '../words.ts'

/** About two TLS sessions: less says nothing of what the device does when it has something to say. */
const ENOUGH = 10_000
/** Local traffic only counts as the device's whole life when it was watched for a day. */
const DAY = 24 * 3600e6

export const cleartextInternet: Check = {
  id: 'cleartext-internet',
  title: 'Encryption towards the Internet',
  facet: 'security',
  looksFor:
    'Conversations with the Internet whose content anyone on the path can read: HTTP, plain MQTT, Telnet, readable text of any protocol, and encryption that is known to be broken. Names, time, certificate status and connectivity checks are judged elsewhere or are in clear by their standards.',
  why: 'Whoever shares the Wi-Fi, runs the network or sits on the path can read what the device says about its owner, and can change what it is told.',
  remedy:
    'Maker: use TLS 1.2 or newer for everything that leaves the home, with the certificate checked. Owner: block the port for this device, or keep it off the Internet.',
  passNeeds: `At least ${size(ENOUGH)} exchanged with the Internet in conversations that were answered, all in protocols recognised by their bytes as encrypted, none unknown.`,
  run(device) {
    const talks = device.endpoints.filter((endpoint) => endpoint.scope === 'internet' && carriesData(endpoint))
    const by = Map.groupBy(talks, (endpoint) => confidentiality(endpoint, device))
    const clear = by.get('clear') ?? []
    return [clear.length > 0 ? readable(clear, device) : unreadable(device, talks, by)]
  },
}

/**
 * High: the content of the device's life with its maker is open to everyone on a path that nobody controls. Not critical by
 * itself: what was in it (credentials, personal data) has checks of its own.
 */
function readable(clear: Endpoint[], device: DeviceEvidence): Finding {
  const most = clear.toSorted((a, b) => b.bytesOut - a.bytesOut)
  return fail(
    'high',
    `Exchanged ${size(total(clear))} in clear with the Internet: ${list(
      most.map((endpoint) => inClear(endpoint, device)),
      1,
    )}.${example(most, device)}`,
    most,
  )
}

function inClear(endpoint: Endpoint, device: DeviceEvidence): string {
  const place = where(endpoint)
  if (endpoint.initiator === 'peer') return `${what(endpoint)} on its own port ${endpoint.port}, opened by ${who(endpoint)}`
  const requests = requestsTo(endpoint, device)
  if (requests.length === 0) return `${what(endpoint)} with ${place}`
  const count = requests.reduce((sum, request) => sum + request.count, 0)
  return `${plural(count, 'HTTP request')} to ${place}`
}

/** One request in its own words, so that a reader knows it again in the packets. */
function example(clear: readonly Endpoint[], device: DeviceEvidence): string {
  const request = clear.filter(({ initiator }) => initiator === 'device').flatMap((endpoint) => requestsTo(endpoint, device))[0]
  if (request === undefined) return ''
  const path = request.data.path
  return ` For example ${request.data.method} ${path.length > 48 ? `${path.slice(0, 48)}…` : path}.`
}

function what(endpoint: Endpoint): string {
  const content = protocolName(endpoint.protocol)
  return endpoint.protection === 'broken' ? `${content} (its encryption is broken)` : content
}

function unreadable(device: DeviceEvidence, talks: Endpoint[], by: Map<string, Endpoint[]>): Finding {
  const unknown = by.get('unknown') ?? []
  const encrypted = by.get('encrypted') ?? []
  const seen = `${size(total(encrypted))} in recognised encryption with ${list(encrypted.map((endpoint) => where(endpoint)))}`
  if (unknown.length > 0) {
    const places = list(unknown.map((endpoint) => `${where(endpoint)} (${looks(endpoint)})`))
    const next = `Ask the maker which protocol and which encryption it speaks with ${where(unknown[0]!)}.`
    return inconclusive(`Exchanged ${size(total(unknown))} with the Internet ${undecided(unknown)}: ${places}.`, next, unknown)
  }
  if (total(encrypted) >= ENOUGH) return pass(`Exchanged ${seen} in ${span(watched(device))}, and nothing readable.`, encrypted)
  if (encrypted.length > 0) return inconclusive(`Only ${seen} was seen.`, MORE, encrypted)
  if (talks.length === 0 && keptLocal(device)) {
    return notApplicable(
      `Watched for ${span(watched(device))}, it was active on the local network and tried nothing on the Internet.`,
      device.endpoints,
    )
  }
  return inconclusive('No conversation with content between the device and the Internet was seen.', MORE)
}

const MORE = 'Capture 24 hours of normal use, beginning with the moment the device is switched on.'

function looks(endpoint: Endpoint): string {
  if (endpoint.protocol === 'high-entropy') return 'looks encrypted, but by nothing known'
  const known = endpoint.overflow !== true && !UNRECOGNISED.has(endpoint.protocol)
  return `${size(bytesOf(endpoint))}, ${known ? protocolName(endpoint.protocol) : 'unknown'}`
}

function keptLocal(device: DeviceEvidence): boolean {
  return (
    watched(device) >= DAY && device.endpoints.length > 0 && device.endpoints.every((endpoint) => endpoint.scope !== 'internet')
  )
}

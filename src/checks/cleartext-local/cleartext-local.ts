import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { bytesOf, carriesData, confidentiality, total, undecided } from '../traffic.ts'
import { hostPort, list, plural, protocolName, size } from '../words.ts'

const ENOUGH = 10_000

export const cleartextLocal: Check = {
  id: 'cleartext-local',
  title: 'Encryption on the local network',
  facet: 'security',
  looksFor:
    'Services of the device that others on the local network use and whose content is readable. Discovery, names and address configuration are left out; what it uses of others is told, and is theirs to answer for.',
  why: 'Every other thing on the network, and every guest on its Wi-Fi, may be able to listen in; one infected device is enough.',
  remedy:
    'Maker: encrypt control and data on the local network too (Matter, HomeKit, CoAP over DTLS, TLS with a pinned certificate). Owner: put the device on a network of its own.',
  passNeeds: `At least ${size(ENOUGH)} exchanged with local peers, all in protocols recognised by their bytes as encrypted, none unknown.`,
  run(device) {
    const talks = device.endpoints.filter((endpoint) => endpoint.scope === 'local' && carriesData(endpoint))
    const by = Map.groupBy(talks, (endpoint) => confidentiality(endpoint, device))
    const clear = by.get('clear') ?? []
    const unknown = by.get('unknown') ?? []
    const encrypted = by.get('encrypted') ?? []
    const served = clear.filter((endpoint) => endpoint.initiator === 'peer').toSorted((a, b) => bytesOf(b) - bytesOf(a))
    if (served.length > 0) {
      const what = list(served.map((endpoint) => `${protocolName(endpoint.protocol)} on its port ${endpoint.port}`))
      // low: a listener must already be inside, and some local protocols (UPnP) know nothing else
      return [warn('low', `Served ${size(total(served))} in clear to others on the local network: ${what}.`, served)]
    }
    if (clear.length > 0) {
      // who is called decides how it is spoken to
      const most = clear.toSorted((a, b) => bytesOf(b) - bytesOf(a))
      const what = list(most.map((endpoint) => `${hostPort(endpoint)} (${protocolName(endpoint.protocol)})`))
      return [
        inconclusive(
          `Used ${plural(clear.length, 'service')} of other things that ${clear.length === 1 ? 'speaks' : 'speak'} only in clear: ${what}. Those things answer for it; this one served nothing in clear.`,
          'See what is found of the other devices.',
          most,
        ),
      ]
    }
    if (unknown.length > 0) {
      const first = unknown[0]!
      const next = `Ask the maker which protocol and which encryption it uses on the local network at port ${first.port}.`
      return [
        inconclusive(
          `Exchanged ${size(total(unknown))} locally ${undecided(unknown)}: ${list(unknown.map(hostPort))}.`,
          next,
          unknown,
        ),
      ]
    }
    if (total(encrypted) >= ENOUGH) {
      return [
        pass(
          `Exchanged ${size(total(encrypted))} on the local network, all in recognised encryption, with ${list(encrypted.map(hostPort))}.`,
          encrypted,
        ),
      ]
    }
    return [
      inconclusive(
        'Too little was exchanged on the local network to tell.',
        'Capture while the device is operated from its app on the same network.',
        encrypted,
      ),
    ]
  },
}

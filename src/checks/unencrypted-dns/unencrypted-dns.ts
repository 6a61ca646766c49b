import type { Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { inconclusive, notApplicable, pass, warn } from '../finding.ts'
import { bytesOf } from '../traffic.ts'
import { list, plural } from '../words.ts'

export const unencryptedDns: Check = {
  id: 'unencrypted-dns',
  title: 'DNS readable on the Internet',
  facet: 'privacy',
  looksFor:
    "DNS questions that go to a resolver on the Internet in clear. Questions to this network's own resolver are the router's business, and left to its owner.",
  why: 'The names a device asks for tell which thing it is and when it is used.',
  remedy:
    "Maker: ask the network's resolver, or use DNS over TLS or HTTPS (RFC 7858, RFC 8484, found by RFC 9462). Owner: let the router encrypt.",
  passNeeds:
    'At least one answered exchange in DNS over TLS or QUIC, or over HTTPS with a well-known resolver, and no question to the Internet in clear. DNS over HTTPS with others cannot be told from other HTTPS.',
  run(device) {
    const asked = device.of('dns.query').filter(({ data }) => data.resolver.scope !== 'multicast')
    const abroad = asked.filter(({ data }) => data.resolver.scope === 'internet')
    const count = (of: typeof asked) =>
      plural(
        of.reduce((sum, one) => sum + one.count, 0),
        'question',
      )
    if (abroad.length > 0) {
      const names = list(abroad.map(({ data }) => data.name))
      // low: names, not content; and most networks forward their questions in clear as well
      return [
        warn(
          'low',
          `Sent ${count(abroad)} in clear to ${list(abroad.map(({ data }) => data.resolver.ip))} on the Internet: ${names}.`,
          abroad,
        ),
      ]
    }
    const encrypted = device.of('dns.encrypted').filter(({ data }) => data.completed && data.known !== 'likely-name')
    if (encrypted.length > 0)
      return [pass(`Its DNS is encrypted: ${ways(encrypted)}; it sent no question to the Internet in clear.`, encrypted)]
    const dot = device.endpoints.filter(
      (e) => e.port === 853 && e.scope !== 'multicast' && e.answered > 0 && e.protection === 'encrypted' && bytesOf(e) > 0,
    )
    if (dot.length > 0)
      return [
        pass(
          `Asked by DNS over TLS (${list(dot.map((e) => e.name ?? e.ips[0] ?? '?'))}) and sent no question to the Internet in clear.`,
          dot,
        ),
      ]
    if (asked.length > 0) {
      const local = list(asked.map(({ data }) => data.resolver.ip))
      return [
        notApplicable(
          `Sent ${count(asked)}, all to ${local} on this network; whether those go on encrypted is up to the router.`,
          asked,
        ),
      ]
    }
    const perhaps = device.of('dns.encrypted')
    if (perhaps.length > 0)
      return [
        inconclusive(
          `No DNS question in clear was seen; its DNS may be encrypted: ${ways(perhaps)}.`,
          'Capture from the moment the device is switched on.',
          perhaps,
        ),
      ]
    return [inconclusive('No DNS question of the device was seen.', 'Capture from the moment the device is switched on.')]
  },
}

/** 'DNS over TLS to dns.example'. */
function ways(encrypted: readonly Observation<'dns.encrypted'>[]): string {
  return list(encrypted.map(({ data }) => `${OVER[data.how]} to ${data.resolver.name ?? data.resolver.ip}`))
}

const OVER = { DoT: 'DNS over TLS', DoH: 'DNS over HTTPS', DoQ: 'DNS over QUIC' } as const

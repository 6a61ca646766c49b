import type { DeviceEvidence, NetworkEvidence, Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { list, plural } from '../words.ts'

const ENOUGH = 3

export const hardcodedResolver: Check = {
  id: 'hardcoded-resolver',
  title: 'Choice of resolver',
  facet: 'security',
  looksFor: 'DNS questions to a resolver that the network did not name in DHCP or router advertisements.',
  why: "It goes around the filters and the choice of the network's owner, tells another company every name, and stops working where that resolver is blocked.",
  remedy:
    'Maker: use the resolvers of DHCP (option 6, RFC 2132) or of the router advertisement (RFC 8106); others at most when those fail.',
  passNeeds: `At least ${ENOUGH} questions, all to resolvers that the network was seen to name.`,
  run(device, network) {
    const asked = device.of('dns.query').filter(({ data }) => data.resolver.scope !== 'multicast' && data.resolver.port === 53)
    const hidden = device.of('dns.encrypted').filter(({ data }) => data.completed && data.known !== 'likely-name')
    if (asked.length === 0 && hidden.length > 0) {
      const to = list(hidden.map(({ data }) => data.resolver.name ?? data.resolver.ip))
      return [
        inconclusive(`Its DNS is encrypted, to ${to}; whether the network named that resolver was not seen.`, START, hidden),
      ]
    }
    if (asked.length === 0) return [inconclusive('No DNS question of the device was seen.', START, asked)]
    const given = givenTo(device, network)
    const strangers = asked.filter(({ data }) => !given.has(data.resolver.ip))
    const to = (of: readonly Observation<'dns.query'>[]) => list(of.map(({ data }) => data.resolver.ip))
    const count = (of: readonly Observation<'dns.query'>[]) =>
      plural(
        of.reduce((sum, one) => sum + one.count, 0),
        'question',
      )
    if (given.size === 0)
      return [inconclusive(`Asked ${to(asked)}; which resolver the network gave it was not seen.`, START, asked)]
    // low: no harm by itself, and some do it to survive a bad resolver
    const abroad = strangers.filter(({ data }) => data.resolver.scope === 'internet')
    if (abroad.length > 0) {
      const example = abroad[0]!.data.name
      return [
        warn(
          'low',
          `Sent ${count(abroad)} to ${to(abroad)}, which this network did not name (it named ${list([...given])}), e.g. for ${example}.`,
          abroad,
        ),
      ]
    }
    if (strangers.length > 0)
      return [inconclusive(`Asked ${to(strangers)} on this network, which was not seen to be named.`, START, strangers)]
    const total = asked.reduce((sum, one) => sum + one.count, 0)
    if (total >= ENOUGH) return [pass(`Sent ${count(asked)}, all to ${to(asked)}, which the network named.`, asked)]
    return [inconclusive(`Only ${count(asked)} seen.`, 'Capture 24 hours of normal use.', asked)]
  },
}

const START = 'Capture from the moment the device joins the network, so that its DHCP exchange and first questions are seen.'

function givenTo(device: DeviceEvidence, network: NetworkEvidence): Set<string> {
  const own = device.of('dhcp.client').flatMap(({ data }) => data.gaveResolvers)
  // what it was told itself counts; the network's word only where that was not seen
  return new Set(own.length > 0 ? [...own, ...network.resolvers.filter((ip) => ip.includes(':'))] : network.resolvers)
}

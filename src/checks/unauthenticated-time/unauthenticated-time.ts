import type { Check } from '../check.ts'
import { inconclusive, notApplicable, pass, warn } from '../finding.ts'
import { list, times, where } from '../words.ts'

export const unauthenticatedTime: Check = {
  id: 'unauthenticated-time',
  title: 'Source of time',
  facet: 'security',
  looksFor: 'NTP with servers on the Internet without authentication (no NTS, no keys).',
  why: "Who can set a device's clock can make expired certificates valid again, and open timers and locks.",
  remedy: 'Maker: use Network Time Security (RFC 8915), or compare several servers and the dates of certificates.',
  passNeeds: 'At least one NTP exchange, all of them with authentication.',
  run(device) {
    const asked = device.of('ntp').filter(({ data }) => data.role === 'client')
    const plain = asked.filter(({ data }) => !data.authenticated)
    const abroad = plain.filter(({ data }) => data.peer.scope === 'internet')
    const count = (of: typeof asked) => times(of.reduce((sum, one) => sum + one.count, 0))
    // low: the attack needs a place on the path and something that trusts the clock; nearly every product does so today
    if (abroad.length > 0)
      return [
        warn(
          'low',
          `Asked for the time ${count(abroad)} without authentication, at ${list(abroad.map(({ data }) => where(data.peer, device)))}.`,
          abroad,
        ),
      ]
    if (plain.length > 0)
      return [notApplicable(`Asked for the time only on this network (${list(plain.map(({ data }) => data.peer.ip))}).`, plain)]
    if (asked.length > 0)
      return [
        pass(
          `Asked for the time ${count(asked)}, always with authentication, at ${list(asked.map(({ data }) => where(data.peer, device)))}.`,
          asked,
        ),
      ]
    return [
      inconclusive(
        'It was not seen to ask for the time.',
        'Capture from the moment the device is switched on: clocks are set then.',
      ),
    ]
  },
}

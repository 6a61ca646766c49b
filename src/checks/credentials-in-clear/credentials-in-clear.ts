import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import { mask } from '../../evidence/kinds.ts'
import type { Check } from '../check.ts'
import { isCommunity, isNeighboursLogin, pairOf } from '../credential.ts'
import { fail, inconclusive } from '../finding.ts'
import { hostPort, list, plural, protocolName, tally, where, who } from '../words.ts'

export const credentialsInClear: Check = {
  id: 'credentials-in-clear',
  title: 'Passwords on the wire',
  facet: 'security',
  looksFor:
    'User names and passwords in readable protocols: HTTP Basic, Telnet, FTP, MQTT, mail, SNMP communities. Only the first character and the length are kept.',
  why: 'A password that can be read once opens the device or the account until it is changed, and people use passwords twice.',
  remedy:
    'Maker: send credentials only inside TLS or SSH; use tokens that expire. Owner: change the password that was seen, and stop using that interface.',
  passNeeds: 'Never passes from traffic: that no password was seen does not show that none is sent.',
  run(device) {
    // a guess that the device refused is the guesser's secret, not its own
    const seen = device
      .of('credential')
      .filter(
        ({ data }) =>
          data.secret !== undefined && data.secret !== mask('') && !(data.role === 'server' && data.accepted === 'no'),
      )
    const own = seen.filter(({ data }) => !isNeighboursLogin(data))
    if (own.length === 0 && seen.length > 0) {
      const to = list(seen.map(({ data }) => hostPort(data.peer)))
      return [
        inconclusive(
          `Logged in to ${to} on this network, which ${to.includes(' ') ? 'take' : 'takes'} passwords only in clear: that thing answers for it.`,
          'See what is found of that device; whether this one sends passwords in clear elsewhere was not seen.',
          seen,
        ),
      ]
    }
    if (own.length === 0) {
      return [
        inconclusive(
          'No readable credentials were seen.',
          'Log in to the device and use its app while capturing: passwords cross the wire then.',
        ),
      ]
    }
    return [...Map.groupBy(own, ({ data }) => `${data.peer.scope === 'internet' ? 'internet' : 'local'} ${data.protocol}`)].map(
      ([about, of]) => {
        // critical over the Internet: anyone on the path holds the key; high at home: any other thing there does
        const abroad = about.startsWith('internet')
        const severity = of.every(({ data }) => isCommunity(data)) ? (abroad ? 'high' : 'medium') : abroad ? 'critical' : 'high'
        return fail(severity, reasonOf(of, device), of, about)
      },
    )
  },
}

/** Fewer than these are named one by one. */
const FEW = 4

function reasonOf(of: readonly Observation<'credential'>[], device: DeviceEvidence): string {
  const ends = new Set(of.map(({ data }) => data.peer.ip))
  const { protocol, role } = of[0]!.data
  const pairs = tally(of.map((one) => ({ text: pairOf(one.data), count: one.count })))
  // hundreds of places told one by one are noise
  if (ends.size >= FEW && of.every(({ data }) => data.role === role)) {
    const way = role === 'client' ? 'sent to' : 'received from'
    const sample = role === 'client' ? where(of[0]!.data.peer, device) : who(of[0]!.data.peer)
    return `Readable ${protocolName(protocol)} log-ins ${way} ${plural(ends.size, 'address', 'addresses')}, such as ${sample}: ${pairs}.`
  }
  return `Readable log-in: ${tally(of.map((one) => ({ text: describe(one, device), count: one.count })))}.`
}

function describe({ data }: Observation<'credential'>, device: DeviceEvidence): string {
  const way = data.role === 'client' ? `sent to ${where(data.peer, device)}` : `received from ${who(data.peer)}`
  return `${pairOf(data)} ${way}`
}

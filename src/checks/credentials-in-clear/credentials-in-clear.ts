import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import { mask } from '../../evidence/kinds.ts'
import type { Check } from '../check.ts'
import { isCommunity, pairOf } from '../credential.ts'
import { fail, inconclusive } from '../finding.ts'
import { tally, where, who } from '../words.ts'

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
    if (seen.length === 0) {
      return [
        inconclusive(
          'No readable credentials were seen.',
          'Log in to the device and use its app while capturing: passwords cross the wire then.',
        ),
      ]
    }
    return [...Map.groupBy(seen, ({ data }) => `${data.peer.scope === 'internet' ? 'internet' : 'local'} ${data.protocol}`)].map(
      ([about, of]) => {
        // critical over the Internet: anyone on the path holds the key; high at home: any other thing there does
        const abroad = about.startsWith('internet')
        const severity = of.every(({ data }) => isCommunity(data)) ? (abroad ? 'high' : 'medium') : abroad ? 'critical' : 'high'
        return fail(
          severity,
          `Readable credentials: ${tally(of.map((one) => ({ text: describe(one, device), count: one.count })))}.`,
          of,
          about,
        )
      },
    )
  },
}

function describe({ data }: Observation<'credential'>, device: DeviceEvidence): string {
  const way = data.role === 'client' ? `sent to ${where(data.peer, device)}` : `received from ${who(data.peer)}`
  return `${pairOf(data)} ${way}`
}

import type { Check } from '../check.ts'
import { fail, inconclusive, warn } from '../finding.ts'
import { list, plural } from '../words.ts'

export const brokenLanProtocol: Check = {
  id: 'broken-lan-protocol',
  title: 'Protection of local control',
  facet: 'security',
  looksFor:
    "Local control protocols without protection or with one that is known to be broken: TP-Link Kasa's XOR, Belkin Wemo's open SOAP, Tuya's fixed keys, Android Debug Bridge.",
  why: 'Anything on the network can switch the device, read its state and often the Wi-Fi password it was given.',
  remedy:
    'Maker: give each unit a key of its own when it is paired, and use a published protocol with it. Owner: put the device on a network of its own.',
  passNeeds: 'Never passes from traffic: that a local protocol looks encrypted does not show that its key is secret.',
  run(device) {
    const spoken = device.of('lan')
    const findings = [
      ...Map.groupBy(
        spoken.filter(({ data }) => data.role === 'server' && isOpen(data.protection)),
        ({ data }) => data.protocol,
      ),
    ].map(([protocol, of]) => {
      const who = list(of.map(({ data }) => data.peer.name ?? data.peer.ip))
      const how = of.some(({ data }) => data.protection === 'broken') ? 'encryption that is publicly broken' : 'no encryption'
      // high: control of the thing for whoever is on the network, without any secret
      return fail(
        'high',
        `Takes control by ${NAMES[protocol]} with ${how} from ${who}, ${plural(
          of.reduce((sum, one) => sum + one.count, 0),
          'message',
        )}.`,
        of,
        protocol,
      )
    })
    if (findings.length > 0) return findings
    const asks = spoken.filter(({ data }) => data.role === 'client' && isOpen(data.protection))
    if (asks.length > 0) {
      // low: the weakness is the other thing's; a phone with its app speaks so to many
      return [
        warn(
          'low',
          `Controls others by protocols without real protection: ${list(asks.map(({ data }) => `${NAMES[data.protocol]} at ${data.peer.name ?? data.peer.ip}`))}.`,
          asks,
        ),
      ]
    }
    const reason =
      spoken.length === 0
        ? 'No local control protocol was recognised.'
        : `Spoke ${list(spoken.map(({ data }) => NAMES[data.protocol]))}; who knows its key cannot be seen.`
    return [inconclusive(reason, 'Capture while the device is operated from its app on the same network.', spoken)]
  },
}

function isOpen(protection: string): boolean {
  return protection === 'broken' || protection === 'clear'
}

const NAMES = { tuya: 'Tuya', kasa: 'TP-Link Kasa', miio: 'Xiaomi miIO', wemo: 'Belkin Wemo', adb: 'Android Debug Bridge' }

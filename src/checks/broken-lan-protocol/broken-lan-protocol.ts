import type { Check } from '../check.ts'
import { fail, inconclusive } from '../finding.ts'
import { isBroadcast } from '../parties.ts'
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
  run(device, network) {
    const spoken = device.of('lan')
    const findings = [
      ...Map.groupBy(
        spoken.filter(({ data }) => data.role === 'server' && isOpen(data.protection)),
        ({ data }) => data.protocol,
      ),
    ].map(([protocol, of]) => {
      const who = list(of.map(({ data }) => (isBroadcast(data.peer.ip, network) ? 'everyone' : (data.peer.name ?? data.peer.ip))))
      const how = of.some(({ data }) => data.protection === 'broken') ? 'encryption that is publicly broken' : 'no encryption'
      // high: control of the thing for whoever is on the network, without any secret
      return fail(
        'high',
        `Anyone on the network can control it: it speaks ${NAMES[protocol]}, which has ${how}. ${who} did, ${plural(
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
      // the weakness is the other thing's: a phone speaks as the things at home want it
      const all = asks.filter(({ data }) => isBroadcast(data.peer.ip, network))
      const some = asks.filter((one) => !all.includes(one))
      const deeds = [
        ...(some.length > 0
          ? [`controls ${list(some.map(({ data }) => `${data.peer.name ?? data.peer.ip} by ${NAMES[data.protocol]}`))}`]
          : []),
        ...(all.length > 0 ? [`asked everyone on the network by ${list(all.map(({ data }) => NAMES[data.protocol]))}`] : []),
      ].join(' and ')
      return [
        inconclusive(
          `${deeds[0]!.toUpperCase()}${deeds.slice(1)}, without real protection: the thing that obeys answers for that. Nobody was seen to control this one.`,
          'See what is found of the other device.',
          [...some, ...all],
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

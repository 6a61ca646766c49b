import type { Check } from '../check.ts'
import { fail, inconclusive } from '../finding.ts'
import { isBroadcast } from '../parties.ts'
import { list, plural, protocolName } from '../words.ts'

export const brokenLanProtocol: Check = {
  id: 'broken-lan-protocol',
  title: 'Protection of local control',
  facet: 'security',
  looksFor:
    "Local control protocols without protection or with one that is known to be broken: TP-Link Kasa's XOR, Belkin Wemo's open SOAP, Tuya's fixed keys, Android Debug Bridge, LIFX, Yeelight, WiZ, Govee and Roku in clear, ESPHome without its key, Broadlink's published one.",
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
      const talks = of.filter(({ data }) => data.peer.scope !== 'multicast')
      const who = list(
        talks.map(({ data }) => (isBroadcast(data.peer.ip, network) ? 'everyone' : (data.peer.name ?? data.peer.ip))),
      )
      const how = of.some(({ data }) => data.protection === 'broken') ? 'encryption that is publicly broken' : 'no encryption'
      // high: control of the thing for whoever is on the network, without any secret
      const count = plural(
        of.reduce((sum, one) => sum + one.count, 0),
        'message',
      )
      // a password that is sent in clear keeps out only who does not listen
      const anyone = of.some(({ data }) => data.detail['password'] === 'required') ? 'Whoever listens on' : 'Anyone on'
      return fail(
        'high',
        `${anyone} the network can control it: it speaks ${protocolName(protocol)}, which has ${how}. ${talks.length > 0 ? `${who} did` : 'It announces that to everyone'}, ${count}.`,
        of,
        protocol,
      )
    })
    if (findings.length > 0) return findings
    const asks = spoken.filter(({ data }) => data.role === 'client' && isOpen(data.protection))
    if (asks.length > 0) {
      // the weakness is the other thing's: a phone speaks as the things at home want it
      const all = asks.filter(({ data }) => data.peer.scope === 'multicast' || isBroadcast(data.peer.ip, network))
      const some = asks.filter((one) => !all.includes(one))
      const deeds = [
        ...(some.length > 0
          ? [`controls ${list(some.map(({ data }) => `${data.peer.name ?? data.peer.ip} by ${protocolName(data.protocol)}`))}`]
          : []),
        ...(all.length > 0
          ? [`asked everyone on the network by ${list(all.map(({ data }) => protocolName(data.protocol)))}`]
          : []),
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
        : `Spoke ${list(spoken.map(({ data }) => protocolName(data.protocol)))}; who knows its key cannot be seen.`
    return [inconclusive(reason, 'Capture while the device is operated from its app on the same network.', spoken)]
  },
}

function isOpen(protection: string): boolean {
  return protection === 'broken' || protection === 'clear'
}

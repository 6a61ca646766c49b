import type { Endpoint } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { fail, inconclusive, warn } from '../finding.ts'
import { callsFromInternet, UNRECOGNISED } from '../traffic.ts'
import { list, protocolName, times, who } from '../words.ts'

export const reachedFromInternet: Check = {
  id: 'reached-from-internet',
  title: 'Reachability from the Internet',
  facet: 'security',
  looksFor: 'Connections that somebody on the Internet opened and the device answered.',
  why: 'The whole address space is scanned within the hour; what answers is attacked the same day.',
  remedy:
    'Owner: remove the port forwarding (also those made by UPnP) and let the firewall drop what comes in unasked. Maker: go through a relay that authenticates.',
  passNeeds: 'Never passes from traffic: that nobody came does not show that nobody could.',
  run(device) {
    const calls = callsFromInternet(device)
    const on = (of: readonly Endpoint[]) =>
      list(
        [...Map.groupBy(of, (call) => `${call.transport}/${call.port}`)].map(([port, each]) => {
          const protocol = each.find((call) => !UNRECOGNISED.has(call.protocol))?.protocol
          const answered = each.reduce((sum, call) => sum + call.answered, 0)
          return `${port}${protocol === undefined ? '' : ` (${protocolName(protocol)})`}, ${times(answered)}, from ${list(each.map(who))}`
        }),
        2,
      )
    const tcp = calls.filter((call) => call.transport === 'tcp')
    // high: a TCP handshake proves a way in; what is behind it has checks of its own
    if (tcp.length > 0) return [fail('high', `Answered connections from the Internet on ${on(tcp)}.`, tcp)]
    const udp = calls.filter((call) => call.transport === 'udp')
    // low: with UDP the device may have sent first, before the capture began (peer-to-peer)
    if (udp.length > 0)
      return [warn('low', `Exchanged datagrams with Internet peers that seem to have begun, on ${on(udp)}.`, udp)]
    return [
      inconclusive(
        'Nobody on the Internet was seen to reach it.',
        "Scan the network's public address from outside, and look at the router's list of port forwards.",
      ),
    ]
  },
}

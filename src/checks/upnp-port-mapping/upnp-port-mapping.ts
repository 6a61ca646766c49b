import type { Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { fail, inconclusive } from '../finding.ts'
import { list } from '../words.ts'

/** UPnP IGD WANIPConnection:1 and :2 (AddPortMapping, AddAnyPortMapping), WANIPv6FirewallControl (AddPinhole). */
const OPENS = new Set(['AddPortMapping', 'AddAnyPortMapping', 'AddPinhole'])
const CONTROL_PORTS = new Set([21, 22, 23, 80, 81, 443, 554, 2323, 5555, 8080, 8443, 34_567, 37_777])

export const upnpPortMapping: Check = {
  id: 'upnp-port-mapping',
  title: 'Port mappings in the router',
  facet: 'security',
  looksFor: 'Requests to the router to forward a port from the Internet: UPnP AddPortMapping and AddPinhole, NAT-PMP, PCP.',
  why: 'It makes a thing at home reachable for the whole Internet, as a rule without its owner knowing.',
  remedy: 'Maker: use outgoing connections. Owner: switch UPnP off in the router and remove the mappings.',
  passNeeds: 'Never passes from traffic: mappings are asked for at start-up, or only when a feature is switched on.',
  run(device) {
    const asked = device.of('upnp.action').filter(({ data }) => data.role === 'client' && OPENS.has(data.action))
    const other = device.of('protocol').filter(({ data }) => data.role === 'client' && /^(nat-?pmp|pcp)$/i.test(data.protocol))
    if (asked.length + other.length > 0) {
      // high where it opens an administration, file or video port; else medium
      const severity = asked.some(({ data }) => CONTROL_PORTS.has(data.internalPort ?? 0)) ? 'high' : 'medium'
      const what = list([...asked.map(mapping), ...other.map(({ data }) => `by ${data.protocol}`)])
      return [fail(severity, `Asked the router to let the Internet in: ${what}.`, [...asked, ...other])]
    }
    return [
      inconclusive(
        'It was not seen to ask for a port mapping.',
        'Capture from the moment the device is switched on, with UPnP switched on in the router, and use remote access once.',
      ),
    ]
  },
}

function mapping({ data }: Observation<'upnp.action'>): string {
  const inside = `${data.internalClient ?? 'itself'} port ${data.internalPort ?? '?'}`
  return `${data.mapProtocol ?? ''} ${data.externalPort ?? '?'} to ${inside} (${data.action})`.trim()
}

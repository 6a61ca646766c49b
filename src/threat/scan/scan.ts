import type { DeviceEvidence } from '../../evidence/evidence.ts'
import { plural, within as during } from '../../evidence/words.ts'
import type { Detector, Severity, Sign, Telling } from '../detector.ts'
import { heldSigns, unnamed } from '../held.ts'
import { isRecruiting, LIKELY, listOfRecruiting, portWords, TCP_PORTS } from '../ports.ts'
import { ScanSensor } from './sensor.ts'
import * as tunable from './tunables.ts'

/** From so many different addresses on it is no test. */
const MANY = 128
/** Who sweeps its network for more services than these looks for whatever there is. */
const FEW_SERVICES = 2

/** Scanning by the device. */
export const scan: Detector = {
  id: 'scan',
  title: 'Looking for others',
  looksFor:
    `Mirai's mark: ${tunable.MARKED.value} connection requests whose sequence number is the address they go to. ` +
    `One port tried in vain at different addresses of the Internet, over the whole capture, however slowly: ${tunable.RECRUITED.value} at a port that only bots call (${listOfRecruiting()}), ` +
    `${tunable.LIKELY_SCAN.value} at one that they call too (SSH, HTTP and the like), ${tunable.OTHER_SCAN.value} at another, ${tunable.WEB_SCAN.value} at HTTPS, as long as the device did not look up their names. ` +
    `${tunable.DEEP.value} ports of one address. Telnet at ${tunable.LATERAL.value} neighbours. ${tunable.DEVICES.value} devices that together try a bot's port at ${tunable.TOGETHER.value} addresses.`,
  mistakes:
    'Takes for a scan: somebody who looks for servers by hand, or a program that calls many bare addresses which no longer answer. Looking for neighbours (apps and hubs do it) is told as that, and low. ' +
    'Misses: a scan at which most places answer; one that tries as many ports as addresses, which looks like peer-to-peer programs; FIN, NULL and ACK scans; UDP at the ports of DNS, NTP, QUIC and STUN; several devices that share a port which others than bots call; ' +
    'in a capture of one direction, all but the ports that only bots call. When more than 8,000 pairs of device and port are counted, the one that tried least makes room.',
  baseRate: 'None in 521 benign captures: 178 of the set-up of home devices (4 device-hours), 343 of protocols.',
  tunables: {
    marked: tunable.MARKED,
    recruited: tunable.RECRUITED,
    likely: tunable.LIKELY_SCAN,
    other: tunable.OTHER_SCAN,
    web: tunable.WEB_SCAN,
    lateral: tunable.LATERAL,
    neighbours: tunable.NEIGHBOURS,
    arped: tunable.ARPED,
    arpWithin: tunable.ARP_WITHIN,
    deep: tunable.DEEP,
    together: tunable.TOGETHER,
    devices: tunable.DEVICES,
    each: tunable.EACH,
    quiet: tunable.QUIET,
    share: tunable.SHARE,
    botShare: tunable.BOT_SHARE,
    blind: tunable.BLIND,
    unnamed: tunable.UNNAMED,
  },
  sensor: (desk) => new ScanSensor(desk),
  judge,
  tell,
}

/** Raises what was sure but for names: so many of the addresses have none. */
function judge(device: DeviceEvidence): Sign[] {
  return heldSigns(device, 'scan').filter(({ data }) => {
    const transport = transportOf(data.what)
    const places = unnamed(device, transport).filter((one) => one.overflow === true || one.port === (data.port ?? 0))
    const silent = places.filter((one) => one.answered === 0)
    return silent.length * tunable.UNNAMED.value >= needed(data.port, transport) || places.some((one) => one.overflow === true)
  })
}

function needed(port: number | undefined, transport: string): number {
  if (transport === 'tcp' && port === 443) return tunable.WEB_SCAN.value
  return transport === 'tcp' && TCP_PORTS[port ?? 0] === LIKELY ? tunable.LIKELY_SCAN.value : tunable.OTHER_SCAN.value
}

function transportOf(what: string): 'tcp' | 'udp' | 'icmp' {
  return what.startsWith('udp') ? 'udp' : what.startsWith('icmp') ? 'icmp' : 'tcp'
}

function tell({ data, count, first, last }: Sign): Telling {
  const { what, port, peer, detail } = data
  const different = Number(detail['different'])
  const within = during(last - first)
  const told = (severity: Severity, confidence: number, says: string, techniques: string[]): Telling => ({
    campaign: 'recruitment',
    stage: 'scanning',
    severity,
    confidence,
    says,
    techniques,
  })
  const answered = `${detail['answered'] === 0 ? 'none' : Number(detail['answered']).toLocaleString('en')} of ${plural(count, 'call')} answered`
  switch (what) {
    case 'mirai':
      return told(
        'critical',
        0.99,
        `Looks for others to infect: sent ${plural(count, 'connection request')} ${within} to ${about(different, 'address', 'addresses')} (TCP port ${detail['ports']}) whose sequence number is the address they go to, as Mirai and its kin do and nothing else.`,
        ['T1595.001'],
      )
    case 'together':
      return told(
        'high',
        0.8,
        `Has part in a scan: tried ${portWords('tcp', port!)} at ${about(different, 'address', 'addresses')} on the Internet ${within}, ${answered}; ${detail['devices']} devices of this network tried it at ${detail['addresses']} or more, each a few.`,
        ['T1595.001'],
      )
    case 'near-telnet': {
      const alone = Number(detail['swept']) <= FEW_SERVICES
      return told(
        alone ? 'medium' : 'low',
        alone ? 0.6 : 0.4,
        `Tried ${portWords('tcp', port!)} at ${about(different, 'neighbour', 'neighbours')} ${within}, ${answered}: ${alone ? 'so does what spreads within a network' : 'apps that look a network over do it, and so does what spreads in one'}.`,
        ['T1046'],
      )
    }
    case 'local-discovery': {
      const by =
        detail['by'] === 'arp' ? 'by ARP' : detail['by'] === 'icmp' ? 'by ping' : `at ${portWords(detail['by'] as 'tcp', port!)}`
      return told(
        'info',
        0.3,
        `Looked for neighbours: asked ${by} for ${about(different, 'address', 'addresses')} of the local network ${within}. Apps and hubs that look for devices do it.`,
        ['T1046'],
      )
    }
    case 'tcp-ports':
    case 'udp-ports': {
      const near = peer!.scope === 'local'
      return told(
        near ? (what === 'udp-ports' ? 'low' : 'medium') : 'high',
        0.8,
        `Scanned ${peer!.name ?? peer!.ip}: tried ${about(different, `${what.slice(0, 3).toUpperCase()} port`, `${what.slice(0, 3).toUpperCase()} ports`)} of it ${within}, ${answered}.`,
        ['T1046'],
      )
    }
    default: {
      const transport = transportOf(what)
      if (transport === 'icmp')
        return told(
          'low',
          0.6,
          `Looked for others: sent pings to ${about(different, 'address', 'addresses')} on the Internet ${within}, ${answered}, and looked up hardly any of their names.`,
          ['T1595.001'],
        )
      const bots = isRecruiting(transport, port!)
      return told(
        bots || different >= MANY ? 'high' : 'medium',
        bots ? 0.9 : 0.75,
        `Looks for others: tried ${portWords(transport, port!)} at ${about(different, 'address', 'addresses')} on the Internet ${within}, ${answered}${bots ? ': so do bots that look for things to infect' : ', and looked up hardly any of their names'}.`,
        ['T1595.001'],
      )
    }
  }
}

/** Counts of sketches are estimates. */
function about(different: number, one: string, many: string): string {
  if (different <= 1) return `1 ${one}`
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, different))) - 1)
  return `about ${plural(Math.round(different / digits) * digits, one, many)}`
}

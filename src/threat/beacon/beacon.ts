import { type DeviceEvidence, MAX_EXEMPLARS } from '../../evidence/evidence.ts'
import { plural, span, within as during } from '../../evidence/words.ts'
import type { Detector, Severity, Sign, Telling } from '../detector.ts'
import { heldSigns, unnamed } from '../held.ts'
import { portWords } from '../ports.ts'
import { BeaconSensor } from './sensor.ts'
import * as tunable from './tunables.ts'

/** What is read in none of the protocols that are known, or in those of command servers. */
const UNKNOWN: ReadonlySet<string> = new Set(['', 'text', 'low-entropy', 'high-entropy', 'telnet', 'irc'])
/** A sign of life of so few bytes says nothing else (Mirai: two, each minute). */
const BARE = 4

/** Calls home of which nothing is known but their rhythm. */
export const beacon: Detector = {
  id: 'beacon',
  title: 'Calls home',
  looksFor:
    `TCP to an address of the Internet that the device did not look up by name, at a port where things seldom talk, in no known protocol (regular calls: or in HTTP): ${tunable.DEAD_CALLS.value} calls within no less than ${span(tunable.DEAD_SPAN.value * 1e6)} that are never answered; ` +
    `${tunable.PERIODIC_CALLS.value} short ones at equal intervals within no less than ${span(tunable.PERIODIC_SPAN.value * 1e6)}; or ${tunable.BEATS.value} signs of life of at most ${tunable.BEAT_BYTES.value} bytes at equal intervals in one conversation. Regular calls alone are nothing: most things make them.`,
  mistakes:
    'Takes for a call to a command server: an address that a maker wrote into its program, or that the device looked up before the capture began. ' +
    'Misses: usual ports (443, 80, MQTT and so on), UDP, peer-to-peer networks, names, TLS, intervals that are drawn by lot, and whatever is done when nothing else of the device was answered (a capture of one direction).',
  baseRate: 'None in 521 benign captures: 178 of the set-up of home devices (4 device-hours), 343 of protocols.',
  tunables: {
    deadCalls: tunable.DEAD_CALLS,
    deadSpan: tunable.DEAD_SPAN,
    periodicCalls: tunable.PERIODIC_CALLS,
    periodicSpan: tunable.PERIODIC_SPAN,
    jitter: tunable.JITTER,
    small: tunable.SMALL,
    beats: tunable.BEATS,
    beatBytes: tunable.BEAT_BYTES,
    gap: tunable.GAP,
    places: tunable.PLACES,
  },
  sensor: (desk) => new BeaconSensor(desk),
  judge,
  tell,
}

/** Raises what the sensor held, where the device knew no name for the place and spoke no known protocol. */
function judge(device: DeviceEvidence): Sign[] {
  const places = unnamed(device, 'tcp')
  const named = new Set(device.endpoints.filter((one) => one.name !== undefined).flatMap((one) => one.ips))
  // whose language is understood needs no guessing at
  const understood = new Set(
    device.of('sign').flatMap(({ data }) => (data.detector === 'commanded' && data.raised !== undefined ? [data.peer?.ip] : [])),
  )
  const found = heldSigns(device, 'beacon').filter(({ data }) => {
    const { ip } = data.peer!
    if (understood.has(ip)) return false
    const at = places.filter((one) => one.port === data.port && one.ips.includes(ip))
    const known = at.some(({ protocol }) => !UNKNOWN.has(protocol) && !(protocol === 'http' && data.what === 'periodic'))
    if (named.has(ip) || at.length === 0 || known) return false
    return data.what === 'unanswered' ? at.every((one) => one.answered === 0) : data.what === 'heartbeat' || at.every(isSmall)
  })
  const dead = Map.groupBy(found, ({ data }) => (data.what === 'unanswered' ? data.port : undefined))
  const alone = (dead.get(undefined) ?? []).map((sign) => together([sign]))
  dead.delete(undefined)
  // more are peers of others
  if ([...dead.values()].flat().length > tunable.PLACES.value) return alone
  return [...alone, ...[...dead.values()].map(together)]
}

/** Calls to one port of several addresses are one sign. */
function together(signs: readonly Sign[]): Sign {
  const sorted = signs.toSorted((a, b) => a.data.raised.time - b.data.raised.time)
  const sign = sorted[0]!
  const others = sorted.slice(1).map(({ data }) => data.peer!.ip)
  const role = sign.data.what === 'unanswered' ? 'called in vain' : 'called'
  return {
    ...sign,
    count: sorted.reduce((sum, { count }) => sum + count, 0),
    first: Math.min(...sorted.map(({ first }) => first)),
    last: Math.max(...sorted.map(({ last }) => last)),
    exemplars: sorted.flatMap(({ exemplars }) => exemplars.slice(0, Math.ceil(MAX_EXEMPLARS / sorted.length))),
    data: {
      ...sign.data,
      detail: { ...sign.data.detail, others: others.join(', ') },
      indicators: sorted.map(({ data }) => ({ type: 'ip', value: data.peer!.ip, role })),
    },
  }
}

function isSmall({ bytesOut, bytesIn, flows }: { bytesOut: number; bytesIn: number; flows: number }): boolean {
  return bytesOut <= tunable.SMALL.value * flows && bytesIn <= tunable.SMALL.value * flows
}

function tell({ data, count, first, last }: Sign): Telling {
  const { what, peer, port, detail } = data
  const within = during(last - first)
  const place = `${peer!.ip} at ${portWords('tcp', port!)}`
  const every = `every ${span(Number(detail['period']) * 1e6)}`
  const told = (severity: Severity, confidence: number, says: string, technique: string): Telling => ({
    campaign: 'recruitment',
    stage: 'commanded',
    severity,
    confidence,
    says,
    techniques: [technique],
  })
  switch (what) {
    case 'unanswered': {
      const also = detail['others'] === '' ? '' : ` and ${detail['others']}`
      return told(
        'medium',
        also === '' ? 0.6 : 0.7,
        `Calls home in vain: called ${peer!.ip}${also} at ${portWords('tcp', port!)} ${plural(count, 'time')} ${within}, each about ${every}, and was never answered. It looked up no name for ${also === '' ? 'this address' : 'these addresses'}: so do infected things whose command server is gone (and things whose maker wrote an address into them that he has given up).`,
        'T1571',
      )
    }
    case 'heartbeat': {
      const bare = Number(detail['bytes']) <= BARE
      return told(
        bare ? 'medium' : 'low',
        bare ? 0.6 : 0.4,
        `Kept a conversation with ${place} alive by ${plural(count, 'packet')} of at most ${detail['bytes']} bytes ${every}, ${within}, in no known protocol and with an address that it did not look up: so do bots that wait for commands${bare ? ' (Mirai sends two bytes a minute)' : ', and some things that are well'}.`,
        'T1095',
      )
    }
    default:
      return told(
        'low',
        0.4,
        `Called ${place} ${plural(count, 'time')} ${within}, ${every}, each time with few bytes in no known protocol, and did not look this address up: so do bots that ask for commands, and some things that are well.`,
        'T1571',
      )
  }
}

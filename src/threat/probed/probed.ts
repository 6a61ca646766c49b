import { plural, within as during } from '../../evidence/words.ts'
import type { Detector, Sign, Telling } from '../detector.ts'
import { listOfRecruiting } from '../ports.ts'
import { ProbedSensor } from './sensor.ts'
import * as tunable from './tunables.ts'

/** Somebody looks for the device. */
export const probed: Detector = {
  id: 'probed',
  title: 'Being looked for',
  looksFor:
    `Who tries what the device offers and is not let in: ${tunable.KNOCKS.value} times a port that only bots call (${listOfRecruiting()}), or ${tunable.PORTS.value} ports, by a neighbour; ` +
    `${tunable.STRANGERS.value} calls at such ports from the Internet, told in one line however many strangers they are; ${tunable.MARKED.value} packets with Mirai's mark, the sequence number that is the address they go to.`,
  mistakes:
    'An app of the owner that looks for devices and tries Telnet, too. Misses: calls that are let in (the log-ins that follow are told of), and calls at ports that others than bots use, unless there are many.',
  baseRate: 'None in 521 benign captures: 178 of the set-up of home devices (4 device-hours), 343 of protocols.',
  tunables: {
    marked: tunable.MARKED,
    knocks: tunable.KNOCKS,
    ports: tunable.PORTS,
    strangers: tunable.STRANGERS,
    quiet: tunable.QUIET,
  },
  sensor: (desk) => new ProbedSensor(desk),
  tell,
}

function tell({ data, count, first, last }: Sign): Telling {
  const { what, peer, detail } = data
  const by = peer === undefined ? 'Somebody on the Internet' : (peer.name ?? peer.ip)
  const within = during(last - first)
  const told = (severity: 'info' | 'low', confidence: number, says: string): Telling => ({
    campaign: 'recruitment',
    stage: 'probed',
    severity,
    confidence,
    says,
    techniques: [peer === undefined ? 'T1595.001' : 'T1046'],
  })
  switch (what) {
    case 'mirai':
      return told(
        peer === undefined ? 'info' : 'low',
        0.99,
        `${by} looked for it ${within}: ${plural(Number(detail['marked']), 'connection request')} whose sequence number is the device's own address, as Mirai and its kin send and nothing else.`,
      )
    case 'internet':
      return told(
        'info',
        0.9,
        `${plural(count, 'call')} from about ${plural(Number(detail['different']), 'address', 'addresses')} of the Internet ${within} looked for ways in that bots use (port ${detail['ports']}); ${detail['answered']} were answered.`,
      )
    case 'knocks':
      return told(
        'info',
        0.6,
        `${by} called it ${plural(count, 'time')} ${within}, at ports that bots call (${detail['ports']}), and was not let in.`,
      )
    default:
      return told(
        'low',
        0.8,
        `${by} looked for what it offers: tried about ${plural(Number(detail['different']), 'port')} of it ${within}, most of them closed.`,
      )
  }
}

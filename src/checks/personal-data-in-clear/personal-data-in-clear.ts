import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { Check, Severity } from '../check.ts'
import { fail, inconclusive, warn } from '../finding.ts'
import { hostPort, list, PERSONAL, protocolName, tally, who } from '../words.ts'

type What = Kinds['personal']['what']

export const personalDataInClear: Check = {
  id: 'personal-data-in-clear',
  title: 'Personal data on the wire',
  facet: 'privacy',
  looksFor:
    'E-mail addresses, phone numbers, coordinates, Wi-Fi names, hardware addresses, serial numbers and texts that the tester planted, sent where they can be read.',
  why: 'An identifier that stays the same lets anyone on the path follow the device and its owner; a place or an address says who they are.',
  remedy:
    'Maker: encrypt it, send less of it, and replace lasting identifiers by ones that change. Owner: leave fields of the app empty that it does not need (e-mail, place, phone number).',
  passNeeds: 'Never passes from traffic: personal data comes in more forms than can be recognised.',
  run(device) {
    const seen = device.of('personal')
    if (seen.length === 0) {
      const next =
        'Plant texts nobody else uses (a user name, a room name) in the app, then capture normal use and search for them with --canary.'
      return [inconclusive('No personal data was recognised in clear.', next)]
    }
    const own = seen.filter((one) => !isAsked(one, device))
    if (own.length === 0) {
      const to = list(seen.map((one) => `${PERSONAL[one.data.what]} to ${who(one.data.peer)}`))
      return [
        inconclusive(
          `Gave ${to} in clear, as that thing on this network demands; it answers for how it takes it.`,
          'See what is found of the other device.',
          seen,
        ),
      ]
    }
    return [...Map.groupBy(own, ({ data }) => `${data.what} ${data.peer.scope === 'internet' ? 'internet' : 'local'}`)].map(
      ([about, of]) => {
        const what = of[0]!.data.what
        const abroad = of[0]!.data.peer.scope === 'internet'
        const reason = `Sent ${PERSONAL[what]} in clear${abroad ? ' over the Internet' : ' on the local network'}: ${tally(of.map((one) => ({ text: describe(one), count: one.count })))}.`
        // on the local network the hardware address and name are seen anyway, so a lesser matter
        return abroad ? fail(SEVERITY[what], reason, of, about) : warn('low', reason, of, about)
      },
    )
  },
}

/** Told to a service of another thing at home, whose choice it is that it is told in clear; broadcasts are the device's own. */
function isAsked({ data }: Observation<'personal'>, device: DeviceEvidence): boolean {
  return (
    data.peer.scope === 'local' &&
    device.endpoints.some(
      (one) =>
        one.initiator === 'device' &&
        one.answered > 0 &&
        one.scope === 'local' &&
        one.port === data.peer.port &&
        one.ips.includes(data.peer.ip),
    )
  )
}

/** High for what says who or where a person is; medium for what lets a thing be followed. */
const SEVERITY: Record<What, Exclude<Severity, 'info'>> = {
  email: 'high',
  phone: 'high',
  coordinates: 'high',
  canary: 'high',
  ssid: 'medium',
  mac: 'medium',
  serial: 'medium',
}

function describe({ data }: Observation<'personal'>): string {
  // a local peer may be the one who asked: its port says nothing
  return `${data.masked} in the ${data.where} of ${protocolName(data.protocol)} to ${data.peer.scope === 'internet' ? hostPort(data.peer) : nearby(data.peer)}`
}

function nearby(peer: Kinds['personal']['peer']): string {
  return peer.ip === '255.255.255.255' ? 'everyone on the network' : who(peer)
}

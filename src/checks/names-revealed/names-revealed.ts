import type { DeviceEvidence } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { inconclusive, warn } from '../finding.ts'
import { list } from '../words.ts'

export const namesRevealed: Check = {
  id: 'names-revealed',
  title: 'Names announced',
  facet: 'privacy',
  looksFor:
    "Names that the device announces to everyone near (DHCP, mDNS, LLMNR, NetBIOS, SSDP) and that seem to hold a person's name or the hardware address.",
  why: 'On shared and public networks a name such as "Anna\'s camera" tells strangers who is there; one made of the hardware address follows the device (RFC 8117).',
  remedy: 'Maker: announce a random name, and let the user choose. Owner: rename the device.',
  passNeeds: 'Never passes from traffic: whether a name means a person, only its owner knows.',
  run(device) {
    const names = device.of('name')
    const telling = names.map((one) => ({ one, what: tells(one.data.name, device) })).filter(({ what }) => what !== undefined)
    if (telling.length > 0) {
      const which = list(telling.map(({ one, what }) => `"${one.data.name}" by ${VIA[one.data.via]} (${what})`))
      // low: heard by those near only
      return [
        warn(
          'low',
          `Announces names that tell more than needed: ${which}.`,
          telling.map(({ one }) => one),
        ),
      ]
    }
    const next = "Look at the names in the device's settings: do they name a person or a place?"
    if (names.length === 0)
      return [inconclusive('It was not seen to announce a name.', 'Capture from the moment the device joins the network.')]
    return [
      inconclusive(
        `Announces ${list(names.map(({ data }) => `"${data.name}"`))}; whether they name a person cannot be told.`,
        next,
        names,
      ),
    ]
  },
}

const VIA = {
  dhcp: 'DHCP',
  mdns: 'mDNS',
  llmnr: 'LLMNR',
  nbns: 'NetBIOS',
  ssdp: 'SSDP',
  upnp: 'UPnP',
  http: 'HTTP',
  wsd: 'WS-Discovery',
  lan: "its maker's protocol",
}

function tells(name: string, device: DeviceEvidence): string | undefined {
  // "Anna's", "Annas-iPhone", "iPhone von Anna", "iPhone de Anna"
  if (/\p{L}['’]s\b/u.test(name) || /(phone|pad|book|watch|camera|tv)[ -](von|de|di|van)[ -]\p{L}/iu.test(name))
    return "seems to hold a person's name"
  const digits = name.toLowerCase().replace(/[^0-9a-f]/g, '')
  // the last three bytes tell units of one maker apart
  const own = device.macs.some((mac) =>
    digits.includes(
      mac
        .toLowerCase()
        .replace(/[^0-9a-f]/g, '')
        .slice(6),
    ),
  )
  return own ? 'holds its hardware address' : undefined
}

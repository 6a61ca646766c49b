import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { list } from '../words.ts'

export const hardwareAddressRevealed: Check = {
  id: 'hardware-address-revealed',
  title: 'Hardware address in IPv6 addresses',
  facet: 'privacy',
  looksFor: 'Global IPv6 addresses whose second half is made from the hardware address (EUI-64, RFC 4291 appendix A).',
  why: 'Every server the device talks to learns a number that never changes, in whatever network it is, and the maker with it (RFC 7721).',
  remedy: 'Maker: use stable, opaque identifiers (RFC 7217, recommended by RFC 8064) and temporary addresses (RFC 8981).',
  passNeeds: 'At least one global IPv6 address of the device, none made from the hardware address.',
  run(device) {
    const global = device.of('address').filter(({ data }) => data.scope === 'global')
    const made = global.filter(({ data }) => data.eui64)
    // medium: a lasting identifier shown to every server
    if (made.length > 0)
      return [
        warn(
          'medium',
          `Has ${made.length === 1 ? 'a global IPv6 address' : 'global IPv6 addresses'} with its hardware address inside: ${list(made.map(({ data }) => data.ip))}.`,
          made,
        ),
      ]
    if (global.length > 0)
      return [
        pass(
          `None of its global IPv6 addresses is made from the hardware address: ${list(global.map(({ data }) => data.ip))}.`,
          global,
        ),
      ]
    return [inconclusive('No global IPv6 address of the device was seen.', 'Capture on a network with IPv6 for a day.')]
  },
}

import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'
import { bytesOf } from '../traffic.ts'
import { countryName, list, size } from '../words.ts'

export const countriesContacted: Check = {
  id: 'countries-contacted',
  title: 'Countries contacted',
  facet: 'legal',
  looksFor:
    'The countries in which the addresses contacted are registered, and how much was sent there. The place of registration is not always the place of the server.',
  why: 'Laws on data protection ask where personal data goes, and forbid some transfers.',
  remedy: 'Maker: say in which countries personal data is processed, and on what legal ground it goes there.',
  passNeeds: 'Never passes from traffic: what may go where depends on the law and on what the maker declares.',
  run(device) {
    const far = device.endpoints
      .filter((endpoint) => endpoint.country !== undefined && endpoint.answered > 0)
      .toSorted((a, b) => bytesOf(b) - bytesOf(a))
    const sent = [...Map.groupBy(far, (endpoint) => endpoint.country!)].map(([country, of]) => ({
      country,
      bytes: of.reduce((sum, endpoint) => sum + endpoint.bytesOut, 0),
    }))
    const next = "Compare with the countries that the maker's privacy notice names as places of processing."
    if (sent.length === 0)
      return [inconclusive('No exchange with an address of a known country was seen.', 'Capture 24 hours of normal use.')]
    const what = list(
      sent.toSorted((a, b) => b.bytes - a.bytes).map(({ country, bytes }) => `${countryName(country)} (${size(bytes)})`),
      8,
    )
    return [inconclusive(`Sent data to addresses registered in ${what}.`, next, far)]
  },
}

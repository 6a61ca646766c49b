import type { Check } from '../check.ts'
import { inconclusive, warn } from '../finding.ts'
import { isMaker, isPersonal } from '../parties.ts'
import { total, watched } from '../traffic.ts'
import { hostPort, list, size, span } from '../words.ts'

export const trackers: Check = {
  id: 'trackers',
  title: 'Trackers',
  facet: 'privacy',
  looksFor:
    'Names that published lists count as advertising or analytics services of other companies than the maker. A name merely asked for in DNS counts only once it was contacted.',
  why: 'A tracker learns when the device is used, from where, and often by whom, and joins it with what it knows from elsewhere.',
  remedy:
    'Maker: measure without third parties, or ask first. Owner: block these names in the resolver; the device should work without.',
  passNeeds:
    'Never passes from traffic: a tracker may be contacted under a name no list has, or only in use that was not captured.',
  run(device) {
    const found = device.endpoints.filter(
      (endpoint) =>
        endpoint.thirdParty?.tracker === true &&
        endpoint.initiator === 'device' &&
        endpoint.answered > 0 &&
        !isMaker(endpoint, device),
    )
    if (found.length === 0) {
      const far = device.endpoints.filter((endpoint) => endpoint.scope === 'internet')
      const reason =
        far.length === 0
          ? 'It was not seen on the Internet.'
          : `None of the places it contacted in ${span(watched(device))} is a listed tracker.`
      return [
        inconclusive(
          reason,
          "Capture 24 hours of normal use, with every feature used once, and read the maker's privacy notice for the partners it names.",
          far,
        ),
      ]
    }
    const companies = Map.groupBy(found, (endpoint) => `${endpoint.thirdParty!.company} (${endpoint.thirdParty!.category})`)
    const who = list([...companies].map(([company, of]) => `${company} at ${list(of.map(hostPort), 1)}`))
    if (isPersonal(device)) {
      return [
        inconclusive(
          `Contacted listed trackers, ${size(total(found))} in all: ${who}. On a computer or phone the sites and apps do that, not its maker.`,
          'Block trackers in the browser, and look at what each app is allowed to do.',
          found,
        ),
      ]
    }
    // a warning: with the user's consent it may be as it should, and traffic cannot show consent; medium as for lasting identifiers
    return [
      warn(
        'medium',
        `Contacted listed trackers, ${size(total(found))} in all: ${who}. Whether the user agreed cannot be seen.`,
        found,
      ),
    ]
  },
}

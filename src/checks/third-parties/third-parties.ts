import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'
import { isCarrier, isMaker } from '../parties.ts'
import { list, where } from '../words.ts'

export const thirdParties: Check = {
  id: 'third-parties',
  title: 'Third parties',
  facet: 'privacy',
  looksFor:
    'Companies behind the names contacted, by published lists; trackers have a check of their own, and who carries a service for others (hosting, delivery networks) or is the maker is told apart.',
  why: 'Data protection law asks that a user be told who receives their data.',
  remedy: 'Maker: name these companies and what each receives in the privacy notice.',
  passNeeds: 'Never passes from traffic: who is behind a name that no list has is not known.',
  run(device) {
    const known = device.endpoints.filter(
      (one) => one.thirdParty?.tracker === false && one.initiator === 'device' && one.answered > 0 && !isMaker(one, device),
    )
    const others = known.filter((endpoint) => !isCarrier(endpoint))
    const hint = "Compare with the companies that the maker's privacy notice names."
    if (others.length > 0) {
      const who = list(
        others.map((endpoint) => `${endpoint.thirdParty!.company} (${endpoint.thirdParty!.category}) at ${where(endpoint)}`),
        3,
      )
      // contact is not sharing, and a television is bought to reach such companies: nothing to blame by itself
      return [inconclusive(`Contacted other companies: ${who}. Whether they are named to the user cannot be seen.`, hint, others)]
    }
    const reason =
      known.length > 0
        ? `Of the companies contacted, the lists know only carriers of others' services: ${list(known.map((endpoint) => endpoint.thirdParty!.company))}.`
        : 'No company that the lists know was contacted.'
    return [inconclusive(reason, hint, known)]
  },
}

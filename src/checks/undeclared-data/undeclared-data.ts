import { said } from '../../evidence/declared.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { Dossier } from '../../dossier/dossier.ts'
import type { Check, Severity } from '../check.ts'
import { contradiction, inconclusive, pass } from '../finding.ts'
import { shows } from '../shows.ts'
import { GIVE_DOSSIER, NO_DOSSIER } from '../statements/statement.ts'
import { hostPort, list, PERSONAL } from '../words.ts'

type What = Exclude<Kinds['personal']['what'], 'canary'>
type Item = NonNullable<NonNullable<Dossier['data']>['inventory']>[number]

export const undeclaredData: Check = {
  id: 'undeclared-data',
  title: 'Data declared',
  facet: 'privacy',
  looksFor: 'Personal data that was read on the wire to the Internet, held against the inventory of the dossier.',
  why: 'What is collected must be said, and why: what is seen in clear is the least of it.',
  remedy: 'Maker: list it with its purpose, or do not collect it.',
  passNeeds: 'A dossier with an inventory, and all personal data that was seen is in it. Encrypted connections may carry more.',
  of: ['dossier'],
  run(device) {
    const { declared } = device
    if (declared === undefined) return [inconclusive(NO_DOSSIER, GIVE_DOSSIER)]
    const { collected, inventory = [] } = declared.dossier.data ?? {}
    if (collected === undefined && inventory.length === 0)
      return [inconclusive('The dossier has no inventory of data.', 'Ask the maker to list it: /data/inventory')]
    const place = said(declared, collected === false ? '/data/collected' : '/data/inventory')
    // what only the network at home sees was not collected by anybody; what a planted text is, only its planter knows
    const seen = device.of('personal').flatMap((one) => {
      const { what, peer } = one.data
      return peer.scope === 'internet' && what !== 'canary' ? [{ ...one, what, peer }] : []
    })
    if (seen.length === 0)
      return [
        inconclusive(
          'No personal data was read on the wire, so that nothing could be held against the inventory.',
          'Plant texts in the app that nobody else uses, capture normal use, and search for them with --canary.',
          [place],
        ),
      ]
    const strange = seen.filter(({ what }) => collected === false || !inventory.some((item) => names(item, what)))
    if (strange.length > 0)
      return [...Map.groupBy(strange, ({ what }) => what)].map(([what, of]) =>
        contradiction(
          SEVERITY[what],
          `The maker says that ${
            collected === false
              ? 'no personal data is collected'
              : inventory.length === 0
                ? 'there is nothing in its inventory of personal data'
                : `it collects ${list(
                    inventory.map((item) => item.what),
                    4,
                  )}`
          }; ${shows(of[0]!)} ${PERSONAL[what]} sent to ${list(of.map(({ peer }) => hostPort(peer)))}.`,
          [place],
          of,
          what,
        ),
      )
    return [
      pass(`All personal data that was seen is in the inventory: ${list(seen.map(({ what }) => PERSONAL[what]))}.`, [
        ...seen,
        place,
      ]),
    ]
  },
}

/** By the kind that an item names, else by its words. */
function names({ what, kind }: Item, seen: What): boolean {
  return kind === KINDS[seen] || (kind === undefined && PATTERNS[seen].test(what))
}

const KINDS: Record<What, NonNullable<Item['kind']>> = {
  mac: 'hardware-address',
  serial: 'serial-number',
  email: 'email',
  phone: 'phone',
  coordinates: 'location',
  ssid: 'wifi-name',
}

const PATTERNS: Record<What, RegExp> = {
  mac: /hardware address|\bmac\b|device (?:id|identifier)/i,
  serial: /serial|device (?:id|identifier)/i,
  email: /e-?mail/i,
  phone: /phone/i,
  coordinates: /location|position|coordinates|\bgps\b|geo/i,
  ssid: /\bssid\b|wi-?fi|network name/i,
}

/** High for what says who or where a person is. */
const SEVERITY: Record<What, Exclude<Severity, 'info'>> = {
  email: 'high',
  phone: 'high',
  coordinates: 'high',
  ssid: 'medium',
  mac: 'medium',
  serial: 'medium',
}

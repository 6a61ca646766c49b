import { getDomain } from 'tldts'
import type { Dossier } from '../../dossier/dossier.ts'
import { said } from '../../evidence/declared.ts'
import type { Endpoint } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { contradiction, inconclusive, pass } from '../finding.ts'
import { isDomain, sameCompany } from '../declared-names.ts'
import { isMaker, isPersonal } from '../parties.ts'
import { carriesData, total } from '../traffic.ts'
import { shows } from '../shows.ts'
import { GIVE_DOSSIER, NO_DOSSIER } from '../statements/statement.ts'
import { list, plural, where } from '../words.ts'

export const undeclaredThirdParty: Check = {
  id: 'undeclared-third-party',
  title: 'Third parties declared',
  facet: 'privacy',
  looksFor:
    'Whom it contacts on the Internet, by registrable domain and by the company that published lists name, held against the companies and domains of the dossier.',
  why: 'What is shared with others must be said, and who is not named receives something all the same.',
  remedy: 'Maker: name every company that the device talks to, with its domains, or leave it out.',
  passNeeds: "A dossier that names the companies, and every place contacted by name is one of theirs or the maker's.",
  of: ['dossier'],
  run(device) {
    const { declared } = device
    if (declared === undefined) return [inconclusive(NO_DOSSIER, GIVE_DOSSIER)]
    const { dossier } = declared
    const { any, parties = [] } = dossier.thirdParties ?? {}
    if (any === undefined && parties.length === 0)
      return [
        inconclusive(
          'The dossier names no third parties, and does not say that there are none.',
          'Ask the maker to say it: /thirdParties',
        ),
      ]
    if (any === true && parties.length === 0)
      return [
        inconclusive(
          'The dossier says that other companies are involved, and names none.',
          'Ask the maker for them: /thirdParties/parties',
          [said(declared, '/thirdParties/any')],
        ),
      ]
    const place = said(declared, any === false ? '/thirdParties/any' : '/thirdParties/parties')
    const far = device.endpoints.filter((one) => one.scope === 'internet' && one.initiator === 'device' && one.answered > 0)
    // which sites a computer visits is the doing of its user
    if (isPersonal(device))
      return [
        inconclusive('Whom a computer or phone talks to is the doing of its user.', 'Audit a thing that has a maker alone.', far),
      ]
    const named = far.filter((one) => one.name !== undefined)
    const strange = named.filter((one) => !isMaker(one, device) && !isDeclared(one, dossier))
    // whose a name is that no list knows can only be told where the maker says which are its own
    const others = strange.filter(({ thirdParty }) => dossier.domains !== undefined || thirdParty !== undefined)
    if (others.length > 0) {
      const claim =
        any === false ? 'no other company is involved' : `it talks to ${list(parties.map(({ name }) => name))} and nobody else`
      const groups = [...Map.groupBy(others, whose)].toSorted(([, a], [, b]) => total(b) - total(a))
      const told = groups.slice(0, MOST).map(([about, of]) => {
        const tracker = of.some(({ thirdParty }) => thirdParty?.tracker === true)
        const company = of[0]!.thirdParty?.company
        const whom = company === undefined ? about : `${company} (${of[0]!.thirdParty!.category})`
        return contradiction(
          // who only told it the time or an address learnt little
          tracker ? 'high' : of.some(carriesData) ? 'medium' : 'low',
          `The maker says that ${claim}; ${shows(of[0]!)} that it contacted ${whom} at ${list(of.map((one) => where(one)))}.`,
          [place],
          of,
          about,
        )
      })
      const rest = groups.slice(MOST)
      if (rest.length === 0) return told
      const who = list(rest.map(([about]) => about))
      const more = rest.flatMap(([, of]) => of)
      return [
        ...told,
        contradiction(
          'medium',
          `The maker says that ${claim}; ${shows(more[0]!)} that it contacted ${who}, too.`,
          [place],
          more,
          'others',
        ),
      ]
    }
    if (strange.length > 0)
      return [
        inconclusive(
          `The dossier does not name the domains of its maker, so that it cannot be told whose these are: ${list(strange.map(whose))}.`,
          'Ask the maker to name its own: /domains',
          [...strange, place],
        ),
      ]
    const nameless = far.length - named.length
    if (named.length === 0 || nameless > 0)
      return [
        inconclusive(
          named.length === 0
            ? 'No place on the Internet that it contacted by name was seen.'
            : `All it contacted by name is declared; whose ${plural(nameless, 'address', 'addresses')} without a name ${nameless === 1 ? 'is' : 'are'} cannot be told.`,
          'Capture from the moment it is switched on, so that the names it asks for are seen.',
          [...named, place],
        ),
      ]
    return [pass(`All that it contacted is declared: ${list(named.map((one) => where(one)))}.`, [...named, place])]
  },
}

/** Companies told one by one. */
const MOST = 20

/** The company of the lists, else the registrable domain. */
function whose({ thirdParty, name }: Endpoint): string {
  return thirdParty?.company ?? domainOf(name!)
}

function domainOf(name: string): string {
  return getDomain(name, { allowPrivateDomains: false }) ?? name
}

function isDeclared({ name, thirdParty }: Endpoint, dossier: Dossier): boolean {
  const own = [
    ...(dossier.domains ?? []),
    ...(dossier.sites ?? []),
    ...(dossier.updates?.hosts ?? []),
    ...(dossier.mail?.domains ?? []),
  ]
  if (own.some((domain) => isDomain(name!, domain))) return true
  if (sameCompany(thirdParty?.company, dossier.product.vendor)) return true
  return (dossier.thirdParties?.parties ?? []).some(
    (party) => sameCompany(thirdParty?.company, party.name) || (party.domains ?? []).some((domain) => isDomain(name!, domain)),
  )
}

import { said } from '../../evidence/declared.ts'
import type { Check } from '../check.ts'
import { contradiction, inconclusive, pass } from '../finding.ts'
import { carriesData } from '../traffic.ts'
import { shows } from '../shows.ts'
import { GIVE_DOSSIER, NO_DOSSIER } from '../statements/statement.ts'
import { countryName, list, size, where } from '../words.ts'
import { isPersonal } from '../parties.ts'
import { isWithin } from './regions.ts'

export const undeclaredCountry: Check = {
  id: 'undeclared-country',
  title: 'Countries declared',
  facet: 'legal',
  looksFor:
    'The countries in which the addresses contacted are registered, held against those that the dossier names. The place of registration is not always the place of the server.',
  why: 'Data that leaves a region falls under other laws.',
  remedy: 'Maker: name every country that the device talks to, or keep the data in those that are named.',
  passNeeds: 'A dossier that names countries, and every address contacted registered in one of them.',
  of: ['dossier'],
  run(device) {
    const { declared } = device
    if (declared === undefined) return [inconclusive(NO_DOSSIER, GIVE_DOSSIER)]
    const named = declared.dossier.regions?.countries ?? []
    const stated = (declared.dossier.thirdParties?.parties ?? []).flatMap(({ country }) => country ?? [])
    if (named.length === 0)
      return [
        inconclusive('The dossier does not say which countries it talks to.', 'Ask the maker to name them: /regions/countries'),
      ]
    const place = said(declared, '/regions/countries')
    const far = device.endpoints.filter((one) => one.scope === 'internet' && one.initiator === 'device' && one.answered > 0)
    if (isPersonal(device))
      return [
        inconclusive('Whom a computer or phone talks to is the doing of its user.', 'Audit a thing that has a maker alone.', far),
      ]
    const allowed = [...named, ...stated]
    const known = far.filter(({ country }) => country !== undefined)
    const strange = known.filter(({ country }) => !allowed.some((one) => isWithin(country!, one)))
    if (strange.length > 0)
      return [...Map.groupBy(strange, ({ country }) => country!)].map(([country, of]) =>
        contradiction(
          // the time and addresses are no data of anybody's
          of.some(carriesData) ? 'medium' : 'low',
          `The maker says that it talks to ${list(named.map(regionName), 6)}; ${shows(of[0]!)} that it sent ${size(
            of.reduce((sum, one) => sum + one.bytesOut, 0),
          )} to ${list(of.map((one) => where({ ...one, country: undefined })))}, registered in ${countryName(country)}.`,
          [place],
          of,
          country,
        ),
      )
    if (known.length === 0 || known.length < far.length)
      return [
        inconclusive(
          known.length === 0
            ? 'No exchange with an address of a known country was seen.'
            : 'All countries that are known are declared, but not all addresses have one.',
          'Capture 24 hours of normal use.',
          [...known, place],
        ),
      ]
    return [
      pass(
        `All it contacted is registered where the maker says: ${list(
          known.map(({ country }) => countryName(country!)),
          6,
        )}.`,
        [...known, place],
      ),
    ]
  },
}

function regionName(code: string): string {
  return code === 'EEA' ? 'the European Economic Area' : code === 'EU' ? 'the European Union' : countryName(code)
}

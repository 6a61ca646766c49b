import type { Finding } from '../check.ts'
import { fail, inconclusive, pass } from '../finding.ts'
import { list } from '../words.ts'
import type { Case } from './statement.ts'

/** Statements about lists, of which each entry must be whole. */

export function dataInventory({ dossier: { data }, at }: Case): Finding[] {
  return data?.collected === false ? [pass('The maker says that no personal data is collected.', [at('/data/collected')])] : []
}

/** A rule for all, or a time for each kind of data. */
export function retention({ dossier: { data }, at }: Case): Finding[] {
  if (data?.retention?.limited === false)
    return [fail('medium', 'The maker says that it keeps data without end.', [at('/data/retention/limited')])]
  const inventory = data?.inventory ?? []
  if (data?.retention?.period !== undefined || data?.retention?.rule !== undefined || inventory.length === 0) return []
  const open = inventory.filter((item) => item.keptFor === undefined)
  const places = inventory.map((_, i) => at(`/data/inventory/${i}`))
  if (open.length > 0)
    return [
      inconclusive(
        `The dossier does not say for how long it keeps ${list(open.map(({ what }) => what))}.`,
        'Ask the maker for keptFor of each in /data/inventory, or for /data/retention.',
        places,
      ),
    ]
  return [
    pass(
      `The maker says for how long each kind of data is kept: ${list(
        inventory.map(({ what, keptFor }) => `${what} (${keptFor})`),
        4,
      )}.`,
      places,
    ),
  ]
}

export function thirdPartiesTold({ dossier: { thirdParties }, at }: Case): Finding[] {
  if (thirdParties?.any === false) return [pass('The maker says that no other company is involved.', [at('/thirdParties/any')])]
  const parties = (thirdParties?.parties ?? []).map((party, i) => ({ party, place: at(`/thirdParties/parties/${i}`) }))
  if (parties.length === 0) return []
  const places = parties.map(({ place }) => place)
  const names = (of: typeof parties) => list(of.map(({ party }) => party.name))
  const asked = parties.filter(({ party }) => party.consent === 'none')
  if (asked.length > 0)
    return [
      fail(
        'medium',
        `The maker says that ${names(asked)} receive data though nobody was asked and operation does not need it.`,
        asked.map(({ place }) => place),
      ),
    ]
  const free = parties.filter(({ party }) => party.boundToSameTerms === false)
  if (free.length > 0)
    return [
      fail(
        'medium',
        `The maker says that ${names(free)} are not bound to the same terms.`,
        free.map(({ place }) => place),
      ),
    ]
  // who carries encrypted data receives none
  const open = parties.filter(
    ({ party }) => party.role !== 'carrier' && (party.consent === undefined || party.boundToSameTerms === undefined),
  )
  if (open.length > 0)
    return [
      inconclusive(
        `The dossier names ${names(open)}, and does not say on whose consent or on which terms.`,
        'Ask the maker for consent and boundToSameTerms of each in /thirdParties/parties.',
        places,
      ),
    ]
  return [pass(`The maker names whom it shares data with, with consent and terms: ${names(parties)}.`, places)]
}

/** Of which nobody is told, they are neither approved nor known to be automatic. */
export function hiddenUpdates({ dossier: { updates }, at }: Case): Finding[] {
  return updates?.how === 'undisclosed'
    ? [fail('medium', 'The maker says that users are not told how updates come.', [at('/updates/how')])]
    : []
}

export function mailDomains({ dossier: { mail }, at }: Case): Finding[] {
  if (mail?.sent === false) return [pass('The maker says that it writes no mail to users.', [at('/mail/sent')])]
  if (mail?.sent !== true || (mail.domains ?? []).length > 0) return []
  return [
    inconclusive(
      'The maker says that it writes to users by mail, and does not say from which domains.',
      'Ask the maker to list them in its dossier: /mail/domains',
      [at('/mail/sent')],
    ),
  ]
}

/** Members of the European Union (Treaty on European Union, article 52), and those that the European Economic Area adds. */
const EU = new Set('AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '))
const EEA = new Set(['IS', 'LI', 'NO'])

/** A country is one that is named, or a member of what is named. The registries of addresses have 'EU' for what is somewhere in it. */
export function isWithin(country: string, named: string): boolean {
  if (country === named) return true
  if (named === 'EU') return EU.has(country)
  return named === 'EEA' && (country === 'EU' || EU.has(country) || EEA.has(country))
}

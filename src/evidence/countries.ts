/** ISO 3166 alpha-2 of the country to which an address is registered; undefined when unknown. */
export function countryOf(_ip: string): string | undefined {
  return undefined
}

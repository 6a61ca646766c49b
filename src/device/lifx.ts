/*
 * LIFX's product numbers (StateVersion, its LAN protocol), from the registry that LIFX publishes. A number that is not here is told
 * as a number.
 */
const PRODUCTS: readonly (readonly [name: string, ...numbers: number[]])[] = [
  ['LIFX Original 1000', 1],
  ['LIFX Color 650', 3],
  ['LIFX White 800', 10, 11],
  ['LIFX Color 1000', 15, 22],
  ['LIFX White 900 BR30', 18, 19],
  ['LIFX Color 1000 BR30', 20],
  ['LIFX A19', 27, 43, 62, 97],
  ['LIFX BR30', 28, 44, 63, 98],
  ['LIFX A19 Night Vision', 29, 45, 64],
  ['LIFX BR30 Night Vision', 30, 46, 65],
  ['LIFX Z', 31, 32],
  ['LIFX Downlight', 36, 37, 40],
  ['LIFX Beam', 38],
  ['LIFX Downlight White to Warm', 39],
  ['LIFX Mini Color', 49, 59],
  ['LIFX Mini White to Warm', 50, 60],
  ['LIFX Mini White', 51, 61, 66],
  ['LIFX GU10', 52, 53],
  ['LIFX Tile', 55],
  ['LIFX Candle', 57, 68],
  ['LIFX Switch', 70, 71, 89],
  ['LIFX Clean', 90],
  ['LIFX Color', 91, 92],
]

const names: ReadonlyMap<number, string> = new Map(
  PRODUCTS.flatMap(([name, ...numbers]) => numbers.map((number) => [number, name] as const)),
)

export function lifxProduct(product: number): string | undefined {
  return names.get(product)
}

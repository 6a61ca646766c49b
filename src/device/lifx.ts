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
  ['LIFX A19', 27, 43, 62, 93, 97, 163, 165],
  ['LIFX BR30', 28, 44, 63, 94, 98, 164, 166],
  ['LIFX A19 Night Vision', 29, 45, 64, 109, 111],
  ['LIFX BR30 Night Vision', 30, 46, 65, 110, 112],
  ['LIFX Z', 31, 32, 117, 118],
  ['LIFX Downlight', 36, 37, 40, 121, 122, 167, 168],
  ['LIFX Beam', 38, 119, 120],
  ['LIFX Downlight White to Warm', 39],
  ['LIFX Mini Color', 49, 59],
  ['LIFX Mini White to Warm', 50, 60, 113, 114],
  ['LIFX Mini White', 51, 61, 66, 87, 88],
  ['LIFX GU10', 52, 53, 135, 136],
  ['LIFX Tile', 55],
  ['LIFX Candle', 57, 68, 137, 138, 185, 186, 187, 188],
  ['LIFX Switch', 70, 71, 89, 115, 116],
  ['LIFX Candle White to Warm', 81, 96],
  ['LIFX Filament Clear', 82, 100],
  ['LIFX Filament Amber', 85, 101],
  ['LIFX Clean', 90, 99],
  ['LIFX Color', 91, 92, 123, 124, 129, 130, 181, 182],
  ['LIFX White to Warm', 125, 126, 131, 132],
  ['LIFX White', 127, 128, 133, 134],
  ['LIFX Neon', 141, 142, 205, 206],
  ['LIFX String', 143, 144, 203, 204],
  ['LIFX Outdoor Neon', 161, 162],
  ['LIFX A21 1600lm', 169, 170],
  ['LIFX Round Spot', 171],
  ['LIFX Round Path', 173],
  ['LIFX Square Path', 174],
  ['LIFX PAR38', 175],
  ['LIFX Ceiling', 176, 177],
]

const names: ReadonlyMap<number, string> = new Map(
  PRODUCTS.flatMap(([name, ...numbers]) => numbers.map((number) => [number, name] as const)),
)

export function lifxProduct(product: number): string | undefined {
  return names.get(product)
}

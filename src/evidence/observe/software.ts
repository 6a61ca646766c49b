import type { Context, Party } from '../context.ts'
import { shown } from './shown.ts'

const MAX_VERSION = 64

/** A version that a thing says of its own software. Another version later is another fact: it was updated. */
export function observeSoftware(
  context: Context,
  party: Party,
  frame: number,
  product: string,
  version: string | undefined,
  via: string,
): void {
  if (version === undefined || version === '') return
  const said = shown(version, MAX_VERSION)
  context.add(party, 'software', `${product} ${said} ${via}`, { product: shown(product, MAX_VERSION), version: said, via }, frame)
}

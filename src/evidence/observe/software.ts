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

/** Products that UPnP's SERVER names beside the system and UPnP itself ("Linux UPnP/1.0 Sonos/57.19-44230 (ZPS1)"). */
const SERVER = /\b(Sonos|Roku)\/([\w.-]{1,32})/

export function observeServerSoftware(context: Context, party: Party, frame: number, server: string, via: string): void {
  const [, product, version] = SERVER.exec(server) ?? []
  if (product !== undefined) observeSoftware(context, party, frame, product, version, via)
}

/*
 * Mozi speaks BitTorrent's DHT (BEP 5) like others, but its nodes' ids begin with "88888888" (Netlab 360, "Mozi, Another Botnet Using DHT", 2019;
 * the prefix is in its configuration, [hp]), where those of others are chance; and instead of nodes they answer with that configuration,
 * which begins with [ss] under a key that never changes.
 */
const PREFIX = 0x38 // '8'
const PREFIX_BYTES = 8

/** What a datagram of the DHT is: a question or an answer of `mozi`'s, or of another. */
export type Krpc = 'mozi' | 'other'

/** Of b[at, end): undefined for what is no message of the DHT. */
export function readKrpc(b: Uint8Array, at: number, end: number): Krpc | undefined {
  // d1:ad2:id20: or d1:rd2:id20:, as keys come in their order
  if (end - at < 40 || b[at] !== 0x64 || b[at + 1] !== 0x31 || b[at + 2] !== 0x3a) return undefined
  if (b[at + 3] !== 0x61 && b[at + 3] !== 0x72) return undefined
  for (let i = 0; i < ID.length; i++) if (b[at + 4 + i] !== ID[i]) return undefined
  const id = at + 4 + ID.length
  for (let i = 0; i < PREFIX_BYTES; i++) if (b[id + i] !== PREFIX) return 'other'
  return 'mozi'
}

const ID = Array.from('d2:id20:', (c) => c.charCodeAt(0))

/** What is no CBOR, or more of it than is read. */
export class CborError extends Error {}

/** A tagged item (RFC 8949 section 3.4). */
export class Tagged {
  readonly tag: number
  readonly value: Cbor

  constructor(tag: number, value: Cbor) {
    this.tag = tag
    this.value = value
  }
}

/** Integers that a double does not hold are bigints; maps keep their order. */
export type Cbor = number | bigint | boolean | null | string | Uint8Array | readonly Cbor[] | ReadonlyMap<Cbor, Cbor> | Tagged

const MAX_DEPTH = 32
const MAX_ITEMS = 200_000

/**
 * Decodes one CBOR item that is all of `bytes` (RFC 8949). Definite lengths, as the deterministic encoding that COSE signs has them:
 * indefinite ones are refused, and so are floats, simple values beside false, true and null, maps with the same key twice, nesting beyond 32 and more than 200,000 items. Byte
 * strings are views into `bytes`. Throws CborError.
 */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const decoder = new Decoder(bytes)
  const value = decoder.item(0)
  if (decoder.at !== bytes.length) throw new CborError(`${bytes.length - decoder.at} bytes are left at ${decoder.at}`)
  return value
}

class Decoder {
  at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #items = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  item(depth: number): Cbor {
    if (depth > MAX_DEPTH) throw new CborError(`nested deeper than ${MAX_DEPTH}`)
    if (++this.#items > MAX_ITEMS) throw new CborError(`more than ${MAX_ITEMS} items`)
    const from = this.at
    const first = this.#take(1)[0]!
    const major = first >> 5
    const argument = this.#argument(first & 31)
    if (major === 0) return argument
    if (major === 1) return typeof argument === 'bigint' ? -1n - argument : -1 - argument
    if (major === 7) {
      if (first === 0xf4 || first === 0xf5) return first === 0xf5
      if (first === 0xf6) return null
      throw new CborError(`a ${first > 0xf8 ? 'float' : 'simple value without meaning'} at ${from}: no manifest has one`)
    }
    if (major === 6) return new Tagged(Number(argument), this.item(depth + 1))
    const length = Number(argument)
    if (major === 2) return this.#take(length)
    if (major === 3) return this.#text(length)
    // an item has a byte at least
    if (length > this.#bytes.length - this.at) throw this.#short()
    if (major === 4) {
      const list: Cbor[] = []
      for (let i = 0; i < length; i++) list.push(this.item(depth + 1))
      return list
    }
    const map = new Map<Cbor, Cbor>()
    for (let i = 0; i < length; i++) {
      const key = this.item(depth + 1)
      if (map.has(key)) throw new CborError(`the same key twice in the map at ${from}`)
      map.set(key, this.item(depth + 1))
    }
    return map
  }

  #argument(low: number): number | bigint {
    if (low < 24) return low
    if (low > 27) throw new CborError(`an indefinite or reserved length at ${this.at - 1}`)
    const at = this.at
    this.#take(1 << (low - 24))
    if (low === 24) return this.#view.getUint8(at)
    if (low === 25) return this.#view.getUint16(at)
    if (low === 26) return this.#view.getUint32(at)
    const wide = this.#view.getBigUint64(at)
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide
  }

  #text(length: number): string {
    const bytes = this.#take(length)
    try {
      return UTF8.decode(bytes)
    } catch {
      throw new CborError(`text at ${this.at - length} that is no UTF-8`)
    }
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) throw this.#short()
    return this.#bytes.subarray(this.at, (this.at += length))
  }

  #short(): CborError {
    return new CborError(`it ends at ${this.#bytes.length}, within an item`)
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The head of an item with a length or value below 2^32: what is needed to write down what COSE signs. */
export function cborHead(major: number, value: number): Uint8Array {
  const top = major << 5
  if (value < 24) return Uint8Array.of(top | value)
  if (value < 0x100) return Uint8Array.of(top | 24, value)
  if (value < 0x10000) return Uint8Array.of(top | 25, value >> 8, value & 255)
  return Uint8Array.of(top | 26, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

import { readFileSync } from 'node:fs'

/*
 * Country of an address by the registries' own records (whois and AS), from the public-domain tables named in NOTICE. It says
 * where an address is registered, which is not always where the server stands.
 */
interface Tables {
  codes: string[]
  four: Uint32Array
  sixHigh: Uint32Array
  sixLow: Uint32Array
  fourCodes: Uint8Array
  sixCodes: Uint8Array
}

let tables: Tables | undefined

function load(): Tables {
  const { codes, four, six } = JSON.parse(readFileSync(new URL('../../data/countries.json', import.meta.url), 'utf8')) as {
    codes: string[]
    four: number
    six: number
  }
  const file = readFileSync(new URL('../../data/countries.bin', import.meta.url))
  // four megabytes are not copied where the buffer begins at a whole word, as large ones do
  const bytes = file.byteOffset % 4 === 0 ? file : new Uint8Array(file)
  const words = (at: number, n: number) => new Uint32Array(bytes.buffer, bytes.byteOffset + at, n)
  const codesAt = (four + 2 * six) * 4
  return {
    codes,
    four: words(0, four),
    sixHigh: words(four * 4, six),
    sixLow: words((four + six) * 4, six),
    fourCodes: bytes.subarray(codesAt, codesAt + four),
    sixCodes: bytes.subarray(codesAt + four, codesAt + four + six),
  }
}

/** ISO 3166 alpha-2 of the country to which an address (its bytes: 4 or 16) is registered; undefined when unknown. */
export function countryOf(address: Uint8Array): string | undefined {
  tables ??= load()
  const code =
    address.length === 4
      ? fourCode(tables, word(address, 0))
      : address.length === 16
        ? sixCode(tables, word(address, 0), word(address, 4))
        : 0
  return tables.codes[code] || undefined
}

function fourCode(t: Tables, ip: number): number {
  const i = lastNotAfter(t.four.length, (k) => t.four[k]! - ip)
  return i < 0 ? 0 : t.fourCodes[i]!
}

function sixCode(t: Tables, high: number, low: number): number {
  const i = lastNotAfter(t.sixHigh.length, (k) => t.sixHigh[k]! - high || t.sixLow[k]! - low)
  return i < 0 ? 0 : t.sixCodes[i]!
}

/** Index of the last entry for which `compare` is not positive, -1 if none: entries ascend. */
function lastNotAfter(length: number, compare: (k: number) => number): number {
  let from = 0
  let to = length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (compare(middle) <= 0) from = middle + 1
    else to = middle
  }
  return from - 1
}

function word(b: Uint8Array, o: number): number {
  return ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0
}

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/**
 * Plain data put away: JSON, compressed, each byte a character. What is told of a device takes a tenth of its room as objects, or
 * less. In the heap, which moves things together: beside it thousands of small pieces between larger ones that come and go leave holes.
 */
export type Packed = string

/** Fast, and with little memory for itself: most inputs are of some 20 kB. */
const LIGHT = {
  chunkSize: 8192,
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 17 },
}

export function pack(data: object): Packed {
  return zstdCompressSync(JSON.stringify(data), LIGHT).toString('latin1')
}

/** What was unpacked last: one field of it is asked for after the other. */
let latest: Packed | undefined
let latestData: unknown

export function unpack(packed: Packed): unknown {
  if (packed !== latest) {
    latestData = JSON.parse(zstdDecompressSync(Buffer.from(packed, 'latin1')).toString())
    latest = packed
  }
  return latestData
}

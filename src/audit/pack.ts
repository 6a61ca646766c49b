import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Plain data put away: JSON, compressed, beside the heap. What is told of a device takes a tenth of its room as objects, or less. */
export type Packed = Uint8Array<ArrayBuffer>

const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export function pack(data: object): Packed {
  return zstdCompressSync(JSON.stringify(data), FASTEST)
}

/** The same as parts of one piece of memory: each comes in a larger one, and many small ones between what comes and goes leave holes. */
export function together(all: readonly Packed[]): Packed[] {
  const piece = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0))
  let at = 0
  return all.map((one) => {
    piece.set(one, at)
    return piece.subarray(at, (at += one.length))
  })
}

/** What was unpacked last: one field of it is asked for after the other. */
let latest: Packed | undefined
let latestData: unknown

export function unpack<T extends object>(packed: Packed): T {
  if (packed !== latest) {
    latestData = JSON.parse(zstdDecompressSync(packed).toString())
    latest = packed
  }
  return latestData as T
}

import type { Random } from '../lab/random.ts'

/** No input grows beyond this: larger than a stream prefix and than any datagram. */
const MAX_INPUT = 1 << 16

/** Values at which lengths, counts and signs turn. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 192, 254, 255, 256, 1500, 16383, 16384, 32767, 32768, 65535]
const WIDE_EDGES = [0x7fffffff, 0x80000000, 0xffffffff, 0x00ffffff, 0x01000000, 0x10000, 0xfffffff0]

/** One to four changes of `input`, which stays as it is; `other` is where foreign pieces come from. */
export function mutate(input: Uint8Array, other: Uint8Array, chance: Random): Uint8Array {
  let bytes: Uint8Array = input.slice()
  for (let n = 1 + chance.below(4); n > 0; n--) bytes = change(bytes, other, chance)
  return bytes
}

function change(bytes: Uint8Array, other: Uint8Array, chance: Random): Uint8Array {
  if (bytes.length === 0) return other.length > 0 ? other.slice() : random(chance, 1 + chance.below(64))
  const at = chance.below(bytes.length)
  switch (chance.below(11)) {
    case 0:
      bytes[at]! ^= 1 << chance.below(8)
      return bytes
    case 1:
      bytes[at] = chance.below(256)
      return bytes
    case 2:
      bytes[at] = chance.pick(EDGES)
      return bytes
    case 3:
      return lie(bytes, at, chance)
    case 4:
      return bytes.slice(0, at)
    case 5: {
      const end = at + 1 + chance.below(Math.min(64, bytes.length - at))
      return joined(bytes.subarray(0, at), bytes.subarray(end))
    }
    case 6: {
      // the same piece again, often
      const piece = bytes.subarray(at, at + 1 + chance.below(Math.min(256, bytes.length - at)))
      const again = Array.from({ length: chance.below(8) === 0 ? 1 + chance.below(200) : 1 }, () => piece)
      return joined(bytes.subarray(0, at), ...again, bytes.subarray(at))
    }
    case 7:
      return joined(bytes.subarray(0, at), random(chance, 1 + chance.below(16)), bytes.subarray(at))
    case 8:
      return joined(bytes.subarray(0, at), other.subarray(chance.below(other.length + 1)))
    case 9: {
      const from = chance.below(other.length + 1)
      bytes.set(other.subarray(from, Math.min(from + 1 + chance.below(32), from + bytes.length - at)), at)
      return bytes
    }
    default:
      bytes.copyWithin(at, chance.below(bytes.length), chance.below(bytes.length))
      return bytes
  }
}

/** A field of two or four bytes, either order, that says something else: at an edge, or off by a little. */
function lie(bytes: Uint8Array, at: number, chance: Random): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const little = chance.below(2) === 0
  if (chance.below(2) === 0 && at + 4 <= bytes.length) {
    const now = view.getUint32(at, little)
    view.setUint32(at, chance.below(2) === 0 ? chance.pick(WIDE_EDGES) : now + chance.below(9) - 4, little)
  } else if (at + 2 <= bytes.length) {
    const now = view.getUint16(at, little)
    view.setUint16(at, chance.below(2) === 0 ? chance.pick(EDGES) : now + chance.below(9) - 4, little)
  }
  return bytes
}

function random(chance: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = chance.below(256)
  return bytes
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(Math.min(length, MAX_INPUT))
  let at = 0
  for (const part of parts) {
    const piece = part.subarray(0, out.length - at)
    out.set(piece, at)
    at += piece.length
  }
  return out
}

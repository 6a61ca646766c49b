/** A few bytes changed (lengths' favourites among them), cut, or a piece doubled; the seed stays as it is. `below`: of `seeded`. */
export function mutated(seed: Uint8Array, below: (n: number) => number): Uint8Array {
  let out = Uint8Array.from(seed)
  for (let n = below(5); n >= 0; n--) out[below(out.length)] = [0, 1, 0x7f, 0x80, 0xff, below(256)][below(6)]!
  const at = below(out.length)
  if (below(4) === 0) out = out.slice(0, at)
  if (below(6) === 0) out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(below(at + 1), at), ...out.subarray(at)])
  return out
}

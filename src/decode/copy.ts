/** Copies from[start, end) to to[at]. Short copies are cheaper by hand than through subarray(). */
export function copyBytes(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): void {
  if (end - start <= 96) for (let i = start; i < end; i++) to[at++] = from[i]!
  else to.set(from.subarray(start, end), at)
}

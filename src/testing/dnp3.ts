import { bytesOf } from './datagrams.ts'

/* DNP3's link frames (IEEE 1815 section 9), for conversations that tests make. */

/** IEEE 1815 annex E: polynomial x16+x13+x12+x11+x10+x8+x6+x5+x2+1, least bit first, complemented; here by its definition. */
function checksum(block: Uint8Array): number[] {
  let value = 0
  for (const byte of block)
    for (let bit = 0; bit < 8; bit++) value = (value >> 1) ^ (((value ^ (byte >> bit)) & 1) === 1 ? 0xa6bc : 0)
  value = ~value & 0xffff
  return [value & 255, value >> 8]
}

/** A link frame around a transport segment that is the first and last. */
export function link(application: string, master = true, transport = 0xc0): Uint8Array {
  const user = new Uint8Array([transport, ...bytesOf(application)])
  const [from, to] = master ? ([1, 10] as const) : ([10, 1] as const)
  const header = new Uint8Array([0x05, 0x64, user.length + 5, master ? 0xc4 : 0x44, to, 0, from, 0])
  const out = [...header, ...checksum(header)]
  for (let at = 0; at < user.length; at += 16) out.push(...user.subarray(at, at + 16), ...checksum(user.subarray(at, at + 16)))
  return Uint8Array.from(out)
}

/** The same with checksums that fit what is there now, so that changes are read and not refused. */
export function resealed(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice()
  for (let at = 0; at + 10 <= out.length && out[at] === 0x05 && out[at + 1] === 0x64;) {
    out.set(checksum(out.subarray(at, at + 8)), at + 8)
    let left = Math.max(0, out[at + 2]! - 5)
    for (at += 10; left > 0 && at + Math.min(16, left) + 2 <= out.length; left -= 16) {
      const block = Math.min(16, left)
      out.set(checksum(out.subarray(at, at + block)), at + block)
      at += block + 2
    }
    if (left > 0) break
  }
  return out
}

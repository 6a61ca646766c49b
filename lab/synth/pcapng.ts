import { writeFileSync } from 'node:fs'
import { joined, type Bytes } from './frames.ts'

export interface Frame {
  /** Microseconds since 1970. */
  readonly time: number
  readonly bytes: Bytes
  comment?: string
}

const le32 = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24]
const le16 = (n: number): number[] => [n & 255, (n >>> 8) & 255]
const padding = (n: number): Bytes => new Uint8Array((4 - (n & 3)) & 3)

function option(code: number, value: Bytes): Bytes {
  return joined([...le16(code), ...le16(value.length)], value, padding(value.length))
}

function block(type: number, ...parts: readonly (Bytes | readonly number[])[]): Bytes {
  const body = joined(...parts)
  const length = le32(12 + body.length)
  return joined(le32(type), length, body, length)
}

const text = (s: string): Bytes => new TextEncoder().encode(s)

/**
 * A pcapng file of Ethernet frames, in the order given, with microseconds. The section's comment says what it is, so that nobody who finds it takes it for
 * a real capture.
 */
export function writePcapng(path: string, comment: string, frames: readonly Frame[]): void {
  const blocks: Bytes[] = [
    block(
      0x0a0d0d0a,
      [...le32(0x1a2b3c4d), 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
      option(1, text(comment)),
      option(4, text('assay lab/synth')),
      le32(0),
    ),
    block(1, [1, 0, 0, 0, ...le32(262_144)], option(2, text('synthetic')), le32(0)),
  ]
  for (const { time, bytes, comment: said } of frames) {
    const when = [...le32(Math.floor(time / 4294967296)), ...le32(time % 4294967296)]
    const length = le32(bytes.length)
    const tail = said === undefined ? [] : joined(option(1, text(said)), le32(0))
    blocks.push(block(6, le32(0), when, length, length, bytes, padding(bytes.length), tail))
  }
  writeFileSync(path, joined(...blocks))
}

/** A packet of a made capture. */
export interface Frame {
  bytes: Uint8Array
  /** Microseconds since 1970. */
  time: number
  wireLength: number
}

/** Classic pcap, little-endian, microseconds. */
export function pcap(linkType: number, frames: readonly Frame[]): Uint8Array {
  const file = new Uint8Array(24 + frames.reduce((sum, f) => sum + 16 + f.bytes.length, 0))
  const view = new DataView(file.buffer)
  view.setUint32(0, 0xa1b2c3d4, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, 262_144, true)
  view.setUint32(20, linkType, true)
  let at = 24
  for (const f of frames) {
    view.setUint32(at, Math.floor(f.time / 1e6), true)
    view.setUint32(at + 4, f.time % 1e6, true)
    view.setUint32(at + 8, f.bytes.length, true)
    view.setUint32(at + 12, f.wireLength, true)
    file.set(f.bytes, at + 16)
    at += 16 + f.bytes.length
  }
  return file
}

/** The packets of what `pcap` made; of anything else those that still look like some. */
export function frames(file: Uint8Array): Frame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const out: Frame[] = []
  for (let at = 24; at + 16 <= file.length;) {
    const length = Math.min(view.getUint32(at + 8, true), file.length - at - 16)
    const time = view.getUint32(at, true) * 1e6 + view.getUint32(at + 4, true)
    out.push({ bytes: file.slice(at + 16, at + 16 + length), time, wireLength: view.getUint32(at + 12, true) })
    at += 16 + length
  }
  return out
}

export function linkTypeOf(file: Uint8Array): number {
  return file.length < 24 ? 1 : new DataView(file.buffer, file.byteOffset).getUint32(20, true)
}

/** The same as pcapng, whose interfaces may be of several link types. */
export function pcapng(packets: readonly { linkType: number; bytes: Uint8Array; wireLength: number }[]): Uint8Array {
  const linkTypes = [...new Set(packets.map((packet) => packet.linkType))]
  const size = (bytes: Uint8Array) => 32 + ((bytes.length + 3) & ~3)
  const file = new Uint8Array(28 + 20 * linkTypes.length + packets.reduce((sum, { bytes }) => sum + size(bytes), 0))
  const view = new DataView(file.buffer)
  let at = 0
  const words = (...values: number[]) => {
    for (const value of values) {
      view.setUint32(at, value, true)
      at += 4
    }
  }
  words(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28)
  for (const linkType of linkTypes) words(1, 20, linkType, 262_144, 20)
  for (const { linkType, bytes, wireLength } of packets) {
    words(6, size(bytes), linkTypes.indexOf(linkType), 0x65c0f, at, bytes.length, wireLength)
    file.set(bytes, at)
    at += size(bytes) - 32
    words(size(bytes))
  }
  return file
}

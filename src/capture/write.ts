import { closeSync, openSync, writeSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Packet } from '../decode/packet.ts'
import { CaptureError } from './error.ts'
import { MAX_PACKET } from './format.ts'
import { pump } from './read.ts'
import { CaptureReader } from './reader.ts'
import { openSource } from './source.ts'

/**
 * Writes the packets with these frame numbers, as they are and with nanoseconds where the capture has them, into a new capture:
 * pcap where `out` ends in .pcap, pcapng otherwise. Returns how many were found. Throws CaptureError where the capture cannot be
 * read or `out` cannot be written (what was there is then lost), and where .pcap cannot hold several link types.
 */
export async function extractFrames(path: string, frames: ReadonlySet<number>, out: string): Promise<number> {
  const source = await openSource(path)
  let written = 0
  let writer: Writer | undefined
  try {
    if (await sameFile(path, out))
      throw new CaptureError('same-file', `${out} is the capture itself: name another file to write to.`)
    let last = 0
    for (const frame of frames) if (frame > last) last = frame
    const packet = new Packet()
    const reader: CaptureReader = new CaptureReader(packet, () => {
      if (packet.frame >= last) reader.done = true
      if (!frames.has(packet.frame)) return
      writer!.packet(packet, reader.format!.nanoseconds())
      written++
    })
    writer = new Writer(out)
    await pump(path, source, reader)
  } finally {
    writer?.close()
    await source.close()
  }
  return written
}

async function sameFile(a: string, b: string): Promise<boolean> {
  if (a === '-') return false
  const [x, y] = await Promise.all([stat(a, { bigint: true }), stat(b, { bigint: true }).catch(() => undefined)])
  return y !== undefined && x.dev === y.dev && x.ino === y.ino && x.isFile()
}

const BUFFER = 256 * 1024

/** Little-endian, nanoseconds. */
class Writer {
  private readonly path: string
  private readonly fd: number
  private readonly ng: boolean
  private readonly buf = new Uint8Array(BUFFER)
  private readonly view = new DataView(this.buf.buffer)
  private used = 0
  /** LINKTYPE_ values, in the order of their interfaces. */
  private readonly linkTypes: number[] = []

  constructor(path: string) {
    this.path = path
    this.ng = !path.endsWith('.pcap')
    this.fd = this.attempt(() => openSync(path, 'w'))
    if (this.ng) this.words(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28)
  }

  packet(p: Packet, nanoseconds: number): void {
    const length = p.end - p.start
    const index = this.interface(p.linkType)
    if (this.ng) {
      // 64 bits of nanoseconds: past what a double holds
      const time = BigInt(p.time) * 1000n + BigInt(nanoseconds)
      const padded = (length + 3) & ~3
      this.words(6, 32 + padded, index, Number(time >> 32n), Number(time & 0xffffffffn), length, p.wireLength)
      this.bytes(p.buf, p.start, p.end)
      for (let i = length; i < padded; i++) this.room(1)[this.used++] = 0
      this.words(32 + padded)
    } else {
      const seconds = Math.floor(p.time / 1e6)
      this.words(seconds, (p.time - seconds * 1e6) * 1000 + nanoseconds, length, p.wireLength)
      this.bytes(p.buf, p.start, p.end)
    }
  }

  /** Number of the interface with this link type, described when first seen. */
  private interface(linkType: number): number {
    const index = this.linkTypes.indexOf(linkType)
    if (index >= 0) return index
    if (this.ng) {
      // if_tsresol (9) of one byte: 10^-9
      this.words(1, 32, linkType, MAX_PACKET, 9 | (1 << 16), 9, 0, 32)
    } else if (this.linkTypes.length === 0) this.words(0xa1b23c4d, 2 | (4 << 16), 0, 0, MAX_PACKET, linkType)
    else {
      throw new CaptureError(
        'mixed-link-types',
        `these packets are of several link types (${this.linkTypes[0]} and ${linkType}), which a .pcap file cannot hold: write to a .pcapng file.`,
      )
    }
    return this.linkTypes.push(linkType) - 1
  }

  private words(...values: number[]): void {
    this.room(values.length * 4)
    for (const value of values) {
      this.view.setUint32(this.used, value, true)
      this.used += 4
    }
  }

  private bytes(buf: Uint8Array, start: number, end: number): void {
    for (let o = start; o < end;) {
      const n = Math.min(end - o, BUFFER)
      this.room(n).set(buf.subarray(o, o + n), this.used)
      this.used += n
      o += n
    }
  }

  private room(n: number): Uint8Array {
    if (this.used + n > BUFFER) this.flush()
    return this.buf
  }

  private flush(): void {
    for (let o = 0; o < this.used;) o += this.attempt(() => writeSync(this.fd, this.buf, o, this.used - o))
    this.used = 0
  }

  /** Writes what is left. An empty pcap still gets its header. */
  close(): void {
    try {
      if (!this.ng && this.linkTypes.length === 0) this.interface(1)
      this.flush()
    } finally {
      closeSync(this.fd)
    }
  }

  private attempt<T>(write: () => T): T {
    try {
      return write()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new CaptureError('unwritable', `${this.path} cannot be written: ${why}.`)
    }
  }
}

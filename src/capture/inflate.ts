import { read } from 'node:fs'
import { promisify } from 'node:util'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { plain, type Chunk } from './source.ts'

export type Compression = 'gzip' | 'zstd'

const ZSTD_MAGIC = 0x28b52ffd

/** By the first bytes (RFC 1952, section 2.3.1; RFC 8878, section 3.1.1), never by the name. */
export function compressionOf(view: DataView, length: number): Compression | undefined {
  if (length < 4) return undefined
  if (view.getUint16(0) === 0x1f8b) return 'gzip'
  if (view.getUint32(0) === ZSTD_MAGIC) return 'zstd'
  return undefined
}

/** Input goes in by such pieces: a piece that fails takes what came out of it along (see `salvage`). */
const PIECE = 64 * 1024
const OUTPUT = 256 * 1024

/** Decompresses piece by piece: never more in memory than one piece of output, however much the input promises. */
export class Inflate {
  private readonly kind: Compression
  private readonly sink: (chunk: Chunk) => void
  private stream: ReturnType<typeof createGunzip>
  private closed: Promise<void> = Promise.resolve()
  private failure: unknown
  /** The stream has seen its data's end. */
  private ended = false
  /** What follows the last gzip member is padding. */
  private padding = false
  /** What is wrong with the compressed data, in plain words. */
  broken = ''
  /** Bytes of input in pieces that went through, and of output that the sink was given. */
  accepted = 0
  delivered = 0

  /** `sink` is called while the piece is valid; what it throws is thrown by `write` or `end`. */
  constructor(kind: Compression, sink: (chunk: Chunk) => void) {
    this.kind = kind
    this.sink = sink
    this.stream = this.open()
  }

  private open(): ReturnType<typeof createGunzip> {
    const options = { chunkSize: OUTPUT }
    const stream = this.kind === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
    this.closed = new Promise((resolve) => stream.once('close', resolve))
    this.ended = false
    stream.on('data', (piece: Buffer) => {
      if (this.failure !== undefined) return
      try {
        this.delivered += piece.length
        this.sink(plain(piece))
      } catch (error) {
        this.failure = error ?? new Error('the sink threw nothing')
      }
    })
    stream.once('end', () => (this.ended = true))
    stream.once('error', (error) => (this.broken = `the ${this.kind} data is damaged here (${error.message})`))
    return stream
  }

  /** Resolves when the bytes are used up, so that their memory may be filled again. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let o = 0; o < bytes.length && this.broken === '' && !this.padding;) {
      const piece = bytes.subarray(o, o + PIECE)
      const used = await this.piece(piece)
      // (re-read: the await may have changed it)
      if ((this.broken as string) !== '') return
      this.accepted += used
      o += used
      if (used === piece.length && !this.ended) continue
      // Node's gunzip goes on to the next member by itself; of zstd's frames (RFC 8878, section 3.1) it reads one
      if (this.kind === 'gzip') this.padding = true
      else if (used === 0) this.broken = 'the zstd data is damaged here (nothing can be read)'
      else if (o < bytes.length) this.stream = this.open()
    }
  }

  private async piece(piece: Uint8Array): Promise<number> {
    if (this.ended) this.stream = this.open()
    const stream = this.stream
    const before = stream.bytesWritten
    await Promise.race([new Promise<void>((resolve) => stream.write(piece, () => resolve())), this.closed])
    if (this.failure !== undefined) throw this.failure
    return stream.bytesWritten - before
  }

  async end(): Promise<void> {
    if (!this.ended && !this.padding && this.broken === '') {
      this.stream.end()
      await this.closed
    }
    if (this.failure !== undefined) throw this.failure
  }

  close(): void {
    this.stream.destroy()
  }
}

const readAt = promisify(read)

/**
 * What damaged data still gives: the decompressor fails with a whole piece of input and keeps to itself what that gave before the
 * damage. So the file is decompressed again, up to that piece, which is fed in smaller ones; and once more, byte by byte at the end.
 * The sink gets only what is new.
 */
export async function salvage(
  kind: Compression,
  fd: number,
  size: number,
  failed: Inflate,
  sink: (chunk: Chunk) => void,
): Promise<void> {
  const closer = await replay(kind, fd, size, failed, 256, sink)
  await replay(kind, fd, size, closer, 1, sink)
}

async function replay(
  kind: Compression,
  fd: number,
  size: number,
  failed: Inflate,
  step: number,
  sink: (chunk: Chunk) => void,
): Promise<Inflate> {
  let skip = failed.delivered
  const again = new Inflate(kind, ({ bytes, length }) => {
    const known = Math.min(skip, length)
    skip -= known
    if (known < length) sink(plain(Buffer.from(bytes.buffer, bytes.byteOffset + known, length - known)))
  })
  const piece = new Uint8Array(PIECE)
  try {
    for (let at = 0; at < size && again.broken === '';) {
      const whole = at < failed.accepted
      const want = Math.min(PIECE, whole ? failed.accepted - at : size - at)
      const { bytesRead } = await readAt(fd, piece, 0, want, at)
      if (bytesRead === 0) break
      const by = whole ? bytesRead : step
      for (let o = 0; o < bytesRead && again.broken === ''; o += by)
        await again.write(piece.subarray(o, Math.min(o + by, bytesRead)))
      at += bytesRead
    }
  } finally {
    again.close()
  }
  return again
}

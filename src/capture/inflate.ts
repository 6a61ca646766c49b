import { createGunzip, createZstdDecompress } from 'node:zlib'
import { plain, type Chunk } from './source.ts'

export type Compression = 'gzip' | 'zstd'

/** By the first bytes (RFC 1952, section 2.3.1; RFC 8878, section 3.1.1), never by the name. */
export function compressionOf(view: DataView, length: number): Compression | undefined {
  if (length < 4) return undefined
  if (view.getUint16(0) === 0x1f8b) return 'gzip'
  if (view.getUint32(0) === 0x28b52ffd) return 'zstd'
  return undefined
}

/** Decompresses piece by piece: never more in memory than one piece of output, however much the input promises. */
export class Inflate {
  private readonly stream: ReturnType<typeof createGunzip>
  private failure: unknown
  private readonly closed: Promise<void>
  /** What is wrong with the compressed data, in plain words. */
  broken = ''

  /** `sink` is called while the piece is valid; what it throws is thrown by `write` or `end`. */
  constructor(kind: Compression, sink: (chunk: Chunk) => void) {
    const options = { chunkSize: 256 * 1024 }
    const stream = kind === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
    this.stream = stream
    this.closed = new Promise((resolve) => stream.once('close', resolve))
    stream.on('data', (piece: Buffer) => {
      if (this.failure !== undefined) return
      try {
        sink(plain(piece))
      } catch (error) {
        this.failure = error ?? new Error('the packet callback threw nothing')
      }
    })
    stream.on('error', (error) => {
      this.broken = `the ${kind} data is damaged here (${error.message})`
    })
  }

  /** Resolves when the piece is used up, so that its memory may be filled again. */
  async write(chunk: Chunk): Promise<void> {
    if (this.broken !== '') return
    await Promise.race([new Promise<void>((resolve) => this.stream.write(chunk.bytes.subarray(0, chunk.length), () => resolve())), this.closed])
    if (this.failure !== undefined) throw this.failure
  }

  async end(): Promise<void> {
    this.stream.end()
    await this.closed
    if (this.failure !== undefined) throw this.failure
  }

  close(): void {
    this.stream.destroy()
  }
}

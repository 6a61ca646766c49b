import { open, type FileHandle } from 'node:fs/promises'
import type { Live } from './capture.ts'
import type { Drops } from './drops.ts'
import { CaptureError } from './error.ts'

/** Bytes as read: bytes[0, length), and a view of the same. Valid until the next one is asked for. */
export interface Chunk {
  bytes: Uint8Array
  view: DataView
  length: number
}

export interface Source {
  /** Of a regular file; undefined for pipes. */
  readonly size: number | undefined
  /** Descriptor of a regular file. */
  readonly fd: number | undefined
  /** Undefined at the end. Rejects with the system's error. */
  next(): Promise<Chunk | undefined>
  close(): Promise<void>
  /** Of a live capture: how far it is. */
  progress?(): { left?: number; waiting: number }
  /** Of a live capture that has ended: how it was made, and what was lost. */
  result?(): Promise<{ live: Live; dropped?: Drops }>
}

const CHUNK = 1024 * 1024

export async function openSource(path: string): Promise<Source> {
  if (path === '-') return new Stdin()
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    throw openError(path, error)
  }
  try {
    const stat = await handle.stat()
    if (stat.isDirectory()) throw new CaptureError('is-directory', `${path} is a directory: name the capture files in it.`)
    return new FileSource(handle, stat.isFile() ? stat.size : undefined)
  } catch (error) {
    await handle.close()
    throw error
  }
}

function openError(path: string, error: unknown): CaptureError {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new CaptureError('not-found', `${path} does not exist: check the path of the capture.`)
  if (code === 'EISDIR') return new CaptureError('is-directory', `${path} is a directory: name the capture files in it.`)
  if (code === 'EACCES' || code === 'EPERM') {
    return new CaptureError(
      'unreadable',
      `${path} may not be read by this user: change its permissions, or run as a user who may.`,
    )
  }
  return new CaptureError('unreadable', `${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`)
}

/** Two buffers: while one is worked on, the next read fills the other. */
class FileSource implements Source {
  readonly size: number | undefined
  readonly fd: number | undefined
  private readonly handle: FileHandle
  private readonly chunks = [chunk(CHUNK), chunk(CHUNK)] as const
  private turn = 0
  private left: number
  private ahead: Promise<number> | undefined

  constructor(handle: FileHandle, size: number | undefined) {
    this.handle = handle
    this.size = size
    this.fd = size === undefined ? undefined : handle.fd
    // what is appended while we read is not part of it: the digest covers what was there
    this.left = size ?? Infinity
  }

  async next(): Promise<Chunk | undefined> {
    const length = await (this.ahead ?? this.read())
    this.ahead = undefined
    if (length === 0) return undefined
    const filled = this.chunks[this.turn & 1]!
    filled.length = length
    this.turn++
    // not on a pipe: a read that nothing answers could not be taken back
    if (this.size !== undefined) {
      this.ahead = this.read()
      this.ahead.catch(() => undefined)
    }
    return filled
  }

  private async read(): Promise<number> {
    const want = Math.min(CHUNK, this.left)
    if (want === 0) return 0
    const { bytesRead } = await this.handle.read(this.chunks[this.turn & 1]!.bytes, 0, want)
    this.left -= bytesRead
    return bytesRead
  }

  async close(): Promise<void> {
    await this.ahead?.catch(() => undefined)
    await this.handle.close()
  }
}

function chunk(size: number): Chunk {
  const bytes = new Uint8Array(size)
  return { bytes, view: new DataView(bytes.buffer), length: 0 }
}

/** A plain Uint8Array over the same memory: code that saw Buffers and plain arrays would be slower for both. */
export function plain(buffer: Buffer): Chunk {
  return {
    bytes: new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length),
    view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length),
    length: buffer.length,
  }
}

class Stdin implements Source {
  readonly size = undefined
  readonly fd = undefined
  private readonly pieces: AsyncIterator<Buffer> = process.stdin[Symbol.asyncIterator]()

  async next(): Promise<Chunk | undefined> {
    const { done, value } = await this.pieces.next()
    return done ? undefined : plain(value)
  }

  async close(): Promise<void> {
    process.stdin.destroy()
  }
}

import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Characters that are kept in memory: what a report tells of a home's devices, or an office's. */
const IN_MEMORY = 4 << 20

/** Where a text lies in the file. */
interface Place {
  readonly at: number
  readonly bytes: number
}

export type Stored = string | Place

/**
 * Plain data put away until it is asked for, as JSON: what is told of thousands of devices at length is many times what an audit needs
 * at a time. Beyond what memory has room for it goes to a temporary file that has no name and that nobody else may open; where there
 * can be none (no folder, no room) it stays in memory.
 */
export class Store {
  private readonly most: number
  private held = 0
  private file: TextFile | undefined
  private full = false
  /** What was read last: one field of it is asked for after the other. */
  private latest: Stored | undefined
  private latestData: unknown

  /** @param file one that two threads share: what one puts away the other reads. By default it makes its own, when it needs one */
  constructor(file?: TextFile, most = IN_MEMORY) {
    this.file = file
    this.most = most
  }

  /** @param json text as JSON.stringify makes it */
  put(json: string): Stored {
    if (this.held + json.length > this.most && !this.full) {
      try {
        return (this.file ??= TextFile.make()).append(json)
      } catch {
        this.full = true
      }
    }
    this.held += json.length
    return json
  }

  read(stored: Stored): unknown {
    if (stored !== this.latest) {
      this.latestData = this.readOnce(stored)
      this.latest = stored
    }
    return this.latestData
  }

  /** The same, for who keeps what it is made into: what was read last stays so. */
  readOnce(stored: Stored): unknown {
    return JSON.parse(typeof stored === 'string' ? stored : this.file!.text(stored))
  }
}

/** A file that ends with who made it, or with the process. */
export class TextFile {
  /** Another thread may make a TextFile of it, of which one writes. */
  readonly fd: number
  private end = 0
  private scratch = Buffer.allocUnsafe(1 << 16)

  constructor(fd: number) {
    this.fd = fd
  }

  static make(): TextFile {
    const path = join(tmpdir(), `assay-${randomUUID()}`)
    const file = new TextFile(openSync(path, 'wx+', 0o600))
    closing.register(file, file.fd)
    unlinkSync(path)
    return file
  }

  append(text: string): Place {
    const at = this.end
    const bytes = Buffer.byteLength(text)
    const buffer = this.room(bytes)
    buffer.write(text)
    for (let done = 0; done < bytes;) done += writeSync(this.fd, buffer, done, bytes - done, at + done)
    this.end = at + bytes
    return { at, bytes }
  }

  text({ at, bytes }: Place): string {
    const buffer = this.room(bytes)
    for (let done = 0; done < bytes;) {
      const more = readSync(this.fd, buffer, done, bytes - done, at + done)
      if (more === 0) throw new Error('the temporary file of the audit is shorter than what was written to it')
      done += more
    }
    return buffer.toString('utf8', 0, bytes)
  }

  private room(bytes: number): Buffer {
    if (bytes > this.scratch.length) this.scratch = Buffer.allocUnsafe(2 * bytes)
    return this.scratch
  }
}

const closing = new FinalizationRegistry<number>((fd) => closeSync(fd))

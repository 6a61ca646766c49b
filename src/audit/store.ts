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
  private file: File | undefined
  private full = false
  /** What was read last: one field of it is asked for after the other. */
  private latest: Stored | undefined
  private latestData: unknown

  constructor(most = IN_MEMORY) {
    this.most = most
  }

  /** @param json text as JSON.stringify makes it */
  put(json: string): Stored {
    if (this.held + json.length > this.most && !this.full) {
      try {
        return (this.file ??= new File()).append(Buffer.from(json))
      } catch {
        this.full = true
      }
    }
    this.held += json.length
    return json
  }

  read(stored: Stored): unknown {
    if (stored !== this.latest) {
      this.latestData = JSON.parse(typeof stored === 'string' ? stored : this.file!.text(stored))
      this.latest = stored
    }
    return this.latestData
  }
}

/** A file that ends with whoever holds it, or with the process. */
class File {
  private readonly fd: number
  private end = 0

  constructor() {
    const path = join(tmpdir(), `assay-${randomUUID()}`)
    this.fd = openSync(path, 'wx+', 0o600)
    closing.register(this, this.fd)
    unlinkSync(path)
  }

  append(bytes: Uint8Array): Place {
    const at = this.end
    for (let done = 0; done < bytes.length;) done += writeSync(this.fd, bytes, done, bytes.length - done, at + done)
    this.end = at + bytes.length
    return { at, bytes: bytes.length }
  }

  text({ at, bytes }: Place): string {
    const buffer = Buffer.allocUnsafe(bytes)
    for (let done = 0; done < bytes;) {
      const more = readSync(this.fd, buffer, done, bytes - done, at + done)
      if (more === 0) throw new Error('the temporary file of the audit is shorter than what was written to it')
      done += more
    }
    return buffer.toString()
  }
}

const closing = new FinalizationRegistry<number>((fd) => closeSync(fd))

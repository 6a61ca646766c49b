import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Chunk } from './source.ts'

/** Below this a file is hashed as it is read: a thread takes longer to start. */
const THREAD_PAYS = 8 * 1024 * 1024

/** All that the thread needs, in MB: it allocates next to nothing. */
const SMALL = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16, codeRangeSizeMb: 4 }

/** SHA-256 of a capture as given: told of every chunk, asked once at the end. */
export interface Digest {
  /** True when every byte must pass through `update`, also those after the capture's damage. */
  readonly inline: boolean
  update(chunk: Chunk): void
  /** Hex. Rejects when the file cannot be read. */
  result(): Promise<string>
  /** Ends the thread, if there is one. */
  cancel(): Promise<unknown>
}

/** `fd` of a regular file of `size` bytes, or undefined for a stream; the file must stay open until `result` or `cancel` resolved. */
export function digest(fd: number | undefined, size: number): Digest {
  if (fd === undefined || size < THREAD_PAYS) {
    const hash = createHash('sha256')
    return {
      inline: true,
      update: (chunk) => void hash.update(chunk.bytes.subarray(0, chunk.length)),
      result: async () => hash.digest('hex'),
      cancel: async () => undefined,
    }
  }
  const file = import.meta.url.endsWith('.ts') ? './digest-worker.ts' : './digest-worker.js'
  const worker = new Worker(new URL(file, import.meta.url), { workerData: { fd, size }, execArgv: [], resourceLimits: SMALL })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.once('exit', (code) => reject(new Error(`the digest's thread ended with code ${code}`)))
  // whoever asks for the result gets the rejection; when nobody does it is no crash
  promise.catch(() => undefined)
  return { inline: false, update: () => undefined, result: () => promise, cancel: () => worker.terminate() }
}

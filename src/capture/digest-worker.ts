import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

/** SHA-256 of an open file's first `size` bytes, in a thread of its own. Reads by position: the other reader is not disturbed. */
const { fd, size } = workerData as { fd: number; size: number }
const hash = createHash('sha256')
const piece = new Uint8Array(1024 * 1024)
for (let at = 0; at < size;) {
  const n = readSync(fd, piece, 0, Math.min(piece.length, size - at), at)
  if (n === 0) break
  hash.update(n === piece.length ? piece : piece.subarray(0, n))
  at += n
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
parentPort!.postMessage(hash.digest('hex'))

import { parentPort, workerData } from 'node:worker_threads'
import { drain, type Ring } from '../audit/ring.ts'
import * as event from '../evidence/events.ts'

/** The reading end of a ring in a thread: answers with a sum over all it was given, slowly; or fails after so many events, or (-1) before. */
const { ring, failAfter } = workerData as { ring: Ring; failAfter: number }
let events = 0
let sum = 0
drain(ring, () => {
  if (failAfter < 0) throw new Error('as it was told')
  return {
    take({ words }, from, to) {
      for (let at = from; at < to; at += words[at + event.SIZE]!) {
        if (words[at + event.KIND] === event.END) return true
        if (words[at + event.KIND] === event.SKIP) continue
        if (++events > failAfter) throw new Error('as it was told')
        for (let i = at; i < at + words[at + event.SIZE]!; i++) sum = (Math.imul(sum, 31) + words[i]!) | 0
      }
      return false
    },
  }
})
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
parentPort!.postMessage({ events, sum })

import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { decoders } from '../decode/protocols/index.ts'
import { Bookkeeper } from '../evidence/bookkeeper.ts'
import { describe, networkOf } from '../evidence/devices.ts'
import { observers } from '../evidence/observe/index.ts'
import { type Examined, examined } from './device.ts'
import type { Assignment, ThreadAnswer, ThreadData } from './office.ts'
import { drain } from './ring.ts'

/** A bookkeeper in a thread of its own: takes events until their end, then judges. */
const { ring, macs, books: options } = workerData as ThreadData
const port = parentPort!
const books = new Bookkeeper(decoders, observers, new Float64Array(macs), options)
drain(ring, books)
books.release()
const { dropped } = books

const [{ found, mine }] = (await once(port, 'message')) as [Assignment]
const network = networkOf(found)
const BATCH = 16
let devices: Examined[] = []
const answer = (message: ThreadAnswer) => port.postMessage(message)
for (const device of describe(
  books,
  found.things.filter((t) => mine.has(t.handle)),
)) {
  devices.push(examined(device, network))
  if (devices.length < BATCH) continue
  answer({ devices })
  devices = []
}
answer({ devices })
answer({ dropped })

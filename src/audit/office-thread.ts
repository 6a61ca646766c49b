import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { decoders } from '../decode/protocols/index.ts'
import { Bookkeeper } from '../evidence/bookkeeper.ts'
import { observers } from '../evidence/observe/index.ts'
import { lookoutFor } from '../threat/given.ts'
import { observersWith } from '../threat/index.ts'
import { type Case, examineAll, threatsBesides, type ThreadAnswer, type ThreadData } from './office.ts'
import { drain } from './ring.ts'
import { Store, TextFile } from './store.ts'

/** A bookkeeper in a thread of its own: takes events until their end, then examines its devices. */
const {
  ring,
  macs,
  fd,
  options: { given, ...options },
} = workerData as ThreadData
const { detectors, inspector } = lookoutFor(given)
const port = parentPort!
const answer = (message: ThreadAnswer) => port.postMessage(message)

const keeper = drain(
  ring,
  () => new Bookkeeper(decoders, observersWith(observers, detectors), new Float64Array(macs), options, inspector),
)
keeper.release()
const { anomalies } = keeper.books
const [own] = (await once(port, 'message')) as [Case]
const store = fd === undefined ? new Store(undefined, Infinity) : new Store(new TextFile(fd))
for (const devices of examineAll(keeper, own, detectors, store)) answer({ devices })
answer({ threats: threatsBesides(keeper, own, detectors) })
answer({ anomalies })

import { setTimeout as delay } from 'node:timers/promises'
import type { EntryRef } from '../../evidence/pointer.ts'
import { PathTrouble, script, Table } from '../path/table.ts'
import { mustForward, whoIs } from '../path/who.ts'
import type { DeviceAsking, DeviceProbe, OpenPort } from '../probe.ts'
import { nearOf } from '../path/near.ts'
import { cutRules } from './rules.ts'
import { type Answered, askService, asWell } from './service.ts'

export interface CutOptions {
  /** How long the Internet is away, in seconds. */
  readonly seconds: number
  readonly onProgress?: (said: string) => void
}

/** By default: long enough for most keep-alives to fail. */
export const CUT_SECONDS = 60
/** How often it is asked meanwhile. */
const TIMES = 3
/** Afterwards it is asked again until all is as before: after so long each. */
const AFTER_MS = [0, 1000, 3000, 6000]
const MAX_SERVICES = 64

/** Takes the Internet away from a device whose traffic passes this machine, and asks its services before, meanwhile and afterwards. */
export function cut(options: CutOptions): DeviceProbe {
  const { seconds } = options
  return {
    of: 'device',
    id: 'cut',
    title: 'Without the Internet',
    ms: seconds * 1000 + 90_000,
    undoMs: 5000,
    asks: () => [
      'asks each open TCP port for a page, a TLS handshake or a greeting: before, three times meanwhile, and afterwards',
      `for ${seconds} seconds drops what it sends to anywhere but the networks next to this machine, and its questions for names`,
      'by these rules of nftables, for this device alone; they go in every way of ending (its hardware address and the networks are examples):',
    ],
    exactly: () => {
      const rules = cutRules({ by: 'mac', address: '02:00:00:00:00:01' }, seconds, { v4: ['192.168.1.1/24'], v6: [] })
      return script('assay_cut', rules).trimEnd().split('\n')
    },
    async run(asking) {
      try {
        mustForward(asking.target.ip)
        await take(asking, options)
      } catch (error) {
        if (!(error instanceof PathTrouble)) throw error
        asking.trouble('', error.message, error.next)
      }
    },
  }
}

interface Service {
  open: OpenPort
  before: Answered
  during: Answered
  after: Answered
  shown: EntryRef[]
}

let tables = 0

async function take(asking: DeviceAsking, { seconds, onProgress }: CutOptions): Promise<void> {
  const { asker, target, open, note, trouble } = asking
  const { ip } = target
  const ask = (port: OpenPort, when: string) => askService(asker, ip, port, when)
  const asked = open.filter(({ transport }) => transport === 'tcp').slice(0, MAX_SERVICES)
  const services = await Promise.all(
    asked.map(async (port): Promise<Service> => {
      const before = await ask(port, 'before the Internet is taken away')
      return { open: port, before, during: before, after: before, shown: [before.ref] }
    }),
  )
  if (!services.some(({ before }) => before.how !== 'no'))
    return trouble(
      '',
      `None of its TCP ports that were asked is open: nothing of it could be asked without the Internet.`,
      `Name its ports, if it has others: assay probe ${ip} --cut --ports all`,
    )
  const who = await whoIs(target)
  // a little longer than it is needed, should the machine be slow
  const table = await Table.create(`assay_cut_${process.pid}_${++tables}`, cutRules(who, seconds + 30, nearOf(ip)))
  let dropped = 0
  let gone: boolean | undefined
  const began = performance.now()
  try {
    onProgress?.(`The Internet is away from ${ip} for ${seconds} seconds.`)
    for (let time = 1; time <= TIMES; time++) {
      const at = (seconds * 1000 * time) / TIMES - (performance.now() - began)
      if (at > 0) await delay(at, undefined, asker.signal ? { signal: asker.signal } : {})
      await Promise.all(
        services.map(async (service) => {
          service.during = await ask(service.open, `without the Internet, after ${Math.round((seconds * time) / TIMES)} seconds`)
          if (time === TIMES) service.shown.push(service.during.ref)
        }),
      )
    }
    dropped = (await table.look()).counted('dropped')
  } finally {
    gone = await table.remove()
    if (!gone)
      trouble(
        'undo',
        'The rules that keep it from the Internet could not be removed.',
        `Remove them by hand: sudo nft delete table inet ${table.name}`,
      )
  }
  const lasted = Math.round((performance.now() - began) / 1000)
  onProgress?.(`The Internet is back for ${ip}.`)
  for (const ms of AFTER_MS) {
    const missing = services.filter(({ before, after }) => ms === 0 || !asWell(after.how, before.how))
    if (missing.length === 0) break
    await delay(ms, undefined, asker.signal ? { signal: asker.signal } : {})
    await Promise.all(
      missing.map(async (service) => {
        service.after = await ask(service.open, 'with the Internet again')
      }),
    )
  }
  for (const { open: port, before, during, after, shown } of services) {
    if (before.how === 'no') continue
    const service = `tcp/${port.port}`
    note(
      'probe.cut',
      service,
      {
        service,
        protocol: port.protocol,
        before: true,
        during: asWell(during.how, before.how),
        after: asWell(after.how, before.how),
        seconds: lasted,
        dropped,
      },
      [...shown, after.ref],
    )
  }
}

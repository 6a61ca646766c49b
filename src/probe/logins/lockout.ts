import { randomBytes } from 'node:crypto'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { Kinds } from '../../evidence/kinds.ts'
import type { DeviceAsking, DeviceProbe } from '../probe.ts'
import type { Entry } from '../transcript.ts'
import { doors, type Found, LOOKED_AT } from './doors.ts'
import { nobody, once } from './logins.ts'

const ATTEMPTS = 10

type Outcome = Kinds['probe.lockout']['outcome']

/**
 * What ten bad log-ins do. Of one user that was made up for it, so that no owner is locked out: a lock of single accounts, for those that
 * exist, is not seen.
 */
export const lockout: DeviceProbe = {
  of: 'device',
  id: 'lockout',
  title: 'Bad log-ins',
  ms: 90_000,
  asks: (full) =>
    full
      ? [`tries ${ATTEMPTS} bad log-ins of a made-up user at each service that has a log-in, until it slows down or locks`]
      : [],
  async run(asking) {
    if (!asking.full) return
    const found = doors(asking).filter(({ protocol }) => protocol !== 'snmp' && !LOOKED_AT.has(protocol))
    const seen = new Set<string>()
    await Promise.all(
      found.map(async (one) => {
        const look = await one.door.look()
        if (look.open || look.trouble !== undefined || look.scheme === 'keys' || look.scheme === 'unknown') return
        const same = `${one.protocol} ${look.same}`
        if (look.same && seen.has(same)) return
        seen.add(same)
        await knock(asking, one)
      }),
    )
  },
}

async function knock({ asker, note, trouble, target }: DeviceAsking, { door, key, protocol, port }: Found): Promise<void> {
  const { user } = nobody()
  const times: number[] = []
  const shown: EntryRef[] = []
  let outcome: Outcome | undefined
  let attempts = 0
  while (attempts < ATTEMPTS && outcome === undefined) {
    const password = randomBytes(9).toString('base64url')
    const attempt = await once(
      asker,
      door,
      { user, password },
      `sees what bad log-in ${attempts + 1} of a made-up user does: whether it`,
    )
    attempts++
    // the first and the last tell the most
    shown.splice(Math.min(shown.length, 4), 0, ...attempt.shown.slice(-1))
    if (attempt.outcome === 'locked') outcome = 'locked'
    else if (attempt.outcome === 'gone') {
      if (times.length === 0)
        return trouble(key, `A bad log-in had no answer: ${attempt.reason ?? 'it hung up'}.`, again(target.ip), attempt.shown)
      const last = asker.transcript.entries[(attempt.shown.at(-1)?.entry ?? 0) - 1]
      if (last === undefined || !isThere(last))
        return trouble(
          key,
          `It fell silent after ${attempts} bad log-ins: whether it locked or broke down cannot be told.`,
          `See whether it still works, and ask again later, this alone: assay probe ${target.ip} --full --only lockout`,
          attempt.shown,
        )
      outcome = 'cut-off'
    } else if (attempt.outcome !== 'refused')
      return trouble(
        key,
        attempt.outcome === 'accepted'
          ? 'It let a made-up user in.'
          : `What a bad log-in did cannot be told: ${attempt.reason ?? 'no clear answer'}.`,
        again(target.ip),
        attempt.shown,
      )
    else times.push(attempt.ms)
    if (outcome === undefined && slowed(times)) outcome = 'slowed'
  }
  const [firstMs, lastMs] = [Math.round(times[0] ?? 0), Math.round(times.at(-1) ?? 0)]
  note(
    'probe.lockout',
    key,
    { protocol, port: port.port, transport: port.transport, attempts, outcome: outcome ?? 'unchanged', firstMs, lastMs },
    shown,
  )
}

/** No silence is waited for so short a time: who said nothing, and was gone by then, hung up. */
const HUNG_UP_MS = 1500

/** Who refuses, hangs up or still greets is there, and has chosen to. Silence may be a lock, or a thing that broke down. */
function isThere({ ended, ms }: Entry): boolean {
  return ended === 'refused' || ended === 'cut-off' || ended === 'answered' || (ended === 'silent' && ms < HUNG_UP_MS)
}

/** The last three were refused much later than the first two: fewer may be chance. */
export function slowed(times: readonly number[]): boolean {
  if (times.length < 5) return false
  const before = Math.max(times[0]!, times[1]!)
  return times.slice(-3).every((ms) => ms > before * 1.8 + 500)
}

const again = (ip: string) => `Ask again, this alone: assay probe ${ip} --full --only lockout`

import type { Asker } from './asker.ts'
import { neighbours } from './neighbours.ts'
import type { Target } from './probe.ts'

/** Ports of which a thing that is there mostly answers or refuses one at once. */
const DOORS = [80, 443, 22, 23, 53, 554, 1883, 8080]
const DOOR_MS = 1000

/**
 * Of a range, those that are there: somebody answered or refused on a port, or told its hardware address (which the system asks for
 * before it sends anything). A thing that does neither is not found.
 */
export async function present(asker: Asker, sought: readonly Target[]): Promise<Target[]> {
  const answered = await Promise.all(
    sought.map((target) =>
      answers(asker, target.ip).catch((error: unknown) => {
        if (asker.signal?.aborted) return false
        throw error
      }),
    ),
  )
  const near = new Set((await neighbours()).map(({ ip }) => ip))
  return sought.flatMap(({ ip }, i) => (answered[i] || near.has(ip) ? [{ ip }] : []))
}

async function answers(asker: Asker, ip: string): Promise<boolean> {
  const ended = await Promise.all(
    DOORS.map(async (port) => {
      const conversation = await asker.connect(ip, port, 'asks whether anybody is there', { connectMs: DOOR_MS, ms: DOOR_MS })
      conversation.close()
      if (conversation.listened) conversation.entry.ended = 'answered'
      return conversation.listened || conversation.entry.ended === 'refused'
    }),
  )
  return ended.includes(true)
}

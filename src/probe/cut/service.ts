import type { EntryRef } from '../../evidence/pointer.ts'
import type { Asker } from '../asker.ts'
import type { OpenPort } from '../probe.ts'
import { askWeb } from '../web.ts'

/** How a service answered: not, by letting us in and no more, by saying something, or by saying that it cannot. */
export interface Answered {
  how: 'no' | 'listens' | 'speaks' | 'fails'
  ref: EntryRef
}

/** One cheap question to a service, the same each time: a page, a TLS handshake, or what it says when it is called. */
export async function askService(asker: Asker, ip: string, { port, protocol, tls }: OpenPort, when: string): Promise<Answered> {
  const why = `asks whether it answers ${when}`
  if (tls || /^https?$/.test(protocol)) {
    const { ref, status, tls: secured, entry } = await askWeb(asker, { ip, port, tls, why, ms: 6000 })
    if (status !== undefined) return { how: status >= 500 ? 'fails' : 'speaks', ref }
    // something else within TLS
    if (secured) return { how: 'listens', ref }
    return { how: tls || entry.ended === 'refused' || entry.ended === 'unreachable' ? 'no' : 'listens', ref }
  }
  const conversation = await asker.connect(ip, port, why, { ms: 4000 })
  if (!conversation.listened) return { how: 'no', ref: conversation.ref }
  const { bytes } = await conversation.read({ enough: (came) => came.length > 0, silenceMs: 1500, max: 1024 })
  conversation.close()
  return { how: bytes.length > 0 ? 'speaks' : 'listens', ref: conversation.ref }
}

const ORDER = ['no', 'fails', 'listens', 'speaks'] as const

/** As well as before, or better. */
export function asWell(now: Answered['how'], before: Answered['how']): boolean {
  return ORDER.indexOf(now) >= ORDER.indexOf(before)
}

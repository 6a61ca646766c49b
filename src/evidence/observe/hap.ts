import { decodePairing } from '../../decode/protocols/hap.ts'
import type { HttpRequest } from '../../decode/protocols/http.ts'
import type { Context } from '../context.ts'
import { eachRole, type HttpTalk, peerKey } from './http-talk.ts'
import { merge } from './login.ts'

const PAIRING = 'application/pairing+tlv8'
/** Accessory Protocol, sections 5.6 (setup, by the code on the thing) and 5.7 (verify, at the start of each conversation). */
const PATHS: Readonly<Record<string, string>> = { '/pair-setup': 'setup', '/pair-verify': 'verify', '/pairings': 'pairings' }

/** Is this a step of HomeKit's pairing, which is the log-in itself and protects what it carries? */
export function isHapPairing({ method, target, contentType }: HttpRequest): boolean {
  return method === 'POST' && PATHS[target] !== undefined && contentType?.toLowerCase() === PAIRING
}

/** Both by SRP and by keys that were exchanged then: nothing in these steps is worth hearing, and what follows is encrypted. */
export function observeHap(talk: HttpTalk, context: Context): void {
  const request = talk.request!
  const { response } = talk
  const what = PATHS[request.target]!
  const answer = response === undefined || response.status !== 200 ? undefined : decodePairing(response.body)
  if (answer !== undefined && answer.error === undefined) context.protect('encrypted')
  const outcome = answer === undefined ? undefined : answer.error === undefined ? `M${answer.state ?? '?'}` : 'refused'
  const detail: Record<string, string> = { [`pair ${what}`]: outcome ?? 'asked' }
  // M4 ends verification, M6 setup
  if (answer?.error === undefined && ((what === 'verify' && answer?.state === 4) || (what === 'setup' && answer?.state === 6)))
    detail[what === 'verify' ? 'verified' : 'paired'] = 'yes'
  eachRole(talk, context, (party, role, peer) => {
    context.add(
      party,
      'protocol',
      `hap ${role} ${peerKey(peer)}`,
      { protocol: 'hap', role, peer, detail: { ...detail } },
      request.frame,
      {
        update: (kept) => merge(kept.detail, detail),
      },
    )
  })
}

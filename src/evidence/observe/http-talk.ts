import type { OnvifCall } from '../../decode/protocols/onvif.ts'
import type { HttpRequest, HttpResponse } from '../../decode/protocols/http.ts'
import type { Context, Party } from '../context.ts'
import type { Peer, Role } from '../kinds.ts'
import type { FormCredential } from './form-credentials.ts'

/** An exchange with its parties. */
export interface HttpTalk {
  readonly request?: HttpRequest
  readonly response?: HttpResponse
  readonly frame: number
  readonly asker: Party
  readonly answerer: Party
  /** Name of the answerer by Host header or absolute target; undefined for an address. */
  readonly host?: string
  readonly path: string
  /** Credentials in the request's query or body. */
  readonly forms: readonly FormCredential[]
  /** The request is a call of ONVIF's. */
  readonly onvif?: OnvifCall
}

/** The answerer as the asker knows it. */
export function answererPeer(talk: HttpTalk, context: Context): Peer {
  const peer = context.peer(talk.answerer, talk.asker)
  return peer.name === undefined && talk.host !== undefined ? { ...peer, name: talk.host } : peer
}

export function peerKey(peer: Peer): string {
  return `${peer.name ?? peer.ip}:${peer.port}`
}

/** The same fact about both sides, each with the other as its peer; for the answerer whichever port the asker used is one. */
export function eachRole(talk: HttpTalk, context: Context, say: (party: Party, role: Role, peer: Peer) => void): void {
  if (talk.asker.host >= 0) say(talk.asker, 'client', answererPeer(talk, context))
  if (talk.answerer.host >= 0)
    say(talk.answerer, 'server', { ...context.peer(talk.asker, talk.answerer), port: talk.answerer.port })
}

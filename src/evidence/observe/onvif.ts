import { createHash } from 'node:crypto'
import { decodeOnvif, type OnvifCall } from '../../decode/protocols/onvif.ts'
import type { HttpRequest, HttpResponse } from '../../decode/protocols/http.ts'
import type { Context } from '../context.ts'
import { knownDefault } from '../credentials.ts'
import { defaultCredentials } from '../default-credentials.ts'
import { mask } from '../kinds.ts'
import { eachRole, type HttpTalk, peerKey } from './http-talk.ts'
import { tell } from './lan.ts'
import { merge } from './login.ts'
import { observeSoftware } from './software.ts'

/** What everyone may ask before logging in (Core Specification, section 5.9.4.3: access class PRE_AUTH). */
const OPEN_TO_ALL: ReadonlySet<string> = new Set([
  'GetWsdlUrl',
  'GetServices',
  'GetServiceCapabilities',
  'GetCapabilities',
  'GetHostname',
  'GetSystemDateAndTime',
  'GetEndpointReference',
])

/** The call in a request, if it is one. */
export function onvifCall({ method, body }: HttpRequest): OnvifCall | undefined {
  return method === 'POST' && body.length > 0 ? decodeOnvif(body) : undefined
}

/** The log-in that a call was answered with: 'none' only where one is due. */
export function onvifAuthentication(call: OnvifCall, request: HttpRequest, response: HttpResponse): string | undefined {
  // a fault refuses, and an answer that was cut shows nothing
  if (decodeOnvif(response.body)?.operation !== `${call.operation}Response`) return undefined
  if (call.token) return 'WS-Security'
  return request.authorization[0]?.scheme ?? (OPEN_TO_ALL.has(call.operation) ? undefined : 'none')
}

export function observeOnvif(talk: HttpTalk, call: OnvifCall, context: Context): void {
  const request = talk.request!
  const { response, answerer } = talk
  const answer = response === undefined ? undefined : decodeOnvif(response.body)
  // an answer that was cut, or has no namespace that tells, shows nothing
  const obeyed = response?.status === 200 && answer?.operation === `${call.operation}Response`
  const refused = response?.status === 401 || answer?.refused === true
  const open = obeyed && onvifAuthentication(call, request, response) === 'none' ? call.operation : undefined
  const credential = credentialOf(call)
  eachRole(talk, context, (party, role, peer) => {
    const detail: Record<string, string> = open === undefined ? {} : { open }
    context.add(
      party,
      'protocol',
      `onvif ${role} ${peerKey(peer)}`,
      { protocol: 'onvif', role, peer, detail: { ...detail } },
      request.frame,
      {
        update: (kept) => merge(kept.detail, detail),
      },
    )
    if (!call.token) return
    const accepted = obeyed ? 'yes' : refused ? 'no' : 'unknown'
    const outcome = obeyed ? 'accepted' : refused ? 'refused' : 'unknown'
    context.add(
      party,
      'login',
      `${role} onvif ${outcome} ${peerKey(peer)}`,
      { role, peer, protocol: 'onvif', outcome },
      request.frame,
    )
    const { user, secret, known, scheme } = credential
    const key = `${role} onvif ${user ?? ''} ${secret ?? ''} ${known ?? ''} ${accepted} ${peerKey(peer)}`
    context.add(party, 'credential', key, { role, peer, protocol: 'onvif', scheme, user, secret, known, accepted }, request.frame)
  })
  const device = answer?.device
  if (device === undefined || answerer.host < 0) return
  const { frame } = response!
  tell(context, answerer, 'onvif.manufacturer', device.manufacturer, frame)
  tell(context, answerer, 'onvif.model', device.model, frame)
  observeSoftware(context, answerer, frame, 'firmware', device.firmware, 'onvif')
}

function credentialOf({ user, password, digest }: OnvifCall) {
  return {
    user: user === undefined ? undefined : mask(user),
    secret: password === undefined ? undefined : mask(password),
    known: password === undefined ? knownDigest(user, digest) : knownDefault(user, password),
    scheme: password === undefined ? 'WS-Security PasswordDigest' : 'WS-Security PasswordText',
  }
}

/**
 * A digest (UsernameToken Profile 1.0, section 3.1) hides the password, but everyone on the path can try a guess: is it one of the
 * published defaults of this user?
 */
function knownDigest(user: string | undefined, digest: OnvifCall['digest']): string | undefined {
  if (user === undefined || digest === undefined) return undefined
  const nonce = Buffer.from(digest.nonce, 'base64')
  return defaultCredentials.find(
    ({ user: known, password }) =>
      known === user &&
      createHash('sha1')
        .update(nonce)
        .update(digest.created + password)
        .digest('base64') === digest.value,
  )?.list
}

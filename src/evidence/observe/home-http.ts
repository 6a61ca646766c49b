import { Memo } from '../../decode/memo.ts'
import { asObject, fieldOf, objectOf } from '../../decode/protocols/json.ts'
import type { HttpRequest, HttpResponse } from '../../decode/protocols/http.ts'
import { eachElement, looksLikeXml } from '../../decode/protocols/xml.ts'
import { text } from '../../decode/text.ts'
import type { Context, Party } from '../context.ts'
import { mask } from '../kinds.ts'
import { eachRole, type HttpTalk, peerKey } from './http-talk.ts'
import { observeControlled, observeGivenName, tell } from './lan.ts'
import { observeSoftware } from './software.ts'

/** What things of the home say in their makers' own interfaces on HTTP, known by path and by what comes back. */
export function observeHomeHttp(talk: HttpTalk, context: Context): void {
  const { request, response, answerer } = talk
  if (request === undefined || !homely.get(request.target, isHomely)) return
  const path = request.target.split('?', 1)[0]!
  observeHueKey(talk, request, path, context)
  if (response === undefined || response.status !== 200) return
  if (isKlap(request)) observeKlap(path, response, answerer, context)
  if (answerer.host < 0 || response.contentEncoding !== undefined) return
  if (answerer.port === ROKU_PORT && request.method === 'POST' && ROKU_CONTROL.test(path))
    observeControlled(context, request.frame, 'roku', 'clear', answerer, { [path.split('/', 2)[1]!]: 'obeyed' })
  const { frame } = response
  if (path === '/query/device-info') readRoku(response, answerer, context)
  else if (HUE_CONFIG.test(path)) readHue(response, answerer, context)
  else if (path === '/shelly') readShelly(response, answerer, context)
  else if (path === '/setup/eureka_info') {
    const said = objectOf(bodyOf(response))
    observeGivenName(context, answerer, fieldOf(said, 'name'), frame)
    observeSoftware(context, answerer, frame, 'firmware', fieldOf(said, 'cast_build_revision'), 'cast')
    const info = asObject(said['device_info'])
    tell(context, answerer, 'cast.model', fieldOf(info, 'model_name'), frame)
    tell(context, answerer, 'cast.manufacturer', fieldOf(info, 'manufacturer'), frame)
  }
}

/** Things ask for the same again and again: most of it is none of these. */
const homely = new Memo<boolean>(512)

function isHomely(target: string): boolean {
  return /^\/(?:api|app|shelly|setup\/eureka_info|query\/device-info|keypress|keydown|keyup|launch|install|input)(?:[/?]|$)/.test(
    target,
  )
}

/** TP-Link's KLAP (Tapo, later Kasa): the steps of its log-in, and then what only the two can read. */
export function isKlap({ method, target }: HttpRequest): boolean {
  return method === 'POST' && /^\/app\/(?:handshake[12]|request)(?:$|\?)/.test(target)
}

/** The first step: 16 random bytes, answered by 16 and a hash of 32. */
function observeKlap(path: string, response: HttpResponse, answerer: Party, context: Context): void {
  context.protect('encrypted')
  if (path !== '/app/handshake1' || response.body.length !== 48) return
  observeControlled(context, response.frame, 'tapo', 'encrypted', answerer, { control: 'KLAP' })
}

const ROKU_PORT = 8060
/** External Control Protocol: what changes something, and needs no log-in. */
const ROKU_CONTROL = /^\/(?:keypress|keydown|keyup|launch|install|input)\//

function readRoku(response: HttpResponse, answerer: Party, context: Context): void {
  const { body, frame } = response
  if (!looksLikeXml(body, body.length)) return
  const said = new Map<string, string>()
  eachElement(body, 0, body.length, (name, value) => {
    if (said.size < 256 && !said.has(name)) said.set(name, value)
    return true
  })
  if (!said.has('device-info')) return
  tell(context, answerer, 'roku.vendor', said.get('vendor-name'), frame)
  tell(context, answerer, 'roku.model', said.get('model-name'), frame)
  observeGivenName(context, answerer, said.get('user-device-name') ?? said.get('friendly-device-name'), frame)
  observeSoftware(context, answerer, frame, 'Roku OS', said.get('software-version'), 'roku')
}

/** With any name in the place of a key, the bridge tells this much of itself (Hue API, section 7.2: "unauthenticated config"). */
const HUE_CONFIG = /^\/api(?:\/[^/]{1,64})?\/config$/

function readHue(response: HttpResponse, answerer: Party, context: Context): void {
  const said = objectOf(bodyOf(response))
  const model = fieldOf(said, 'modelid')
  if (model === undefined || fieldOf(said, 'bridgeid') === undefined) return
  const { frame } = response
  tell(context, answerer, 'hue.model', model, frame)
  observeGivenName(context, answerer, fieldOf(said, 'name'), frame)
  observeSoftware(context, answerer, frame, 'firmware', fieldOf(said, 'swversion'), 'hue')
}

/** The key of an application, which opens the bridge to whoever has it, in the path of each request of Hue's first API (and deCONZ's). */
const HUE_KEY =
  /^\/api\/(?=[^/]*\d)([A-Za-z0-9-]{20,64})\/(?:lights|groups|config|schedules|scenes|sensors|rules|resourcelinks|capabilities)(?:\/|$)/

function observeHueKey(talk: HttpTalk, request: HttpRequest, path: string, context: Context): void {
  const key = HUE_KEY.exec(path)?.[1]
  if (key === undefined) return
  const { response } = talk
  // refusals come with 200: [{"error":{"type":1,…"unauthorized user"}}]
  const refused = response !== undefined && /^[\s\uFFFD]{0,8}\[[\s\uFFFD]{0,8}\{[\s\uFFFD]{0,8}"error"/.test(bodyOf(response, 64))
  const accepted = response === undefined ? 'unknown' : response.status === 200 && !refused ? 'yes' : 'no'
  const secret = mask(key)
  eachRole(talk, context, (party, role, peer) => {
    context.add(
      party,
      'credential',
      `${role} http Hue key ${secret} ${accepted} ${peerKey(peer)}`,
      { role, peer, protocol: 'http', scheme: 'Hue API key', secret, accepted },
      request.frame,
    )
  })
}

/** First generation: type, fw, auth; later ones: app, model, ver, auth_en. Told to everyone, log-in or not. */
function readShelly(response: HttpResponse, answerer: Party, context: Context): void {
  const said = objectOf(bodyOf(response))
  const model = fieldOf(said, 'model') ?? fieldOf(said, 'type')
  if (model === undefined || fieldOf(said, 'mac') === undefined) return
  const { frame } = response
  tell(context, answerer, 'shelly.model', model, frame)
  tell(context, answerer, 'shelly.app', fieldOf(said, 'app'), frame)
  observeGivenName(context, answerer, fieldOf(said, 'name'), frame)
  observeSoftware(context, answerer, frame, 'firmware', fieldOf(said, 'ver') ?? fieldOf(said, 'fw'), 'shelly')
}

function bodyOf({ body }: HttpResponse, max = 4096): string {
  return text(body, 0, Math.min(body.length, max), max)
}

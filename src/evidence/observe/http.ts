import { Memo } from '../../decode/memo.ts'
import { latin1, text } from '../../decode/text.ts'
import type { HttpAuthorization, HttpExchange, HttpRequest, HttpResponse } from '../../decode/protocols/http.ts'
import type { Context, Party } from '../context.ts'
import { knownDefault } from '../credentials.ts'
import { firmwareOf, imageMagic } from '../firmware.ts'
import { mask } from '../kinds.ts'
import type { Kinds } from '../kinds.ts'
import { observePersonal } from '../personal.ts'
import type { PersonalKind } from '../personal.ts'
import { formCredentials } from './form-credentials.ts'
import type { FormCredential } from './form-credentials.ts'
import { digestDefault } from './digest-default.ts'
import { answererPeer, eachRole, peerKey } from './http-talk.ts'
import type { HttpTalk } from './http-talk.ts'
import { isHapPairing, observeHap } from './hap.ts'
import { isKlap, observeHomeHttp } from './home-http.ts'
import { observeOnvif, onvifAuthentication, onvifCall } from './onvif.ts'
import { observeUpnp } from './upnp.ts'

/** What one exchange in clear tells of who asked and of who answered. */
export function observeHttp(exchange: HttpExchange, context: Context): void {
  const { request, response, fromClient } = exchange
  const asker = fromClient ? context.client : context.server
  const answerer = fromClient ? context.server : context.client
  const host = request === undefined ? undefined : hostName(request)
  // log-ins that agree on encryption: their observers say whether they did
  const agrees = request !== undefined && (isHapPairing(request) || isKlap(request))
  context.protect(agrees ? 'unknown' : 'clear')
  if (host !== undefined && fromClient) context.serverName(host)

  const forms = request === undefined ? NO_FORMS : formCredentials(request)
  const talk: HttpTalk = {
    request,
    response,
    frame: exchange.frame,
    asker,
    answerer,
    host,
    path: pathShape(request?.target ?? ''),
    forms,
    onvif: request === undefined ? undefined : onvifCall(request),
  }
  if (request !== undefined) observeAsker(talk, request, context)
  if (response !== undefined) observeAnswerer(talk, response, context)
  if (request !== undefined) observeCredentials(talk, request, context)
  observeFirmware(talk, context)
  observeContent(talk, context)
  observeUpnp(talk, context)
  if (talk.onvif !== undefined) observeOnvif(talk, talk.onvif, context)
  if (request !== undefined && isHapPairing(request)) observeHap(talk, context)
  observeHomeHttp(talk, context)
}

const NO_FORMS: readonly FormCredential[] = []

function observeAsker(talk: HttpTalk, request: HttpRequest, context: Context): void {
  const { asker, response, path, host } = talk
  if (asker.host < 0) return
  const peer = answererPeer(talk, context)
  const authorization = request.authorization[0]?.scheme
  const key = `${request.method} ${peerKey(peer)} ${path} ${authorization ?? ''}`
  const answer = { status: response?.status, server: response?.server, contentType: response?.contentType }
  const data = {
    peer,
    method: request.method,
    host: request.host?.slice(0, 256),
    path,
    agent: request.agent,
    authorization,
    ...answer,
  }
  context.add(asker, 'http.client', key, data, request.frame, {
    update: (kept) => kept.status === undefined && Object.assign(kept, answer),
  })
  if (request.agent !== undefined && request.agent !== '')
    context.signal(asker, 'http.agent', request.agent, request.agentFrame ?? request.frame)
  if (host !== undefined) context.signal(asker, 'http.host', host, request.hostFrame ?? request.frame)
  if (request.upgrade === 'websocket' && response?.status === 101) {
    context.add(
      asker,
      'protocol',
      `websocket client ${peerKey(peer)} ${path}`,
      { protocol: 'websocket', role: 'client', peer, detail: { path } },
      request.frame,
    )
  }
}

function observeAnswerer(talk: HttpTalk, response: HttpResponse, context: Context): void {
  const { asker, answerer, path } = talk
  if (answerer.host < 0) return
  const { status, server, challenges, frame } = response
  const peer = context.peer(asker, answerer)
  const title = status === 200 ? titleOf(response) : undefined
  const data = { peer, port: answerer.port, server, authentication: authenticationOf(talk, response), status, path, title }
  context.add(answerer, 'http.server', `${answerer.port} ${path} ${status} ${data.authentication ?? ''}`, data, frame)
  if (server !== undefined && server !== '') context.signal(answerer, 'http.server', server, response.serverFrame ?? frame)
  if (title !== undefined) context.signal(answerer, 'http.title', title, frame)
  for (const { realm, frame: at } of challenges)
    if (realm !== undefined && realm !== '') context.signal(answerer, 'http.realm', realm, at)
  if (status === 101 && response.upgrade === 'websocket') {
    context.add(
      answerer,
      'protocol',
      `websocket server ${answerer.port} ${path}`,
      { protocol: 'websocket', role: 'server', peer, detail: { path } },
      frame,
    )
  }
}

/** The scheme that it demands, or that it was satisfied with; 'none' when it served without; undefined where neither shows. */
function authenticationOf({ request, forms, onvif }: HttpTalk, response: HttpResponse): string | undefined {
  if (response.status === 401) return response.challenges[0]?.scheme
  if (request === undefined || response.status < 200 || response.status >= 300) return undefined
  if (onvif !== undefined) return onvifAuthentication(onvif, request, response)
  // these are the log-in, or come after it
  if (isHapPairing(request) || isKlap(request)) return undefined
  const [used] = request.authorization
  if (used !== undefined) return used.scheme
  return mayBeLoggedIn(request) || isLogin(request, forms, response) ? undefined : 'none'
}

/** Something in the request may stand for a log-in: a session's cookie, a token in the query, the path (Hue) or a field of its own (HNAP). */
function mayBeLoggedIn({ cookies, target, head }: HttpRequest): boolean {
  if (cookies.length > 0 || tokens.get(target, hasToken)) return true
  for (let at = head.indexOf(LF) + 1; at > 0 && at + 1 < head.length; at = head.indexOf(LF, at) + 1) {
    if (
      mayBeTokenField(head[at]! | 0x20, head[at + 1]! | 0x20) &&
      TOKEN_FIELD.test(latin1(head, at, Math.min(head.length, at + 40)))
    )
      return true
  }
  return false
}

const LF = 0x0a
const TOKEN_FIELD = /^(?:x-[a-z-]{0,24}(?:auth|token|key|session)|hnap_auth|token|api-?key)/i

/** By the first two letters: most fields need not be made a string. */
function mayBeTokenField(first: number, second: number): boolean {
  // "x-", "hn", "to", "ap" in lower case
  return (
    (first === 0x78 && second === 0x2d) ||
    (first === 0x68 && second === 0x6e) ||
    (first === 0x74 && second === 0x6f) ||
    (first === 0x61 && second === 0x70)
  )
}

// things ask for the same again and again
const tokens = new Memo<boolean>(512)

function hasToken(target: string): boolean {
  if (/[?&;][^=&]{0,24}(?:token|session|sid|auth|key|sign|hash|user)[^=&]{0,24}=/i.test(target)) return true
  return target.split(/[/?]/, 12).some((part) => part.length >= 16 && /\d/.test(part) && /^[A-Za-z0-9_-]+$/.test(part))
}

/** The log-in itself, or the page that asks for it, must be open to everyone; SOAP has log-ins of its own. */
function isLogin(request: HttpRequest, forms: readonly FormCredential[], { body }: HttpResponse): boolean {
  if (request.soapAction !== undefined || forms.some(({ scheme }) => scheme === 'form')) return true
  return body[0] === LESS && asksForPassword(body)
}

const LESS = 0x3c
const PASSWORD = Uint8Array.from('password', (c) => c.charCodeAt(0))
const TYPE = Uint8Array.from('type=', (c) => c.charCodeAt(0))

/** Is there a type="password", in either case and with any quotes? Bytes are compared: pages are long. */
function asksForPassword(page: Uint8Array): boolean {
  for (let at = 5; at + PASSWORD.length <= page.length; at++) {
    if ((page[at]! | 0x20) !== PASSWORD[0] || !isText(page, at, PASSWORD)) continue
    const quote = page[at - 1] === 0x22 || page[at - 1] === 0x27 ? 1 : 0
    if (at - quote >= TYPE.length && isText(page, at - quote - TYPE.length, TYPE)) return true
  }
  return false
}

/** Letters in either case; `wanted` in lower case. */
function isText(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (LOWER[bytes[at + i]!] !== wanted[i]) return false
  return true
}

const LOWER = Uint8Array.from({ length: 256 }, (_, c) => (c >= 0x41 && c <= 0x5a ? c + 0x20 : c))

type Accepted = Kinds['credential']['accepted']

function observeCredentials(talk: HttpTalk, request: HttpRequest, context: Context): void {
  const { response, path } = talk
  for (const authorization of request.authorization) {
    const accepted = acceptedBy(response)
    const { scheme, user, secret, frame } = authorization
    const known = secret !== undefined ? knownDefault(user, secret) : digestDefault(authorization, request.method)
    // of other schemes (NTLM, Negotiate…) nothing is readable but the name
    if (user !== undefined || secret !== undefined)
      addCredential(talk, { scheme: schemeName(scheme), user, secret, known, accepted }, frame, context)
    addLogin(talk, accepted, frame, context)
  }
  for (const { scheme, user, secret, offset, inBody } of talk.forms) {
    // a page that says "wrong password" comes with 200 as well: only a refusal is plain
    const accepted = acceptedBy(response) === 'no' ? 'no' : 'unknown'
    const frame = inBody ? request.frameOfBody(offset) : request.frame
    addCredential(
      talk,
      { scheme: `${scheme} ${path}`.slice(0, 64), user, secret, known: knownDefault(user, secret), accepted },
      frame,
      context,
    )
    if (scheme === 'form') addLogin(talk, accepted, frame, context)
  }
}

/** One spelling for each of the registered schemes. */
function schemeName(scheme: HttpAuthorization['scheme']): string {
  return scheme.charAt(0).toUpperCase() + scheme.slice(1).toLowerCase()
}

export function acceptedBy(response: HttpResponse | undefined): Accepted {
  if (response === undefined) return 'unknown'
  const { status, challenges } = response
  if (status === 401 || status === 403 || status === 407) return challenges.some(({ stale }) => stale) ? 'unknown' : 'no'
  return status >= 200 && status < 400 ? 'yes' : 'unknown'
}

interface Clear {
  scheme: string
  user?: string
  secret?: string
  known?: string
  accepted: Accepted
}

function addCredential(talk: HttpTalk, { scheme, user, secret, known, accepted }: Clear, frame: number, context: Context): void {
  eachRole(talk, context, (party, role, peer) => {
    const masked = { user: user === undefined ? undefined : mask(user), secret: secret === undefined ? undefined : mask(secret) }
    const key = `${role} http ${scheme} ${masked.user ?? ''} ${masked.secret ?? ''} ${known ?? ''} ${accepted} ${peerKey(peer)}`
    context.add(party, 'credential', key, { role, peer, protocol: 'http', scheme, ...masked, known, accepted }, frame)
  })
}

function addLogin(talk: HttpTalk, accepted: Accepted, frame: number, context: Context): void {
  const outcome = accepted === 'yes' ? 'accepted' : accepted === 'no' ? 'refused' : 'unknown'
  eachRole(talk, context, (party, role, peer) => {
    context.add(party, 'login', `${role} http ${outcome} ${peerKey(peer)}`, { role, peer, protocol: 'http', outcome }, frame)
  })
}

function observeFirmware(talk: HttpTalk, context: Context): void {
  const { request, response, asker, answerer } = talk
  if (request === undefined || request.soapAction !== undefined) return
  const url = () => `http://${talk.host ?? answerer.ip}${originForm(request.target)}`.slice(0, 512)
  if (asker.host >= 0) {
    const { method, target, frame } = request
    const found = firmwareOf({
      method,
      target,
      status: response?.status,
      contentType: response?.contentType,
      contentLength: response?.contentLength,
      body: response?.body ?? EMPTY,
    })
    if (found !== undefined) {
      const peer = answererPeer(talk, context)
      context.add(
        asker,
        'firmware',
        `${found.what} ${peerKey(peer)} ${talk.path}`,
        { peer, url: url(), protection: 'clear', ...found },
        frame,
      )
    }
  }
  // pushed to the device instead of fetched by it
  const pushed =
    answerer.host >= 0 && (request.method === 'POST' || request.method === 'PUT') ? imageMagic(request.body) : undefined
  if (pushed !== undefined) {
    const peer = context.peer(asker, answerer)
    const data = {
      peer,
      url: url(),
      protection: 'clear',
      what: 'image',
      why: `pushed to it; the body starts as ${pushed}`,
      size: request.contentLength,
    } as const
    context.add(answerer, 'firmware', `pushed ${peer.ip} ${talk.path}`, data, request.frame)
  }
}

const EMPTY = new Uint8Array(0)

function observeContent({ request, response, asker, answerer }: HttpTalk, context: Context): void {
  if (request !== undefined && asker.host >= 0) observeSent(request, true, asker, answerer, context)
  if (response !== undefined && answerer.host >= 0) observeSent(response, false, answerer, asker, context)
}

/** In pages and scripts the maker's contacts and code look like people's data: only what is surely the device's own counts. */
const SURE: readonly PersonalKind[] = ['mac', 'canary']

function observeSent(
  part: HttpRequest | HttpResponse,
  isRequest: boolean,
  sender: Party,
  receiver: Party,
  context: Context,
): void {
  const where = (offset: number): string => placeInHead(part.head, offset, isRequest)
  observePersonal(part.head, where, 'http', sender, receiver, context, (offset) => part.frameOfHead(offset))
  if (part.body.length === 0) return
  const nature = part.contentType === undefined ? 'other' : natures.get(part.contentType, natureOf)
  // compressed by coding or by nature: what looks like text in it is chance
  if (nature === 'compressed' || (part.contentEncoding !== undefined && part.contentEncoding.toLowerCase() !== 'identity')) return
  const only = nature === 'page' || (part.body[0] === LESS && isHtml(part.body)) ? SURE : undefined
  observePersonal(part.body, 'body', 'http', sender, receiver, context, (offset) => part.frameOfBody(offset), only)
}

const natures = new Memo<'page' | 'compressed' | 'other'>(256)

function natureOf(contentType: string): 'page' | 'compressed' | 'other' {
  if (/^(text\/(html|css|javascript)|application\/(x-)?javascript)/i.test(contentType)) return 'page'
  return /^(image\/(?!svg)|video\/|audio\/|font\/|application\/(zip|gzip|x-gzip))/i.test(contentType) ? 'compressed' : 'other'
}

function placeInHead(head: Uint8Array, offset: number, isRequest: boolean): string {
  let line = Math.min(offset, head.length)
  while (line > 0 && head[line - 1] !== 0x0a) line--
  if (line === 0) return isRequest ? 'path' : 'status line'
  let colon = line
  while (colon < head.length && colon - line < 40 && head[colon] !== 0x3a && head[colon]! > 0x20) colon++
  return `header ${text(head, line, colon, 40).toLowerCase()}`
}

function isHtml(body: Uint8Array): boolean {
  const end = Math.min(body.length, 256)
  for (let at = body.indexOf(LESS); at >= 0 && at < end; at = body.indexOf(LESS, at + 1))
    if (HTML_TAGS.some((tag) => at + 1 + tag.length <= end && isText(body, at + 1, tag))) return true
  return false
}

const HTML_TAGS = ['!doctype html', 'html', 'head', 'body', 'script'].map((tag) => Uint8Array.from(tag, (c) => c.charCodeAt(0)))

/** A page's title, of at most 128 characters. */
function titleOf({ body, contentType, contentEncoding }: HttpResponse): string | undefined {
  if (body.length === 0 || contentEncoding !== undefined || (contentType !== undefined && !/html/i.test(contentType)))
    return undefined
  const page = text(body, 0, Math.min(body.length, 2048), 2048)
  const open = page.search(/<title>/i)
  if (open < 0) return undefined
  const rest = page.slice(open + 7)
  const close = rest.indexOf('<')
  const title = (close < 0 ? '' : rest.slice(0, close)).replaceAll('\uFFFD', ' ').replace(/ +/g, ' ').trim().slice(0, 128)
  return title === '' ? undefined : title
}

/** RFC 9112 section 3.2.2: an absolute target's authority overrides Host. Undefined when it is no name. */
function hostName({ target, host = '' }: HttpRequest): string | undefined {
  const absolute = target.startsWith('/') ? undefined : /^https?:\/\/([^/?#]{1,260})/i.exec(target)?.[1]
  return names.get(absolute ?? host, nameIn)
}

// a network's things talk to few
const names = new Memo<string | undefined>(512)

function nameIn(authority: string): string | undefined {
  const name = authority
    .replace(/^.*@/, '')
    .replace(/:\d{0,5}$/, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (name.length > 253 || /^[\d.]*$/.test(name)) return undefined
  return name.split('.').every((label) => label.length <= 63 && /^[a-z0-9_-]+$/.test(label)) ? name : undefined
}

function originForm(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]{0,260}/i, '').replace(/[?#].*$/, '')
  return path.startsWith('/') ? path : `/${path}`
}

/**
 * A path as one fact: numbers and identifiers become '*', of the query only the names stay, and no more than six segments, so that a
 * URL that is polled with changing values is one, and no value of a person's is kept.
 */
export function pathShape(target: string): string {
  return shapes.get(target, shapeOf)
}

/** Of the targets seen last: things ask for the same again and again. */
const shapes = new Memo<string>(512)

function shapeOf(target: string): string {
  if (target === '') return ''
  const origin = target.replace(/^https?:\/\/[^/?#]{0,260}/i, '')
  const [path = '', query = ''] = origin.split('?', 2)
  const segments = path.split('/', 8)
  const shape = segments.slice(0, 7).map(segmentShape).join('/') + (segments.length > 7 ? '/…' : '')
  const names = query === '' ? [] : query.split('&', 8).map((pair) => segmentShape(pair.split('=', 1)[0]!.slice(0, 32)))
  return (shape + (names.length > 0 ? `?${names.join('&')}` : '')).slice(0, 256)
}

function segmentShape(segment: string): string {
  const short = segment.slice(0, 64)
  // a long mixture of letters and digits is somebody's identifier
  if (short.length >= 20 && /\d/.test(short) && /^[A-Za-z0-9_%=.:-]+$/.test(short) && !/\.[a-z]{2,4}$/.test(short)) return '*'
  if (/^\d+$/.test(short)) return '*'
  return short
    .replace(/[0-9A-Fa-f]{8,}|\d{4,}/g, '*')
    .replace(/\*([:_-]|%3[aA])(?:\*\1)*\*/g, '*')
    .replace(/(?:[0-9A-Fa-f]{2}(?::|-|%3[aA])){5}[0-9A-Fa-f]{2}/g, '*')
}

import type { MessageBase } from '../../decode/message.ts'
import type { LoginAttempt } from '../../decode/protocols/dialogue.ts'
import type { HttpExchange } from '../../decode/protocols/http.ts'
import type { MqttMessage } from '../../decode/protocols/mqtt.ts'
import type { RtspMessage } from '../../decode/protocols/rtsp.ts'
import type { SshMessage } from '../../decode/protocols/ssh.ts'
import { knownDefault } from '../../evidence/credentials.ts'
import { formCredentials } from '../../evidence/observe/form-credentials.ts'
import { acceptedBy } from '../../evidence/observe/http.ts'

/** Log-ins that were tried, as a message tells of them. */
export interface Attempt extends LoginAttempt {
  frame: number
  /** Who asked was the conversation's client. */
  fromClient: boolean
  /** A pair that some published list has. */
  listed: boolean
  /** Nothing of it is readable: how many there were. */
  hidden?: number
}

/** What a message of a protocol says of log-ins; nothing where it is about something else. */
export const readers: Readonly<Record<string, (message: never) => readonly Attempt[]>> = {
  telnet: ofDialogue,
  ftp: ofDialogue,
  smtp: ofDialogue,
  pop3: ofDialogue,
  imap: ofDialogue,
  amqp: ofDialogue,
  xmpp: ofDialogue,
  opcua: ofDialogue,
  http: ofHttp,
  mqtt: ofMqtt,
  rtsp: ofRtsp,
  ssh: ofSsh,
}

const NONE: readonly Attempt[] = []

function attempt(frame: number, fromClient: boolean, { user, password, outcome }: LoginAttempt): Attempt {
  const listed = knownDefault(user, password) !== undefined
  return { frame, fromClient, outcome, listed, ...(user !== undefined && { user }), ...(password !== undefined && { password }) }
}

function ofDialogue(message: MessageBase & LoginAttempt & { type: string }): readonly Attempt[] {
  return message.type === 'login' ? [attempt(message.frame, message.fromClient, message)] : NONE
}

/** Codes by which MQTT refuses a name or password: 4 and 5 of 3.1.1 (section 3.2.2.3), 0x86 and 0x87 of 5 (section 3.2.2.2). */
const REFUSALS: ReadonlySet<number> = new Set([4, 5, 0x86, 0x87])

function ofMqtt(message: MqttMessage): readonly Attempt[] {
  if (message.type !== 'connect' || message.password === undefined) return NONE
  const { frame, fromClient, user, password, code } = message
  const outcome = code === undefined ? 'unknown' : REFUSALS.has(code) ? 'refused' : code === 0 ? 'accepted' : 'unknown'
  return [attempt(frame, fromClient, { ...(user !== undefined && { user }), password, outcome })]
}

function ofRtsp(message: RtspMessage): readonly Attempt[] {
  if (message.type !== 'request' || message.password === undefined) return NONE
  const { frame, fromClient, user, password, status = 0 } = message
  const outcome = status === 401 || status === 403 ? 'refused' : status >= 200 && status < 300 ? 'accepted' : 'unknown'
  return [attempt(frame, fromClient, { ...(user !== undefined && { user }), password, outcome })]
}

/** Refused by SSH in one connection; or that it let somebody in, which counts for none. */
function ofSsh(message: SshMessage): readonly Attempt[] {
  if (message.type !== 'attempts') return NONE
  const { frame, refused, inVain } = message
  if (!inVain) return [{ frame, fromClient: true, outcome: 'accepted', listed: false, hidden: 0 }]
  return refused === 0 ? NONE : [{ frame, fromClient: true, outcome: 'refused', listed: false, hidden: refused }]
}

const OUTCOMES = { yes: 'accepted', no: 'refused', unknown: 'unknown' } as const

function ofHttp({ request, response, frame, fromClient }: HttpExchange): readonly Attempt[] {
  if (request === undefined) return NONE
  const outcome = OUTCOMES[acceptedBy(response)]
  const { authorization } = request
  // a page that says "wrong password" comes with 200 as well: of forms only a refusal is plain
  if (authorization.length === 0 && outcome !== 'refused') return NONE
  // of Digest the password does not show: it counts once for each user
  const found = authorization
    .filter(({ user }) => user !== undefined)
    .map(({ user, secret }) =>
      attempt(frame, fromClient, { user: user!, ...(secret !== undefined && { password: secret }), outcome }),
    )
  if (outcome !== 'refused') return found
  for (const { scheme, user, secret } of formCredentials(request))
    if (scheme === 'form')
      found.push(attempt(frame, fromClient, { ...(user !== undefined && { user }), password: secret, outcome }))
  return found
}

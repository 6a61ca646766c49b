import type { MessageBase, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { latin1, printable } from '../text.ts'
import { fromBase64, type LoginAttempt } from './dialogue.ts'

/** A stream as both sides began it. */
interface XmppStream extends MessageBase {
  readonly protocol: 'xmpp'
  readonly type: 'stream'
  /** The service that the client asked for. */
  readonly to?: string
  /** 'jabber:client', 'jabber:server'. */
  readonly namespace?: string
  /** Offered by the server. */
  readonly mechanisms: readonly string[]
  /** STARTTLS was asked for and agreed to: what follows is TLS. */
  readonly tls: boolean
  /** The server said something. */
  readonly answered: boolean
}

/** A log-in in clear. User and password only where they could be read: never to be stored unmasked. */
interface XmppLogin extends MessageBase, LoginAttempt {
  readonly protocol: 'xmpp'
  readonly type: 'login'
  /** SASL's, or 'jabber:iq:auth' (XEP-0078). */
  readonly mechanism: string
}

export type XmppMessage = XmppStream | XmppLogin

const MAX_LOGINS = 16
const MAX_ATTRIBUTE = 256
/** To a log-in (RFC 6120 section 6.4): one after the other, as there is one at a time. */
const ANSWER = /<(success|failure)\s[^<>]{0,64}urn:ietf:params:xml:ns:xmpp-sasl/g

/** XMPP (RFC 6120) over TCP. */
export const xmpp: StreamDecoder<XmppMessage> = {
  protocol: 'xmpp',

  recognise({ client, server }) {
    return client.length > 0 ? opens(client) : opens(server)
  },

  decode({ client, server }, emit) {
    const asked = latin1(client.bytes, 0, client.length)
    const said = latin1(server.bytes, 0, server.length)
    const agreed = said.indexOf('<proceed')
    const asksTls = asked.indexOf('<starttls')
    // of a capture with one direction the client's hello shows that the server agreed
    const tls = asksTls >= 0 && (agreed >= 0 || asked.includes('>\x16\x03', asksTls))
    // what comes after is TLS, and read by nobody
    const clear = tls ? said.slice(0, Math.max(0, agreed)) : said
    const open = asked.indexOf('<stream:stream')
    const head = open < 0 ? '' : asked.slice(open, open + 1024).split('>', 1)[0]!
    emit({
      protocol: 'xmpp',
      type: 'stream',
      frame: client.length > 0 ? client.frameAt(Math.max(0, open)) : server.frameAt(0),
      fromClient: client.length > 0,
      ...given('to', attribute(head, 'to')),
      ...given('namespace', attribute(head, 'xmlns')),
      mechanisms: mechanismsOf(clear),
      tls,
      answered: server.length > 0,
    })
    if (tls) return
    const outcomes = [...clear.matchAll(ANSWER)].map((answer) =>
      answer[1] === 'success' ? ('accepted' as const) : ('refused' as const),
    )
    for (
      let at = asked.indexOf('<auth'), count = 0;
      at >= 0 && count < MAX_LOGINS;
      at = asked.indexOf('<auth', at + 5), count++
    ) {
      const close = asked.indexOf('>', at)
      if (close < 0) break
      const mechanism = attribute(asked.slice(at, Math.min(close, at + 512)), 'mechanism')
      if (mechanism === undefined) continue
      const end = asked.indexOf('<', close)
      const shown = mechanism === 'PLAIN' && end > close ? plain(asked.slice(close + 1, Math.min(end, close + 513))) : {}
      emit({
        protocol: 'xmpp',
        type: 'login',
        frame: client.frameAt(at),
        fromClient: true,
        mechanism,
        ...shown,
        outcome: outcomes.shift() ?? 'unknown',
      })
    }
    const old = asked.indexOf('jabber:iq:auth')
    const password = old < 0 ? undefined : element(asked, 'password', old)
    if (password === undefined) return
    const user = element(asked, 'username', old)
    const login = { protocol: 'xmpp', type: 'login', frame: client.frameAt(old), fromClient: true } as const
    emit({ ...login, mechanism: 'jabber:iq:auth', ...(user === undefined ? {} : { user }), password, outcome: 'unknown' })
  },
}

/** "<stream:stream", perhaps behind an XML declaration, with the namespace of streams. */
function opens({ bytes, length }: StreamPrefix): boolean {
  if (length < 14 || bytes[0] !== 0x3c || (bytes[1] !== 0x3f && bytes[1] !== 0x73)) return false
  const start = latin1(bytes, 0, Math.min(length, 512))
  return /^(?:<\?xml [^>]{0,64}\?>\s{0,8})?<stream:stream[\s>]/.test(start) && start.includes('http://etherx.jabber.org/streams')
}

/** An attribute in the text of a tag, in either kind of quotes, between which no "<" may be (XML 1.0 section 3.1). */
function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}=(?:"([^"<]{0,${MAX_ATTRIBUTE}})"|'([^'<]{0,${MAX_ATTRIBUTE}})')`).exec(tag)
  return found === null ? undefined : printable(found[1] ?? found[2] ?? '', MAX_ATTRIBUTE)
}

function element(content: string, name: string, from: number): string | undefined {
  const start = content.indexOf(`<${name}>`, from)
  const end = start < 0 ? -1 : content.indexOf('<', start + 1)
  return end < 0 ? undefined : printable(content.slice(start + name.length + 2, end), 128)
}

function mechanismsOf(said: string): string[] {
  const mechanisms: string[] = []
  for (let at = said.indexOf('<mechanism>'); at >= 0 && mechanisms.length < 16; at = said.indexOf('<mechanism>', at + 1)) {
    const value = element(said, 'mechanism', at)
    if (value !== undefined) mechanisms.push(value)
  }
  return mechanisms
}

/** RFC 4616 in base64: whom to act for, NUL, user, NUL, password. */
function plain(encoded: string): { user?: string; password?: string } {
  const [, user, password] = (fromBase64(encoded.trim()) ?? '').split('\0', 3)
  return user === undefined || password === undefined ? {} : { user: printable(user, 128), password: printable(password, 128) }
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

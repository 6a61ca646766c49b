import type { Emit, MessageBase, StreamDecoder } from '../message.ts'
import type { Conversation, StreamPrefix } from '../stream.ts'
import { latin1, printable, text } from '../text.ts'
import { dialogueOf, fromBase64, hasControls, mentions, replyCode, replyContinues, spells } from './dialogue.ts'
import type { Line, LoginAttempt } from './dialogue.ts'
import { decodeTls } from './tls.ts'

type MailProtocol = 'smtp' | 'imap' | 'pop3'

interface MailBanner extends MessageBase {
  readonly protocol: MailProtocol
  readonly type: 'banner'
  readonly banner: string
}

/** What the client calls itself: EHLO or HELO. */
interface MailHello extends MessageBase {
  readonly protocol: MailProtocol
  readonly type: 'hello'
  readonly name: string
}

interface MailLogin extends MessageBase, LoginAttempt {
  readonly protocol: MailProtocol
  readonly type: 'login'
  /** SASL mechanism, 'LOGIN' of IMAP, 'USER' or 'APOP' of POP3. */
  readonly scheme: string
}

/** An address of the envelope: MAIL FROM, RCPT TO. */
interface MailEnvelope extends MessageBase {
  readonly protocol: MailProtocol
  readonly type: 'envelope'
  readonly role: 'from' | 'to'
  readonly address: string
}

/** The server agreed to STARTTLS (STLS): all that follows is TLS. */
interface MailStartTls extends MessageBase {
  readonly protocol: MailProtocol
  readonly type: 'start-tls'
}

export type MailMessage = MailBanner | MailHello | MailLogin | MailEnvelope | MailStartTls

const MAX_BANNER = 256
const MAX_FIELD = 256
const MAX_ENVELOPE = 16

type Reply = 'ok' | 'no' | 'continue' | 'message' | 'other'

/** What a client line asks for, in the words of all three protocols. */
type Request =
  | { what: 'hello'; name: string }
  | { what: 'user'; user: string }
  | { what: 'password'; password: string }
  | { what: 'login'; scheme: string; user: string; password?: string }
  | { what: 'sasl'; scheme: string; initial?: string }
  | { what: 'envelope'; role: 'from' | 'to'; address: string }
  | { what: 'start-tls' }
  | { what: 'data' }
  | { what: 'other' }

interface Dialect {
  readonly protocol: MailProtocol
  request(line: string): Request
  reply(stream: StreamPrefix, line: Line): Reply
  /** The greeting without its code. */
  greeting(line: string): string
}

const smtpDialect: Dialect = {
  protocol: 'smtp',
  request(line) {
    const [verb, rest] = split(line)
    if (verb === 'EHLO' || verb === 'HELO') return { what: 'hello', name: rest }
    if (verb === 'AUTH') return sasl(rest)
    if (verb === 'STARTTLS') return { what: 'start-tls' }
    if (verb === 'DATA') return { what: 'data' }
    if (/^(?:MAIL FROM|RCPT TO):/i.test(line)) {
      const open = rest.indexOf('<')
      const close = rest.indexOf('>', open)
      const address = rest.slice(open + 1, close)
      // a path has no bracket within (RFC 5321 §4.1.2)
      if (open >= 0 && close > open + 1 && !address.includes('<'))
        return { what: 'envelope', role: verb === 'MAIL' ? 'from' : 'to', address }
    }
    return { what: 'other' }
  },
  reply(stream, line) {
    const code = replyCode(stream, line)
    if (code < 0 || replyContinues(stream, line)) return 'other'
    return code === 354 ? 'message' : code === 334 ? 'continue' : code < 400 ? 'ok' : 'no'
  },
  greeting: (line) => line.slice(4),
}

const pop3Dialect: Dialect = {
  protocol: 'pop3',
  request(line) {
    const [verb, rest] = split(line)
    if (verb === 'USER') return { what: 'user', user: rest }
    if (verb === 'PASS') return { what: 'password', password: rest }
    if (verb === 'APOP') return { what: 'login', scheme: 'APOP', user: split(rest)[2] }
    if (verb === 'AUTH') return sasl(rest)
    if (verb === 'STLS') return { what: 'start-tls' }
    return { what: 'other' }
  },
  reply(stream, { start, end }) {
    const first = stream.bytes[start]
    if (first === 0x2b) return end - start > 1 && (stream.bytes[start + 1]! & 0xdf) === 0x4f ? 'ok' : 'continue'
    return first === 0x2d && spells(stream, start, '-ERR') ? 'no' : 'other'
  },
  greeting: (line) => (line.startsWith('+OK ') ? line.slice(4) : ''),
}

const imapDialect: Dialect = {
  protocol: 'imap',
  request(line) {
    const space = line.indexOf(' ')
    // a tag is of ASCII
    if (!/^[!-~]+ /.test(line)) return { what: 'other' }
    const [verb, rest] = split(line.slice(space + 1))
    // neither tags nor atoms nor strings have control characters (RFC 9051 §9)
    if (verb === 'LOGIN' && !hasControls(line)) {
      const [user, password] = astrings(rest)
      if (user !== undefined && password !== undefined) return { what: 'login', scheme: 'LOGIN', user, password }
    }
    if (verb === 'AUTHENTICATE') return sasl(rest)
    if (verb === 'STARTTLS') return { what: 'start-tls' }
    return { what: 'other' }
  },
  reply(stream, { start, end }) {
    const { bytes } = stream
    if (bytes[start] === 0x2b) return 'continue'
    if (bytes[start] === 0x2a) return 'other'
    let at = start
    while (at < end && at - start < 32 && bytes[at] !== 0x20) at++
    if (spells(stream, at, ' OK')) return 'ok'
    return spells(stream, at, ' NO') || spells(stream, at, ' BAD') ? 'no' : 'other'
  },
  greeting: (line) => /^\* (?:OK|PREAUTH|BYE) (.*)$/i.exec(line)?.[1] ?? '',
}

/** RFC 5321, RFC 4954 (AUTH), RFC 3207 (STARTTLS). */
export const smtp: StreamDecoder = {
  protocol: 'smtp',
  recognise({ client, server, serverPort }) {
    const port = serverPort === 25 || serverPort === 587 || serverPort === 2525
    const greets = spells(server, 0, '220') && (server.bytes[3] === 0x20 || server.bytes[3] === 0x2d)
    const hello = spells(client, 0, 'EHLO') || spells(client, 0, 'HELO')
    if (server.length > 0 && !greets) return port && (spells(server, 0, '421 ') || spells(server, 0, '554'))
    if (hello) return greets || client.length > 5
    return greets && (port || mentions(server, 'SMTP'))
  },
  decode: (conversation, emit) => decodeMail(smtpDialect, conversation, emit),
}

/** RFC 9051 and RFC 3501. */
export const imap: StreamDecoder = {
  protocol: 'imap',
  recognise: ({ server }) => spells(server, 0, '* OK') || spells(server, 0, '* PREAUTH') || spells(server, 0, '* BYE'),
  decode: (conversation, emit) => decodeMail(imapDialect, conversation, emit),
}

/** RFC 1939, RFC 5034 (AUTH), RFC 2595 (STLS). */
export const pop3: StreamDecoder = {
  protocol: 'pop3',
  recognise({ client, server, serverPort }) {
    const commands = POP3_COMMANDS.some((word) => spells(client, 0, word))
    if (server.length === 0) return commands && serverPort === 110
    return spells(server, 0, '+OK') && (commands || serverPort === 110 || mentions(server, 'POP'))
  },
  decode: (conversation, emit) => decodeMail(pop3Dialect, conversation, emit),
}

const POP3_COMMANDS = ['USER ', 'CAPA', 'AUTH', 'APOP ', 'STLS', 'QUIT']

type Attempt = { -readonly [K in keyof MailLogin]: MailLogin[K] }

function decodeMail(dialect: Dialect, conversation: Conversation, emit: Emit<MessageBase>): void {
  const { protocol } = dialect
  const { client, server } = conversation
  const say = (message: MailMessage) => emit(message)
  let greeted = false
  let attempt: Attempt | undefined
  /** SASL exchange under way: responses come as base64 lines until the server decides. */
  let responding: string[] | undefined
  /** Its last line, and its first: IMAP's may have several. */
  let last: { request: Request; line: Line; first: Line } | undefined
  let begun: Line | undefined
  /** Requests whose reply is still to come. */
  let waiting = 0
  let inData = false
  let literal = ''
  let size = 0
  let envelopes = 0

  const open = (scheme: string, frame: number): Attempt =>
    (attempt = { protocol, type: 'login', frame, fromClient: true, scheme, outcome: 'unknown' })
  const finish = (outcome: LoginAttempt['outcome']) => {
    if (attempt === undefined) return
    if (responding !== undefined) readResponses(attempt, responding)
    attempt.outcome = outcome
    say(attempt)
    attempt = undefined
    responding = undefined
  }

  for (const line of dialogueOf(conversation)) {
    if (!line.fromClient) {
      const reply = dialect.reply(server, line)
      if (!greeted) {
        greeted = true
        say({
          protocol,
          type: 'banner',
          frame: line.frame,
          fromClient: false,
          banner: dialect.greeting(text(server.bytes, line.start, line.end, MAX_BANNER)),
        })
        continue
      }
      if (reply === 'other' || last === undefined) continue
      if (reply === 'no' && last.request.what === 'data') inData = false
      if (reply === 'message') inData = true
      if (reply === 'message' || reply === 'continue') continue
      // to one that was sent before the last: IMAP says so by its tag, the others answer in order (RFC 2920, RFC 2449 §6.6)
      const earlier = protocol === 'imap' ? tagOf(server, line) !== tagOf(client, last.first) : waiting > 1
      waiting = Math.max(0, waiting - 1)
      if (earlier) continue
      const { what } = last.request
      if (what === 'start-tls' && reply === 'ok') {
        say({ protocol, type: 'start-tls', frame: line.frame, fromClient: false })
        decodeTls(conversation, { client: last.line.next, server: line.next }, emit, protocol)
        return
      }
      // POP3 answers USER with +OK whether or not it knows him: the answer to PASS decides
      if (what === 'login' || what === 'sasl' || what === 'password' || (what === 'user' && reply === 'no'))
        finish(reply === 'ok' ? 'accepted' : 'refused')
      continue
    }
    const said = latin1(client.bytes, line.start, line.end)
    if (inData) {
      if (said === '.') inData = false
      continue
    }
    if (responding !== undefined && attempt !== undefined) {
      if (said === '*') finish('unknown')
      else if (responding.length < 4) responding.push(said)
      continue
    }
    // IMAP: a literal is so many characters from the next line on (RFC 9051 §4.3); one with line ends is no name and no password
    const rest = literal === '' ? said : quoted(said, size)
    const whole = literal + rest
    const first = literal === '' ? line : begun
    literal = ''
    const count = protocol === 'imap' ? /\{(\d{1,4})\+?\}$/.exec(rest) : null
    if (count !== null && whole.length < 1024) {
      literal = whole.slice(0, whole.length - count[0].length)
      size = Number(count[1])
      begun = first
      continue
    }
    const request = dialect.request(whole)
    last = { request, line, first: first! }
    waiting++
    switch (request.what) {
      case 'hello':
        say({ protocol, type: 'hello', frame: line.frame, fromClient: true, name: printable(request.name, MAX_FIELD) })
        break
      case 'user':
        finish('unknown')
        open('USER', line.frame).user = printable(request.user, MAX_FIELD)
        break
      case 'password':
        attempt ??= open('USER', line.frame)
        attempt.password = printable(request.password, MAX_FIELD)
        break
      case 'login': {
        finish('unknown')
        const opened = open(request.scheme, line.frame)
        opened.user = printable(request.user, MAX_FIELD)
        if (request.password !== undefined) opened.password = printable(request.password, MAX_FIELD)
        break
      }
      case 'sasl':
        finish('unknown')
        open(printable(request.scheme, 32), line.frame)
        responding = request.initial === undefined ? [] : [request.initial]
        break
      case 'data':
        // what follows is a message, unless the server does not want it
        inData = true
        break
      case 'envelope':
        if (envelopes++ < MAX_ENVELOPE)
          say({
            protocol,
            type: 'envelope',
            frame: line.frame,
            fromClient: true,
            role: request.role,
            address: printable(request.address, MAX_FIELD),
          })
        break
      default:
    }
  }
  finish('unknown')
}

/** What the SASL responses say of user and password, where the mechanism leaves them readable. */
function readResponses(attempt: Attempt, responses: readonly string[]): void {
  const said = responses.map((response) => fromBase64(response) ?? '')
  if (attempt.scheme === 'PLAIN') {
    // RFC 4616: authzid NUL authcid NUL passwd
    const parts = (said[0] ?? '').split('\0')
    if (parts.length >= 3) {
      attempt.user = printable(parts[1]!, MAX_FIELD)
      attempt.password = printable(parts[2]!, MAX_FIELD)
    }
  } else if (attempt.scheme === 'LOGIN') {
    if (said[0]) attempt.user = printable(said[0], MAX_FIELD)
    if (said[1]) attempt.password = printable(said[1], MAX_FIELD)
  } else if (attempt.scheme === 'XOAUTH2') {
    const fields = (said[0] ?? '').split('\u0001')
    const field = (name: string) => fields.find((part) => part.startsWith(name))?.slice(name.length)
    const user = field('user=')
    const token = field('auth=Bearer ')
    if (user !== undefined) attempt.user = printable(user, MAX_FIELD)
    if (token !== undefined) attempt.password = printable(token, MAX_FIELD)
  } else if (attempt.scheme === 'CRAM-MD5' && said[0] !== undefined && said[0].includes(' ')) {
    // RFC 2195: user, space, digest: the password itself is not readable
    attempt.user = printable(said[0].slice(0, said[0].lastIndexOf(' ')), MAX_FIELD)
  }
}

/** First word in capitals, the rest, and the rest's first word. */
function split(line: string): [string, string, string] {
  const space = line.indexOf(' ')
  const first = space < 0 ? line : line.slice(0, space)
  return [first.toUpperCase(), space < 0 ? '' : line.slice(space + 1), first]
}

function sasl(rest: string): Request {
  const [scheme, initial] = split(rest)
  // RFC 4954 §4: "=" is an empty initial response
  return { what: 'sasl', scheme, initial: initial === '' ? undefined : initial === '=' ? '' : initial }
}

/** IMAP's tag: the first word of a line. */
function tagOf({ bytes }: StreamPrefix, { start, end }: Line): string {
  let at = start
  while (at < end && at - start < 32 && bytes[at] !== 0x20) at++
  return latin1(bytes, start, at)
}

/** A line that begins with a literal of so many characters, with that as a quoted string. */
function quoted(line: string, size: number): string {
  if (line.length < size || (line.length > size && line[size] !== ' ')) return ''
  return `"${line.slice(0, size).replaceAll(/["\\]/g, '\\$&')}"${line.slice(size)}`
}

/** Two arguments of IMAP: atoms or quoted strings (RFC 9051 §4.3), with a blank between them; [] where they are neither. */
function astrings(rest: string): string[] {
  const found: string[] = []
  for (let at = 0; at < rest.length && found.length < 2;) {
    if (rest[at] === ' ') {
      at++
      continue
    }
    const [whole, inside] = /^(?:"((?:[^"\\]|\\.)*)"|[^ "]+)(?= |$)/.exec(rest.slice(at)) ?? []
    if (whole === undefined) return []
    found.push(inside?.replaceAll(/\\(.)/g, '$1') ?? whole)
    at += whole.length
  }
  return found
}

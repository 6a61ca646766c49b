import type { MessageBase, StreamDecoder } from '../message.ts'
import type { Conversation, StreamPrefix } from '../stream.ts'
import { printable } from '../text.ts'
import type { LoginAttempt } from './dialogue.ts'

/** What the server said before the first prompt, and what was negotiated. */
interface TelnetSession extends MessageBase {
  readonly protocol: 'telnet'
  readonly type: 'session'
  /** The server's text before it asked anything; the first prompt where it said nothing else. */
  readonly banner: string
  /** Log-in prompts, as the server wrote them. */
  readonly prompts: readonly string[]
  /** Options either side offered or asked for, by name. */
  readonly options: readonly string[]
}

/** One log-in attempt, in the client's own words. */
interface TelnetLogin extends MessageBase, LoginAttempt {
  readonly protocol: 'telnet'
  readonly type: 'login'
}

/** A line that the client typed where no log-in was asked for: at a shell, or before it. */
interface TelnetCommand extends MessageBase {
  readonly protocol: 'telnet'
  readonly type: 'command'
  readonly line: string
  /** What the server said until the next line, its echo of this one included; the first of it. */
  readonly answer: string
}

export type TelnetMessage = TelnetSession | TelnetLogin | TelnetCommand

const MAX_ATTEMPTS = 64
const MAX_TYPED = 128
const MAX_COMMANDS = 96
/** A loader's line of escaped bytes takes some hundreds. */
const MAX_COMMAND = 768
const MAX_ANSWER = 1024
const MAX_BANNER = 512
const MAX_TAIL = 256

const IAC = 255
const SB = 250
const SE = 240

/**
 * Telnet, RFC 854: negotiation is taken out of both directions, and what remains is read as the dialogue that it was, in the order
 * of the frames that carried it: prompts of the server, lines of the client.
 */
export const telnet: StreamDecoder<TelnetMessage> = {
  protocol: 'telnet',

  recognise({ client, server, serverPort }) {
    const wellKnown = serverPort === 23 || serverPort === 2323
    if (negotiates(server, wellKnown) || negotiates(client, wellKnown)) return true
    // small things negotiate nothing: then only the port and the plain text of a prompt can tell
    return wellKnown && server.length > 0 && plainText(server, 32) && (client.length === 0 || plainText(client, 32))
  },

  decode(conversation, emit) {
    const options: string[] = []
    const server = spoken(conversation.server, false, options)
    const client = spoken(conversation.client, true, options)
    const listener = new Listener()
    let s = 0
    for (const piece of client) {
      while (s < server.length && server[s]!.frame <= piece.frame) listener.server(server[s++]!)
      listener.client(piece)
    }
    while (s < server.length) listener.server(server[s++]!)
    listener.end()
    const first = server[0] ?? client[0]
    emit({
      protocol: 'telnet',
      type: 'session',
      frame: first?.frame ?? frameOf(conversation),
      fromClient: server.length === 0,
      banner: listener.banner(),
      prompts: listener.prompts,
      options,
    })
    for (const attempt of listener.attempts) emit({ protocol: 'telnet', type: 'login', fromClient: true, ...attempt })
    for (const { frame, line, answer } of listener.commands)
      emit({
        protocol: 'telnet',
        type: 'command',
        frame,
        fromClient: true,
        line: printable(line, MAX_COMMAND),
        answer: printable(answer, MAX_ANSWER),
      })
  },
}

function frameOf({ client, server }: Conversation): number {
  return server.length > 0 ? server.frameAt(0) : client.length > 0 ? client.frameAt(0) : 0
}

/** A command with a known option, or a subnegotiation; without the port's support two of them, or one and plain text. */
function negotiates({ bytes, length }: StreamPrefix, wellKnown: boolean): boolean {
  if (!command(bytes, 0, length)) return false
  if (wellKnown) return true
  if (bytes[1] === SB) return false
  if (length === 3) return true
  return command(bytes, 3, length) || (bytes[3]! >= 0x20 && bytes[3]! < 0x7f) || bytes[3] === 13 || bytes[3] === 10
}

function command(bytes: Uint8Array, at: number, length: number): boolean {
  return (
    at + 3 <= length && bytes[at] === IAC && bytes[at + 1]! >= SB && bytes[at + 1]! < IAC && OPTIONS[bytes[at + 2]!] !== undefined
  )
}

function plainText({ bytes, length }: StreamPrefix, within: number): boolean {
  const end = Math.min(length, within)
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!
    // NUL follows a bare CR (RFC 854); ESC starts a terminal's colours; backspace and DEL correct
    if (byte < 0x20 && byte !== 13 && byte !== 10 && byte !== 9 && byte !== 8 && byte !== 0x1b && !(byte === 0 && i > 0))
      return false
  }
  return true
}

/** What one frame's bytes of one side said, without negotiation. One character a byte. */
interface Piece {
  readonly frame: number
  said: string
}

/** A direction without its negotiation, cut by frame. Options are noted by name. */
function spoken(stream: StreamPrefix, fromClient: boolean, options: string[]): Piece[] {
  const { bytes, length } = stream
  const pieces: Piece[] = []
  let last: Piece | undefined
  let at = 0
  while (at < length) {
    const byte = bytes[at]!
    if (byte === IAC && !(at + 1 < length && bytes[at + 1] === IAC)) {
      at = afterCommand(stream, at, fromClient, options)
      continue
    }
    const frame = stream.frameAt(at)
    if (last === undefined || last.frame !== frame) pieces.push((last = { frame, said: '' }))
    last.said += String.fromCharCode(byte)
    at += byte === IAC ? 2 : 1
  }
  return pieces
}

function afterCommand({ bytes, length }: StreamPrefix, at: number, fromClient: boolean, options: string[]): number {
  const verb = bytes[at + 1]
  if (at + 2 >= length || verb === undefined || verb < SB) return at + 2
  const name = OPTIONS[bytes[at + 2]!]
  const noted = name === undefined ? undefined : `${fromClient ? 'client' : 'server'} ${VERBS[verb - SB]} ${name}`
  if (noted !== undefined && options.length < 32 && !options.includes(noted)) options.push(noted)
  if (verb !== SB) return at + 3
  // subnegotiation lasts until IAC SE (RFC 855)
  let end = at + 3
  while (end + 1 < length && !(bytes[end] === IAC && bytes[end + 1] === SE)) end += bytes[end] === IAC ? 2 : 1
  return end + 2
}

const USER_PROMPT = /(?:login|user ?name|username|user|account|userid|user id|log in)(?: as)? ?[:>] ?$/i
const PASSWORD_PROMPT = /(?:password|passwd|passcode|passphrase|pass|pin)(?: for [^ :]{1,64})? ?[:>] ?$/i
const SHELL_PROMPT = /[$#>%~] ?$/
const REFUSED =
  /login incorrect|incorrect (?:login|password|user)|login (?:failed|failure|invalid)|invalid (?:login|password|user|credential)|authentication fail|access denied|bad password|wrong (?:password|user)|password (?:incorrect|is wrong)|permission denied|too many (?:fail|tries|attempts|login)|login fail|logon fail/i
const WELCOME = /(?:^|\s)welcome(?:\s|$)|last login:|built-in shell|busybox v/i

/** Follows a dialogue piece by piece, and takes from it who tried to log in and what came of it. */
class Listener {
  readonly attempts: (LoginAttempt & { frame: number })[] = []
  readonly prompts: string[] = []
  readonly commands: { frame: number; line: string; answer: string }[] = []
  /** The last of them, while it is being answered. */
  private command: { frame: number; line: string; answer: string } | undefined
  /** The server's words since the client's last line. */
  private tail = ''
  private opening = ''
  /** The client has said something: from here on the server's words may be an echo of a secret, and are no banner. */
  private spoken = false
  private expects: 'user' | 'password' | 'nothing' = 'nothing'
  private open: (LoginAttempt & { frame: number }) | undefined
  /** A password was given, or at least a name: what the server says now is its answer. */
  private answered = false
  private line = ''
  private lineFrame = 0
  private afterReturn = false
  /** Whole lines that were typed before the prompt was seen. */
  private readonly early: { line: string; frame: number }[] = []

  server({ said, frame }: Piece): void {
    if (!this.spoken && this.opening.length < MAX_BANNER) this.opening += said.slice(0, MAX_BANNER)
    const plain = withoutColours(said)
    this.tail = (this.tail + plain).slice(-MAX_TAIL)
    if (this.command && this.command.answer.length < MAX_ANSWER) this.command.answer += plain.slice(0, MAX_ANSWER)
    if (this.answered && REFUSED.test(this.tail)) this.settle('refused')
    // the last line, unless it is ended: what stands there waits for an answer
    const waiting = this.tail.slice(Math.max(this.tail.lastIndexOf('\n'), this.tail.lastIndexOf('\r')) + 1).slice(-MAX_TYPED)
    if (PASSWORD_PROMPT.test(waiting)) this.prompt('password', waiting, frame)
    else if (USER_PROMPT.test(waiting)) this.prompt('user', waiting, frame)
  }

  client({ said, frame }: Piece): void {
    this.listen()
    this.spoken = true
    for (let i = 0; i < said.length; i++) {
      const char = said[i]!
      if (char === '\r' || (char === '\n' && !this.afterReturn)) this.typed(frame)
      else if (char === '\b' || char === '\u007f') this.line = this.line.slice(0, -1)
      else if (char === '\u0015') this.line = '' // ^U
      else if (char !== '\0' && char !== '\n' && this.line.length < MAX_COMMAND) {
        if (this.line === '') this.lineFrame = frame
        this.line += char
      }
      this.afterReturn = char === '\r'
    }
  }

  end(): void {
    this.listen()
    this.settle('unknown')
  }

  banner(): string {
    const said = withoutColours(this.opening)
    const lines = said
      .split(/[\r\n\0]+/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (this.prompts.length > 0 && lines.length > 1 && lines[lines.length - 1] === this.prompts[0]) lines.pop()
    return printable(lines.join(' '), MAX_BANNER)
  }

  /** The server's turn is over (the client speaks, or all is said): a shell's prompt that stands there now means that it let him in. */
  private listen(): void {
    if (!this.answered) return
    const waiting = this.tail.slice(Math.max(this.tail.lastIndexOf('\n'), this.tail.lastIndexOf('\r')) + 1)
    if (this.expects === 'nothing' && (SHELL_PROMPT.test(waiting) || WELCOME.test(this.tail))) this.settle('accepted')
  }

  private prompt(what: 'user' | 'password', words: string, frame: number): void {
    const noted = printable(words.trim(), 64)
    if (this.prompts.length < 8 && !this.prompts.includes(noted)) this.prompts.push(noted)
    if (this.expects === what) return
    // asked again: the last answer was not good enough
    if (this.answered && (what === 'user' || this.open?.password !== undefined)) this.settle('refused')
    this.expects = what
    if (this.open === undefined) this.open = { frame, outcome: 'unknown' }
    const early = this.early.shift()
    if (early !== undefined) {
      // it was no command
      this.commands.shift()
      this.command = undefined
      this.give(early.line, early.frame)
    }
  }

  private typed(frame: number): void {
    const line = this.line
    const from = line === '' ? frame : this.lineFrame
    this.line = ''
    this.command = undefined
    if (this.expects !== 'nothing') return this.give(line.slice(0, MAX_TYPED), from)
    if (line !== '' && this.commands.length < MAX_COMMANDS) this.commands.push((this.command = { frame: from, line, answer: '' }))
    if (this.attempts.length === 0 && this.open === undefined && line !== '' && this.early.length < 4)
      this.early.push({ line: line.slice(0, MAX_TYPED), frame: from })
  }

  private give(line: string, frame: number): void {
    const attempt = (this.open ??= { frame, outcome: 'unknown' })
    if (this.expects === 'user') {
      attempt.user = printable(line, MAX_TYPED)
      attempt.frame = frame
    } else attempt.password = printable(line, MAX_TYPED)
    if (attempt.user === undefined) attempt.frame = frame
    this.expects = 'nothing'
    this.answered = true
    this.tail = ''
  }

  private settle(outcome: LoginAttempt['outcome']): void {
    const attempt = this.open
    this.open = undefined
    this.answered = false
    if (attempt === undefined || (attempt.user === undefined && attempt.password === undefined)) return
    // an empty line at "login:" brings the prompt back: nobody tried anything
    if (attempt.password === undefined && attempt.user === '') return
    attempt.outcome = outcome
    if (this.attempts.length < MAX_ATTEMPTS) this.attempts.push(attempt)
  }
}

/** Without a terminal's escape sequences (ECMA-48 control sequences). */
function withoutColours(said: string): string {
  // oxlint-disable-next-line no-control-regex
  return said.includes('\u001b') ? said.replace(/\u001b\[[0-9;?]{0,16}[A-Za-z]/g, '') : said
}

const VERBS = ['subnegotiates', 'will', "won't", 'do', "don't"]

/** IANA's Telnet options that are seen in the wild. */
const OPTIONS: Readonly<Record<number, string>> = {
  0: 'binary',
  1: 'echo',
  3: 'suppress-go-ahead',
  5: 'status',
  6: 'timing-mark',
  17: 'extended-ascii',
  18: 'logout',
  23: 'send-location',
  24: 'terminal-type',
  25: 'end-of-record',
  31: 'window-size',
  32: 'terminal-speed',
  33: 'remote-flow-control',
  34: 'linemode',
  35: 'x-display-location',
  36: 'environment',
  37: 'authentication',
  38: 'encryption',
  39: 'new-environment',
  42: 'charset',
  44: 'com-port',
  46: 'start-tls',
}

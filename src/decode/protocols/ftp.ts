import type { MessageBase, StreamDecoder } from '../message.ts'
import type { StreamPrefix } from '../stream.ts'
import { text } from '../text.ts'
import { dialogueOf, mentions, replyCode, replyContinues, spells } from './dialogue.ts'
import type { Line, LoginAttempt } from './dialogue.ts'
import { decodeTls } from './tls.ts'
import type { TlsMessage } from './tls.ts'

/** The server's greeting (220). */
interface FtpBanner extends MessageBase {
  readonly protocol: 'ftp'
  readonly type: 'banner'
  readonly banner: string
}

/** A command and the code of its final reply. PASS and ACCT come without their argument. */
interface FtpCommand extends MessageBase {
  readonly protocol: 'ftp'
  readonly type: 'command'
  readonly command: string
  readonly argument: string
  readonly reply?: number
}

interface FtpLogin extends MessageBase, LoginAttempt {
  readonly protocol: 'ftp'
  readonly type: 'login'
}

/** RFC 4217: after 234 all that follows is TLS. */
interface FtpStartTls extends MessageBase {
  readonly protocol: 'ftp'
  readonly type: 'start-tls'
}

export type FtpMessage = FtpBanner | FtpCommand | FtpLogin | FtpStartTls

const MAX_ARGUMENT = 256
const FIRST_COMMANDS = ['USER ', 'AUTH ', 'FEAT', 'SYST', 'OPTS ', 'PASV', 'HOST ']

/** The control connection of RFC 959. */
export const ftp: StreamDecoder<FtpMessage | TlsMessage> = {
  protocol: 'ftp',

  recognise({ client, server, serverPort }) {
    const greets = server.length >= 4 && spells(server, 0, '220') && (server.bytes[3] === 0x20 || server.bytes[3] === 0x2d)
    if (server.length > 0 && !greets) return serverPort === 21 && (spells(server, 0, '421') || spells(server, 0, '120'))
    const commands = FIRST_COMMANDS.some((word) => spells(client, 0, word))
    // USER is POP3's first command too: without a greeting the port must speak for FTP
    if (!greets) return commands && serverPort === 21
    if (client.length > 0 && !commands) return serverPort === 21 && !spells(client, 0, 'EHLO') && !spells(client, 0, 'HELO')
    return commands || serverPort === 21 || (mentions(server, 'FTP') && !mentions(server, 'SMTP'))
  },

  decode(conversation, emit) {
    const { client, server } = conversation
    let pending: { line: Line; command: string; argument: string } | undefined
    let attempt: (LoginAttempt & { frame: number }) | undefined
    let greeted = false

    const finish = (outcome: LoginAttempt['outcome']) => {
      if (attempt !== undefined) emit({ protocol: 'ftp', type: 'login', fromClient: true, ...attempt, outcome })
      attempt = undefined
    }
    const say = (reply?: number) => {
      if (pending === undefined) return
      const { line, command, argument } = pending
      emit({
        protocol: 'ftp',
        type: 'command',
        frame: line.frame,
        fromClient: true,
        command,
        argument: SECRET.has(command) ? '' : argument,
        reply,
      })
      pending = undefined
    }

    for (const line of dialogueOf(conversation)) {
      if (line.fromClient) {
        say()
        const [command, argument] = commandOf(client, line)
        if (command === '') continue
        pending = { line, command, argument }
        if (command === 'USER') {
          finish('unknown')
          attempt = { user: argument, outcome: 'unknown', frame: line.frame }
        } else if (command === 'PASS') {
          attempt ??= { outcome: 'unknown', frame: line.frame }
          attempt.password = argument
        }
        continue
      }
      const code = replyCode(server, line)
      if (code < 0 || replyContinues(server, line)) {
        if (code !== 220 || greeted) continue
      }
      if (code === 220 && !greeted) {
        greeted = true
        emit({
          protocol: 'ftp',
          type: 'banner',
          frame: line.frame,
          fromClient: false,
          banner: text(server.bytes, line.start + 4, line.end, MAX_ARGUMENT),
        })
        continue
      }
      if (code < 200 && code >= 100) continue // preliminary: the final reply follows
      const command = pending?.command
      const after = pending?.line.next ?? 0
      say(code)
      if (command === 'USER' || command === 'PASS') {
        if (code === 230 || code === 232) finish('accepted')
        else if (code >= 400) finish('refused')
      } else if (command === 'AUTH' && code === 234) {
        emit({ protocol: 'ftp', type: 'start-tls', frame: line.frame, fromClient: false })
        decodeTls(conversation, { client: after, server: line.next }, emit, 'ftp')
        return
      }
    }
    say()
    finish('unknown')
  },
}

const SECRET: ReadonlySet<string> = new Set(['PASS', 'ACCT'])

/** Command in capitals and its argument; '' where the line does not start with three or four letters. */
function commandOf(stream: StreamPrefix, line: Line): [string, string] {
  const { bytes } = stream
  let at = line.start
  // ABOR comes after Telnet's interrupt and synch (RFC 959 §4.1.3)
  while (at < line.end && bytes[at]! >= 0xf0) at++
  let command = ''
  const from = at
  while (at < line.end && at - from < 5) {
    const upper = bytes[at]! & 0xdf
    if (upper < 0x41 || upper > 0x5a || bytes[at]! < 0x41) break
    command += String.fromCharCode(upper)
    at++
  }
  if (command.length < 3 || command.length > 4 || (at < line.end && bytes[at] !== 0x20)) return ['', '']
  return [command, text(bytes, at + 1, line.end, MAX_ARGUMENT)]
}

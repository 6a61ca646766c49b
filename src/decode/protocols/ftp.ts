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
    type Attempt = LoginAttempt & { frame: number; told?: boolean }
    /** Commands without their reply, oldest first: replies come in the order of the commands, of which several may be on the way. */
    const pending: { line: Line; command: string; argument: string; attempt?: Attempt }[] = []
    const attempts: Attempt[] = []
    let greeted = false

    const finish = (attempt: Attempt, outcome: LoginAttempt['outcome']) => {
      const { told, ...rest } = attempt
      if (told === undefined) emit({ protocol: 'ftp', type: 'login', fromClient: true, ...rest, outcome })
      attempt.told = true
    }
    const say = ({ line, command, argument }: (typeof pending)[number], reply?: number) => {
      emit({
        protocol: 'ftp',
        type: 'command',
        frame: line.frame,
        fromClient: true,
        command,
        argument: SECRET.has(command) ? '' : argument,
        reply,
      })
    }

    for (const line of dialogueOf(conversation)) {
      if (line.fromClient) {
        const [command, argument] = commandOf(client, line)
        if (command === '') continue
        const last = attempts.at(-1)
        if (command === 'USER') attempts.push({ user: argument, outcome: 'unknown', frame: line.frame })
        else if (command === 'PASS') {
          if (last === undefined || last.told || last.password !== undefined)
            attempts.push({ outcome: 'unknown', frame: line.frame, password: argument })
          else last.password = argument
        }
        const attempt = command === 'USER' || command === 'PASS' ? attempts.at(-1) : undefined
        pending.push({ line, command, argument, ...(attempt === undefined ? {} : { attempt }) })
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
      const answered = pending.shift()
      if (answered === undefined) continue
      say(answered, code)
      if (answered.attempt !== undefined) {
        if (code === 230 || code === 232) finish(answered.attempt, 'accepted')
        else if (code >= 400) finish(answered.attempt, 'refused')
      } else if (answered.command === 'AUTH' && code === 234) {
        emit({ protocol: 'ftp', type: 'start-tls', frame: line.frame, fromClient: false })
        decodeTls(conversation, { client: answered.line.next, server: line.next }, emit, 'ftp')
        return
      }
    }
    for (const command of pending) say(command)
    for (const attempt of attempts) finish(attempt, 'unknown')
  },
}

const SECRET: ReadonlySet<string> = new Set(['PASS', 'ACCT'])

/** Command in capitals and its argument; '' where the line does not start with three or four letters. */
function commandOf(stream: StreamPrefix, line: Line): [string, string] {
  const { bytes } = stream
  let at = line.start
  // ABOR comes after Telnet's interrupt and synch (RFC 959 §4.1.3): IAC IP, IAC DM
  while (at < line.end && (bytes[at] === 0xff || bytes[at] === 0xf4 || bytes[at] === 0xf2)) at++
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

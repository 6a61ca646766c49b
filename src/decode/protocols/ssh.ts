import type { Emit, MessageBase, StreamDecoder } from '../message.ts'
import { u32 } from '../numbers.ts'
import type { StreamPrefix } from '../stream.ts'
import { latin1, printable, text } from '../text.ts'

/** Identification string of one side: RFC 4253 §4.2. */
interface SshBanner extends MessageBase {
  readonly protocol: 'ssh'
  readonly type: 'banner'
  /** '2.0', '1.99', '1.5'. */
  readonly version: string
  readonly software: string
  readonly comment: string
  /** The other side said one, too: only then is it spoken. */
  readonly answered: boolean
}

/** Algorithms that one side offers: RFC 4253 §7.1. */
interface SshKeyExchange extends MessageBase {
  readonly protocol: 'ssh'
  readonly type: 'key-exchange'
  readonly keyExchange: readonly string[]
  readonly hostKey: readonly string[]
  readonly ciphers: readonly string[]
  readonly macs: readonly string[]
}

/**
 * What came of the log-ins, told by sizes alone, as all of it is encrypted: an answer of "no" names the methods that can go on and is at least
 * as long as the acceptance of the service before it, one of "yes" is a byte (RFC 4252 sections 5.1 and 5.4, RFC 4253 section 10).
 */
interface SshAttempts extends MessageBase {
  readonly protocol: 'ssh'
  readonly type: 'attempts'
  /** Passwords that were refused, as far as it looks: keys that are offered are longer. */
  readonly refused: number
  /** Nothing but refusals. */
  readonly inVain: boolean
}

export type SshMessage = SshBanner | SshKeyExchange | SshAttempts

/** RFC 4253 §4.2: at most 255 characters with CR LF. */
const MAX_BANNER = 255
const MAX_NAMES = 32
const KEXINIT = 20
const NEWKEYS = 21
/** Binary packets until keys are changed, at most: six are usual. */
const MAX_PLAIN = 12
const MAX_TURNS = 64
/** A refusal is not much longer than the acceptance of the service, in bytes: it lists methods. */
const REFUSAL_MORE = 112
/** Of a password's request, over that for the service; an offer of the shortest key in use (Ed25519) takes more. */
const PASSWORD_MORE = 72

export const ssh: StreamDecoder<SshMessage> = {
  protocol: 'ssh',

  recognise({ client, server }) {
    return isBanner(client) || isBanner(server)
  },

  decode({ client, server }, emit) {
    const answered = isBanner(client) && isBanner(server)
    readSide(server, false, answered, emit)
    readSide(client, true, answered, emit)
    if (answered) readAttempts(client, server, emit)
  },
}

function isBanner({ bytes, length }: StreamPrefix): boolean {
  return (
    length >= 6 &&
    bytes[0] === 0x53 &&
    bytes[1] === 0x53 &&
    bytes[2] === 0x48 &&
    bytes[3] === 0x2d &&
    (bytes[4] === 0x32 || bytes[4] === 0x31) &&
    bytes[5] === 0x2e
  )
}

function readSide(stream: StreamPrefix, fromClient: boolean, answered: boolean, emit: Emit<SshMessage>): void {
  if (!isBanner(stream)) return
  const { bytes } = stream
  const limit = Math.min(stream.length, MAX_BANNER)
  let end = 4
  while (end < limit && bytes[end] !== 10) end++
  const line = text(bytes, 4, bytes[end - 1] === 13 ? end - 1 : end, MAX_BANNER)
  const space = line.indexOf(' ')
  const dash = (space < 0 ? line : line.slice(0, space)).indexOf('-')
  emit({
    protocol: 'ssh',
    type: 'banner',
    frame: stream.frameAt(0),
    fromClient,
    version: line.slice(0, dash < 0 ? (space < 0 ? undefined : space) : dash),
    software: dash < 0 ? '' : line.slice(dash + 1, space < 0 ? undefined : space),
    comment: space < 0 ? '' : line.slice(space + 1),
    answered,
  })
  while (end < stream.length && bytes[end] !== 10) end++
  readKeyExchange(stream, end + 1, fromClient, emit)
}

/** Binary packet: length, padding length, then the payload (RFC 4253 §6); KEXINIT is its first byte and ten name-lists. */
function readKeyExchange(stream: StreamPrefix, at: number, fromClient: boolean, emit: Emit<SshMessage>): void {
  const { bytes, length } = stream
  if (at + 22 > length || bytes[at + 5] !== KEXINIT) return
  const end = Math.min(length, at + 4 + u32(bytes, at))
  const lists: string[][] = []
  let cursor = at + 22 // length, padding length, type, cookie of 16
  while (lists.length < 6 && cursor + 4 <= end) {
    const stop = cursor + 4 + u32(bytes, cursor)
    if (stop > end) break
    // names are commas apart and of US-ASCII (RFC 4251 §5); what is longer than this holds no more than we would keep
    lists.push(
      printable(latin1(bytes, cursor + 4, Math.min(stop, cursor + 4 + 2048)), 2048)
        .split(',')
        .slice(0, MAX_NAMES),
    )
    cursor = stop
  }
  if (lists.length < 6) return
  // client to server and server to client are the same list in practice: the server's direction is kept
  const [keyExchange, hostKey, , ciphers, , macs] = lists as [string[], string[], string[], string[], string[], string[]]
  emit({ protocol: 'ssh', type: 'key-exchange', frame: stream.frameAt(at), fromClient, keyExchange, hostKey, ciphers, macs })
}

function readAttempts(client: StreamPrefix, server: StreamPrefix, emit: Emit<SshMessage>): void {
  const from = afterNewKeys(client)
  const to = afterNewKeys(server)
  if (from < 0 || to < 0 || client.truncated || server.truncated) return
  const turns = turnsOf(client, from, server, to)
  // asks for the service, and is let ask; then tries
  const [service = 0, accepted = 0] = turns
  if (turns.length < 4 || service === 0) return
  let refused = 0
  let at = 2
  for (; at + 1 < turns.length; at += 2) {
    const answer = turns[at + 1]!
    if (answer < accepted || answer > accepted + REFUSAL_MORE) break
    if (turns[at]! <= service + PASSWORD_MORE) refused++
  }
  // what is left over at the end: a last try that was answered by hanging up
  const inVain = at >= turns.length - 1
  emit({ protocol: 'ssh', type: 'attempts', frame: client.frameAt(from), fromClient: true, refused, inVain })
}

/** Offset after the last packet in clear, -1 where it is not there (RFC 4253 section 7.3). */
function afterNewKeys({ bytes, length }: StreamPrefix): number {
  let at = 0
  // other lines may come before the server's banner (section 4.2); they are rare, and nothing is told then
  while (at < length && bytes[at] !== 10) at++
  at++
  for (let i = 0; i < MAX_PLAIN && at + 6 <= length; i++) {
    const size = u32(bytes, at)
    if (size < 5 || size > 35000) return -1
    const type = bytes[at + 5]
    at += 4 + size
    if (type === NEWKEYS) return at <= length ? at : -1
  }
  return -1
}

/** Bytes that each said in turn, the client first. */
function turnsOf(client: StreamPrefix, from: number, server: StreamPrefix, to: number): number[] {
  const turns: number[] = []
  let c = from
  let s = to
  // what the server sends before it is asked (extensions, RFC 8308) answers nothing
  if (c < client.length) while (s < server.length && server.frameAt(s) < client.frameAt(c)) s++
  while ((c < client.length || s < server.length) && turns.length < MAX_TURNS) {
    const asked = c
    const until = s < server.length ? server.frameAt(s) : Infinity
    while (c < client.length && client.frameAt(c) < until) c++
    const answered = s
    const before = c < client.length ? client.frameAt(c) : Infinity
    while (s < server.length && server.frameAt(s) < before) s++
    if (c === asked && s === answered) break
    turns.push(c - asked, s - answered)
  }
  return turns
}

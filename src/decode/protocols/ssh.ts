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

export type SshMessage = SshBanner | SshKeyExchange

/** RFC 4253 §4.2: at most 255 characters with CR LF. */
const MAX_BANNER = 255
const MAX_NAMES = 32
const KEXINIT = 20

export const ssh: StreamDecoder<SshMessage> = {
  protocol: 'ssh',

  recognise({ client, server }) {
    return isBanner(client) || isBanner(server)
  },

  decode({ client, server }, emit) {
    const answered = isBanner(client) && isBanner(server)
    readSide(server, false, answered, emit)
    readSide(client, true, answered, emit)
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

import { blankDatagram, type Conversation, type StreamPrefix } from '../../decode/stream.ts'
import type { MessageBase, StreamDecoder } from '../../decode/message.ts'
import { datagramDecoders, streamDecoders } from '../../decode/protocols/index.ts'
import { latin1 } from '../../decode/text.ts'

/** What an answer is of, by the decoders that read traffic, and what they read in it. */
export interface Heard {
  protocol: string
  messages: readonly MessageBase[]
}

/**
 * The protocol that was spoken by who was asked: by what it said alone, or as an answer to a question of that protocol. What says our own
 * words back speaks none.
 * @param asked what was sent, in that protocol
 */
export function hearStream(said: Uint8Array, port: number, asked?: { protocol: string; bytes: Uint8Array }): Heard | undefined {
  if (said.length === 0) return undefined
  if (asked !== undefined && isEcho(said, asked.bytes)) return { protocol: 'echo', messages: [] }
  const alone = { client: prefix(NOTHING, 1), server: prefix(said, 2), clientPort: 0, serverPort: port }
  for (const decoder of streamDecoders)
    if (decoder.recognise(alone) && !(decoder.protocol === 'telnet' && !asksAsTelnet(said))) return heard(decoder, alone)
  const own = SIGNATURES.find(({ sign }) => sign.test(latin1(said, 0, Math.min(said.length, 128))))
  if (own !== undefined) return { protocol: own.protocol, messages: [] }
  if (asked === undefined) return undefined
  const both = { ...alone, client: prefix(asked.bytes, 1) }
  for (const decoder of streamDecoders) {
    if (decoder.protocol !== asked.protocol || !decoder.recognise(both)) continue
    const found = heard(decoder, both)
    // a question alone is recognised, too: only what was answered counts
    if (found.messages.some(isAnswer)) return found
  }
  return undefined
}

/** The same of a datagram that came from `port`. */
export function hearDatagram(said: Uint8Array, port: number): Heard | undefined {
  const datagram = { ...blankDatagram(said), end: said.length, srcPort: port, dstPort: 40_000, frame: 2, fromClient: false }
  const byPort = datagramDecoders.filter(({ ports }) => ports.includes(port))
  for (const decoder of [...byPort, ...datagramDecoders]) {
    if (!decoder.recognise(datagram)) continue
    const messages: MessageBase[] = []
    decoder.decode(datagram, (message) => messages.push(message))
    if (messages.length > 0) return { protocol: decoder.protocol, messages }
  }
  return undefined
}

function heard(decoder: StreamDecoder, conversation: Conversation): Heard {
  const messages: MessageBase[] = []
  decoder.decode(conversation, (message) => messages.push(message))
  return { protocol: decoder.protocol, messages }
}

function isAnswer(message: MessageBase & { outcome?: unknown; code?: unknown; status?: unknown; result?: unknown }): boolean {
  if (!message.fromClient) return true
  return message.code !== undefined || message.status !== undefined || message.outcome === 'done' || message.outcome === 'refused'
}

function isEcho(said: Uint8Array, asked: Uint8Array): boolean {
  const length = Math.min(said.length, asked.length)
  return length >= 4 && Buffer.compare(said.subarray(0, length), asked.subarray(0, length)) === 0
}

/**
 * By its port any text is taken for Telnet in traffic, where more may have been cut away. Who was asked has said all that it greets with:
 * options (RFC 854), or a prompt.
 */
function asksAsTelnet(said: Uint8Array): boolean {
  if (said.includes(0xff)) return true
  return /(?:log ?in|user(?:name)?|password|[:>#$%])[:>]?\s*$/i.test(latin1(said, Math.max(0, said.length - 64), said.length))
}

const NOTHING = new Uint8Array(0)

function prefix(bytes: Uint8Array, frame: number): StreamPrefix {
  return { bytes, length: bytes.length, truncated: false, midstream: false, frameAt: () => frame }
}

/** Of what greets first or answers in a line, and no decoder reads: databases and screens that were left open. */
const SIGNATURES: readonly { protocol: string; sign: RegExp }[] = [
  // RFC 6143, section 7.1.1
  { protocol: 'vnc', sign: /^RFB \d{3}\.\d{3}\n/ },
  { protocol: 'rsync', sign: /^@RSYNCD: \d/ },
  // MySQL's protocol 10: a packet's length and number, then the version
  // oxlint-disable-next-line no-control-regex
  { protocol: 'mysql', sign: /^[^]{3}\0\n\d+\.\d[\w.+~-]*\0/ },
  { protocol: 'redis', sign: /^(?:\+PONG\r\n|-NOAUTH |-DENIED )/ },
  { protocol: 'memcached', sign: /^VERSION \d[\w.-]*\r\n/ },
  { protocol: 'irc', sign: /^:\S+ (?:NOTICE|020) / },
]

import type { MessageBase, StreamDecoder } from '../../src/decode/message.ts'
import { streamDecoders } from '../../src/decode/protocols/index.ts'
import type { Conversation, StreamPrefix } from '../../src/decode/stream.ts'
import { conversations } from '../../src/testing/conversations.ts'
import { equal, hold, presentable } from '../invariants.ts'
import type { Target } from '../target.ts'

const MAX_SEEDS = 40
/** Of each direction: as much as the flow table keeps. */
const PREFIX = 16 * 1024
const MAX_MESSAGES = 4096

/* An input: one byte of options, two bytes that say how much of the rest the client sent, then both directions. */
const CLIENT_TRUNCATED = 1
const SERVER_TRUNCATED = 2
const MIDSTREAM = 4
const PORTS = 3 // shift
const EMBEDDED = 32

/** Where servers of the protocol listen: bytes that do not tell by themselves may be helped by the port. */
const PORT: Record<string, number> = {
  'dns-tcp': 53,
  dns: 53,
  telnet: 23,
  ftp: 21,
  smtp: 25,
  imap: 143,
  pop3: 110,
  kasa: 9999,
  tuya: 6668,
  adb: 5555,
  esphome: 6053,
  yeelight: 55443,
  modbus: 502,
  enip: 44818,
}

export const streamTargets: readonly Target[] = streamDecoders.map((decoder) => ({
  name: ['dns', 'kasa', 'openvpn', 'tuya', 'yeelight', 'knxip', 'enip', 'dnp3', 'sip'].includes(decoder.protocol)
    ? `${decoder.protocol}-stream`
    : decoder.protocol,
  seeds: (captures) => seeds(decoder, captures),
  run: (input) => run(decoder, input),
}))

async function seeds(decoder: StreamDecoder, captures: readonly string[]): Promise<Uint8Array[]> {
  const found = new Map<string, Uint8Array>()
  for (const path of captures) {
    const all = await conversations(path, 4096).catch(() => [])
    for (const c of all) {
      if (found.size >= MAX_SEEDS || streamDecoders.find((d) => d.recognise(c)) !== decoder) continue
      const input = new Uint8Array(3 + c.client.length + c.server.length)
      input[1] = c.client.length >> 8
      input[2] = c.client.length & 255
      input.set(c.client.bytes.subarray(0, c.client.length), 3)
      input.set(c.server.bytes.subarray(0, c.server.length), 3 + c.client.length)
      const key = `${c.client.length >> 4} ${c.server.length >> 4}`
      if (!found.has(key)) found.set(key, input)
    }
  }
  return [...found.values()]
}

function run(decoder: StreamDecoder, input: Uint8Array): void {
  const said = decode(decoder, input, 0)
  // prefixes lie in pooled buffers, which hold others' bytes beyond `length`
  if ((input[0] ?? 0) & EMBEDDED) equal(decode(decoder, input, 61), said, 'in a larger buffer')
}

function decode(decoder: StreamDecoder, input: Uint8Array, beyond: number): MessageBase[] {
  const options = input[0] ?? 0
  const split = 3 + Math.min(((input[1] ?? 0) << 8) | (input[2] ?? 0), PREFIX, Math.max(0, input.length - 3))
  const midstream = (options & MIDSTREAM) !== 0
  const server = PORT[decoder.protocol] ?? 80
  const conversation: Conversation = {
    client: prefix(input.subarray(3, split), (options & CLIENT_TRUNCATED) !== 0, midstream, beyond, 1),
    server: prefix(input.subarray(split, split + PREFIX), (options & SERVER_TRUNCATED) !== 0, midstream, beyond, 2),
    clientPort: 40000,
    serverPort: [server, server, 50000, 443][(options >> PORTS) & 3]!,
  }
  const messages: MessageBase[] = []
  // of a conversation in which nobody said anything, no decoder is asked
  if (conversation.client.length + conversation.server.length === 0) return messages
  // what is not recognised is decoded by nobody, but even then a decoder ends, throws nothing and says what can be shown
  const recognised = decoder.recognise(conversation)
  let said = 0
  decoder.decode(conversation, (message) => {
    if (++said > MAX_MESSAGES) throw new Error(`more than ${MAX_MESSAGES} messages`)
    if (recognised) messages.push(message)
    hold(message.frame >= 1, `frame ${message.frame}`)
    presentable(message, decoder.protocol)
  })
  return messages
}

function prefix(content: Uint8Array, truncated: boolean, midstream: boolean, beyond: number, first: number): StreamPrefix {
  const bytes = new Uint8Array(content.length + beyond).fill(0x31)
  bytes.set(content)
  return {
    bytes,
    length: content.length,
    truncated,
    midstream,
    frameAt(offset) {
      // of an empty prefix the first byte may be asked: who says nothing still has a place
      hold(
        Number.isInteger(offset) && offset >= 0 && (offset < content.length || offset === 0),
        `frameAt(${offset}) of ${content.length} bytes`,
      )
      return first + 2 * (offset >> 4)
    },
  }
}

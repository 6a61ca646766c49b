import { describe, expect, it } from 'vitest'
import { decodePacket } from '../decode/decode.ts'
import { Packet, TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from '../decode/packet.ts'
import { packet, type Segment } from '../testing/segments.ts'
import { Dissector } from './dissector.ts'
import { FlowTable } from './table.ts'

/** [from the client?, flags, sequence number, text]. */
type Said = readonly [fromClient: boolean, flags: number, seq: number, text?: string]

const CLIENT = true
const SERVER = false

/** What conversations said when they were settled, client then server, and after which frame. */
function conversations(segments: readonly Said[]): [client: string, server: string, frame: number][] {
  const found: [string, string, number][] = []
  const all = { protocol: 'any', recognise: () => true, decode: () => undefined }
  const table: FlowTable = new FlowTable((row, final) => {
    if (final) dissector.finish(row)
    table.clear(row)
  }, 64)
  const p = new Packet()
  const dissector = new Dissector(
    table,
    { stream: [all], datagram: [], tunnels: [], classify: () => '', classes: [] },
    {
      conversation: (_, { client, server }) =>
        found.push([textOf(client.bytes, client.length), textOf(server.bytes, server.length), p.frame]),
      datagram: () => undefined,
      contradiction: () => undefined,
    },
  )
  for (const [fromClient, flags, seq, text = ''] of segments) {
    const segment: Segment = { fromClient, flags, seq, ack: 0, window: 8192, payload: Buffer.from(text) }
    p.buf = packet(segment, 40_000, 80)
    p.end = p.wireLength = p.buf.length
    p.linkType = 101
    p.frame++
    decodePacket(p)
    dissector.packet(p, table.touch(p))
  }
  p.frame = Infinity
  table.flush()
  return found
}

const textOf = (bytes: Uint8Array, length: number) => Buffer.from(bytes.subarray(0, length)).toString()

describe('a conversation', () => {
  it('is not over before what was said before the ends, where both ends overtook all of it', () => {
    expect(
      conversations([
        [CLIENT, TCP_SYN, 0xfffffffe],
        [SERVER, TCP_SYN | TCP_ACK, 499],
        [CLIENT, TCP_FIN | TCP_ACK, 7],
        [SERVER, TCP_FIN | TCP_ACK, 506],
        [SERVER, TCP_ACK | TCP_PSH, 500, 'answer'],
        [CLIENT, TCP_ACK | TCP_PSH, 0xffffffff, 'question'],
      ]),
    ).toEqual([['question', 'answer', 6]])
  })

  it('is over with what one end said where the other said nothing and was done at once', () => {
    expect(
      conversations([
        [CLIENT, TCP_SYN, 99],
        [SERVER, TCP_SYN | TCP_ACK, 499],
        [SERVER, TCP_FIN | TCP_ACK, 500],
        [CLIENT, TCP_ACK | TCP_PSH, 100, 'hello'],
        [CLIENT, TCP_FIN | TCP_ACK, 105],
        [CLIENT, TCP_ACK, 106],
      ]),
    ).toEqual([['hello', '', 5]])
  })

  it('ends at a reset, and does not say what that carries', () => {
    expect(
      conversations([
        [CLIENT, TCP_SYN, 99],
        [SERVER, TCP_SYN | TCP_ACK, 499],
        [CLIENT, TCP_ACK | TCP_PSH, 100, 'hello'],
        [SERVER, TCP_RST | TCP_ACK, 500, 'go away'],
        [SERVER, TCP_ACK, 507],
      ]),
    ).toEqual([['hello', '', 4]])
  })
})

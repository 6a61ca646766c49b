import { readCapture } from '../capture/read.ts'
import { ipv4Text, ipv6Text } from '../decode/address.ts'
import { decodePacket } from '../decode/decode.ts'
import { Packet, PROTO_TCP } from '../decode/packet.ts'
import { Dissector } from '../flow/dissector.ts'
import type { Direction, Stream } from '../flow/prefix.ts'
import { FlowTable } from '../flow/table.ts'

/** One direction of a conversation as the product rebuilt it. */
export interface Rebuilt {
  /** "ADDRESS:PORT" of who sent it. */
  readonly from: string
  readonly bytes: Uint8Array
  /** Of each byte: the frame that is said to have carried it. */
  readonly frames: readonly number[]
  readonly truncated: boolean
  readonly midstream: boolean
  /** The capture has less of one of its segments than was sent. */
  readonly cut: boolean
}

export interface Conversations {
  /** Client and server of each conversation in which something was said, in the order in which they were settled. */
  readonly all: readonly (readonly [Rebuilt, Rebuilt])[]
  /** Frames that are TCP segments with payload to us. */
  readonly segments: ReadonlySet<number>
  /** Frames that say something else than earlier ones did in the same place. */
  readonly contradictions: ReadonlySet<number>
}

/** Every TCP conversation of a capture as flow/ rebuilds it: the product's own flow table and dissector, and one decoder that takes all. */
export async function rebuild(path: string): Promise<Conversations> {
  const all: (readonly [Rebuilt, Rebuilt])[] = []
  const segments = new Set<number>()
  const contradictions = new Set<number>()
  const cut = new Set<string>()
  const everything = { protocol: 'any', recognise: () => true, decode: () => undefined }
  const decoders = { stream: [everything], datagram: [], tunnels: [], classify: () => '', classes: [] }
  const table: FlowTable = new FlowTable((row, final) => {
    if (final) dissector.finish(row)
    table.clear(row)
  })
  const dissector = new Dissector(table, decoders, {
    conversation: (row, stream) => all.push(pairOf(table, row, stream, cut)),
    datagram: () => undefined,
    contradiction: (frame) => contradictions.add(frame),
  })
  const p = new Packet()
  await readCapture(path, 0, p, () => {
    decodePacket(p)
    if (p.srcIp < 0) return
    const row = table.touch(p)
    const { side } = table
    dissector.packet(p, row)
    if (p.protocol !== PROTO_TCP || p.transport < 0) return
    if (p.payloadEnd > p.payload) segments.add(p.frame)
    if (p.payloadWire > p.payloadEnd - p.payload) cut.add(nameOf(table, row, side))
  })
  table.flush()
  return { all, segments, contradictions }
}

function pairOf(table: FlowTable, row: number, stream: Stream, cut: ReadonlySet<string>): readonly [Rebuilt, Rebuilt] {
  const client = stream.initiator
  return [copy(nameOf(table, row, client), stream.client, cut), copy(nameOf(table, row, 1 - client), stream.server, cut)]
}

function nameOf(table: FlowTable, row: number, side: number): string {
  const address = new Uint8Array(16)
  const text = table.address(row, side, address) === 4 ? ipv4Text(address, 0) : ipv6Text(address, 0)
  return `${text}:${table.port(row, side)}`
}

function copy(from: string, d: Direction, cut: ReadonlySet<string>): Rebuilt {
  return {
    from,
    bytes: d.bytes.slice(0, d.length),
    frames: Array.from({ length: d.length }, (_, offset) => d.frameAt(offset)),
    truncated: d.truncated,
    midstream: d.midstream,
    cut: cut.has(from),
  }
}

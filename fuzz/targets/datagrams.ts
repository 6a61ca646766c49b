import type { DatagramDecoder, MessageBase } from '../../src/decode/message.ts'
import { datagramDecoders } from '../../src/decode/protocols/index.ts'
import type { Datagram, FlowMemory } from '../../src/decode/stream.ts'
import { eachDatagram } from '../../src/testing/datagrams.ts'
import { equal, hold, presentable } from '../invariants.ts'
import type { Target } from '../target.ts'

const MAX_SEEDS = 60
const MAX_MESSAGES = 1024

/*
 * An input: one byte of options, then up to three pieces of two bytes length and so many bytes, then the last datagram. All are
 * datagrams of one flow and share its memory.
 */
const TRUNCATED = 1
const FROM_SERVER = 2
const PORTS = 2 // shift
const PIECES = 4 // shift
const EMBEDDED = 64

/** Protocols that are also spoken over TCP. */
const TWICE: readonly string[] = ['tuya', 'kasa', 'knxip', 'enip', 'dnp3', 'sip', 'openvpn', 'yeelight']

export const datagramTargets: readonly Target[] = datagramDecoders.map((decoder) => ({
  name: TWICE.includes(decoder.protocol) ? `${decoder.protocol}-datagram` : decoder.protocol,
  seeds: (captures) => seeds(decoder, captures),
  run: (input) => run(decoder, input),
}))

async function seeds(decoder: DatagramDecoder, captures: readonly string[]): Promise<Uint8Array[]> {
  const found = new Map<string, Uint8Array>()
  for (const path of captures) {
    await eachDatagram(path, (d) => {
      if (found.size >= MAX_SEEDS || !decoder.recognise(d)) return
      if (decoder.ports.length > 0 && !decoder.ports.includes(d.srcPort) && !decoder.ports.includes(d.dstPort)) return
      const input = new Uint8Array(1 + d.end - d.start)
      input[0] = decoder.ports.includes(d.dstPort) ? 0 : FROM_SERVER | (1 << PORTS)
      input.set(d.bytes.subarray(d.start, d.end), 1)
      // one of each length tells enough
      const key = String(input.length)
      if (!found.has(key)) found.set(key, input)
    }).catch(() => undefined)
  }
  return [...found.values()]
}

function run(decoder: DatagramDecoder, input: Uint8Array): void {
  const options = input[0] ?? 0
  const said = decode(decoder, input, 0)
  // what lies around a datagram is another packet's, and must not be read
  if (options & EMBEDDED) equal(decode(decoder, input, 37), said, 'within other bytes')
}

function decode(decoder: DatagramDecoder, input: Uint8Array, around: number): MessageBase[] {
  const options = input[0] ?? 0
  const memory: FlowMemory = {}
  const recent: FlowMemory = {}
  const messages: MessageBase[] = []
  let at = 1
  for (let left = (options >> PIECES) & 3; left >= 0; left--) {
    let end = input.length
    if (left > 0) {
      end = Math.min(end, at + 2 + (((input[at] ?? 0) << 8) | (input[at + 1] ?? 0)))
      at += 2
    }
    if (at > end) break
    const datagram = datagramOf(decoder, input.subarray(at, end), options, memory, recent, around)
    // what is not recognised is decoded by nobody, but even then a decoder ends, throws nothing and says what can be shown
    const recognised = decoder.recognise(datagram)
    let said = 0
    decoder.decode(datagram, (message) => {
      if (++said > MAX_MESSAGES) throw new Error(`more than ${MAX_MESSAGES} messages`)
      if (recognised) messages.push(message)
      hold(message.frame >= 1, `frame ${message.frame}`)
      presentable(message, decoder.protocol)
    })
    at = end
  }
  return messages
}

function datagramOf(
  decoder: DatagramDecoder,
  payload: Uint8Array,
  options: number,
  memory: FlowMemory,
  recent: FlowMemory,
  around: number,
): Datagram {
  const own = decoder.ports[0] ?? 3478
  const [srcPort, dstPort] = (
    [
      [40000, own],
      [own, 40000],
      [own, own],
      [50000, 40000],
    ] as const
  )[(options >> PORTS) & 3]!
  const bytes = new Uint8Array(payload.length + 2 * around).fill(0x35)
  bytes.set(payload, around)
  return {
    bytes,
    start: around,
    end: around + payload.length,
    srcPort,
    dstPort,
    frame: 7,
    fromClient: (options & FROM_SERVER) === 0,
    truncated: (options & TRUNCATED) !== 0,
    memory,
    recent,
  }
}

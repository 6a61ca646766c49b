import { spawnSync } from 'node:child_process'
import { OUTERMOST } from './agree.ts'
import { tsharkFields } from './tshark.ts'

/** Only the outermost packet, each fragment by itself: as we read. */
const OPTIONS = ['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE']

/** A segment with payload as tshark reads it. */
export interface Segment {
  readonly frame: number
  /** tshark's number for the conversation. */
  readonly stream: number
  /** "ADDRESS:PORT" of who sent it. */
  readonly from: string
  readonly seq: number
  readonly syn: boolean
  readonly reset: boolean
  readonly payload: Uint8Array
}

/** Every TCP segment of a capture. */
export function segmentsOf(path: string): Segment[] {
  const rows = tsharkFields(
    path,
    ['tcp.stream', 'ip.src', 'ipv6.src', 'tcp.srcport', 'tcp.seq_raw', 'tcp.flags', 'tcp.payload'],
    `tcp && ${OUTERMOST}`,
    // each segment's own payload, whatever it is a part of
    [...OPTIONS, '-o', 'tcp.desegment_tcp_streams:FALSE'],
  )
  return [...rows].map(([frame, [stream, ip4, ip6, port, seq, flags, payload]]) => ({
    frame,
    stream: Number(stream![0]),
    from: `${ip4![0] ?? ip6![0]}:${port![0]}`,
    seq: Number(seq![0]),
    syn: (Number(flags![0]) & 2) !== 0,
    reset: (Number(flags![0]) & 4) !== 0,
    payload: unhex((payload![0] ?? '').replaceAll(':', '')),
  }))
}

/** One direction as tshark puts it together. */
export interface Followed {
  /** Up to what it takes for lost by the capture. */
  readonly bytes: Uint8Array
  /** It went on without what the other end had acknowledged and the capture did not have by then. */
  readonly lost: boolean
}

/** "Follow TCP stream" of these conversations: by number, what each end ("ADDRESS:PORT") said. */
export function followed(path: string, streams: readonly number[]): Map<number, Map<string, Followed>> {
  const found = new Map<number, Map<string, Followed>>()
  for (let at = 0; at < streams.length; at += STREAMS_A_RUN) {
    const asked = streams.slice(at, at + STREAMS_A_RUN).flatMap((stream) => ['-z', `follow,tcp,raw,${stream}`])
    const run = spawnSync('tshark', ['-n', '-r', path, '-q', ...OPTIONS, ...asked], { encoding: 'latin1', maxBuffer: 1 << 29 })
    if (run.error !== undefined) throw run.error
    for (const part of run.stdout.split('Follow: tcp,raw\n').slice(1)) {
      const [filter, node0, node1, ...lines] = part.split('\n')
      const sides = [node0, node1].map((node) => ({ name: node!.slice('Node 0: '.length), hex: '', lost: false }))
      for (const line of lines) {
        if (line.startsWith('=')) break
        const side = sides[line.startsWith('\t') ? 1 : 0]!
        const digits = line.trim()
        const lost = digits.search(LOST)
        if (!side.lost) side.hex += lost < 0 ? digits : digits.slice(0, lost)
        if (lost >= 0) side.lost = true
      }
      const number = Number(filter!.slice('Filter: tcp.stream eq '.length))
      const read = sides.map(({ name, hex, lost }) => [unbracketed(name), { bytes: unhex(hex), lost }] as const)
      // who talks to itself has one name
      found.set(number, new Map(read.filter(([name], i) => i === 0 || name !== read[0]![0])))
    }
  }
  return found
}

const STREAMS_A_RUN = 200
/** "[123 bytes missing in capture file]" */
const LOST = /^5b(3\d)+206279746573206d697373696e6720696e20636170747572652066696c655d/

const unhex = (digits: string) => new Uint8Array(Buffer.from(digits, 'hex'))

function unbracketed(node: string): string {
  return node.replace(/^\[(.*)\]:/, '$1:')
}

import type { Random } from '../../lab/random.ts'

/*
 * Captures of TCP conversations that go as badly as TCP allows: cut anywhere, out of order, doubled, sent again with other
 * boundaries, with bytes lost by the capture, with what does not belong. What was said is random, so that no piece looks like another.
 */

export interface Segment {
  readonly fromClient: boolean
  seq: number
  ack: number
  flags: number
  window: number
  payload: Uint8Array
}

const FIN = 1
const SYN = 2
const RST = 4
const PSH = 8
const ACK = 16

/** How a conversation begins and ends, and what befalls it: each may be asked for alone. */
export interface Weather {
  readonly begins: 'handshake' | 'syn-data' | 'no-syn' | 'no-syn-ack' | 'midstream' | 'syn-twice' | 'syn-ack-first'
  readonly ends: 'fin' | 'rst' | 'open' | 'fin-early' | 'rst-elsewhere'
  /** Chances in a hundred a segment. */
  readonly late: number
  readonly doubled: number
  readonly recut: number
  readonly contradicted: number
  readonly lost: number
  readonly keepAlive: number
  readonly zeroWindow: number
  readonly size: readonly [number, number]
  readonly said: readonly [client: number, server: number]
}

const BEGINS: readonly Weather['begins'][] = [
  'handshake',
  'handshake',
  'handshake',
  'syn-data',
  'no-syn',
  'no-syn-ack',
  'midstream',
  'syn-twice',
  'syn-ack-first',
]
const ENDS: readonly Weather['ends'][] = ['fin', 'fin', 'rst', 'open', 'fin-early', 'rst-elsewhere']
const SIZES: readonly Weather['size'][] = [
  [1, 12],
  [20, 300],
  [536, 536],
  [1, 1460],
  [1460, 1460],
]

export function weather(chance: Random): Weather {
  const often = (n: number) => (chance.below(2) === 0 ? 0 : chance.below(n))
  const size = chance.pick(SIZES)
  const most = size[1] < 20 ? 1500 : 24_000
  return {
    begins: chance.pick(BEGINS),
    ends: chance.pick(ENDS),
    late: often(40),
    doubled: often(30),
    recut: often(30),
    contradicted: often(15),
    lost: chance.below(4) === 0 ? 5 : 0,
    keepAlive: often(15),
    zeroWindow: often(15),
    size,
    said: [chance.below(most), chance.below(most)],
  }
}

/** The segments of one conversation in the order in which the capture has them. */
export function conversation(w: Weather, chance: Random): Segment[] {
  const isn = [0, 1].map(() => (chance.below(3) === 0 ? 0xffffffff - chance.below(4000) : chance.below(0x100000000)))
  const said = w.said.map((length) => bytes(length, chance))
  const missed = w.begins === 'midstream' ? 1 + chance.below(5000) : 0
  /** Of each side: where the next new byte is. */
  const next = [0, 0]
  const seqOf = (side: number, offset: number) => (isn[side]! + 1 + missed + offset) >>> 0
  const segment = (side: number, offset: number, payload: Uint8Array, flags = ACK): Segment => ({
    fromClient: side === 0,
    seq: seqOf(side, offset),
    ack: 0,
    flags,
    window: 64240,
    payload,
  })
  const syn = (side: number, payload: Uint8Array = NOTHING): Segment => ({
    ...segment(side, -1, payload, side === 0 ? SYN : SYN | ACK),
  })
  const out: Segment[] = []
  const lost = new Set<Segment>()
  const mended = new Set<Segment>()
  switch (w.begins) {
    case 'handshake':
      out.push(syn(0), syn(1), segment(0, 0, NOTHING))
      break
    case 'syn-data':
      next[0] = Math.min(said[0]!.length, 300)
      out.push(syn(0, said[0]!.subarray(0, next[0])), syn(1), segment(0, next[0], NOTHING))
      break
    case 'syn-twice':
      out.push(syn(0), syn(0), syn(1), syn(1), segment(0, 0, NOTHING))
      break
    case 'syn-ack-first':
      out.push(syn(1), syn(0), segment(0, 0, NOTHING))
      break
    case 'no-syn':
      out.push(syn(1), segment(0, 0, NOTHING))
      break
    case 'no-syn-ack':
      out.push(syn(0), segment(0, 0, NOTHING))
      break
    case 'midstream':
  }
  const began = out.length
  while (next[0]! < said[0]!.length || next[1]! < said[1]!.length) {
    let side = chance.below(2)
    if (next[side]! >= said[side]!.length) side = 1 - side
    for (let burst = 1 + chance.below(4); burst > 0 && next[side]! < said[side]!.length; burst--) {
      const from = next[side]!
      const to = Math.min(said[side]!.length, from + w.size[0] + chance.below(w.size[1] - w.size[0] + 1))
      const fresh = segment(side, from, said[side]!.subarray(from, to), ACK | PSH)
      next[side] = to
      out.push(fresh)
      if (chance.below(100) < w.lost) lost.add(fresh)
      if (chance.below(100) < w.doubled) out.push({ ...fresh })
      if (chance.below(100) < w.keepAlive) out.push(segment(side, to - 1, bytes(chance.below(2), chance)))
      if (chance.below(100) < w.zeroWindow) out.push({ ...segment(1 - side, next[1 - side]!, NOTHING), window: 0 })
      if (chance.below(100) < w.recut) {
        const a = Math.max(0, to - chance.below(3 * w.size[1]))
        const again = segment(side, a, said[side]!.subarray(a, Math.min(to, a + 1 + chance.below(2 * w.size[1]))))
        out.push(again)
      }
      if (chance.below(100) < w.contradicted) {
        // says otherwise what was said, and perhaps goes on truly
        const a = Math.max(0, to - 1 - chance.below(2 * w.size[1]))
        const further = Math.min(said[side]!.length, to + chance.below(40))
        const lie = said[side]!.slice(a, further)
        for (let i = 0; i < to - a; i++) lie[i] = chance.below(256)
        const segmentThatLies = segment(side, a, lie)
        out.push(segmentThatLies)
        mended.add(segmentThatLies)
      }
    }
  }
  shuffle(out, began, mended, w.late, chance)
  const kept = out.filter((s) => !lost.has(s))
  end(kept, w, segment, next, chance)
  acknowledge(out, kept, isn, missed)
  return kept
}

const NOTHING = new Uint8Array(0)

/** Segments come later than they were sent, but for those that lie about what came before them. */
function shuffle(list: Segment[], from: number, stay: ReadonlySet<Segment>, late: number, chance: Random): void {
  if (stay.size > 0) return
  for (let i = from; i < list.length; i++) {
    if (chance.below(100) >= late) continue
    const to = Math.min(list.length - 1, i + 1 + chance.below(10))
    list.splice(to, 0, ...list.splice(i, 1))
  }
}

function end(
  out: Segment[],
  w: Weather,
  segment: (side: number, offset: number, payload: Uint8Array, flags: number) => Segment,
  next: readonly number[],
  chance: Random,
): void {
  const fins = [0, 1].map((side) => segment(side, next[side]!, NOTHING, FIN | ACK))
  if (w.ends === 'fin') out.push(...fins)
  // both are done, but some of what they said comes later
  if (w.ends === 'fin-early') out.splice(Math.max(3, out.length - 1 - chance.below(6)), 0, ...fins)
  if (w.ends === 'rst') out.push(segment(chance.below(2), next[0]!, NOTHING, RST))
  if (w.ends === 'rst-elsewhere') {
    // far out of the window: it resets nothing (RFC 9293, section 3.10.7.4)
    const forged = segment(chance.below(2), 0x5000000, NOTHING, RST)
    out.splice(Math.min(out.length, 3 + chance.below(out.length + 1)), 0, forged)
  }
}

/** Each segment acknowledges what its sender had received by then: what the capture lost, too. */
function acknowledge(sent: readonly Segment[], kept: readonly Segment[], isn: readonly number[], missed: number): void {
  const have = [new Set<number>(), new Set<number>()]
  const whole = [0, 0]
  const gone = sent.filter((s) => !kept.includes(s))
  const receive = (s: Segment) => {
    const side = s.fromClient ? 0 : 1
    const from = (s.seq - isn[side]! - 1 - missed + (s.flags & SYN ? 1 : 0)) | 0
    for (let i = 0; i < s.payload.length; i++) have[side]!.add(from + i)
    while (have[side]!.has(whole[side]!)) whole[side]!++
  }
  // what was lost reached the other end before anything that was not sent again
  for (const s of gone) receive(s)
  for (const s of kept) {
    const other = s.fromClient ? 1 : 0
    if (s.flags & ACK) s.ack = (isn[other]! + 1 + missed + whole[other]!) >>> 0
    receive(s)
  }
}

function bytes(length: number, chance: Random): Uint8Array {
  return Uint8Array.from({ length }, () => chance.below(256))
}

/** Raw IPv4 packet of a segment between two addresses; checksums are nobody's concern here. */
export function packet(s: Segment, clientPort: number, serverPort: number): Uint8Array {
  const out = new Uint8Array(40 + s.payload.length)
  const view = new DataView(out.buffer)
  out[0] = 0x45
  view.setUint16(2, out.length)
  out[8] = 64
  out[9] = 6
  out.set(s.fromClient ? [192, 168, 7, 2, 192, 168, 7, 1] : [192, 168, 7, 1, 192, 168, 7, 2], 12)
  view.setUint16(20, s.fromClient ? clientPort : serverPort)
  view.setUint16(22, s.fromClient ? serverPort : clientPort)
  view.setUint32(24, s.seq)
  view.setUint32(28, s.ack)
  out[32] = 0x50
  out[33] = s.flags
  view.setUint16(34, s.window)
  out.set(s.payload, 40)
  return out
}

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pcap } from '../../fuzz/pcap.ts'
import { random } from '../../lab/random.ts'
import { CaptureError } from '../capture/error.ts'
import { corpus } from '../testing/corpus.ts'
import { rebuild, type Rebuilt } from '../testing/prefixes.ts'
import { conversation, packet, weather } from '../testing/segments.ts'
import { type Followed, followed, type Segment, segmentsOf } from '../testing/tcp-oracle.ts'
import { tsharkAvailable } from '../testing/tshark.ts'
import { PREFIX_BYTES } from './prefix.ts'

// The first bytes of each direction of TCP conversations, byte by byte, against tshark's "follow stream"; and of each byte the frame
// that is said to have carried it, against the payload that tshark finds in that frame. `ASSAY_ORACLE=all` takes every public
// capture and 3,000 made conversations (10 minutes), another text those captures whose name holds it; else a spread of them.

const part = process.env['ASSAY_ORACLE'] ?? ''
const every = part === 'all'
const MADE = every ? 3000 : 150
/** Conversations of one capture that are followed, at most. */
const FOLLOWED = 400

/** Why we may have less than tshark, or more: how often each was met. */
type Reason =
  | 'the other direction was full: the conversation was decoded by then'
  | 'tshark gave a gap up when it was acknowledged; the bytes came later in the capture'
  | 'two conversations to us, one to tshark'
  | 'the capture cut a segment short: we end there, tshark goes on'
  | 'it was reset: what came after that reached nobody (RFC 9293, section 3.10.7.4)'
  | 'in mid-stream we begin with the first payload, tshark with an empty segment before it'
  | 'in mid-stream the first payload overtook what lies before it: we begin with it, tshark with an acknowledgement seen earlier'
  | 'in mid-stream an empty segment overtook the first payload: tshark begins with it, and drops what lies before'

interface Found {
  directions: number
  bytes: number
  differences: string[]
  reasons: Map<Reason, number>
}

async function compare(path: string): Promise<Found> {
  const found: Found = { directions: 0, bytes: 0, differences: [], reasons: new Map() }
  const explain = (why: Reason) => found.reasons.set(why, (found.reasons.get(why) ?? 0) + 1)
  const ours = await rebuild(path)
  const segments = segmentsOf(path)
  const byFrame = new Map(segments.map((s) => [s.frame, s]))
  const resets = new Set(segments.filter((s) => s.reset).map((s) => s.stream))
  const sides = Map.groupBy(segments, sideOf)
  const streams = [...new Set(segments.filter((s) => ours.segments.has(s.frame)).map((s) => s.stream))].slice(0, FOLLOWED)
  const theirs = followed(path, streams)
  const asked = new Set(streams)
  const seen = new Set<string>()
  for (const pair of ours.all) {
    for (const [i, mine] of pair.entries()) {
      if (mine.bytes.length === 0) continue
      const first = byFrame.get(mine.frames[0]!)
      const where = `${mine.from} from frame ${mine.frames[0]}`
      if (first === undefined) found.differences.push(`${where}: no TCP segment to tshark`)
      else if (asked.has(first.stream)) {
        const again = seen.has(sideOf(first))
        seen.add(sideOf(first))
        if (again) {
          explain('two conversations to us, one to tshark')
          continue
        }
        found.directions++
        found.bytes += mine.bytes.length
        const their = theirs.get(first.stream)?.get(mine.from)
        if (their?.lost === true && overtook(mine, first, sides)) {
          explain(
            'in mid-stream the first payload overtook what lies before it: we begin with it, tshark with an acknowledgement seen earlier',
          )
          continue
        }
        const difference =
          (their === undefined
            ? 'not there to tshark'
            : wrongBytes(mine, pair[1 - i]!, their, overtaken(mine, first, sides), resets.has(first.stream), explain)) ??
          wrongFrame(mine, sides.get(sideOf(first))!)
        if (difference !== undefined) found.differences.push(`${where}, stream ${first.stream}: ${difference}`)
      }
    }
  }
  for (const [stream, both] of theirs) {
    for (const [from, { bytes }] of both) {
      const side = `${stream} ${from}`
      if (bytes.length === 0 || seen.has(side)) continue
      if (sides.get(side)?.some((s) => ours.segments.has(s.frame)) === true)
        found.differences.push(`${side}: ${bytes.length} bytes only to tshark`)
    }
  }
  return found
}

/** A later segment that ends something came before the first payload. */
function overtaken(mine: Rebuilt, first: Segment, sides: ReadonlyMap<string, readonly Segment[]>): boolean {
  return mine.midstream && ((sides.get(sideOf(first))![0]!.seq - first.seq) | 0) > 0
}

/** In mid-stream payload of before the first one came after it. */
function overtook(mine: Rebuilt, first: Segment, sides: ReadonlyMap<string, readonly Segment[]>): boolean {
  return mine.midstream && sides.get(sideOf(first))!.some((s) => s.payload.length > 0 && ((s.seq - first.seq) | 0) < 0)
}

/** So many bytes in a row are no chance. */
const CERTAIN = 12

const sideOf = ({ stream, from }: Pick<Segment, 'stream' | 'from'>): string => `${stream} ${from}`

function wrongBytes(
  mine: Rebuilt,
  other: Rebuilt,
  theirs: Followed,
  overtaken: boolean,
  reset: boolean,
  explain: (why: Reason) => void,
): string | undefined {
  let all = theirs.bytes
  let own = mine.bytes
  if (mine.midstream && all[0] !== mine.bytes[0]) {
    const from = Buffer.from(all).indexOf(mine.bytes)
    if (from > 0) {
      explain('in mid-stream we begin with the first payload, tshark with an empty segment before it')
      all = all.subarray(from)
    }
    const late = all.length < CERTAIN ? (overtaken ? own.length : -1) : Buffer.from(own).indexOf(all.subarray(0, CERTAIN))
    if (from < 0 && late > 0) {
      explain('in mid-stream an empty segment overtook the first payload: tshark begins with it, and drops what lies before')
      own = own.subarray(late)
    }
  }
  const want = all.subarray(0, PREFIX_BYTES)
  const both = Math.min(want.length, own.length)
  for (let i = 0; i < both; i++) if (want[i] !== own[i]) return `byte ${i} is ${own[i]}, tshark ${want[i]}`
  // as much as is kept
  if (mine.bytes.length === PREFIX_BYTES && own.length < want.length) return undefined
  if (own.length < want.length) {
    if (other.bytes.length === PREFIX_BYTES) explain('the other direction was full: the conversation was decoded by then')
    else if (mine.cut) explain('the capture cut a segment short: we end there, tshark goes on')
    else if (reset) explain('it was reset: what came after that reached nobody (RFC 9293, section 3.10.7.4)')
    else return `${mine.bytes.length} bytes, tshark ${want.length}`
  } else if (own.length > want.length) {
    if (!theirs.lost) return `${own.length} bytes, tshark ${want.length}`
    explain('tshark gave a gap up when it was acknowledged; the bytes came later in the capture')
  }
  return undefined
}

/** Captures in which we differ, and why. */
const KNOWN: Readonly<Record<string, { differs: RegExp; why: string }>> = {
  'tcpdump/rpki-rtr-oobr.pcap': {
    differs: /frame 1, stream 0: not there to tshark$/,
    why: 'a first fragment of a TCP segment, the only packet: we read what it holds, tshark waits for the rest',
  },
  'zeek/ipv4/fragmented-3.pcap': { differs: /frame 1, stream 0: not there to tshark$/, why: 'the same' },
  'zeek/ipv4/fragmented-4.pcap': { differs: /frame 2, stream 1: 4 bytes, tshark 0$/, why: 'the same' },
  'zeek/tunnels/tunnel-direct-bypass.pcap': {
    differs: /stream 0: 1 bytes, tshark 20$/,
    why: "every other segment went through GRE: what goes in a tunnel and beside it are two flows to us (it may be another's), one to tshark",
  },
}

/** A byte's frame carried that byte, and where one frame after the other continued what was whole so far, it is that frame. */
function wrongFrame(mine: Rebuilt, segments: readonly Segment[]): string | undefined {
  const payloads = segments.filter((s) => s.payload.length > 0)
  const syn = mine.midstream ? undefined : segments.findLast((s) => s.syn && s.frame <= mine.frames[0]!)
  const base = syn === undefined ? payloads[0]!.seq : syn.seq + 1
  const at = ({ seq, syn: begins }: Segment) => (seq + (begins ? 1 : 0) - base) | 0
  const carried = new Map(payloads.map((s) => [s.frame, s]))
  for (const [i, frame] of mine.frames.entries()) {
    const s = carried.get(frame)
    if (s === undefined || s.payload[i - at(s)] !== mine.bytes[i]) return `frame ${frame} did not carry byte ${i}`
  }
  let whole = 0
  const waiting: Segment[] = []
  for (const s of payloads) {
    const [from, to] = [at(s), at(s) + s.payload.length]
    if (from > whole) waiting.push(s)
    else {
      // of what follows the bytes so far, this one's count up to where one that waits began before it
      for (; whole < Math.min(to, mine.frames.length); whole++)
        if (mine.frames[whole] !== s.frame) return `byte ${whole} first came in frame ${s.frame}, not ${mine.frames[whole]}`
      whole = Math.max(whole, to)
      for (let next; (next = waiting.find((w) => at(w) <= whole && at(w) + w.payload.length > whole)) !== undefined;)
        whole = at(next) + next.payload.length
    }
  }
  return undefined
}

function captures(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pcap|pcapng|cap|trace)(\.gz|\.\d)?$/.test(name) && statSync(join(root, name)).isFile())
    .sort()
}

const noTshark = tsharkAvailable() ? '' : 'tshark is not installed'

describe.skipIf(noTshark !== '')(`the first bytes of TCP conversations${noTshark && ` (skipped: ${noTshark})`}`, () => {
  it(`are tshark's in ${MADE} made conversations that go badly`, { timeout: 3_600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-tcp-'))
    try {
      const total = { directions: 0, bytes: 0 }
      const differences: string[] = []
      for (let first = 0; first < MADE; first += 150) {
        const path = join(folder, 'made.pcap')
        writeFileSync(path, made(first, Math.min(150, MADE - first)))
        const found = await compare(path)
        differences.push(...found.differences.map((d) => `conversations from ${first}: ${d}`))
        total.directions += found.directions
        total.bytes += found.bytes
      }
      console.log(`${total.bytes} bytes of ${total.directions} directions agree with tshark`)
      expect(differences).toEqual([])
      expect(total.directions).toBeGreaterThan(1.8 * MADE)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const root = corpus('.')
  it.skipIf(root === undefined)(
    `are tshark's in public captures${root === undefined ? ' (skipped: the public captures are not here)' : ''}`,
    { timeout: 3_600_000 },
    async () => {
      const chosen = captures(root!).filter((name, i) => every || (part === '' ? i % 29 === 3 : name.includes(part)))
      const total = { directions: 0, bytes: 0, reasons: new Map<string, number>() }
      const differences: string[] = []
      for (const name of chosen) {
        const found = await compare(join(root!, name)).catch((error: unknown) => {
          if (!(error instanceof CaptureError)) throw error
        })
        if (found === undefined) continue
        const known = KNOWN[name]
        differences.push(...found.differences.filter((d) => known?.differs.test(d) !== true).map((d) => `${name}: ${d}`))
        if (known !== undefined && !found.differences.some((d) => known.differs.test(d)))
          differences.push(`${name}: no longer differs`)
        total.directions += found.directions
        total.bytes += found.bytes
        for (const [why, count] of found.reasons) total.reasons.set(why, (total.reasons.get(why) ?? 0) + count)
      }
      console.log(`${total.bytes} bytes of ${total.directions} directions agree with tshark`, Object.fromEntries(total.reasons))
      expect(differences).toEqual([])
      expect(total.directions).toBeGreaterThan(part === '' || every ? 100 : 0)
    },
  )
})

/** A capture of conversations beside one another, each by its own seed. */
function made(first: number, count: number): Uint8Array {
  const queues = Array.from({ length: count }, (_, i) => {
    const chance = random(`tcp/${first + i}`)
    return conversation(weather(chance), chance).map((s) => packet(s, 40_000 + i, 8000))
  })
  const chance = random(`tcp/order/${first}`)
  const frames: Uint8Array[] = []
  for (let open = queues; open.length > 0; open = open.filter((q) => q.length > 0))
    frames.push(...chance.pick(open).splice(0, 1 + chance.below(5)))
  return pcap(
    101,
    frames.map((bytes, i) => ({ bytes, time: 1.79e15 + i * 1000, wireLength: bytes.length })),
  )
}

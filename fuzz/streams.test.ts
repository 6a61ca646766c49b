import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { random, type Random } from '../lab/random.ts'
import { readCapture } from '../src/capture/read.ts'
import { decodePacket } from '../src/decode/decode.ts'
import { Packet, PROTO_TCP } from '../src/decode/packet.ts'
import { capturesIn, corpus } from '../src/testing/corpus.ts'
import { agreement } from '../src/testing/road.ts'
import { tsharkAvailable } from '../src/testing/tshark.ts'
import { type Frame, pcap } from './pcap.ts'
import { mutate } from './mutate.ts'
import { scratchFile } from './sample.ts'

// Real conversations of which some bytes are changed, read by a whole audit and by tshark: what only we see is not there. Segments keep
// their lengths, so that it is the content that is tested; lengths and numbers of segments are src/flow/oracle.test.ts's.
// `ASSAY_ORACLE=all` takes every capture there is, ASSAY_SEED names other changes.

const every = process.env['ASSAY_ORACLE'] === 'all'
const seed = process.env['ASSAY_SEED'] ?? 'test'
const ROUNDS = every ? 8 : 2
const PROTOCOLS = ['http', 'tls', 'mqtt', 'dns'] as const
const FOLDERS = ['zeek', 'ja4', 'ndpi', 'wireshark', 'iot-sentinel']
const ETHERNET = 1

interface Start {
  readonly frame: Frame
  /** Where the payload of TCP lies; empty where there is none. */
  readonly from: number
  readonly to: number
}

async function starts(path: string): Promise<Start[]> {
  const list: Start[] = []
  const p = new Packet()
  await readCapture(path, 0, p, () => {
    decodePacket(p)
    if (p.linkType !== ETHERNET || p.tunnel !== 0 || p.anomaly !== 0) return
    const tcp = p.protocol === PROTO_TCP && p.payloadEnd > p.payload
    list.push({
      frame: { bytes: p.buf.slice(p.start, p.end), time: Math.floor(p.time), wireLength: p.end - p.start },
      from: tcp ? p.payload - p.start : 0,
      to: tcp ? p.payloadEnd - p.start : 0,
    })
  })
  return list
}

/** The frames with one in three payloads changed, each as long as before. */
function changed(list: readonly Start[], chance: Random): Frame[] {
  return list.map(({ frame, from, to }) => {
    if (to <= from || chance.below(3) > 0) return frame
    const bytes = frame.bytes.slice()
    const payload = bytes.subarray(from, to)
    payload.set(mutate(payload, payload, chance).subarray(0, payload.length))
    return { ...frame, bytes }
  })
}

/** What only we see, and why we are right. */
const EXPLAINED: readonly { readonly says: RegExp; readonly why: string }[] = [
  { says: /\uFFFD/, why: 'bytes that are no text are shown by one sign (decode/text.ts), by tshark in its own way' },
]

/** Does the frame that a line begins with hold a sign that separates tshark's fields (tshark.ts), so that it has no row? */
function separated(frames: readonly Frame[], line: string): boolean {
  return frames[Number.parseInt(line, 10) - 1]!.bytes.some((byte) => byte === 0x1e || byte === 0x1f)
}

const missing =
  corpus('zeek') === undefined ? 'the public captures are not here' : tsharkAvailable() ? '' : 'tshark is not installed'

describe.skipIf(missing !== '')(
  `changed conversations say nothing that tshark does not see${missing && ` (skipped: ${missing})`}`,
  () => {
    it('of HTTP, TLS, MQTT and DNS', { timeout: 3_600_000 }, async () => {
      const chance = random(`streams ${seed}`)
      const all = capturesIn(FOLDERS, 1 << 17)
      const chosen = every ? all : all.filter((_, i) => i % 29 === 0)
      const agreed = new Map<string, number>()
      const finds: string[] = []
      let explained = 0
      for (const path of chosen) {
        const list = await starts(path)
        if (!list.some(({ from, to }) => to > from)) continue
        for (let round = 0; round < ROUNDS; round++) {
          const file = scratchFile()
          const frames = changed(list, chance)
          writeFileSync(file, pcap(ETHERNET, frames))
          const found = await agreement(file)
          for (const [protocol, n] of found.agreed) agreed.set(protocol, (agreed.get(protocol) ?? 0) + n)
          for (const line of found.ours) {
            if (!PROTOCOLS.some((protocol) => line.includes(` ${protocol} `))) continue
            if (EXPLAINED.some(({ says }) => says.test(line)) || (/ (?:http|mqtt) /.test(line) && separated(frames, line)))
              explained++
            else finds.push(`${path.split('/').slice(-2).join('/')} ${round}: ${line}`)
          }
        }
      }
      process.stdout.write(`streams: ${[...agreed].map(([p, n]) => `${n} ${p}`).join(', ')} alike, ${explained} explained\n`)
      expect(finds).toEqual([])
      expect(agreed.get('http') ?? 0).toBeGreaterThan(10)
      expect(agreed.get('tls') ?? 0).toBeGreaterThan(5)
    })
  },
)

import { describe, expect, it } from 'vitest'
import { random, type Random } from '../lab/random.ts'
import { quic } from '../src/decode/protocols/quic.ts'
import { datagrams } from '../src/testing/conversations.ts'
import { capturesIn } from '../src/testing/corpus.ts'
import { tsharkAvailable } from '../src/testing/tshark.ts'
import { mutate } from './mutate.ts'
import { compareQuic, explained, type QuicDifference, type QuicFlow } from './quic.ts'
import { madeQuic } from './quic-made.ts'

// Connections made (quic-made.ts), and real ones of the public captures of which one datagram is changed, held to tshark (quic.ts).
// `ASSAY_ORACLE=all` makes 20,000, ASSAY_SEED others.

const every = process.env['ASSAY_ORACLE'] === 'all'
const seed = process.env['ASSAY_SEED'] ?? 'test'
const CASES = every ? 20_000 : 1500
const A_RUN = 500
const CAPTURES = ['zeek/quic', 'ndpi/pcap', 'ja4/pcap']
/** Datagrams of a real connection. */
const FIRST = 4

/** The least that must be alike in 1,000 cases. */
const LEAST = [
  ['hello whole', 120],
  ['id whole', 120],
  ['version whole', 120],
  ['hello hello changed', 50],
  ['hello frames changed', 50],
  ['hello header changed', 2],
  ['hello datagram changed', 5],
  ['recognised header changed', 30],
  ['recognised datagram changed', 50],
] as const

/** The beginnings of real connections, one of each: tshark knows connections by their ids. */
async function real(): Promise<QuicFlow[]> {
  const flows: QuicFlow[] = []
  const ids = new Set<string>()
  for (const path of capturesIn(CAPTURES, 1 << 20)) {
    const own = new Map<string, { bytes: Uint8Array; fromClient: boolean }[]>()
    await datagrams(path, (d, key) => {
      const bytes = d.bytes.slice(d.start, d.end)
      const list = own.get(key)
      const id = Buffer.from(bytes.subarray(1, 14)).toString('hex')
      if (list !== undefined) {
        if (list.length < FIRST) list.push({ bytes, fromClient: d.fromClient })
      } else if (d.fromClient && quic.recognise(d) && !ids.has(id)) {
        ids.add(id)
        own.set(key, [{ bytes, fromClient: true }])
      }
    }).catch(() => undefined)
    for (const list of own.values()) flows.push({ fate: 'real', port: 443, datagrams: list })
  }
  return flows
}

function changed(start: QuicFlow, port: number, chance: Random): QuicFlow {
  const at = chance.below(start.datagrams.length)
  const other = chance.pick(start.datagrams).bytes
  const list = start.datagrams.map((d, i) => (i === at ? { ...d, bytes: mutate(d.bytes, other, chance).slice(0, 1500) } : d))
  return { ...start, port, datagrams: list }
}

function made(port: number, chance: Random): QuicFlow {
  const { fate, hello, datagrams: list } = madeQuic(chance)
  return { fate, port, hello, datagrams: list.map((bytes) => ({ bytes, fromClient: true })) }
}

function written({ flow, what, ours, theirs, bytes, remarks }: QuicDifference): string {
  const sent = Buffer.from(bytes).toString('hex')
  return `${flow.fate} ${flow.port}: ${what} ours '${ours}', tshark '${theirs}' (${remarks}) ${sent}`
}

const missing = tsharkAvailable() ? '' : 'tshark is not installed'

describe.skipIf(missing !== '')(
  `changed QUIC connections say what they say to tshark${missing && ` (skipped: ${missing})`}`,
  () => {
    it('in their Initials', { timeout: 3_600_000 }, async () => {
      const chance = random(`quic ${seed}`)
      const starts = await real()
      const alike = new Map<string, number>()
      const finds: string[] = []
      const reasons = new Map<string, number>()
      for (let first = 0; first < CASES; first += A_RUN) {
        const flows = Array.from({ length: A_RUN }, (_, i) => {
          const port = chance.pick([443, 443, 4433, 8853])
          return i < starts.length ? changed(starts[i]!, port, chance) : made(port, chance)
        })
        const found = await compareQuic(flows)
        for (const [name, n] of found.alike) alike.set(name, (alike.get(name) ?? 0) + n)
        for (const difference of found.differences) {
          const why = explained(difference)
          if (why === undefined) finds.push(written(difference))
          else reasons.set(why, (reasons.get(why) ?? 0) + 1)
        }
      }
      process.stdout.write(`quic alike: ${[...alike].map(([name, n]) => `${n} ${name}`).join(', ')}\n`)
      process.stdout.write(`explained: ${[...reasons].map(([why, n]) => `${n}: ${why}`).join('; ')}\n`)
      expect(finds).toEqual([])
      for (const [name, least] of LEAST) expect(alike.get(name) ?? 0, name).toBeGreaterThan((least * CASES) / 1000)
    })
  },
)

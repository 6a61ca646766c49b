import { describe, expect, it } from 'vitest'
import { random } from '../lab/random.ts'
import { datagramDecoders } from '../src/decode/protocols/index.ts'
import { known } from '../src/testing/columns/index.ts'
import { capturesIn } from '../src/testing/corpus.ts'
import { tsharkAvailable } from '../src/testing/tshark.ts'
import { kept } from './corpus.ts'
import { compareDatagrams, EXPLAINED, explained, type Probe } from './differential.ts'
import { mutate } from './mutate.ts'
import { datagramTargets } from './targets/datagrams.ts'

// Changed datagrams, each field of ours held to tshark's (differential.ts). `ASSAY_ORACLE=all` begins from every public capture and
// changes 30,000 a protocol; ASSAY_SEED names other changes.

const every = process.env['ASSAY_ORACLE'] === 'all'
const seed = process.env['ASSAY_SEED'] ?? 'test'
const CASES = every ? 30_000 : 1000
const A_RUN = 3000
const MAX_BYTES = 1400
const FOLDERS = every ? ['.'] : ['zeek/ntp', 'zeek/snmp', 'zeek/dhcp', 'zeek/dns']

/** What a target's input (targets/datagrams.ts) holds of one datagram: who sent it, and its bytes. */
function datagramOf(input: Uint8Array): { fromServer: boolean; bytes: Uint8Array } {
  return { fromServer: (input[0]! & 2) !== 0, bytes: input.slice(1, 1 + MAX_BYTES) }
}

const missing = tsharkAvailable() ? '' : 'tshark is not installed'
const held = datagramDecoders
  .map((decoder, i) => ({ decoder, target: datagramTargets[i]! }))
  .filter(({ decoder }) => decoder.protocol in known)

describe.skipIf(missing !== '')(`changed datagrams mean what they mean to tshark${missing && ` (skipped: ${missing})`}`, () => {
  it.each(held.map((one) => [one.decoder.protocol, one] as const))(
    '%s',
    { timeout: 3_600_000 },
    async (protocol, { decoder, target }) => {
      const inputs = [...kept(target.name).map((k) => k.bytes), ...(await target.seeds(capturesIn(FOLDERS, 4 << 20)))]
      const starts = inputs.filter((input) => input.length > 1 && (input[0]! & 0x30) === 0).map(datagramOf)
      const chance = random(`${protocol} ${seed}`)
      const port = decoder.ports[0] ?? 3478
      const probe = (at: number): Probe => {
        const { fromServer, bytes } = starts[at] ?? chance.pick(starts)
        const changed = at < starts.length ? bytes : mutate(bytes, chance.pick(starts).bytes, chance).slice(0, MAX_BYTES)
        const both = chance.below(3) === 0
        return { bytes: changed, srcPort: fromServer || both ? port : 40_000, dstPort: fromServer && !both ? 40_000 : port }
      }
      let values = 0
      const finds: string[] = []
      const reasons = new Map<string, number>()
      for (let first = 0; first < CASES; first += A_RUN) {
        const probes = Array.from({ length: Math.min(A_RUN, CASES - first) }, (_, i) => probe(first + i))
        const found = await compareDatagrams(decoder, known[protocol]!, probes)
        values += found.values
        for (const difference of found.differences) {
          const why = explained(protocol, difference)?.why
          if (why !== undefined) reasons.set(why, (reasons.get(why) ?? 0) + 1)
          else {
            const {
              field,
              ours,
              theirs,
              probe: { bytes, srcPort, dstPort },
            } = difference
            finds.push(
              `${field}: ours ${JSON.stringify(ours)}, tshark ${JSON.stringify(theirs)}, ${srcPort} > ${dstPort} ${Buffer.from(bytes).toString('hex')}`,
            )
          }
        }
      }
      process.stdout.write(
        `${protocol}: ${values} values alike; ${[...reasons].map(([why, n]) => `${n}: ${why}`).join('; ') || 'none differs'}\n`,
      )
      expect(finds).toEqual([])
      expect(values).toBeGreaterThan(CASES / 4)
    },
  )

  it('has a protocol for every explanation', () => {
    expect(
      EXPLAINED.filter(({ protocol, field }) => field !== '' && !known[protocol]?.columns.some((c) => c.field === field)),
    ).toEqual([])
  })
})

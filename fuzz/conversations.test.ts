import { afterAll, describe, expect, it } from 'vitest'
import { random } from '../lab/random.ts'
import { nothing } from '../src/testing/columns/streams/column.ts'
import { type KnownStream, knownStreams } from '../src/testing/columns/streams/index.ts'
import { capturesIn } from '../src/testing/corpus.ts'
import { TsharkDied, tsharkAvailable } from '../src/testing/tshark.ts'
import { byLines, changed, compareConversations, type Compared, type Said, segments } from './conversations.ts'
import { EXPLAINED, explained } from './conversations-explained.ts'
import { capturedOf } from './dialogues/captured.ts'
import { dialoguesOf, findsOf, repairs } from './dialogues/index.ts'

// TCP conversations of every protocol that tshark knows, each begun from one made by hand or captured, with bytes changed, lost, added
// and cut otherwise: what only an audit says of them is a find. `ASSAY_ORACLE=all` begins from every public capture and changes 5,000 a
// protocol; ASSAY_SEED names other changes.

const every = process.env['ASSAY_ORACLE'] === 'all'
const seed = process.env['ASSAY_SEED'] ?? 'test'
const CASES = every ? 5000 : 150
const A_RUN = 1000
const FOLDERS = ['zeek', 'ja4', 'ndpi', 'wireshark', 'tcpdump', 'malware', 'moniotr']

/** Of protocols on whose conversations tshark dies: so few at once, and so many in all. */
const FRAGILE = { run: 4, cases: every ? 400 : 32 }

const missing = tsharkAvailable() ? '' : 'tshark is not installed'

describe.skipIf(missing !== '')(
  `changed conversations mean what they mean to tshark${missing && ` (skipped: ${missing})`}`,
  () => {
    const reasons = new Map<string, number>()
    afterAll(() => {
      if (reasons.size > 0) process.stdout.write(`explained: ${[...reasons].map(([why, n]) => `${n}: ${why}`).join('; ')}\n`)
    })

    it.each(Object.entries(knownStreams))('%s', { timeout: 3_600_000 }, async (protocol, known) => {
      const captured = await capturedOf(protocol, every ? capturesIn(FOLDERS, 1 << 19) : undefined)
      const starts = [...dialoguesOf(protocol), ...captured].map(segments)
      const others = starts.flat()
      // as they are, before what is changed
      const first = [...findsOf(protocol).map(segments), ...starts]
      const chance = random(`${protocol} conversations ${seed}`)
      const repair = repairs[protocol] ?? ((bytes: Uint8Array) => bytes)
      const probe = (at: number): Said[] => {
        if (at < first.length) return known.byLines ? byLines(first[at]!) : first[at]!
        const list = changed(chance.pick(starts), others, chance)
        const mended = chance.below(4) === 0 ? list : list.map(([side, bytes]): Said => [side, repair(bytes)])
        return known.byLines ? byLines(mended) : mended
      }
      const { cases, run } = known.fragile ? FRAGILE : { cases: CASES, run: A_RUN }
      const alike = new Map<string, number>()
      const finds: string[] = []
      let died = 0
      for (let done = 0; done < cases; done += run) {
        const found = await compared(
          protocol,
          known,
          Array.from({ length: Math.min(run, cases - done) }, (_, i) => probe(done + i)),
        )
        if (found === undefined) died++
        for (const [field, n] of found?.alike ?? []) alike.set(field, (alike.get(field) ?? 0) + n)
        for (const difference of found?.differences ?? []) {
          const why = explained(protocol, difference)?.why
          if (why === undefined) finds.push(shown(difference))
          else reasons.set(`${protocol}: ${why}`, (reasons.get(`${protocol}: ${why}`) ?? 0) + 1)
        }
      }
      process.stdout.write(
        `${protocol}: ${[...alike].map(([field, n]) => `${n} ${field}`).join(', ')} alike${died > 0 ? `; tshark died of ${died} runs of ${run}` : ''}\n`,
      )
      expect(finds).toEqual([])
      // in every field that both know there was something to compare
      const fields = known.columns.filter(({ ours }) => ours !== nothing).map(({ field }) => field)
      if (protocol !== 'dns') expect(fields.filter((field) => (alike.get(field) ?? 0) < cases / 50)).toEqual([])
      expect([...alike.values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(cases / 2)
    })

    it('has a field for every explanation', () => {
      const known = ({ protocol, fields }: (typeof EXPLAINED)[number]) =>
        (fields ?? []).every((field) => knownStreams[protocol]?.columns.some((c) => c.field === field))
      expect(EXPLAINED.filter((one) => knownStreams[one.protocol] === undefined || !known(one))).toEqual([])
    })
  },
)

/** Undefined where tshark crashed. */
async function compared(protocol: string, known: KnownStream, probes: readonly Said[][]): Promise<Compared | undefined> {
  try {
    return await compareConversations(protocol, known, probes)
  } catch (error) {
    if (known.fragile && error instanceof TsharkDied) return undefined
    throw error
  }
}

function shown({ field, value, ours, theirs, malformed, said }: Compared['differences'][number]): string {
  const segment = ([side, bytes]: Said) => `${side === 'client' ? '>' : '<'}${Buffer.from(bytes).toString('hex')}`
  return `${field}: only ours ${JSON.stringify(value)} of ${JSON.stringify(ours)}, tshark ${JSON.stringify(theirs)}${malformed ? ' malformed' : ''}: ${said.map(segment).join(' ')}`
}

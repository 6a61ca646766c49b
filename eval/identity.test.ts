import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Shown, shownIn } from '../src/audit/shown.ts'
import { ownKnowledge } from '../src/device/knowledge.ts'
import { labelledRuns, PEOPLE, type Run } from './captures.ts'
import { learnAll } from './learn-all.ts'
import { binned, reliabilitySvg } from './reliability.ts'
import { strangers } from './strangers.ts'
import { ask, type Asked, ASKED, type Condition, CONDITIONS, judge, SURE, type Tally } from './measure.ts'

const runs = labelledRuns()
const judged = runs.filter((run) => run.half === 'judge')

describe.skipIf(runs.length === 0)('identification, on labelled captures (without them skipped: set ASSAY_CORPUS)', () => {
  const shown = new Map<Run, Shown[]>()
  const thing = (run: Run) => shown.get(run)!.find((d) => d.mac === run.label.mac)!
  beforeAll(async () => {
    for (const run of runs) shown.set(run, await shownIn(run.path))
  }, 120_000)

  const talliesOf = (condition: Condition) => {
    const tallies = new Map<Asked, Tally>()
    for (const run of judged) judge(tallies, ask(thing(run), condition), run.label, run.path)
    return tallies
  }
  const measured = (name: string) => {
    const tallies = talliesOf(CONDITIONS.find((c) => c.name === name)!)
    return (asked: Asked, confidence = 0) => {
      const { of, answers } = tallies.get(asked)!
      const some = answers.filter((a) => a.confidence >= confidence)
      return { precision: some.filter((a) => a.right).length / some.length, coverage: answers.length / of }
    }
  }

  it.each([
    ['everything', 0.98, 0.95, 0.9, 0.9],
    // the same model under another address, and with its names unseen
    ['no hardware address', 0.98, 0.95, 0.9, 0.9],
    // (siblings behave so much alike that likeness alone often leaves the model open)
    ['behaviour alone', 0.98, 0.95, 0.9, 0.7],
    ['behaviour, DNS unseen', 0.95, 0.95, 0.9, 0.6],
  ] as const)('with %s: vendor, category and model are right, or unknown', (name, vendor, category, model, coverage) => {
    const of = measured(name)
    for (const [asked, least] of [
      ['vendor', vendor],
      ['category', category],
      ['model', model],
    ] as const) {
      expect(of(asked).precision, asked).toBeGreaterThanOrEqual(least)
      expect(of(asked).coverage, asked).toBeGreaterThanOrEqual(coverage)
      const sure = of(asked, SURE).precision
      if (!Number.isNaN(sure)) expect(sure, `${asked}, sure`).toBeGreaterThanOrEqual(SURE)
    }
  })

  it('leaves a model that nobody taught open, or says how unsure it is', () => {
    const alone = strangers(runs, thing, false)
    expect(alone.of).toBeGreaterThan(40)
    expect(alone.wrong).toEqual({ vendor: [], category: [], model: [] })
    const { of, wrong } = strangers(runs, thing, true)
    expect(of).toBeGreaterThan(120)
    expect(wrong.vendor).toEqual([])
    expect(wrong.category.length / of).toBeLessThan(0.2)
    expect(wrong.model.length / of).toBeLessThan(0.2)
    expect(wrong.category.filter((confidence) => confidence >= SURE)).toEqual([])
    expect(wrong.model.filter((confidence) => confidence >= 0.8)).toEqual([])
  })

  it("takes no phone and no laptop for a thing, nor for its app's maker's", () => {
    let met = 0
    for (const devices of shown.values())
      for (const device of devices) {
        const truth = PEOPLE[device.mac]
        if (!truth) continue
        met++
        const { vendor, category } = ask(device, CONDITIONS[0]!)
        expect([undefined, 'phone or computer', truth.category]).toContain(category)
        expect([undefined, truth.vendor]).toContain(vendor)
      }
    expect(met).toBeGreaterThan(40)
  })

  it('is documented as it is (else: docs/identity.md by node eval/identity.ts docs/reliability.svg)', () => {
    const docs = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
    const percent = (share: number) => String(Math.round(share * 1000) / 10)
    const table = docs('identity.md')
    for (const [told, name] of [
      ['everything', 'everything'],
      ['no hardware address', 'no hardware address'],
      ['no names', 'no names'],
      ['behaviour alone, no names, no hardware address', 'behaviour alone'],
      ['the same, and DNS unseen', 'behaviour, DNS unseen'],
      ['hardware address and names alone, no behaviour', 'no behaviour'],
    ] as const) {
      const of = measured(name)
      const cells = ASKED.map((asked) => `${percent(of(asked).precision)} of ${percent(of(asked).coverage)}`)
      expect(table).toContain(`| ${told} | ${cells.join(' | ')} |`)
    }
    const answers = CONDITIONS.flatMap((condition) => [...talliesOf(condition).values()].flatMap((tally) => tally.answers))
    expect(docs('reliability.svg')).toBe(reliabilitySvg(binned(answers)))
  })

  it('ships what is learnt from the build half, and from nothing else (else: node eval/learn.ts)', () => {
    const learnt = learnAll(
      runs.filter((run) => run.half === 'build'),
      (run) => thing(run).habits,
    )
    expect(ownKnowledge().find((file) => file.behaviours)?.behaviours).toEqual(learnt)
  })
})

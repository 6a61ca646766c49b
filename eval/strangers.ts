import type { Shown } from '../src/audit/shown.ts'
import { Knowledge, ownKnowledge } from '../src/device/knowledge.ts'
import type { Run } from './captures.ts'
import { learnAll } from './learn-all.ts'
import { ask, type Asked, CONDITIONS, same } from './measure.ts'

export interface Strangers {
  models: number
  of: number
  /** How sure each wrong answer was. */
  wrong: Record<Asked, number[]>
}

/**
 * Each model in turn is left out of what is known, and its runs are asked by behaviour alone: the right model is then "unknown".
 *
 * @param kin of the models of whose maker others are known (true), or of the rest
 */
export function strangers(runs: readonly Run[], thing: (run: Run) => Shown, kin: boolean): Strangers {
  const vendors = new Map(runs.map((r) => [r.folder, r.label.vendor]))
  const hasKin = (folder: string) => [...vendors].some(([other, vendor]) => other !== folder && vendor === vendors.get(folder))
  const left = [...vendors.keys()].filter((folder) => hasKin(folder) === kin)
  const files = ownKnowledge().filter((file) => file.behaviours === undefined)
  const out: Strangers = { models: left.length, of: 0, wrong: { vendor: [], category: [], model: [] } }
  for (const folder of left) {
    const behaviours = learnAll(
      runs.filter((r) => r.folder !== folder && r.half === 'build'),
      (run) => thing(run).habits,
    )
    const without = new Knowledge([...files, { format: 'assay-knowledge-1', source: 'eval', licence: '', behaviours }])
    for (const run of runs.filter((r) => r.folder === folder)) {
      out.of++
      const got = ask(
        thing(run),
        CONDITIONS.find(({ name }) => name === 'behaviour alone')!,
        without,
      )
      for (const asked of Object.keys(out.wrong) as Asked[])
        if (got[asked] !== undefined && !same(got[asked], run.label[asked])) out.wrong[asked].push(got.certainty?.[asked] ?? 0)
    }
  }
  return out
}

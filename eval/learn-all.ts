import type { Trait } from '../src/device/first-packets.ts'
import { learnBehaviour } from '../src/device/behaviour.ts'
import type { BehaviourData } from '../src/device/knowledge-format.ts'
import type { Run } from './captures.ts'

/** How each model among `runs` behaves. */
export function learnAll(runs: readonly Run[], habits: (run: Run) => readonly Trait[]): BehaviourData[] {
  return [...Map.groupBy(runs, (run) => run.folder).values()].map((own) => {
    const { vendor, model, category } = own[0]!.label
    return learnBehaviour(
      { vendor, model, category },
      own.map((run) => habits(run).map((h) => h.trait)),
    )
  })
}

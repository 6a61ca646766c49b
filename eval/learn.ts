import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { shownIn } from '../src/audit/shown.ts'
import type { Trait } from '../src/device/first-packets.ts'
import { FORMAT, type KnowledgeFile } from '../src/device/knowledge-format.ts'
import { labelledRuns, type Run } from './captures.ts'
import { learnAll } from './learn-all.ts'

/*
 * Learns how models behave from the build half of the labelled captures: node eval/learn.ts writes knowledge/behaviours.json.
 */
const runs = labelledRuns().filter((run) => run.half === 'build')
if (runs.length === 0) throw new Error('no labelled captures: set ASSAY_CORPUS to the folder that holds iot-sentinel/')
const habits = new Map<Run, readonly Trait[]>()
for (const run of runs) {
  const device = (await shownIn(run.path)).find((d) => d.mac === run.label.mac)
  if (!device) throw new Error(`${run.path}: ${run.label.mac} is not among its devices`)
  habits.set(run, device.habits)
}
const behaviours = learnAll(runs, (run) => habits.get(run)!)
const file: KnowledgeFile = {
  format: FORMAT,
  about: 'How models behave while they are set up, learnt by eval/learn.ts: in how many of the runs each habit was seen.',
  source: 'Build half (every other set-up run) of the iot-sentinel captures: Miettinen et al., "IoT Sentinel", ICDCS 2017',
  licence: 'Apache-2.0 (facts measured on captures published under MIT)',
  behaviours,
}
// one model a line: small, and it can be compared
const text = JSON.stringify({ ...file, behaviours: [] }, null, 2).replace(
  '"behaviours": []',
  `"behaviours": [\n${behaviours.map((b) => `    ${JSON.stringify(b)}`).join(',\n')}\n  ]`,
)
writeFileSync(fileURLToPath(new URL('../knowledge/behaviours.json', import.meta.url)), `${text}\n`)

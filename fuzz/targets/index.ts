import type { Target } from '../target.ts'
import { capture, file } from './capture.ts'
import { datagramTargets } from './datagrams.ts'
import { dossier } from './dossier.ts'
import { engine } from './engine.ts'
import { rules } from './rules.ts'
import { streamTargets } from './streams.ts'
import { supply } from './supply.ts'

export const targets: readonly Target[] = [capture, file, ...streamTargets, ...datagramTargets, dossier, supply, rules, engine]

import { random } from '../random.ts'
import { household } from './household.ts'
import { Scene } from './scene.ts'
import type { Frame } from './pcapng.ts'
import type { SynthTruth } from './truth.ts'
import { settle, type Value, type Vector } from './vector.ts'
import { VECTORS } from './vectors/all.ts'

export { VECTORS }

export function vectorNamed(id: string): Vector {
  const found = VECTORS.find((v) => v.id === id)
  if (!found) throw new Error(`there is no vector ${id}: see --list`)
  return found
}

/** Frames and their truth; `capture` is the name that the file will have, `marked` the malicious frames of each stage. */
export function synthesise(
  v: Vector,
  asked: Readonly<Record<string, Value>>,
  capture: string,
): { frames: Frame[]; marked: number[][]; truth: SynthTruth } {
  const values = settle(v, asked)
  const seed = String(values['seed'])
  // what happens must not move when the background does
  const scene = new Scene(random(`synth/${v.id}/${seed}`))
  const over = v.make(scene, values, values['background'] === true ? Number(values['lead']) : 0)
  if (values['background'] === true) household(scene, over + 20)
  const { frames, marked, truth } = scene.finish()
  const { seed: _, ...parameters } = values
  return {
    frames,
    marked,
    truth: {
      schema: 'assay-synth-truth-1',
      capture,
      synthetic: true,
      vector: v.id,
      title: v.title,
      benign: v.benign,
      seed,
      parameters,
      ...truth,
    },
  }
}

/** What the section of the file says of it. */
export function label(truth: SynthTruth): string {
  const parameters = Object.entries(truth.parameters).map(([name, value]) => `${name}=${value}`)
  return `SYNTHETIC, made by Assay's lab/synth and never sent on any network. ${truth.benign ? 'Benign' : 'Malicious'}: ${truth.vector}, ${truth.title}; seed ${truth.seed}, ${parameters.join(', ')}`
}

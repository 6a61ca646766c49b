import { writeFile } from 'node:fs/promises'
import { CaptureError } from '../capture/error.ts'
import { learnBehaviour } from '../device/behaviour.ts'
import { FORMAT, type KnowledgeFile } from '../device/knowledge-format.ts'
import { shownIn } from '../audit/shown.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { clean } from './output.ts'

export interface LearnCommandOptions {
  device: string
  vendor: string
  model?: string
  category?: string
  output: string
}

/** A device that shows less than this cannot be told from others. */
const LEAST_HABITS = 3

/** Learns a model's behaviour from captures of it and writes it as a file of knowledge. */
export async function learnCommand(captures: readonly string[], options: LearnCommandOptions): Promise<number> {
  const mac = options.device.toLowerCase().replaceAll('-', ':')
  if (!/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac))
    throw new Failure(
      EXIT.usage,
      `--device ${options.device}: not a hardware address`,
      'Such as 20:f8:5e:ca:91:52; assay audit names those of a capture.',
    )
  const runs: string[][] = []
  for (const path of captures) {
    let devices
    try {
      devices = await shownIn(path)
    } catch (error) {
      if (error instanceof CaptureError) throw new Failure(EXIT.input, error.message)
      throw error
    }
    const device = devices.find((d) => d.mac === mac)
    if (!device)
      throw new Failure(
        EXIT.usage,
        `${path}: ${mac} is not among its devices`,
        devices.length === 0
          ? 'There are none.'
          : `These are: ${devices.map((d) => d.mac || 'one without a hardware address').join(', ')}`,
      )
    runs.push(device.habits.map((h) => h.trait))
  }
  const { vendor, model, category } = options
  const learnt = learnBehaviour(
    { vendor, ...(model === undefined ? {} : { model }), ...(category === undefined ? {} : { category }) },
    runs,
  )
  const habits = Object.keys(learnt.habits).length
  if (habits < LEAST_HABITS)
    throw new Failure(
      EXIT.usage,
      `${mac} shows too little to be known again: ${habits} habits that most captures share`,
      'Capture it while it starts, or for longer.',
    )
  const file: KnowledgeFile = {
    format: FORMAT,
    about: `How ${[vendor, model].filter((part) => part !== undefined).join(' ')} behaves.`,
    source: `Learnt with assay learn from ${runs.length} ${runs.length === 1 ? 'capture' : 'captures'} of ${mac}`,
    licence: 'unstated: yours to say',
    behaviours: [learnt],
  }
  try {
    await writeFile(options.output, `${JSON.stringify(file, null, 2)}\n`, { flag: 'wx' })
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw new Failure(
      EXIT.usage,
      `cannot write ${options.output}: ${there ? 'it is there already' : systemReason(error)}`,
      'Name another file.',
    )
  }
  process.stdout.write(
    `Learnt ${habits} habits from ${runs.length} ${runs.length === 1 ? 'capture' : 'captures'}: ${clean(options.output)}\nTo use them: assay audit CAPTURE --knowledge ${clean(options.output)}\n`,
  )
  if (runs.length === 1)
    process.stdout.write('One capture does not show what is chance: with three or more it is known again more surely.\n')
  return EXIT.audited
}

import { once } from 'node:events'
import { access, constants, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { EXIT, Failure, systemReason } from './failure.ts'

/** Throws a Failure where a file of this name could not be written: before the work, not after it. */
export async function checkFolder(target: string): Promise<void> {
  const folder = dirname(resolve(target))
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory())
    throw new Failure(EXIT.usage, `cannot write ${target}: there is no folder ${folder}`, `Make it first: mkdir -p ${folder}`)
  const there = await stat(target).catch(() => undefined)
  try {
    await access(there ? target : folder, constants.W_OK)
  } catch (error) {
    throw new Failure(
      EXIT.usage,
      `cannot write ${target}: ${systemReason(error)}`,
      'Name a file in a folder that is yours to write to.',
    )
  }
}

/** Writes a file, or to standard output ('-'). Throws a Failure where that cannot be done. */
export async function save(target: string, text: string | Buffer | Iterable<string>): Promise<void> {
  if (target === '-') {
    for (const piece of typeof text === 'string' || Buffer.isBuffer(text) ? [text] : text)
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
    return
  }
  try {
    await writeFile(target, text)
  } catch (error) {
    throw new Failure(EXIT.usage, `cannot write ${target}: ${systemReason(error)}`)
  }
}

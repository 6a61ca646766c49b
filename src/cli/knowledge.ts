import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ReadKnowledge } from '../device/read-knowledge.ts'
import { EXIT, Failure, systemReason } from './failure.ts'

/** Where a user's own knowledge is found without being named: $XDG_CONFIG_HOME/assay/knowledge, by default ~/.config/assay/knowledge. */
function folder(): string {
  return join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'assay', 'knowledge')
}

/** What the user knows of devices: the files of the folder, then those named. What reads them is loaded only if there are any. */
export async function knowledgeOf(named: readonly string[]): Promise<ReadKnowledge[]> {
  const at = folder()
  const found = existsSync(at)
    ? readdirSync(at)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(at, name))
    : []
  const paths = [...found, ...named]
  if (paths.length === 0) return []
  const { readKnowledge } = await import('../device/read-knowledge.ts')
  return paths.map((path) => {
    try {
      return readKnowledge(path)
    } catch (error) {
      const reason = 'code' in (error as object) ? systemReason(error) : (error as Error).message
      throw new Failure(
        EXIT.usage,
        `${path}: cannot be taken as knowledge: ${reason}`,
        'docs/identity.md says how such a file is written.',
      )
    }
  })
}

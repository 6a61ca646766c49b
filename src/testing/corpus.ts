import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = process.env['ASSAY_CORPUS'] ?? resolve(fileURLToPath(new URL('../../..', import.meta.url)), 'shared/captures')

/**
 * A file or folder of the public captures that lie beside the project (never in it), or undefined where they are not there:
 * a test that needs them then says so by name (`it.skipIf`). `ASSAY_CORPUS` names another place.
 */
export function corpus(sub: string): string | undefined {
  const path = resolve(root, sub)
  return existsSync(path) ? path : undefined
}

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('corpus', import.meta.url))

/** The kept inputs of a target, in the order of their names. */
export function kept(target: string): { name: string; bytes: Uint8Array }[] {
  const dir = join(folder, target)
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(dir, name))) }))
}

/** Keep an input, under a name made of its content. */
export function keep(target: string, bytes: Uint8Array): void {
  const dir = join(folder, target)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, nameOf(bytes)), bytes)
}

export function nameOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12)
}

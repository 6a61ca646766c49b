import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const beside = resolve(fileURLToPath(new URL('../../..', import.meta.url)), 'shared')
const root = process.env['ASSAY_CORPUS'] ?? resolve(beside, 'captures')

/** A JSON schema of others that lies beside the project, as `oscal/oscal_catalog_schema.json`; undefined where it is not there. */
export function schemaBeside(sub: string): object | undefined {
  const path = resolve(beside, 'schemas', sub)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as object) : undefined
}

/**
 * A file or folder of the public captures that lie beside the project (never in it), or undefined where they are not there:
 * a test that needs them then says so by name (`it.skipIf`). `ASSAY_CORPUS` names another place.
 */
export function corpus(sub: string): string | undefined {
  const path = resolve(root, sub)
  return existsSync(path) ? path : undefined
}

/** The captures of these folders of it that are smaller than so many bytes, by name; none where the folders are not there. */
export function capturesIn(folders: readonly string[], below: number): string[] {
  return folders.flatMap((folder) => {
    const root = corpus(folder)
    if (root === undefined) return []
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(pcap|pcapng|cap|trace)$/.test(name))
      .map((name) => join(root, name))
      .filter((path) => statSync(path).isFile() && statSync(path).size < below)
      .sort()
  })
}

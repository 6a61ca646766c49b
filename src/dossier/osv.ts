import { closeSync, fstatSync, openSync, opendirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { keyOf } from './osv-record.ts'
import { zipEntries } from './osv-zip.ts'
import { fields, items, moment, Unreadable } from './sbom-json.ts'

type Fields = ReturnType<typeof fields>

/** An offline OSV database, and of it what was asked for. */
export interface OsvDatabase {
  /** Records read, of all packages. */
  readonly records: number
  /** Families of ecosystems that it has records of: 'Debian', 'npm'. */
  readonly families: ReadonlySet<string>
  /** Milliseconds since 1970: the newest 'modified' in it. */
  readonly newest?: number
  /** Records about packages that were asked for, by each of their keys; withdrawn ones are left out. */
  readonly about: ReadonlyMap<string, readonly Fields[]>
  /** Files that could not be read, with why; counted beyond the first few. */
  readonly unread: number
  readonly unreadExamples: readonly string[]
}

/** Which packages are asked for. */
export interface Wanted {
  /** As `keyOf` makes them. */
  readonly keys: ReadonlySet<string>
  /** 'github.com/owner/name', of components that no ecosystem has. */
  readonly repositories: ReadonlySet<string>
}

const MAX_FILE = 16e6
const MAX_FILES = 5_000_000
const MAX_KEPT = 100_000
const MAX_DEPTH = 8

/** More than is read: of the whole database, not of one of its archives. */
class TooMuch extends Unreadable {}

/**
 * Reads a folder of OSV records (https://ossf.github.io/osv-schema): *.json, and *.zip as osv.dev publishes them for each ecosystem
 * (all.zip), in folders within folders. One file is held at a time; only records about `wanted` are kept. Links are not followed. Throws
 * Unreadable where there is no such folder, or too much in it.
 */
export function readOsv(folder: string, wanted: Wanted): OsvDatabase {
  const about = new Map<string, Fields[]>()
  const families = new Set<string>()
  const unreadExamples: string[] = []
  let [records, unread, kept, files] = [0, 0, 0, 0]
  let newest: number | undefined

  const take = (bytes: Uint8Array, name: string) => {
    let record: Fields
    try {
      record = fields(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')))
    } catch {
      return miss(`${name} is no JSON`)
    }
    const modified = moment(record['modified'])
    // OSV requires both
    if (typeof record['id'] !== 'string' || modified === undefined) return miss(`${name} is no OSV record`)
    records++
    if (newest === undefined || modified > newest) newest = modified
    const keys = new Set<string>()
    const concerned: unknown[] = []
    for (const one of items(record['affected'])) {
      const { named, repositories } = namesOf(fields(one))
      if (named !== undefined) families.add(named.slice(0, named.indexOf('/')))
      else if (repositories.length > 0) families.add('GIT')
      const asked = [
        ...(named !== undefined && wanted.keys.has(named) ? [named] : []),
        ...repositories.filter((r) => wanted.repositories.has(r)),
      ]
      if (asked.length === 0) continue
      concerned.push(one)
      for (const key of asked) keys.add(key)
    }
    if (keys.size === 0 || record['withdrawn'] !== undefined) return
    if (++kept > MAX_KEPT) throw new TooMuch(`more than ${MAX_KEPT} records are about components of the bill of materials`)
    // texts, references and other packages are not needed any more
    const { id, aliases, upstream, severity, database_specific } = record
    const needed = { id, aliases, upstream, severity, database_specific, affected: concerned }
    for (const key of keys) {
      const same = about.get(key)
      if (same === undefined) about.set(key, [needed])
      else same.push(needed)
    }
  }
  const miss = (why: string) => {
    unread++
    if (unreadExamples.length < 3) unreadExamples.push(why)
  }
  const walk = (path: string, depth: number) => {
    const directory = opendirSync(path)
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        if (++files > MAX_FILES) throw new TooMuch(`it has more than ${MAX_FILES} files`)
        const inside = join(path, entry.name)
        if (entry.isDirectory() && depth < MAX_DEPTH) walk(inside, depth + 1)
        else if (!entry.isFile()) continue
        else if (entry.name.endsWith('.json')) {
          const bytes = readBounded(inside)
          if (bytes === undefined) miss(`${entry.name} has more than ${MAX_FILE} bytes`)
          else take(bytes, entry.name)
        } else if (entry.name.endsWith('.zip')) {
          try {
            for (const { name, bytes } of zipEntries(inside, MAX_FILE))
              if (name.endsWith('.json')) take(bytes, `${entry.name}:${name}`)
          } catch (error) {
            if (!(error instanceof Unreadable) || error instanceof TooMuch) throw error
            miss(`${entry.name}: ${error.message}`)
          }
        }
      }
    } finally {
      directory.closeSync()
    }
  }

  try {
    if (!statSync(folder).isDirectory()) throw new Unreadable('--osv names no folder')
    walk(folder, 0)
  } catch (error) {
    if (error instanceof Unreadable) throw error
    throw new Unreadable(`the folder of the OSV database cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`)
  }
  return { records, families, ...(newest === undefined ? {} : { newest }), about, unread, unreadExamples }
}

/** Under which keys a record's package is asked for: its ecosystem and name, and the repositories of its ranges. */
function namesOf(affected: Fields): { named?: string; repositories: string[] } {
  const { ecosystem, name } = fields(affected['package'])
  const repositories = items(affected['ranges']).flatMap((range) => repositoryOf(fields(range)['repo']) ?? [])
  return typeof ecosystem === 'string' && typeof name === 'string'
    ? { named: keyOf({ ecosystem, name }), repositories }
    : { repositories }
}

export function repositoryOf(repo: unknown): string | undefined {
  if (typeof repo !== 'string' || repo.length > 512) return undefined
  return repo
    .toLowerCase()
    .replace(/^(https?|git):\/\//, '')
    .replace(/(\.git)?\/?$/, '')
}

function readBounded(path: string): Uint8Array | undefined {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size > MAX_FILE) return undefined
    const bytes = Buffer.allocUnsafe(size)
    let at = 0
    for (let got = 1; got > 0 && at < size; at += got) got = readSync(file, bytes, at, size - at, at)
    return bytes.subarray(0, at)
  } finally {
    closeSync(file)
  }
}

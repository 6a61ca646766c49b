import { statSync } from 'node:fs'

/** Smaller captures do not fill several arenas. */
const LARGE = 64 << 20

/**
 * Begins again as the same process, with one memory arena for all threads, if what is to be audited is large: glibc gives each of a
 * dozen threads an arena of its own, and keeps what is freed in them (20 MB of 280 on the benchmark's capture). It can only be told
 * by the environment. Does nothing where it has been told, or where the C library is another.
 */
export function withOneArena(captures: readonly string[], live: boolean): void {
  if (process.platform !== 'linux' || typeof process.execve !== 'function' || process.env['MALLOC_ARENA_MAX'] !== undefined)
    return
  if (!live && captures.every((path) => path !== '-' && sizeOf(path) < LARGE)) return
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    ...process.env,
    MALLOC_ARENA_MAX: '1',
  })
}

/** Bytes; a pipe may be long, and what is not there is for others to tell. */
function sizeOf(path: string): number {
  try {
    const found = statSync(path)
    return found.isFile() ? found.size : Infinity
  } catch {
    return 0
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Around a whole run of tests (vitest's globalSetup): the temporary folder of all that the tests and the programs which they start write
 * is one of the run's own, and goes with it.
 */
export default function temporary(): () => void {
  const before = process.env['TMPDIR']
  const folder = mkdtempSync(join(tmpdir(), 'assay-tests-'))
  // what tmpdir() says from here on, in workers and children too
  process.env['TMPDIR'] = folder
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}

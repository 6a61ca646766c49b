import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Starts a program of the lab again inside its own namespaces (`--inside DIR` is added), bounded in time; gives its exit code. The whole
 * lab lives in one PID, mount and network namespace, made by unshare(1): when this process ends, whatever the way, the kernel ends
 * everything in it, and with the last process go the namespaces. There is nothing to tidy up but one empty folder.
 */
export async function enclose(program: string, seconds: number): Promise<number> {
  const setup = spawnSync('sh', [fileURLToPath(new URL('setup.sh', import.meta.url))], { stdio: 'inherit' })
  if (setup.status !== 0) return 1
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.error('lab: needs root on Linux: it makes network namespaces')
    return 1
  }
  const dir = mkdtempSync(join(tmpdir(), 'assay-lab-'))
  // setpriv: should this process be killed without a word, the kernel ends the lab with it.
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child=KILL',
      '--mount-proc',
      process.execPath,
      ...process.execArgv,
      fileURLToPath(program),
      ...process.argv.slice(2),
      '--inside',
      dir,
    ],
    { stdio: 'inherit' },
  )
  const stop = (): boolean => child.kill('SIGKILL')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  process.on('exit', stop)
  const timer = setTimeout(() => {
    console.error(`lab: stopped: took longer than ${seconds} s`)
    stop()
  }, seconds * 1000)
  const code = await new Promise<number>((done) => child.on('exit', (status) => done(status ?? 1)))
  clearTimeout(timer)
  rmdirSync(dir)
  return code
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Real services on loopback, for tests of what asks them: each on a port that was free, gone with `stop`. */
const started: ChildProcess[] = []

/** What a group of tests lacks, in words for its title: programs that are not on this machine, or '(root)'; '' for nothing. */
export function missing(...programs: string[]): string {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/lib/lighttpd']
  const lacks = programs.filter((program) =>
    program === '(root)' ? process.getuid?.() !== 0 : !places.some((place) => existsSync(join(place, program))),
  )
  return lacks.length === 0 ? '' : ` (skipped: needs ${lacks.join(', ')})`
}

export function folder(): string {
  return mkdtempSync(join(tmpdir(), 'daemon-'))
}

export function file(path: string, text: string, mode = 0o644): string {
  writeFileSync(path, text, { mode })
  return path
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Starts a program; with `port`, waits until it listens there. Throws, with what it said, when it does not within 8 s. */
export async function start(command: readonly string[], port?: number, env: Record<string, string> = {}): Promise<void> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, ...env },
  })
  started.push(child)
  let said = ''
  const hear = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  if (port === undefined) return
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 160 || child.exitCode !== null) throw new Error(`${command.join(' ')} does not listen on ${port}: ${said}`)
    await delay(50)
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Ends everything that was started here, with what it started. */
export function stopAll(): void {
  for (const { pid } of started.splice(0)) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }
}

/**
 * A command in a mount namespace in which the machine's users are these, so that daemons which ask the system for passwords can be tried
 * and the machine is not changed. Needs root.
 */
export function withUsers(users: Readonly<Record<string, string>>, command: readonly string[]): string[] {
  const at = folder()
  const hash = (password: string) =>
    spawnSync('openssl', ['passwd', '-6', '-salt', 'assay', password], { encoding: 'utf8' }).stdout.trim()
  const names = Object.keys(users)
  mkdirSync(join(at, 'empty'))
  file(
    join(at, 'passwd'),
    [
      ...names.map((name, n) => `${name}:x:${name === 'root' ? 0 : 1500 + n}:${name === 'root' ? 0 : 65_534}::/tmp:/bin/sh`),
      'ftp:x:101:65534::/tmp:/usr/sbin/nologin',
      'nobody:x:65534:65534::/:/usr/sbin/nologin',
      '',
    ].join('\n'),
  )
  file(join(at, 'shadow'), [...names.map((name) => `${name}:${hash(users[name]!)}:19000:0:99999:7:::`), ''].join('\n'), 0o600)
  // PAM's delay of three seconds is not what is tested
  file(join(at, 'pam'), 'auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n')
  const binds = [
    [join(at, 'passwd'), '/etc/passwd'],
    [join(at, 'shadow'), '/etc/shadow'],
    ...(existsSync('/etc/pam.d/vsftpd') ? [[join(at, 'pam'), '/etc/pam.d/vsftpd']] : []),
  ]
  const script = `${binds.map(([from, to]) => `mount --bind ${from} ${to}`).join(' && ')} && exec "$@"`
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh', ...command]
}

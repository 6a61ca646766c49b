import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Everything the lab starts lives in its PID namespace: when the lab ends, however it ends, the kernel ends these too. */
const children = new Set<ChildProcess>()

export interface Ran {
  code: number
  out: string
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Path of one of the lab's own small programs, to be run by `node`. */
export const program = (name: string): string[] => [
  process.execPath,
  fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url)),
]

/** Runs a command to its end, with a bound on time and output. Never throws: a device's failure is for the truth check to notice. */
export function run(
  command: string[],
  options: { input?: string; seconds?: number; env?: Record<string, string> } = {},
): Promise<Ran> {
  return new Promise((done) => {
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    })
    let out = ''
    const take = (chunk: Buffer): void => {
      if (out.length < 65536) out += chunk.toString('latin1')
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    const timer = setTimeout(() => child.kill('SIGKILL'), (options.seconds ?? 20) * 1000)
    child.on('error', (error) => done({ code: 127, out: String(error) }))
    child.on('close', (code) => {
      clearTimeout(timer)
      done({ code: code ?? 137, out })
    })
  })
}

export async function must(command: string[]): Promise<string> {
  const { code, out } = await run(command)
  if (code !== 0) throw new Error(`${command.join(' ')}: exit ${code}: ${out.trim()}`)
  return out
}

/**
 * One machine of the lab: its own network, host name and mounts, held open by a sleeping process. `/run`, `/etc/resolv.conf` and
 * `/etc/hosts` are its own, so that daemons do not meet and a DHCP client can set its resolver as it would on a thing.
 */
export class Host {
  readonly name: string
  /** A folder of its own, on the lab's tmpfs. */
  readonly dir: string
  #pid = 0
  log: (line: string) => void = () => {}

  constructor(name: string, lab: string) {
    this.name = name
    this.dir = join(lab, name)
  }

  get pid(): number {
    return this.#pid
  }

  async create(hostname: string): Promise<void> {
    mkdirSync(this.dir, { recursive: true })
    this.write('resolv.conf', '')
    this.write('hosts', '127.0.0.1 localhost\n::1 localhost\n')
    const script = `mount -t tmpfs none /run && mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/hosts" /etc/hosts &&
      busybox hostname "$2" && ip link set lo up && echo ready && exec sleep infinity`
    const holder = spawn('unshare', ['--net', '--uts', '--mount', 'sh', '-c', script, 'sh', this.dir, hostname], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.add(holder)
    await new Promise<void>((ready, failed) => {
      holder.stdout.once('data', () => ready())
      holder.once('exit', () => failed(new Error(`${this.name}: no namespace`)))
    })
    this.#pid = holder.pid!
  }

  write(file: string, text: string): string {
    const path = join(this.dir, file)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  inside(command: string[]): string[] {
    return ['nsenter', '--target', String(this.#pid), '--net', '--uts', '--mount', '--', ...command]
  }

  async run(command: string[], options: { input?: string; seconds?: number; env?: Record<string, string> } = {}): Promise<Ran> {
    const ran = await run(this.inside(command), options)
    this.log(`${this.name}: ${command.join(' ')} → ${ran.code}${ran.code ? ` ${ran.out.trim().slice(-300)}` : ''}`)
    return ran
  }

  sh(script: string): Promise<Ran> {
    return this.run(['sh', '-c', script])
  }

  /** Starts a daemon. Its complaints go to the lab's log. */
  start(command: string[], env: Record<string, string> = {}): ChildProcess {
    const inside = this.inside(command)
    const child = spawn(inside[0]!, inside.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    children.add(child)
    const note = (chunk: Buffer): void => this.log(`${this.name}: ${command[0]}: ${chunk.toString().trim().slice(0, 300)}`)
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    child.on('exit', (code) => this.log(`${this.name}: ${command[0]} ended (${code})`))
    return child
  }
}

/** A cable between two hosts; offloads off, so that a capture shows packets as a wire would carry them, checksums and all. */
export async function cable(a: Host, aName: string, b: Host, bName: string, bMac: string): Promise<void> {
  await must([
    'ip',
    'link',
    'add',
    aName,
    'netns',
    String(a.pid),
    'type',
    'veth',
    'peer',
    'name',
    bName,
    'address',
    bMac,
    'netns',
    String(b.pid),
  ])
  for (const [host, name] of [
    [a, aName],
    [b, bName],
  ] as const) {
    await must(host.inside(['ethtool', '-K', name, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off', 'sg', 'off']))
  }
}

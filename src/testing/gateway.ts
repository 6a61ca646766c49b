import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Why there can be no gateway on this machine, for the name of what is skipped; '' where there can. */
export function noGateway(programs: Readonly<Record<string, string>> = {}): string {
  if (process.platform !== 'linux') return ' (skipped: needs Linux)'
  const needed: Record<string, string> = { ip: 'iproute2', nft: 'nftables', ...programs }
  const missing = Object.keys(needed).filter((program) => !there(program))
  if (missing.length > 0)
    return ` (skipped, ${missing.join(', ')} missing: sudo apt-get install -y ${missing.map((one) => needed[one]).join(' ')})`
  if (process.getuid?.() !== 0 || spawnSync('unshare', ['--net', 'true']).status !== 0)
    return ' (skipped, needs network namespaces: run sudo npm test)'
  return ''
}

function there(tool: string): boolean {
  return [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].some((dir) => existsSync(`${dir}/${tool}`))
}

export type Place = 'device' | 'other' | 'gateway' | 'cloud'

export const DEVICE = '10.77.1.20'
export const OTHER = '10.77.1.21'
export const GATEWAY = '10.77.1.1'
/** Where the gateway's way to the rest of the world begins. */
export const CLOUD = '10.77.2.2'
export const CLOUD6 = 'fd77:2::2'

/**
 * A home in four namespaces: a device and another one on a bridge of the gateway's, and what is the Internet to them behind it. The gateway
 * routes, and does nothing else.
 */
export class Home {
  private readonly spaces: Record<Place, string>
  private readonly children = new Set<ChildProcess>()
  private readonly resolvers: string
  readonly hasIpv6: boolean

  /** @param folder for what it needs of files */
  constructor(name: string, folder: string) {
    this.resolvers = join(folder, 'resolv.conf')
    writeFileSync(this.resolvers, `nameserver ${CLOUD}\noptions timeout:2 attempts:2\n`)
    const space = (place: Place) => `${name}-${place}-${process.pid}`
    this.spaces = { device: space('device'), other: space('other'), gateway: space('gateway'), cloud: space('cloud') }
    try {
      for (const space of Object.values(this.spaces)) {
        must('ip', ['netns', 'add', space])
        must('ip', ['-n', space, 'link', 'set', 'lo', 'up'])
      }
      this.must('gateway', ['ip', 'link', 'add', 'br0', 'type', 'bridge'])
      this.must('gateway', ['ip', 'addr', 'add', `${GATEWAY}/24`, 'dev', 'br0'])
      for (const [place, ip] of [
        ['device', DEVICE],
        ['other', OTHER],
      ] as const) {
        this.cable(place, 'eth0', place)
        this.must('gateway', ['ip', 'link', 'set', place, 'master', 'br0'])
        this.must(place, ['ip', 'addr', 'add', `${ip}/24`, 'dev', 'eth0'])
      }
      this.must('gateway', ['ip', 'link', 'set', 'br0', 'up'])
      this.cable('cloud', 'eth0', 'wan')
      this.must('cloud', ['ip', 'addr', 'add', `${CLOUD}/24`, 'dev', 'eth0'])
      this.must('gateway', ['ip', 'addr', 'add', '10.77.2.1/24', 'dev', 'wan'])
      for (const place of ['device', 'other'] as const) this.must(place, ['ip', 'route', 'add', 'default', 'via', GATEWAY])
      this.must('cloud', ['ip', 'route', 'add', 'default', 'via', '10.77.2.1'])
      this.must('gateway', ['ip', 'route', 'add', 'default', 'via', CLOUD])
      this.must('gateway', ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
      this.hasIpv6 = existsSync('/proc/sys/net/ipv6')
      if (this.hasIpv6) this.speakIpv6()
    } catch (error) {
      this.remove()
      throw error
    }
  }

  private speakIpv6(): void {
    const add = (place: Place, ip: string, name: string) =>
      this.must(place, ['ip', '-6', 'addr', 'add', `${ip}/64`, 'dev', name, 'nodad'])
    add('gateway', 'fd77:1::1', 'br0')
    add('gateway', 'fd77:2::1', 'wan')
    add('device', 'fd77:1::20', 'eth0')
    add('cloud', CLOUD6, 'eth0')
    this.must('device', ['ip', '-6', 'route', 'add', 'default', 'via', 'fd77:1::1'])
    this.must('cloud', ['ip', '-6', 'route', 'add', 'default', 'via', 'fd77:2::1'])
    this.must('gateway', ['ip', '-6', 'route', 'add', 'default', 'via', CLOUD6])
    this.must('gateway', ['sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'])
  }

  private cable(place: Place, name: string, atGateway: string): void {
    const peer = ['peer', 'name', atGateway, 'netns', this.spaces.gateway]
    must('ip', ['-n', this.spaces[place], 'link', 'add', name, 'type', 'veth', ...peer])
    must('ip', ['-n', this.spaces[place], 'link', 'set', name, 'up'])
    this.must('gateway', ['ip', 'link', 'set', atGateway, 'up'])
  }

  /** The command line that runs a command in one of the places, where names are asked of the cloud. */
  at(place: Place, command: readonly string[]): [string, string[]] {
    const own = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    return ['ip', ['netns', 'exec', this.spaces[place], 'sh', '-c', own, this.resolvers, ...command]]
  }

  must(place: Place, command: readonly string[]): string {
    return must(...this.at(place, command))
  }

  /** Starts a program in one of the places; its output is kept. */
  start(place: Place, command: readonly string[], options: { cwd?: string } = {}): Started {
    const [program, args] = this.at(place, command)
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    this.children.add(child)
    const heard = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => (heard.out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (heard.err += chunk.toString()))
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, ...heard })),
    )
    return { child, heard, ended }
  }

  /** Names of the tables of nftables at the gateway. */
  tables(): string[] {
    return this.must('gateway', ['nft', 'list', 'tables'])
      .split('\n')
      .filter((line) => line !== '')
  }

  /** Takes all away, and ends what was started in it. */
  remove(): void {
    for (const child of this.children) child.kill('SIGKILL')
    for (const space of Object.values(this.spaces)) {
      // whatever a program started in there
      const pids = spawnSync('ip', ['netns', 'pids', space], { encoding: 'utf8' }).stdout ?? ''
      for (const pid of pids.split('\n').filter((line) => /^\d+$/.test(line)))
        try {
          process.kill(Number(pid), 'SIGKILL')
        } catch {
          // ended by itself
        }
      spawnSync('ip', ['netns', 'del', space])
    }
  }
}

export interface Started {
  child: ChildProcess
  heard: { out: string; err: string }
  ended: Promise<{ code: number | null; out: string; err: string }>
}

function must(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.slice(-500)}`)
  return stdout
}

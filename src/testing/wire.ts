import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const TOOLS = ['ip', 'dumpcap', 'tcpdump', 'tcpreplay', 'setpriv'] as const
const PACKAGES = 'iproute2 wireshark-common tcpdump tcpreplay util-linux'

/** Why there can be no wire on this machine, for the name of what is skipped; '' where there can. */
export function noWire(): string {
  if (process.platform !== 'linux') return ' (skipped: needs Linux)'
  const missing = TOOLS.filter((tool) => !there(tool))
  if (missing.length > 0) return ` (skipped, ${missing.join(', ')} missing: sudo apt-get install -y ${PACKAGES})`
  if (process.getuid?.() !== 0 || spawnSync('unshare', ['--net', 'true']).status !== 0)
    return ' (skipped, needs network namespaces: run sudo npm test)'
  return ''
}

function there(tool: string): boolean {
  return [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].some((dir) => existsSync(`${dir}/${tool}`))
}

/**
 * Two namespaces and a cable between them, on which nobody speaks by himself: what is sent at the near end arrives at the far end.
 * Frames of any size pass.
 */
export class Wire {
  readonly near: string
  readonly far: string
  readonly nearName = 'near0'
  readonly farName = 'far0'

  constructor(name: string) {
    this.near = `${name}-near-${process.pid}`
    this.far = `${name}-far-${process.pid}`
    try {
      for (const space of [this.near, this.far]) {
        must('ip', ['netns', 'add', space])
        // no router solicitations and the like: all that is on the wire, a test has sent
        const quiet = 'for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done'
        must('ip', ['netns', 'exec', space, 'sh', '-c', `[ ! -d /proc/sys/net/ipv6 ] || { ${quiet}; }`])
      }
      const peer = ['peer', 'name', this.farName, 'mtu', '65535', 'netns', this.far]
      must('ip', ['-n', this.near, 'link', 'add', this.nearName, 'mtu', '65535', 'type', 'veth', ...peer])
      must('ip', ['-n', this.near, 'link', 'set', this.nearName, 'up'])
      must('ip', ['-n', this.far, 'link', 'set', this.farName, 'up'])
    } catch (error) {
      this.remove()
      throw error
    }
  }

  /** The command line that runs a command at the far end; the process is the command's own. */
  atFar(command: readonly string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.far, ...command]]
  }

  /** Sends the packets of a capture from the near end, and says how many went out, in how many seconds. */
  replay(capture: string, pace: readonly string[] = ['--topspeed']): { sent: number; seconds: number } {
    const said = must('ip', [
      'netns',
      'exec',
      this.near,
      'tcpreplay',
      '-q',
      '--no-flow-stats',
      '-i',
      this.nearName,
      ...pace,
      capture,
    ])
    if (!/Failed packets:\s+0$/m.test(said)) throw new Error(`tcpreplay could not send all: ${said}`)
    const number = (pattern: RegExp) => Number(pattern.exec(said)![1])
    return { sent: number(/Successful packets:\s+(\d+)/), seconds: number(/sent in ([\d.]+) seconds/) }
  }

  unplug(): void {
    must('ip', ['-n', this.near, 'link', 'del', this.nearName])
  }

  remove(): void {
    for (const space of [this.near, this.far]) spawnSync('ip', ['netns', 'del', space])
  }
}

function must(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.slice(-500)}`)
  return stdout + stderr
}

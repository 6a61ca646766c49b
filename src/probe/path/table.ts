import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

/** What stands between us and the way of a device, in words for the user: what, and what to do. */
export class PathTrouble extends Error {
  readonly next: string
  constructor(reason: string, next: string) {
    super(reason)
    this.next = next
  }
}

export interface Ran {
  code: number
  out: string
  err: string
}

/** A short-lived program; its output is bounded, and so is its time. */
export async function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 10_000, killSignal: 'SIGKILL' })
  const heard = { out: '', err: '' }
  for (const [stream, to] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ] as const)
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      if (heard[to].length < MAX_OUTPUT) heard[to] += chunk
    })
  child.stdin.on('error', () => undefined).end(input)
  const { promise, resolve } = Promise.withResolvers<number>()
  child.on('error', (error: NodeJS.ErrnoException) => {
    heard.err = error.code === 'ENOENT' ? `${program} is not installed` : error.message
    resolve(127)
  })
  child.on('close', (code) => resolve(code ?? 137))
  return { code: await promise, ...heard }
}

const MAX_OUTPUT = 4 << 20

/** Where it is installed, when the PATH of a user does not lead to it. */
export function nftPath(): string {
  return ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'].find((path) => existsSync(path)) ?? 'nft'
}

/**
 * One table of nftables that lives as long as we do: made at once, and removed by a guard, a process of its own that waits for our end and does nothing
 * else. So it goes in every way of ending, SIGKILL included. Should the guard be killed, too, the rules hold for an element of a set with
 * a time-out (see `who.ts`): the kernel takes the device out of it.
 */
export class Table {
  readonly name: string
  private readonly guard: ChildProcess

  private constructor(name: string, guard: ChildProcess) {
    this.name = name
    this.guard = guard
  }

  /** @param rules what stands between the braces of `table inet NAME { … }` */
  static async create(name: string, rules: string): Promise<Table> {
    const nft = nftPath()
    // first who cleans up, then what is to be cleaned up. Its standard input ends with us; signals of the terminal are not for it
    const guard = spawn(
      'sh',
      ['-c', 'trap "" INT TERM HUP QUIT; read -r nothing; exec "$1" delete table inet "$2"', 'assay-guard', nft, name],
      { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
    )
    guard.on('error', () => undefined)
    guard.stdin.on('error', () => undefined)
    guard.unref()
    const table = new Table(name, guard)
    const { code, err } = await run(nft, ['-f', '-'], script(name, rules))
    if (code === 0 && guard.pid !== undefined) return table
    await table.remove()
    throw whyNot(code === 0 ? 'sh is not installed' : err)
  }

  /** Elements into a set or map of it. */
  async add(set: string, elements: readonly string[]): Promise<void> {
    if (elements.length === 0) return
    const { code, err } = await run(nftPath(), ['add', 'element', 'inet', this.name, set, `{ ${elements.join(', ')} }`])
    if (code !== 0) throw whyNot(err)
  }

  /** What its sets hold and its counters count, as libnftables-json(5) has it. */
  async look(): Promise<Look> {
    const { code, out, err } = await run(nftPath(), ['-j', 'list', 'table', 'inet', this.name])
    if (code !== 0) throw whyNot(err)
    return new Look(JSON.parse(out) as { nftables: Record<string, unknown>[] })
  }

  /** Removes it, in the way in which it would go without us. Says whether it is gone. */
  async remove(): Promise<boolean> {
    const ended = this.guard.exitCode === null && this.guard.pid !== undefined ? once(this.guard, 'exit') : undefined
    // from here on somebody waits for it
    this.guard.ref()
    this.guard.stdin?.end()
    await ended
    const left = await run(nftPath(), ['list', 'table', 'inet', this.name])
    if (left.code !== 0) return true
    return (await run(nftPath(), ['delete', 'table', 'inet', this.name])).code === 0
  }
}

export function script(name: string, rules: string): string {
  return `table inet ${name} {\n${rules}\n}\n`
}

/** Readings of a table. */
export class Look {
  private readonly items: Record<string, unknown>[]
  constructor(json: { nftables: Record<string, unknown>[] }) {
    this.items = json.nftables
  }

  /** Packets that a named counter counted. */
  counted(counter: string): number {
    for (const { counter: c } of this.items as { counter?: { name: string; packets: number } }[])
      if (c?.name === counter) return c.packets
    return 0
  }

  /** Elements of a set of concatenated fields. */
  elements(set: string): (string | number)[][] {
    type Elem = { elem?: { val: { concat?: (string | number)[] } }; concat?: (string | number)[] }
    for (const { set: s } of this.items as { set?: { name: string; elem?: Elem[] } }[])
      if (s?.name === set) return (s.elem ?? []).map(({ elem, concat }) => elem?.val.concat ?? concat ?? [])
    return []
  }
}

function whyNot(err: string): PathTrouble {
  const [line = ''] = err.trim().split('\n')
  if (/not installed/.test(line))
    return new PathTrouble(
      `The way of the device could not be changed: ${line}.`,
      'Install nftables: sudo apt-get install -y nftables',
    )
  if (/Operation not permitted|Permission denied/.test(line))
    return new PathTrouble('The way of the device may be changed by root only.', 'Run it again with sudo.')
  return new PathTrouble(
    `The way of the device could not be changed: nft says: ${line.slice(0, 200)}.`,
    'It needs Linux 5.10 or later with nftables, NAT and connection tracking.',
  )
}

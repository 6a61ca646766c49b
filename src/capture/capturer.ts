import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Drops } from './drops.ts'

/** A program that has the privilege to capture, which we have not: it writes packets to its standard output until SIGINT. */
export interface Capturer {
  readonly name: string
  /** @param kernel MiB of the kernel's buffer, which holds what the program has not fetched yet */
  args(wanted: { interface: string; filter?: string }, kernel: number): string[]
  /** Lists the interfaces that it could capture on. */
  readonly list: readonly string[]
  /** It says on standard error that it has begun. */
  readonly begun: RegExp
  /** What it says of lost packets in the end; undefined where it says nothing. */
  drops(said: string): Drops | undefined
  /** Debian's package. */
  readonly from: string
}

/** dumpcap writes pcapng, and large batches; tcpdump is there more often. Both capture packets whole by default. */
export const capturers: readonly Capturer[] = [
  {
    name: 'dumpcap',
    args: ({ interface: name, filter }, kernel) => [
      '-q',
      '-i',
      name,
      '-B',
      String(kernel),
      ...(filter === undefined ? [] : ['-f', filter]),
      '-w',
      '-',
    ],
    list: ['-D'],
    begun: /^File: /m,
    drops(said) {
      const found =
        /^Packets received\/dropped on interface .*\(pcap:(\d+)\/dumpcap:(\d+)\/flushed:(\d+)\/ps_ifdrop:(\d+)\)/m.exec(said)
      if (!found) return undefined
      const [system, own, flushed, card] = found.slice(1).map(Number) as [number, number, number, number]
      return { total: system + own + flushed + card, interface: card, system, program: own + flushed }
    },
    from: 'wireshark-common',
  },
  {
    name: 'tcpdump',
    args: ({ interface: name, filter }, kernel) => [
      '-n',
      '-s',
      '262144',
      '-i',
      name,
      '-B',
      String(kernel * 1024),
      '-w',
      '-',
      ...(filter === undefined ? [] : ['--', filter]),
    ],
    list: ['-D'],
    begun: /listening on /,
    drops(said) {
      const system = /^(\d+) packets? dropped by kernel/m.exec(said)?.[1]
      if (system === undefined) return undefined
      // it is silent of the interface's where there were none
      const card = Number(/^(\d+) packets? dropped by interface/m.exec(said)?.[1] ?? 0)
      return { total: Number(system) + card, interface: card, system: Number(system) }
    },
    from: 'tcpdump',
  },
]

/** Where a program is: PATH, and where administrators' programs are on systems that keep them out of other users' PATH. */
export function find(name: string, path = process.env['PATH'] ?? ''): { path: string; runs: boolean } | undefined {
  let found: string | undefined
  for (const dir of [...path.split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']) {
    if (dir === '') continue
    const file = join(dir, name)
    try {
      if (!statSync(file).isFile()) continue
      accessSync(file, constants.X_OK)
      return { path: file, runs: true }
    } catch (error) {
      // Debian lets only a group run it, if asked to; a folder that we may not look into is none of ours
      if ((error as NodeJS.ErrnoException).syscall === 'access') found ??= file
    }
  }
  return found === undefined ? undefined : { path: found, runs: false }
}

/** Names from "1. eth0", "3. lo (Loopback)" and "1.eth0 [Up, Running]": what is no network is left out. */
export function interfaceNames(listed: string): string[] {
  return [...listed.matchAll(/^\d+\. ?(\S+)/gm)].map((m) => m[1]!).filter((name) => !NO_NETWORK.test(name))
}

const NO_NETWORK = /^(?:bluetooth|usbmon|nflog|nfqueue|dbus-)|^(?:ciscodump|dpauxmon|randpkt|sdjournal|sshdump|udpdump|wifidump)$/

export type Refusal = 'permission' | 'no-interface' | 'filter' | 'other'

/** Why it ended before it began, by what it said. */
export function refusal(said: string): Refusal {
  if (/permission|not permitted|EPERM|EACCES/i.test(said)) return 'permission'
  if (/no device named|no such device|doesn't exist|does not exist/i.test(said)) return 'no-interface'
  if (/capture filter|filter expression|syntax error|expression rejected/i.test(said)) return 'filter'
  return 'other'
}

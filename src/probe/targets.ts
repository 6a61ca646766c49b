import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isManycast, isPrivate, unmapped } from './consent.ts'
import { type Neighbour, neighbours } from './neighbours.ts'
import type { Target } from './probe.ts'

/** Whom a user named must not or cannot be asked: why, and what to do. Nothing was sent. */
export class NoTarget extends Error {
  readonly advice: string

  constructor(message: string, advice: string) {
    super(message)
    this.advice = advice
  }
}

export interface Naming {
  /** The user says that they may ask public addresses, too. */
  allowed?: boolean
  /** Addresses of devices by id or hardware address, out of a report. */
  known?: ReadonlyMap<string, string>
  /** Every address of a name; by default the system's. */
  resolve?: (name: string) => Promise<string[]>
  /** Who is near; by default of the system's tables. */
  near?: () => Promise<readonly Neighbour[]>
}

/** A range may have so many addresses. */
export const MAX_RANGE = 256

/**
 * Whom the user named, an address each: addresses, names (resolved once: all of its addresses must be such as may be asked, and the
 * first is asked), devices by id or hardware address, ranges of private addresses ('192.168.1.0/28'). Throws NoTarget.
 */
export async function targetsOf(named: readonly string[], naming: Naming = {}): Promise<Target[]> {
  const targets = new Map<string, Target>()
  for (const name of named) for (const target of await oneOf(name, naming)) targets.set(target.ip, target)
  return [...targets.values()]
}

async function oneOf(text: string, naming: Naming): Promise<Target[]> {
  const { allowed = false, known = new Map<string, string>(), resolve = resolved, near = neighbours } = naming
  // whoever pastes the address of a page means its host
  const host = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text).hostname : undefined
  if (host !== undefined) throw new NoTarget(`${text}: the address of a page, not of a device`, `Name its host: ${host}`)
  if (text.includes('/')) return range(text)
  const address = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address.replace(/%.*$/, '')) !== 0) return [mayBe({ ip: canonical(address) }, allowed)]
  const id = /^ip-(.+)$/.exec(text)?.[1]
  if (id !== undefined && isIP(id) !== 0) return [mayBe({ ip: canonical(id) }, allowed)]
  const mac = macOf(text)
  if (mac !== undefined) {
    const ip = known.get(mac) ?? (await near()).find((n) => n.mac === mac)?.ip
    if (ip === undefined)
      throw new NoTarget(
        `${text}: no address of it is known${known.size > 0 ? ', and the report has none' : ''}`,
        known.size > 0 ? 'Name its IP address.' : 'Name its IP address, or a report that has it: --report report.json',
      )
    return [mayBe({ ip, mac }, allowed)]
  }
  const listed = known.get(text)
  if (listed !== undefined) return [mayBe({ ip: listed }, allowed)]
  if (!/^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i.test(text))
    throw new NoTarget(
      `${text}: neither an address nor a name`,
      /^[^:]+:\d+$/.test(text)
        ? `Ports are named apart: ${text.replace(/:(\d+)$/, ' --ports $1')}`
        : 'Name an address (192.168.1.7), a host (camera.local), a device of a report (mac-0017882476ff), or a range (192.168.1.0/28).',
    )
  let ips: string[]
  try {
    ips = await resolve(text)
  } catch (error) {
    throw new NoTarget(
      `${text}: no address was found for this name (${(error as NodeJS.ErrnoException).code ?? 'no answer'})`,
      'Name its address.',
    )
  }
  const all = ips.map((ip) => mayBe({ ip: canonical(ip), name: text.replace(/\.$/, '').toLowerCase() }, allowed))
  if (all[0] === undefined) throw new NoTarget(`${text}: no address was found for this name`, 'Name its address.')
  return [all[0]]
}

/** As sockets tell it (RFC 5952), and an IPv4 address in IPv6 as the one it maps to: answers are known by it. */
function canonical(ip: string): string {
  const [bare = '', zone] = ip.split('%')
  if (isIP(bare) !== 6) return bare
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  return `${unmapped(short)}${zone === undefined ? '' : `%${zone}`}`
}

async function resolved(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}

/** 'mac-0017882476ff', '00:17:88:24:76:ff', '00-17-88-24-76-FF' as the second; undefined for what is none. */
function macOf(text: string): string | undefined {
  const digits = /^(?:mac-)?([0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\2){4}[0-9a-f]{2})$/i.exec(text)?.[1]
  if (digits === undefined || (!text.startsWith('mac-') && !/[:-]/.test(digits))) return undefined
  return digits.replaceAll(/[:-]/g, '').toLowerCase().match(/../g)!.join(':')
}

function mayBe(target: Target, allowed: boolean): Target {
  const { ip, name } = target
  const what = name === undefined ? ip : `${name} (${ip})`
  if (isManycast(ip) || isBroadcast(ip))
    throw new NoTarget(`${what}: the address of many at once, not of one`, 'Name each device by its own address.')
  if (!allowed && !isPrivate(ip))
    throw new NoTarget(
      `${what}: a public address, which is not of your own network`,
      'Probe only what is yours, or what its owner lets you probe. If so, say it: --i-am-allowed. The public side of a maker is asked with --site.',
    )
  return target
}

/** Of a network that this machine is in. */
function isBroadcast(ip: string): boolean {
  return Object.values(networkInterfaces()).some((list) =>
    list!.some(({ family, address, netmask }) => {
      if (family !== 'IPv4' || netmask === '255.255.255.255' || netmask === '255.255.255.254') return false
      const mask = netmask.split('.').map(Number)
      return (
        address
          .split('.')
          .map((part, i) => Number(part) | (~mask[i]! & 255))
          .join('.') === ip
      )
    }),
  )
}

/** Every address of a private range, of IPv4 without those of the network and of all. */
function range(text: string): Target[] {
  const [given, bits] = text.split('/') as [string, string]
  const base = isIP(given) === 0 ? given : canonical(given)
  const family = isIP(base)
  const width = family === 6 ? 128 : 32
  const length = /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  if (family === 0 || length < 0 || length > width)
    throw new NoTarget(`${text}: no range of addresses`, 'For example: 192.168.1.0/28')
  if (width - length > Math.log2(MAX_RANGE))
    throw new NoTarget(`${text}: more than ${MAX_RANGE} addresses`, `Name a smaller range, of /${width - 8} or longer.`)
  const size = 2 ** (width - length)
  const start = valueOf(base) & ~(BigInt(size) - 1n)
  const ips = Array.from({ length: size }, (_, i) => textOf(start + BigInt(i), family))
  if (!ips.every((ip) => isPrivate(ip) && !isManycast(ip)))
    throw new NoTarget(
      `${text}: ranges of public addresses are not probed`,
      'Name each host that you may probe, with --i-am-allowed.',
    )
  const hosts = family === 4 && size > 2 ? ips.slice(1, -1) : ips
  return hosts.filter((ip) => !isBroadcast(ip)).map((ip) => ({ ip, sought: true }))
}

function valueOf(ip: string): bigint {
  if (ip.includes('.')) return ip.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
  const [head = '', tail] = ip.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const all = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

function textOf(value: bigint, family: number): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

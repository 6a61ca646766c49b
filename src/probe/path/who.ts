import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { neighbours } from '../neighbours.ts'
import type { Target } from '../probe.ts'
import { PathTrouble } from './table.ts'

/**
 * How a device is told from all others in rules: by its hardware address where it is on a network of this machine's (that catches IPv4 and
 * all its IPv6 addresses), else by the address that was named.
 */
export interface Who {
  readonly by: 'mac' | 'ip' | 'ip6'
  readonly address: string
}

/** Whether the traffic of others passes this machine at all. Throws a PathTrouble where it cannot. */
export function mustForward(ip: string): void {
  if (process.platform !== 'linux')
    throw new PathTrouble(
      'This needs Linux: traffic is turned by nftables.',
      'Run it on the Linux machine that is the gateway of the device.',
    )
  if (process.getuid?.() !== 0)
    throw new PathTrouble('The way of the device may be changed by root only.', 'Run it again with sudo.')
  const file = isIP(ip) === 6 ? 'ipv6/conf/all/forwarding' : 'ipv4/ip_forward'
  let forwards = ''
  try {
    forwards = readFileSync(`/proc/sys/net/${file}`, 'utf8').trim()
  } catch {
    // as good as no
  }
  if (forwards === '0' || forwards === '')
    throw new PathTrouble(
      `This machine passes on no traffic of others (net.${file.replaceAll('/', '.')} is 0): the traffic of ${ip} does not come this way.`,
      'Put the device behind this machine: docs/impostor.md shows how.',
    )
}

/** Throws a PathTrouble where the device is not there. */
export async function whoIs(target: Target): Promise<Who> {
  const family = isIP(target.ip)
  if (family === 0) throw new PathTrouble(`${target.ip} is no address.`, 'Name the device by its IP address.')
  const bare = target.ip.replace(/%.*$/, '').toLowerCase()
  const mac = (await neighbours()).find(({ ip }) => ip === bare)?.mac
  return mac === undefined ? { by: family === 6 ? 'ip6' : 'ip', address: bare } : { by: 'mac', address: mac }
}

const TYPES = { mac: 'ether_addr', ip: 'ipv4_addr', ip6: 'ipv6_addr' } as const
const SOURCES = { mac: 'ether saddr', ip: 'ip saddr', ip6: 'ip6 saddr' } as const

/** The set that holds the device, for so long; the kernel takes it out then. */
export function theSet({ by, address }: Who, seconds: number): string {
  return `  set asked {
    type ${TYPES[by]}
    flags timeout
    elements = { ${address} timeout ${Math.ceil(seconds)}s }
  }`
}

/** A rule that lets all others go their way. */
export function notTheDevice({ by }: Who): string {
  const family = { mac: '', ip: 'meta nfproto ipv6 return\n    ', ip6: 'meta nfproto ipv4 return\n    ' }[by]
  return `${family}${SOURCES[by]} != @asked return`
}

import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { notTheDevice, theSet, type Who } from '../path/who.ts'

/** Networks, as CIDR, that are near for a device: it may go on speaking with them. */
export interface Near {
  v4: readonly string[]
  v6: readonly string[]
}

/**
 * The networks of this machine, without those by which it reaches the Internet (the interfaces of its default routes). The device's own network is
 * near in any case: on a machine with one interface it is both.
 */
export function nearOf(ip: string): Near {
  const up = uplinks()
  const near = { v4: [] as string[], v6: [] as string[] }
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    for (const { cidr, family, internal } of addresses ?? []) {
      if (cidr === null || internal || (up.has(name) && !holds(cidr, ip))) continue
      near[family === 'IPv4' ? 'v4' : 'v6'].push(cidr)
    }
  return near
}

function holds(cidr: string, ip: string): boolean {
  const [network = '', bits = ''] = cidr.split('/')
  const bare = ip.replace(/%.*$/, '')
  const family = isIP(bare)
  if (family === 0 || isIP(network) !== family) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

/** Interfaces with a default route (proc(5), net/route and net/ipv6_route). */
function uplinks(): Set<string> {
  const rows = (file: string) => {
    try {
      return readFileSync(file, 'latin1').split('\n')
    } catch {
      return []
    }
  }
  const found = new Set<string>()
  for (const row of rows('/proc/net/route')) {
    const [name, destination, , , , , , mask] = row.split(/\s+/)
    if (name && destination === '00000000' && mask === '00000000') found.add(name)
  }
  for (const row of rows('/proc/net/ipv6_route')) {
    const [destination, bits, , , , , , , , name] = row.split(/\s+/)
    if (name && name !== 'lo' && bits === '00' && destination === '0'.repeat(32)) found.add(name)
  }
  return found
}

/** The rules of the cut's table (nft(8)): what the device sends to anywhere that is not near is dropped, and so are its questions for names. */
export function cutRules(who: Who, seconds: number, near: Near): string {
  const set = (name: string, type: string, elements: readonly string[]) => `  set ${name} {
    type ${type}
    flags interval
    auto-merge${elements.length > 0 ? `\n    elements = { ${elements.join(', ')} }` : ''}
  }`
  return `${theSet(who, seconds)}
${set('near', 'ipv4_addr', near.v4)}
${set('near6', 'ipv6_addr', near.v6)}
  counter dropped {
  }
  chain cut {
    type filter hook forward priority filter - 5
    policy accept
    ${notTheDevice(who)}
    ip daddr @near return
    ip6 daddr @near6 return
    counter name dropped drop
  }
  chain names {
    type filter hook input priority filter - 5
    policy accept
    ${notTheDevice(who)}
    meta l4proto { tcp, udp } th dport { 53, 853 } counter name dropped drop
  }`
}

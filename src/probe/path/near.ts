import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Networks, as CIDR, that are near for a device: what it does there is no business of ours. */
export interface Near {
  v4: readonly string[]
  v6: readonly string[]
}

/**
 * The networks of this machine, without those by which it reaches the Internet (the interfaces of its default routes). The device's own network is
 * near in any case: on a machine with one interface it is both. Where there is no default route (a lab), all beyond the device's own is the Internet.
 */
export function nearOf(ip: string): Near {
  const up = uplinks()
  const near = { v4: [] as string[], v6: [] as string[] }
  for (const [name, all] of Object.entries(networkInterfaces())) {
    const addresses = (all ?? []).flatMap(({ cidr, family, internal }) => (cidr === null || internal ? [] : [{ cidr, family }]))
    const its = isWithin(addresses.map(({ cidr }) => cidr))(ip)
    if (!its && (up.size === 0 || up.has(name))) continue
    for (const { cidr, family } of addresses) near[family === 'IPv4' ? 'v4' : 'v6'].push(cidr)
  }
  return near
}

/** Nowhere beyond: near, this machine itself, or nobody's address. Where a name leads there, we do not go in the device's stead. */
export function isNear({ v4, v6 }: Near): (ip: string) => boolean {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
  const hosts = own.map((ip) => `${ip}/${isIP(ip) === 6 ? 128 : 32}`)
  const within = isWithin([...v4, ...v6, ...hosts, ...NOBODYS])
  // an IPv4 address in IPv6's clothes (RFC 4291 section 2.5.5.2) is on no wire
  return (ip) => ip.startsWith('::ffff:') || within(ip)
}

/** RFC 6890: this host, loopback, link-local, multicast and broadcast. */
const NOBODYS = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8']

function isWithin(cidrs: readonly string[]): (ip: string) => boolean {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.replace(/%[^/]*/, '').split('/')
    list.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4')
  }
  return (ip) => {
    const bare = ip.replace(/%.*$/, '')
    return list.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4')
  }
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

/** Sets for rules (nft(8)). */
export function nearSets({ v4, v6 }: Near): string {
  const set = (name: string, type: string, elements: readonly string[]) => `  set ${name} {
    type ${type}
    flags interval
    auto-merge${elements.length > 0 ? `\n    elements = { ${elements.join(', ')} }` : ''}
  }`
  return `${set('near', 'ipv4_addr', v4)}\n${set('near6', 'ipv6_addr', v6)}`
}

/**
 * Rules that let what is near go its way. What is meant for all on the link is near, too: where bridged frames are shown to these rules
 * (br_netfilter), mDNS, SSDP and neighbour discovery come by.
 */
export const notNear = `meta pkttype { broadcast, multicast } return
    ip daddr @near return
    ip6 daddr @near6 return`

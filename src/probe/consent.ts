import { BlockList, isIP } from 'node:net'

/** Addresses that are somebody's own network: RFC 1918, RFC 4193, RFC 3927 and RFC 4291 2.5.6, loopback, and RFC 6598 between. */
const own = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
  ['100.64.0.0', 10],
] as const)
  own.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const)
  own.addSubnet(net, bits, 'ipv6')

/** On a network that a user can own. `::ffff:10.0.0.1` is what it maps to. */
export function isPrivate(ip: string): boolean {
  const bare = ip.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  const family = isIP(bare)
  return family !== 0 && own.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

/** Everybody at once: a question to one target must not become one to all. */
export function isManycast(ip: string): boolean {
  return /^(22[4-9]|23\d)\./.test(ip) || /^ff/i.test(ip) || ip === '255.255.255.255' || ip === '0.0.0.0' || ip === '::'
}

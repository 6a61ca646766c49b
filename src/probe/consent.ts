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
  const bare = unmapped(ip)
  const family = isIP(bare)
  return family !== 0 && own.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

/** Everybody at once: a question to one target must not become one to all. */
export function isManycast(ip: string): boolean {
  const bare = unmapped(ip)
  return (
    /^(22[4-9]|23\d)\./.test(bare) || /^ff/i.test(bare) || bare === '255.255.255.255' || bare.startsWith('0.') || bare === '::'
  )
}

/** Without its zone, and an IPv4 address in IPv6 as the one it maps to (RFC 4291, section 2.5.5.2). */
export function unmapped(ip: string): string {
  const bare = ip.replace(/%.*$/, '')
  const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(bare)
  if (mapped === null) return bare
  if (mapped[1] !== undefined) return mapped[1]
  const [high, low] = [Number.parseInt(mapped[2]!, 16), Number.parseInt(mapped[3]!, 16)]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** Why an address must not be asked on a port, in words that follow 'was not asked: '; undefined where it may. */
export type Refusal = (ip: string, port: number) => string | undefined

/** Devices are asked at the addresses that the user named, and nowhere else: where one leads elsewhere, nobody follows. */
export function targetsOnly(ips: Iterable<string>): Refusal {
  const named = new Set(ips)
  return (ip) => (named.has(ip) ? undefined : 'nobody named it')
}

/**
 * The maker's side is asked at public addresses: a redirect or a mail exchanger's name that leads into the network of whoever asks is
 * followed by nobody. In a lab, whose resolver is private, its private addresses are the public ones.
 * @param resolvers those that may be asked for names: as 'ip' or 'ip:port'
 * @param named the user named the resolver
 */
export function publicOnly(resolvers: readonly string[], named: boolean): Refusal {
  const places = resolvers.map(placeOf)
  const lab = named && places.every(({ ip }) => isPrivate(ip))
  return (ip, port) => {
    if (places.some((place) => place.ip === ip && place.port === port)) return undefined
    if (isManycast(ip)) return 'it is the address of many'
    if (lab || !isPrivate(ip)) return undefined
    return 'the name leads into a private network, where nothing of the maker is public'
  }
}

/** '192.0.2.1:5353', '[2001:db8::1]:53', '192.0.2.1'. */
export function placeOf(resolver: string): { ip: string; port: number } {
  const [, bracketed, plainIp, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(resolver) ?? []
  return { ip: bracketed ?? plainIp ?? resolver, port: Number(port ?? 53) }
}

/** An address as it stands in a URL: of IPv6 in brackets, and without the zone, which is nobody's but ours (RFC 6874, section 1). */
export function literal(ip: string): string {
  return ip.includes(':') ? `[${ip.replace(/%.*$/, '')}]` : ip
}

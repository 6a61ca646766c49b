/** A flow's two ends in one order, whoever spoke first. */
export function flowKey(transport: string, ip1: string, port1: number, ip2: string, port2: number): string {
  const [a, b] = [`${written(ip1)}:${port1}`, `${written(ip2)}:${port2}`].sort()
  return `${transport} ${a} ${b}`
}

/** nDPI writes every lone zero group of an IPv6 address as "::", so that one way of writing is left for both (and not all can be read back). */
function written(ip: string): string {
  if (!ip.includes(':')) return ip
  let out = ''
  for (let i = 0; i < ip.length;) {
    if (ip.startsWith(':0:', i)) {
      out += '::'
      i += 3
    } else out += ip[i++]
  }
  return out
}

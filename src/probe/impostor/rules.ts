import { type Near, nearSets, notNear } from '../path/near.ts'
import { notTheDevice, theSet, type Who } from '../path/who.ts'
import { POOL } from './names.ts'

export interface Ports {
  dns: number
  calls: number
}

/** Nobody else's, we hope: names for 16 bits are not given out. */
const ZONE = 0x4173

/**
 * The rules of the impostor's table (nft(8)). Of all others, and of what the device does near, nothing is touched. Each call that is turned to us is remembered with where it was going to
 * (node:net cannot ask SO_ORIGINAL_DST), for as long as it takes us to look. Its questions for names are kept apart from all other connections that
 * the kernel remembers (a zone of conntrack): a device that always asks from the same port would else be turned to us for as long as it asks,
 * even when the rules are gone, and not at all where it had asked before.
 */
export function impostorRules(who: Who, seconds: number, ports: Ports, near: Near): string {
  const calls = (name: string, type: string) => `  set ${name} {
    type ${type} . inet_service . ${type} . inet_service
    size 8192
    flags dynamic, timeout
    timeout 60s
  }`
  return `${theSet(who, seconds)}
${nearSets(near)}
${calls('calls', 'ipv4_addr')}
${calls('calls6', 'ipv6_addr')}
  map real {
    type ipv4_addr : ipv4_addr
  }
  counter seen {
  }
  counter turned {
  }
  chain apart {
    type filter hook prerouting priority raw
    policy accept
    ${notTheDevice(who)}
    meta l4proto { tcp, udp } th dport 53 ct original zone set ${ZONE}
  }
  chain turn {
    type nat hook prerouting priority dstnat - 5
    policy accept
    ${notTheDevice(who)}
    meta l4proto { tcp, udp } th dport 53 counter name seen redirect to :${ports.dns}
    fib daddr type { local, broadcast, multicast, anycast } return
    ${notNear}
    counter name seen
    update @calls { ip saddr . tcp sport . ip daddr . tcp dport } counter name turned redirect to :${ports.calls}
    update @calls6 { ip6 saddr . tcp sport . ip6 daddr . tcp dport } counter name turned redirect to :${ports.calls}
    dnat ip to ip daddr map @real
  }
  chain hold {
    type filter hook forward priority filter - 5
    policy accept
    ${notTheDevice(who)}
    ${notNear}
    meta l4proto tcp reject with tcp reset
    udp dport 443 reject
    ip daddr ${POOL} reject
  }
  chain ours {
    type filter hook input priority filter - 5
    policy accept
    meta l4proto { tcp, udp } th dport { ${ports.dns}, ${ports.calls} } ct status & dnat != dnat drop
  }`
}

import type { Trait } from '../device/first-packets.ts'
import type { Endpoint } from './evidence.ts'

/** What is asked of a signal. */
interface Shown {
  readonly kind: string
  readonly value: string
  readonly frames: readonly { capture: number; frame: number }[]
}

const MAX_HABITS = 192
/** DHCP clients by their own name: programs, not products. */
const DHCP_CLIENT = /^(?:udhcpc?|dhcpcd|MSFT|android-dhcp|dhcp-client|busybox)[ -]?[\w.-]*$/i

/**
 * What a device does, as words that can be compared with another's: the services it uses and offers, whom it meets on the Internet (by
 * network, not by name), how often it calls, what its first packets look like, and how its DHCP and TLS clients ask. Neither its
 * hardware address nor anything that it or its maker calls by name is among them, so that the same model is known again under another address
 * and with its DNS encrypted.
 */
export function habits(manner: readonly Trait[], endpoints: readonly Endpoint[], signals: readonly Shown[]): Trait[] {
  const out = new Map<string, Trait>()
  const add = (trait: string, frame: Trait['frame'] | undefined) => {
    if (frame && !out.has(trait) && out.size < MAX_HABITS) out.set(trait, { trait, frame })
  }
  for (const s of signals) {
    if (s.kind === 'dhcp.parameters') add(`asks dhcp ${s.value}`, s.frames[0])
    else if (s.kind === 'dhcp.vendor-class' && DHCP_CLIENT.test(s.value)) add(`dhcp client ${s.value}`, s.frames[0])
    else if (s.kind === 'tls.ja4') add(`tls client ${s.value}`, s.frames[0])
  }
  for (const { trait, frame } of manner) add(trait, frame)
  for (const e of endpoints) {
    if (e.overflow || e.transport === 'icmp' || e.transport === 'other') continue
    const frame = e.exemplars[0]
    const service = `${e.transport}/${e.port}`
    if (e.initiator === 'peer') {
      if (e.answered > 0) add(`offers ${service} ${e.protocol}`, frame)
      continue
    }
    const ip = e.ips[0]
    if (e.scope === 'internet') {
      add(`calls ${service} ${e.protocol}`, frame)
      for (const address of e.ips.slice(0, 4)) add(`meets ${networkOf(address)} ${service}`, frame)
    } else if (e.scope === 'multicast') add(`tells ${ip} ${service} ${e.protocol}`, frame)
    else add(`uses ${service} ${e.protocol}`, frame)
    if (e.flows > 2) add(`every ${pace((e.last - e.first) / (e.flows - 1))} ${service}`, frame)
  }
  return [...out.values()]
}

/** The 24 bits of an IPv4 address, or the first three groups of an IPv6 one, that one operator's servers share. */
function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, ip.lastIndexOf('.'))
  // "::" stands for two groups of zeros at least (RFC 5952 section 4.2.2)
  return [...ip.split('::', 1)[0]!.split(':'), '0', '0'].slice(0, 3).join(':')
}

/** Powers of four of a second: a habit is the order of magnitude. */
function pace(us: number): string {
  const step = Math.round(Math.log(Math.max(us, 1) / 1e6) / Math.log(4))
  return `4^${step} s`
}

import type { DhcpMessage } from '../decode/protocols/dhcp.ts'
import type { Dhcpv6Message } from '../decode/protocols/dhcpv6.ts'
import type { Datagram } from '../decode/stream.ts'

/** What a network says of itself, by which routers are told from things and addresses are given to their holders. */
export interface NetworkFacts {
  router(ip: string): void
  resolver(ip: string): void
  /** This hardware address holds this address. */
  lease(mac: string, ip: string, frame: number): void
}

/** Who a datagram is about has to be looked for in it. */
export const ANYBODY = -1
/** It is about nobody beside the flow's ends. */
export const NOBODY = -2

/** Reads such facts from one protocol's messages. */
export interface Learner<M = never> {
  /** May the datagram tell any? Cheap. */
  tells(datagram: Datagram): boolean
  /** Offset of the hardware address that the datagram is about, whoever sent it; ANYBODY where it has to be looked for. */
  about(datagram: Datagram): number
  learn(message: M, facts: NetworkFacts): void
}

const NONE = '0.0.0.0'

const dhcp: Learner<DhcpMessage> = {
  // BOOTREPLY
  tells: ({ bytes, start }) => bytes[start] === 2,
  // chaddr, where it is Ethernet's (RFC 2131 section 2)
  about: ({ bytes, start }) => (bytes[start + 1] === 1 && bytes[start + 2] === 6 ? start + 28 : ANYBODY),
  /** RFC 2131 section 4.3: only an ACK binds; for INFORM it leaves yiaddr empty and the client keeps its own address. */
  learn(message, facts) {
    if (message.request || message.type !== 'ACK') return
    for (const router of message.routers) facts.router(router)
    for (const resolver of message.resolvers) facts.resolver(resolver)
    const ip = message.yourIp === NONE ? message.clientIp : message.yourIp
    if (message.mac !== undefined && ip !== NONE) facts.lease(message.mac, ip, message.frame)
  },
}

const dhcpv6: Learner<Dhcpv6Message> = {
  tells: () => true,
  about: () => ANYBODY,
  learn(message, facts) {
    if (!message.request && message.type === 'REPLY') for (const resolver of message.resolvers) facts.resolver(resolver)
  },
}

/** By protocol. */
export const learners: Readonly<Record<string, Learner>> = { dhcp, dhcpv6 }

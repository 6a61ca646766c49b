import type { FrameRef } from '../capture/frame-ref.ts'
import type { Identity } from '../device/identity.ts'
import type { Declared } from './declared.ts'
import type { Kind, Kinds, Protection, Scope } from './kinds.ts'
import type { Pointer } from './pointer.ts'

export type { FrameRef } from '../capture/frame-ref.ts'
export type { Identity } from '../device/identity.ts'

/** An aggregated fact about a device: memory grows with distinct facts, never with traffic. */
export interface Observation<K extends Kind = Kind> {
  readonly kind: K
  readonly key: string
  data: Kinds[K]
  count: number
  /** Application bytes where the observer counts them, else 0. */
  bytes: number
  /** Microseconds since 1970. */
  first: number
  last: number
  /** What shows it: the first few packets (at most MAX_EXEMPLARS), or the questions that were asked. */
  exemplars: Pointer[]
}

/** What a device exchanged with one other end, over all flows; derived from flows, not from messages. */
export interface Endpoint {
  /** How the device knew it (DNS answer, SNI, Host), if it did. */
  name?: string
  /** At most 16, in order of appearance. */
  ips: string[]
  port: number
  transport: 'tcp' | 'udp' | 'icmp' | 'other'
  /** Application protocol by its bytes ("tls", "http"), or 'text' | 'low-entropy' | 'high-entropy' for bytes none recognises, or '' where no payload was seen. */
  protocol: string
  protection: Protection
  scope: Scope
  /** Who opened the conversations. */
  initiator: 'device' | 'peer'
  /** IP bytes as on the wire. */
  bytesOut: number
  bytesIn: number
  packetsOut: number
  packetsIn: number
  /** Flows, and those in which both sides sent something (TCP: handshake completed). */
  flows: number
  answered: number
  first: number
  last: number
  exemplars: FrameRef[]
  /** ISO 3166 alpha-2 of the address's registration; undefined when unknown or not on the Internet. */
  country?: string
  /** From published lists: who runs the name, and what for. */
  thirdParty?: { company: string; category: string; tracker: boolean }
  /** True when this stands for endpoints beyond the cap, folded together. */
  overflow?: boolean
}

/** A port on which the device answered, in traffic or when it was asked. */
export interface Service {
  port: number
  transport: 'tcp' | 'udp'
  protocol: string
  protection: Protection
  /** From where it was reached. */
  reachedFrom: Scope[]
  /** Connections or exchanges it answered. */
  answered: number
  /** Packets, and questions that were asked. */
  exemplars: Pointer[]
}

/** All that is known of one device: what checks judge. Read only. */
export interface DeviceEvidence {
  readonly id: string
  readonly macs: readonly string[]
  readonly ips: readonly string[]
  readonly identity: Identity
  readonly endpoints: readonly Endpoint[]
  readonly services: readonly Service[]
  readonly packets: number
  readonly bytesOut: number
  readonly bytesIn: number
  /** Microseconds since 1970. */
  readonly first: number
  readonly last: number
  /** What its maker declares of it, where a dossier was given that is about it. */
  readonly declared?: Declared
  /** Observations of a kind, in order of first sight: those of traffic, then those of probes. */
  of<K extends Kind>(kind: K): readonly Observation<K>[]
}

/** What is known of the network as a whole, beside the device under judgement. */
export interface NetworkEvidence {
  readonly gateways: readonly { macs: readonly string[]; ips: readonly string[] }[]
  /** Resolvers that DHCP or router advertisements gave to the network's members. */
  readonly resolvers: readonly string[]
  /** First and last packet, microseconds since 1970, over all captures. */
  readonly first: number
  readonly last: number
  /** Every device's addresses: to tell a neighbour from a stranger. */
  readonly deviceOf: (ip: string) => string | undefined
}

export const MAX_EXEMPLARS = 8

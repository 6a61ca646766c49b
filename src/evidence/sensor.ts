import type { AddressKey, Addresses } from '../device/addresses.ts'
import type { Hosts } from '../device/hosts.ts'
import type { readArp } from '../decode/arp.ts'
import type { Packet } from '../decode/packet.ts'
import type { FlowTable } from '../flow/table.ts'
import type { FrameRef } from './evidence.ts'
import type { SignFacts } from './sign.ts'

/** A sign as a sensor tells of it: all of it, each time. */
export interface Told extends SignFacts {
  count: number
  /** Microseconds since 1970. */
  first: number
  last: number
  /** The first that show it, at most MAX_EXEMPLARS. */
  frames: readonly FrameRef[]
}

/** What a sensor may know and do. */
export interface SensorDesk {
  readonly table: FlowTable
  readonly hosts: Hosts
  readonly addresses: Addresses
  /** Addresses of the packet that begins a flow, during `begin`. */
  readonly src: AddressKey
  readonly dst: AddressKey
  /**
   * Handle of the host that stands at that side of the flow itself, and does not forward; -1 for none. Who sends under an address that is
   * not its own (a forged one) is that host, unless it is a router.
   */
  actor(row: number, side: number): number
  /** The host at `handle` uses this address as its own, as far as is known now. */
  owns(handle: number, key: AddressKey): boolean
  /** Tell of a host's sign, known by detector and `key`: the first time when it is raised, and again when its figures changed much. Sparingly. */
  sign(handle: number, key: string, told: Told): void
}

/**
 * Looks at packets and flows where they pass, of hosts of this network: what needs no more than headers, figures and time. Called for
 * each packet, so everything here is bounded and nothing allocates while nothing is wrong.
 */
export interface Sensor {
  /** The first packet of a flow, before `packet`; the flow's row, its sender's side (table.side). */
  begin?(p: Packet, row: number): void
  /** The first packet of a flow's other side, before `packet`. */
  answer?(p: Packet, row: number): void
  /** Every packet of a flow. Dear: of most packets one of the following asks for less. */
  packet?(p: Packet, row: number): void
  /** A TCP packet with the flag SYN. */
  syn?(p: Packet, row: number): void
  /** A packet with payload, or a FIN. Gives false where no more of this flow is to be shown. */
  payload?(p: Packet, row: number): boolean
  /** UDP from or to one of `ports`. */
  datagram?(p: Packet, row: number): void
  readonly ports?: readonly number[]
  /** ICMPv6. */
  icmpv6?(p: Packet, row: number): void
  /** The flow leaves the table. Its counters (packets, bytes) are those since the last turn of an hour. */
  end?(row: number): void
  /** An ARP packet, and the host that sent the frame. */
  arp?(p: Packet, arp: NonNullable<ReturnType<typeof readArp>>, handle: number): void
  /** All has been read and every flow has left: tell of what was raised, with its last figures. */
  report?(): void
}

export type MakeSensor = (desk: SensorDesk) => Sensor

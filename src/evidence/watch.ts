import type { AddressKey, Addresses } from '../device/addresses.ts'
import type { Hosts } from '../device/hosts.ts'
import type { readArp } from '../decode/arp.ts'
import { type Packet, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP, TCP_FIN, TCP_SYN } from '../decode/packet.ts'
import { type FlowTable, LO_HOST, ROW_WORDS } from '../flow/table.ts'
import type { MakeSensor, Sensor, SensorDesk, Told } from './sensor.ts'

/** Signs that sensors may tell of one host and of all hosts: a flood of made-up hosts is told of as that many, and no more. */
const MAX_SIGNS_EACH = 128
const MAX_SIGNS = 1 << 16

interface World {
  readonly table: FlowTable
  readonly hosts: Hosts
  readonly addresses: Addresses
}

/** The sensors at work: knows who stands at the ends of each flow, and passes on what they are told of. */
export class Watch implements SensorDesk {
  readonly table: FlowTable
  readonly hosts: Hosts
  readonly addresses: Addresses
  src: AddressKey = 0
  dst: AddressKey = 0
  /** Signs that found no room. */
  dropped = 0
  /** Hosts of which something was told. */
  readonly told = new Map<number, Set<string>>()
  private signs = 0
  /** By row and side. */
  private actors: Int32Array
  private readonly tell: (handle: number, key: string, told: Told) => void
  private readonly beginning: readonly Sensor[]
  private readonly answering: readonly Sensor[]
  private readonly passing: readonly Sensor[]
  private readonly opening: readonly Sensor[]
  private readonly reading: readonly Sensor[]
  private readonly receiving: readonly Sensor[]
  private readonly neighbouring: readonly Sensor[]
  private readonly ending: readonly Sensor[]
  private readonly resolving: readonly Sensor[]
  private readonly reporting: readonly Sensor[]
  /** By row: who of `reading` is shown more of the flow, as bits. */
  private heeded: Uint8Array
  private readonly everybody: number
  /** By UDP port: who of `receiving` asked for it, as bits. */
  private readonly ports = new Uint8Array(65_536)

  constructor(
    { table, hosts, addresses }: World,
    tell: (handle: number, key: string, told: Told) => void,
    sensors: readonly MakeSensor[],
  ) {
    this.table = table
    this.hosts = hosts
    this.addresses = addresses
    this.tell = tell
    this.actors = new Int32Array(sensors.length === 0 ? 0 : 2 * table.capacity)
    const made = sensors.map((make) => make(this))
    this.beginning = made.filter((s) => 'begin' in s)
    this.answering = made.filter((s) => 'answer' in s)
    this.passing = made.filter((s) => 'packet' in s)
    this.opening = made.filter((s) => 'syn' in s)
    this.reading = made.filter((s) => 'payload' in s)
    this.receiving = made.filter((s) => 'datagram' in s)
    this.neighbouring = made.filter((s) => 'icmpv6' in s)
    this.everybody = (1 << this.reading.length) - 1
    this.heeded = new Uint8Array(this.reading.length === 0 ? 0 : table.capacity)
    for (const [i, { ports = [] }] of this.receiving.entries()) for (const port of ports) this.ports[port]! |= 1 << i
    this.ending = made.filter((s) => 'end' in s)
    this.resolving = made.filter((s) => 'arp' in s)
    this.reporting = made.filter((s) => 'report' in s)
  }

  get idle(): boolean {
    return this.actors.length === 0
  }

  actor(row: number, side: number): number {
    return this.actors[2 * row + side]!
  }

  owns(handle: number, key: AddressKey): boolean {
    return this.hosts.owns(this.hosts.all[handle]!, key)
  }

  sign(handle: number, key: string, told: Told): void {
    let known = this.told.get(handle)
    const name = `${told.detector} ${key}`
    if (!known?.has(name)) {
      if (this.signs >= MAX_SIGNS || (known !== undefined && known.size >= MAX_SIGNS_EACH)) {
        this.dropped++
        return
      }
      if (!known) this.told.set(handle, (known = new Set()))
      known.add(name)
      this.signs++
    }
    this.tell(handle, key, told)
  }

  /** The first packet of a flow, from `src` to `dst`. */
  begin(p: Packet, row: number, src: AddressKey, dst: AddressKey): void {
    const { side } = this.table
    this.src = src
    this.dst = dst
    this.actors[2 * row + side] = this.sender(row, side, src)
    const to = this.hostAt(row, 1 - side)
    this.actors[2 * row + 1 - side] = to >= 0 && this.owns(to, dst) ? to : -1
    if (this.everybody !== 0) this.heeded[row] = this.everybody
    for (let i = 0; i < this.beginning.length; i++) this.beginning[i]!.begin!(p, row)
  }

  answer(p: Packet, row: number, src: AddressKey): void {
    const { side } = this.table
    this.actors[2 * row + side] = this.sender(row, side, src)
    for (let i = 0; i < this.answering.length; i++) this.answering[i]!.answer!(p, row)
  }

  packet(p: Packet, row: number): void {
    if (this.idle) return
    const { protocol } = p
    if (protocol === PROTO_TCP) {
      if (p.tcpFlags & TCP_SYN) for (let i = 0; i < this.opening.length; i++) this.opening[i]!.syn!(p, row)
    } else if (protocol === PROTO_UDP) {
      if (p.transport >= 0) this.datagram(p, row)
    } else if (protocol === PROTO_ICMPV6) for (let i = 0; i < this.neighbouring.length; i++) this.neighbouring[i]!.icmpv6!(p, row)
    if (this.heeded[row]! !== 0 && (p.payloadEnd > p.payload || (protocol === PROTO_TCP && p.tcpFlags & TCP_FIN)))
      this.payload(p, row)
    for (let i = 0; i < this.passing.length; i++) this.passing[i]!.packet!(p, row)
  }

  private datagram(p: Packet, row: number): void {
    const asked = this.ports[p.srcPort]! | this.ports[p.dstPort]!
    for (let i = 0; asked >> i !== 0; i++) if ((asked >> i) & 1) this.receiving[i]!.datagram!(p, row)
  }

  private payload(p: Packet, row: number): void {
    let heeded = this.heeded[row]!
    for (let i = 0; heeded >> i !== 0; i++) if ((heeded >> i) & 1 && !this.reading[i]!.payload!(p, row)) heeded &= ~(1 << i)
    this.heeded[row] = heeded
  }

  end(row: number): void {
    for (let i = 0; i < this.ending.length; i++) this.ending[i]!.end!(row)
  }

  arp(p: Packet, arp: NonNullable<ReturnType<typeof readArp>>, handle: number): void {
    for (let i = 0; i < this.resolving.length; i++) this.resolving[i]!.arp!(p, arp, handle)
  }

  /** No packet comes any more. */
  report(): void {
    for (const sensor of this.reporting) sensor.report!()
    this.actors = new Int32Array(0)
    this.heeded = new Uint8Array(0)
  }

  private hostAt(row: number, side: number): number {
    return this.table.words[row * ROW_WORDS + LO_HOST + side]!
  }

  /** Who sends under an address that is not its own forges it, or forwards. */
  private sender(row: number, side: number, key: AddressKey): number {
    const handle = this.hostAt(row, side)
    if (handle < 0) return -1
    const host = this.hosts.all[handle]!
    return this.hosts.owns(host, key) || !(host.forwards || this.hosts.isRouter(host)) || host.calls ? handle : -1
  }
}

import type { AddressKey, Addresses } from '../device/addresses.ts'
import type { Hosts } from '../device/hosts.ts'
import type { readArp } from '../decode/arp.ts'
import type { Packet } from '../decode/packet.ts'
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
  private readonly ending: readonly Sensor[]
  private readonly resolving: readonly Sensor[]
  private readonly reporting: readonly Sensor[]

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
    for (let i = 0; i < this.beginning.length; i++) this.beginning[i]!.begin!(p, row)
  }

  answer(p: Packet, row: number, src: AddressKey): void {
    const { side } = this.table
    this.actors[2 * row + side] = this.sender(row, side, src)
    for (let i = 0; i < this.answering.length; i++) this.answering[i]!.answer!(p, row)
  }

  packet(p: Packet, row: number): void {
    for (let i = 0; i < this.passing.length; i++) this.passing[i]!.packet!(p, row)
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
